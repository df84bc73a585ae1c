import type { Publication } from "../../contract/publication.ts"
import type { RequestOf } from "../../contract/routes.ts"
import { sealToAccount } from "../../protocol/account-key.ts"
import { type Card, cardProof, deriveCardKeys, locatorHash } from "../../protocol/card.ts"
import type { HriEntry, StatementType } from "../../protocol/claims.ts"
import { toBase64url, toHex, utf8 } from "../../protocol/crypto/bytes.ts"
import { sealUnder } from "../../protocol/crypto/envelope.ts"
import { randomBytes, sha256 } from "../../protocol/crypto/primitives.ts"
import { generateKeyPairs, type KeyPairs } from "../../protocol/keys.ts"
import type { Descriptor } from "../../protocol/record.ts"
import { openRecoveryBundle } from "../../protocol/recovery.ts"
import { generateSealingKeyPair, sealingKeyThumbprint } from "../../protocol/sealing.ts"
import { signStatement, statementHash } from "../../protocol/statement.ts"
import { openIndex } from "../../sdk/cloud.ts"
import type { Access, Credential } from "../../sdk/hcp/emergency-access.ts"
import { readContents } from "../../sdk/patient/contents.ts"
import type { Contribution } from "../../sdk/patient/contributions.ts"
import { findRecord, readDecided, withDecided, withDescriptor } from "../../sdk/patient/listed.ts"
import { prepare, type Revision } from "../../sdk/patient/publication.ts"
import { callAsPatient } from "../../sdk/patient/session.ts"
import { stamp } from "../../sdk/stamp.ts"
import { firstSigners, nameOf, signedBy } from "../kit/statements.ts"
import type { SealedRecord } from "../sdk/sealed.ts"
import { cloud, type Session } from "./people.ts"

/** The request for an emergency access, as the SDK makes it unless `claims` say otherwise; the proof is over what they say. */
export const emergencyRequest = async (
  card: Card,
  { cloudId, patientId, cardId }: Pick<HriEntry, "cloudId" | "patientId" | "cardId">,
  { chain, alg, privateKey }: Credential,
  claims: object = {},
): Promise<RequestOf<"hcp/emergency-access">> => {
  const { fingerprint } = card
  const ephemeral = (await generateSealingKeyPair()).publicKey
  const ofCard = { patientId, cardId, fingerprint, locatorHash: await locatorHash(card.locator), ephemeral }
  const own = { aud: cloudId, ...stamp(), ...ofCard, ...claims }
  const { proofKey } = await deriveCardKeys(card.secret)
  const [leaf] = chain
  if (leaf === undefined) throw new TypeError("a credential has a certificate")
  const certificate = toHex(await sha256(leaf))
  const proof = await cardProof(proofKey, {
    ...own,
    certificate,
    ephemeral: await sealingKeyThumbprint(own.ephemeral),
  })
  const payload = { proof, ...own }
  return {
    statement: await signStatement({ typ: "emergency-access", alg, privateKey, x5c: chain, payload }),
    witness: 1,
  }
}

/** What a patient's device could sign, were it not the SDK's: any claims, of any type. */
export const patientSays = (
  { cloud, patientId, keys, signerId }: Session,
  typ: StatementType,
  claims: object,
): Promise<string> =>
  signedBy(
    { keys, patientId },
    { cloud: { cloudId: cloud.cloudId, title: "" }, now: new Date() },
    typ,
    { ...stamp(), ...claims },
    signerId,
  )

/** What the root could sign, by the phrase. */
export const rootSays = async (
  { session, account }: { session: Session; account: { recoveryPhrase: string } },
  typ: StatementType,
  claims: object,
): Promise<string> => {
  const { recoveryBundle } = await callAsPatient(session, "patient/recover", {})
  const recovery = await openRecoveryBundle(recoveryBundle, account.recoveryPhrase)
  if (recovery.outcome !== "ok") throw new Error(recovery.outcome)
  return patientSays({ ...session, keys: recovery.root, signerId: session.fingerprint }, typ, claims)
}

/** The next publication of a session, of this revision of what the cloud has; `claims` may override anything in its manifest. */
export const publicationOf = async (
  session: Session,
  revision: Revision = {},
  claims?: object,
): Promise<Publication> => {
  const { publication, contents } = await prepare(session, await readContents(session), revision)
  if (claims === undefined) return publication
  const { aud: _aud, iat: _iat, jti: _jti, ...own } = contents.manifest.claims
  return { ...publication, manifest: await patientSays(session, "manifest", { ...own, ...claims }) }
}

/** The request that makes a sealed record, or what `other` says of it, a version; its manifest lists it, unless it is listed already. */
export const commitRequest = async (
  session: Session,
  { descriptor: sealed }: Pick<SealedRecord, "descriptor">,
  other: Partial<Descriptor> = {},
): Promise<RequestOf<"patient/commit">> => {
  const descriptor = { ...sealed, ...other }
  const publication = await publicationOf(session, { pages: await pagesWith(session, descriptor) })
  return { recordId: descriptor.recordId, descriptor, publication }
}

const pagesWith = async (session: Session, descriptor: Descriptor) => {
  const contents = await readContents(session)
  const found = await findRecord(session, contents, descriptor.recordId)
  const listed = found?.descriptors.find(({ recordId }) => recordId === descriptor.recordId)
  if (found === undefined || listed === undefined)
    return [await withDescriptor(session, contents, descriptor, { isNew: true })]
  if (listed.version >= descriptor.version) return []
  return [{ ...found, descriptors: found.descriptors.map((each) => (each === listed ? descriptor : each)) }]
}

/** The request that deletes a record, with the manifest that strikes it. */
export const deletionRequest = async (
  session: Session,
  recordId: string,
): Promise<RequestOf<"patient/delete-record">> => {
  const found = await findRecord(session, await readContents(session), recordId)
  const pages = found && [{ ...found, descriptors: found.descriptors.filter((each) => each.recordId !== recordId) }]
  return { recordId, publication: await publicationOf(session, pages === undefined ? {} : { pages }) }
}

/** The request that decides on a contribution, as the SDK makes it unless `claims` say otherwise in the decision. */
export const decisionRequest = async (
  session: Session,
  { contributionId, statement, descriptor }: Pick<Contribution, "contributionId" | "statement" | "descriptor">,
  decision: "approved" | "rejected",
  claims: object = {},
): Promise<RequestOf<"patient/approve-contribution">> => {
  const contents = await readContents(session)
  const decided = withDecided(await readDecided(session, contents), contributionId)
  if (statement === undefined || descriptor === undefined) throw new Error("it isn't listed")
  const approved = { ...descriptor, objectId: toBase64url(randomBytes(16)) }
  const pages = decision === "approved" ? await pagesWith(session, approved) : []
  const said = await patientSays(session, "decision", {
    contributionId,
    statementHash: await statementHash(statement),
    decision,
    ...(decision === "approved" ? { descriptor: approved } : {}),
    ...claims,
  })
  return { contributionId, statement: said, publication: await publicationOf(session, { pages, decided }) }
}

/** The statement by which a professional contributes what they sealed, as the SDK signs it unless `claims` say otherwise. */
export const contributionStatement = async (
  { entry, grantId, fingerprint, account }: Pick<Access, "entry" | "grantId" | "fingerprint" | "account">,
  { descriptor, dataKey }: Pick<SealedRecord, "descriptor" | "dataKey">,
  { chain, alg, privateKey }: Credential,
  claims: object = {},
): Promise<string> => {
  const { cloudId, patientId } = entry
  const object = { kind: "contribution", object: descriptor.recordId, epoch: descriptor.epoch } as const
  const sealedKey = await sealToAccount({ cloudId, patientId }, account.key, object, dataKey)
  const own = { patientId, grantId, fingerprint, descriptor, sealedKey, account: account.number }
  const payload = { aud: cloudId, ...stamp(), ...own, ...claims }
  return signStatement({ typ: "contribution", alg, privateKey, x5c: chain, payload })
}

/** Somebody with a root and a device, whom no cloud knows: an index takes entries of anybody. */
export interface IndexOwner {
  readonly keys: KeyPairs
  readonly signerId: string
  readonly signers: readonly string[]
}

export const newIndexOwner = async (): Promise<IndexOwner> => {
  const [root, keys] = await Promise.all([
    generateKeyPairs({ extractable: false }),
    generateKeyPairs({ extractable: false }),
  ])
  const patientId = toBase64url(randomBytes(16))
  const somewhere = { cloud: { cloudId: "elsewhere.example", title: "" }, now: new Date() }
  const list = await firstSigners({ root, patientId }, somewhere, [keys], stamp())
  return { keys, signerId: await nameOf(keys), signers: [list] }
}

/** The owner of a session's entries. */
export const indexOwnerOf = async (session: Session): Promise<IndexOwner> => ({
  keys: session.keys,
  signerId: session.signerId,
  signers: (await readContents(session)).signerLists,
})

/** What the index is told of a card; `claims` may override anything. */
export const indexStatement = async (
  card: Card,
  { keys, signerId, signers }: IndexOwner,
  action: "put" | "remove",
  claims: object = {},
): Promise<string> => {
  const { hriId } = await openIndex(cloud.hri, { local: true })
  const { entryKey } = await deriveCardKeys(card.secret)
  return signStatement({
    typ: "hri-entry",
    alg: "ES256",
    kid: signerId,
    privateKey: keys.signing.privateKey,
    payload: {
      aud: hriId,
      ...stamp(),
      action,
      locatorHash: await locatorHash(card.locator),
      sequence: 1,
      parent: null,
      signers,
      ...(action === "put" ? { entry: await sealUnder(entryKey, utf8('{"where":"nowhere"}')) } : {}),
      ...claims,
    },
  })
}

/** The same with one character of the payload another one. */
export const altered = (compact: string): string => {
  const [header = "", payload = "", signature = ""] = compact.split(".")
  const claims: { iat: number } = JSON.parse(Buffer.from(payload, "base64url").toString())
  const changed = Buffer.from(JSON.stringify({ ...claims, iat: claims.iat - 1 })).toString("base64url")
  return [header, changed, signature].join(".")
}
