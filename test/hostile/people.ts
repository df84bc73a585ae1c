import { type Card, decodeCard } from "../../protocol/card.ts"
import { toBase64url, utf8 } from "../../protocol/crypto/bytes.ts"
import { randomBytes } from "../../protocol/crypto/primitives.ts"
import type { Category } from "../../protocol/primitives.ts"
import { putObject } from "../../sdk/api.ts"
import { type Cloud, openCloud } from "../../sdk/cloud.ts"
import { lookUp } from "../../sdk/hcp/card.ts"
import { contribute } from "../../sdk/hcp/contribute.ts"
import { type Credential, emergencyAccess } from "../../sdk/hcp/emergency-access.ts"
import { beginRecord, confirm, register, signIn } from "../../sdk/patient/account.ts"
import { readAuditTrail } from "../../sdk/patient/audit-trail.ts"
import { makeCard, revokeCard } from "../../sdk/patient/cards.ts"
import { newestKey } from "../../sdk/patient/category-keys.ts"
import { getConsent, signConsent } from "../../sdk/patient/consents.ts"
import { approveContribution, listContributions, rejectContribution } from "../../sdk/patient/contributions.ts"
import { haltGrant } from "../../sdk/patient/grants.ts"
import { readContents } from "../../sdk/patient/manifest.ts"
import { uploadRecord } from "../../sdk/patient/records.ts"
import { callAsPatient, type PatientSession } from "../../sdk/patient/session.ts"
import { confirmationCode } from "../fakes/accounts.ts"
import { sealRecord } from "../sdk/sealed.ts"

export const documentOf = (category: Category, text: string) => ({
  category,
  title: `title of ${text}`,
  contentType: "text/plain",
  content: utf8(text),
})

export const cardIn = (text: string): Card => {
  const reading = decodeCard(text)
  if (reading.outcome !== "ok") throw new Error(reading.message)
  return reading.card
}

/** An account with an empty record and both consents; opened by `confirming` where codes don't come from the fakes. */
export const newAccount = async (address: string, email: string) => {
  const cloud: Cloud = await openCloud(address)
  const login = { email, password: "Correct-Horse-7-Battery" }
  const account = await register(cloud, login)
  await confirm(cloud, account.patientId, confirmationCode)
  const session = await signIn(cloud, login, account.keys)
  return consenting({ login, phrase: account.recoveryPhrase, session })
}

const consenting = async <T extends { session: PatientSession }>(opened: T): Promise<T> => {
  await beginRecord(opened.session)
  for (const kind of ["store", "emergency-share"] as const)
    await signConsent(opened.session, await getConsent(opened.session, kind))
  return opened
}

/** Uploads and commits, and is interrupted before the manifest. */
export const uploadUnpublished = async (session: PatientSession, category: Category, text: string) => {
  const place = { recordId: toBase64url(randomBytes(16)), version: 1 }
  const key = await newestKey(session, await readContents(session), category)
  const { descriptor, sealed } = await sealRecord(session.patientId, place, documentOf(category, text), key, new Date())
  const { size, sha256 } = descriptor
  await putObject(
    session.cloud.api,
    await callAsPatient(session, "patient/upload-url", { ...place, category, size, sha256 }),
    sealed,
  )
  await callAsPatient(session, "patient/commit", { recordId: place.recordId, descriptor })
}

export interface Surroundings {
  readonly physician: Credential
  readonly paramedic: Credential
  /** Has the cloud make a checkpoint; where it does so by itself, nothing. */
  sign(): Promise<unknown>
}

/**
 * A patient with everything there can be: records of several categories, a second version, an upload without a manifest, two cards in
 * force and a revoked one, two accesses of which one was halted, additions approved, rejected and pending.
 */
export const fullPatient = async (
  { login, phrase, session }: Awaited<ReturnType<typeof newAccount>>,
  hri: string,
  { physician, paramedic, sign }: Surroundings,
) => {
  const mine = (text: string) => `${text} of ${login.email}`
  const summary = await uploadRecord(session, documentOf("summary", mine("summary, first version")))
  await uploadRecord(session, documentOf("summary", mine("summary, second version")), { replaces: summary })
  await uploadRecord(session, documentOf("imaging", mine("first image")))
  const { cardId, text } = await makeCard(session, { hri, categories: ["summary", "imaging", "document"] })
  const card = cardIn(text)
  const narrow = await makeCard(session, { hri, categories: ["summary"] })
  await revokeCard(session, (await makeCard(session, { hri, categories: ["summary"] })).cardId)

  const first = await emergencyAccess(card, await lookUp(card, { local: true }), physician)
  for (const word of ["approved", "rejected", "pending"])
    await contribute(first, documentOf("document", mine(`addition, ${word}`)))
  await emergencyAccess(card, await lookUp(card, { local: true }), paramedic)
  for (const contribution of await listContributions(session)) {
    if (contribution.metadata?.title.includes("approved")) await approveContribution(session, contribution)
    if (contribution.metadata?.title.includes("rejected")) await rejectContribution(session, contribution)
  }
  await haltGrant(session, first)
  await uploadRecord(session, documentOf("imaging", mine("second image")))
  await uploadUnpublished(session, "laboratory", mine("unpublished analysis"))
  await sign()
  await readAuditTrail(session)
  await sign()
  return { login, phrase, session, card, cardId, cardText: text, narrow: cardIn(narrow.text), physician }
}
export type FullPatient = Awaited<ReturnType<typeof fullPatient>>
