/** A text in words, and how it was encoded. `guessed`: nothing in the bytes says so. */
export interface DecodedText {
  readonly text: string
  readonly encoding: "utf-8" | "utf-16le" | "utf-16be" | "windows-1252" | "windows-1253" | "iso-8859-7"
  readonly guessed: boolean
}

const decodedAs = (encoding: DecodedText["encoding"], bytes: Uint8Array, guessed: boolean): DecodedText => ({
  text: new TextDecoder(encoding).decode(bytes),
  encoding,
  guessed,
})

/** Bytes looked at to tell one encoding from another. */
const looked = 65_536

/** UTF-16 without a mark: of a text in European letters, every other byte is zero. */
const wideWithoutMark = (bytes: Uint8Array): "utf-16le" | "utf-16be" | undefined => {
  const part = bytes.subarray(0, looked)
  const zeros = [0, 0]
  for (const [at, byte] of part.entries()) if (byte === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1
  const [even = 0, odd = 0] = zeros
  const most = part.length / 2
  if (odd > most * 0.4 && even === 0) return "utf-16le"
  return even > most * 0.4 && odd === 0 ? "utf-16be" : undefined
}

/** Greek words are written in bytes above 0x7f alone; of other languages, single letters are. */
const looksGreek = (bytes: Uint8Array): boolean => {
  const part = bytes.subarray(0, looked)
  let high = 0
  let beside = 0
  for (const [at, byte] of part.entries()) {
    if (byte < 0x80) continue
    high++
    if ((part[at - 1] ?? 0) >= 0x80 || (part[at + 1] ?? 0) >= 0x80) beside++
  }
  return high > 0 && beside / high > 0.7
}

/**
 * The two Greek code pages differ in one letter, Ά: 0xb6 in ISO's, a pilcrow in Windows', which has it at 0xa2. Before a small letter it is a letter;
 * bytes from 0x80 to 0x9f are no letters in ISO's.
 */
const greekPage = (bytes: Uint8Array): "windows-1253" | "iso-8859-7" => {
  const part = bytes.subarray(0, looked)
  const isIso = part.some((byte, at) => byte === 0xb6 && (part[at + 1] ?? 0) >= 0xdc)
  return isIso && !part.some((byte) => byte >= 0x80 && byte < 0xa0) ? "iso-8859-7" : "windows-1253"
}

/** A text in whichever encoding offices write: by its mark, as UTF-8 where it can be, else by what its bytes look like. */
export const decodeText = (bytes: Uint8Array): DecodedText => {
  const [first, second] = bytes
  if (first === 0xff && second === 0xfe) return decodedAs("utf-16le", bytes, false)
  if (first === 0xfe && second === 0xff) return decodedAs("utf-16be", bytes, false)
  const wide = wideWithoutMark(bytes)
  if (wide !== undefined) return decodedAs(wide, bytes, true)
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), encoding: "utf-8", guessed: false }
  } catch {
    return decodedAs(looksGreek(bytes) ? greekPage(bytes) : "windows-1252", bytes, true)
  }
}
