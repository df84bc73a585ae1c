/** Seals a document of its own under given keys and nonces, part by part as an upload does; runs in Node and, bundled, in a browser. */

import { type Bytes, toBase64url, utf8 } from "../../protocol/crypto/bytes.ts"
import { sha256 } from "../../protocol/crypto/primitives.ts"
import { cipherOf, headerSize, sealedSize } from "../../protocol/crypto/streaming-aead.ts"
import { partCount } from "../../protocol/parts.ts"
import { partBytes } from "../../protocol/primitives.ts"
import { recordAssociatedData } from "../../protocol/record-keys.ts"
import { sealPart } from "../../sdk/sealed-record.ts"
import { type Content, readerOf, sizeOf } from "../../sdk/transfer/source.ts"
import { documentOf, inDrops } from "../sdk/transfer/documents.ts"

const contents: Readonly<Record<string, (bytes: Bytes) => Content>> = {
  bytes: (bytes) => bytes,
  file: (bytes) => new File([bytes], "a document"),
  "stream of bytes": (bytes) => inDrops(bytes, 1_000_003),
}

/** The SHA-256 of each part, for each kind of content. */
export const sealedHashes = async (size: number): Promise<Record<string, string[]>> => {
  const dataKey = utf8("a data key of thirty-two bytes..")
  const header = new Uint8Array(headerSize).map((_, i) => (i === 0 ? headerSize : i))
  const place = { patientId: "A".repeat(22), recordId: `${"B".repeat(21)}A`, version: 1 }
  const bytes = documentOf(size)
  const hashes: Record<string, string[]> = {}
  for (const [kind, of] of Object.entries(contents)) {
    const content = of(bytes)
    const plainSize = sizeOf(content)
    const sealing = {
      cipher: await cipherOf(dataKey, recordAssociatedData(place), header),
      size: sealedSize(plainSize),
      plainSize,
    }
    const reader = readerOf(content)
    const parts: string[] = []
    for (let number = 1; number <= partCount(sealing.size); number++)
      parts.push(toBase64url(await sha256(await sealPart(sealing, number, reader, new Uint8Array(partBytes)))))
    await reader.end()
    hashes[kind] = parts
  }
  return hashes
}
