/** What a picture is drawn anew as. */
export interface Redrawing {
  /** Pixels of the shorter and of the longer side, at most. */
  readonly shorter: number
  readonly longer: number
  readonly contentType: "image/jpeg" | "image/png"
  readonly quality: number
}

export interface Redrawn {
  readonly blob: Blob
  /** Pixels, upright. */
  readonly width: number
  readonly height: number
}

/** The size of a picture that keeps its shape within bounds, and is never enlarged. */
export const sizeWithin = (
  { width, height }: { readonly width: number; readonly height: number },
  { shorter, longer }: Pick<Redrawing, "shorter" | "longer">,
): { width: number; height: number } => {
  const scale = Math.min(1, shorter / Math.min(width, height), longer / Math.max(width, height))
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}

/**
 * A picture as the browser shows it, upright, drawn anew: nothing but its pixels goes over. Its size must have been looked at before: it is decoded
 * whole. Rejects what the browser can't show.
 */
export const redraw = async (file: Blob, redrawing: Redrawing): Promise<Redrawn> => {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" })
  try {
    const { width, height } = sizeWithin(picture, redrawing)
    const canvas = new OffscreenCanvas(width, height)
    const context = canvas.getContext("2d")
    if (context === null) throw new Error("the browser draws nothing")
    const { contentType: type, quality } = redrawing
    if (type === "image/jpeg") {
      // JPEG has no transparency: paper is white.
      context.fillStyle = "#fff"
      context.fillRect(0, 0, width, height)
    }
    context.imageSmoothingQuality = "high"
    context.drawImage(picture, 0, 0, width, height)
    return { blob: await canvas.convertToBlob({ type, quality }), width, height }
  } finally {
    picture.close()
  }
}
