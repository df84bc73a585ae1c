/**
 * SMART Health Cards (https://spec.smarthealth.cards, 1.4): signed FHIR in a file or in QR codes, as pharmacies, laboratories and authorities give them.
 * What is read is data; whether its issuer is one to believe is said beside it, never assumed.
 */
import { compactVerify } from "jose/jws/compact/verify"
import { importJWK } from "jose/key/import"
import * as z from "zod/mini"
import { type Bytes, fromBase64url, fromUtf8 } from "../protocol/crypto/bytes.ts"
import { inflated } from "../protocol/crypto/compression.ts"

/** An issuer that an app is told to believe, with the keys it signs with. */
export const healthCardIssuer = z.object({
  iss: z.string().check(z.maxLength(200), z.startsWith("https://")),
  keys: z
    .array(
      z.object({
        kid: z.string().check(z.maxLength(100)),
        kty: z.literal("EC"),
        crv: z.literal("P-256"),
        x: z.string().check(z.maxLength(100)),
        y: z.string().check(z.maxLength(100)),
      }),
    )
    .check(z.maxLength(20)),
})
export type HealthCardIssuer = z.infer<typeof healthCardIssuer>

/**
 * `payload`: the JSON that was signed, as it was written. `signature`: `verified` by a configured issuer's key; `unchecked` where no key of its issuer
 * is configured; `wrong` where one is and it didn't sign this, or the card says nothing that could be verified.
 */
export type OpenedHealthCard =
  | {
      readonly outcome: "open"
      readonly payload: Bytes
      readonly issuer: string
      readonly signature: "verified" | "unchecked" | "wrong"
      /** Seconds since 1970. */
      readonly issuedAt?: number
      readonly expiresAt?: number
    }
  | { readonly outcome: "unreadable" }

const compact = /^[\w-]{1,2000}\.[\w-]{1,4000000}\.[\w-]{1,200}$/

/** More cards than one file of anybody's has. */
const mostCards = 50

/** The cards in a `.smart-health-card` file, each a compact JWS; `undefined` where it is none. */
export const healthCardsOf = (text: string): readonly string[] | undefined => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof value !== "object" || value === null || !("verifiableCredential" in value)) return undefined
  const { verifiableCredential: cards } = value
  return Array.isArray(cards)
    ? cards.filter((card): card is string => typeof card === "string" && compact.test(card)).slice(0, mostCards)
    : undefined
}

/** The file that has these cards. */
export const healthCardFile = (cards: readonly string[]): string => JSON.stringify({ verifiableCredential: cards })

/** What a QR code says: a card, one part of several that make a card, or something else. */
export type HealthCode =
  | { readonly outcome: "card"; readonly card: string }
  | { readonly outcome: "part"; readonly number: number; readonly of: number; readonly digits: string }
  | { readonly outcome: "other" }

/** Codes that anybody scans one after the other. */
const mostParts = 30

/** Each two digits are a character, counted from `-`. */
const cardOf = (digits: string): string | undefined => {
  const characters = digits.match(/\d\d/g)?.map((pair) => String.fromCharCode(Number(pair) + 45)) ?? []
  const card = characters.join("")
  return digits.length % 2 === 0 && compact.test(card) ? card : undefined
}

/** Reads the text of a QR code: `shc:/` and digits, or `shc:/2/3/` and digits for the second of three. */
export const readHealthCode = (text: string): HealthCode => {
  const [, part, digits] = /^\s*shc:\/(\d{1,2}\/\d{1,2}\/)?(\d{2,20000})\s*$/i.exec(text) ?? []
  if (digits === undefined) return { outcome: "other" }
  if (part === undefined) {
    const card = cardOf(digits)
    return card === undefined ? { outcome: "other" } : { outcome: "card", card }
  }
  const [number = 0, of = 0] = part.split("/").map(Number)
  return number < 1 || number > of || of > mostParts ? { outcome: "other" } : { outcome: "part", number, of, digits }
}

/** The card that parts make, by their numbers; `undefined` while one is missing, or where they make none. */
export const joinedCard = (parts: ReadonlyMap<number, string>, of: number): string | undefined => {
  const digits = Array.from({ length: of }, (_, place) => parts.get(place + 1))
  return digits.includes(undefined) ? undefined : cardOf(digits.join(""))
}

/** Bytes of a card once it is inflated: a hundred times what fits into codes. */
const mostInflated = 5 * 1024 * 1024

const headerSchema = z.object({
  alg: z.string(),
  zip: z.optional(z.literal("DEF")),
  kid: z.optional(z.string().check(z.maxLength(100))),
  crit: z.optional(z.never()),
})
const payloadSchema = z.object({
  iss: z.string().check(z.maxLength(200)),
  nbf: z.optional(z.number()),
  exp: z.optional(z.number()),
})

const signatureOf = async (
  card: string,
  { alg, kid }: z.infer<typeof headerSchema>,
  issuer: HealthCardIssuer | undefined,
): Promise<"verified" | "unchecked" | "wrong"> => {
  if (issuer === undefined) return "unchecked"
  const key = issuer.keys.find((each) => each.kid === kid)
  if (alg !== "ES256" || key === undefined) return "wrong"
  try {
    await compactVerify(card, await importJWK(key, "ES256"), { algorithms: ["ES256"] })
    return "verified"
  } catch {
    return "wrong"
  }
}

/** Opens a card, a compact JWS, and says what its signature is worth by the issuers that are configured. Never throws, and asks no network. */
export const openHealthCard = async (
  card: string,
  issuers: readonly HealthCardIssuer[] = [],
): Promise<OpenedHealthCard> => {
  try {
    if (!compact.test(card)) return { outcome: "unreadable" }
    const [head = "", body = ""] = card.split(".")
    const header = z.parse(headerSchema, JSON.parse(fromUtf8(fromBase64url(head))))
    const written = fromBase64url(body)
    const payload = header.zip === undefined ? written : await inflated(written, mostInflated)
    const { iss, nbf, exp } = z.parse(payloadSchema, JSON.parse(fromUtf8(payload)))
    const signature = await signatureOf(
      card,
      header,
      issuers.find((each) => each.iss === iss),
    )
    return {
      outcome: "open",
      payload,
      issuer: iss,
      signature,
      ...(nbf === undefined ? {} : { issuedAt: nbf }),
      ...(exp === undefined ? {} : { expiresAt: exp }),
    }
  } catch {
    return { outcome: "unreadable" }
  }
}
