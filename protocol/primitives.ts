import * as z from "zod/mini"

/** The last characters of a text of base64url whose length isn't a multiple of three bytes: the bits beyond the bytes are zero. */
const [lastOfTwo, lastOfThree] = ["[AQgw]", "[AEIMQUYcgkosw048]"]
const lastCharacter = ["[A-Za-z0-9_-]", lastOfTwo, lastOfThree] as const

/** Unpadded base64url of exactly `bytes` bytes, one or more: the one text that `toBase64url` writes for them. */
export const base64urlOf = (bytes: number) =>
  z.string().check(z.regex(new RegExp(`^[A-Za-z0-9_-]{${Math.ceil((bytes * 4) / 3) - 1}}${lastCharacter[bytes % 3]}$`)))

/** Unpadded base64url of one to `maxBytes` bytes, as `toBase64url` writes them. */
export const base64urlUpTo = (maxBytes: number) =>
  z
    .string()
    .check(
      z.minLength(1),
      z.maxLength(Math.ceil((maxBytes * 4) / 3)),
      z.regex(new RegExp(`^(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-]${lastOfTwo}|[A-Za-z0-9_-]{2}${lastOfThree})?$`)),
    )

/** Of an OCSP answer that is sent or kept, bytes: what the longest with its responder's RSA certificate takes. */
export const maxOcspBytes = 8192
/** Such an answer (RFC 6960, DER). */
export const ocspAnswer = base64urlUpTo(maxOcspBytes)

/** A random identifier: 16 bytes, base64url. */
export const identifier = base64urlOf(16)
/** SHA-256, base64url. */
export const hash = base64urlOf(32)
/** 32 secret or random bytes, base64url. */
export const key32 = base64urlOf(32)
/** A 32-byte key wrapped by A256KW (RFC 3394): 40 bytes, base64url. */
export const wrappedKey = base64urlOf(40)
/** Compact JWE (RFC 7516) of at most `max` characters. */
export const jwe = (max: number) =>
  z.string().check(z.maxLength(max), z.regex(/^[\w-]+\.[\w-]*\.[\w-]+\.[\w-]*\.[\w-]+$/))
/** Compact JWS (RFC 7515) of at most `max` characters. */
export const jws = (max: number) => z.string().check(z.maxLength(max), z.regex(/^[\w-]+\.[\w-]+\.[\w-]+$/))

/** Whole seconds since the epoch. */
export const seconds = z.int().check(z.nonnegative())
/** RFC 3339 in UTC with milliseconds, as `Date.toISOString` writes it. */
export const instant = z.iso.datetime({ precision: 3 })
/** Counts versions, epochs, manifest numbers and audit events from 1. */
export const ordinal = z.int().check(z.positive())

export const ecPublicJwk = z.strictObject({
  kty: z.literal("EC"),
  crv: z.literal("P-256"),
  x: base64urlOf(32),
  y: base64urlOf(32),
})
export type EcPublicJwk = z.infer<typeof ecPublicJwk>

/** What a card can be limited to, and what every record belongs to. */
export const categories = ["summary", "laboratory", "imaging", "medication", "document", "sensitive"] as const
export const category = z.enum(categories)
export type Category = z.infer<typeof category>

/** Something of each category. */
export const ofEach = <T>(make: (category: Category) => T): Record<Category, T> => ({
  summary: make("summary"),
  laboratory: make("laboratory"),
  imaging: make("imaging"),
  medication: make("medication"),
  document: make("document"),
  sensitive: make("sensitive"),
})

export const consentKinds = ["store", "emergency-share"] as const
export const consentKind = z.enum(consentKinds)
export type ConsentKind = z.infer<typeof consentKind>
/** Of the identifier by which a consent's text names its kind. */
export const consentSystem = "urn:ehr-cloud:consent"

export const professions = ["physician", "dentist", "pharmacist", "paramedic", "nurse", "midwife"] as const
export const profession = z.enum(professions)
export type Profession = z.infer<typeof profession>

/**
 * Sealed bytes of a part: eight segments. A sealed record that is no longer goes up in a single PUT; a longer one in parts of exactly this
 * length, and a last one of what remains (docs/adr/0007-parts.md).
 */
export const partBytes = 8 * 1024 * 1024
export const maxParts = 6400
/** Largest sealed record, bytes: 50 GiB. */
export const maxSealedBytes = maxParts * partBytes
/** Parts that one request can have signed. */
export const partUrlsAtOnce = 64
/** How long what was sent of an upload in parts is kept; begun again later, it starts from nothing. */
export const uploadSeconds = 24 * 60 * 60
/** Largest request body that is read at all, bytes. */
export const maxBodyBytes = 512 * 1024
/** How deep a request's JSON may be nested (a manifest's descriptors are at 4), and how many commas it may have (16 full pages: 10,000). */
export const maxJsonDepth = 8
export const maxJsonValues = 20_000
/** Descriptors on a page of the manifest. */
export const manifestPageLength = 64
/** Older category keys on a page, and at most in the ring itself. */
export const keyPageLength = 64
/** Pages of them that a device is given at once. */
export const keyPagesAtOnce = 16
/** Items on a page of any list. */
export const listPageLength = 50
/** How far a statement's `iat` may be from the server's clock, seconds. */
export const statementToleranceSeconds = 120
/** How long an emergency access lasts, seconds. */
export const grantSeconds = 60 * 60
/** How long a presigned URL lasts, seconds. */
export const downloadUrlSeconds = 120
export const uploadUrlSeconds = 900

/** As many as one manifest publication can give new keys: an epoch must always reach every card. */
export const maxCards = 20
/** Characters of a sealed open part: 4,096 bytes in base64url, and what the envelope adds. */
export const maxSealedOpenPart = 5600
