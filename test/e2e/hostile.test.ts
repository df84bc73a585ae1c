import type { Browser } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import sharedEn from "../../apps/shared/words/en.ts"
import { eleniPapadaki } from "../../local/samples/eleni-papadaki.ts"
import { type Opened, openApp, shared, startBrowser } from "./browser.ts"
import { newPatient, patient, professional } from "./people.ts"

const elsewhere = "https://tracker.example.net"
const div = (content: string) => `<div xmlns="http://www.w3.org/1999/xhtml">${content}</div>`

/** What an author of narratives might try, each with words that must still be read. */
const narratives = {
  script: div(
    `<p>said after a script</p><script>window.hacked = 1</script><a href="javascript:window.hacked = 2" onclick="window.hacked = 3">link</a>`,
  ),
  svg: div(
    `<p>said after a picture</p><svg><script>window.hacked = 4</script></svg><iframe src="${elsewhere}/frame" srcdoc="&lt;script>parent.hacked=5&lt;/script>"></iframe>`,
  ),
  style: div(
    `<style>body, main { display: none !important; background: rgb(1, 2, 3) !important }</style><p style="position: fixed; inset: 0; background: url(${elsewhere}/style.png)">said in style</p>`,
  ),
  image: div(
    `<p>said beside an image</p><img src="${elsewhere}/pixel.png" onerror="window.hacked = 6" alt=""/><link rel="stylesheet" href="${elsewhere}/sheet.css"/><form action="${elsewhere}"><input name="q"/><button>Send</button></form>`,
  ),
  long: div(`<p>${"a long story ".repeat(80_000)}</p><p>said at the end of a megabyte</p>`),
  deep: div(`<p>said before the depths</p>${"<div>".repeat(1_000)}said in the depths${"</div>".repeat(1_000)}`),
}

const hostileSummary = (): string => {
  const bundle = structuredClone(eleniPapadaki)
  const composition = bundle.entry?.map(({ resource }) => resource).find((each) => each?.resourceType === "Composition")
  if (composition?.resourceType !== "Composition") throw new Error("the sample has no composition")
  for (const [title, narrative] of Object.entries(narratives))
    composition.section?.push({ title, text: { status: "generated", div: narrative } })
  const name = `<img src="${elsewhere}/name.png" onerror="window.hacked = 7">`
  for (const { resource } of bundle.entry ?? [])
    if (resource?.resourceType === "AllergyIntolerance") resource.note = [{ text: name }]
  return JSON.stringify(bundle)
}

let browser: Browser
let someone: Awaited<ReturnType<typeof newPatient>>
beforeAll(async () => {
  browser = await startBrowser()
  someone = await newPatient({ summary: hostileSummary() })
})
afterAll(() => browser.close())

const expectHarmless = async ({ page, noted }: Opened) => {
  await page.getByText(sharedEn.summary.narrative).click()
  for (const words of [
    "after a script",
    "after a picture",
    "in style",
    "beside an image",
    "at the end of a megabyte",
    "before the depths",
  ])
    await page.getByText(`said ${words}`).first().waitFor({ state: "attached" })
  const found = await page.evaluate(() => ({
    hacked: "hacked" in window,
    elements: [...document.querySelectorAll(".narrative *")]
      .filter((each) =>
        each.matches(
          "script, style, svg, img, iframe, link, form, input, button, object, embed, [style], [onclick], [onerror], [href], [src]",
        ),
      )
      .map(({ outerHTML }) => outerHTML.slice(0, 100)),
    hidden: getComputedStyle(document.body).display === "none",
    background: getComputedStyle(document.body).backgroundColor,
    sideways: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  }))
  expect(found).toMatchObject({ hacked: false, elements: [], hidden: false, sideways: 0 })
  expect(found.background).not.toBe("rgb(1, 2, 3)")
  for (const url of noted.requests)
    if (!url.startsWith("blob:"))
      expect([...Object.values(shared.apps), shared.engine.endpoint]).toContain(new URL(url).origin)
  // The sanitizer parses in a document that is never shown; what the policy stops there, it stopped before it was taken out.
  expect(noted.violations.length).toBeGreaterThan(0)
  for (const violation of noted.violations)
    expect(violation).toMatch(
      /^(script-src-attr|style-src-attr|style-src-elem) inline http\S*\/assets\/sanitize-[\w-]+\.js$/,
    )
}

test("a narrative that brings scripts, styles, trackers, a megabyte or a thousand levels does no harm in the patient's app", async () => {
  const ehr = await openApp(browser, "ehr")
  await patient.arrives(ehr.page, someone)
  await ehr.page.getByRole("link", { name: /^Patient summary/ }).click()
  await expectHarmless(ehr)
})

test("such a narrative does no harm in the professional's app either", async () => {
  const hcp = await openApp(browser, "hcp")
  await professional.loadsCertificate(hcp.page, "physician")
  await professional.opens(hcp.page, someone.card)
  await expectHarmless(hcp)
})
