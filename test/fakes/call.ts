import type { Call } from "../../functions/domain/ports.ts"
import { toBase64url } from "../../protocol/crypto/bytes.ts"

let count = 0
/** Bytes nobody has had yet, the same in each run. */
const next = (length: number) => {
  const bytes = new Uint8Array(length)
  new DataView(bytes.buffer).setUint32(length - 4, ++count)
  return toBase64url(bytes)
}

export const newId = () => next(16)
export const newKey = () => next(32)

export const callAt = (now: Date): Call => ({ now, id: newId, key: newKey })
