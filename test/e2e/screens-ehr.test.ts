import type { Browser } from "playwright-core"
import { afterAll, beforeAll, test } from "vitest"
import offersEn from "../../apps/ehr/offers/words-en.ts"
import formEn from "../../apps/ehr/stated/words-en.ts"
import en from "../../apps/ehr/words/en.ts"
import sharedEn from "../../apps/shared/words/en.ts"
import proposalsEn from "../../apps/shared/words/proposals-en.ts"
import { confirmationCode } from "../../local/mailbox.ts"
import { dicomStudy } from "../../local/samples/dicom.ts"
import { patientOf } from "../../local/samples/document.ts"
import { eleniPapadaki } from "../../local/samples/eleni-papadaki.ts"
import { expectQuiet, openApp, shared, startBrowser } from "./browser.ts"
import { accessBy, addsNote, button, heading, newLogin, patient, summaryFile } from "./people.ts"
import { inspect } from "./screens.ts"

let browser: Browser
beforeAll(async () => {
  browser = await startBrowser()
})
afterAll(() => browser.close())

test("every screen of the patient's app is for everybody: axe, light and dark, 320 px, English and Greek", {
  timeout: 600_000,
}, async () => {
  const ehr = await openApp(browser, "ehr")
  const { page, context } = ehr
  const see = (name: string) => inspect(page, "ehr", name)
  const login = newLogin()

  await heading(page, en.welcome.title).waitFor()
  await see("welcome")
  await page.getByRole("link", { name: en.welcome.recover }).click()
  await heading(page, en.recover.title).waitFor()
  await see("recover")
  await page.goBack()
  await page.getByRole("link", { name: en.welcome.create }).click()
  await heading(page, en.signUp.title).waitFor()
  await see("sign-up")
  await page.getByLabel(en.login.email).fill(login.email)
  await page.getByLabel(en.login.newPassword, { exact: true }).fill(login.password)
  await button(page, en.signUp.go).click()
  await heading(page, en.phrase.title).waitFor()
  await see("recovery-phrase")
  const words = await page.locator("ol.phrase li").allTextContents()
  await page.getByLabel(en.phrase.kept).check()
  await button(page, en.phrase.next).click()
  await heading(page, en.phrase.checkTitle).waitFor()
  await see("recovery-phrase-check")
  await patient.provesPhrase(page, words)
  await heading(page, en.confirm.title).waitFor()
  await see("confirm")
  await page
    .getByLabel(en.confirm.code)
    .fill(await confirmationCode({ ...shared.engine, stop: async () => {} }, login.email))
  await button(page, en.confirm.go).click()
  await page.getByRole("region", { name: en.consents.kinds.store.title }).waitFor()
  await see("consents")
  await patient.signsConsents(page)
  await see("record-empty")

  await page.getByRole("link", { name: en.record.add }).click()
  await page.locator('input[type="file"]').setInputFiles({ ...summaryFile, buffer: Buffer.from(summaryFile.text) })
  await button(page, en.add.go).waitFor()
  await see("add")
  await button(page, en.add.go).click()
  await page.getByRole("link", { name: en.record.onDevice }).waitFor()
  await see("record")
  await page.getByRole("link", { name: new RegExp(`^${sharedEn.categories.summary} \\d`) }).click()
  await heading(page, sharedEn.categories.summary).waitFor()
  await see("category")
  await page.getByRole("link", { name: en.record.onDevice }).click()
  await button(page, en.document.saveFile).waitFor()
  await see("document")
  await page.getByRole("link", { name: offersEn.link }).click()
  await page.getByText(offersEn.asks.title).waitFor()
  await see("offers-asked")
  await button(page, offersEn.asks.yes).click()
  await page.getByRole("region", { name: offersEn.news }).waitFor()
  await see("offers")
  await page
    .getByRole("button", { name: new RegExp(`^${offersEn.take}: ${proposalsEn.sections.allergies}`) })
    .first()
    .click()
  await button(page, offersEn.done).click()
  await heading(page, formEn.title).waitFor()
  await see("summary")
  const ct = Buffer.from(dicomStudy({ patient: patientOf(eleniPapadaki) }))
  await patient.adds(page, { name: "CT chest.dcm", mimeType: "application/dicom", buffer: ct })
  await page.getByRole("link", { name: /^CT chest/ }).click()
  await page.getByText(sharedEn.dicom.notDiagnostic, { exact: true }).waitFor()
  await see("image")

  await patient.goesTo(page, "card")
  await button(page, en.card.make).click()
  await page.getByRole("dialog", { name: en.card.makeTitle }).waitFor()
  await see("card-make")
  await page.keyboard.press("Escape")
  const card = await patient.makesCard(page, ["summary", "document"])
  await see("card")

  const access = await accessBy("physician", card)
  await addsNote(access)
  await patient.goesTo(page, "record")
  await page.getByText(en.running.title).waitFor()
  await see("record-emergency-running")
  await button(page, en.running.halt).click()
  await page.getByRole("dialog", { name: en.running.haltTitle(1) }).waitFor()
  await see("halt")
  await page.keyboard.press("Escape")
  await patient.goesTo(page, "access")
  await page.getByText(en.access.goodTitle).waitFor()
  await see("accesses")

  await patient.goesTo(page, "review")
  await page.getByRole("link", { name: /^Emergency department note/ }).waitFor()
  await see("reviews")
  await page.getByRole("link", { name: /^Emergency department note/ }).click()
  await page.getByRole("region", { name: en.review.compare }).getByRole("status").waitFor()
  await see("review")
  await button(page, en.review.approve).click()
  await page.getByRole("dialog", { name: en.review.approveTitle }).waitFor()
  await see("review-approve")
  await page.getByRole("dialog").getByRole("button", { name: en.review.approveConfirm }).click()
  await page.getByText(en.review.approved).waitFor()
  await see("review-approved")

  await patient.goesTo(page, "account")
  await heading(page, en.account.title).waitFor()
  await see("account")
  await button(page, en.account.leave).click()
  await page.getByRole("dialog", { name: en.account.leaveTitle }).waitFor()
  await see("remove-from-device")
  await page.keyboard.press("Escape")
  await page.getByRole("link", { name: en.account.deactivate }).click()
  await page.getByLabel(en.deactivate.typed).waitFor()
  await see("deactivate")

  await patient.goesTo(page, "record")
  await context.setOffline(true)
  await page.getByText(sharedEn.offlineBanner).waitFor()
  await see("record-offline")
  await context.setOffline(false)
  await page.reload()
  await page.getByText(en.login.signedOutTitle).waitFor()
  await see("record-signed-out")
  expectQuiet(ehr)
})
