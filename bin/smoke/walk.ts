import type { RouteName } from "../../contract/routes.ts"
import { decodeCard } from "../../protocol/card.ts"
import { toBase64url, utf8 } from "../../protocol/crypto/bytes.ts"
import { randomBytes } from "../../protocol/crypto/primitives.ts"
import { generateKeyPairs, publicKeysOf } from "../../protocol/keys.ts"
import { type Category, partBytes } from "../../protocol/primitives.ts"
import { readCard } from "../../sdk/card/open-part.ts"
import { openCloud, openIndex } from "../../sdk/cloud.ts"
import { lookUp } from "../../sdk/hcp/card.ts"
import { contribute } from "../../sdk/hcp/contribute.ts"
import { type Access, type Credential, emergencyAccess, readSummaryRecords } from "../../sdk/hcp/emergency-access.ts"
import { listRecords as listGranted, readRecord } from "../../sdk/hcp/records.ts"
import { callAsHcp, endAccess, grantOf } from "../../sdk/hcp/session.ts"
import { beginRecord, confirm, register, signIn } from "../../sdk/patient/account.ts"
import { readAuditTrail } from "../../sdk/patient/audit-trail.ts"
import { emptyCache } from "../../sdk/patient/cache.ts"
import { makeCard, revokeCard } from "../../sdk/patient/cards.ts"
import { changeCard } from "../../sdk/patient/change-card.ts"
import { getConsent, revokeConsent, signConsent } from "../../sdk/patient/consents.ts"
import {
  approveContribution,
  listContributions,
  readContribution,
  rejectContribution,
} from "../../sdk/patient/contributions.ts"
import { cancelDeactivation, deactivateAccount, requestDeactivation } from "../../sdk/patient/deactivation.ts"
import {
  listDeliveryAddresses,
  makeDeliveryAddress,
  revokeDeliveryAddress,
} from "../../sdk/patient/delivery-addresses.ts"
import { haltGrant, listGrants } from "../../sdk/patient/grants.ts"
import { listCards } from "../../sdk/patient/held-cards.ts"
import { listRecords } from "../../sdk/patient/listed.ts"
import { removeOpenPart, setOpenPart } from "../../sdk/patient/open-part.ts"
import { abortUpload, deleteRecord, downloadRecord, listVersions, uploadRecord } from "../../sdk/patient/records.ts"
import { recover } from "../../sdk/patient/recovery.ts"
import { callAsPatient, type PatientSession } from "../../sdk/patient/session.ts"
import { addSigner, endSigner, listSigners } from "../../sdk/patient/signers.ts"
import { type Seen, type Signed, watching } from "./seen.ts"

export interface Means {
  readonly cloud: string
  readonly index: string
  /** Of a mailbox that somebody reads: it is told of each access, too. */
  readonly email: string
  readonly credential: Credential
  /** Both are on this machine. */
  readonly local?: boolean
  /** What was mailed to the address. */
  code(patientId: string): Promise<string>
  say(line: string): void
}

/** What is not walked, and why. */
export const notWalked: Partial<Record<RouteName, string>> = {
  "patient/get-key-pages": "it takes years of accesses, until there are older keys than a ring holds",
  "patient/strike-card": "a card is struck only where its revocation was interrupted",
}
const ofPractices = "a practice takes a second mailbox, and its walk isn't written"
export const reasonFor = (name: RouteName): string | undefined =>
  notWalked[name] ?? (name.startsWith("practice/") ? ofPractices : undefined)

const documentOf = (category: Category, content = utf8("synthetic: nobody's record")) => ({
  category,
  title: "Synthetic",
  contentType: "text/plain",
  content,
})
/** Large enough to go up in parts. */
const large = () => new Uint8Array(partBytes + 1)
const newId = () => toBase64url(randomBytes(16))

/** A password for one walk. */
const newPassword = () => `${toBase64url(randomBytes(24))}aA1!`

const openAccount = async ({ cloud: address, email, code }: Means) => {
  const cloud = await openCloud(address)
  const login = { email, password: newPassword() }
  const { patientId, keys, memory, recoveryPhrase } = await register(cloud, login)
  await confirm(cloud, patientId, await code(patientId))
  return { login, phrase: recoveryPhrase, session: await signIn(cloud, login, keys, memory) }
}

const keepRecord = async (session: PatientSession) => {
  await beginRecord(session)
  for (const kind of ["store", "emergency-share"] as const) await signConsent(session, await getConsent(session, kind))
  const summary = await uploadRecord(session, documentOf("summary"))
  await uploadRecord(session, documentOf("summary"), { replaces: summary })
  const image = await uploadRecord(session, documentOf("imaging", large()))
  await listVersions(session, summary.recordId)
  const { bytes } = await downloadRecord(session, image)
  if (bytes.length !== partBytes + 1) throw new Error("a record came back otherwise than it was put")
  const given = { recordId: newId(), version: 1, objectId: newId() }
  const begun = { ...given, version: String(given.version), category: "imaging", size: 2 * partBytes } as const
  await callAsPatient(session, "patient/begin-upload", begun)
  await abortUpload(session, given)
  return { image }
}

const holdCard = async (session: PatientSession, { index: hri, local = false }: Means) => {
  await openIndex(hri, { local })
  const { cardId, text, front } = await makeCard(session, { hri, categories: ["summary", "imaging", "document"] })
  await setOpenPart(session, cardId, {
    name: "Synthetic",
    language: "en",
    lines: [{ about: "allergy", text: "none, and nobody" }],
    contact: { name: "Nobody", phone: "+30 210 0000000" },
  })
  await readCard(front, hri)
  await removeOpenPart(session, cardId)
  await changeCard(session, cardId, { name: "Synthetic" })
  await listCards(session)
  const reading = decodeCard(text)
  if (reading.outcome !== "ok") throw new Error(reading.outcome)
  return { card: reading.card, cardId }
}
type Held = Awaited<ReturnType<typeof holdCard>>

const comeAsProfessional = async ({ card }: Held, { credential, local = false }: Means): Promise<Access> => {
  const access = await emergencyAccess(card, lookUp(card, { local }), credential)
  await readSummaryRecords(access)
  return access
}

const readAndAdd = async (access: Access): Promise<void> => {
  const [image] = await listGranted(access, "imaging")
  if (image === undefined) throw new Error("the record that was put is not listed")
  await readRecord(access, image)
  await contribute(access, documentOf("document"))
  await contribute(access, documentOf("document", large()))
  const place = { ...grantOf(access), contributionId: newId(), objectId: newId() }
  await callAsHcp(access, "hcp/begin-contribution-upload", { ...place, category: "document", size: 2 * partBytes })
  await callAsHcp(access, "hcp/abort-contribution-upload", place)
}

const review = async (session: PatientSession): Promise<void> => {
  const [first, second] = await listContributions(session)
  if (first === undefined || second === undefined) throw new Error("an addition is missing")
  await readContribution(session, first)
  await approveContribution(session, first)
  await rejectContribution(session, second)
  await listContributions(session)
  await listGrants(session)
}

const giveAddress = async (session: PatientSession): Promise<void> => {
  const { addressId } = await makeDeliveryAddress(session, "Nobody")
  if (!(await listDeliveryAddresses(session)).some((listed) => listed.addressId === addressId))
    throw new Error("a delivery address that was made is not listed")
  await revokeDeliveryAddress(session, addressId)
}

const changeDevices = async ({ session, login, phrase }: Awaited<ReturnType<typeof openAccount>>): Promise<void> => {
  await addSigner(session, await publicKeysOf(await generateKeyPairs({ extractable: false })))
  const other = (await listSigners(session)).find(({ signerId }) => signerId !== session.signerId)
  if (other === undefined) throw new Error("the other device is not listed")
  await endSigner(session, other.signerId)
  const recovered = await recover(session.cloud, login, phrase, { keepOthers: true })
  if (recovered.outcome !== "ok") throw new Error(recovered.outcome)
}

/** A step of the walk, by its name. */
type Step = readonly [name: string, run: () => Promise<unknown>]
const inTurn = async (steps: readonly Step[], say: Means["say"]): Promise<void> => {
  for (const [name, run] of steps) {
    await run()
    say(`  ok   ${name}`)
  }
}

const walkThrough = async (means: Means, account: Awaited<ReturnType<typeof openAccount>>): Promise<void> => {
  const { session } = account
  const { image } = await keepRecord(session)
  means.say("  ok   a record, whole and in parts")
  const held = await holdCard(session, means)
  means.say("  ok   a card, and what it says")
  const access = await comeAsProfessional(held, means)
  await inTurn(
    [
      ["an emergency access: read, add", () => readAndAdd(access)],
      ["additions, reviewed by a device that was away", () => review({ ...session, cache: emptyCache() })],
      ["what was decided", () => callAsPatient(session, "patient/get-decided", {})],
      ["records, listed by a device that was away", () => listRecords({ ...session, cache: emptyCache() })],
      ["the access, ended", () => endAccess(access)],
      ["another one, halted", async () => haltGrant(session, await comeAsProfessional(held, means))],
      ["the trail, and a checkpoint", () => readAuditTrail(session)],
      ["what anybody may follow", () => session.cloud.api.call("system/get-checkpoint", {})],
      ["a delivery address, made and revoked", () => giveAddress(session)],
      ["devices, and the recovery phrase", () => changeDevices(account)],
      ["a record, deleted", () => deleteRecord(session, image.recordId)],
      ["the card, revoked", () => revokeCard(session, held.cardId)],
      ["the consent, withdrawn", async () => revokeConsent(session, await getConsent(session, "emergency-share"))],
      [
        "an end of the account, asked for and stopped",
        () => requestDeactivation(session).then(() => cancelDeactivation(session)),
      ],
    ],
    means.say,
  )
}

/**
 * A synthetic patient and a professional walk through a deployment; then the account is destroyed, however far they came. The audit trail of a random id stays, as
 * any patient's does. Returns what answered; throws what went wrong.
 */
export const walk = async (means: Means): Promise<Seen> => {
  const seen = { routes: new Set<RouteName>(), signed: new Set<Signed>() }
  const addresses = { "ehr-cloud": means.cloud, "health-record-index": means.index }
  await watching(addresses, seen, async () => {
    const account = await openAccount(means)
    means.say("  ok   an account")
    try {
      await walkThrough(means, account)
    } finally {
      const ended = await deactivateAccount(account.session, account.phrase)
      means.say(`  ${ended.outcome === "ok" ? "ok  " : "STAYS"} the account, destroyed`)
    }
  })
  return seen
}
