import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import type { Browser } from "playwright-core"

/** For a screen's 96 pixels to the inch: as fine as a fax's fine lines. */
const scale = 2
const viewport = { width: 820, height: 1160 }
/** Of A4, 210 mm, as the viewer lays it in the middle. */
const pixelsPerMm = 96 / 25.4
const pageLeft = (viewport.width - 210 * pixelsPerMm) / 2

/** Of a page, from one place to another, in mm from its left edge; as high as a card and its margins. */
export type Strip = readonly [from: number, to: number]

/**
 * Strips of the first page of a PDF on A4, as the browser's own viewer draws it: PNGs of 192 pixels to the inch. `isDrawn`: whether a picture of the page
 * has all that is waited for.
 */
export const drawPdf = async (
  browser: Browser,
  pdf: Buffer,
  strips: readonly Strip[],
  isDrawn: (png: Buffer) => Promise<boolean>,
): Promise<Buffer[]> => {
  const server = createServer((_, answer) => answer.setHeader("content-type", "application/pdf").end(pdf))
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  const context = await browser.newContext({ viewport, deviceScaleFactor: scale })
  try {
    const page = await context.newPage()
    await page.goto(`http://127.0.0.1:${port}/card.pdf#toolbar=0&navpanes=0&zoom=100`)
    while (!(await isDrawn(await page.screenshot())));
    const drawn: Buffer[] = []
    for (const [from, to] of strips) {
      const clip = { x: pageLeft + from * pixelsPerMm, y: 0, width: (to - from) * pixelsPerMm, height: 400 }
      drawn.push(await page.screenshot({ clip }))
    }
    return drawn
  } finally {
    await context.close()
    server.close()
  }
}
