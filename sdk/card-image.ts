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
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}mm" height="${height}mm" viewBox="0 0 ${width} ${height}">`,
    front.trimEnd(),
    back.trimEnd().replace("<svg ", `<svg x="${card.width}" `),
    `<path d="M${card.width} 0V${height}" stroke="#666" stroke-width="0.3" stroke-dasharray="2 1.5"/>`,
    "</svg>",
    "",
  ].join("\n")
}

/**
 * One side of a printable card, 85.6 x 54 mm, as SVG: the QR code of `text`, 42 mm wide plus its quiet zone, beside a heading and
 * `lines`, which are wrapped; what doesn't fit the card is left out, its last line ending in "…".
 */
export function cardSvg(text: string, { heading, lines }: { heading: string; lines: string[] }): string {
  const modules = qrModules(text)
  const module = 42 / modules.length
  const side = 42 + 2 * quietZone * module
  const left = (card.height - side) / 2 + quietZone * module
  const column = left + 42 + quietZone * module
  const width = card.width - column - margin
  const headingLines = wrap(heading, width, 3.6 * 0.64)
  const bodyLines = lines.flatMap((line) => wrap(line, width, 2.6 * 0.55))
  const rows = [
    ...headingLines.slice(0, 3).map((line) => ({ line, size: 3.6, bold: true, step: 4.6 })),
    ...bodyLines.map((line, i) => ({ line, size: 2.6, bold: false, step: i === 0 ? 4.6 : 3.5 })),
  ]
  let baseline = 4
  const placed = rows.map((row) => ({ ...row, y: (baseline += row.step) }))
  const fitting = placed.filter(({ y }) => y <= card.height - margin)
  const texts = fitting.map(({ line, size, bold, y }, i) => {
    const cut = i === fitting.length - 1 && fitting.length < placed.length
    const weight = bold ? ' font-weight="bold"' : ""
    return `<text x="${mm(column)}" y="${mm(y)}" font-size="${size}"${weight}>${escaped(line)}${cut ? " …" : ""}</text>`
  })
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
