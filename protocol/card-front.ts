/** The front of a card, which any camera opens as a page, and what follows from it (docs/protocol.md, "Front of a card"). */

import { type Bytes, concat, fromBase64url, toBase64url } from "./crypto/bytes.ts"
import { derive, type Random, randomBytes } from "./crypto/primitives.ts"

/** `secret`: independent of the back's. `owner`: the first 16 bytes of the fingerprint, so that the page knows whose open part it must be. */
export type CardFront = { readonly secret: Bytes; readonly owner: Bytes }

/** Why a page's fragment gives no front: it is something else, was cut or mistyped, or is a front of another version. */
export const frontFaults = ["front-foreign", "front-damaged", "front-unsupported"] as const
export type FrontFault = (typeof frontFaults)[number]

/** What the fragment of a page's address is. */
export type FrontReading = { readonly outcome: "ok"; readonly front: CardFront } | { readonly outcome: FrontFault }

const version = "2"
const secretSize = 16
const ownerSize = 16
const locatorSize = 16
/** Decimal digits that 32 bytes take. */
const digits = 78
/** Characters of the page's address with its `#`: a QR code of version 6 at level Q holds them beside the digits. */
export const maxPageLength = 39

/** A front with a fresh secret, for a card of the patient of this fingerprint. */
export function makeFront({ fingerprint }: { fingerprint: string }, random: Random = randomBytes): CardFront {
  return { secret: random(secretSize), owner: ownerOf(fingerprint) }
}

/** The front of the card of this patient whose secret is known. */
export function frontOf({ fingerprint, secret }: { fingerprint: string; secret: Bytes }): CardFront {
  if (secret.length !== secretSize) throw new RangeError(`the front's secret has ${secretSize} bytes`)
  return { secret, owner: ownerOf(fingerprint) }
}

/**
 * The text of the front's QR code: the page's address, `#` and 79 digits. `page`: the address of the card page, as `URL` writes it; `TypeError` for one
 * that has a fragment or a query, or that is too long for the code.
 */
export function frontAddress({ secret, owner }: CardFront, page: string): string {
  if (secret.length !== secretSize || owner.length !== ownerSize)
    throw new TypeError("a part of the front has the wrong length")
  const url = new URL(page)
  if (!/^https?:$/.test(url.protocol) || /[?#]/.test(url.href)) throw new TypeError("not the address of a page")
  if (url.href.length + 1 > maxPageLength) throw new TypeError("the address of the page is too long for a card")
  const number = [...concat(secret, owner)].reduce((sum, byte) => sum * 256n + BigInt(byte), 0n)
  return `${url.href}#${version}${number.toString().padStart(digits, "0")}`
}

/** Reads the fragment of the page's address, with or without its `#`. It asks nobody anything. */
export function readFront(fragment: string): FrontReading {
  const text = fragment.replace(/^#/, "")
  if (!/^[0-9]+$/.test(text)) return { outcome: "front-foreign" }
  if (!text.startsWith(version)) return { outcome: "front-unsupported" }
  if (text.length !== version.length + digits) return { outcome: "front-damaged" }
  let number = BigInt(text.slice(version.length))
  const bytes = new Uint8Array(secretSize + ownerSize)
  for (let i = bytes.length - 1; i >= 0; i--) {
    bytes[i] = Number(number % 256n)
    number /= 256n
  }
  if (number !== 0n) return { outcome: "front-damaged" }
  return { outcome: "ok", front: { secret: bytes.slice(0, secretSize), owner: bytes.slice(secretSize) } }
}

/** `locator`: where the index keeps the front's entry, 16 bytes. `entryKey`: opens that entry. */
export async function deriveFrontKeys(secret: Bytes): Promise<{ locator: Bytes; entryKey: Bytes }> {
  const [locator, entryKey] = await Promise.all([derive(secret, "front-locator"), derive(secret, "front-entry")])
  return { locator: locator.slice(0, locatorSize), entryKey }
}

/** Shows this cloud, and no other, that the front is at hand. Base64url; the cloud keeps its hash. */
export async function frontProof(secret: Bytes, cloudId: string): Promise<string> {
  return toBase64url(await derive(secret, "front-proof", cloudId))
}

/** Whether a fingerprint may be that of the patient whose front it is. */
export function isOwner({ owner }: CardFront, fingerprint: string): boolean {
  return toBase64url(ownerOf(fingerprint)) === toBase64url(owner)
}

function ownerOf(fingerprint: string): Bytes {
  return fromBase64url(fingerprint).slice(0, ownerSize)
}
