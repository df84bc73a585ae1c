import type { Bytes } from "../../protocol/crypto/bytes.ts"

const made = new Set<string>()

/** An address of these bytes for this page alone, until it is dropped, or the patient left. */
export const blobUrl = (bytes: Bytes, type: string): string => {
  const url = URL.createObjectURL(new Blob([bytes], { type }))
  made.add(url)
  return url
}

export const dropUrl = (url: string): void => {
  URL.revokeObjectURL(url)
  made.delete(url)
}

export const dropAllUrls = (): void => {
  for (const url of made) dropUrl(url)
}
