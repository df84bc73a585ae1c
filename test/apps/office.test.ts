import { describe, expect, test } from "vitest"
import { bytesOf } from "../../apps/shared/files/bytes.ts"
import { type OfficeReading, readOffice } from "../../apps/shared/files/office/office.ts"
import { plainTextOf, type Written } from "../../apps/shared/files/office/written.ts"
import { docxOf, odsOf, odtOf, wordPart, xlsxOf } from "../kit/office-files.ts"
import { zipOf } from "../kit/zip.ts"

const types = {
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  odt: "application/vnd.oasis.opendocument.text",
  ods: "application/vnd.oasis.opendocument.spreadsheet",
  rtf: "application/rtf",
  csv: "text/csv",
} as const

const writtenOf = (reading: OfficeReading): Written => {
  if (reading.outcome !== "words") throw new Error(reading.outcome)
  return reading.written
}
const words = async (bytes: Uint8Array<ArrayBuffer>, type: keyof typeof types) =>
  writtenOf(await readOffice(bytes, types[type]))
/** Paragraphs on lines; what is struck out in brackets. */
const textOf = async (bytes: Uint8Array<ArrayBuffer>, type: keyof typeof types) => plainTextOf(await words(bytes, type))
const tablesOf = async (bytes: Uint8Array<ArrayBuffer>, type: keyof typeof types) => {
  const reading = await readOffice(bytes, types[type])
  if (reading.outcome !== "tables") throw new Error(reading.outcome)
  return reading.tables
}
const rowsOf = async (bytes: Uint8Array<ArrayBuffer>, type: keyof typeof types) =>
  (await tablesOf(bytes, type))[0]?.rows

const run = (text: string, looks = "") => `<w:r><w:rPr>${looks}</w:rPr><w:t>${text}</w:t></w:r>`
const paragraph = (...runs: string[]) => `<w:p>${runs.join("")}</w:p>`

describe("a letter of a word processor (DOCX)", () => {
  test("is read in its order: letterhead, paragraphs, lists, notes, foot", async () => {
    const letter = docxOf(
      [
        paragraph(run("Diagnosis: "), run("asthma &amp; eczema")),
        `<w:p><w:pPr><w:numPr/></w:pPr>${run("Salbutamol")}<w:r><w:tab/><w:t>2 puffs</w:t><w:br/><w:t>as needed</w:t></w:r></w:p>`,
      ].join(""),
      {
        "word/header1.xml": wordPart("hdr", paragraph(run("General Hospital"))),
        "word/footnotes.xml": wordPart("footnotes", paragraph(run("since 2010"))),
        "word/footer1.xml": wordPart("ftr", paragraph(run("Page 1"))),
      },
    )
    expect((await textOf(letter, "docx")).split("\n")).toEqual([
      "General Hospital",
      "Diagnosis: asthma & eczema",
      "• Salbutamol\t2 puffs",
      "as needed",
      "since 2010",
      "Page 1",
    ])
  })

  test("marks what is struck out, by the run or by a style, and what isn't any more", async () => {
    const letter = docxOf(
      paragraph(
        run("Warfarin", "<w:strike/>"),
        run(" Apixaban", '<w:strike w:val="0"/>'),
        run(" Aspirin", '<w:rStyle w:val="Gone"/>'),
      ),
      {
        "word/styles.xml": wordPart(
          "styles",
          '<w:style w:styleId="Gone"><w:rPr><w:dstrike/></w:rPr></w:style><w:style w:styleId="Other"/>',
        ),
      },
    )
    expect(await textOf(letter, "docx")).toBe("[Warfarin] Apixaban[ Aspirin]")
  })

  test("is shown as if marked changes were accepted, and says that there are some", async () => {
    const letter = docxOf(
      paragraph(
        run("No "),
        `<w:del>${run("known ").replaceAll("w:t>", "w:delText>")}</w:del>`,
        `<w:ins>${run("severe ")}</w:ins>`,
        run("allergy"),
      ),
    )
    const written = await words(letter, "docx")
    expect(plainTextOf(written)).toBe("No severe allergy")
    expect(written.beside).toEqual(["changes"])
  })

  test("says that it has pictures and hidden words", async () => {
    const letter = docxOf(
      paragraph(run("Seen"), run("secret", "<w:vanish/>"), '<w:r><w:drawing><a:blip xmlns:a="x"/></w:drawing></w:r>'),
    )
    const written = await words(letter, "docx")
    expect(plainTextOf(written)).toBe("Seen")
    expect(written.beside).toEqual(["hidden", "pictures"])
  })

  test("keeps a table's cells apart, and what stands on lines of a cell", async () => {
    const cell = (...texts: string[]) => `<w:tc>${texts.map((text) => paragraph(run(text))).join("")}</w:tc>`
    const inner = `<w:tc><w:tbl><w:tr>${cell("1")}${cell("0")}</w:tr></w:tbl></w:tc>`
    const letter = docxOf(`<w:tbl><w:tr>${cell("Aspirin", "100 mg")}${cell("morning")}${inner}</w:tr></w:tbl>`)
    expect((await textOf(letter, "docx")).trim()).toBe("Aspirin 100 mg | morning | 1 0")
  })

  test.each([
    ['<w:sym w:font="Wingdings" w:char="F0FE"/>', "☑"],
    ['<w:sym w:font="Wingdings" w:char="F0A8"/>', "☐"],
    ['<w:sym w:font="Symbol" w:char="F0B3"/>', "≥"],
    ['<w:fldChar><w:ffData><w:checkBox><w:default w:val="0"/><w:checked/></w:checkBox></w:ffData></w:fldChar>', "☒"],
    ['<w:fldChar><w:ffData><w:checkBox><w:default w:val="1"/></w:checkBox></w:ffData></w:fldChar>', "☒"],
    ['<w:fldChar><w:ffData><w:checkBox><w:default w:val="0"/></w:checkBox></w:ffData></w:fldChar>', "☐"],
  ])("reads %s as %s", async (xml, expected) => {
    expect(await words(docxOf(`<w:p><w:r>${xml}</w:r></w:p>`), "docx")).toMatchObject({
      paragraphs: [[{ text: expected }]],
      beside: [],
    })
  })

  test("says that a symbol of another font can't be shown", async () => {
    const written = await words(docxOf('<w:p><w:r><w:sym w:font="Webdings" w:char="F061"/></w:r></w:p>'), "docx")
    expect(plainTextOf(written)).toBe("�")
    expect(written.beside).toEqual(["symbols"])
  })

  test("has a drawing's words once, and none of a field's code", async () => {
    const box = `<w:txbxContent>${paragraph(run("Box"))}</w:txbxContent>`
    const letter = docxOf(
      `<w:p>${run("Date")}<w:r><w:instrText>DATE</w:instrText></w:r><w:r><mc:AlternateContent xmlns:mc="m"><mc:Choice>${box}</mc:Choice><mc:Fallback>${box}</mc:Fallback></mc:AlternateContent></w:r></w:p>`,
    )
    expect(await textOf(letter, "docx")).toBe("Date Box")
  })
})

describe("a letter of an open office (ODT)", () => {
  test("is read in its order, what is struck out marked, what is written as space kept", async () => {
    const letter = odtOf(
      '<text:h>Befund</text:h><text:p>Kein <text:span text:style-name="T1">Marcumar</text:span>\n  mehr<text:s text:c="2"/>seit<text:tab/>2020</text:p><text:list><text:list-item><text:p>Eins</text:p></text:list-item></text:list>',
      '<style:style style:name="T1"><style:text-properties style:text-line-through-style="solid"/></style:style>',
    )
    expect((await textOf(letter, "odt")).split("\n")).toEqual(["Befund", "Kein [Marcumar] mehr  seit\t2020", "• Eins"])
  })

  test("leaves out deleted text and remarks, and keeps a table's cells apart", async () => {
    const letter = odtOf(
      "<text:tracked-changes><text:changed-region><text:p>gone</text:p></text:changed-region></text:tracked-changes><table:table><table:table-row><table:table-cell><text:p>A</text:p><text:p>B</text:p></table:table-cell><table:table-cell><text:p>C<office:annotation><text:p>remark</text:p></office:annotation></text:p></table:table-cell></table:table-row></table:table>",
    )
    const written = await words(letter, "odt")
    expect(plainTextOf(written).trim()).toBe("A B | C")
    expect(written.beside).toEqual(["changes"])
  })
})

describe("a spreadsheet", () => {
  test("(XLSX) is a table of its values, each in its column", async () => {
    const rows =
      '<row r="1"><c r="B1" t="s"><v>0</v></c><c r="D1" t="inlineStr"><is><t>mmol/l</t></is></c></row><row r="3"><c r="A3" t="b"><v>1</v></c><c r="B3" t="str"><v>high</v></c><c r="C3"><v>5.4000000000000004</v></c></row>'
    expect(await tablesOf(xlsxOf(rows, { strings: ["Kalium"] }), "xlsx")).toEqual([
      {
        name: "Values",
        rows: [
          ["", "Kalium", "", "mmol/l"],
          ["TRUE", "high", "5.4"],
        ],
        cut: false,
      },
    ])
  })

  test.each([
    [14, "45356", "2024-03-05"],
    [22, "45356.354166666664", "2024-03-05 08:30"],
    [20, "0.354166666666667", "08:30"],
    [10, "0.075", "7.5 %"],
    [2, "7.5", "7.5"],
    [164, "45356", "2024-03-05"],
    [165, "1.5", "1.5"],
    [14, "1", "1900-01-01"],
    [14, "1e300", "1e+300"],
  ])("(XLSX) has number format %i's %s as %s", async (format, value, expected) => {
    const styles = `<numFmts><numFmt numFmtId="164" formatCode="dd\\.mm\\.yyyy"/><numFmt numFmtId="165" formatCode="0.0&quot; mg/day&quot;"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="${format}"/></cellXfs>`
    const book = xlsxOf(`<row><c r="A1" s="1"><v>${value}</v></c></row>`, { styles })
    expect(await rowsOf(book, "xlsx")).toEqual([[expected]])
  })

  test("(XLSX) whose days are counted from 1904 has the right ones", async () => {
    const styles = '<cellXfs><xf numFmtId="14"/></cellXfs>'
    const properties = '<workbookPr date1904="1"/>'
    const book = xlsxOf('<row><c r="A1" s="0"><v>43894</v></c></row>', { styles, properties })
    expect(await rowsOf(book, "xlsx")).toEqual([["2024-03-05"]])
  })

  test("(ODS) is a table as its program showed it; cells that are repeated are", async () => {
    const cell = (text: string, more = "") => `<table:table-cell ${more}><text:p>${text}</text:p></table:table-cell>`
    const rows = `<table:table-row>${cell("Kalium")}${cell("4,2", 'table:number-columns-repeated="2"')}<table:table-cell table:number-columns-repeated="16384"/></table:table-row><table:table-row table:number-rows-repeated="1048576"><table:table-cell/></table:table-row>`
    expect(await tablesOf(odsOf(`<table:table table:name="Werte">${rows}</table:table>`), "ods")).toEqual([
      { name: "Werte", rows: [["Kalium", "4,2", "4,2"]], cut: false },
    ])
  })

  test.each([
    [
      "Kalium;4,2;mmol/l\r\nNatrium;140;mmol/l\r\n",
      [
        ["Kalium", "4,2", "mmol/l"],
        ["Natrium", "140", "mmol/l"],
      ],
    ],
    ['a,"b ""c"", d",e\n', [["a", 'b "c", d', "e"]]],
    ['"two\nlines"\tx', [["two\nlines", "x"]]],
    ['"not closed', [["not closed"]]],
    ["a,,\n", [["a"]]],
  ])("(CSV) %j is a table", async (text, expected) => {
    expect(await rowsOf(new Uint8Array(new TextEncoder().encode(text)), "csv")).toEqual(expected)
  })

  test("that is longer or wider than a screen bears says that it is cut", async () => {
    const long = new Uint8Array(new TextEncoder().encode("a;b\n".repeat(3000)))
    expect(await tablesOf(long, "csv")).toMatchObject([{ cut: true, rows: { length: 2000 } }])
    const far = xlsxOf('<row><c r="A1"><v>1</v></c><c r="XFD1"><v>2</v></c></row>')
    expect(await tablesOf(far, "xlsx")).toMatchObject([{ cut: true, rows: [{ length: 100 }] }])
  })
})

describe("RTF", () => {
  const rtf = (text: string) => bytesOf(`{\\rtf1\\ansi\\ansicpg1252\\deff0${text}}`)

  test.each([
    ["letters of its code page", " \\'e4rztlich", "ärztlich"],
    ["letters in Unicode, without those that stand for them", " \\u945?\\uc2\\u946\\'62\\'63x", "αβx"],
    ["letters of a Greek font", "{\\fonttbl{\\f0\\fcharset161 Arial;}}\\f0 \\'c1\\'eb\\'e3\\'ef\\'f2", "Αλγος"],
    ["paragraphs, tabs and dashes", " a\\par b\\tab c\\emdash d", "a\nb\tc—d"],
    [
      "nothing of fonts, colours, pictures and remarks",
      "{\\fonttbl{\\f0 Arial;}}{\\colortbl;\\red1;}{\\*\\generator Word}{\\info{\\author X}}a",
      "a",
    ],
    ["what is struck out, and what isn't", " a{\\strike b}c\\strike d\\strike0 e", "a[b]c[d]e"],
    ["braces and a backslash", " \\{a\\}\\\\", "{a}\\"],
    ["a line that is broken in the file", " a\r\nb", "ab"],
    ["a table", " \\trowd a\\cell b\\cell\\row c", "a | b | \nc"],
    ["symbols of a font without letters", "{\\fonttbl{\\f3 Wingdings;}}\\f3\\u-3842?", "☑"],
  ])("reads %s", async (_, source, expected) => {
    expect(await textOf(rtf(source), "rtf")).toBe(expected)
  })

  test("says what it has and isn't shown", async () => {
    const { beside } = await words(rtf(" a{\\pict ffd8}{\\v secret}{\\deleted gone}{\\revised new}"), "rtf")
    expect(beside).toEqual(["pictures", "hidden", "changes"])
  })

  test("skips as many bytes as a picture has", async () => {
    expect(await textOf(rtf(" a{\\pict\\bin4 }}}}}b"), "rtf")).toBe("ab")
  })
})

describe("an office program's document that can't be read", () => {
  const inDocx = { "word/document.xml": new TextEncoder().encode("<w:document") }

  test.each([
    ["has no text in it", zipOf({})],
    [
      "is cut",
      docxOf(paragraph(run("a")))
        .subarray(0, 200)
        .slice(),
    ],
    ["is no XML inside", zipOf(inDocx)],
    [
      "declares entities",
      zipOf({ "word/document.xml": new TextEncoder().encode('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>') }),
    ],
    ["nests a thousand levels", docxOf("<w:p>".repeat(1000) + "</w:p>".repeat(1000))],
    ["unpacks to more than anybody writes", docxOf(paragraph(run("a".repeat(30_000_000))))],
  ])("as it %s is said to be so", async (_, bytes) => {
    expect(await readOffice(bytes, types.docx)).toEqual({ outcome: "unreadable" })
  })

  test("as it is encrypted is said to be so", async () => {
    const bytes = zipOf(inDocx, { "word/document.xml": { flags: 1 } })
    expect(await readOffice(bytes, types.docx)).toEqual({ outcome: "encrypted" })
  })

  test("has a beginning where it is too long to be shown", async () => {
    const { cut, paragraphs } = await words(
      docxOf(Array.from({ length: 60_000 }, (_, i) => paragraph(run(`line ${i}`))).join("")),
      "docx",
    )
    expect(cut).toBe(true)
    expect(paragraphs.length).toBeLessThan(60_000)
  })
})
