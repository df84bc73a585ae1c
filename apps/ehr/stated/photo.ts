import type { StatedPhoto } from "../../../fhir/stated-summary.ts"
import { toStandardBase64 } from "../../../protocol/crypto/bytes.ts"

/** Pixels of the longer side: enough to know a face by, and small for a slow network. */
const longest = 480

/** A picture of a person, made small and upright. It is drawn anew: where and by what it was taken stays behind. Rejects what the browser can't show. */
export const photoOf = async (file: Blob): Promise<StatedPhoto> => {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" })
  const scale = Math.min(1, longest / Math.max(picture.width, picture.height))
  const canvas = new OffscreenCanvas(
    Math.max(1, Math.round(picture.width * scale)),
    Math.max(1, Math.round(picture.height * scale)),
  )
  const context = canvas.getContext("2d")
  if (context === null) throw new Error("the browser draws nothing")
  context.drawImage(picture, 0, 0, canvas.width, canvas.height)
  picture.close()
  const made = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.8 })
  return { contentType: "image/jpeg", data: toStandardBase64(new Uint8Array(await made.arrayBuffer())) }
}
