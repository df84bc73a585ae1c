import * as z from "zod/mini"
import { profession } from "./primitives.ts"

/** The German "insured person" (gematik): on a health card like a profession, and never one. */
export const insuredPerson = "1.2.276.0.76.4.49"

/** What a professional's key may sign statements with. */
export const signatureAlgorithms = ["ES256", "ES384", "RS256", "PS256"] as const
export type SignatureAlgorithm = (typeof signatureAlgorithms)[number]

const oid = z.string().check(z.maxLength(128), z.regex(/^[0-2](\.(0|[1-9]\d*))+$/))
/** DER, in base64 with padding. */
const der = z.base64().check(z.minLength(1), z.maxLength(16 * 1024))

/** Where a certificate says what its holder is, and which of that may act here. */
const professionRule = z.discriminatedUnion("from", [
  /** The admission extension (1.3.36.8.3.3, Common PKI): `professionOIDs`. */
  z.strictObject({
    from: z.literal("admission"),
    allow: z
      .record(oid, profession)
      .check(z.refine((allow) => !Object.hasOwn(allow, insuredPerson), "an insured person is no professional")),
  }),
])
export type ProfessionRule = z.infer<typeof professionRule>

const anchor = z.strictObject({
  id: z.string().check(z.regex(/^[a-z0-9][a-z0-9-]{0,63}$/)),
  /** The root. */
  certificate: der,
  /** Every authority below the root that may issue to professionals, vouched for by whoever wrote this: their revocation is not asked. */
  intermediates: z.array(der).check(z.maxLength(64)),
  signatureAlgorithms: z.array(z.enum(signatureAlgorithms)).check(z.minLength(1)),
  /** A professional's certificate must assert all of them. */
  requiredPolicies: z.array(oid).check(z.maxLength(16)),
  profession: professionRule,
  /** Authorities there may be between root and professional; 0 where the root issues to professionals. */
  maxPathLength: z.int().check(z.minimum(0), z.maximum(4)),
  revocation: z.strictObject({
    /** The only address that is asked, whatever a certificate says. */
    ocspUrl: z.url({ protocol: /^https?$/ }),
    maxClockSkewSeconds: z.int().check(z.minimum(0), z.maximum(600)),
  }),
})
export type Anchor = z.infer<typeof anchor>

const distinct = (values: readonly string[]) => new Set(values).size === values.length

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
