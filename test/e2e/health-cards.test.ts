import type { Browser } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import en from "../../apps/ehr/words/en.ts"
import says from "../../apps/shared/health-cards/words-en.ts"
import sharedEn from "../../apps/shared/words/en.ts"
import { digitsOf, iss, linkTo, newIssuer } from "../kit/health-cards.ts"
import { expectQuiet, openApp, startBrowser } from "./browser.ts"
import { button, heading, newLogin, patient } from "./people.ts"
import { inspect } from "./screens.ts"

let browser: Browser
beforeAll(async () => {
  browser = await startBrowser()
})
afterAll(() => browser.close())

test("a patient scans the parts of a health card, adds it, and reads it below what its signature is worth", async () => {
  const ehr = await openApp(browser, "ehr")
  const { page } = ehr
  await patient.signsUp(page, newLogin())
  await page.getByRole("link", { name: en.record.add }).click()
  await button(page, says.scan).click()
  await page.getByText(says.scanLead).waitFor()
  await inspect(page, "ehr", "health-code")
  await page.getByText(sharedEn.scan.paste).click()
  const reads = async (text: string) => {
    await page.getByLabel(sharedEn.scan.pasted).fill(text)
    await button(page, sharedEn.scan.read).click()
  }
  await reads("EHR2:NOT-A-HEALTH-CARD")
  await page.getByText(says.otherCode).waitFor()
  // A server that this app wasn't told of is asked for nothing.
  await reads(linkTo("https://links.example.org/m/1"))
  await heading(page, says.linkTitle).waitFor()
  await page.getByText(says.link.asks("links.example.org")).waitFor()
  await button(page, says.link.fetch).click()
  await page.getByText(says.failures["address-refused"]).waitFor()
  await button(page, says.link.leave).click()
  expect(ehr.noted.requests.filter((url) => url.includes("links.example.org"))).toEqual([])

  const digits = digitsOf(await (await newIssuer()).card())
  const cut = Math.floor(digits.length / 4) * 2
  await page.getByText(sharedEn.scan.paste).click()
  await reads(`shc:/2/2/${digits.slice(cut)}`)
  await page.getByText(says.part(2, 2, 1)).waitFor()
  await reads(`shc:/1/2/${digits.slice(0, cut)}`)
  await button(page, en.add.go).click()
  await heading(page, en.record.title).waitFor()
  await page.getByText(en.outbox.title).waitFor({ state: "detached" })
  await page.getByRole("link", { name: new RegExp(`^${says.cardTitle}`) }).click()
  await page.getByText(says.signatures.unchecked(iss)).waitFor()
  await page.getByText("Tdap").first().waitFor()
  await page.getByText("Mia Muster").first().waitFor()
  await inspect(page, "ehr", "health-card")
  expectQuiet(ehr)
})
