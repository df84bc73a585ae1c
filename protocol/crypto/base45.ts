import type { Bytes } from "./bytes.ts"

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
const values: ReadonlyMap<string, number> = new Map(
  Array.from(alphabet, (character, value): [string, number] => [character, value]),
)

/** RFC 9285: the characters QR codes hold most densely. */
export function toBase45(bytes: Uint8Array): string {
  let text = ""
  for (let i = 0; i < bytes.length; i += 2) {
    const [first = 0, second] = bytes.subarray(i, i + 2)
    const value = second === undefined ? first : first * 256 + second
    text += alphabet.charAt(value % 45) + alphabet.charAt(Math.floor(value / 45) % 45)
    if (second !== undefined) text += alphabet.charAt(Math.floor(value / 2025))
  }
  return text
}

/** Strict: `TypeError` for foreign characters, impossible lengths, and values too large for their bytes. */
export function fromBase45(text: string): Bytes {
  if (text.length % 3 === 1) throw new TypeError("not base45: no bytes have this length")
  const bytes: number[] = []
  for (let i = 0; i < text.length; i += 3) {
    const digits = Array.from(text.slice(i, i + 3), (character) => {
      const value = values.get(character)
      if (value === undefined) throw new TypeError("not base45: a character outside the alphabet")
      return value
    })
    const [first = 0, second = 0, third] = digits
    const value = first + second * 45 + (third ?? 0) * 2025
    if (value > (third === undefined ? 0xff : 0xffff)) throw new TypeError("not base45: a value too large")
    if (third !== undefined) bytes.push(value >> 8)
    bytes.push(value & 0xff)
  }
  return Uint8Array.from(bytes)
}
