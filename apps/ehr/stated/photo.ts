import type { StatedPhoto } from "../../../fhir/stated-summary.ts"
import { toStandardBase64 } from "../../../protocol/crypto/bytes.ts"
import { redraw } from "../../shared/files/redraw.ts"

/** Pixels of the longer side: enough to know a face by, and small for a slow network. */
const longest = 480

/** A picture of a person, made small and upright; where and by what it was taken stays behind. Rejects what the browser can't show. */
export const photoOf = async (file: Blob): Promise<StatedPhoto> => {
  const { blob } = await redraw(file, { shorter: longest, longer: longest, contentType: "image/jpeg", quality: 0.8 })
  return { contentType: "image/jpeg", data: toStandardBase64(new Uint8Array(await blob.arrayBuffer())) }
}
