import { deflateRawSync, inflateRawSync } from "node:zlib"
import { declaredSize } from "../../apps/shared/files/declared-size.ts"
import { readOffice } from "../../apps/shared/files/office/office.ts"
import { orientationIn } from "../../apps/shared/files/orientation.ts"
import { readPicture } from "../../apps/shared/files/picture.ts"
import { readZip, unpackEntry, ZipFailure } from "../../apps/shared/files/zip.ts"
import { readHealthCards } from "../../apps/shared/health-cards/read.ts"
import { healthCardFile, healthCardsOf, readHealthCode } from "../../sdk/health-card.ts"
import { readHealthLink } from "../../sdk/health-link.ts"
import { claims, digitsOf, immunizationBundle, linkTo } from "../kit/health-cards.ts"
import { docxOf, odsOf, odtOf, xlsxOf } from "../kit/office-files.ts"
import { type PictureType, pictures, withSecrets } from "../kit/pictures.ts"
import { filesIn, zipOf } from "../kit/zip.ts"
import type { Layer } from "./mutate.ts"
import { bytesOf, only, require, type Target, textOf } from "./target.ts"

const isFailure = (error: unknown) => error instanceof ZipFailure
const types = Object.keys(pictures) as PictureType[]
const letter = bytesOf("Kalium 4.2 mmol/l\n".repeat(40))
const mostUnpacked = 1_000_000

const pictureTarget = (type: PictureType): Target => ({
  name: `picture (${type})`,
  corpus: [withSecrets(type), withSecrets(type, pictures[type], 6), pictures[type]],
  read: (input) => {
    const picture = readPicture(input, type)
    if (picture === undefined) return "refused"
    const cleaned = picture.clean()
    require(cleaned.length <= input.length + 64, "a picture grew")
    const again = readPicture(cleaned, type)
    require(again !== undefined && again.orientation === picture.orientation, "a cleaned picture is none")
    return "taken"
  },
})

const ofLetters = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0))
/** A TIFF's header and a directory of one page, of 2480 x 3508 pixels. */
const tiff = ofLetters(
  "II*\0\x08\0\0\0\x02\0\0\x01\x04\0\x01\0\0\0\xb0\x09\0\0\x01\x01\x03\0\x01\0\0\0\xb4\x0d\0\0\0\0\0\0",
)
const heic = ofLetters("\0\0\0\x14ispe\0\0\0\0\0\0\x0f\xc0\0\0\x0b\xd0")

const sizeTarget = (type: string, corpus: readonly Uint8Array<ArrayBuffer>[]): Target => ({
  name: `declared size (${type})`,
  corpus,
  read: (input) => {
    const size = declaredSize(input, type)
    if (size === undefined) return "refused"
    require(Number.isSafeInteger(size.width) && Number.isSafeInteger(size.height), "a size is no number of pixels")
    return "taken"
  },
})

/** The files of an archive, each by itself. `names`: of the only input of the corpus. */
const unpacked = (names: readonly string[]): Layer => ({
  split: (input) => Object.values(filesIn(input)).map((bytes) => Uint8Array.from(bytes)),
  join: (parts) => zipOf(Object.fromEntries(names.map((name, i) => [name, parts[i] ?? new Uint8Array()]))),
})

const officeTarget = (name: string, contentType: string, corpus: readonly Uint8Array<ArrayBuffer>[]): Target => ({
  name: `office (${name})`,
  corpus,
  layers: corpus.filter((input) => input[0] === 0x50).map((input) => unpacked(Object.keys(filesIn(input)))),
  read: async (input) => {
    const { outcome } = await readOffice(input, contentType)
    return outcome === "words" || outcome === "tables" ? "taken" : "refused"
  },
})

const openXml = "application/vnd.openxmlformats-officedocument"
const openDocument = "application/vnd.oasis.opendocument"

/** A card that nobody has signed. */
const unsignedCard = [
  '{"alg":"ES256","zip":"DEF","kid":"k1"}',
  deflateRawSync(JSON.stringify(claims(immunizationBundle))),
  Buffer.alloc(64),
]
  .map((part) => Buffer.from(part).toString("base64url"))
  .join(".")

/** What a card says, unpacked; it is packed again, so that changes go deeper than the packing. */
const inCard: Layer = {
  split: (input) => {
    const [head = "", body = ""] = (healthCardsOf(textOf(input))?.[0] ?? "").split(".")
    return [
      Uint8Array.from(Buffer.from(head, "base64url")),
      Uint8Array.from(inflateRawSync(Buffer.from(body, "base64url"))),
    ]
  },
  join: ([head = new Uint8Array(), body = new Uint8Array()]) => {
    const parts = [head, deflateRawSync(body), new Uint8Array(64)]
    return bytesOf(healthCardFile([parts.map((part) => Buffer.from(part).toString("base64url")).join(".")]))
  },
}

/** What a link says. */
const inLink: Layer = {
  split: (input) => [Uint8Array.from(Buffer.from(textOf(input).replace("shlink:/", ""), "base64url"))],
  join: ([said = new Uint8Array()]) => bytesOf(`shlink:/${Buffer.from(said).toString("base64url")}`),
}

/** Readers of whatever files patients and professionals add, or find in a record. */
export const fileTargets: readonly Target[] = [
  ...types.map(pictureTarget),
  sizeTarget("image/tiff", [tiff]),
  sizeTarget("image/heic", [heic]),
  {
    name: "orientation (EXIF)",
    corpus: [bytesOf("MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0")],
    read: (input) => (orientationIn(input) === 1 ? "refused" : "taken"),
  },
  {
    name: "archive (ZIP)",
    corpus: [zipOf({ "a/letter.txt": letter, "b.txt": bytesOf("b") }), zipOf({})],
    read: (input) => {
      const file = new Blob([input])
      return only(isFailure, async () => {
        for (const entry of await readZip(file)) {
          const bytes = await unpackEntry(file, entry, mostUnpacked)
          require(bytes.length === entry.size, "a file of another length than its archive says")
        }
      })
    },
  },
  {
    name: "SMART Health Card (file)",
    corpus: [bytesOf(healthCardFile([unsignedCard]))],
    layers: [inCard],
    read: async (input) => {
      const { cards, unread } = await readHealthCards(input, [])
      require(cards.length + unread > 0, "a file of which nothing is said")
      require(cards.every(({ signature }) => signature === "unchecked"), "a signature that nobody checked")
      return cards.some(({ summary }) => summary !== undefined) ? "taken" : "refused"
    },
  },
  {
    name: "SMART Health Card (code)",
    corpus: [`shc:/${digitsOf(unsignedCard)}`, `shc:/1/2/${digitsOf(unsignedCard)}`].map(bytesOf),
    read: (input) => {
      const code = readHealthCode(textOf(input))
      if (code.outcome === "other") return "refused"
      require(code.outcome === "card" || code.number <= code.of, "a part beyond the last")
      return "taken"
    },
  },
  {
    name: "SMART Health Link",
    corpus: [bytesOf(linkTo("https://links.example.org/1", { flag: "P", exp: 1_800_000_000 }))],
    layers: [inLink],
    read: (input) => {
      const link = readHealthLink(textOf(input))
      if (link === undefined) return "refused"
      require(link.key.length === 43 && !(link.isDirect && link.needsPasscode), "a link that can't be followed")
      return "taken"
    },
  },
  officeTarget("DOCX", `${openXml}.wordprocessingml.document`, [
    docxOf(
      "<w:p><w:r><w:rPr><w:strike/></w:rPr><w:t>Kalium</w:t></w:r></w:p><w:tbl><w:tr><w:tc><w:p/></w:tc></w:tr></w:tbl>",
    ),
  ]),
  officeTarget("XLSX", `${openXml}.spreadsheetml.sheet`, [
    xlsxOf('<row r="1"><c r="B1" t="s"><v>0</v></c><c r="C1" s="1"><v>45356.5</v></c></row>', {
      strings: ["Kalium"],
      styles: '<cellXfs><xf numFmtId="0"/><xf numFmtId="22"/></cellXfs>',
    }),
  ]),
  officeTarget("ODT", `${openDocument}.text`, [odtOf('<text:p>Kalium<text:s text:c="3"/>4,2</text:p>')]),
  officeTarget("ODS", `${openDocument}.spreadsheet`, [
    odsOf(
      '<table:table><table:table-row table:number-rows-repeated="3"><table:table-cell table:number-columns-repeated="3"><text:p>4,2</text:p></table:table-cell></table:table-row></table:table>',
    ),
  ]),
  officeTarget("RTF", "application/rtf", [
    bytesOf(
      "{\\rtf1\\ansi\\ansicpg1253{\\fonttbl{\\f0\\fcharset161 Arial;}}\\f0 \\'c1{\\strike b}\\u945?\\par{\\pict\\bin2 ab}c}",
    ),
  ]),
  officeTarget("CSV", "text/csv", [bytesOf('Kalium;"4,2"\nNatrium;140')]),
]
