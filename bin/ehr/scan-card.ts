import { readFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader"

/** A picture that gives no card; its message is for the person who took it. */
export class UnreadableCard extends Error {
  override readonly name = "UnreadableCard"
}

let prepared: Promise<unknown> | undefined

/** The decoder's own default fetches its WebAssembly from a public network; this gives it the installed file. */
async function prepare(): Promise<void> {
  const wasm = await readFile(fileURLToPath(import.meta.resolve("zxing-wasm/reader/zxing_reader.wasm")))
  const wasmBinary = new Uint8Array(wasm).buffer
  await prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true })
}

/** The text of the one QR code in a picture (PNG or JPEG). Throws `UnreadableCard`. */
export async function scanCard(png: Uint8Array): Promise<string> {
  await (prepared ??= prepare())
  const found = await readBarcodes(png, { formats: ["QRCode"], tryHarder: true, returnErrors: true })
  if (found.some(({ error }) => error.startsWith("Failed to load image"))) {
    throw new UnreadableCard(
      "This file isn't a picture that can be read. Use a PNG, a JPEG or the SVG that ehr card writes.",
    )
  }
  const texts = new Set(found.filter(({ isValid }) => isValid).map(({ text }) => text))
  const [text, ...others] = texts
  if (others.length > 0) {
    throw new UnreadableCard("There is more than one QR code in the picture. Take a picture of one card alone.")
  }
  if (text !== undefined) return text
  throw new UnreadableCard(
    found.length > 0
      ? "There is a QR code in the picture, but it can't be read. Clean the card and take a sharp, well-lit picture."
      : "There is no QR code in the picture. Hold the card flat and take the whole code into the picture.",
  )
}
