import type { Browser } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import hcpEn from "../../apps/hcp/words/en.ts"
import sharedEn from "../../apps/shared/words/en.ts"
import { expectQuiet, type Opened, openApp, startBrowser } from "./browser.ts"
import { heading, newPatient, type Patient, professional } from "./people.ts"
import { photographOf, pictureOfNothing, pictureOfTwo } from "./photograph.ts"

let browser: Browser
let patient: Patient
let hcp: Opened
beforeAll(async () => {
  browser = await startBrowser()
  patient = await newPatient()
  hcp = await openApp(browser, "hcp")
  await professional.loadsCertificate(hcp.page, "physician")
})
afterAll(async () => {
  expectQuiet(hcp)
  await browser.close()
})

const isTold = (sentence: string) => hcp.page.getByRole("alert").getByText(sentence).waitFor()

test("a photograph of a card that is creased, askew, out of focus and under a lamp opens the record", async () => {
  await professional.showsPicture(hcp.page, photographOf(patient.card))
  await heading(hcp.page, hcpEn.confirm.title).waitFor()
  await professional.confirms(hcp.page)
  await professional.closes(hcp.page)
})

test("a picture without a code, with two of them, or that is none, says so", async () => {
  await professional.showsPicture(hcp.page, pictureOfNothing())
  await isTold(sharedEn.scan.noCode)
  await professional.showsPicture(hcp.page, pictureOfTwo(patient.card, "https://example.org/"))
  await isTold(sharedEn.scan.severalCodes)
  await professional.showsPicture(hcp.page, Buffer.from("not a picture"))
  await isTold(sharedEn.scan.noPicture)
})

test("a code that is no card, and a card that is damaged, are refused before anybody is asked", async () => {
  const before = hcp.noted.requests.length
  await professional.showsPicture(hcp.page, photographOf("https://example.org/menu"))
  await isTold(sharedEn.codes["card-foreign"])
  await professional.pastes(hcp.page, patient.card.slice(0, 40))
  await isTold(sharedEn.codes["card-damaged"])
  const asked = hcp.noted.requests.slice(before).filter((url) => !url.startsWith("blob:"))
  expect(asked).toEqual([])
})

test("a card that was tampered with opens nothing, though the index knows its place", async () => {
  const inSecret = 20
  const other = patient.card[inSecret] === "7" ? "8" : "7"
  await professional.pastes(hcp.page, patient.card.slice(0, inSecret) + other + patient.card.slice(inSecret + 1))
  await isTold(sharedEn.codes["entry-invalid"])
})

test("without a camera the app says so, and a picture or the text still does", async () => {
  await hcp.page.getByRole("button", { name: sharedEn.scan.camera }).click()
  await isTold(sharedEn.scan.noCamera)
})
