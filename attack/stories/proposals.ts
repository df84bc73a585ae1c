import { documentText, writingWords } from "../../apps/shared/summary/stated-document.ts"
import type { ResponseOf } from "../../contract/routes.ts"
import { applyProposals, type Proposal } from "../../fhir/proposals.ts"
import { readProposals, standingProposals } from "../../fhir/read-proposals.ts"
import { statedVersion } from "../../fhir/read-stated.ts"
import { identityOf } from "../../fhir/same-person.ts"
import { emptyStated, type StatedMedicine, type StatedSummary, type Statement } from "../../fhir/stated-summary.ts"
import { writeProposals } from "../../fhir/write-proposals.ts"
import { type Bytes, utf8 } from "../../protocol/crypto/bytes.ts"
import { contribute } from "../../sdk/hcp/contribute.ts"
import { readContents } from "../../sdk/patient/contents.ts"
import {
  approveContribution,
  type Contribution,
  listContributions,
  readContribution,
} from "../../sdk/patient/contributions.ts"
import { findRecord } from "../../sdk/patient/listed.ts"
import { downloadRecord } from "../../sdk/patient/records.ts"
import { lying, type Network, over, type Reply } from "../../test/kit/network.ts"
import { accessBy } from "../../test/kit/people.ts"
import { type Ground, newPatient, outcomeOf, type Patient, type Story } from "../ground.ts"

const by: Statement = { origin: { from: "professional", name: "Dr. Ines Notfall" }, on: "2026-11-28" }
const warfarin: StatedMedicine = {
  id: "0b6f7c1e-1f6a-4a53-8a52-2f0a6f3f5d01",
  origin: { from: "patient" },
  on: "2026-11-01",
  what: { text: "Warfarin", codes: [] },
  status: "taking",
  doses: [],
}
const summary: StatedSummary = {
  ...emptyStated("en", "2026-11-01"),
  names: [{ given: "Mia", family: "Muster" }],
  birthDate: "1980-05-05",
  medicines: { state: "listed", items: [warfarin] },
}
const stop: Proposal = { change: "stop", section: "medicines", item: { ...warfarin, status: "stopped" } }
const alter: Proposal = { change: "alter", section: "medicines", item: { ...warfarin, note: "Half a tablet" } }

const proposing = (proposal: Proposal): Bytes => {
  const patientFrom = documentText(summary)
  const base = statedVersion(patientFrom)
  return utf8(
    writeProposals([proposal], {
      title: "Proposed changes",
      author: "Dr. Ines Notfall",
      patientFrom,
      ...(base === undefined ? {} : { base }),
      now: new Date(),
      words: writingWords(),
    }),
  )
}

/** How the only proposal of a document stands to a summary, as its patient is shown it. */
const shownAs = (bytes: Bytes, stated: StatedSummary): string => {
  const read = readProposals(bytes, identityOf(stated))
  if (read.outcome !== "proposals") return read.outcome
  return standingProposals(read.proposals, stated, summary, by)
    .map(({ proposal, state }) => `${proposal.change} ${state}`)
    .join()
}

/** A patient to whom the physician proposed first the one, then the other; and every sealed object that was put. */
const withProposals = async (on: Ground, name: string) => {
  const patient = await newPatient(on, name, ["summary", "document"])
  const objects = new Map<string, Reply>()
  const hoarder: Network = async (asked) => {
    if (asked.route === "object" && asked.method === "PUT")
      objects.set(asked.url.pathname, { status: 200, headers: {}, body: asked.body })
    return on.network(asked)
  }
  const [first, second] = await over(hoarder, async () => {
    const access = await accessBy(patient.card, on.physician)
    const send = async (proposal: Proposal) =>
      (
        await contribute(access, {
          category: "document",
          title: "Proposed changes",
          contentType: "application/fhir+json",
          content: proposing(proposal),
        })
      ).contributionId
    return [await send(alter), await send(stop)] as const
  })
  const objectOf = (id: string): Reply => {
    const [, found] = [...objects].find(([path]) => path.includes(id)) ?? []
    if (found === undefined) throw new Error("no such object")
    return found
  }
  return { ...patient, first, second, objectOf }
}

const waitingOf = async ({ session }: Patient, id: string): Promise<Contribution> => {
  const found = (await listContributions(session)).find(({ contributionId }) => contributionId === id)
  if (found === undefined) throw new Error("nothing waits")
  return found
}

type Told = ResponseOf<"patient/list-contributions">["contributions"]

/** The list as a cloud tells it that changes it. */
const told = (network: Network, change: (honest: Told) => Told): Network =>
  lying(network, {
    "patient/list-contributions": (answer) => ({ ...answer, contributions: change(answer.contributions) }),
  })

/** The bytes of the other proposal wherever those of this one are asked for. */
const swapping =
  (network: Network, id: string, other: Reply): Network =>
  async (asked) =>
    asked.route === "object" && asked.method === "GET" && asked.url.pathname.includes(id) ? other : network(asked)

const readSwapped: Story = {
  attack: 5,
  name: "the bytes of another proposal, shown to the patient in the place of one",
  expected: "record-differs",
  play: async (on) => {
    const patient = await withProposals(on, "proposal swapped")
    const { session, first, second, objectOf } = patient
    return outcomeOf(swapping(on.network, first, objectOf(second)), async () =>
      readContribution(session, await waitingOf(patient, first)),
    )
  },
}

const approvedSwapped: Story = {
  attack: 5,
  name: "the bytes of another proposal, kept as the record of the one that was approved",
  expected: "alter open, then record-differs",
  play: async (on) => {
    const patient = await withProposals(on, "approval swapped")
    const { session, first, second, objectOf } = patient
    const seen = await over(on.network, async () => {
      const waiting = await waitingOf(patient, first)
      const shown = shownAs(await readContribution(session, waiting), summary)
      await approveContribution(session, waiting)
      return shown
    })
    const kept = await outcomeOf(swapping(on.network, first, objectOf(second)), async () => {
      const page = await findRecord(session, await readContents(session), first, ["document"])
      const descriptor = page?.descriptors.find(({ recordId }) => recordId === first)
      if (descriptor === undefined) throw new Error("not kept")
      await downloadRecord(session, descriptor)
    })
    return `${seen}, then ${kept}`
  },
}

const statementsSwapped: Story = {
  attack: 5,
  name: "two proposals, each told of under the other's name",
  expected: "contribution-invalid",
  play: async (on) => {
    const { session } = await withProposals(on, "names swapped")
    const liar = told(on.network, ([one, other]) =>
      one === undefined || other === undefined
        ? []
        : [
            { ...one, statement: other.statement },
            { ...other, statement: one.statement },
          ],
    )
    return outcomeOf(liar, () => listContributions(session))
  },
}

const timesSwapped: Story = {
  attack: 5,
  name: "two proposals, the earlier told of as the later",
  expected: "access-differs",
  play: async (on) => {
    const { session } = await withProposals(on, "times swapped")
    const liar = told(on.network, ([one, other]) =>
      one === undefined || other === undefined
        ? []
        : [
            { ...one, contributedAt: other.contributedAt },
            { ...other, contributedAt: new Date(Date.parse(one.contributedAt) - 1000).toISOString() },
          ],
    )
    return outcomeOf(liar, () => listContributions(session))
  },
}

const laterFirst: Story = {
  attack: 5,
  name: "of two proposals the earlier kept back until the later is merged",
  expected: "stop open, unlisted; then alter changed",
  play: async (on) => {
    const patient = await withProposals(on, "kept back")
    const { session, first, second } = patient
    const keeper = told(on.network, (honest) => honest.filter(({ contributionId }) => contributionId !== first))
    const before = await over(keeper, async () => {
      const shown = shownAs(await readContribution(session, await waitingOf(patient, second)), summary)
      return `${shown}, ${(await waitingOf(patient, first)).status}`
    })
    const merged = applyProposals(summary, [stop], by)
    if (merged.outcome !== "applied") return merged.because
    const after = await over(on.network, async () =>
      shownAs(await readContribution(session, await waitingOf(patient, first)), merged.stated),
    )
    return `${before}; then ${after}`
  },
}

const replayed: Story = {
  attack: 5,
  name: "a proposal that was approved and merged, told of as waiting again",
  expected: "decision-invalid",
  play: async (on) => {
    const patient = await withProposals(on, "proposal replayed")
    const { session, first } = patient
    const honest: Told = []
    const look = told(on.network, (listed) => {
      honest.push(...listed)
      return listed
    })
    await over(look, async () => approveContribution(session, await waitingOf(patient, first)))
    const liar = told(on.network, (listed) => [
      ...listed.filter(({ contributionId }) => contributionId !== first),
      ...honest.filter(({ contributionId }) => contributionId === first).slice(0, 1),
    ])
    return outcomeOf(liar, () => listContributions(session))
  },
}

export const proposalStories: readonly Story[] = [
  readSwapped,
  approvedSwapped,
  statementsSwapped,
  timesSwapped,
  laterFirst,
  replayed,
]
