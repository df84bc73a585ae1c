import { zipOf } from "./zip.ts"

const utf8 = (text: string) => new TextEncoder().encode(text)

const word = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
/** A document of a word processor with this body, and other parts of it. */
export const docxOf = (body: string, parts: Readonly<Record<string, string>> = {}) =>
  zipOf({
    "[Content_Types].xml": utf8('<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'),
    "word/document.xml": utf8(
      `<?xml version="1.0" encoding="UTF-8"?><w:document ${word}><w:body>${body}</w:body></w:document>`,
    ),
    ...Object.fromEntries(Object.entries(parts).map(([path, xml]) => [path, utf8(xml)])),
  })
export const wordPart = (root: string, content: string) => `<w:${root} ${word}>${content}</w:${root}>`

const open = [
  'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"',
  'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"',
  'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"',
  'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"',
  'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"',
].join(" ")
const openOf = (kind: "text" | "spreadsheet", body: string, styles: string) =>
  zipOf({
    mimetype: utf8(`application/vnd.oasis.opendocument.${kind}`),
    "content.xml": utf8(
      `<office:document-content ${open}><office:automatic-styles>${styles}</office:automatic-styles><office:body><office:${kind}>${body}</office:${kind}></office:body></office:document-content>`,
    ),
  })
export const odtOf = (body: string, styles = "") => openOf("text", body, styles)
export const odsOf = (body: string) => openOf("spreadsheet", body, "")

const sheet = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
const relation = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
/** A workbook of one sheet with these rows. */
export const xlsxOf = (
  rows: string,
  {
    strings = [],
    styles = "",
    properties = "",
  }: { strings?: readonly string[]; styles?: string; properties?: string } = {},
) =>
  zipOf({
    "[Content_Types].xml": utf8('<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'),
    "xl/workbook.xml": utf8(
      `<workbook ${sheet} ${relation}>${properties}<sheets><sheet name="Values" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    ),
    "xl/_rels/workbook.xml.rels": utf8(
      '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>',
    ),
    "xl/sharedStrings.xml": utf8(`<sst ${sheet}>${strings.map((text) => `<si><t>${text}</t></si>`).join("")}</sst>`),
    "xl/styles.xml": utf8(`<styleSheet ${sheet}>${styles}</styleSheet>`),
    "xl/worksheets/sheet1.xml": utf8(`<worksheet ${sheet}><sheetData>${rows}</sheetData></worksheet>`),
  })
