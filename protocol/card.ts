/** The patient's card: what its QR code says, and every key that follows from it (docs/protocol.md, "Card"). */

import { serviceAddress } from "./address.ts"
import { fromBase45, toBase45 } from "./crypto/base45.ts"
import { type Bytes, concat, fromBase64url, fromUtf8, toBase64url, utf8 } from "./crypto/bytes.ts"
import { canonicalHash } from "./crypto/canonical.ts"
import { derive, hmacSha256, type Random, randomBytes, sha256 } from "./crypto/primitives.ts"
import { type Category, categories } from "./primitives.ts"

/** `fingerprint`: thumbprint of the patient's root signing key, base64url. `hri`: address of the index. */
export type Card = {
  readonly secret: Bytes
  readonly locator: Bytes
  readonly fingerprint: string
  readonly hri: string
}

/** Why a scanned text gives no card: it is something else, can't be read in full, or is a card of another version. */
export const cardFaults = ["card-foreign", "card-damaged", "card-unsupported"] as const
export type CardFault = (typeof cardFaults)[number]

/** What a scanned text is. */
export type CardReading = { readonly outcome: "ok"; readonly card: Card } | { readonly outcome: CardFault }

const version = 2
const prefix = `EHR${version}:`
const secretSize = 32
const shareSize = 32
const frontSecretSize = 16
/** Of the name as it is sealed, with its length in front: the same for each name, and for none. */
const nameFieldSize = 96
const locatorSize = 16
const fingerprintSize = 32
const fixedSize = 1 + secretSize + locatorSize + fingerprintSize
/** Bytes before base45: a QR code of version 16 at level Q holds them. */
const maxCardSize = 300

/** A card with a fresh secret and locator. `TypeError` for an index no card may name. */
export function makeCard(of: { fingerprint: string; hri: string }, random: Random = randomBytes): Card {
  const card = { secret: random(secretSize), locator: random(locatorSize), fingerprint: of.fingerprint, hri: of.hri }
  encodeCard(card)
  return card
}

/** The text of the QR code. `TypeError` for a card that can't be one. */
export function encodeCard({ secret, locator, fingerprint, hri }: Card): string {
  const thumbprint = fromBase64url(fingerprint)
  if (secret.length !== secretSize || locator.length !== locatorSize || thumbprint.length !== fingerprintSize) {
    throw new TypeError("a part of the card has the wrong length")
  }
  if (!isIndexAddress(hri)) throw new TypeError("a card needs the https address of an index")
  const payload = concat(Uint8Array.of(version), secret, locator, thumbprint, utf8(hri))
  if (payload.length > maxCardSize) throw new TypeError("the address of the index is too long for a card")
  return prefix + toBase45(payload)
}

/** Reads the text of a QR code, of any origin. */
export function decodeCard(text: string): CardReading {
  // Scanners that type end with a line break. A space is a digit of base45 and stays.
  const line = text.replace(/[\r\n]+$/, "")
  if (!/^EHR[0-9]+:/.test(line)) return { outcome: "card-foreign" }
  if (!line.startsWith(prefix)) return { outcome: "card-unsupported" }
  try {
    const payload = fromBase45(line.slice(prefix.length))
    if (payload.length > 0 && payload[0] !== version) return { outcome: "card-unsupported" }
    if (payload.length <= fixedSize || payload.length > maxCardSize) return { outcome: "card-damaged" }
    const [afterSecret, afterLocator] = [1 + secretSize, 1 + secretSize + locatorSize]
    const hri = fromUtf8(payload.subarray(fixedSize))
    if (!isIndexAddress(hri)) return { outcome: "card-damaged" }
    const card = {
      secret: payload.slice(1, afterSecret),
      locator: payload.slice(afterSecret, afterLocator),
      fingerprint: toBase64url(payload.subarray(afterLocator, fixedSize)),
      hri,
    }
    return { outcome: "ok", card }
  } catch {
    return { outcome: "card-damaged" }
  }
}

/** Bytes of a card's name in UTF-8. */
export const maxCardNameSize = nameFieldSize - 1

/**
 * What a patient's devices need of a card: the cloud's share, which no read route gives, the front's secret, what the patient calls the card (empty where
 * they gave it no name), and the back's text.
 */
export type CardContents = {
  readonly cloudShare: Bytes
  readonly frontSecret: Bytes
  readonly name: string
  readonly text: string
}

/** Whether a card can be called that: at most 95 bytes, well-formed, without control characters. */
export const isCardName = (name: string): boolean =>
  name.isWellFormed() && !/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u.test(name) && utf8(name).length <= maxCardNameSize

/** A name as it is sealed: 96 bytes, whatever it is. */
export function nameField(name: string): Bytes {
  if (!isCardName(name)) throw new RangeError("not the name of a card")
  const field = new Uint8Array(nameFieldSize)
  const bytes = utf8(name)
  field.set([bytes.length, ...bytes])
  return field
}

/** The name in such a field. Throws for what is none. */
export function readNameField(field: Bytes): string {
  if (field.length !== nameFieldSize) throw new RangeError("not the name of a card")
  const [length = 0, padding] = [field[0], field.subarray(1 + (field[0] ?? 0))]
  if (length > maxCardNameSize || padding.some((byte) => byte !== 0)) throw new RangeError("not the name of a card")
  const name = fromUtf8(field.subarray(1, 1 + length))
  if (!isCardName(name)) throw new RangeError("not the name of a card")
  return name
}

/** What is sealed to the account key of a card. */
export function sealedCard({ cloudShare, frontSecret, name, text }: CardContents): Bytes {
  if (cloudShare.length !== shareSize) throw new RangeError(`the share has ${shareSize} bytes`)
  if (frontSecret.length !== frontSecretSize) throw new RangeError(`the front's secret has ${frontSecretSize} bytes`)
  return concat(cloudShare, frontSecret, nameField(name), utf8(text))
}

/** What `sealedCard` put together. Throws for what is none. */
export function readSealedCard(opened: Bytes): CardContents {
  const [secretEnd, start] = [shareSize + frontSecretSize, shareSize + frontSecretSize + nameFieldSize]
  if (opened.length <= start) throw new RangeError("too short for a share, a secret, a name and a text")
  return {
    cloudShare: opened.slice(0, shareSize),
    frontSecret: opened.slice(shareSize, secretEnd),
    name: readNameField(opened.slice(secretEnd, start)),
    text: fromUtf8(opened.subarray(start)),
  }
}

/** What follows from the secret alone. */
export async function deriveCardKeys(secret: Bytes): Promise<{ entryKey: Bytes; proofKey: Bytes; qrHalf: Bytes }> {
  const [entryKey, proofKey, qrHalf] = await Promise.all([
    derive(secret, "hri-entry"),
    derive(secret, "card-proof"),
    derive(secret, "card-half"),
  ])
  return { entryKey, proofKey, qrHalf }
}

/** Needs both halves: the one on the card and the one the cloud releases within a grant. */
export async function cardKey(qrHalf: Bytes, cloudShare: Bytes): Promise<Bytes> {
  if (qrHalf.length !== 32 || cloudShare.length !== shareSize) throw new RangeError("each half has 32 bytes")
  return derive(concat(qrHalf, cloudShare), "card-key")
}

/** Wraps the key of one category and epoch for the card. */
export async function categoryWrappingKey(cardKey: Bytes, category: Category, epoch: number): Promise<Bytes> {
  return derive(cardKey, "category", category, epoch)
}

/** What a card's proof says: everything that the professional's statement says of the card and of itself. */
export type ProvenAccess = {
  readonly aud: string
  readonly patientId: string
  readonly cardId: string
  readonly jti: string
  /** Hex SHA-256 thumbprint of the professional's certificate. */
  readonly certificate: string
  readonly fingerprint: string
  readonly locatorHash: string
  /** Thumbprint of the key that the answer is to be sealed to. */
  readonly ephemeral: string
}

/** Shows the cloud that the card was at hand for this one statement. Base64url. */
export async function cardProof(proofKey: Bytes, of: ProvenAccess): Promise<string> {
  const { aud, patientId, cardId, jti, certificate, fingerprint, locatorHash, ephemeral } = of
  const lines = [aud, patientId, cardId, jti, certificate, fingerprint, locatorHash, ephemeral]
  if (lines.some((line) => line.includes("\n"))) throw new TypeError("a line feed would move the border of two fields")
  return toBase64url(await hmacSha256(proofKey, utf8(lines.join("\n"))))
}

/** What the patient signs of a card: enough that nobody can pass off another under its id. */
export type SignedCard = {
  readonly cardId: string
  /** The newest epoch of each category that the card was given a key of. */
  readonly keys: readonly { readonly category: Category; readonly epoch: number }[]
  readonly cloudShare: string
  readonly proofKey: string
  readonly locatorHash: string
  readonly hri: string
  /** Of what is sealed for the patient, so that nobody can put another front's secret, or another name, in its place. */
  readonly sealedHash: string
}

/** A card as the manifest lists it, base64url. `TypeError` for one with a category twice. */
export async function cardHash(card: SignedCard): Promise<string> {
  const { cardId, keys, cloudShare, proofKey, locatorHash, hri } = card
  if (new Set(keys.map(({ category }) => category)).size !== keys.length) throw new TypeError("a category twice")
  const ordered = categories.flatMap((each) => {
    const found = keys.find(({ category }) => category === each)
    return found === undefined ? [] : [{ category: each, epoch: found.epoch }]
  })
  return canonicalHash({ cardId, keys: ordered, cloudShare, proofKey, locatorHash, hri, sealedHash: card.sealedHash })
}

/** SHA-256 of what is sealed, as the text it is: what the patient signs of it. */
export const sealedHash = async (sealed: string): Promise<string> => toBase64url(await sha256(utf8(sealed)))

/** Where the index keeps the card's entry: SHA-256 of the locator, base64url. */
export async function locatorHash(locator: Bytes): Promise<string> {
  return toBase64url(await sha256(locator))
}

/** One that a device may be sent to, as `URL` writes it. Whether a card may name this very machine is for whoever looks it up. */
function isIndexAddress(address: string): boolean {
  const url = serviceAddress(address, { local: true })
  return url !== undefined && (url.href === address || url.href === `${address}/`)
}
