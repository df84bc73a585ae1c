import { IntegrityFailure } from "../../protocol/integrity.ts"
import type { Descriptor, RecordMetadata } from "../../protocol/record.ts"
import { listRecords } from "../../sdk/patient/listed.ts"
import { describeRecord } from "../../sdk/patient/records.ts"
import type { PatientSession } from "../../sdk/patient/session.ts"
import { plainText } from "../../text/plain-text.ts"
import { categoriesOf } from "./card.ts"
import { asPatient, type Command } from "./command.ts"
import { inUnits } from "./progress-bar.ts"

type Shown = Partial<Pick<RecordMetadata, "title" | "contentType" | "size" | "createdAt">>

/** What is shown of a record; nothing of one that can't be opened, which stands in the list all the same. */
const shownOf = async (session: PatientSession, descriptor: Descriptor): Promise<Shown> => {
  try {
    const { title, contentType, size, createdAt } = (await describeRecord(session, descriptor)).metadata
    return { title, contentType, size, createdAt }
  } catch (error) {
    if (error instanceof IntegrityFailure) return {}
    throw error
  }
}

/** Lists the patient's own records. */
export const listCommand: Command = {
  usage: ["[--categories A,B]", "Lists your records."],
  options: { categories: { type: "string" } },
  positionals: [0, 0],
  run: (given, context) =>
    asPatient(context, async (session) => {
      const records = []
      for (const descriptor of await listRecords(session, categoriesOf(given))) {
        const { recordId, version, category } = descriptor
        records.push({ recordId, version, category, ...(await shownOf(session, descriptor)) })
      }
      return {
        value: { records },
        lines: records.map(
          ({ recordId, version, category, title, size }) =>
            `${recordId}  v${version}  ${category.padEnd(10)}  ${(size === undefined ? "" : inUnits(size)).padStart(9)}  ${title === undefined ? "(can't be opened)" : plainText(title)}`,
        ),
      }
    }),
}
