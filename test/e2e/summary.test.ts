import type { Browser, Locator, Page } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import says from "../../apps/ehr/stated/words-en.ts"
import en from "../../apps/ehr/words/en.ts"
import hcpEn from "../../apps/hcp/words/en.ts"
import criticalEn from "../../apps/shared/words/critical-en.ts"
import { barriersOn, expectQuiet, openApp, startBrowser } from "./browser.ts"
import { button, heading, newLogin, patient, professional } from "./people.ts"

let browser: Browser
beforeAll(async () => {
  browser = await startBrowser()
})
afterAll(() => browser.close())

/** Counts what a finger does: every press on the page. */
const countTaps = async (page: Page): Promise<() => Promise<number>> => {
  let taps = 0
  await page.exposeFunction("countTap", () => taps++)
  await page.evaluate(() => {
    const counting = window as unknown as { countTap(): void }
    addEventListener("pointerdown", () => counting.countTap(), { capture: true })
  })
  return async () => taps
}

const type = async (field: Locator, text: string): Promise<void> => {
  await field.click()
  await field.page().keyboard.type(text)
}

const section = (page: Page, title: string) => page.getByRole("region", { name: title, exact: true })
const item = (page: Page, name: string) => page.getByRole("group", { name, exact: true })

/** Types into a section's field, and takes the suggestion of that name. */
const add = async (page: Page, label: string, typed: string, suggestion: string): Promise<void> => {
  await type(page.getByRole("combobox", { name: label }), typed)
  await page.getByRole("option", { name: suggestion, exact: true }).click()
}

/** Types into a section's field, and takes it in the patient's own words. */
const addAsTyped = async (page: Page, label: string, typed: string): Promise<void> => {
  await type(page.getByRole("combobox", { name: label }), typed)
  await page.getByRole("listbox").getByRole("option").last().click()
}

/** A letter, two blister packs, a vaccination card and what she knows by heart, as a woman of 68 types them on her phone. */
const writesAll = async (page: Page): Promise<void> => {
  await type(page.getByLabel(says.person.given), "Eleni")
  await type(page.getByLabel(says.person.family), "Papadaki")
  await type(page.getByLabel(says.person.birthDate), "24.12.1957")
  await page.getByText(says.person.sexes.female, { exact: true }).click()

  await add(page, says.allergy.add, "penic", "Penicillins")
  const allergy = item(page, "Penicillins")
  await allergy.getByText(says.allergy.high, { exact: true }).click()
  await type(allergy.getByLabel(says.allergy.reaction), "swollen throat")

  await add(page, says.medicine.add, "gluco", "Metformin")
  const metformin = item(page, "Metformin")
  await type(metformin.getByLabel(says.medicine.amount), "half a tablet")
  await metformin.getByText(says.medicine.moments.MORN, { exact: true }).click()
  await metformin.getByText(says.medicine.moments.EVE, { exact: true }).click()
  await add(page, says.medicine.add, "warf", "Warfarin")
  const warfarin = item(page, "Warfarin")
  await type(warfarin.getByLabel(says.medicine.amount), "2,5 mg")
  await warfarin.getByText(says.medicine.moments.EVE, { exact: true }).click()

  await add(page, says.illness.add, "atrial", "Atrial fibrillation")
  await type(item(page, "Atrial fibrillation").getByLabel(says.illness.since), "2019")
  await addAsTyped(page, says.illness.add, "Type 2 diabetes, diet only")
  await add(page, says.device.add, "pacem", "Cardiac pacemaker")

  await type(page.getByLabel(says.body.weight), "64")
  await page.getByLabel(says.body.bloodGroup).selectOption("A+")

  await add(page, says.vaccination.add, "tetan", "Tetanus")
  await type(item(page, "Tetanus").getByLabel(says.vaccination.given), "3.2021")

  await addAsTyped(page, says.contact.add, "Nikos Papadakis")
  await type(item(page, "Nikos Papadakis").getByLabel(says.contact.phone), "+30 210 123 4567")
  await type(item(page, "Nikos Papadakis").getByLabel(says.contact.relation), "my son")
}

/** What is pressed on the screen and is less than 48 px high or wide. */
const smallTargetsOn = (page: Page): Promise<string[]> =>
  page.locator("a, button, input, summary").evaluateAll((targets) =>
    targets.flatMap((target) => {
      const { width, height } = target.getBoundingClientRect()
      const hidden = !target.checkVisibility() || target.matches(".skip, .popover *")
      return hidden || (width >= 48 && height >= 48) ? [] : [`${target.outerHTML} ${width} x ${height}`]
    }),
  )

test("a patient who has nothing but paper writes her emergency summary on a phone with sixty taps at most", async () => {
  const login = newLogin()
  const ehr = await openApp(browser, "ehr")
  const { page } = ehr
  await patient.signsUp(page, login)
  await page.getByRole("link", { name: says.panel.begin }).click()
  await heading(page, says.title).waitFor()
  const taps = await countTaps(page)
  await writesAll(page)
  await section(page, says.missing.title).waitFor()
  expect(await barriersOn(page)).toEqual([])
  await button(page, says.save).click()
  await heading(page, says.saved.title).waitFor()
  const card = await patient.makesCard(page, ["summary"])
  expect(await taps()).toBeLessThanOrEqual(60)
  await patient.goesTo(page, "record")
  await page.getByText(/^Last confirmed by you/).waitFor()
  expectQuiet(ehr)

  const hcp = await openApp(browser, "hcp")
  await professional.loadsCertificate(hcp.page, "physician")
  await professional.pastes(hcp.page, card)
  await heading(hcp.page, hcpEn.confirm.title).waitFor()
  await hcp.page.getByText("Eleni Papadaki").first().waitFor()
  await hcp.page.getByText("24 December 1957").first().waitFor()
  await professional.confirms(hcp.page)
  const strip = hcp.page.getByRole("region", { name: hcpEn.strip.label })
  for (const fact of [/Eleni Papadaki/, /24 December 1957/, /68/, /Female/])
    await strip.getByText(fact).first().waitFor()
  await hcp.page.getByText(/last confirmed by the patient on/).waitFor()
  const critical = hcp.page.getByRole("group", { name: criticalEn.title })
  const first = async () => (await critical.textContent()) ?? ""
  await critical.getByText(/penicillin/i).waitFor()
  for (const fact of [
    /Penicillins/,
    /swollen throat/,
    /Warfarin/,
    /2\.5 mg/,
    /half a tablet/,
    /Atrial fibrillation/,
    /Cardiac pacemaker/,
    /A Rh/,
    /64 kg/,
  ])
    expect(await first()).toMatch(fact)
  expect(await first()).toMatch(/Warfarin.*Anticoagulant.*Metformin/s)
  expect(await first()).toContain("stated by the patient")
  expect(await first()).not.toMatch(/not stated|unknown|source:|device:/)
  expect(await smallTargetsOn(hcp.page)).toEqual([])
  const whole = (await hcp.page.getByRole("main").textContent()) ?? ""
  for (const fact of [
    /2019/,
    /Type 2 diabetes, diet only/,
    /Cardiac pacemaker/,
    /64/,
    /A.?\+|A Rh/,
    /Tetanus/,
    /March 2021/,
    /Nikos Papadakis/,
    /\+30 210 123 4567/,
  ])
    expect(whole).toMatch(fact)
  expectQuiet(hcp)
}, 180_000)

test("what stands in the form outlives a reload, also what can't be understood yet, and is saved only when it can", async () => {
  const ehr = await openApp(browser, "ehr")
  const { page } = ehr
  await patient.signsUp(page, newLogin())
  await page.getByRole("link", { name: says.panel.begin }).click()
  await add(page, says.allergy.add, "latex", "Latex")
  await type(page.getByLabel(says.person.birthDate), "31.2.1957")
  await page.getByText(says.keeping.kept).waitFor()
  await page.context().setOffline(true)
  await addAsTyped(page, says.medicine.add, "Insulin")
  await page.getByText(says.keeping.kept).waitFor()
  await page.reload()
  await item(page, "Latex").waitFor()
  await item(page, "Insulin").waitFor()
  await page.getByText(says.faults.date).waitFor()
  expect(await page.getByLabel(says.person.birthDate).inputValue()).toBe("31.2.1957")
  await button(page, says.save).click()
  await page.getByText(says.faults.some).waitFor()
  expect(await page.getByLabel(says.person.birthDate).evaluate((field) => field === document.activeElement)).toBe(true)
  await page.getByLabel(says.person.birthDate).fill("3.1957")
  await page.getByText("March 1957").waitFor()
  await button(page, says.save).click()
  await heading(page, says.saved.title).waitFor()
  // Nothing is sent yet: the form still shows it.
  await patient.goesTo(page, "record")
  await page.getByText(en.outbox.title).waitFor()
  expectQuiet(ehr)
})

/** What the app writes from now on is of a version that it doesn't know itself. */
const writesAsLaterVersion = (page: Page): Promise<void> =>
  page.evaluate(() => {
    const { stringify } = JSON
    JSON.stringify = (value: unknown) =>
      typeof value === "object" && value !== null && "stated" in value
        ? stringify({ ...value, stated: { ...(value.stated as object), names: "later" } })
        : stringify(value)
  })

test("a draft that this version of the app can't read is saved as text and discarded, and the form goes on", async () => {
  const ehr = await openApp(browser, "ehr")
  const { page } = ehr
  await patient.signsUp(page, newLogin())
  await page.getByRole("link", { name: says.panel.begin }).click()
  await heading(page, says.title).waitFor()
  await writesAsLaterVersion(page)
  await add(page, says.allergy.add, "latex", "Latex")
  await page.getByText(says.keeping.kept).waitFor()
  await page.goto(new URL("/record", page.url()).href)
  await page.getByRole("link", { name: says.panel.resume }).click()
  await page.getByText(says.unreadable.title).waitFor()
  expect(await barriersOn(page)).toEqual([])
  const saving = page.waitForEvent("download")
  await button(page, says.unreadable.save).click()
  const saved = await (await saving).createReadStream()
  expect(Buffer.concat(await saved.toArray()).toString()).toContain("Latex")
  await button(page, says.discard).click()
  await page.getByRole("dialog").getByRole("button", { name: says.discard }).click()
  await page.getByRole("combobox", { name: says.allergy.add }).waitFor()
  expect(await page.getByText(says.unreadable.title).count()).toBe(0)
  await add(page, says.allergy.add, "penic", "Penicillins")
  await page.getByText(says.keeping.kept).waitFor()
  await page.reload()
  await item(page, "Penicillins").waitFor()
  expectQuiet(ehr)
})
