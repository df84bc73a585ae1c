import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import exchange from "../../apps/practice/import/words-en.ts"
import en from "../../apps/practice/words/en.ts"
import { startBrowser } from "./browser.ts"
import { doctor, openPracticeApp } from "./own-patients.ts"
import { button } from "./people.ts"

/** What doctors asked of other systems' searches, each by its name, in the app as they would type it. */
let browser: Browser
let page: Page
let requests: string[]
beforeAll(async () => {
  browser = await startBrowser()
  const opened = await openPracticeApp(browser)
  page = opened.page
  requests = opened.noted.requests
  await page.getByRole("link", { name: en.places.exchange }).click()
  const rows = [
    "family,given,birthDate,sex,phone,otherPhone,fileNumber,lastVisit",
    "Παπαδόπουλος,Γεώργιος,24/12/1957,male,+30 210 123 4567,697 000 1122,1001,2026-05-02",
    "Müller,Jürgen,3/4/1962,male,,,1002,",
    "Smith,John,6/5/1980,male,07700 900123,,1003,2026-01-03",
    "Smith,John,6/5/1980,male,07700 900555,,1004,2026-02-04",
    "Smithers,Joan,1/1/1990,female,,,1005,",
  ]
  await page
    .locator('input[type="file"]')
    .setInputFiles({ name: "patients.csv", mimeType: "text/csv", buffer: Buffer.from(rows.join("\n")) })
  await button(page, exchange.go(5)).click()
  await page.getByText(exchange.done(5)).waitFor()
  await doctor.goes(page, "patients")
  await page.waitForLoadState("networkidle")
  requests.length = 0
})
afterAll(async () => {
  expect(requests).toEqual([])
  await browser.close()
})

const finds = async (typed: string, ...names: string[]) => {
  const lines = await doctor.searches(page, typed)
  expect(lines.map((line) => line.split("\n")[0] ?? "").toSorted(), typed).toEqual(names.toSorted())
}

test("names are found with and without accents", async () => {
  for (const typed of ["Παπαδόπουλος", "παπαδοπουλος", "ΠΑΠΑΔΟΠΟΥΛΟΣ"]) await finds(typed, "Παπαδόπουλος Γεώργιος")
  for (const typed of ["Müller", "muller", "MULLER"]) await finds(typed, "Müller Jürgen")
})

test("each letter narrows what is found, and a typo is forgiven only where nothing else is found, and said to be one", async () => {
  await finds("smit", "Smith John", "Smith John", "Smithers Joan")
  await finds("smithe", "Smithers Joan")
  await finds("smihters", "Smithers Joan")
  await page.getByText(en.patients.typo).waitFor()
})

test("a name is found in either script, by several spellings", async () => {
  for (const typed of ["papadopoulos", "papadopoylos", "georgios"]) await finds(typed, "Παπαδόπουλος Γεώργιος")
})

test("a full name in one box is found in any order", async () => {
  for (const typed of ["john smith", "Smith John", "joh smi"]) await finds(typed, "Smith John", "Smith John")
})

test("a date of birth is found in any format", async () => {
  for (const typed of ["24.12.1957", "24/12/1957", "1957-12-24", "24 Dec 1957"])
    await finds(typed, "Παπαδόπουλος Γεώργιος")
})

test("a telephone is found by its last digits, in any spelling, whichever of both it is", async () => {
  for (const typed of ["4567", "2101234567", "+30 210 1234567", "1122"]) await finds(typed, "Παπαδόπουλος Γεώργιος")
})

test("two John Smiths are told apart by birth, last visit, file number and telephone", async () => {
  const lines = await doctor.searches(page, "john smith")
  expect(new Set(lines).size).toBe(2)
  for (const line of lines) expect(line).toMatch(/6 May 1980.*seen .*file 100[34].*07700 900/s)
})
