import type { Browser } from "playwright-core"
import { afterAll, beforeAll, test } from "vitest"
import audit from "../../apps/practice/audit/words-en.ts"
import says from "../../apps/practice/file/words-en.ts"
import exchange from "../../apps/practice/import/words-en.ts"
import members from "../../apps/practice/members/words-en.ts"
import form from "../../apps/practice/stated/words-en.ts"
import en from "../../apps/practice/words/en.ts"
import trends from "../../apps/shared/trends/words-en.ts"
import { expectQuiet, openApp, startBrowser } from "./browser.ts"
import { doctor } from "./own-patients.ts"
import { button, heading, newLogin } from "./people.ts"
import { inspect } from "./screens.ts"

let browser: Browser
beforeAll(async () => {
  browser = await startBrowser()
})
afterAll(() => browser.close())

test("every screen of the practice's app is for everybody: axe, light and dark, 320 px, English and Greek", {
  timeout: 900_000,
}, async () => {
  const opened = await openApp(browser, "practice")
  const { page } = opened
  const see = (name: string) => inspect(page, "practice", name)
  const field = (name: string) => page.getByLabel(name, { exact: true })
  await heading(page, en.welcome.title).waitFor()
  await see("welcome")
  await page.getByRole("link", { name: en.welcome.join }).click()
  await heading(page, members.joinTitle).waitFor()
  await see("join")
  await page.goBack()
  await page.getByRole("link", { name: en.welcome.recover }).click()
  await heading(page, en.recover.title).waitFor()
  await see("recover")
  await page.goBack()
  await page.getByRole("link", { name: en.welcome.create }).click()
  await heading(page, en.signUp.title).waitFor()
  await see("sign-up")
  await page.goBack()
  await doctor.opensPractice(page, newLogin())
  await see("patients-none")

  await doctor.adds(page, { family: "Smith", given: "John", phone: "+44 7700 900123", fileNumber: "1001", sex: "male" })
  await see("file-empty")
  await page.getByRole("link", { name: says.editFacts }).click()
  await page.getByRole("combobox", { name: form.medicine.add }).fill("Warfarin")
  await page.keyboard.press("Enter")
  await field(form.medicine.amount).fill("5 mg")
  await page.getByRole("combobox", { name: form.allergy.add }).fill("Penicillin")
  await page.keyboard.press("Enter")
  await see("facts")
  await button(page, says.facts.save).click()
  await heading(page, en.file.title).waitFor()
  await page.getByRole("link", { name: says.addEncounter }).click()
  await button(page, says.encounter.save).click()
  await page.getByText(says.encounter.faults.nothing).waitFor()
  await see("consultation-fault")
  await field(says.encounter.reason).fill("Cough")
  await field(says.encounter.note).fill("Three days, no fever.")
  await field(says.encounter.value(trends.measurements.weight, "kg")).fill("80")
  await see("consultation")
  await button(page, says.encounter.save).click()
  await page.getByText("Three days, no fever.").waitFor()
  await page.getByText(says.history.title, { exact: true }).click()
  await page.getByText(says.merge.title, { exact: true }).first().click()
  await see("file")
  await button(page, says.remove.action).click()
  await page.getByRole("dialog").waitFor()
  await see("delete")
  await page.keyboard.press("Escape")
  await page.getByRole("link", { name: says.editPerson }).click()
  await heading(page, says.editPerson).waitFor()
  await see("person")

  await doctor.goes(page, "add")
  await doctor.types(page, { family: "Smith", given: "John", birthDate: "31.2.1960" })
  await page.getByText(en.person.duplicates).waitFor()
  await button(page, en.person.save).click()
  await page.getByText(en.person.faults.date).waitFor()
  await see("new-patient")
  await button(page, en.person.discard).click()
  await heading(page, en.patients.title).waitFor()
  await see("patients")
  await doctor.searches(page, "smith")
  await see("search")
  await page.getByRole("link", { name: says.remove.list }).click()
  await heading(page, says.remove.deletedTitle).waitFor()
  await see("deleted")
  await doctor.goes(page, "patients")
  await page.getByRole("link", { name: en.places.exchange }).click()
  await page.locator('input[type="file"]').setInputFiles({
    name: "patients.csv",
    mimeType: "text/csv",
    buffer: Buffer.from("Family name,First name,DOB\r\nJones,Mary,31/02/1960\r\nBrown,Ann,28/02/1960\r\n"),
  })
  await page.getByText(exchange.faults["date-impossible"]).waitFor()
  await see("import")
  await doctor.goes(page, "members")
  await page.getByText("Dr. Ines Notfall").first().waitFor()
  await button(page, members.invite).click()
  await page.getByText(members.secretText).waitFor()
  await see("members")
  await doctor.goes(page, "audit")
  await page.getByText(audit.searches).waitFor()
  await see("log")
  await doctor.goes(page, "account")
  await see("account")
  await button(page, en.account.signOut).click()
  await page.getByText(en.signIn.endedTitle).waitFor()
  await see("session-ended")
  await page.reload()
  await heading(page, en.signIn.title).waitFor()
  await see("sign-in")
  expectQuiet(opened)
})
