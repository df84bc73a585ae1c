import { type Card, decodeCard } from "../../protocol/card.ts"
import { utf8 } from "../../protocol/crypto/bytes.ts"
import { nextEpochs } from "../../protocol/key-ring.ts"
import type { OpenPart } from "../../protocol/open-part.ts"
import { type Category, keyPageLength } from "../../protocol/primitives.ts"
import type { PlacedKeyPage } from "../../protocol/record.ts"
import { type Cloud, openCloud } from "../../sdk/cloud.ts"
import { lookUp } from "../../sdk/hcp/card.ts"
import { contribute } from "../../sdk/hcp/contribute.ts"
import { type Access, type Credential, emergencyAccess } from "../../sdk/hcp/emergency-access.ts"
import { beginRecord, confirm, register, signIn } from "../../sdk/patient/account.ts"
import { readAuditTrail } from "../../sdk/patient/audit-trail.ts"
import { emptyCache } from "../../sdk/patient/cache.ts"
import { makeCard, revokeCard } from "../../sdk/patient/cards.ts"
import { getConsent, signConsent } from "../../sdk/patient/consents.ts"
import { approveContribution, listContributions, rejectContribution } from "../../sdk/patient/contributions.ts"
import { requestDeactivation } from "../../sdk/patient/deactivation.ts"
import { haltGrant } from "../../sdk/patient/grants.ts"
import { setOpenPart } from "../../sdk/patient/open-part.ts"
import { publish } from "../../sdk/patient/publication.ts"
import { uploadRecord } from "../../sdk/patient/records.ts"
import { callAsPatient, type Memory, type PatientSession, placeOf } from "../../sdk/patient/session.ts"

/** A document nobody would mistake for another. */
export const documentOf = (category: Category, text: string) => ({
  category,
  title: `title of ${text}`,
  contentType: "text/plain",
  content: utf8(text),
})

export const cardIn = (text: string): Card => {
  const reading = decodeCard(text)
  if (reading.outcome !== "ok") throw new Error(reading.outcome)
  return reading.card
}

export interface Account {
  readonly login: { readonly email: string; readonly password: string }
  readonly phrase: string
  readonly session: PatientSession
}

export const loginOf = (email: string) => ({ email, password: "Correct-Horse-7-Battery" })

/** An account that is signed in, without a record; `code`: what its patient was mailed. */
export const signUp = async (
  address: string,
  email: string,
  code: (patientId: string) => Promise<string>,
): Promise<Account> => {
  const cloud: Cloud = await openCloud(address)
  const login = loginOf(email)
  const { patientId, keys, memory, recoveryPhrase } = await register(cloud, login)
  await confirm(cloud, patientId, await code(patientId))
  return { login, phrase: recoveryPhrase, session: await signIn(cloud, login, keys, memory) }
}

/** An account with an empty record and both consents. */
export const openAccount = async (...of: Parameters<typeof signUp>): Promise<Account> => {
  const account = await signUp(...of)
  const { session } = account
  await beginRecord(session)
  for (const kind of ["store", "emergency-share"] as const) await signConsent(session, await getConsent(session, kind))
  return account
}

/** The device as it would be at the start of the day, knowing `memory`: what it learns, the session it comes from doesn't know. */
export const freshly = (session: PatientSession, memory: Memory = session.memory): PatientSession => ({
  ...session,
  memory: structuredClone(memory),
  cache: emptyCache(),
})

/** An access by a card, looked up in its index; on this machine, too, where a local cloud is. */
export const accessBy = async (card: Card, credential: Credential): Promise<Access> =>
  emergencyAccess(card, lookUp(card, { local: true }), credential)

export interface Surroundings {
  readonly physician: Credential
  readonly paramedic: Credential
  /** Has the cloud make a checkpoint; where it does so by itself, nothing. */
  sign(): Promise<unknown>
}

/** As many new epochs of a category as make a page of older keys, by one publication: as emergency accesses of years would. No card may open it yet. */
export const ageKeys = (session: PatientSession, category: Category): Promise<void> =>
  publish(
    session,
    async ({ keyRing, keys, accountKey: holder }) => {
      const keyPages: PlacedKeyPage[] = []
      let ring = { keyRing, keys }
      for (let i = 0; i <= keyPageLength; i++) {
        const now = Math.floor(Date.now() / 1000)
        const next = await nextEpochs(placeOf(session), ring.keyRing, ring.keys, { renewed: [category], holder, now })
        keyPages.push(...next.keyPages)
        ring = { keyRing: next.ring, keys: next.keys }
      }
      return { ring: { ...ring, keyPages } }
    },
    (publication) => callAsPatient(session, "patient/publish-manifest", { publication }),
  )

/** Approves, rejects and leaves pending one addition each, then ends the access. */
const additions = async (
  session: PatientSession,
  card: Card,
  physician: Credential,
  mine: (text: string) => string,
) => {
  const access = await accessBy(card, physician)
  for (const word of ["approved", "rejected", "pending"])
    await contribute(access, documentOf("document", mine(`addition, ${word}`)))
  for (const contribution of await listContributions(session)) {
    if (contribution.metadata?.title.includes("approved")) await approveContribution(session, contribution)
    if (contribution.metadata?.title.includes("rejected")) await rejectContribution(session, contribution)
  }
  return access
}

/** What somebody says to whoever finds them. */
export const openPartOf = (name: string): OpenPart => ({
  name,
  language: "en",
  lines: [{ about: "allergy", text: `penicillin, of ${name}` }],
  contact: { name: "Nikos", phone: "+30 210 1234567" },
})

/**
 * A patient with everything there can be: records of several categories, one of them under a key of many epochs ago, a second version, two cards in force and a revoked one, two accesses of
 * which one was halted, additions approved, rejected and pending, and an end of the account that waits. `early`: what a device knows that was away since. The index entry of the narrow card
 * is behind, so that what is shown by it must lead back.
 */
export const fullPatient = async (
  { login, phrase, session }: Account,
  hri: string,
  { physician, paramedic, sign }: Surroundings,
) => {
  const mine = (text: string) => `${text} of ${login.email}`
  const summary = await uploadRecord(session, documentOf("summary", mine("summary, first version")))
  await uploadRecord(session, documentOf("summary", mine("summary, second version")), { replaces: summary })
  await uploadRecord(session, documentOf("imaging", mine("first image")))
  await ageKeys(session, "imaging")
  const { cardId, text, front } = await makeCard(session, { hri, categories: ["summary", "imaging", "document"] })
  const card = cardIn(text)
  const narrow = await makeCard(session, { hri, categories: ["summary"] })
  await revokeCard(session, (await makeCard(session, { hri, categories: ["summary"] })).cardId)
  await setOpenPart(session, cardId, openPartOf(login.email))
  const early = structuredClone(session.memory)

  const first = await additions(session, card, physician, mine)
  await accessBy(card, paramedic)
  await haltGrant(session, first)
  delete session.memory.cards?.[narrow.cardId]
  for (const word of ["second", "third", "fourth"])
    await uploadRecord(session, documentOf("imaging", mine(`${word} image`)))
  await requestDeactivation(session)
  await sign()
  await readAuditTrail(session)
  await sign()
  const narrowCard = { card: cardIn(narrow.text), cardId: narrow.cardId }
  return { login, phrase, session, card, front, cardId, cardText: text, narrow: narrowCard, early, physician }
}
export type FullPatient = Awaited<ReturnType<typeof fullPatient>>
