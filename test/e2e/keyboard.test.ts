import type { Browser, Locator, Page } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import en from "../../apps/ehr/words/en.ts"
import hcpEn from "../../apps/hcp/words/en.ts"
import sharedEn from "../../apps/shared/words/en.ts"
import { confirmationCode } from "../../local/mailbox.ts"
import { utf8 } from "../../protocol/crypto/bytes.ts"
import { contribute } from "../../sdk/hcp/contribute.ts"
import { listContributions } from "../../sdk/patient/contributions.ts"
import { listGrants } from "../../sdk/patient/grants.ts"
import { openApp, shared, startBrowser } from "./browser.ts"
import { certificatePassword } from "./local-apps.ts"
import { accessBy, addsNote, button, heading, newLogin, newPatient, type Patient, summaryFile } from "./people.ts"

let browser: Browser
beforeAll(async () => {
  browser = await startBrowser()
})
afterAll(() => browser.close())

const isFocused = (target: Locator) => target.evaluate((element) => element === document.activeElement)

/** Goes on by the Tab key to what is named; what the key doesn't come to, nobody without a mouse does. */
const reach = async (page: Page, target: Locator): Promise<void> => {
  await target.waitFor()
  for (let presses = 0; presses < 60; presses++) {
    if (await isFocused(target)) return
    await page.keyboard.press("Tab")
  }
  throw new Error(`the Tab key doesn't come to ${String(target)}`)
}

const press = async (page: Page, target: Locator, key = "Enter"): Promise<void> => {
  await reach(page, target)
  await page.keyboard.press(key)
}

const type = async (page: Page, target: Locator, text: string): Promise<void> => {
  await reach(page, target)
  await page.keyboard.insertText(text)
}

/** Opens the dialog in which the browser itself lets people choose a file. */
const choose = async (page: Page, target: Locator, file: Parameters<Locator["setInputFiles"]>[0]) => {
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), press(page, target)])
  await chooser.setFiles(file)
}

test("a patient signs up, consents, adds a document, makes a card and revokes it by keyboard alone", async () => {
  const { page } = await openApp(browser, "ehr")
  const { email, password } = newLogin()
  await press(page, page.getByRole("link", { name: en.welcome.create }))
  await type(page, page.getByLabel(en.login.email), email)
  await type(page, page.getByLabel(en.login.newPassword, { exact: true }), password)
  await page.keyboard.press("Enter")
  await heading(page, en.phrase.title).waitFor()
  const words = await page.locator("ol.phrase li").allTextContents()
  await press(page, page.getByLabel(en.phrase.kept), "Space")
  await press(page, button(page, en.phrase.next))
  await heading(page, en.phrase.checkTitle).waitFor()
  for (const [place, word] of words.entries()) {
    const field = page.getByLabel(en.phrase.word(place + 1), { exact: true })
    if ((await field.count()) > 0) await type(page, field, word)
  }
  await page.keyboard.press("Enter")
  await heading(page, en.confirm.title).waitFor()
  const code = await confirmationCode({ ...shared.engine, stop: async () => {} }, email)
  await type(page, page.getByLabel(en.confirm.code), code)
  await page.keyboard.press("Enter")
  for (const { title } of Object.values(en.consents.kinds)) {
    const panel = page.getByRole("region", { name: title })
    await press(page, panel.getByRole("button", { name: new RegExp(`^${en.consents.sign}`) }))
    await panel.getByText(en.consents.states.active, { exact: true }).waitFor()
  }
  await press(page, page.getByRole("link", { name: en.consents.go }))
  await press(page, page.getByRole("link", { name: en.record.add }))
  await choose(page, button(page, en.add.choose), { ...summaryFile, buffer: Buffer.from(summaryFile.text) })
  await press(page, button(page, en.add.go))
  await press(page, page.getByRole("link", { name: en.record.onDevice }))
  await button(page, en.document.saveFile).waitFor()
  await press(page, page.getByRole("link", { name: en.places.card, exact: true }))
  await press(page, button(page, en.card.make))
  const dialog = page.getByRole("dialog", { name: en.card.makeTitle })
  await press(page, dialog.getByRole("checkbox", { name: sharedEn.categories.document, exact: true }), "Space")
  await press(page, dialog.getByRole("button", { name: en.card.go }))
  await dialog.waitFor({ state: "detached" })
  await expect.poll(() => isFocused(button(page, en.card.make))).toBe(true)
  await press(page, button(page, en.card.revoke))
  await page.getByRole("dialog").waitFor()
  await page.keyboard.press("Escape")
  await page.getByRole("dialog").waitFor({ state: "detached" })
  await expect.poll(() => isFocused(button(page, en.card.revoke))).toBe(true)
  await page.keyboard.press("Enter")
  await press(page, page.getByRole("dialog").getByRole("button", { name: en.card.revokeConfirm }))
  await page.getByText(en.card.none).waitFor()
})

test("a professional loads a certificate, opens a record, adds a note and closes by keyboard alone", async () => {
  const { card } = await newPatient()
  const { page } = await openApp(browser, "hcp")
  await choose(page, button(page, hcpEn.certificate.choose), shared.certificates.physician)
  await type(page, page.getByLabel(hcpEn.certificate.password, { exact: true }), certificatePassword)
  await page.keyboard.press("Enter")
  await press(page, page.locator("summary", { hasText: sharedEn.scan.paste }))
  await type(page, page.getByLabel(sharedEn.scan.pasted), card)
  await press(page, button(page, sharedEn.scan.read))
  await heading(page, hcpEn.confirm.title).waitFor()
  await press(page, button(page, hcpEn.confirm.yes))
  await heading(page, hcpEn.record.title).waitFor()
  const places = page.getByRole("navigation", { name: hcpEn.places })
  await press(page, places.getByRole("link", { name: hcpEn.lists.imagesPlace }))
  await press(page, page.getByRole("link", { name: "CT chest" }))
  const study = page.getByRole("application").or(page.locator("canvas"))
  await page.getByText(sharedEn.dicom.notDiagnostic, { exact: true }).waitFor()
  await reach(page, study.first())
  await press(page, places.getByRole("link", { name: hcpEn.add.place }))
  await type(page, page.getByRole("textbox", { name: hcpEn.add.noteText, exact: true }), "Woke up on the way.")
  await press(page, button(page, hcpEn.add.review))
  await press(page, page.getByRole("dialog").getByRole("button", { name: hcpEn.add.sign }))
  await page.getByText(hcpEn.add.sent).first().waitFor()
  await press(page, button(page, hcpEn.strip.close).first())
  await press(page, page.getByRole("dialog").getByRole("button", { name: hcpEn.strip.close }))
  await page.getByText(hcpEn.start.endings.closed[0]).waitFor()
})

/** The focus is somewhere a person can go on from, not lost with what was there. */
const expectFocusKept = (page: Page) =>
  expect.poll(() => page.evaluate(() => document.activeElement !== document.body)).toBe(true)

/** Recovers a patient's record on a device without keys. */
const recover = async (page: Page, { login, recoveryPhrase }: Patient): Promise<void> => {
  await press(page, page.getByRole("link", { name: en.welcome.recover }))
  await type(page, page.getByLabel(en.login.email), login.email)
  await type(page, page.getByLabel(en.login.password, { exact: true }), login.password)
  await type(page, page.getByLabel(en.recover.phrase), recoveryPhrase)
  await press(page, page.getByLabel(en.recover.keepOthers), "Space")
  await press(page, button(page, en.recover.go))
}

test("a patient recovers on a new device, ends a running access, approves one addition and rejects another by keyboard alone", async () => {
  const someone = await newPatient()
  const access = await accessBy("physician", someone.card)
  await addsNote(access)
  await contribute(access, {
    category: "document",
    title: "A letter",
    contentType: "text/plain",
    content: utf8("Of somebody else, by mistake."),
  })
  const { page } = await openApp(browser, "ehr")
  const [first = ""] = someone.recoveryPhrase.split(" ")
  await recover(page, { ...someone, recoveryPhrase: someone.recoveryPhrase.replace(first, `${first}x`) })
  await page.getByText(sharedEn.codes["phrase-word-unknown"]).waitFor()
  // A person corrects the word where it stands.
  await reach(page, page.getByLabel(en.recover.phrase))
  await page.keyboard.press("Control+Home")
  for (const _ of first) await page.keyboard.press("ArrowRight")
  await page.keyboard.press("Delete")
  await press(page, button(page, en.recover.go))
  await heading(page, en.consents.title).waitFor()
  await press(page, page.getByRole("link", { name: en.consents.go }))
  await heading(page, en.record.title).waitFor()

  const halt = button(page, en.running.halt)
  await press(page, halt)
  await page.getByRole("dialog").waitFor()
  await page.keyboard.press("Escape")
  await page.getByRole("dialog").waitFor({ state: "detached" })
  await expect.poll(() => isFocused(halt)).toBe(true)
  await page.keyboard.press("Enter")
  await press(page, page.getByRole("dialog").getByRole("button", { name: en.running.haltConfirm }))
  await page.getByRole("alert").getByText(en.running.halted).waitFor()
  await halt.waitFor({ state: "detached" })
  await expectFocusKept(page)
  await press(page, button(page, sharedEn.close))
  await page.getByText(en.running.halted).waitFor({ state: "detached" })
  expect((await listGrants(someone.session)).map(({ status }) => status)).toEqual(["halted"])

  await press(page, page.getByRole("link", { name: en.places.review }))
  await press(page, page.getByRole("link", { name: /^Emergency department note/ }))
  await page.getByRole("region", { name: en.review.compare }).getByRole("status").waitFor()
  await press(page, button(page, en.review.approve))
  await press(page, page.getByRole("dialog").getByRole("button", { name: en.review.approveConfirm }))
  await page.getByRole("alert").getByText(en.review.approved).waitFor()
  await expectFocusKept(page)
  await press(page, page.getByRole("link", { name: sharedEn.back }))
  await press(page, page.getByRole("link", { name: /^A letter/ }))
  await page.getByText("Of somebody else, by mistake.").waitFor()
  await press(page, button(page, en.review.reject))
  await press(page, page.getByRole("dialog").getByRole("button", { name: en.review.rejectConfirm }), "Space")
  await page.getByRole("alert").getByText(en.review.rejected).waitFor()
  await expectFocusKept(page)
  const decided = await listContributions(someone.session)
  expect(new Map(decided.map(({ metadata, status }) => [metadata?.title, status]))).toEqual(
    new Map([
      ["A letter", "rejected"],
      ["Emergency department note", "approved"],
    ]),
  )
})

test("a patient deactivates the account by keyboard alone", async () => {
  const someone = await newPatient()
  const { page } = await openApp(browser, "ehr")
  await recover(page, someone)
  await heading(page, en.consents.title).waitFor()
  await press(page, page.getByRole("link", { name: en.consents.go }))
  await press(page, page.getByRole("link", { name: en.places.account, exact: true }))
  await press(page, page.getByRole("link", { name: en.account.deactivate }))
  await press(page, page.getByRole("radio", { name: en.deactivate.later }), "ArrowDown")
  await type(page, page.getByLabel(en.deactivate.phrase), someone.recoveryPhrase)
  await type(page, page.getByLabel(en.deactivate.typed), en.deactivate.word)
  await press(page, button(page, en.deactivate.go))
  await heading(page, en.deactivate.done).waitFor()
  await expectFocusKept(page)
})

test("language and appearance are chosen by keyboard alone", async () => {
  const { page } = await openApp(browser, "ehr")
  await press(page, page.getByRole("button", { name: `${sharedEn.language}, ${sharedEn.theme}` }))
  await press(page, page.getByRole("radio", { name: "English" }), "ArrowDown")
  await page.locator('html[lang="el"]').waitFor()
  await page.keyboard.press("ArrowUp")
  await page.locator('html[lang="en"]').waitFor()
})
