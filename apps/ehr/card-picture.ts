import type { OpenLineKind, OpenPart } from "../../protocol/open-part.ts"
import type { Category } from "../../protocol/primitives.ts"
import { cardSvg, qrModules, quietZone } from "../../sdk/card-image.ts"
import { categoryNames } from "./cards/category-names.ts"
import { cardWords } from "./cards/words.ts"
import { words } from "./words/words.ts"

const asBlob = (svg: string): Blob => new Blob([svg], { type: "image/svg+xml" })

/** The back of the card as it is printed, 85.6 x 54 mm, with what it opens and for whom; vector. `app`: the address of the professionals' app. */
export const cardBack = (text: string, categories: readonly Category[], app?: string): Blob => {
  const { heading, line } = words.value.card
  const lines = [
    line,
    ...(app === undefined ? [] : [new URL(app).host]),
    words.value.card.opensLine(categoryNames(categories)),
  ]
  return asBlob(cardSvg(text, { heading, lines }))
}

/** Lines of an open part that are printed. */
const printedLines = 5

/** The front, with the name and the lines that the patient says to anybody, each after what it is about, and nothing where they say nothing. `address`: the text of its code. */
export const cardFront = (address: string, said: OpenPart | undefined): Blob => {
  const { frontHeading, frontLine, frontTurn } = words.value.card
  const { kinds } = cardWords.value
  // A medicine without its kind could be read as an allergy.
  const line = (about: OpenLineKind, text: string) => `${kinds[about]}: ${text}`
  const { lines = [], contact } = said ?? {}
  const printed = [
    ...lines.slice(0, printedLines).map(({ about, text }) => line(about, text)),
    ...(contact === undefined ? [] : [line("contact", `${contact.name} ${contact.phone}`)]),
  ]
  const heading = said?.name ?? frontHeading
  return asBlob(cardSvg(address, { heading, lines: printed, under: [frontLine, frontTurn] }))
}

/** A code of a picture for a lock screen, and what stands over it. */
export interface LockScreenCode {
  readonly text: string
  readonly line: string
}

/** As wide and high as a phone's screen, in pixels. */
const screen = { width: 1080, height: 2340 }
/** Where neither the clock nor the buttons of a lock screen are. */
const free = { top: 700, bottom: 2100 }
/** Pixels of a code with its quiet zone, at most, and of the line over it. */
const mostSide = 900
const lineHeight = 90

const drawCode = (context: CanvasRenderingContext2D, { text, line }: LockScreenCode, top: number, most: number) => {
  const modules = qrModules(text)
  const module = Math.floor(most / (modules.length + 2 * quietZone))
  const side = module * (modules.length + 2 * quietZone)
  const left = Math.round((screen.width - side) / 2)
  context.fillStyle = "#ffffff"
  context.fillText(line, screen.width / 2, top + lineHeight - 30, screen.width - 80)
  context.fillRect(left, top + lineHeight, side, side)
  context.fillStyle = "#000000"
  const at = (place: number) => (place + quietZone) * module
  for (const [row, cells] of modules.entries())
    for (const [column, black] of cells.entries())
      if (black) context.fillRect(left + at(column), top + lineHeight + at(row), module, module)
}

/** A PNG for a phone's lock screen: one code or two below each other, crisp on white, on a calm ground. */
export const lockScreen = async (codes: readonly LockScreenCode[]): Promise<Blob> => {
  const canvas = document.createElement("canvas")
  canvas.width = screen.width
  canvas.height = screen.height
  const context = canvas.getContext("2d")
  if (context === null) throw new Error("this browser draws no pictures")
  context.fillStyle = "#0a3a5a"
  context.fillRect(0, 0, screen.width, screen.height)
  context.textAlign = "center"
  context.font = "700 42px system-ui, sans-serif"
  const height = (free.bottom - free.top) / codes.length
  const most = Math.min(mostSide, height - lineHeight)
  for (const [place, code] of codes.entries()) drawCode(context, code, free.top + place * height, most)
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"))
  if (blob === null) throw new Error("this browser makes no PNG")
  return blob
}
