import type { ResponseOf } from "../../contract/routes.ts"
import { contribute } from "../../sdk/hcp/contribute.ts"
import { listRecords, readRecord } from "../../sdk/hcp/records.ts"
import { startEpoch } from "../../sdk/patient/cards.ts"
import { approveContribution, listContributions, rejectContribution } from "../../sdk/patient/contributions.ts"
import { deleteRecord, uploadRecord } from "../../sdk/patient/records.ts"
import { jsonReply, lying, type Network, over, type Reply } from "../../test/kit/network.ts"
import { accessBy, documentOf } from "../../test/kit/people.ts"
import { type Ground, newPatient, outcomeOf, type Story } from "../ground.ts"

type Pending = ResponseOf<"hcp/list-records">["contributions"]

/** Keeps a copy of every sealed object that is put. */
const hoarding = (network: Network) => {
  const kept = new Map<string, Reply>()
  const hoarder: Network = async (asked) => {
    if (asked.route === "object" && asked.method === "PUT")
      kept.set(asked.url.pathname, { status: 200, headers: {}, body: asked.body })
    return network(asked)
  }
  return { kept, hoarder }
}

/** A patient who has decided on an addition, and an operator who kept it, with what was said of it while it waited. */
const decidedUpon = async (on: Ground, fate: "rejected" | "approved, then deleted") => {
  const patient = await newPatient(on, `decided ${fate.length}`, ["summary", "document"])
  const { session, card } = patient
  const { kept, hoarder } = hoarding(on.network)
  await over(hoarder, async () => contribute(await accessBy(card, on.physician), documentOf("document", "WRONG: AB+")))
  const pending = await over(on.network, async (): Promise<Pending> => {
    const [waiting] = await listContributions(session)
    if (waiting?.statement === undefined || waiting.profession === undefined) throw new Error("nothing waits")
    if (fate === "rejected") await rejectContribution(session, waiting)
    else await deleteRecord(session, (await approveContribution(session, waiting)).recordId)
    await startEpoch(session, ["summary", "document"])
    await uploadRecord(session, documentOf("document", "another"))
    const { contributionId, profession, statement } = waiting
    return [{ contributionId, profession, statement }]
  })
  const path = [...kept.keys()].find((each) => each.includes(pending[0]?.contributionId ?? "?")) ?? ""
  return { ...patient, pending, object: kept.get(path) }
}

const comesBack = (fate: "rejected" | "approved, then deleted"): Story => ({
  attack: 5,
  name: `an addition that was ${fate}, shown to the next professional as waiting`,
  expected: "contribution-invalid",
  play: async (on) => {
    const { card, pending, object } = await decidedUpon(on, fate)
    const listed = lying(on.network, { "hcp/list-records": (answer) => ({ ...answer, contributions: pending }) })
    const liar: Network = async (asked) => {
      if (asked.route === "hcp/download-url") return jsonReply({ url: "https://objects.example/kept" })
      if (asked.url.href === "https://objects.example/kept" && object !== undefined) return object
      return listed(asked)
    }
    return outcomeOf(liar, async () => {
      const next = await accessBy(card, on.paramedic)
      for (const each of await listRecords(next, "document")) await readRecord(next, each)
    })
  },
})

const asksAgain: Story = {
  attack: 5,
  name: "an addition that was rejected, told to its patient as waiting",
  expected: "decision-invalid",
  play: async (on) => {
    const { session } = await decidedUpon(on, "rejected")
    const forgetful = lying(on.network, {
      "patient/list-contributions": ({ contributions }) => ({
        contributions: contributions.map((each) => ({ ...each, decision: undefined, status: "pending" })),
      }),
    })
    return outcomeOf(forgetful, () => listContributions(session))
  },
}

export const decisionStories: readonly Story[] = [comesBack("rejected"), comesBack("approved, then deleted"), asksAgain]
