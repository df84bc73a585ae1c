import { closeSync, openSync, readFileSync, readSync, statSync } from "node:fs"
import { basename } from "node:path"
import { type Detected, detect, headLength, mostRead } from "../../apps/shared/detect.ts"

const headOf = (file: string): Uint8Array => {
  const bytes = new Uint8Array(headLength)
  const open = openSync(file, "r")
  try {
    return bytes.subarray(0, readSync(open, bytes, 0, headLength, 0))
  } finally {
    closeSync(open)
  }
}

/** What a file is, as the apps tell it: by its bytes. */
export const detectFile = (file: string): Detected =>
  detect(headOf(file), statSync(file).size <= mostRead ? new Uint8Array(readFileSync(file)) : undefined, basename(file))
