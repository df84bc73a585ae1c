import type { Browser } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import en from "../../apps/practice/words/en.ts"
import { expectQuiet, openApp, startBrowser } from "./browser.ts"
import { doctor, openPracticeApp } from "./own-patients.ts"
import { button, heading } from "./people.ts"

let browser: Browser
beforeAll(async () => {
  browser = await startBrowser()
})
afterAll(() => browser.close())

test("a doctor opens a practice by certificate and code, opens a file, and finds it by search without a request", async () => {
  const opened = await openPracticeApp(browser)
  const { page, noted } = opened
  await page.getByText(en.patients.empty).waitFor()
  await doctor.adds(page, {
    family: "Papadopoulou",
    given: "Ioanna",
    birthDate: "24.12.1957",
    phone: "+30 210 1234567",
  })
  await page.getByText("Papadopoulou Ioanna").waitFor()
  await doctor.goes(page, "patients")
  await heading(page, en.patients.recent).waitFor()
  await page.waitForLoadState("networkidle")
  const before = noted.requests.length
  for (const typed of ["ioanna papado", "Παπαδοπούλου", "24.12.1957", "12/1957", "4567"])
    expect(await doctor.searches(page, typed), typed).toHaveLength(1)
  expect(await doctor.searches(page, "somebody else")).toEqual([])
  expect(noted.requests.slice(before)).toEqual([])
  await doctor.searches(page, "ioanna")
  await page.getByRole("link", { name: /Papadopoulou Ioanna/ }).click()
  await heading(page, en.file.title).waitFor()
  await doctor.goes(page, "patients")
  await button(page, en.patients.unidentified).click()
  await page.getByText(en.file.unidentified).waitFor()
  expectQuiet(opened)
})

test("the one who lost their device comes back by the phrase; the session that is ended everywhere asks for a sign-in", async () => {
  const { login, phrase, page } = await openPracticeApp(browser)
  await doctor.adds(page, { family: "Ioannou" })
  const second = await openApp(browser, "practice")
  await second.page.getByRole("link", { name: en.welcome.recover }).click()
  await second.page.getByLabel(en.login.email, { exact: true }).fill(login.email)
  await second.page.getByLabel(en.login.password, { exact: true }).fill(login.password)
  await second.page.getByLabel(en.recover.phrase, { exact: true }).fill(phrase)
  await second.page.getByLabel(en.recover.author, { exact: true }).fill("Dr. Ines Notfall")
  await button(second.page, en.recover.go).click()
  await heading(second.page, en.patients.title).waitFor()
  expect(await doctor.searches(second.page, "ioannou")).toHaveLength(1)
  await doctor.goes(second.page, "account")
  await button(second.page, en.account.signOut).click()
  await second.page.getByText(en.signIn.endedTitle, { exact: true }).waitFor()
  await doctor.signsIn(second.page, login)
  await second.page.getByText(en.signIn.endedTitle, { exact: true }).waitFor({ state: "detached" })
  await second.page.reload()
  await heading(second.page, en.signIn.title).waitFor()
  await doctor.signsIn(second.page, login)
  await heading(second.page, en.account.title).waitFor()
  expectQuiet(second)
})
