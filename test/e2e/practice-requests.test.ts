import { readFile } from "node:fs/promises"
import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import audit from "../../apps/practice/audit/words-en.ts"
import says from "../../apps/practice/file/words-en.ts"
import exchange from "../../apps/practice/import/words-en.ts"
import members from "../../apps/practice/members/words-en.ts"
import form from "../../apps/practice/stated/words-en.ts"
import en from "../../apps/practice/words/en.ts"
import trends from "../../apps/shared/trends/words-en.ts"
import sharedEn from "../../apps/shared/words/en.ts"
import { expectQuiet, openApp, startBrowser } from "./browser.ts"
import { doctor, openPracticeApp } from "./own-patients.ts"
import { button, heading, newLogin } from "./people.ts"

/** What doctors asked of other systems, each by a test; those that are of the search alone are in test/sdk/practice/requests.test.ts. */
let browser: Browser
beforeAll(async () => {
  browser = await startBrowser()
})
afterAll(() => browser.close())

const field = (page: Page, name: string) => page.getByLabel(name, { exact: true })

/** Adds a medicine with its dose, and leaves the form unsaved. */
const typesMedicine = async (page: Page, name: string, dose: string) => {
  await page.getByRole("link", { name: says.editFacts }).click()
  await heading(page, says.facts.title).waitFor()
  await page.getByRole("combobox", { name: form.medicine.add }).fill(name)
  await page.keyboard.press("Enter")
  await field(page, form.medicine.amount).fill(dose)
}
const saves = async (page: Page) => {
  await button(page, says.facts.save).click()
  await heading(page, en.file.title).waitFor()
}

test("a second file of one person is warned of while it is typed, and may be opened all the same", async () => {
  const opened = await openPracticeApp(browser)
  const { page } = opened
  await doctor.adds(page, {
    family: "Smith",
    given: "John",
    birthDate: "24.12.1957",
    phone: "210 1234567",
    fileNumber: "1",
  })
  await doctor.goes(page, "add")
  await doctor.types(page, { family: "Smyth", given: "John", birthDate: "24.12.1957", sex: "male" })
  const warning = page.getByRole("status").filter({ hasText: en.person.duplicates })
  await warning.getByRole("link", { name: /Smith John/ }).waitFor()
  await warning.getByText(en.person.because["same-birth-date"]).waitFor()
  await field(page, en.person.family).fill("Smith")
  await field(page, en.person.fileNumber).fill("2")
  await button(page, en.person.save).click()
  await heading(page, en.file.title).waitFor()

  // Two of one name are told apart by what stands on their lines.
  const lines = await doctor.searches(page, "john smith")
  expect(lines).toHaveLength(2)
  const first = lines.find((line) => line.includes("file 1"))
  expect(first).toContain("210 1234567")
  expect(lines.find((line) => line.includes("file 2"))).not.toContain("210 1234567")
  for (const line of lines) expect(line).toContain("24 December 1957")
  expectQuiet(opened)
})

test("what somebody types is there again after a reload, and a session that ends touches no form", async () => {
  const { page, login } = await openPracticeApp(browser)
  await doctor.goes(page, "add")
  await doctor.types(page, { family: "Ανδρέου", given: "Ελένη", birthDate: "1.2.1960" })
  await page.locator('[data-keeping="kept"]').waitFor()
  await page.reload()
  await heading(page, en.signIn.title).waitFor()
  await doctor.signsIn(page, login)
  await heading(page, en.person.newTitle).waitFor()
  expect(await field(page, en.person.family).inputValue()).toBe("Ανδρέου")
  expect(await field(page, en.person.birthDate).inputValue()).toBe("1.2.1960")

  // A session that was ended elsewhere: the form stays as it is, and the same press saves after the sign-in.
  await page.getByText(en.person.sexes.female, { exact: true }).click()
  const other = await page.context().newPage()
  await other.goto(page.url())
  await doctor.signsIn(other, login)
  await doctor.goes(other, "account")
  await button(other, en.account.signOut).click()
  await other.getByText(en.signIn.endedTitle, { exact: true }).waitFor()
  await other.close()
  await page.route("**/practice/files/**", (route) => route.fulfill({ status: 401, json: { message: "Unauthorized" } }))
  await button(page, en.person.save).click()
  await page.getByText(en.signIn.endedTitle, { exact: true }).waitFor()
  await page.getByText(sharedEn.codes.unauthenticated).waitFor()
  expect(await page.getByText("401").count()).toBe(0)
  expect(await field(page, en.person.family).inputValue()).toBe("Ανδρέου")
  await page.unroute("**/practice/files/**")
  await doctor.signsIn(page, login)
  await page.getByText(en.signIn.endedTitle, { exact: true }).waitFor({ state: "detached" })
  await button(page, en.person.save).click()
  await heading(page, en.file.title).waitFor()
  expect(await doctor.searches(page, "andreou")).toHaveLength(1)
})

test("a file holds allergies, medicines, a consultation and vital signs, with every version and its trend", async () => {
  const opened = await openPracticeApp(browser)
  const { page } = opened
  await doctor.adds(page, { family: "Georgiou", given: "Anna" })
  await page.getByText(says.summaryNone).waitFor()
  await typesMedicine(page, "Warfarin", "5 mg")
  await page.getByRole("combobox", { name: form.allergy.add }).fill("Penicillin")
  await page.keyboard.press("Enter")
  await saves(page)
  await page.getByText("Warfarin").first().waitFor()
  await page.getByText("5 mg").first().waitFor()
  for (const [weight, pressure] of [
    ["80", "140"],
    ["78,5", "130"],
  ] as const) {
    await page.getByRole("link", { name: says.addEncounter }).click()
    await field(page, says.encounter.reason).fill(`Check at ${weight}`)
    await field(page, says.encounter.value(trends.measurements.weight, "kg")).fill(weight)
    await field(
      page,
      says.encounter.value(`${trends.measurements["blood-pressure"]}: ${trends.systolic}`, "mmHg"),
    ).fill(pressure)
    await button(page, says.encounter.save).click()
    await page.getByText(says.encounter.faults.both).waitFor()
    await field(
      page,
      says.encounter.value(`${trends.measurements["blood-pressure"]}: ${trends.diastolic}`, "mmHg"),
    ).fill("80")
    await button(page, says.encounter.save).click()
    await heading(page, en.file.title).waitFor()
    await page.getByText(`Check at ${weight}`).waitFor()
  }
  const trend = page.getByRole("region", { name: trends.measurements.weight })
  await trend.getByText("78.5 kg").waitFor()
  await page.getByText(says.history.title, { exact: true }).click()
  await page.getByRole("link", { name: new RegExp(says.history.shownTitle(1)) }).click()
  await page.getByText(says.history.old).waitFor()
  await page.getByText("Warfarin").first().waitFor()
  expect(await page.getByText("Check at 80").count()).toBe(0)
  expectQuiet(opened)
})

test("the same dose changed by two at once: saving waits for nobody, both stand side by side, and one of them decides", async () => {
  const { page, login, phrase } = await openPracticeApp(browser)
  await doctor.adds(page, { family: "Nikolaou" })
  await typesMedicine(page, "Warfarin", "5 mg")
  await saves(page)
  const { hash } = new URL(page.url())
  // The same form, opened in another page of the browser, on the version that is the newest now.
  const other = await page.context().newPage()
  await other.goto(`${new URL(page.url()).origin}/patients/facts${hash}`)
  await doctor.signsIn(other, login)
  await field(other, form.medicine.amount).waitFor()
  expect(phrase.split(" ")).toHaveLength(24)
  await page.getByRole("link", { name: says.editFacts }).click()
  await field(page, form.medicine.amount).fill("2.5 mg")
  await saves(page)
  await field(other, form.medicine.amount).fill("7.5 mg")
  await saves(other)
  await other.getByText(says.open.title(1)).waitFor()
  await other.getByText("2.5 mg").first().waitFor()
  await other.getByText("7.5 mg").first().waitFor()
  await other.getByRole("button", { name: new RegExp(`${says.open.take}: ${says.open.one(1)}`) }).click()
  await other.getByText(says.open.title(1)).waitFor({ state: "detached" })
  await other.getByText("7.5 mg").first().waitFor()
  expect(await other.getByText("2.5 mg").count()).toBe(0)
})

test("a file that was deleted is brought back, and two that were merged are taken apart for good", async () => {
  const opened = await openPracticeApp(browser)
  const { page } = opened
  await doctor.adds(page, { family: "Smith", given: "Jon", fileNumber: "1010" })
  await doctor.adds(page, { family: "Smyth", given: "John", fileNumber: "1011" })
  await page.getByText(says.merge.title, { exact: true }).first().click()
  await page.getByRole("searchbox", { name: says.merge.find }).fill("jon")
  await button(page, says.merge.into("Smith Jon")).click()
  await page.getByRole("dialog").getByRole("button", { name: says.merge.title }).click()
  await page.getByText(says.merge.merged).waitFor()
  expect((await doctor.searches(page, "1011"))[0]).toContain("Smith Jon")
  await page.getByRole("link", { name: /Smith Jon/ }).click()
  await page.getByText(says.merge.from).waitFor()
  await page.getByRole("button", { name: new RegExp(`^${says.merge.apart}`) }).click()
  await page.getByText(says.merge.from).waitFor({ state: "detached" })
  expect((await doctor.searches(page, "1011"))[0]).toContain("Smyth John")

  await page.getByRole("link", { name: /Smyth John/ }).click()
  await button(page, says.remove.action).click()
  await page.getByRole("dialog").getByRole("button", { name: says.remove.action }).click()
  await button(page, says.remove.undo).waitFor()
  expect(await doctor.searches(page, "1011")).toEqual([])
  await page.getByRole("link", { name: says.remove.list }).click()
  await page.getByRole("link", { name: /Smyth John/ }).click()
  await button(page, says.remove.undo).click()
  await button(page, says.remove.undo).waitFor({ state: "detached" })
  expect(await doctor.searches(page, "1011")).toHaveLength(1)
  expectQuiet(opened)
})

test("a colleague comes by twelve words, is let in, sees the files of their role, and is shut out; the owner reads all of it in the log", async () => {
  const owner = await openPracticeApp(browser)
  const { page } = owner
  await doctor.adds(page, { family: "Georgiou", given: "Anna" })
  await doctor.goes(page, "members")
  await page.getByText("Dr. Ines Notfall").first().waitFor()
  await field(page, members.role).selectOption("reception")
  await button(page, members.invite).click()
  await page.getByText(members.secretText).waitFor()
  const words = (await page.locator("ol.phrase li").allTextContents()).join(" ")
  expect(words.split(" ")).toHaveLength(12)
  await page.getByRole("img", { name: members.codeAlt }).waitFor()

  const reception = await openApp(browser, "practice")
  const { page: desk } = reception
  await desk.getByRole("link", { name: en.welcome.join }).click()
  await field(desk, members.words).fill(`${words} abandon`)
  await button(desk, members.next).click()
  await desk.getByText(members.wordsFault).waitFor()
  await field(desk, members.words).fill(words)
  await button(desk, members.next).click()
  await desk.getByText(members.certificateOptional).waitFor()
  const login = newLogin()
  await field(desk, members.author).fill("Maria Reception")
  await field(desk, en.login.email).fill(login.email)
  await field(desk, en.signUp.password).fill(login.password)
  await button(desk, members.join).click()
  await heading(desk, en.confirm.title).waitFor()
  await doctor.typesCode(desk, login)
  await desk.getByText(en.signIn.notIn).or(heading(desk, en.signIn.title)).first().waitFor()

  await button(page, members.secretDone).click()
  await button(page, members.look).click()
  await button(page, members.accept).click()
  await button(page, members.accept).waitFor({ state: "detached" })
  await doctor.signsIn(desk, login)
  await heading(desk, en.patients.title).waitFor()
  expect(await doctor.searches(desk, "georgiou")).toHaveLength(1)
  await desk.getByRole("link", { name: /Georgiou Anna/ }).click()
  await desk.getByText(says.notYours).waitFor()

  await doctor.goes(page, "members")
  await button(page, members.remove).click()
  await page.getByRole("dialog").getByRole("button", { name: members.remove }).click()
  await page.getByRole("dialog").waitFor({ state: "hidden" })
  await button(page, members.remove).waitFor({ state: "detached" })
  await desk.getByRole("link", { name: says.editPerson }).click()
  await field(desk, en.person.phone).fill("210 7654321")
  await button(desk, says.facts.save).click()
  await desk
    .getByText(en.signIn.endedTitle, { exact: true })
    .or(desk.getByText(sharedEn.codes["not-found"]))
    .first()
    .waitFor()
  expect(await field(desk, en.person.phone).inputValue()).toBe("210 7654321")

  await doctor.goes(page, "audit")
  await page.getByText(audit.searches).waitFor()
  await page.getByText(audit.actions["change-members"]).first().waitFor()
  await page.getByText(audit.actions.join).first().waitFor()
  expectQuiet(owner)
})

test("patients come from a spreadsheet after a preview that says what is wrong by row, and the same table again doubles nobody", async () => {
  const opened = await openPracticeApp(browser)
  const { page } = opened
  const table = (rows: string[]) => ({
    name: "patients.csv",
    mimeType: "text/csv",
    buffer: Buffer.from(["Επώνυμο;First name;DOB;Gender;Mobile", ...rows].join("\r\n")),
  })
  const chooses = (rows: string[]) => page.locator('input[type="file"]').setInputFiles(table(rows))
  await page.getByRole("link", { name: en.places.exchange }).click()
  await chooses(["Παπαδόπουλος;Γιώργος;24/12/1957;male;2101234567", "Smith;John;31/02/1960;m;"])
  await page.getByText(exchange.counts(1, 0, 0, 1)).waitFor()
  await page.getByText(`DOB: ${exchange.faults["date-impossible"]}`).waitFor()
  expect(await button(page, exchange.go(1)).isDisabled()).toBe(true)
  const mended = ["Παπαδόπουλος;Γιώργος;24/12/1957;male;2101234567", "Smith;John;28/02/1960;m;"]
  await chooses(mended)
  await button(page, exchange.go(2)).click()
  await page.getByText(exchange.done(2)).waitFor()
  await chooses(mended)
  await page.getByText(exchange.counts(0, 0, 2, 0)).waitFor()
  const [download] = await Promise.all([page.waitForEvent("download"), button(page, exchange.table).click()])
  const lines = (await readFile(await download.path(), "utf8")).trim().split("\r\n")
  expect(lines).toHaveLength(3)
  expect(lines[1]).toContain("1960-02-28")
  expect(await doctor.searches(page, "papadopoulos")).toHaveLength(1)
  expectQuiet(opened)
})

test("without a network everybody is found by the same search, and what is typed waits; with one it is saved", async () => {
  const { page, context, login } = await openPracticeApp(browser)
  await doctor.adds(page, { family: "Müller", given: "Jürgen" })
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null)
  await context.setOffline(true)
  await page.reload()
  await heading(page, en.signIn.title).waitFor()
  await button(page, en.signIn.openKept).click()
  await page.getByText(en.signIn.endedTitle, { exact: true }).waitFor()
  await doctor.goes(page, "patients")
  for (const typed of ["muller", "MÜLLER", "mueller jur"])
    expect(await doctor.searches(page, typed), typed).toHaveLength(1)
  await doctor.goes(page, "add")
  await doctor.types(page, { family: "Weber", birthDate: "1970", sex: "female" })
  await button(page, en.person.save).click()
  await page.locator('[data-keeping="kept"]').waitFor()
  await context.setOffline(false)
  await page.reload()
  await heading(page, en.signIn.title).waitFor()
  await doctor.signsIn(page, login)
  await heading(page, en.person.newTitle).waitFor()
  expect(await field(page, en.person.family).inputValue()).toBe("Weber")
  await button(page, en.person.save).click()
  await heading(page, en.file.title).waitFor()
  expect(await doctor.searches(page, "weber")).toHaveLength(1)
})
