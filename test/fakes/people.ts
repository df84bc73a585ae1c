import { execFileSync } from "node:child_process"
import { createPrivateKey, KeyObject, X509Certificate } from "node:crypto"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { objectKey } from "../../contract/items.ts"
import type { RequestOf } from "../../contract/routes.ts"
import { makeCard } from "../../functions/domain/cards.ts"
import { consentDocument } from "../../functions/domain/consent-document.ts"
import { revokeConsent, signConsent } from "../../functions/domain/consents.ts"
import { publishManifest } from "../../functions/domain/manifest.ts"
import { confirm, register } from "../../functions/domain/patients.ts"
import { commit } from "../../functions/domain/records.ts"
import { cardProof } from "../../protocol/card.ts"
import { fromBase64url, toBase64url, toHex } from "../../protocol/crypto/bytes.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { sha256 } from "../../protocol/crypto/primitives.ts"
import { generatePatientKeys, type PatientKeys, publicJwk } from "../../protocol/keys.ts"
import {
  type Category,
  type ConsentKind,
  categories,
  type EcPublicJwk,
  type Profession,
} from "../../protocol/primitives.ts"
import type { Descriptor, KeyRing } from "../../protocol/record.ts"
import { type StatementAlgorithm, signStatement } from "../../protocol/statement.ts"
import { confirmationCode } from "./accounts.ts"
import { newId, newKey } from "./call.ts"
import type { MemoryCloud } from "./cloud.ts"

export interface TestPatient {
  readonly patientId: string
  readonly keys: PatientKeys
  readonly publicKeys: { readonly signing: EcPublicJwk; readonly agreement: EcPublicJwk }
  readonly email: string
}

/** Of the right form, opening nothing: the server never opens one. */
export const someJwe = "e30.a2V5.aXY.dGV4dA.dGFn"
const someWrappedKey = toBase64url(new Uint8Array(40).fill(7))
export const password = "Correct-horse-7"

export const registration = async (email: string) => {
  const keys = await generatePatientKeys()
  const publicKeys = {
    signing: await publicJwk(keys.signing.publicKey),
    agreement: await publicJwk(keys.agreement.publicKey),
  }
  return { keys, request: { email, password, keys: publicKeys, recoveryBundle: someJwe } }
}

/** An active account, without consents. */
export const newPatient = async (cloud: MemoryCloud): Promise<TestPatient> => {
  const email = `${newId()}@example.org`
  const { keys, request } = await registration(email)
  const { patientId } = await register(cloud, request, cloud.call)
  await confirm(cloud, { patientId, code: confirmationCode }, cloud.call)
  return { patientId, keys, publicKeys: request.keys, email }
}

export const stampAt = (now: Date) => ({ iat: Math.floor(now.getTime() / 1000), jti: newId() })

/** A patient's statement, made now; `claims` may override anything. */
export const signedBy = (
  { keys, patientId }: Pick<TestPatient, "keys" | "patientId">,
  cloud: Pick<MemoryCloud, "cloud" | "now">,
  typ: string,
  claims: object,
): Promise<string> =>
  signStatement({
    typ,
    alg: "ES256",
    privateKey: keys.signing.privateKey,
    payload: { aud: cloud.cloud.cloudId, ...stampAt(cloud.now), patientId, ...claims },
  })

export const consentRequest = async (
  cloud: MemoryCloud,
  patient: TestPatient,
  kind: ConsentKind,
  claims: object = {},
): Promise<RequestOf<"patient/sign-consent">> => {
  const documentHash = await canonicalHash(consentDocument(kind, patient.patientId, cloud.cloud))
  return {
    kind,
    statement: await signedBy(patient, cloud, "consent", { kind, status: "active", documentHash, ...claims }),
  }
}

export const giveConsent = async (cloud: MemoryCloud, patient: TestPatient, kind: ConsentKind) =>
  signConsent(cloud, patient.patientId, await consentRequest(cloud, patient, kind), cloud.call)

export const withdrawConsent = async (
  cloud: MemoryCloud,
  patient: TestPatient,
  kind: ConsentKind,
  call = cloud.call,
) => {
  const request = await consentRequest(cloud, patient, kind, { status: "inactive", ...stampAt(call.now) })
  return revokeConsent(cloud, patient.patientId, request, call)
}

export const descriptorOf = async (given: Partial<Descriptor> = {}): Promise<Descriptor> => ({
  recordId: newId(),
  version: 1,
  category: "summary",
  epoch: 1,
  size: 1000,
  sha256: toBase64url(await sha256(new TextEncoder().encode(newId()))),
  wrappedKey: someWrappedKey,
  metadata: someJwe,
  ...given,
})

export const put = (cloud: MemoryCloud, bucket: "records" | "pending", patientId: string, descriptor: Descriptor) =>
  cloud.buckets.upload(bucket, objectKey(patientId, descriptor.recordId, descriptor.version), descriptor)

/** A committed record version. */
export const addRecord = async (
  cloud: MemoryCloud,
  { patientId }: TestPatient,
  given: Partial<Descriptor> = {},
): Promise<Descriptor> => {
  const descriptor = await descriptorOf(given)
  put(cloud, "records", patientId, descriptor)
  await commit(cloud, patientId, { recordId: descriptor.recordId, descriptor }, cloud.call)
  return descriptor
}

export const keyRingOf = (epoch = 1): KeyRing => {
  const entry = { epoch, sealed: someJwe, previous: Array<string>(epoch - 1).fill(someWrappedKey) }
  return { summary: entry, laboratory: entry, imaging: entry, medication: entry, document: entry, sensitive: entry }
}

/** The next manifest of these records, all on the first page of their category; `claims` may override anything. */
export const manifestRequest = async (
  cloud: MemoryCloud,
  patient: TestPatient,
  records: readonly Descriptor[],
  claims: object = {},
): Promise<RequestOf<"patient/publish-manifest">> => {
  const { patientId } = patient
  const [stored] = await cloud.store.read([{ kind: "manifest", patientId }])
  const named = categories.filter((category) => records.some((record) => record.category === category))
  const pages = named.map((category) => ({
    category,
    page: 0,
    descriptors: records.filter((record) => record.category === category),
  }))
  const hashes = await Promise.all(
    categories.map(async (category): Promise<[Category, string[]]> => {
      const page = pages.find((page) => page.category === category)
      return [category, page === undefined ? [] : [await canonicalHash(page.descriptors)]]
    }),
  )
  const keyRing = keyRingOf()
  const manifest = await signedBy(patient, cloud, "manifest", {
    number: (stored?.number ?? 0) + 1,
    previous: stored?.hash ?? null,
    keys: patient.publicKeys,
    keyRing: await canonicalHash(keyRing),
    pages: Object.fromEntries(hashes),
    ...claims,
  })
  return { manifest, keyRing, pages, cards: [] }
}

export const publish = async (cloud: MemoryCloud, patient: TestPatient, records: readonly Descriptor[]) =>
  publishManifest(cloud, patient.patientId, await manifestRequest(cloud, patient, records), cloud.call)

export const wrappedFor = (named: readonly Category[], epoch = 1) =>
  named.map((category) => ({ category, epoch, wrappedKey: someWrappedKey }))

export const cardRequest = (named: readonly Category[] = ["summary"]): RequestOf<"patient/make-card"> => ({
  cardId: newId(),
  proofKey: newKey(),
  cloudShare: newKey(),
  wrappedCategoryKeys: wrappedFor(named),
  sealed: someJwe,
})
export type TestCard = RequestOf<"patient/make-card">

export const newCard = async (cloud: MemoryCloud, { patientId }: TestPatient, named?: readonly Category[]) => {
  const card = cardRequest(named)
  await makeCard(cloud, patientId, card, cloud.call)
  return card
}

/** A patient with both consents, a summary, a laboratory record, a signed manifest of both, and a card for the summary. */
export const patientInOrder = async (cloud: MemoryCloud) => {
  const patient = await newPatient(cloud)
  await giveConsent(cloud, patient, "store")
  await giveConsent(cloud, patient, "emergency-share")
  const summary = await addRecord(cloud, patient)
  const laboratory = await addRecord(cloud, patient, { category: "laboratory" })
  await publish(cloud, patient, [summary, laboratory])
  return { patient, summary, laboratory, card: await newCard(cloud, patient) }
}

export interface TestProfessional {
  /** Hex SHA-256 of the public key. */
  readonly account: string
  /** Hex SHA-256 of the certificate. */
  readonly certificate: string
  /** DER, the professional's own first. */
  readonly chain: readonly Uint8Array<ArrayBuffer>[]
  readonly privateKey: CryptoKey
  readonly alg: StatementAlgorithm
}

/** A professional with a P-256 key, from PEM. */
export const professionalWith = async (
  pem: { key: string; certificate: string },
  authorities: readonly Uint8Array<ArrayBuffer>[] = [],
): Promise<TestProfessional> => {
  const { raw, publicKey } = new X509Certificate(pem.certificate)
  const der = new Uint8Array(raw)
  const spki = new Uint8Array(publicKey.export({ format: "der", type: "spki" }))
  const pkcs8 = new Uint8Array(createPrivateKey(pem.key).export({ type: "pkcs8", format: "der" }))
  const privateKey = await crypto.subtle.importKey("pkcs8", pkcs8, { name: "ECDSA", namedCurve: "P-256" }, true, [
    "sign",
  ])
  return {
    account: toHex(await sha256(spki)),
    certificate: toHex(await sha256(der)),
    chain: [der, ...authorities],
    privateKey,
    alg: "ES256",
  }
}

/** Whoever makes a certificate for themselves, of a new key or of this one: enough where the grant is what counts. */
export const selfMadeProfessional = async (key?: CryptoKey): Promise<TestProfessional> => {
  const made =
    key ?? (await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign"])).privateKey
  const pem = KeyObject.from(made).export({ type: "pkcs8", format: "pem" }).toString()
  const folder = mkdtempSync(join(tmpdir(), "ehr-cloud-professional-"))
  try {
    const file = join(folder, "key.pem")
    writeFileSync(file, pem)
    const options = ["-x509", "-new", "-key", file, "-subj", "/CN=Professional", "-days", "30"]
    const certificate = execFileSync("openssl", ["req", ...options], { encoding: "utf8", stdio: "pipe" })
    return await professionalWith({ key: pem, certificate })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

export const signedByProfessional = (
  { alg, chain, privateKey }: TestProfessional,
  cloud: Pick<MemoryCloud, "cloud" | "now">,
  typ: string,
  claims: object,
): Promise<string> =>
  signStatement({
    typ,
    alg,
    privateKey,
    x5c: chain,
    payload: { aud: cloud.cloud.cloudId, ...stampAt(cloud.now), ...claims },
  })

/** What a professional sends who has the card at hand; `claims` may override anything. */
export const accessRequest = async (
  cloud: Pick<MemoryCloud, "cloud" | "now">,
  professional: TestProfessional,
  { patientId }: { patientId: string },
  { cardId, proofKey }: Pick<TestCard, "cardId" | "proofKey">,
  claims: object = {},
): Promise<RequestOf<"hcp/emergency-access">> => {
  const stamp = { aud: cloud.cloud.cloudId, ...stampAt(cloud.now), ...claims }
  const { certificate } = professional
  const proof = await cardProof(fromBase64url(proofKey), {
    patientId,
    cardId,
    certificate,
    aud: stamp.aud,
    jti: stamp.jti,
  })
  return {
    statement: await signedByProfessional(professional, cloud, "emergency-access", {
      patientId,
      cardId,
      proof,
      ...stamp,
    }),
  }
}

/** A grant as an emergency access leaves it. */
export const newGrant = async (
  cloud: MemoryCloud,
  { patientId }: TestPatient,
  { account, certificate, alg }: TestProfessional,
  { cardId }: Pick<TestCard, "cardId">,
  named: readonly Category[] = ["summary"],
  profession: Profession = "physician",
) => {
  const [consent] = await cloud.store.read([{ kind: "consent", patientId, consent: "emergency-share" }])
  const grantId = newId()
  const ticket = newKey()
  const inAnHour = new Date(cloud.now.getTime() + 60 * 60 * 1000).toISOString()
  const written = await cloud.store.write([
    {
      put: {
        kind: "grant",
        revision: 1,
        patientId,
        grantId,
        cardId,
        categories: [...named],
        account,
        certificate,
        certificateEndsAt: new Date(cloud.now.getTime() + 30 * 24 * 60 * 60 * 1000).toISOString(),
        alg,
        profession,
        consentRevision: consent?.revision ?? 1,
        statement: "e30.e30.c2ln",
        ticketHash: toBase64url(await sha256(fromBase64url(ticket))),
        grantedAt: cloud.now.toISOString(),
        expiresAt: inAnHour,
      },
    },
  ])
  if (written.outcome !== "written") throw new Error("the grant was not stored")
  return { patientId, grantId, ticket }
}
