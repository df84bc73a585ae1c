import * as z from "zod/mini"
import { profession } from "./primitives.ts"

/** The German "insured person" (gematik): on a health card like a profession, and never one. */
export const insuredPerson = "1.2.276.0.76.4.49"

/** What a professional's key may sign statements with. JOSE has no algorithm for a brainpool key: such a key signs certificates only. */
export const signatureAlgorithms = ["ES256", "ES384", "RS256", "PS256"] as const
export type SignatureAlgorithm = (typeof signatureAlgorithms)[number]

/** How it can be known that a certificate has not been revoked. */
export const revocationMethods = ["stapled", "ocsp", "crl"] as const
export type RevocationMethod = (typeof revocationMethods)[number]

const oid = z.string().check(z.maxLength(128), z.regex(/^[0-2](\.(0|[1-9]\d*))+$/))
/** DER, in base64 with padding. */
const der = z.base64().check(z.minLength(1), z.maxLength(16 * 1024))
const url = z.url({ protocol: /^https?$/ })
const distinct = (values: readonly string[]) => new Set(values).size === values.length

/** Which of what a certificate says makes which profession. */
const allowing = <Key extends z.core.$ZodRecordKey>(key: Key) =>
  z
    .record(key, profession)
    .check(z.refine((allow) => !Object.hasOwn(allow, insuredPerson), "an insured person is no professional"))
const words = z.string().check(z.minLength(1), z.maxLength(200))

/** Where a certificate says what its holder is, and which of that may act here. */
const professionRule = z.discriminatedUnion("from", [
  /** The admission extension (1.3.36.8.3.3, Common PKI): `professionOIDs`. */
  z.strictObject({ from: z.literal("admission"), allow: allowing(oid) }),
  /** The certificate's own policies: an authority that has one for each profession. */
  z.strictObject({ from: z.literal("policy"), allow: allowing(oid) }),
  /** `hcRole` in subjectDirectoryAttributes (ISO 17090-2): codes or free texts of one coding scheme. */
  z.strictObject({ from: z.literal("hcRole"), codingScheme: oid, allow: allowing(words) }),
  /** An attribute of the subject's name, such as title (2.5.4.12), letter for letter: only where the authority verifies it. */
  z.strictObject({ from: z.literal("subject"), attribute: oid, allow: allowing(words) }),
])
export type ProfessionRule = z.infer<typeof professionRule>

/** What must tell one professional from all others, once in each certificate: a registration number, or an attribute of the subject's name. */
const subjectIdRule = z.discriminatedUnion("from", [
  z.strictObject({ from: z.literal("admission") }),
  z.strictObject({ from: z.literal("subject"), attribute: oid }),
])
export type SubjectIdRule = z.infer<typeof subjectIdRule>

const revocation = z
  .strictObject({
    /** What is tried, in this order, until one gives an answer that can be relied on; without it, OCSP alone. */
    order: z.optional(
      z.array(z.enum(revocationMethods)).check(
        z.minLength(1),
        z.refine((order) => distinct(order), "a method is named twice"),
      ),
    ),
    /** The only address that is asked, whatever a certificate says. */
    ocspUrl: z.optional(url),
    /** The only lists that are fetched; `issuer` is the hex SHA-256 of the authority's certificate. */
    crls: z.optional(
      z.array(z.strictObject({ issuer: z.string().check(z.regex(/^[0-9a-f]{64}$/)), url })).check(
        z.minLength(1),
        z.maxLength(65),
        z.refine((lists) => distinct(lists.map(({ issuer }) => issuer)), "an authority has two lists"),
      ),
    ),
    maxClockSkewSeconds: z.int().check(z.minimum(0), z.maximum(600)),
    /** For how long an OCSP answer without the cloud's nonce, fetched or brought along, says "good"; without it, an hour. */
    maxAgeWithoutNonceSeconds: z.optional(z.int().check(z.minimum(60), z.maximum(86_400))),
    /** For how long a list says "good", whatever its own end; without it, ten days. */
    maxCrlAgeSeconds: z.optional(z.int().check(z.minimum(3600), z.maximum(2_592_000))),
    /** For how long a good answer still counts while nothing answers, and never beyond its own end; without it, not at all. */
    graceSeconds: z.optional(z.int().check(z.minimum(1), z.maximum(3600))),
    /** There is no other choice; for whoever wants it written. */
    onUnavailable: z.optional(z.literal("deny")),
  })
  .check(
    z.refine(
      ({ order = ["ocsp"], ocspUrl }) => order.includes("ocsp") === (ocspUrl !== undefined),
      "OCSP needs its address, and an address its place in the order",
    ),
    z.refine(
      ({ order = ["ocsp"], crls }) => order.includes("crl") === (crls !== undefined),
      "a CRL needs its address, and an address its place in the order",
    ),
    z.refine(({ order = ["ocsp"] }) => order.some((method) => method !== "stapled"), "what is stapled may be missing"),
  )

const anchor = z.strictObject({
  id: z.string().check(z.regex(/^[a-z0-9][a-z0-9-]{0,63}$/)),
  /** The root. */
  certificate: der,
  /** Every authority below the root that may issue to professionals, vouched for by whoever wrote this: their revocation is not asked. */
  intermediates: z.array(der).check(z.maxLength(64)),
  signatureAlgorithms: z.array(z.enum(signatureAlgorithms)).check(z.minLength(1)),
  /** A professional's certificate must assert all of them. */
  requiredPolicies: z.array(oid).check(z.maxLength(16)),
  /** What a professional's key must be for, all of it; without this, `digitalSignature`. */
  keyUsage: z.optional(z.array(z.enum(["digitalSignature", "nonRepudiation"])).check(z.minLength(1))),
  /** Of these purposes (extended key usage) a professional's certificate must name one; `anyExtendedKeyUsage` only where it is listed. */
  ekuAnyOf: z.optional(z.array(oid).check(z.minLength(1), z.maxLength(16))),
  profession: professionRule,
  subjectId: z.optional(subjectIdRule),
  /** Authorities there may be between root and professional; 0 where the root issues to professionals. */
  maxPathLength: z.int().check(z.minimum(0), z.maximum(4)),
  revocation,
})
export type Anchor = z.infer<typeof anchor>

/** Whose certificates make a professional (`trust-policy.json`); each anchor's rules hold for its own certificates alone. */
export const trustPolicy = z.strictObject({
  version: z.literal(1),
  anchors: z.array(anchor).check(
    z.minLength(1),
    z.maxLength(16),
    z.refine((anchors) => distinct(anchors.map(({ id }) => id)), "two anchors have the same id"),
    z.refine(
      (anchors) => distinct(anchors.map(({ certificate }) => certificate)),
      "two anchors have the same certificate",
    ),
  ),
})
export type TrustPolicy = z.infer<typeof trustPolicy>
