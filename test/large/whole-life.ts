import { mock } from "node:test"
import { accessesPerProfessionalHour } from "../../contract/limits.ts"
import type { Card } from "../../protocol/card.ts"
import { maxBodyBytes } from "../../protocol/primitives.ts"
import type { Descriptor } from "../../protocol/record.ts"
import { contribute } from "../../sdk/hcp/contribute.ts"
import { listRecords as listAsHcp, readRecord } from "../../sdk/hcp/records.ts"
import { makeCard, startEpoch } from "../../sdk/patient/cards.ts"
import { readContents } from "../../sdk/patient/contents.ts"
import { approveContribution, listContributions, rejectContribution } from "../../sdk/patient/contributions.ts"
import { haltGrant, listGrants } from "../../sdk/patient/grants.ts"
import { listRecords } from "../../sdk/patient/listed.ts"
import { downloadRecord, listVersions, uploadRecord } from "../../sdk/patient/records.ts"
import type { PatientSession } from "../../sdk/patient/session.ts"
import { confirmationCode } from "../fakes/accounts.ts"
import { cloudAddress, hriAddress, type MemoryNetwork } from "../kit/memory-network.ts"
import { type Network, over } from "../kit/network.ts"
import { accessBy, cardIn, documentOf, freshly, openAccount } from "../kit/people.ts"

export interface Amounts {
  readonly versions: number
  /** New epochs of documents, spread over the versions. */
  readonly epochs: number
  readonly cards: number
  /** By one professional. */
  readonly accesses: number
  readonly pending: number
}

/** What a step took: `largest` is of the bodies that were sent, `received` of all that came, in bytes. */
export interface Step {
  readonly step: string
  readonly seconds: number
  readonly requests: number
  readonly largest: number
  readonly received: number
}

const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value)).length

/** Counts what each step asks. */
const measuring = (network: Network) => {
  const steps: Step[] = []
  let [requests, largest, received] = [0, 0, 0]
  const counted: Network = async (asked) => {
    const reply = await network(asked)
    requests++
    largest = asked.route === "object" ? largest : Math.max(largest, asked.body.length)
    received += reply.body.length
    return reply
  }
  const measure = async <T>(step: string, run: () => Promise<T>): Promise<T> => {
    ;[requests, largest, received] = [0, 0, 0]
    const began = performance.now()
    const result = await over(counted, run)
    const seconds = Math.round(performance.now() - began) / 1000
    steps.push({ step, seconds, requests, largest, received })
    return result
  }
  return { steps, measure }
}

/** A record's versions, each under the newest of a growing number of keys. */
const writeVersions = async (session: PatientSession, { versions, epochs }: Amounts): Promise<Descriptor> => {
  let newest: Descriptor | undefined
  let begun = 0
  for (let i = 1; i <= versions; i++) {
    newest = await uploadRecord(session, documentOf("document", `version ${i}`), { replaces: newest })
    for (; begun < Math.floor((i * epochs) / versions); begun++) await startEpoch(session, ["document"])
  }
  if (newest === undefined) throw new Error("there was no version")
  return newest
}

const accessMuch = async (memory: MemoryNetwork, card: Card, { accesses, pending }: Amounts) => {
  let added = 0
  let last: Awaited<ReturnType<typeof accessBy>> | undefined
  for (let i = 0; i < accesses; i++) {
    if (i % accessesPerProfessionalHour === 0) await memory.forgetRates()
    last = await accessBy(card, memory.physician)
    for (let j = 0; j < 10 && added < pending; j++)
      await contribute(last, documentOf("document", `addition ${added++}`))
  }
  if (last === undefined) throw new Error("there was no access")
  return last
}

/**
 * A patient with very much of everything, who then lists, halts, decides and publishes. Throws where anything is not as it must be; returns what each
 * step took, and how many bytes the manifest and the key ring have in the end.
 */
export const wholeLife = async (memory: MemoryNetwork, amounts: Amounts) => {
  const { steps, measure } = measuring(memory.network)
  const require = (held: boolean, what: string) => {
    if (!held) throw new Error(what)
  }
  const { session } = await measure("open an account", () =>
    openAccount(cloudAddress, "whole-life@example.org", async () => confirmationCode),
  )
  const old = await measure("write the first record", () => uploadRecord(session, documentOf("document", "the first")))
  const newest = await measure("write all versions", () => writeVersions(session, amounts))
  const card = await measure("make all cards", async () => {
    const texts = []
    for (let i = 0; i < amounts.cards; i++)
      texts.push(await makeCard(session, { hri: hriAddress, categories: ["summary", "document"] }))
    return cardIn(texts[0]?.text ?? "")
  })
  const access = await measure("be accessed, and added to", () => accessMuch(memory, card, amounts))
  const listedAsHcp = await measure("professional: list the documents", () => listAsHcp(access, "document"))
  const oldest = listedAsHcp.find(({ descriptor }) => descriptor.recordId === old.recordId)
  require(oldest?.metadata?.title === "title of the first", "the professional reads no key so old")
  await measure("professional: read the oldest", () => readRecord(access, { descriptor: old }))

  const device = freshly(session)
  const { length } = await measure("list the records", () => listRecords(device))
  require(length === 2, "not all records")
  await measure("read the oldest record", () => downloadRecord(device, old))
  const versions = await measure("list the versions", () => listVersions(device, newest.recordId))
  require(versions.length === amounts.versions, "not all versions")
  const grants = await measure("list the accesses", () => listGrants(device))
  require(grants.length === amounts.accesses, "not all accesses")
  const contributions = await measure("list the additions", () => listContributions(device))
  require(contributions.filter((each) => each.metadata !== undefined).length === amounts.pending, "not all additions")
  const [first, second] = contributions
  await measure("halt an access", () => haltGrant(device, access))
  if (first !== undefined) await measure("approve an addition", () => approveContribution(device, first))
  if (second !== undefined) await measure("reject an addition", () => rejectContribution(device, second))

  mock.timers.enable({ apis: ["Date"], now: Date.now() + 24 * 60 * 60 * 1000 })
  try {
    for (const after of ["all accesses have ended", "that", "that, once more"])
      await measure(`add a document after ${after}`, () =>
        uploadRecord(device, documentOf("document", `after ${after}`)),
      )
  } finally {
    mock.timers.reset()
  }
  const { manifest, keyRing } = await measure("read the manifest", () => readContents(freshly(device)))
  require(manifest.claims.cards.length === amounts.cards, "not all cards")
  const { epoch } = keyRing.categories.document
  require(epoch === amounts.epochs + 3, `an epoch for the halt, and one for all that ended, not ${epoch}`)
  const largest = Math.max(...steps.map((step) => step.largest))
  require(largest < maxBodyBytes, `a request of ${largest} bytes`)
  return { steps, epoch, number: manifest.number, manifestBytes: bytesOf(manifest.claims), ringBytes: bytesOf(keyRing) }
}
