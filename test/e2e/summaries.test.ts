import type { Browser } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import hcpEn from "../../apps/hcp/words/en.ts"
import criticalEn from "../../apps/shared/words/critical-en.ts"
import { eleniPapadaki } from "../../local/samples/eleni-papadaki.ts"
import { jonasLindenmeier } from "../../local/samples/jonas-lindenmeier.ts"
import { utf8 } from "../../protocol/crypto/bytes.ts"
import { uploadRecord } from "../../sdk/patient/records.ts"
import { barriersOn, expectQuiet, openApp, startBrowser } from "./browser.ts"
import { button, heading, newPatient, professional } from "./people.ts"
import { pictureOfNothing } from "./photograph.ts"

let browser: Browser
beforeAll(async () => {
  browser = await startBrowser()
})
afterAll(() => browser.close())

const critical = criticalEn.title
const fhir = (document: object) => utf8(JSON.stringify(document))

test("who the patient is waits for no photograph, which is fetched and shown when it is asked for", async () => {
  const { card, session } = await newPatient()
  const content = new Uint8Array(pictureOfNothing())
  await uploadRecord(session, { category: "summary", title: "Letter, page 1", contentType: "image/png", content })
  const hcp = await openApp(browser, "hcp")
  const { page, noted } = hcp
  await professional.loadsCertificate(page, "physician")
  const before = noted.requests.length
  await professional.opens(page, card)
  await page.getByText("Letter, page 1").waitFor()
  const objects = () => noted.requests.slice(before).filter((url) => url.includes("X-Amz-Signature")).length
  expect(objects()).toBe(1)
  expect(await barriersOn(page)).toEqual([])
  const toKnow = page.locator("details.banner-warn li").first()
  expect(await toKnow.isVisible()).toBe(false)
  await page.emulateMedia({ media: "print" })
  expect(await toKnow.isVisible()).toBe(true)
  await page.emulateMedia({ media: "screen" })
  await button(page, hcpEn.record.openFile).click()
  await page.getByRole("img", { name: hcpEn.view.image("Letter, page 1") }).waitFor()
  expect(objects()).toBe(2)
  expectQuiet(hcp)
})

test("a summary of somebody else is kept apart from the patient's own, whose newest stands first", async () => {
  const { card, session } = await newPatient()
  const [composition, ...others] = eleniPapadaki.entry ?? []
  const resource = { ...composition?.resource, date: "2026-11-20T09:00:00+02:00", title: "The newer summary" }
  for (const [title, document] of [
    ["Somebody else", jonasLindenmeier],
    ["Newer", { ...eleniPapadaki, entry: [{ ...composition, resource }, ...others] }],
  ] as const)
    await uploadRecord(session, {
      category: "summary",
      title,
      contentType: "application/fhir+json",
      content: fhir(document),
    })
  const { page } = await openApp(browser, "hcp")
  await professional.loadsCertificate(page, "physician")
  await professional.pastes(page, card)
  await page.getByText(hcpEn.confirm.severalIdentities).waitFor()
  await button(page, hcpEn.confirm.yes).click()
  await heading(page, hcpEn.record.title).waitFor()
  expect(await page.getByRole("group", { name: critical }).count()).toBe(2)
  await page.getByText(hcpEn.view.whose).waitFor()
  const text = (await page.getByRole("main").textContent()) ?? ""
  expect(text.indexOf("The newer summary")).toBeGreaterThan(-1)
  expect(text.indexOf("The newer summary")).toBeLessThan(text.indexOf("Patient summary of Eleni"))
})
