/**
 * Walks DER without building objects of it: a revocation list has tens of thousands of entries, for which a parser takes seconds.
 * Definite lengths and one-byte tags only; throws where a value does not end within what holds it.
 */
export interface Walked {
  readonly tag: number
  /** The whole value, with its header. */
  readonly whole: Uint8Array<ArrayBuffer>
  readonly content: Uint8Array<ArrayBuffer>
}

const maxLengthBytes = 4

const valueAt = (bytes: Uint8Array<ArrayBuffer>, at: number): Walked => {
  const [tag, first] = [bytes[at], bytes[at + 1]]
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) throw new Error("no value of one tag byte")
  let [length, start] = [first, at + 2]
  if (first >= 0x80) {
    const count = first & 0x7f
    if (count === 0 || count > maxLengthBytes) throw new Error("no definite length")
    start += count
    length = bytes.subarray(at + 2, start).reduce((sum, byte) => sum * 256 + byte, 0)
  }
  if (start + length > bytes.length) throw new Error("longer than what holds it")
  return { tag, whole: bytes.subarray(at, start + length), content: bytes.subarray(start, start + length) }
}

/** The values that follow one another in `bytes`. */
export function* walk(bytes: Uint8Array<ArrayBuffer>): Generator<Walked> {
  for (let at = 0; at < bytes.length; ) {
    const value = valueAt(bytes, at)
    yield value
    at += value.whole.length
  }
}
