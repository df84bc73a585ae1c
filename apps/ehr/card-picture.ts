import type { OpenPart } from "../../protocol/open-part.ts"
import type { Category } from "../../protocol/primitives.ts"
import { cardSvg, qrModules, quietZone } from "../../sdk/card-image.ts"
import { formatList } from "../shared/format.ts"
import { sharedWords } from "../shared/words/shared.ts"
import { words } from "./words/words.ts"

const openedBy = (categories: readonly Category[]): string =>
  words.value.card.opensLine(formatList(categories.map((category) => sharedWords.value.categories[category])))

const asBlob = (svg: string): Blob => new Blob([svg], { type: "image/svg+xml" })

/** The back of the card as it is printed, 85.6 x 54 mm, with what it opens and for whom; vector. `app`: the address of the professionals' app. */
export const cardBack = (text: string, categories: readonly Category[], app?: string): Blob => {
  const { heading, line } = words.value.card
  const lines = [line, ...(app === undefined ? [] : [new URL(app).host]), openedBy(categories)]
  return asBlob(cardSvg(text, { heading, lines }))
}

/** Lines of an open part that are printed. */
const printedLines = 5

/** The front, with the name and the first lines that the patient says to anybody, and nothing where they say nothing. `address`: the text of its code. */
export const cardFront = (address: string, said: OpenPart | undefined): Blob => {
  const { frontHeading, frontLine, frontTurn } = words.value.card
  const own = (said?.lines ?? []).slice(0, printedLines).map(({ text }) => text)
  return asBlob(cardSvg(address, { heading: said?.name ?? frontHeading, lines: [...own, frontLine, frontTurn] }))
}

/** As wide and high as a phone's screen, in pixels; the code where neither clock nor buttons of a lock screen are. */
const screen = { width: 1080, height: 2340 }

/** A picture for a phone's lock screen: the code large and crisp on white, on a calm ground. */
export const wallpaper = async (text: string): Promise<Blob> => {
  const { heading, wallpaperLine } = words.value.card
  const canvas = document.createElement("canvas")
  canvas.width = screen.width
  canvas.height = screen.height
  const context = canvas.getContext("2d")
  if (context === null) throw new Error("this browser draws no pictures")
  context.fillStyle = "#0a3a5a"
  context.fillRect(0, 0, screen.width, screen.height)
  const modules = qrModules(text)
  const module = Math.floor(860 / (modules.length + 2 * quietZone))
  const side = module * (modules.length + 2 * quietZone)
  const left = Math.round((screen.width - side) / 2)
  const top = Math.round((screen.height - side) / 2)
  context.fillStyle = "#ffffff"
  context.fillRect(left, top, side, side)
  context.fillStyle = "#000000"
  for (const [row, line] of modules.entries())
    for (const [column, black] of line.entries())
      if (black)
        context.fillRect(left + (column + quietZone) * module, top + (row + quietZone) * module, module, module)
  context.fillStyle = "#ffffff"
  context.textAlign = "center"
  context.font = "700 54px system-ui, sans-serif"
  context.fillText(heading, screen.width / 2, top - 60, side)
  context.font = "44px system-ui, sans-serif"
  context.fillText(wallpaperLine, screen.width / 2, top + side + 90, side)
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"))
  if (blob === null) throw new Error("this browser makes no PNG")
  return blob
}
