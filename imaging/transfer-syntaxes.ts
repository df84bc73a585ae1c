/** Of each transfer syntax (PS3.5, 10; PS3.6, A) that is shown: how its frames are stored. */
export const transferSyntaxes: Readonly<
  Record<string, { readonly kind: "stored" | "jpeg" | "jpeg-lossless" | "rle"; readonly littleEndian: boolean }>
> = {
  "1.2.840.10008.1.2": { kind: "stored", littleEndian: true },
  "1.2.840.10008.1.2.1": { kind: "stored", littleEndian: true },
  "1.2.840.10008.1.2.1.99": { kind: "stored", littleEndian: true },
  "1.2.840.10008.1.2.2": { kind: "stored", littleEndian: false },
  "1.2.840.10008.1.2.4.50": { kind: "jpeg", littleEndian: true },
  "1.2.840.10008.1.2.4.57": { kind: "jpeg-lossless", littleEndian: true },
  "1.2.840.10008.1.2.4.70": { kind: "jpeg-lossless", littleEndian: true },
  "1.2.840.10008.1.2.5": { kind: "rle", littleEndian: true },
}
