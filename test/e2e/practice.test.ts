import type { Browser } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import changes from "../../apps/hcp/words/changes-en.ts"
import en from "../../apps/hcp/words/en.ts"
import says from "../../apps/hcp/words/practice-en.ts"
import { expectQuiet, openApp, shared, startBrowser } from "./browser.ts"
import { button, heading, professional } from "./people.ts"
import { inspect } from "./screens.ts"

let browser: Browser
beforeAll(async () => {
  browser = await startBrowser()
})
afterAll(() => browser.close())

test("a professional practises on a record of nobody, which is marked on every screen and sends nothing", async () => {
  const hcp = await openApp(browser, "hcp")
  const { page, noted } = hcp
  await professional.loadsCertificate(page, "physician")
  await button(page, says.begin).click()
  await professional.confirms(page)
  await page.getByText(says.banner).waitFor()
  await page.getByText(says.record.allergy).first().waitFor()
  await page.getByText(says.record.anticoagulant).first().waitFor()
  await inspect(page, "hcp", "practice")
  await page.getByRole("link", { name: en.add.place, exact: true }).click()
  await page.getByRole("textbox", { name: en.add.noteText, exact: true }).fill("A note of practice")
  await button(page, en.add.review).click()
  await button(page, en.add.sign).click()
  await page.getByText(says.sent).waitFor()
  await page.getByText(says.banner).waitFor()
  await page.getByRole("link", { name: changes.link }).click()
  await heading(page, changes.title).waitFor()
  await page.getByText(says.banner).waitFor()
  await professional.closes(page)
  await button(page, says.begin).waitFor()
  expect(noted.requests.filter((url) => !url.startsWith(shared.apps.hcp) && !url.startsWith("blob:"))).toEqual([])
  expectQuiet(hcp)
})
