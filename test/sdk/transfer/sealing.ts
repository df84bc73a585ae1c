import { type Bytes, utf8 } from "../../../protocol/crypto/bytes.ts"
import { open } from "../../../protocol/crypto/streaming-aead.ts"
import { recordAssociatedData } from "../../../protocol/record-keys.ts"
import { beginSealing, type Plain, resumeSealing, type UploadState } from "../../../sdk/sealed-record.ts"
import type { Content } from "../../../sdk/transfer/source.ts"
import { send, type UploadOptions } from "../../../sdk/transfer/upload.ts"
import { destinationAt } from "./store.ts"

export const patientId = "A".repeat(22)
export const recordId = `${"B".repeat(21)}A`
export const categoryKey = { epoch: 1, key: utf8("a category key of 32 bytes......") }
const place = { recordId, version: 1, replaces: null }

export const plainOf = (content: Content): Plain => ({
  category: "imaging",
  title: "a secret title",
  contentType: "application/octet-stream",
  content,
})

const keys = { newest: categoryKey, keyAt: async () => categoryKey.key }

/** Seals and sends as `uploadRecord` does, without a cloud; `base`: where the store is. */
export const upload = async (base: string, content: Content, options: UploadOptions = {}) => {
  const { resume } = options
  const sealing =
    resume === undefined
      ? await beginSealing(patientId, place, plainOf(content), categoryKey, new Date(0))
      : await resumeSealing(patientId, resume, plainOf(content), keys)
  const descriptor = await send(sealing, content, destinationAt(base, sealing.size), options)
  return { descriptor, dataKey: sealing.dataKey }
}

/** By the one-shot opener, that the transfer doesn't use. */
export const opened = (dataKey: Bytes, sealed: Bytes): Promise<Bytes> =>
  open(dataKey, recordAssociatedData({ patientId, ...place }), sealed)

/** Keeps the newest state, as JSON, as an app would in a file. */
export const keeping = () => {
  let kept: string | undefined
  const states: string[] = []
  return {
    states,
    onState: (state: UploadState): void => {
      kept = JSON.stringify(state)
      states.push(kept)
    },
    newest: (): UploadState | undefined => (kept === undefined ? undefined : JSON.parse(kept)),
  }
}
