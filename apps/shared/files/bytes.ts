type Bytes = Uint8Array<ArrayBuffer>

/** Bytes of a text whose every letter is one byte. */
export const bytesOf = (letters: string): Bytes => Uint8Array.from(letters, (letter) => letter.charCodeAt(0) & 0xff)

export const lettersAt = (bytes: Uint8Array, at: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(at, at + length))

export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** Each byte as the letter of that number. */
export const lettersOf = (bytes: Uint8Array): string => {
  let text = ""
  for (let at = 0; at < bytes.length; at += 8192) text += lettersAt(bytes, at, 8192)
  return text
}
