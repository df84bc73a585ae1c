import { writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Bundle, FhirResource } from "fhir/r4.js"
import { cardPng } from "../bin/ehr/card-png.ts"
import { type Bytes, utf8 } from "../protocol/crypto/bytes.ts"
import { cardSvg } from "../sdk/card-image.ts"
import { makeCard } from "../sdk/patient/cards.ts"
import { uploadRecord } from "../sdk/patient/records.ts"
import { writePkcs12 } from "./authority/pkcs12.ts"
import type { Credential } from "./authority.ts"
import { type LocalCloud, type Login, openAccountWithConsents } from "./local-cloud.ts"
import { dicomStudy } from "./samples/dicom.ts"
import { patientOf } from "./samples/document.ts"
import { eleniPapadaki } from "./samples/eleni-papadaki.ts"
import { jonasLindenmeier } from "./samples/jonas-lindenmeier.ts"
import { laboratoryReport } from "./samples/laboratory.ts"
import { saoirseNiShampla } from "./samples/saoirse-ni-shampla.ts"

export interface SeededPatient extends Login {
  readonly name: string
  readonly recoveryPhrase: string
  /** What the QR code of their card holds. */
  readonly card: string
}

export interface SeededProfessional {
  readonly name: string
  readonly is: "valid" | "revoked"
  /** PEM: certificate and issuing authority. */
  readonly certificateFile: string
  /** PEM, PKCS #8. */
  readonly keyFile: string
  /** PKCS #12, for the HCP App: both of the above. */
  readonly pkcs12File: string
  readonly pkcs12Password: string
}

const bundles = { eleni: eleniPapadaki, jonas: jonasLindenmeier, saoirse: saoirseNiShampla }
/** Who had results taken again and again. */
const measured = new Set(["eleni"])

const seedPatient = async (
  local: LocalCloud,
  directory: string,
  id: string,
  bundle: Bundle<FhirResource>,
): Promise<SeededPatient> => {
  const login = { email: `${id}@example.org`, password: "Local-Cloud-Only-1" }
  const patient = patientOf(bundle)
  const { session, account } = await openAccountWithConsents(local.engine, local.clouds[0], login)
  const upload = (category: "summary" | "laboratory" | "imaging", title: string, contentType: string, bytes: Bytes) =>
    uploadRecord(session, { category, title, contentType, content: bytes })
  await upload("summary", "Patient summary", "application/fhir+json", utf8(JSON.stringify(bundle)))
  if (measured.has(id))
    await upload(
      "laboratory",
      "Laboratory results",
      "application/fhir+json",
      utf8(JSON.stringify(laboratoryReport(patient))),
    )
  await upload("imaging", "CT chest", "application/dicom", new Uint8Array(dicomStudy({ patient })))
  const { text } = await makeCard(session, {
    hri: local.hri,
    categories: ["summary", "laboratory", "imaging", "document"],
  })
  writeFileSync(join(directory, `${id}-card.png`), cardPng(text), { mode: 0o600 })
  writeFileSync(
    join(directory, `${id}-card.svg`),
    cardSvg(text, {
      heading: "EMERGENCY HEALTH CARD",
      lines: ["Opens my health record", "to a certified professional."],
    }),
    { mode: 0o600 },
  )
  const [name] = patient.name ?? []
  const { recoveryPhrase } = account
  return { ...login, name: `${name?.given?.join(" ") ?? ""} ${name?.family ?? ""}`, recoveryPhrase, card: text }
}

const pkcs12Password = "Local-Cloud-Only-1"

const writeProfessional = async (
  directory: string,
  id: string,
  name: string,
  is: SeededProfessional["is"],
  credential: Credential,
): Promise<SeededProfessional> => {
  const certificateFile = join(directory, `${id}.certificate.pem`)
  const keyFile = join(directory, `${id}.key.pem`)
  writeFileSync(certificateFile, credential.chainPem, { mode: 0o600 })
  writeFileSync(keyFile, credential.privateKeyPem, { mode: 0o600 })
  const pkcs12File = join(directory, `${id}.p12`)
  await writePkcs12(pkcs12File, credential, pkcs12Password)
  return { name, is, certificateFile, keyFile, pkcs12File, pkcs12Password }
}

/**
 * Fills a fresh local cloud: three patients with a summary, an image study and a card each, one of them with a laboratory's results over time; a professional whose certificate is valid and one
 * whose is revoked. Cards, certificates and keys are written to `directory`.
 */
export const seed = async (
  local: LocalCloud,
  directory: string,
): Promise<{ patients: SeededPatient[]; professionals: SeededProfessional[] }> => {
  const patients: SeededPatient[] = []
  for (const [id, bundle] of Object.entries(bundles)) patients.push(await seedPatient(local, directory, id, bundle))
  const { authority } = local
  const valid = await authority.issue({
    commonName: "Dr. Ines Notfall",
    organization: "Example General Hospital",
    profession: "physician",
    registrationNumber: "LOCAL-1",
  })
  const revoked = await authority.issue({
    commonName: "Dr. Otto Widerruf",
    profession: "physician",
    registrationNumber: "LOCAL-2",
  })
  await authority.revoke(revoked)
  const professionals = [
    await writeProfessional(directory, "valid-professional", "Dr. Ines Notfall", "valid", valid),
    await writeProfessional(directory, "revoked-professional", "Dr. Otto Widerruf", "revoked", revoked),
  ]
  return { patients, professionals }
}
