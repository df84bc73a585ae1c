import type { Bytes } from "../../protocol/crypto/bytes.ts"
import { blobUrl, dropUrl } from "./blob-urls.ts"

/** Hands bytes to the browser as a file; from there on they are out of this app's hands. Its type runs nothing, whatever it is of. */
export const saveFile = (bytes: Bytes, name: string): void => {
  const url = blobUrl(bytes, "application/octet-stream")
  const link = document.createElement("a")
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => dropUrl(url), 60_000)
}
