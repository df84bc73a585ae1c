export type DicomValue = { tag: number; vr: string; bytes: Uint8Array }
export const ascii = (text: string) => new TextEncoder().encode(text.length % 2 === 0 ? text : `${text} `)
export const us = (...values: number[]) => new Uint8Array(Uint16Array.from(values).buffer)

/** A DICOM file of these elements, explicit little endian but for what the syntax says of the pixels. */
export const fileOf = (syntax: string, elements: DicomValue[]): Uint8Array<ArrayBuffer> => {
  const long = new Set(["OB", "OW", "SQ"])
  const write = ({ tag, vr, bytes }: DicomValue, undefinedLength = false) => {
    const head = new DataView(new ArrayBuffer(long.has(vr) ? 12 : 8))
    head.setUint16(0, tag >>> 16, true)
    head.setUint16(2, tag & 0xffff, true)
    head.setUint8(4, vr.charCodeAt(0))
    head.setUint8(5, vr.charCodeAt(1))
    if (long.has(vr)) head.setUint32(8, undefinedLength ? 0xffffffff : bytes.length, true)
    else head.setUint16(6, bytes.length, true)
    return [...new Uint8Array(head.buffer), ...bytes]
  }
  const syntaxElement = write({ tag: 0x00020010, vr: "UI", bytes: ascii(syntax) })
  const length = new Uint8Array(Uint32Array.of(syntaxElement.length).buffer)
  return Uint8Array.from([
    ...new Uint8Array(128),
    ...ascii("DICM"),
    ...write({ tag: 0x00020000, vr: "UL", bytes: length }),
    ...syntaxElement,
    ...elements.flatMap((element) =>
      write(element, element.tag === 0x7fe00010 && !syntax.startsWith("1.2.840.10008.1.2.1")),
    ),
  ])
}
export const explicit = "1.2.840.10008.1.2.1"
/** Four pixels from black to white, with other elements in place of these. */
export const image = (over: Partial<Record<number, DicomValue>> = {}): DicomValue[] => {
  const all: Record<number, DicomValue> = {
    0x00280002: { tag: 0x00280002, vr: "US", bytes: us(1) },
    0x00280004: { tag: 0x00280004, vr: "CS", bytes: ascii("MONOCHROME2") },
    0x00280010: { tag: 0x00280010, vr: "US", bytes: us(2) },
    0x00280011: { tag: 0x00280011, vr: "US", bytes: us(2) },
    0x00280100: { tag: 0x00280100, vr: "US", bytes: us(8) },
    0x00280101: { tag: 0x00280101, vr: "US", bytes: us(8) },
    0x00280102: { tag: 0x00280102, vr: "US", bytes: us(7) },
    0x7fe00010: { tag: 0x7fe00010, vr: "OB", bytes: Uint8Array.of(0, 85, 170, 255) },
    ...over,
  }
  return Object.values(all).toSorted((a, b) => a.tag - b.tag)
}
