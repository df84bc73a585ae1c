import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import hcpEn from "../../apps/hcp/words/en.ts"
import says from "../../apps/hcp/words/pin-en.ts"
import criticalEn from "../../apps/shared/words/critical-en.ts"
import { barriersOn, expectQuiet, openApp, shared, sidewaysOf, startBrowser } from "./browser.ts"
import { certificatePassword } from "./local-apps.ts"
import { button, heading, newPatient, professional } from "./people.ts"

let browser: Browser
beforeAll(async () => {
  browser = await startBrowser()
})
afterAll(() => browser.close())

const pin = "gloves 7"

const loadsWithPin = async (page: Page): Promise<void> => {
  await page.locator('input[type="file"]').setInputFiles(shared.certificates.physician)
  await page.getByLabel(hcpEn.certificate.password, { exact: true }).fill(certificatePassword)
  await page.getByLabel(says.choose, { exact: true }).fill(pin)
  await page.getByLabel(says.repeat, { exact: true }).fill(`${pin}!`)
  await button(page, hcpEn.certificate.load).click()
  await page.getByText(says.differs).waitFor()
  await page.getByLabel(says.repeat, { exact: true }).fill(pin)
  await button(page, hcpEn.certificate.load).click()
  await heading(page, hcpEn.start.title).waitFor()
}

const unlocks = async (page: Page, typed: string): Promise<void> => {
  await page.getByLabel(says.label, { exact: true }).fill(typed)
  await page.keyboard.press("Enter")
}

test("a certificate with a PIN is locked when the page is opened anew and after idle minutes, its key with it", async () => {
  const hcp = await openApp(browser, "hcp", { viewport: { width: 320, height: 640 } })
  const { page } = hcp
  await page.clock.install()
  await loadsWithPin(page)
  await page.reload()
  await heading(page, says.title).waitFor()
  expect(await barriersOn(page)).toEqual([])
  expect(await sidewaysOf(page)).toBe(0)
  const stored = await page.evaluate(
    () =>
      new Promise<string[]>((resolve) => {
        const opening = indexedDB.open("professional")
        opening.addEventListener("success", () => {
          const getting = opening.result.transaction("certificate").objectStore("certificate").get("own")
          getting.addEventListener("success", () => {
            const keys: string[] = []
            const look = (value: unknown) => {
              if (value instanceof CryptoKey) keys.push(`${value.type} ${value.usages.join(" ")} ${value.extractable}`)
              else if (typeof value === "object" && value !== null) for (const each of Object.values(value)) look(each)
            }
            look(getting.result)
            resolve(keys)
          })
        })
      }),
  )
  expect(stored).toEqual(["secret encrypt decrypt false"])
  await unlocks(page, "gloves 8")
  await page.getByText(says.wrong(4)).waitFor()
  await unlocks(page, pin)
  await heading(page, hcpEn.start.title).waitFor()
  await page.clock.fastForward("04:00")
  await page.keyboard.press("Shift")
  await page.clock.fastForward("04:00")
  await heading(page, hcpEn.start.title).waitFor()
  await page.clock.fastForward("01:30")
  await heading(page, says.title).waitFor()
  expectQuiet(hcp)
})

test("a record that is open stays readable when the certificate is locked, and nothing is signed until it is unlocked", async () => {
  const { card } = await newPatient()
  const hcp = await openApp(browser, "hcp")
  const { page } = hcp
  await page.clock.install()
  await loadsWithPin(page)
  await professional.opens(page, card)
  await page.getByRole("link", { name: hcpEn.add.place, exact: true }).click()
  await page.getByRole("textbox", { name: hcpEn.add.noteText, exact: true }).fill("Found at home.")
  await page.clock.fastForward("06:00")
  await page.getByText(says.toSign).waitFor()
  await page.getByRole("link", { name: hcpEn.record.place, exact: true }).click()
  await page.getByRole("group", { name: criticalEn.title }).getByText("Penicillin").waitFor()
  await page.getByRole("link", { name: hcpEn.add.place, exact: true }).click()
  // The cloud's clock has not moved.
  await page.clock.setSystemTime(new Date())
  await unlocks(page, pin)
  await button(page, hcpEn.add.review).click()
  await page.getByRole("dialog").getByRole("button", { name: hcpEn.add.sign }).click()
  await page.getByText(hcpEn.add.sent).first().waitFor()
  await page.reload()
  await unlocks(page, pin)
  await page
    .getByRole("region", { name: hcpEn.strip.label })
    .getByText(/Papadaki/)
    .waitFor()
  expectQuiet(hcp)
})

test("five wrong PINs delete the certificate from the device; its file has to be loaded again", async () => {
  const hcp = await openApp(browser, "hcp")
  const { page } = hcp
  await loadsWithPin(page)
  await page.reload()
  for (const left of [4, 3, 2, 1]) {
    await unlocks(page, `wrong ${left}`)
    await page.getByText(says.wrong(left)).waitFor()
  }
  await page.reload()
  await unlocks(page, "wrong at last")
  await page.getByText(says.removed).waitFor()
  await heading(page, hcpEn.certificate.title).waitFor()
  await page.reload()
  await heading(page, hcpEn.certificate.title).waitFor()
  expectQuiet(hcp)
})
