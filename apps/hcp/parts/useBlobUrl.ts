import { useEffect, useState } from "preact/hooks"
import type { Bytes } from "../../../protocol/crypto/bytes.ts"
import { blobUrl, dropUrl } from "../blob-urls.ts"

/** An address of these bytes as long as the component stands. */
export const useBlobUrl = (bytes: Bytes | undefined, type: string): string | undefined => {
  const [url, setUrl] = useState<string>()
  useEffect(() => {
    if (bytes === undefined) return undefined
    const made = blobUrl(bytes, type)
    setUrl(made)
    return () => dropUrl(made)
  }, [bytes, type])
  return url
}
