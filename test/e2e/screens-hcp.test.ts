import type { Browser } from "playwright-core"
import { afterAll, beforeAll, test } from "vitest"
import hcpEn from "../../apps/hcp/words/en.ts"
import sharedEn from "../../apps/shared/words/en.ts"
import { patientOf } from "../../local/samples/document.ts"
import { eleniPapadaki } from "../../local/samples/eleni-papadaki.ts"
import { laboratoryReport } from "../../local/samples/laboratory.ts"
import { utf8 } from "../../protocol/crypto/bytes.ts"
import { uploadRecord } from "../../sdk/patient/records.ts"
import { expectQuiet, openApp, startBrowser } from "./browser.ts"
import { accessBy, addsNote, button, heading, newPatient, professional } from "./people.ts"
import { inspect } from "./screens.ts"

let browser: Browser
beforeAll(async () => {
  browser = await startBrowser()
})
afterAll(() => browser.close())

test("every screen of the professional's app is for everybody: axe, light and dark, 320 px, English and Greek", {
  timeout: 600_000,
}, async () => {
  const { card, session } = await newPatient({ categories: ["summary", "laboratory", "imaging", "document"] })
  await uploadRecord(session, {
    category: "laboratory",
    title: "Laboratory results",
    contentType: "application/fhir+json",
    content: utf8(JSON.stringify(laboratoryReport(patientOf(eleniPapadaki)))),
  })
  await addsNote(await accessBy("paramedic", card))
  const hcp = await openApp(browser, "hcp")
  const { page } = hcp
  const see = (name: string) => inspect(page, "hcp", name)
  const goes = (name: string) => page.getByRole("navigation").getByRole("link", { name }).click()

  await heading(page, hcpEn.certificate.title).waitFor()
  await see("certificate")
  await professional.loadsCertificate(page, "physician")
  await see("start")
  await professional.pastes(page, "https://example.org/")
  await page.getByRole("alert").waitFor()
  await see("not-a-card")
  await professional.pastes(page, card)
  await heading(page, hcpEn.confirm.title).waitFor()
  await see("confirm")
  await professional.confirms(page)
  await page.getByText(hcpEn.record.unreviewedTitle(1)).waitFor()
  await see("summary")
  await goes(hcpEn.results.place)
  await page.getByRole("region", { name: "Potassium" }).first().waitFor()
  await page.getByRole("link", { name: "Laboratory results" }).waitFor()
  await see("laboratory")
  await goes(hcpEn.lists.imagesPlace)
  await page.getByRole("link", { name: "CT chest" }).waitFor()
  await see("images")
  await page.getByRole("link", { name: "CT chest" }).click()
  await page.getByText(sharedEn.dicom.notDiagnostic, { exact: true }).waitFor()
  await see("image")
  await goes(hcpEn.lists.documentsPlace)
  await page.getByRole("link", { name: /^Emergency department note/ }).waitFor()
  await see("documents")
  await page.getByRole("link", { name: /^Emergency department note/ }).click()
  await page.getByText(hcpEn.view.unreviewedText).waitFor()
  await see("document")
  await goes(hcpEn.add.place)
  await heading(page, hcpEn.add.title).waitFor()
  await see("add")
  await page.getByRole("textbox", { name: hcpEn.add.noteTitle }).fill("At home")
  await page
    .getByRole("textbox", { name: hcpEn.add.noteText, exact: true })
    .fill("Found unconscious at home; woke up on the way.")
  await button(page, hcpEn.add.review).click()
  await page.getByRole("dialog", { name: hcpEn.add.reviewTitle }).waitFor()
  await see("add-sign")
  await page.getByRole("dialog").getByRole("button", { name: hcpEn.add.sign }).click()
  await page.getByText(hcpEn.add.sent).first().waitFor()
  await see("added")
  await button(page, hcpEn.strip.close).first().click()
  await page.getByRole("dialog", { name: hcpEn.strip.closeTitle }).waitFor()
  await see("close")
  await page.getByRole("dialog").getByRole("button", { name: hcpEn.strip.close }).click()
  await page.getByText(hcpEn.start.endings.closed[0]).waitFor()
  await see("closed")
  expectQuiet(hcp)
})
