import type { ResponseOf } from "../../contract/routes.ts"
import { readStatement, signStatement } from "../../protocol/statement.ts"
import { contribute } from "../../sdk/hcp/contribute.ts"
import { listRecords } from "../../sdk/hcp/records.ts"
import { listContributions } from "../../sdk/patient/contributions.ts"
import { lying, over } from "../../test/kit/network.ts"
import { accessBy, documentOf } from "../../test/kit/people.ts"
import { type Ground, newPatient, outcomeOf, type Story } from "../ground.ts"

/** A patient to whose record the physician has added something. */
const addedTo = async (on: Ground, name: string) => {
  const patient = await newPatient(on, name, ["summary", "document"])
  await over(on.network, async () =>
    contribute(await accessBy(patient.card, on.physician), documentOf("document", "AB+")),
  )
  return patient
}

/** The same addition, signed by the paramedic, who has no key of the record. */
const underAnotherName = async ({ paramedic }: Ground, statement: string): Promise<string> => {
  const { alg, privateKey, chain } = paramedic
  const payload = { ...Object(readStatement(statement).payload) }
  return signStatement({ typ: "contribution", alg, privateKey, x5c: chain, payload })
}

const toTheNext: Story = {
  attack: 5,
  name: "an addition under the name of another professional, shown to the next one",
  expected: "it doesn't open",
  play: async (on) => {
    const { card } = await addedTo(on, "author")
    let waiting: ResponseOf<"hcp/list-records">["contributions"] = []
    const look = lying(on.network, {
      "hcp/list-records": (answer) => {
        waiting = answer.contributions
        return answer
      },
    })
    await over(look, async () => listRecords(await accessBy(card, on.paramedic), "document"))
    const contributions = await Promise.all(
      waiting.map(async (each) => ({ ...each, statement: await underAnotherName(on, each.statement) })),
    )
    const liar = lying(on.network, { "hcp/list-records": (answer) => ({ ...answer, contributions }) })
    const [shown] = await over(liar, async () => listRecords(await accessBy(card, on.paramedic), "document"))
    return shown !== undefined && shown.metadata === undefined ? "it doesn't open" : "IT OPENS"
  },
}

const toItsPatient: Story = {
  attack: 5,
  name: "an addition under the name of another professional, told to its patient",
  expected: "access-differs",
  play: async (on) => {
    const { session } = await addedTo(on, "author told")
    const [added] = await over(on.network, () => listContributions(session))
    const statement = await underAnotherName(on, added?.statement ?? "")
    const liar = lying(on.network, {
      "patient/list-contributions": (answer) => ({
        contributions: answer.contributions.map((each) => ({ ...each, statement })),
      }),
    })
    return outcomeOf(liar, () => listContributions(session))
  },
}

const leftOut: Story = {
  attack: 5,
  name: "an addition that the cloud leaves out of its list",
  expected: "unlisted",
  play: async (on) => {
    const { session } = await addedTo(on, "left out")
    const liar = lying(on.network, { "patient/list-contributions": () => ({ contributions: [] }) })
    const shown = await over(liar, () => listContributions(session))
    return shown.map(({ status }) => status).join()
  },
}

export const authorStories: readonly Story[] = [toTheNext, toItsPatient, leftOut]
