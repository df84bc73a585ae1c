import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import offers from "../../apps/ehr/offers/words-en.ts"
import review from "../../apps/ehr/proposals/words-en.ts"
import form from "../../apps/ehr/stated/words-en.ts"
import en from "../../apps/ehr/words/en.ts"
import changes from "../../apps/hcp/words/changes-en.ts"
import hcpEn from "../../apps/hcp/words/en.ts"
import says from "../../apps/shared/words/proposals-en.ts"
import { contributionDocument } from "../../fhir/contribution-document.ts"
import { readStated, statedVersion } from "../../fhir/read-stated.ts"
import { writeProposals } from "../../fhir/write-proposals.ts"
import { utf8 } from "../../protocol/crypto/bytes.ts"
import { contribute } from "../../sdk/hcp/contribute.ts"
import { type Access, readSummaryRecords } from "../../sdk/hcp/emergency-access.ts"
import { english } from "../fhir/words.ts"
import { barriersOn, expectQuiet, openApp, startBrowser } from "./browser.ts"
import { accessBy, button, heading, newLogin as login, patient, professional } from "./people.ts"
import { inspect } from "./screens.ts"

let browser: Browser
beforeAll(async () => {
  browser = await startBrowser()
})
afterAll(() => browser.close())

const add = async (page: Page, label: string, typed: string, suggestion: string): Promise<void> => {
  await page.getByRole("combobox", { name: label }).fill(typed)
  await page.getByRole("option", { name: suggestion, exact: true }).click()
}

/** Eleni, who takes warfarin and believes that she is allergic to penicillins. */
const writesSummary = async (page: Page, who: ReturnType<typeof login>): Promise<void> => {
  await patient.signsUp(page, who)
  await page.getByRole("link", { name: form.panel.begin }).click()
  await page.getByLabel(form.person.given).fill("Eleni")
  await page.getByLabel(form.person.family).fill("Papadaki")
  await page.getByLabel(form.person.birthDate).fill("24.12.1957")
  await add(page, form.allergy.add, "penic", "Penicillins")
  await add(page, form.medicine.add, "warf", "Warfarin")
  await page.getByRole("group", { name: "Warfarin", exact: true }).getByLabel(form.medicine.amount).fill("2.5 mg")
  await button(page, form.save).click()
  await heading(page, form.saved.title).waitFor()
  await patient.goesTo(page, "record")
  await page.getByText(/^Last confirmed by you/).waitFor()
}

const of = (change: string, name: string) => `${change}: ${name}`
const warfarin = `${says.sections.medicines}: Warfarin`
const penicillins = `${says.sections.allergies}: Penicillins`
const latex = `${says.sections.allergies}: Latex`
const item = (page: Page, name: string) => page.getByRole("listitem", { name, exact: true })

const opensReview = async (page: Page, title: string): Promise<void> => {
  await patient.goesTo(page, "review")
  await page.getByRole("link", { name: new RegExp(title) }).click()
  await heading(page, title).waitFor()
}

const sends = (access: Access, title: string, text: string) =>
  contribute(access, { category: "document", title, contentType: "application/fhir+json", content: utf8(text) })

const apixaban = {
  change: "add",
  section: "medicines",
  item: {
    id: "6ff1b9a0-7f36-4a39-9b1a-111111111111",
    origin: { from: "professional", name: "x" },
    on: "2026-11-28",
    what: { text: "Apixaban", codes: [] },
    status: "taking",
    doses: [],
  },
} as const

/** Proposes that the warfarin is stopped, that the penicillin allergy isn't one, and an allergy that nobody knew of. */
const proposes = async (page: Page): Promise<void> => {
  await page.getByRole("link", { name: hcpEn.add.place, exact: true }).click()
  await page.getByRole("link", { name: changes.link }).click()
  await heading(page, changes.title).waitFor()
  await button(page, of(says.changes.stop, warfarin)).click()
  await page.getByLabel(changes.because).fill("Bleeding")
  await button(page, changes.propose).click()
  await button(page, of(says.changes.refute, penicillins)).click()
  await button(page, changes.propose).click()
  await button(page, changes.add).click()
  await add(page, changes.addWhat, "latex", "Latex")
  await page.getByLabel(changes.fields.criticality).selectOption("high")
  await page.getByLabel(changes.fields.reaction).fill("Swollen throat")
  await button(page, changes.propose).click()
}

test("a professional proposes to stop, refute and add, and the patient's summary takes over what she approves, by that name", async () => {
  const who = login()
  const ehr = await openApp(browser, "ehr")
  const { page } = ehr
  await writesSummary(page, who)
  const card = await patient.makesCard(page, ["summary", "document"])

  const hcp = await openApp(browser, "hcp")
  await professional.loadsCertificate(hcp.page, "physician")
  await professional.opens(hcp.page, card)
  await proposes(hcp.page)
  await inspect(hcp.page, "hcp", "changes")
  await button(hcp.page, changes.review).click()
  await button(hcp.page, hcpEn.add.sign).click()
  await hcp.page.getByText(hcpEn.add.sent).waitFor()
  await hcp.page.getByText(changes.noneYet).waitFor()
  expectQuiet(hcp)

  await opensReview(page, says.title)
  await item(page, warfarin).getByText("2.5 mg").first().waitFor()
  await item(page, warfarin).getByText(says.because("Bleeding")).waitFor()
  expect(await button(page, review.sign).isDisabled()).toBe(true)
  await inspect(page, "ehr", "proposals")
  await button(page, of(review.approve, warfarin)).click()
  await button(page, of(review.reject, penicillins)).click()
  await button(page, of(review.approve, latex)).click()
  await page.getByText(review.status(0)).waitFor()
  await button(page, review.sign).click()
  const dialog = page.getByRole("dialog")
  await dialog.getByText(review.signs(2, 1)).waitFor()
  await dialog.getByRole("button", { name: review.sign }).click()
  await page.getByText(review.saved).waitFor()

  await page.getByRole("link", { name: offers.toSummary }).click()
  await heading(page, form.title).waitFor()
  const group = (name: string) => page.getByRole("group", { name, exact: true })
  await group("Latex")
    .getByText(/^stated by .*, \d/)
    .waitFor()
  await group("Warfarin")
    .getByText(/^stated by /)
    .waitFor()
  expect(await group("Warfarin").getByLabel(form.medicine.status).inputValue()).toBe("stopped")
  expect(
    await group("Penicillins")
      .getByText(/^stated by /)
      .count(),
  ).toBe(0)
  expectQuiet(ehr)

  await professional.closes(hcp.page)
  await professional.opens(hcp.page, card)
  await hcp.page.getByText("Latex").first().waitFor()
  const text = await hcp.page.getByRole("main").textContent()
  expect(text).toContain("Penicillins")
  expect(text).not.toContain(says.only)
})

test("a proposal about another person can only be rejected, and a plain note says nothing about the summary", async () => {
  const ehr = await openApp(browser, "ehr")
  const { page } = ehr
  await writesSummary(page, login())
  const card = await patient.makesCard(page, ["summary", "document"])
  const access = await accessBy("physician", card)
  const nikos = { resourceType: "Patient", name: [{ text: "Nikos Georgiou" }], birthDate: "1980-05-05" }
  const patientFrom = { resourceType: "Bundle", type: "collection", entry: [{ resource: nikos }] }
  const proposing = { title: "Of Nikos", author: "Dr Müller", patientFrom, now: new Date(), words: english }
  await sends(access, "Of Nikos", writeProposals([apixaban], proposing))
  const note = { kind: "note", text: "Fell on the stairs.", at: new Date().toISOString() } as const
  await sends(access, "A note", JSON.stringify(contributionDocument(note, { ...proposing, patientFrom: undefined })))

  await opensReview(page, "Of Nikos")
  await page.getByText(offers.otherTitle).waitFor()
  expect(await page.getByText("Apixaban").count()).toBe(0)
  expect(await button(page, en.review.approve).count()).toBe(0)
  expect(await button(page, review.sign).count()).toBe(0)
  expect(await barriersOn(page)).toEqual([])
  await button(page, en.review.reject).click()
  await button(page, en.review.rejectConfirm).click()
  await page.getByText(en.review.rejected).waitFor()

  await opensReview(page, "A note")
  await page.getByText("Fell on the stairs.").first().waitFor()
  expect(await page.getByText(en.review.noChange).count()).toBe(0)
  await patient.goesTo(page, "record")
  await page.getByRole("link", { name: form.panel.open }).click()
  await page.getByRole("group", { name: "Warfarin", exact: true }).waitFor()
  expect(await page.getByText("Apixaban").count()).toBe(0)
  expectQuiet(ehr)
})

test("a proposal about an item that the patient has changed since is said to be one, and nothing of it is taken over unless she approves", async () => {
  const ehr = await openApp(browser, "ehr")
  const { page } = ehr
  await writesSummary(page, login())
  const card = await patient.makesCard(page, ["summary", "document"])
  const access = await accessBy("physician", card)
  const [seen] = await readSummaryRecords(access)
  const read = readStated(seen?.bytes)
  if (seen === undefined || read.outcome !== "stated" || read.stated.medicines.state !== "listed")
    throw new Error("there is no summary")
  const [medicine] = read.stated.medicines.items
  if (medicine === undefined) throw new Error("there is no medicine")
  const stop = { change: "stop", section: "medicines", item: { ...medicine, status: "stopped" } } as const
  const proposing = { title: says.title, author: "x", patientFrom: seen.bytes, now: new Date(), words: english }
  const base = statedVersion(seen.bytes)
  if (base === undefined) throw new Error("the summary has no version")
  await sends(access, says.title, writeProposals([stop, apixaban], { ...proposing, base }))

  await patient.goesTo(page, "record")
  await page.getByRole("link", { name: form.panel.open }).click()
  await page.getByLabel(form.medicine.amount).fill("5 mg")
  await page.getByText(form.keeping.kept).waitFor()
  await button(page, form.save).click()
  await heading(page, form.saved.title).waitFor()
  await patient.goesTo(page, "record")
  await page.getByText(en.outbox.title).waitFor({ state: "detached" })

  await opensReview(page, says.title)
  await item(page, warfarin).getByText(review.states.changed).waitFor()
  await item(page, warfarin).getByText(says.seen).waitFor()
  await item(page, warfarin).getByText("5 mg", { exact: true }).waitFor()
  await button(page, of(review.reject, warfarin)).click()
  await button(page, of(review.reject, `${says.sections.medicines}: Apixaban`)).click()
  await button(page, review.sign).click()
  await page.getByRole("dialog").getByText(review.signsRejection).waitFor()
  await page.getByRole("dialog").getByRole("button", { name: review.sign }).click()
  await page.getByText(en.review.rejected).waitFor()
  await patient.goesTo(page, "record")
  await page.getByRole("link", { name: form.panel.open }).click()
  expect(await page.getByLabel(form.medicine.amount).inputValue()).toBe("5 mg")
  expect(await page.getByLabel(form.medicine.status).inputValue()).toBe("taking")
  expect(await page.getByText("Apixaban").count()).toBe(0)
  expectQuiet(ehr)
})
