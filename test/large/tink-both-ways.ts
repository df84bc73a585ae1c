import { createHash } from "node:crypto"
import { createReadStream, mkdtempSync, rmSync, statSync } from "node:fs"
import { copyFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileSource } from "../../bin/ehr/file-source.ts"
import { partCount } from "../../protocol/parts.ts"
import { partBytes } from "../../protocol/primitives.ts"
import { recordAssociatedData } from "../../protocol/record-keys.ts"
import { beginSealing } from "../../sdk/sealed-record.ts"
import { openedStream } from "../../sdk/transfer/download.ts"
import { recordHash } from "../../sdk/transfer/parts.ts"
import { send } from "../../sdk/transfer/upload.ts"
import { runTink } from "../protocol/crypto/installed-tink.ts"
import { categoryKey, patientId, plainOf, recordId } from "../sdk/transfer/sealing.ts"
import { fileStore } from "./file-store.ts"
import { writeDocument } from "./killing.ts"

const hashOf = async (pieces: AsyncIterable<Uint8Array>): Promise<string> => {
  const hash = createHash("sha256")
  for await (const piece of pieces) hash.update(piece)
  return hash.digest("hex")
}

/** As a descriptor has it. */
const recordHashOf = async (file: string): Promise<string> => {
  const parts: string[] = []
  const { size } = statSync(file)
  for (let start = 0; start < size; start += partBytes) {
    const part = createReadStream(file, { start, end: start + partBytes - 1 })
    parts.push(Buffer.from(await hashOf(part), "hex").toString("base64url"))
  }
  return recordHash(parts)
}

export interface TinkReport {
  readonly bytes: number
  readonly parts: number
  /** Of the document: SHA-256, hex. */
  readonly sha256: string
  /** Tink gave the document for what the SDK sealed and sent. */
  readonly openedByTink: boolean
  /** The SDK gave the document for what Tink sealed. */
  readonly sealedByTink: boolean
}

/** A document through the SDK's transfer and Tink, and through Tink and the SDK's transfer; no side holds it in memory. */
export const tinkBothWays = async (python: string, bytes: number): Promise<TinkReport> => {
  const folder = mkdtempSync(join(tmpdir(), "tink-"))
  const at = (name: string) => join(folder, name)
  const store = await fileStore(at("object"))
  try {
    writeDocument(at("document"), bytes, 1)
    const sha256 = await hashOf(createReadStream(at("document")))
    const place = { recordId, version: 1, replaces: null }
    const content = await fileSource(at("document"))
    const sealing = await beginSealing(patientId, place, plainOf(content), categoryKey, new Date(0))
    const descriptor = await send(sealing, content, store.destination, {})
    const { dataKey: key } = sealing
    const by = { key, associatedData: recordAssociatedData({ patientId, ...place }) }

    const [opened] = await runTink(python, [{ do: "open", ...by, from: at("object"), to: at("opened") }])
    const openedByTink = opened === "ok" && (await hashOf(createReadStream(at("opened")))) === sha256

    const [sealed] = await runTink(python, [{ do: "seal", ...by, from: at("document"), to: at("sealed") }])
    const theirs = { ...descriptor, sha256: await recordHashOf(at("sealed")) }
    await copyFile(at("sealed"), at("object"))
    const held = {
      signer: store.destination.signer,
      patientId,
      descriptor: theirs,
      dataKey: key,
      address: store.address,
    }
    const sealedByTink = sealed === "ok" && (await hashOf(openedStream(held, {}))) === sha256
    return { bytes, parts: partCount(descriptor.size), sha256, openedByTink, sealedByTink }
  } finally {
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
