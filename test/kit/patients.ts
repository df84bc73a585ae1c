import * as z from "zod/mini"
import { auditOrigin, receiptedEvent } from "../../contract/audit.ts"
import { objectKey } from "../../contract/items.ts"
import type { RequestOf } from "../../contract/routes.ts"
import { linkEvent } from "../../functions/domain/audit-chain.ts"
import { makeCard, revokeCard } from "../../functions/domain/cards.ts"
import { consentDocument } from "../../functions/domain/consent-document.ts"
import { revokeConsent, signConsent } from "../../functions/domain/consents.ts"
import { haltGrant } from "../../functions/domain/grants.ts"
import { publishManifest } from "../../functions/domain/manifest.ts"
import { confirm, register } from "../../functions/domain/patients.ts"
import { commit } from "../../functions/domain/records.ts"
import { createAccountKey } from "../../protocol/account-key.ts"
import { cardProof } from "../../protocol/card.ts"
import { fromBase64url, toBase64url } from "../../protocol/crypto/bytes.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { sha256 } from "../../protocol/crypto/primitives.ts"
import { type EmergencyAnswer, openAnswer } from "../../protocol/emergency-answer.ts"
import { generateKeyPairs, publicKeysOf, thumbprint } from "../../protocol/keys.ts"
import type { Category, ConsentKind, Profession } from "../../protocol/primitives.ts"
import type { Descriptor } from "../../protocol/record.ts"
import { generateSealingKeyPair, type SealingKeyPair, sealingKeyThumbprint } from "../../protocol/sealing.ts"
import { statementHash } from "../../protocol/statement.ts"
import { confirmationCode } from "../fakes/accounts.ts"
import { newId, newKey } from "../fakes/call.ts"
import type { MemoryCloud } from "../fakes/cloud.ts"
import { type Professional } from "./professional.ts"
import { publicationOf } from "./publications.ts"
import { someJwe, someSealed, someWrappedKey, wrappedFor } from "./sealed.ts"
import { firstSigners, type Place, signedBy, signedByProfessional, stampAt, type TestPatient } from "./statements.ts"

export const password = "Correct-horse-7"

/** What a device sends that opens an account, and the keys it made for that. `patientId`: a random one for a cloud that others use, too. */
export const registration = async (cloud: Place, email: string, patientId = newId()) => {
  const [root, keys] = await Promise.all([
    generateKeyPairs({ extractable: true }),
    generateKeyPairs({ extractable: true }),
  ])
  const place = { cloudId: cloud.cloud.cloudId, patientId }
  const { accountKey } = await createAccountKey(place, [root.sealing.publicKey, keys.sealing.publicKey])
  const request: RequestOf<"patient/register"> = {
    email,
    password,
    patientId,
    root: await publicKeysOf(root),
    signers: [await firstSigners({ root, patientId }, cloud, [keys])],
    accountKey,
    recoveryBundle: someJwe,
  }
  const patient: TestPatient = { patientId, root, keys, email, fingerprint: await thumbprint(request.root.signing) }
  return { patient, request }
}

/** An active account, without consents. */
export const newPatient = async (cloud: MemoryCloud): Promise<TestPatient> => {
  const { patient, request } = await registration(cloud, `${newId()}@example.org`)
  await register(cloud, request, cloud.call)
  await confirm(cloud, { patientId: patient.patientId, code: confirmationCode }, cloud.call)
  return patient
}

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
  objectId: newId(),
  replaces: (given.version ?? 1) === 1 ? null : newKey(),
  category: "summary",
  epoch: 1,
  size: 1000,
  sha256: toBase64url(await sha256(new TextEncoder().encode(newId()))),
  wrappedKey: someWrappedKey,
  metadata: someJwe,
  ...given,
})

export const put = (cloud: MemoryCloud, bucket: "records" | "pending", patientId: string, descriptor: Descriptor) =>
  cloud.buckets.upload(bucket, objectKey(patientId, descriptor), descriptor)

/** What the version after the newest of a record names as the one before it. */
const newestHash = async ({ store }: MemoryCloud, patientId: string, recordId: string) => {
  const [record] = await store.read([{ kind: "record", patientId, recordId }])
  return record === undefined ? null : canonicalHash(record.descriptor)
}

/** A record version that is uploaded, with what makes it part of the record. */
export const commitRequest = async (
  cloud: MemoryCloud,
  patient: TestPatient,
  given: Partial<Descriptor> = {},
): Promise<RequestOf<"patient/commit">> => {
  const recordId = given.recordId ?? newId()
  const replaces = await newestHash(cloud, patient.patientId, recordId)
  const descriptor = await descriptorOf({ recordId, replaces, ...given })
  put(cloud, "records", patient.patientId, descriptor)
  const publication = await publicationOf(cloud, patient, { listed: [descriptor] })
  return { recordId: descriptor.recordId, descriptor, publication }
}

/** A committed record version, which the newest manifest lists. */
export const addRecord = async (
  cloud: MemoryCloud,
  patient: TestPatient,
  given: Partial<Descriptor> = {},
): Promise<Descriptor> => {
  const request = await commitRequest(cloud, patient, given)
  await commit(cloud, patient.patientId, request, cloud.call)
  return request.descriptor
}

/** The next manifest, by itself. */
export const publish = async (
  cloud: MemoryCloud,
  patient: TestPatient,
  change: Parameters<typeof publicationOf>[2] = {},
) => publishManifest(cloud, patient.patientId, { publication: await publicationOf(cloud, patient, change) }, cloud.call)

/** What a device knows of a card it made. */
export type TestCard = Omit<RequestOf<"patient/make-card">, "publication">

export const newCardParts = (named: readonly Category[] = ["summary"], epoch = 1): TestCard => ({
  cardId: newId(),
  proofKey: newKey(),
  cloudShare: newKey(),
  locatorHash: newKey(),
  hri: "https://hri.example",
  wrappedCategoryKeys: wrappedFor(named, epoch),
  sealed: someSealed,
})

/** A new card with the manifest that lists it. */
export const cardRequest = async (
  cloud: MemoryCloud,
  patient: TestPatient,
  card: TestCard = newCardParts(),
): Promise<RequestOf<"patient/make-card">> => ({
  ...card,
  publication: await publicationOf(cloud, patient, { cards: [card] }),
})

export const newCard = async (
  cloud: MemoryCloud,
  patient: TestPatient,
  made: TestCard | readonly Category[] = ["summary"],
): Promise<TestCard> => {
  const card = "cardId" in made ? made : newCardParts(made)
  await makeCard(cloud, patient.patientId, await cardRequest(cloud, patient, card), cloud.call)
  return card
}

/** Makes a card worthless, by statement. */
export const revoke = async (
  cloud: MemoryCloud,
  patient: TestPatient,
  { cardId }: Pick<TestCard, "cardId">,
  call = cloud.call,
) => {
  const statement = await signedBy(patient, cloud, "card-revocation", { cardId, ...stampAt(call.now) })
  return revokeCard(cloud, patient.patientId, { cardId, statement }, call)
}

/** Ends a grant, by statement. */
export const halt = async (
  cloud: MemoryCloud,
  patient: TestPatient,
  { grantId }: { grantId: string },
  call = cloud.call,
) => {
  const statement = await signedBy(patient, cloud, "halt", { grantId, ...stampAt(call.now) })
  return haltGrant(cloud, patient.patientId, { grantId, statement }, call)
}

/** A patient with both consents, an empty record and nothing in it. */
export const consentingPatient = async (cloud: MemoryCloud): Promise<TestPatient> => {
  const patient = await newPatient(cloud)
  await giveConsent(cloud, patient, "store")
  await giveConsent(cloud, patient, "emergency-share")
  await publish(cloud, patient)
  return patient
}

/** A patient with both consents, a summary, a laboratory record, and a card for the summary; the newest manifest lists them all. */
export const patientInOrder = async (cloud: MemoryCloud) => {
  const patient = await consentingPatient(cloud)
  const summary = await addRecord(cloud, patient)
  const laboratory = await addRecord(cloud, patient, { category: "laboratory" })
  return { patient, summary, laboratory, card: await newCard(cloud, patient) }
}

let ephemeralMade: Promise<SealingKeyPair> | undefined
/** What answers are sealed to, the same in every test of a process. */
export const ephemeralPair = (): Promise<SealingKeyPair> => (ephemeralMade ??= generateSealingKeyPair())

/** What a professional sends who has the card at hand; `claims` may override anything, and the proof is over what they say. */
export const accessRequest = async (
  cloud: Place,
  professional: Professional,
  { patientId, fingerprint }: Pick<TestPatient, "patientId" | "fingerprint">,
  { cardId, proofKey, locatorHash }: Pick<TestCard, "cardId" | "proofKey" | "locatorHash">,
  claims: object = {},
): Promise<RequestOf<"hcp/emergency-access">> => {
  const ephemeral = (await ephemeralPair()).publicKey
  const stamp = { aud: cloud.cloud.cloudId, ...stampAt(cloud.now), fingerprint, locatorHash, ephemeral, ...claims }
  const proof = await cardProof(fromBase64url(proofKey), {
    ...stamp,
    patientId,
    cardId,
    certificate: professional.certificate,
    ephemeral: await sealingKeyThumbprint(stamp.ephemeral),
  })
  const statement = await signedByProfessional(professional, cloud, "emergency-access", {
    patientId,
    cardId,
    proof,
    ...stamp,
  })
  return { statement, witness: 1 }
}

/** The answer to this request, opened by the professional who sent it. */
export const openedAnswer = async (
  cloud: Pick<MemoryCloud, "cloud">,
  { patientId }: Pick<TestPatient, "patientId">,
  { statement }: Pick<RequestOf<"hcp/emergency-access">, "statement">,
  { sealed }: { sealed: string },
): Promise<EmergencyAnswer> =>
  openAnswer(
    { cloudId: cloud.cloud.cloudId, patientId, statementHash: await statementHash(statement) },
    await ephemeralPair(),
    sealed,
  )

/** A grant as an emergency access leaves it. */
export const newGrant = async (
  cloud: MemoryCloud,
  { patientId }: TestPatient,
  { account, certificate, alg }: Professional,
  { cardId }: Pick<TestCard, "cardId">,
  named: readonly Category[] = ["summary"],
  profession: Profession = "physician",
) => {
  const [consent] = await cloud.store.read([{ kind: "consent", patientId, consent: "emergency-share" }])
  const grantId = newId()
  const ticket = newKey()
  const grantedAt = cloud.now.toISOString()
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
        grantedAt,
        expiresAt: inAnHour,
        event: z.parse(
          receiptedEvent,
          await linkEvent(
            { seq: 0, hash: auditOrigin },
            {
              action: "emergency-access",
              outcome: "permitted",
              actor: { kind: "hcp", account, certificate, profession },
              subject: { cardId, grantId, categories: [...named], expiresAt: inAnHour },
            },
            cloud.now,
          ),
        ),
      },
    },
    { put: { kind: "grant-time", revision: 1, patientId, grantedAt, grantId } },
  ])
  if (written.outcome !== "written") throw new Error("the grant was not stored")
  return { patientId, grantId, ticket }
}
