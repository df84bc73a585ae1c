import * as z from "zod/mini"
import { serviceAddress } from "./address.ts"
import {
  category,
  consentKind,
  ecPublicJwk,
  hash,
  identifier,
  jwe,
  jws,
  maxCards,
  ordinal,
  seconds,
} from "./primitives.ts"
import { descriptor } from "./record.ts"

/** Every signed statement: compact JWS, protected `typ` = the key below, payload = the schema (docs/protocol.md, "Statements"). */
const claims = { aud: z.string().check(z.maxLength(200)), iat: seconds, jti: identifier }
const byPatient = { ...claims, patientId: identifier }

/** Longest list of page hashes of one category: 64 x 256 = 16,384 records. */
const pageHashes = z.array(hash).check(z.maxLength(256))

export const manifestClaims = z.strictObject({
  ...byPatient,
  number: ordinal,
  previous: z.nullable(hash),
  keys: z.strictObject({ signing: ecPublicJwk, agreement: ecPublicJwk }),
  keyRing: hash,
  /** Of each card in force (docs/protocol.md, "Card"); absent where there is none. */
  cards: z.optional(z.array(hash).check(z.maxLength(maxCards))),
  pages: z.strictObject({
    summary: pageHashes,
    laboratory: pageHashes,
    imaging: pageHashes,
    medication: pageHashes,
    document: pageHashes,
    sensitive: pageHashes,
  }),
})
export type ManifestClaims = z.infer<typeof manifestClaims>

export const statements = {
  consent: z.strictObject({
    ...byPatient,
    kind: consentKind,
    status: z.enum(["active", "inactive"]),
    documentHash: hash,
  }),
  manifest: manifestClaims,
  "hri-entry": z.discriminatedUnion("action", [
    z.strictObject({ ...claims, action: z.literal("put"), locatorHash: hash, sequence: ordinal, entry: jwe(2048) }),
    z.strictObject({ ...claims, action: z.literal("remove"), locatorHash: hash, sequence: ordinal }),
  ]),
  "emergency-access": z.strictObject({ ...byPatient, cardId: identifier, proof: hash }),
  contribution: z.strictObject({ ...byPatient, grantId: identifier, descriptor, sealedKey: jwe(1024) }),
  decision: z.discriminatedUnion("decision", [
    z.strictObject({
      ...byPatient,
      contributionId: identifier,
      statementHash: hash,
      decision: z.literal("approved"),
      descriptor,
    }),
    z.strictObject({ ...byPatient, contributionId: identifier, statementHash: hash, decision: z.literal("rejected") }),
  ]),
  deactivation: z.strictObject(byPatient),
} as const

export type StatementType = keyof typeof statements
export type StatementClaims<T extends StatementType> = z.infer<(typeof statements)[T]>

/** A patient's statement, or one with a professional's certificate chain (RSA chains are the longest). */
export const statement = jws(48 * 1024)
/** A manifest: 256 page hashes a category at most. */
export const manifestStatement = jws(128 * 1024)

/** The provider's countersignature of a consent, `typ: consent-receipt`. */
export const consentReceipt = z.strictObject({ iss: z.string(), iat: seconds, statementHash: hash })

/** What the HRI keeps for a card, readable with the card alone. */
export const hriEntry = z.strictObject({
  /** Whether it may be this very machine is for whoever reads the card. */
  cloud: z.string().check(
    z.maxLength(2048),
    z.refine((address) => serviceAddress(address, { local: true }) !== undefined),
  ),
  cloudId: z.string().check(z.maxLength(200)),
  patientId: identifier,
  cardId: identifier,
  manifest: z.strictObject({ number: ordinal, hash }),
})
export type HriEntry = z.infer<typeof hriEntry>

export const cardCategories = z.array(category).check(z.minLength(1), z.maxLength(6))
