import { plainText } from "../../fhir/plain-text.ts"
import { listRecords } from "../../sdk/patient/listed.ts"
import { describeRecord } from "../../sdk/patient/records.ts"
import { categoriesOf } from "./card.ts"
import { asPatient, type Command } from "./command.ts"
import { inUnits } from "./progress-bar.ts"

/** Lists the patient's own records. */
export const listCommand: Command = {
  usage: ["[--categories A,B]", "Lists your records."],
  options: { categories: { type: "string" } },
  positionals: [0, 0],
  run: (given, context) =>
    asPatient(context, async (session) => {
      const records = []
      for (const descriptor of await listRecords(session, categoriesOf(given))) {
        const { title, contentType, size, createdAt } = (await describeRecord(session, descriptor)).metadata
        const { recordId, version, category } = descriptor
        records.push({ recordId, version, category, title, contentType, size, createdAt })
      }
      return {
        value: { records },
        lines: records.map(
          ({ recordId, version, category, title, size }) =>
            `${recordId}  v${version}  ${category.padEnd(10)}  ${inUnits(size).padStart(9)}  ${plainText(title)}`,
        ),
      }
    }),
}
