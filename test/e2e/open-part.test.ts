import type { Browser } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import page from "../../apps/card/words/en.ts"
import says from "../../apps/ehr/cards/words-en.ts"
import en from "../../apps/ehr/words/en.ts"
import { documentOf } from "../../apps/shared/summary/stated-document.ts"
import { emptyStated, type StatedSummary } from "../../fhir/stated-summary.ts"
import { frontAddress } from "../../protocol/card-front.ts"
import { listCards } from "../../sdk/patient/held-cards.ts"
import { expectQuiet, openApp, shared, startBrowser } from "./browser.ts"
import { button, newPatient, patient } from "./people.ts"
import { inspect } from "./screens.ts"

let browser: Browser
beforeAll(async () => {
  browser = await startBrowser()
})
afterAll(() => browser.close())

const said = { id: crypto.randomUUID(), origin: { from: "patient" }, on: "2026-11-01" } as const
const item = (text: string) => ({ ...said, id: crypto.randomUUID(), what: { text, codes: [] } })
const stated: StatedSummary = {
  ...emptyStated("en", "2026-11-01"),
  names: [{ given: "Eleni", family: "Papadaki" }],
  birthDate: "1957-12-24",
  allergies: { state: "listed", items: [{ ...item("Penicillin"), status: "present", reactions: [] }] },
  medicines: { state: "listed", items: [{ ...item("Warfarin"), status: "taking", doses: [] }] },
  contacts: [{ ...said, name: "Nikos", relation: "son", phone: "+30 210 1234567" }],
}

/** What the card page says of a card, line by line. */
const readPage = async (address: string) => {
  const { page: stranger, context } = await openApp(browser, "card", { address })
  await stranger.getByText(page.loading).waitFor({ state: "detached" })
  const lines = await stranger.locator("dl > div").allInnerTexts()
  const calls = await stranger
    .locator("a.call-contact")
    .evaluateAll((links) => links.map((link) => link.getAttribute("href")))
  await context.close()
  return { lines: lines.map((line) => line.replace(/\s+/g, " ")), calls }
}

test("a patient lets a card say what they tap in their summary, reads it on the page of its code, and takes it back", async () => {
  const who = await newPatient({ summary: await documentOf(stated).text() })
  const ehr = await openApp(browser, "ehr")
  const app = ehr.page
  await patient.arrives(app, who)
  await patient.goesTo(app, "card")
  const section = app.getByRole("region", { name: says.open.title })
  await section.getByText(says.open.silent).waitFor()
  const [held] = await listCards(who.session)
  if (held?.secrets === undefined) throw new Error("no card")
  const address = frontAddress(held.secrets.front, shared.apps.card)
  expect(await readPage(address)).toEqual({ lines: [], calls: [] })

  await button(app, says.open.begin).click()
  await section.getByText(says.open.whoReads).waitFor()
  // Nothing is chosen by itself.
  expect(
    await section
      .getByRole("textbox")
      .evaluateAll((fields) => fields.map((field) => (field as HTMLInputElement).value)),
  ).toEqual([""])
  expect(await button(app, says.open.save).isDisabled()).toBe(true)
  for (const line of [
    "Name: Eleni Papadaki",
    "Allergy: Penicillin",
    "Medicine: Warfarin",
    "Whom to call: Nikos (son) +30 210 1234567",
  ])
    await button(app, says.open.add(line)).click()
  await button(app, says.open.own).click()
  await section.getByLabel(says.open.about(3)).selectOption("language")
  await section.getByLabel(says.open.line(3), { exact: true }).fill("Greek, some German")
  await inspect(app, "ehr", "card-open")
  await section.getByLabel(says.open.phone).fill("at the bakery")
  await button(app, says.open.save).click()
  await section.getByText(says.open.faults.phone).waitFor()
  await section.getByLabel(says.open.phone).fill("+30 210 1234567")

  // Another place and back: nothing that was typed is lost.
  await patient.goesTo(app, "record")
  await patient.goesTo(app, "card")
  expect(await section.getByLabel(says.open.line(3), { exact: true }).inputValue()).toBe("Greek, some German")
  await button(app, says.open.save).click()
  await section.getByText(says.open.saved).waitFor()
  await inspect(app, "ehr", "card-said")
  expect(await readPage(address)).toEqual({
    lines: ["Name Eleni Papadaki", "Allergy Penicillin", "Medicine Warfarin", "Speaks Greek, some German"],
    calls: ["tel:+302101234567"],
  })
  await app.getByRole("img", { name: en.card.frontAlt }).waitFor()

  await button(app, says.open.stop).click()
  await app.getByRole("dialog").getByRole("button", { name: says.open.stop }).click()
  await section.getByText(says.open.silent).waitFor()
  expect(await readPage(address)).toEqual({ lines: [], calls: [] })
  expectQuiet(ehr)
})
