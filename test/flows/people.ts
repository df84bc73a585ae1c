import { inject } from "vitest"
import { type LocalEhrCloud, openAccountWithConsents } from "../../local/local-cloud.ts"
import { utf8 } from "../../protocol/crypto/bytes.ts"
import type { Category } from "../../protocol/primitives.ts"
import { decodeCard, lookUp } from "../../sdk/hcp/card.ts"
import { credentialFromPem } from "../../sdk/hcp/credential.ts"
import { emergencyAccess } from "../../sdk/hcp/emergency-access.ts"
import { makeCard } from "../../sdk/patient/cards.ts"
import { uploadRecord } from "../../sdk/patient/records.ts"
import type { PatientSession } from "../../sdk/patient/session.ts"
import type { CredentialName } from "./local-cloud.ts"

export const cloud = inject("cloud")

let patients = 0
const password = "Correct-Horse-7-Battery"

/** A patient with both consents signed; `on` one of the deployed EHR clouds. */
export const newPatient = async (on: LocalEhrCloud | undefined = cloud.clouds[0]) => {
  if (on === undefined) throw new Error("there is no such EHR cloud")
  const login = { email: `patient-${process.pid}-${++patients}@example.org`, password }
  const engine = { name: cloud.engine, version: "", endpoint: cloud.endpoint, stop: async () => {} }
  const opened = await openAccountWithConsents(engine, on, login)
  return { ...opened, login }
}

/** A document nobody would mistake for another. */
export const documentOf = (category: Category, text: string) => ({
  category,
  title: `title of ${text}`,
  contentType: "text/plain",
  content: utf8(text),
})

export const cardOf = (text: string) => {
  const reading = decodeCard(text)
  if (reading.outcome !== "ok") throw new Error(reading.outcome)
  return reading.card
}

/** A patient with a summary, an image and a card for `categories`. */
export const newPatientWithCard = async (
  categories: readonly Category[] = ["summary", "imaging", "document"],
  on: LocalEhrCloud | undefined = cloud.clouds[0],
) => {
  const patient = await newPatient(on)
  const summary = await uploadRecord(patient.session, documentOf("summary", `summary of ${patient.login.email}`))
  const image = await uploadRecord(patient.session, documentOf("imaging", `image of ${patient.login.email}`))
  const made = await makeCard(patient.session, { hri: cloud.hri, categories })
  return { ...patient, summary, image, cardId: made.cardId, card: cardOf(made.text), front: made.front }
}

export const professional = (name: CredentialName) => {
  const { chainPem, privateKeyPem } = cloud.credentials[name]
  return credentialFromPem(chainPem, privateKeyPem, "ES256")
}

/** An emergency access to the card's record. */
export const accessBy = async (name: CredentialName, card: ReturnType<typeof cardOf>) =>
  emergencyAccess(card, await lookUp(card, { local: true }), await professional(name))

export type Session = PatientSession
