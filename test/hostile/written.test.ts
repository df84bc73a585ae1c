import { beforeAll, expect, test, vi } from "vitest"
import { mutationsOf } from "../../attack/mutations.ts"
import { seenBy } from "../../attack/play.ts"
import { type RouteName, routes } from "../../contract/routes.ts"
import { partBytes } from "../../protocol/primitives.ts"
import { openCloud } from "../../sdk/cloud.ts"
import { lookUp } from "../../sdk/hcp/card.ts"
import { abortContribution, contribute } from "../../sdk/hcp/contribute.ts"
import { type Access, emergencyAccess } from "../../sdk/hcp/emergency-access.ts"
import { register } from "../../sdk/patient/account.ts"
import { makeCard, revokeCard, startEpoch } from "../../sdk/patient/cards.ts"
import { changeCard } from "../../sdk/patient/change-card.ts"
import { getConsent, signConsent } from "../../sdk/patient/consents.ts"
import { listRecords } from "../../sdk/patient/listed.ts"
import { abortUpload, downloadRecord, uploadRecord } from "../../sdk/patient/records.ts"
import type { PatientSession } from "../../sdk/patient/session.ts"
import { cloudAddress, hriAddress, type MemoryNetwork, memoryNetwork } from "../kit/memory-network.ts"
import { jsonOf, jsonReply, type Network, over } from "../kit/network.ts"
import { newAccount } from "../kit/new-account.ts"
import { cardIn, documentOf } from "../kit/people.ts"
import { documentOf as largeDocument } from "../sdk/transfer/documents.ts"

// Documents of several parts, many times: more than a minute where the machine has other work.
vi.setConfig({ testTimeout: 600_000 })

let memory: MemoryNetwork
let count = 0
const newSession = async (): Promise<PatientSession> =>
  (await newAccount(cloudAddress, `written-${++count}@example.org`)).session
beforeAll(async () => {
  memory = await memoryNetwork()
})

const large = { ...documentOf("summary", "large"), content: largeDocument(partBytes + 1000) }

/** Up, and down again, in more parts than one. */
const bothWays = async (session: PatientSession) => {
  await uploadRecord(session, large)
  const [listed] = await listRecords(session)
  const read = listed && (await downloadRecord(session, listed))
  return read && { ...read, bytes: read.bytes.length }
}

const accessTo = async (session: PatientSession, by = memory.physician) => {
  const { text } = await makeCard(session, { hri: hriAddress, categories: ["summary"] })
  const card = cardIn(text)
  return emergencyAccess(card, await lookUp(card), by)
}

/** An access that several additions are made in: nobody gets at more than 60 patients in an hour, or adds more than 20 in one. */
let open: { readonly access: Access; left: number } | undefined
const openAccess = async (session: PatientSession): Promise<Access> => {
  if (open === undefined || open.left === 0) open = { access: await accessTo(session, memory.paramedic), left: 20 }
  open.left--
  return open.access
}
/** The first sign-in of a new account. */
const openAgain = (address: string) => newAccount(address, `written-${++count}@example.org`)
const contributeLarge = async (session: PatientSession) => contribute(await accessTo(session), large)

const makeAndRevoke = async (session: PatientSession) =>
  revokeCard(session, (await makeCard(session, { hri: hriAddress, categories: ["summary"] })).cardId)

/** Answers of routes that change something: what the SDK does on the way, and which fields it has no use for. */
const changes: readonly {
  route: RouteName
  run: (session: PatientSession) => Promise<unknown>
  /** Why the answer may be whatever it is. */
  unread?: string
  refused: readonly string[]
  harmless?: Readonly<Record<string, string>>
}[] = [
  {
    route: "patient/upload-url",
    run: async (session) => {
      await uploadRecord(session, documentOf("summary", "a summary"))
      const [listed] = await listRecords(session)
      return listed && (await downloadRecord(session, listed))
    },
    refused: ["reply-invalid", "record-not-uploaded", "unreachable", "record-conflict"],
    harmless: { headers: "the object store checks what it signed; the commit, what it holds" },
  },
  {
    route: "patient/begin-upload",
    run: bothWays,
    refused: ["reply-invalid"],
    harmless: { startedAt: "a handle by which an upload that is resumed knows itself again" },
  },
  {
    route: "patient/part-urls",
    run: bothWays,
    // Of an address that leads elsewhere the store knows nothing, or knows another part.
    refused: ["reply-invalid", "record-not-uploaded", "record-differs", "unreachable"],
    harmless: { headers: "the object store checks what it signed; the commit, what it holds" },
  },
  {
    route: "patient/abort-upload",
    run: async (session) => abortUpload(session, { recordId: "A".repeat(22), version: 1, objectId: "A".repeat(22) }),
    refused: ["reply-invalid"],
  },
  {
    route: "hcp/begin-contribution-upload",
    run: contributeLarge,
    refused: ["reply-invalid"],
    harmless: { startedAt: "a handle by which an upload that is resumed knows itself again" },
  },
  {
    route: "hcp/contribution-part-urls",
    run: contributeLarge,
    refused: ["reply-invalid", "record-not-uploaded", "record-differs", "unreachable"],
    harmless: { headers: "the object store checks what it signed; the contribution, what it holds" },
  },
  {
    route: "hcp/abort-contribution-upload",
    run: async (session) =>
      abortContribution(await accessTo(session), { recordId: "A".repeat(22), objectId: "A".repeat(22) }),
    refused: ["reply-invalid"],
  },
  {
    route: "patient/sign-consent",
    run: async (session) => signConsent(session, await getConsent(session, "store")),
    refused: ["reply-invalid", "consent-receipt-invalid"],
  },
  {
    route: "patient/register",
    run: async ({ cloud }) => register(cloud, { email: `written-${++count}@example.org`, password: "Correct-Horse-7" }),
    refused: ["reply-invalid"],
  },
  {
    route: "system/well-known",
    run: () => openCloud(cloudAddress),
    refused: ["provider-changed"],
    harmless: { name: "what the provider calls itself" },
  },
  {
    route: "hri/well-known",
    run: async (session) => makeCard(session, { hri: hriAddress, categories: ["summary"] }),
    refused: ["reply-invalid", "statement-invalid"],
  },
  {
    route: "hcp/contribution-upload-url",
    run: async (session) => contribute(await accessTo(session), documentOf("summary", "an addition")),
    refused: ["reply-invalid", "record-not-uploaded", "unreachable", "record-conflict"],
    harmless: { headers: "the object store checks what it signed; the contribution, what it holds" },
  },
  {
    route: "hcp/contribute",
    run: async (session) => contribute(await openAccess(session), documentOf("summary", "an addition")),
    refused: ["reply-invalid", "receipt-invalid"],
  },
  {
    route: "patient/recover",
    run: ({ cloud }) => openAgain(cloud.api.address),
    refused: ["reply-invalid", "account-key-invalid", "signers-invalid"],
    harmless: {
      recoveryBundle: "opened by a phrase, when there is need of it",
      "accountKey.sealed": "a device opens its own copy, which is of the key that it made, or not at all",
    },
  },
  {
    route: "patient/commit",
    run: (session) => uploadRecord(session, documentOf("summary", "a summary")),
    refused: ["reply-invalid"],
    harmless: { event: "where it stands is read from the trail" },
  },
  {
    route: "patient/publish-manifest",
    run: (session) => startEpoch(session, ["summary"]),
    refused: ["reply-invalid"],
    harmless: { event: "where it stands is read from the trail" },
  },
  ...(["patient/make-card", "patient/revoke-card", "patient/strike-card"] as const).map((route) => ({
    route,
    run: makeAndRevoke,
    refused: ["reply-invalid"],
    harmless: { event: "where it stands is read from the trail" },
  })),
  {
    route: "patient/change-card",
    run: async (session) => {
      const { cardId } = await makeCard(session, { hri: hriAddress, categories: ["summary", "imaging"] })
      await changeCard(session, cardId, { categories: ["summary"], name: "Wallet" })
    },
    refused: ["reply-invalid"],
    harmless: { event: "where it stands is read from the trail" },
  },
  ...(["hri/put-entry", "hri/remove-entry"] as const).map((route) => ({
    route,
    run: makeAndRevoke,
    refused: ["reply-invalid"],
    unread: "what stands in the index is looked up there, and what the index doesn't do stays to be asked for again",
  })),
]

test.each(changes)("whatever field of the answer of $route is changed, nothing false comes of it", async (change) => {
  const { route, run, refused, harmless = {}, unread } = change
  const session = await over(memory.network, newSession)
  let honest: unknown
  const watching: Network = async (asked) => {
    const reply = await memory.network(asked)
    if (asked.route === route) honest ??= jsonOf(reply)
    return reply
  }
  const unchanged = await seenBy(watching, () => run(session))
  expect(unchanged.outcome).toBe("shown")
  const broken: string[] = []
  for (const { path, kind, mutated, valid } of mutationsOf(routes[route].response, honest, undefined)) {
    const victim = await over(memory.network, newSession)
    const lying: Network = async (asked) =>
      asked.route === route ? jsonReply((await memory.network(asked), mutated)) : memory.network(asked)
    const seen = await seenBy(lying, () => run(victim))
    const listed = Object.keys(harmless).some((prefix) => path.startsWith(prefix))
    const held =
      seen.outcome === "refused"
        ? (valid ? refused : ["reply-invalid"]).includes(seen.code)
        : (valid && listed) || (seen.outcome === "shown" && unread !== undefined)
    if (!held) broken.push(`${path} (${kind}): ${seen.outcome === "refused" ? seen.code : seen.outcome}`)
  }
  expect(broken).toEqual([])
})
