import type { Browser } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import says from "../../apps/ehr/cards/words-en.ts"
import en from "../../apps/ehr/words/en.ts"
import { documentOf } from "../../apps/shared/summary/stated-document.ts"
import criticalEn from "../../apps/shared/words/critical-en.ts"
import sharedEn from "../../apps/shared/words/en.ts"
import { scanCard } from "../../bin/ehr/scan-card.ts"
import { emptyStated, type StatedSummary } from "../../fhir/stated-summary.ts"
import { listCards } from "../../sdk/patient/held-cards.ts"
import { expectQuiet, openApp, startBrowser } from "./browser.ts"
import { inInk } from "./ink.ts"
import { accessBy, button, newPatient, patient } from "./people.ts"
import { inspect } from "./screens.ts"

let browser: Browser
beforeAll(async () => {
  browser = await startBrowser()
})
afterAll(() => browser.close())

const stated: StatedSummary = {
  ...emptyStated("en", "2026-11-01"),
  names: [{ given: "Eleni", family: "Papadaki" }],
  allergies: {
    state: "listed",
    items: [
      {
        id: crypto.randomUUID(),
        origin: { from: "patient" },
        on: "2026-11-01",
        what: { text: "Penicillin", codes: [] },
        status: "present",
        reactions: [],
      },
    ],
  },
}

test("a patient names a card, sees what it opens before it is made, changes that without printing again, and prints it alone", async () => {
  const who = await newPatient({ summary: await documentOf(stated).text() })
  const ehr = await openApp(browser, "ehr")
  const { page } = ehr
  await patient.arrives(page, who)
  await patient.goesTo(page, "card")
  await button(page, en.card.make).click()
  const making = page.getByRole("dialog", { name: en.card.makeTitle })
  const choice = (name: string) => making.getByRole("checkbox", { name, exact: true })
  await making.getByText(says.form.opens(1, 2)).waitFor()
  await choice(sharedEn.categories.imaging).check()
  await choice(sharedEn.categories.medication).uncheck()
  await making.getByText(says.form.opens(2, 2)).waitFor()
  await making.getByLabel(says.form.name).fill("x".repeat(96))
  await making.getByText(says.form.nameFault).waitFor()
  expect(await making.getByRole("button", { name: en.card.go }).isDisabled()).toBe(true)
  await making.getByLabel(says.form.name).fill("Wallet")
  await making.getByText(says.form.preview).click()
  await making.getByRole("group", { name: criticalEn.title }).getByText("Penicillin").waitFor()
  await making.getByText("Papadaki").first().waitFor()
  await making.getByText(/CT chest/).waitFor()
  await inspect(page, "ehr", "card-preview")
  await making.getByRole("button", { name: en.card.go }).click()
  await making.waitFor({ state: "detached" })

  const wallet = page.getByRole("article", { name: /^Wallet:/ })
  await wallet.getByRole("heading", { name: "Wallet" }).waitFor()
  const held = async () => (await listCards(who.session)).find(({ name }) => name === "Wallet")
  const before = await held()
  expect(before?.categories).toEqual(["summary", "imaging"])

  await wallet.getByRole("button", { name: says.form.change, exact: true }).click()
  const changing = page.getByRole("dialog", { name: en.card.makeTitle })
  await changing.getByRole("checkbox", { name: sharedEn.categories.imaging, exact: true }).uncheck()
  await changing.getByText(says.form.loses(sharedEn.categories.imaging)).waitFor()
  await inspect(page, "ehr", "card-change")
  await changing.getByRole("button", { name: says.form.changeGo }).click()
  await wallet.getByText(says.form.changed).waitFor()
  const after = await held()
  expect(after?.categories).toEqual(["summary"])
  expect(after?.secrets?.text).toBe(before?.secrets?.text)

  // What a printer is given: this card, and not the other.
  await page.evaluate(() => {
    window.print = () => {
      const panels = [...document.querySelectorAll<HTMLElement>(".card-panel")]
      const kept = window as unknown as { printed: readonly (string | null)[] }
      kept.printed = panels.filter((panel) => panel.checkVisibility()).map(({ ariaLabel }) => ariaLabel)
      dispatchEvent(new Event("afterprint"))
    }
  })
  const print = wallet.getByRole("button", { name: en.card.print })
  await print.waitFor()
  const element = await print.elementHandle()
  await page.emulateMedia({ media: "print" })
  await element?.evaluate((one: HTMLElement) => one.click())
  const printed = await page.evaluate(() => (window as unknown as { printed: readonly string[] }).printed)
  expect(printed).toEqual([expect.stringMatching(/^Wallet:/)])
  expect(
    await page.locator(".card-panel").evaluateAll((panels) => panels.filter((one) => one.checkVisibility()).length),
  ).toBe(2)
  // On paper, without colours: both codes are read from what a printer has left.
  const sides = await wallet.getByRole("img").all()
  expect(sides).toHaveLength(2)
  const onPaper = await Promise.all(sides.map((side) => side.screenshot()))
  for (const bits of [8, 1] as const) {
    const [front, back] = await Promise.all(onPaper.map(async (side) => scanCard(await inInk(page, side, bits))))
    expect(front).toMatch(/^https?:\/\/[^#]+#\d+$/)
    expect(back).toBe(after?.secrets?.text)
  }
  await page.emulateMedia({ media: "screen" })

  const access = await accessBy("physician", after?.secrets?.text ?? "")
  expect(access.categories).toEqual(["summary"])
  await patient.goesTo(page, "record")
  await page.getByText(en.running.byCard("Wallet")).waitFor()
  await patient.goesTo(page, "card")
  await wallet.getByRole("button", { name: en.card.revoke }).click()
  await page.getByRole("dialog", { name: says.revokeNamed("Wallet") }).waitFor()
  expectQuiet(ehr)
})
