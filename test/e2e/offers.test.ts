import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import says from "../../apps/ehr/offers/words-en.ts"
import form from "../../apps/ehr/stated/words-en.ts"
import en from "../../apps/ehr/words/en.ts"
import { default as proposals } from "../../apps/shared/words/proposals-en.ts"
import { barriersOn, expectQuiet, openApp, sidewaysOf, startBrowser } from "./browser.ts"
import { button, heading, newLogin, patient } from "./people.ts"

const { sections } = proposals

let browser: Browser
beforeAll(async () => {
  browser = await startBrowser()
})
afterAll(() => browser.close())

const subject = { reference: "Patient/1" }
/** A discharge letter, of whomever it is about. */
const letter = (about: object, title = "Discharge letter") => {
  const resources = [
    {
      resourceType: "MedicationStatement",
      id: "1",
      status: "active",
      subject,
      medicationCodeableConcept: { text: "Warfarin" },
      dosage: [{ doseAndRate: [{ doseQuantity: { value: 5, unit: "mg" } }] }],
    },
    {
      resourceType: "AllergyIntolerance",
      id: "2",
      clinicalStatus: { coding: [{ code: "active" }] },
      criticality: "high",
      code: { text: "Latex" },
      patient: subject,
      reaction: [{ manifestation: [{ text: "Anaphylaxis" }], severity: "severe", description: "within minutes" }],
    },
    {
      resourceType: "MedicationRequest",
      id: "3",
      status: "draft",
      intent: "plan",
      subject,
      medicationCodeableConcept: { text: "Apixaban" },
    },
    {
      resourceType: "Observation",
      id: "4",
      status: "final",
      code: { coding: [{ system: "http://loinc.org", code: "882-1" }] },
      subject,
      effectiveDateTime: "2026-02-01",
      valueCodeableConcept: { text: "A Rh+" },
    },
  ]
  const all = {
    resourceType: "Bundle",
    type: "document",
    entry: [
      {
        resource: {
          resourceType: "Composition",
          status: "final",
          title,
          type: { text: "Letter" },
          date: "2026-02-03T10:00:00Z",
          author: [{ display: "Dr Müller" }],
          subject,
          section: [
            {
              title: "All",
              entry: resources.map(({ resourceType, id }) => ({ reference: `${resourceType}/${id}` })),
            },
            {
              title: "Devices",
              code: { coding: [{ system: "http://loinc.org", code: "46264-8" }] },
              emptyReason: { coding: [{ code: "nilknown" }] },
            },
          ],
        },
      },
      ...[{ resourceType: "Patient", id: "1", ...about }, ...resources].map((resource) => ({ resource })),
    ],
  }
  return { name: `${title}.json`, mimeType: "application/json", buffer: Buffer.from(JSON.stringify(all)) }
}

const eleni = { name: [{ family: "Papadaki", given: ["Eleni"] }], birthDate: "1957-12-24" }

const add = async (page: Page, label: string, typed: string, suggestion: string): Promise<void> => {
  await page.getByRole("combobox", { name: label }).fill(typed)
  await page.getByRole("option", { name: suggestion, exact: true }).click()
}

/** Eleni, who states warfarin in another dose, and that she is allergic to nothing. */
const writesSummary = async (page: Page): Promise<void> => {
  await page.getByRole("link", { name: form.panel.begin }).click()
  await page.getByLabel(form.person.given).fill("Eleni")
  await page.getByLabel(form.person.family).fill("Papadaki")
  await page.getByLabel(form.person.birthDate).fill("24.12.1957")
  await page.getByLabel(form.allergy.none).check()
  await add(page, form.medicine.add, "warf", "Warfarin")
  await page.getByRole("group", { name: "Warfarin", exact: true }).getByLabel(form.medicine.amount).fill("2.5 mg")
  await button(page, form.save).click()
  await heading(page, form.saved.title).waitFor()
  await patient.goesTo(page, "record")
  await page.getByText(/^Last confirmed by you/).waitFor()
}

const opens = async (page: Page, title: string): Promise<void> => {
  await page.getByRole("link", { name: says.panel.open(title) }).click()
  await heading(page, says.titleOf(title)).waitFor()
}

const offer = (page: Page, name: string) => page.getByRole("listitem", { name, exact: true })
const of = (name: string, what: string) => `${name}: ${what}`

test("a patient takes over what a letter says, one by one, leaves what she doubts, and its origin stays with it", async () => {
  const ehr = await openApp(browser, "ehr")
  const { page } = ehr
  const login = newLogin()
  await patient.signsUp(page, login)
  await writesSummary(page)
  await patient.adds(page, letter(eleni))
  await opens(page, "Discharge letter")

  const latex = of(sections.allergies, "Latex")
  const warfarin = of(sections.medicines, "Warfarin")
  const blood = of(sections.bloodGroup, "ABO")
  const conflicts = page.getByRole("region", { name: says.differs })
  await conflicts.waitFor()
  const side = (text: string | RegExp) => offer(page, warfarin).getByText(text)
  await side("2.5 mg").waitFor()
  await side("5 mg").last().waitFor()
  await side(/^stated by the patient, \d/).waitFor()
  await offer(page, latex).getByText(says.noneInYours).waitFor()
  await offer(page, latex)
    .getByText(/from the document: Discharge letter, 3 February 2026, Dr Müller/)
    .waitFor()
  await offer(page, latex).getByText(says.incomplete).waitFor()
  await page.getByText(says.left(1)).click()
  await page.getByText("Apixaban").waitFor()
  expect(await page.getByRole("button", { name: /Apixaban/ }).count()).toBe(0)
  expect(await barriersOn(page)).toEqual([])
  await page.setViewportSize({ width: 320, height: 640 })
  expect(await sidewaysOf(page)).toBe(0)

  await button(page, of(says.take, latex)).focus()
  await page.keyboard.press("Enter")
  await page.getByText(says.status(1)).waitFor()
  const undo = button(page, of(says.undo, latex))
  expect(await undo.evaluate((it) => it === document.activeElement)).toBe(true)
  await page.keyboard.press("Enter")
  await page.getByText(says.status(0)).waitFor()
  await offer(page, latex).getByText(says.noneInYours).waitFor()
  await button(page, of(says.take, latex)).click()
  await button(page, of(says.leave, warfarin)).click()
  await offer(page, warfarin).getByText(says.leftOne).waitFor()
  await page.getByRole("button", { name: new RegExp(`^${says.take}: ${blood.slice(0, 11)}`) }).click()
  await page.getByRole("button", { name: of(says.take, sections.devices), exact: false }).click()
  await page.getByText(says.status(3)).waitFor()
  await button(page, says.done).click()

  await heading(page, form.title).waitFor()
  const item = page.getByRole("group", { name: "Latex", exact: true })
  await item.getByText(/from the document: Discharge letter/).waitFor()
  expect(await page.getByLabel(form.body.bloodGroup).inputValue()).toBe("A+")
  expect(await page.getByLabel(form.medicine.amount).inputValue()).toBe("2.5 mg")
  await page.getByText(form.keeping.kept).waitFor()
  await page.reload()
  await item.waitFor()
  await button(page, form.save).click()
  await heading(page, form.saved.title).waitFor()
  await patient.goesTo(page, "record")
  await patient.signsIn(page, login)
  await page.getByText(en.outbox.title).waitFor({ state: "detached" })
  expect(await page.getByText(says.panel.title).count()).toBe(0)

  await page.getByRole("link", { name: /^My emergency summary/ }).click()
  await page.getByText("Latex").first().waitFor()
  expect(await page.getByRole("main").textContent()).toMatch(/from the document: Discharge letter/)
  expectQuiet(ehr)
})

test("nothing of another person's document can go into the summary, and of one that doesn't say whose it is the patient is asked first", async () => {
  const ehr = await openApp(browser, "ehr")
  const { page } = ehr
  await patient.signsUp(page, newLogin())
  await writesSummary(page)
  await patient.adds(page, letter({ name: [{ text: "Nikos Georgiou" }], birthDate: "1980-05-05" }, "Letter of Nikos"))
  await opens(page, "Letter of Nikos")
  await page.getByText(says.otherTitle).waitFor()
  await page.getByText(/Nikos Georgiou, born 5 May 1980/).waitFor()
  await page.getByText(/Eleni Papadaki, born 24 December 1957/).waitFor()
  expect(await barriersOn(page)).toEqual([])
  expect(await page.getByRole("main").getByRole("button").count()).toBe(0)
  expect(await page.getByText("Latex").count()).toBe(0)

  // A sister's, who has the name of the family and no date of birth.
  await patient.adds(page, letter({ name: [{ text: "Maria Papadaki" }] }, "Letter of Maria"))
  await opens(page, "Letter of Maria")
  await page.getByText(says.asks.title).waitFor()
  await page.getByText(/Maria Papadaki, date of birth not stated/).waitFor()
  expect(await page.getByText("Latex").count()).toBe(0)
  expect(await barriersOn(page)).toEqual([])
  await button(page, says.asks.no).click()
  await heading(page, en.record.title).waitFor()
  expect(await page.getByText(says.panel.open("Letter of Maria")).count()).toBe(0)

  await patient.adds(page, letter({}, "Letter of nobody"))
  await opens(page, "Letter of nobody")
  await page.getByText(says.asks.nobody).waitFor()
  await button(page, says.asks.yes).click()
  await page.getByText("Latex").first().waitFor()
  expectQuiet(ehr)
})
