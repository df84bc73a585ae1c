/** Bytes that Web Crypto takes: never a view of shared memory. */
export type Bytes = Uint8Array<ArrayBuffer>

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
const codes = Uint8Array.from(alphabet, (character) => character.charCodeAt(0))
/** Of each character of ASCII, by its code. */
const values = new Uint8Array(128).fill(alphabet.length)
for (const [value, code] of codes.entries()) values[code] = value

const encoder = new TextEncoder()
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** Base64url without padding (RFC 4648, section 5). */
export function toBase64url(bytes: Uint8Array): string {
  const text = new Uint8Array(Math.ceil((bytes.length * 4) / 3))
  let held = 0
  let bits = 0
  let length = 0
  const write = (value: number) => {
    text[length++] = codes[value & 63] ?? 0
  }
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xffff
    bits += 8
    while (bits >= 6) {
      bits -= 6
      write(held >> bits)
    }
  }
  if (bits > 0) write(held << (6 - bits))
  return decoder.decode(text)
}

/**
 * Strict: the one text that `toBase64url` writes for these bytes, and no other. Refuses padding, white space, foreign
 * characters, impossible lengths and trailing bits that aren't zero with a `TypeError`.
 */
export function fromBase64url(text: string): Bytes {
  if (text.length % 4 === 1) throw new TypeError("not base64url: no bytes have this length")
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4))
  let held = 0
  let bits = 0
  let length = 0
  for (let i = 0; i < text.length; i++) {
    const value = values[text.charCodeAt(i)]
    if (value === undefined || value === alphabet.length)
      throw new TypeError("not base64url: a character outside the alphabet")
    held = ((held << 6) | value) & 0xffff
    bits += 6
    if (bits >= 8) {
      bits -= 8
      bytes[length++] = (held >> bits) & 255
    }
  }
  if ((held & ((1 << bits) - 1)) !== 0) throw new TypeError("not base64url: trailing bits that aren't zero")
  return bytes
}

/** Base64 with padding (RFC 4648, section 4): `x5c`, checksums of object stores. */
export function toStandardBase64(bytes: Uint8Array): string {
  const text = toBase64url(bytes).replaceAll("-", "+").replaceAll("_", "/")
  return text.padEnd(Math.ceil(text.length / 4) * 4, "=")
}

/** As strict as `fromBase64url`; the padding must be there. */
export function fromStandardBase64(text: string): Bytes {
  if (text.length % 4 !== 0 || /[-_]/.test(text)) throw new TypeError("not base64")
  return fromBase64url(
    text
      .replace(/={1,2}$/, "")
      .replaceAll("+", "-")
      .replaceAll("/", "_"),
  )
}

/** Lower case. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")
}

/** Lower case only; `TypeError` for anything else. */
export function fromHex(text: string): Bytes {
  if (!/^(?:[0-9a-f]{2})*$/.test(text)) throw new TypeError("not hex")
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16))
}

/** UTF-8. A text with a lone surrogate has none: `TypeError`, where `TextEncoder` would replace it silently. */
export function utf8(text: string): Bytes {
  if (!text.isWellFormed()) throw new TypeError("not encodable: a lone surrogate")
  return encoder.encode(text)
}

/** The text of these bytes, a byte order mark included; `TypeError` if they aren't UTF-8. */
export function fromUtf8(bytes: Uint8Array): string {
  return decoder.decode(bytes)
}

/** All parts one after the other, in bytes of their own. */
export function concat(...parts: readonly Uint8Array[]): Bytes {
  return joined(parts)
}

/** The same of a list, which may be longer than a call takes arguments. */
export function joined(parts: readonly Uint8Array[]): Bytes {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let position = 0
  for (const part of parts) {
    whole.set(part, position)
    position += part.length
  }
  return whole
}

/** Takes the same time whatever the bytes are, as long as the lengths are equal. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (const [i, byte] of a.entries()) difference |= byte ^ (b[i] ?? 0)
  return difference === 0
}

/**
 * Gives the memory of bytes that nothing uses any more back at once, where they have a buffer of their own; they are empty afterwards. The garbage collector
 * would do so too, at a price that shows where gigabytes pass. Platforms without `ArrayBuffer.prototype.transfer` leave it to the collector.
 */
export function free({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength && "transfer" in buffer) buffer.transfer(0)
}
