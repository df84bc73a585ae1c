import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader"
import wasmUrl from "zxing-wasm/reader/zxing_reader.wasm?url"

/** What a picture gives: the text of its one QR code, or why there is none. */
export type CodeReading =
  | { readonly outcome: "ok"; readonly text: string }
  | { readonly outcome: "no-code" | "several-codes" | "unreadable" | "no-picture" }

let prepared: Promise<unknown> | undefined

/** The decoder's own default fetches its WebAssembly from a public network; this gives it the app's own file. */
const prepare = (): Promise<unknown> =>
  (prepared ??= prepareZXingModule({ overrides: { locateFile: () => wasmUrl }, fireImmediately: true }))

/** `hard`: a single picture is searched thoroughly, a camera's frames quickly. */
export const readCode = async (picture: Blob | ImageData, { hard }: { hard: boolean }): Promise<CodeReading> => {
  await prepare()
  const found = await readBarcodes(picture, { formats: ["QRCode"], tryHarder: hard, returnErrors: true })
  if (found.some(({ error }) => error.startsWith("Failed to load image"))) return { outcome: "no-picture" }
  const texts = new Set(found.filter(({ isValid }) => isValid).map(({ text }) => text))
  const [text] = texts
  if (texts.size > 1) return { outcome: "several-codes" }
  if (text !== undefined) return { outcome: "ok", text }
  return { outcome: found.length > 0 ? "unreadable" : "no-code" }
}
