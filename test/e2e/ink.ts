import type { Page } from "playwright-core"

/** A PNG as a printer without colours puts it on paper: in grey, or in black alone (`bits: 1`, as a fax or an old laser printer does). */
export const inInk = async (page: Page, png: Buffer, bits: 1 | 8): Promise<Buffer> => {
  const printed = await page.evaluate(
    async ({ base64, bits: depth }) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
      const picture = await createImageBitmap(new Blob([bytes]))
      const canvas = new OffscreenCanvas(picture.width, picture.height)
      const context = canvas.getContext("2d")
      if (context === null) throw new Error("the browser draws nothing")
      context.drawImage(picture, 0, 0)
      const image = context.getImageData(0, 0, picture.width, picture.height)
      for (let at = 0; at < image.data.length; at += 4) {
        const { data } = image
        const grey = Math.round(0.299 * (data[at] ?? 0) + 0.587 * (data[at + 1] ?? 0) + 0.114 * (data[at + 2] ?? 0))
        data[at] = data[at + 1] = data[at + 2] = depth === 8 ? grey : grey < 128 ? 0 : 255
      }
      context.putImageData(image, 0, 0)
      const blob = await canvas.convertToBlob({ type: "image/png" })
      const letters = Array.from(new Uint8Array(await blob.arrayBuffer()), (byte) => String.fromCharCode(byte))
      return btoa(letters.join(""))
    },
    { base64: png.toString("base64"), bits },
  )
  return Buffer.from(printed, "base64")
}

/** How much of a PNG is so dark that it stands out from white paper, 6:1 at least; 0 to 1. */
export const darkShare = (page: Page, png: Buffer): Promise<number> =>
  page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
    const picture = await createImageBitmap(new Blob([bytes]))
    const context = new OffscreenCanvas(picture.width, picture.height).getContext("2d")
    if (context === null) throw new Error("the browser draws nothing")
    context.drawImage(picture, 0, 0)
    const { data } = context.getImageData(0, 0, picture.width, picture.height)
    let dark = 0
    for (let at = 0; at < data.length; at += 4) {
      if (0.299 * (data[at] ?? 0) + 0.587 * (data[at + 1] ?? 0) + 0.114 * (data[at + 2] ?? 0) < 96) dark++
    }
    return (dark * 4) / data.length
  }, png.toString("base64"))
