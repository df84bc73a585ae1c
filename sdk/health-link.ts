/**
 * SMART Health Links (https://hl7.org/fhir/smart-health-cards-and-links, 1.0): an address and a key; what lies there is sealed, and opened on this
 * device. Whoever keeps it learns who asks and when, and nothing of what it says.
 */
import { compactDecrypt } from "jose/jwe/compact/decrypt"
import * as z from "zod/mini"
import { deviceAddress } from "../protocol/address.ts"
import { type Bytes, fromBase64url, fromUtf8 } from "../protocol/crypto/bytes.ts"
import { fetchText } from "./api.ts"

/** What a link says of itself, before anybody is asked. `label`: its maker's words. */
export interface HealthLink {
  readonly url: string
  readonly key: string
  readonly label?: string
  /** Seconds since 1970. */
  readonly expiresAt?: number
  readonly needsPasscode: boolean
  /** The address is that of its one file. */
  readonly isDirect: boolean
}

const payload = z.object({
  url: z.string().check(z.maxLength(128)),
  key: z.string().check(z.regex(/^[\w-]{43}$/)),
  label: z.optional(z.string().check(z.maxLength(80))),
  exp: z.optional(z.number()),
  flag: z.optional(z.string().check(z.regex(/^[A-Z]{0,8}$/))),
  v: z.optional(z.literal(1)),
})

/** Reads `shlink:/` and what follows, alone or behind a viewer's address and `#`; `undefined` for anything else. */
export const readHealthLink = (text: string): HealthLink | undefined => {
  const [, written] = /^\s*(?:https:\/\/[^\s#]{1,500}#)?shlink:\/([\w-]{10,4000})\s*$/.exec(text) ?? []
  if (written === undefined) return undefined
  try {
    const { url, key, label, exp, flag = "" } = z.parse(payload, JSON.parse(fromUtf8(fromBase64url(written))))
    if (flag.includes("U") && flag.includes("P")) return undefined
    return {
      url,
      key,
      ...(label === undefined ? {} : { label }),
      ...(exp === undefined ? {} : { expiresAt: exp }),
      needsPasscode: flag.includes("P"),
      isDirect: flag.includes("U"),
    }
  } catch {
    return undefined
  }
}

/**
 * Why a link gives nothing. `address-refused`: it leads into a private network, or isn't https, or the app may not ask there. `wrong-passcode`: `left`
 * more tries, where that is said. `unreadable`: what came isn't what a link gives, or the key doesn't open it.
 */
export type HealthLinkFailureCode =
  | "expired"
  | "address-refused"
  | "wrong-passcode"
  | "gone"
  | "refused"
  | "too-large"
  | "unreadable"

export class HealthLinkFailure extends Error {
  override readonly name = "HealthLinkFailure"
  readonly code: HealthLinkFailureCode
  readonly left: number | undefined
  constructor(code: HealthLinkFailureCode, { left, ...options }: ErrorOptions & { left?: number } = {}) {
    super(code, options)
    this.code = code
    this.left = left
  }
}

/** A file behind a link, opened. */
export interface LinkedFile {
  readonly contentType: string
  readonly bytes: Bytes
}

/** `recipient`: who asks, in words that whoever keeps the link may log. `mayAsk`: whether this app may ask there. */
export interface Fetching {
  readonly recipient: string
  readonly passcode?: string
  readonly now: Date
  readonly mayAsk?: (address: URL) => boolean
  readonly signal?: AbortSignal
}

/** Bytes of one answer, sealed or opened: a summary with pictures; and files behind one link. */
const mostText = 20_000_000
const mostFiles = 30

const manifest = z.object({
  files: z
    .array(
      z.object({
        contentType: z.string().check(z.maxLength(100)),
        embedded: z.optional(z.string()),
        location: z.optional(z.string().check(z.maxLength(4000))),
      }),
    )
    .check(z.maxLength(mostFiles)),
})

const addressOf = (address: string, { mayAsk = () => true }: Fetching): URL => {
  const url = deviceAddress(address, { local: false })
  if (url === undefined || !mayAsk(url)) throw new HealthLinkFailure("address-refused")
  return url
}

const leftIn = (text: string): number | undefined => {
  try {
    return z.parse(z.object({ remainingAttempts: z.optional(z.int()) }), JSON.parse(text)).remainingAttempts
  } catch {
    return undefined
  }
}

const ask = async (url: URL, body: object | undefined, { signal }: Fetching): Promise<string> => {
  const { status, text } = await fetchText(url, {
    ...(body === undefined ? {} : { json: JSON.stringify(body) }),
    most: mostText,
    ...(signal === undefined ? {} : { signal }),
  })
  if (text === undefined) throw new HealthLinkFailure("too-large")
  if (status >= 200 && status < 300) return text
  if (status === 401) {
    const left = leftIn(text)
    throw new HealthLinkFailure("wrong-passcode", left === undefined ? {} : { left })
  }
  throw new HealthLinkFailure(status === 404 || status === 410 ? "gone" : "refused")
}

const opened = async (sealed: string, { key }: HealthLink, contentType?: string): Promise<LinkedFile> => {
  try {
    const { plaintext, protectedHeader } = await compactDecrypt(sealed.trim(), fromBase64url(key), {
      keyManagementAlgorithms: ["dir"],
      contentEncryptionAlgorithms: ["A256GCM"],
      maxDecompressedLength: mostText,
    })
    const { cty } = protectedHeader
    return { contentType: contentType ?? cty ?? "application/octet-stream", bytes: Uint8Array.from(plaintext) }
  } catch (cause) {
    throw new HealthLinkFailure("unreadable", { cause })
  }
}

const filesIn = (text: string) => {
  try {
    return z.parse(manifest, JSON.parse(text)).files
  } catch (cause) {
    throw new HealthLinkFailure("unreadable", { cause })
  }
}

/** Fetches what lies behind a link, and opens it here. Throws `HealthLinkFailure`, and `Unreachable` without a network. */
export const fetchHealthLink = async (link: HealthLink, fetching: Fetching): Promise<readonly LinkedFile[]> => {
  const { recipient, passcode, now } = fetching
  if (link.expiresAt !== undefined && link.expiresAt * 1000 < now.getTime()) throw new HealthLinkFailure("expired")
  const address = addressOf(link.url, fetching)
  if (link.isDirect) {
    address.searchParams.set("recipient", recipient)
    return [await opened(await ask(address, undefined, fetching), link)]
  }
  const body = { recipient, ...(passcode === undefined ? {} : { passcode }) }
  const files: LinkedFile[] = []
  for (const { contentType, embedded, location } of filesIn(await ask(address, body, fetching))) {
    if (embedded === undefined && location === undefined) throw new HealthLinkFailure("unreadable")
    const sealed = embedded ?? (await ask(addressOf(location ?? "", fetching), undefined, fetching))
    files.push(await opened(sealed, link, contentType))
  }
  return files
}
