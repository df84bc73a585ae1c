import { describe, expect, test } from "vitest"
import { authoredNarratives } from "../../../apps/shared/summary/narratives.ts"
import { parseFhir } from "../../../fhir/parse.ts"
import { readSummary } from "../../../fhir/summary.ts"
import { items, section as sectionIn, warnings } from "../reading.ts"
import { allergy, cda, observation, section, wholeDocument } from "./document.ts"

const laughs = `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>`

describe("CDA that could do harm", () => {
  test.each([
    [
      "entities that grow",
      wholeDocument.replace(/<\?xml[^>]*\?>/, laughs).replace("Hypertension", "&b;"),
      "not-json-but-xml",
    ],
    [
      "an entity that fetches a file",
      wholeDocument.replace("<?xml", '<!DOCTYPE x SYSTEM "file:///etc/passwd"><?xml'),
      "not-json-but-xml",
    ],
    [
      "a thousand levels",
      cda(section("1", "<list><item>".repeat(500) + "x" + "</item></list>".repeat(500))),
      "too-deep",
    ],
    ["an element without an end", wholeDocument.slice(0, -40), "not-json-but-xml"],
  ])("of %s shows nothing, and says so", (_what, written, code) => {
    const summary = readSummary(written)
    expect(warnings(summary)).toEqual([code])
    expect(items(summary, "allergies")).toEqual([])
  })

  test("with programs in its narrative keeps their words alone", () => {
    const narrative = `<script>alert(1)</script><content onclick="x()" styleCode="Bold">a</content><img src="x" onerror="x()"/>
<linkHtml href="javascript:x()">b</linkHtml><renderMultiMedia referencedObject="o"/>&lt;script&gt;c&lt;/script&gt;<paragraph>d</paragraph>`
    const [written] = authoredNarratives(cda(section("48765-2", narrative)))
    const tags = [...written!.xhtml.matchAll(/<(\/?[^>]*)>/g)].map(([, tag]) => tag!)
    expect(new Set(tags)).toEqual(
      new Set(['div xmlns="http://www.w3.org/1999/xhtml"', "span", "/span", "p", "/p", "/div"]),
    )
    expect(sectionIn(readSummary(cda(section("48765-2", narrative))), "allergies").narrative.join(" ")).toContain(
      "<script>c</script>",
    )
  })

  test("with characters that could falsify a screen is cleaned of them", () => {
    const summary = readSummary(cda(section("48765-2", "x", allergy("sct 1 L\u202eatex"))))
    expect(JSON.stringify(summary)).not.toContain("\u202e")
    expect(warnings(summary)).toContain("characters-removed")
  })

  test("whose entries all point at one long text repeats it only so often, and says that there is more", () => {
    const pointing = allergy("sct 1 Latex", { observation: '<text><reference value="#long"/></text>' })
    const entries = Array.from({ length: 10_000 }, () => pointing)
    const summary = readSummary(
      cda(section("48765-2", `<content ID="long">${"word ".repeat(200_000)}</content>`, ...entries)),
    )
    expect(items(summary, "allergies")).toHaveLength(10_000)
    expect(sectionIn(summary, "allergies").narrativeSaysMore).toBe(true)
  })

  test("whose groups have thousands of parts and of other things says each of them", () => {
    const component = `<component>${observation("loinc 1 A", '<value xsi:type="PQ" value="1" unit="g"/>')}</component>`
    const other =
      "<specimen><specimenRole><specimenPlayingEntity><name>blood</name></specimenPlayingEntity></specimenRole></specimen>"
    const organizer = `<organizer classCode="BATTERY" moodCode="EVN"><statusCode code="completed"/>${other.repeat(5_000)}${component.repeat(5_000)}</organizer>`
    expect(items(readSummary(cda(section("30954-2", "x", organizer))), "results")).toHaveLength(5_000)
  })

  test("with an id that stands twice takes neither text for an entry's", () => {
    const twice = '<content ID="a">peanuts</content><content ID="a">kiwi</content>'
    const entry = allergy('nullFlavor="UNK"', { observation: '<text><reference value="#a"/></text>' })
    expect(JSON.stringify(items(readSummary(cda(section("48765-2", twice, entry))), "allergies"))).not.toMatch(
      /peanuts|kiwi/,
    )
  })

  test("cut off at any place is read without an error, or not at all", () => {
    for (let length = 0; length < wholeDocument.length; length += 97)
      expect(parseFhir(wholeDocument.slice(0, length)).outcome).toBe("not-json")
  })

  test("without any one of its elements is read without an error", () => {
    const names = [...new Set([...wholeDocument.matchAll(/<(\w+)[\s/>]/g)].map(([, name]) => name!))]
    for (const name of names) {
      const without = wholeDocument.replaceAll(new RegExp(`<${name}(\\s[^>]*)?/>|</?${name}(\\s[^>]*)?>`, "g"), "")
      expect([name, warnings(readSummary(without)).includes("unreadable")]).toEqual([name, false])
    }
  })
})
