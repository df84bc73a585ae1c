import { correction, generate } from "lean-qr"

/** Modules of white that a QR code needs around it (ISO/IEC 18004). */
export const quietZone = 4

/** Beyond version 16 a module of the printed card gets too small for ordinary cameras. */
const maxVersion = 16

const card = { width: 85.6, height: 54 }
const margin = 3

const qrOf = <T>(make: () => T): T => {
  try {
    return make()
  } catch (cause) {
    throw new RangeError(`The card's text is too long for a QR code of version ${maxVersion}.`, { cause })
  }
}

/**
 * The modules of a card's QR code, row by row, true for black, without quiet zone; level Q, each run of characters in the mode that takes least: the
 * front's digits in numeric mode. Throws RangeError if `text` needs more than version 16.
 */
export function qrModules(text: string): boolean[][] {
  const { Q } = correction
  const code = qrOf(() => generate(text, { minCorrectionLevel: Q, maxCorrectionLevel: Q, maxVersion }))
  const places = Array.from({ length: code.size }, (_, place) => place)
  return places.map((y) => places.map((x) => code.get(x, y)))
}

/**
 * Both sides of a card on one sheet, 171.2 x 54 mm, as SVG: `front` and `back` are sides by `cardSvg`, beside each other with a line between to fold the
 * paper at, so that each is upright when the card is turned round.
 */
export function cardSheetSvg(front: string, back: string): string {
  const [width, { height }] = [2 * card.width, card]
  // In the sheet's own units, which are millimetres already.
  const within = (side: string, x: number) =>
    side
      .trimEnd()
      .replace(/<svg ([^>]*?)width="[^"]*" height="[^"]*"/, `<svg $1x="${x}" width="${card.width}" height="${height}"`)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}mm" height="${height}mm" viewBox="0 0 ${width} ${height}">`,
    within(front, 0),
    within(back, card.width),
    `<path d="M${card.width} 0V${height}" stroke="#666" stroke-width="0.3" stroke-dasharray="2 1.5"/>`,
    "</svg>",
    "",
  ].join("\n")
}

/** What stands on a side of a card beside its code. */
export interface SideText {
  readonly heading: string
  readonly lines: readonly string[]
  /** Under the code, which is smaller then: the front's, whose modules are few. */
  readonly under?: readonly string[]
}

/** Widths of the code, mm: alone in its height, and with lines under it. A module of a version of 6 is 0.7 mm wide all the same. */
const codeWidths = { alone: 42, above: 30 }
/** Sizes of the text against the usual, the first that fits. Below the last it is too small to read. */
const scales = [1, 0.9, 0.8, 0.7]

interface Column {
  readonly x: number
  readonly top: number
  readonly width: number
}
interface Row {
  readonly line: string
  readonly size: number
  readonly bold: boolean
  readonly step: number
}

/** Text of a column, as large as it fits; what fits in no size is left out, its last row ending in "…". */
const columnOf = ({ x, top, width }: Column, rowsAt: (scale: number, width: number) => readonly Row[]): string[] => {
  const placedAt = (scale: number) => {
    let y = top
    return rowsAt(scale, width).map((row) => ({ ...row, y: (y += row.step) }))
  }
  const fits = ({ y }: { y: number }) => y <= card.height - margin
  const placed = scales.map(placedAt)
  const rows = placed.find((each) => each.every(fits)) ?? placed.at(-1) ?? []
  const fitting = rows.filter(fits)
  return fitting.map(({ line, size, bold, y }, i) => {
    const cut = i === fitting.length - 1 && fitting.length < rows.length
    const weight = bold ? ' font-weight="bold"' : ""
    return `<text x="${mm(x)}" y="${mm(y)}" font-size="${size.toFixed(2)}"${weight}>${escaped(line)}${cut ? " …" : ""}</text>`
  })
}

const headingRows = (heading: string, scale: number, width: number): Row[] => {
  const size = 3.6 * scale
  return wrap(heading, width, size * 0.7).map((line) => ({ line, size, bold: true, step: 4.6 * scale }))
}

/** Each line begins a little lower than its own rows follow, so that two lines are never read as one. */
const bodyRows = (lines: readonly string[], scale: number, width: number): Row[] => {
  const size = 2.6 * scale
  return lines.flatMap((text) =>
    wrap(text, width, size * 0.6).map((line, i) => ({ line, size, bold: false, step: (i === 0 ? 4.1 : 3.1) * scale })),
  )
}

/**
 * One side of a printable card, 85.6 x 54 mm, as SVG: the QR code of `text`, 42 mm wide plus its quiet zone, or 30 mm with lines under it, beside a heading
 * and `lines`, which are wrapped, and written smaller where they are many; what doesn't fit the card is left out, its last line ending in "…".
 */
export function cardSvg(text: string, { heading, lines, under = [] }: SideText): string {
  const modules = qrModules(text)
  const code = under.length === 0 ? codeWidths.alone : codeWidths.above
  const module = code / modules.length
  const quiet = quietZone * module
  const left = (under.length === 0 ? (card.height - code - 2 * quiet) / 2 : 1) + quiet
  const column = left + code + quiet
  const below = { x: left, top: left + code + quiet / 2, width: code }
  const texts = [
    ...columnOf({ x: column, top: 4, width: card.width - column - margin }, (scale, width) => [
      ...headingRows(heading, scale, width),
      ...bodyRows(lines, scale, width),
    ]),
    ...columnOf(below, (scale, width) => bodyRows(under, scale, width)),
  ]
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${card.width}mm" height="${card.height}mm" viewBox="0 0 ${card.width} ${card.height}" font-family="Helvetica, Arial, sans-serif">`,
    `<title>${escaped(heading)}</title>`,
    `<rect x="0.1" y="0.1" width="${card.width - 0.2}" height="${card.height - 0.2}" rx="3" fill="#fff" stroke="#999" stroke-width="0.2"/>`,
    `<path transform="translate(${mm(left)} ${mm(left)}) scale(${module.toFixed(6)})" shape-rendering="crispEdges" d="${outline(modules)}"/>`,
    ...texts,
    "</svg>",
    "",
  ].join("\n")
}

const mm = (value: number) => value.toFixed(2)

/** One rectangle per run of black modules. */
function outline(modules: boolean[][]): string {
  return modules
    .flatMap((row, y) =>
      row.flatMap((black, x) => {
        if (!black || row[x - 1] === true) return []
        const end = row.indexOf(false, x)
        const length = (end < 0 ? row.length : end) - x
        return `M${x} ${y}h${length}v1h-${length}z`
      }),
    )
    .join("")
}

/** Lines of at most `width` mm, by a cautious guess of a character's width: which font prints it isn't known. */
function wrap(text: string, width: number, characterWidth: number): string[] {
  const most = Math.floor(width / characterWidth)
  const lines: string[] = []
  for (const word of text.split(/\s+/).flatMap((word) => word.match(new RegExp(`.{1,${most}}`, "gu")) ?? [])) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + word.length < most) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

/** XML allows no control characters but these three, not even escaped. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replace(/(?![\t\n\r])\p{Cc}|[\ufffe\uffff]/gu, "")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
}
