import { inject } from "vitest"
import { type LocalEhrCloud, openAccountWithConsents, practiceCode } from "../../local/local-cloud.ts"
import type { Card } from "../../protocol/card.ts"
import type { Role } from "../../protocol/practice/claims.ts"
import type { Category } from "../../protocol/primitives.ts"
import { credentialFromPem } from "../../sdk/hcp/credential.ts"
import { makeCard } from "../../sdk/patient/cards.ts"
import { uploadRecord } from "../../sdk/patient/records.ts"
import type { PatientSession } from "../../sdk/patient/session.ts"
import type { Practice } from "../../sdk/practice/practice.ts"
import type { PracticeMemory } from "../../sdk/practice/session.ts"
import { accessBy as accessWith, cardIn, documentOf } from "../kit/people.ts"
import { fullPractice, newMember } from "../kit/practices.ts"
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

/** A patient with a summary, an image and a card for `categories`. */
export const newPatientWithCard = async (
  categories: readonly Category[] = ["summary", "imaging", "document"],
  on: LocalEhrCloud | undefined = cloud.clouds[0],
) => {
  const patient = await newPatient(on)
  const summary = await uploadRecord(patient.session, documentOf("summary", `summary of ${patient.login.email}`))
  const image = await uploadRecord(patient.session, documentOf("imaging", `image of ${patient.login.email}`))
  const made = await makeCard(patient.session, { hri: cloud.hri, categories })
  return { ...patient, summary, image, cardId: made.cardId, card: cardIn(made.text), front: made.front }
}

export const professional = (name: CredentialName) => {
  const { chainPem, privateKeyPem } = cloud.credentials[name]
  return credentialFromPem(chainPem, privateKeyPem, "ES256")
}

/** An emergency access to the card's record. */
export const accessBy = async (name: CredentialName, card: Card) => accessWith(card, await professional(name))

let practices = 0
/** A practice whose owner is signed in, with a patient's file. */
export const newPractice = async (
  name: CredentialName = "physician",
  on: LocalEhrCloud | undefined = cloud.clouds[0],
) => {
  const { address, email, code } = joinerOn(on)
  return fullPractice(address, email, await professional(name), code)
}
const joinerOn = (on: LocalEhrCloud | undefined) => {
  if (on === undefined) throw new Error("there is no such EHR cloud")
  const engine = { name: cloud.engine, version: "", endpoint: cloud.endpoint, stop: async () => {} }
  const email = `practice-${process.pid}-${++practices}@example.org`
  const code = (memory: PracticeMemory) => practiceCode(engine, on, email, memory)
  return { address: on.address, email, code }
}
/** Somebody whom the owner let in. */
export const newColleague = async (owner: Practice, role: Role, name: CredentialName = "paramedic") =>
  newMember(owner, role, { ...joinerOn(cloud.clouds[0]), credential: await professional(name) })

export type Session = PatientSession
