import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, expect, test, vi } from "vitest"
import hcpEn from "../../apps/hcp/words/en.ts"
import fileEn from "../../apps/shared/files/words-en.ts"
import { uploadRecord } from "../../sdk/patient/records.ts"
import { pictures } from "../kit/pictures.ts"
import { expectQuiet, openApp, sidewaysOf, startBrowser } from "./browser.ts"
import { button, newPatient, patient, professional } from "./people.ts"
import { inspect } from "./screens.ts"

let browser: Browser
beforeAll(async () => {
  browser = await startBrowser()
})
afterAll(() => browser.close())

const widthOf = (page: Page): Promise<number> =>
  page.locator("img.picture").evaluate((picture) => picture.getBoundingClientRect().width)
/** A picture that is drawn larger or smaller than it was. */
const becomes = (page: Page, width: number) =>
  vi.waitUntil(async () => Math.abs((await widthOf(page)) - width) < 1, { timeout: 10_000 })

/** Two fingers on the picture that part to twice their distance. */
const pinches = async (page: Page) => {
  const box = await page.locator("img.picture").boundingBox()
  if (box === null) throw new Error("no picture")
  const middle = { x: box.x + box.width / 2, y: box.y + Math.min(box.height / 2, 4) }
  const cdp = await page.context().newCDPSession(page)
  const at = (apart: number) => [
    { x: middle.x - apart, y: middle.y, id: 0 },
    { x: middle.x + apart, y: middle.y, id: 1 },
  ]
  await cdp.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: at(2) })
  await cdp.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints: at(4) })
  await cdp.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] })
}

const triesAll = async (page: Page) => {
  const whole = await widthOf(page)
  await button(page, fileEn.zoom.in).click()
  await becomes(page, whole * 1.5)
  await button(page, fileEn.zoom.whole).click()
  await becomes(page, whole)
  expect(await button(page, fileEn.zoom.out).isDisabled()).toBe(true)
  const frame = page.getByRole("region", { name: fileEn.zoom.frame })
  await frame.press("+")
  await frame.press("+")
  await becomes(page, whole * 2.25)
  await page.getByText("225%").waitFor()
  expect(await sidewaysOf(page)).toBe(0)
  await frame.press("-")
  await becomes(page, whole * 1.5)
  await frame.press("0")
  await becomes(page, whole)
  await pinches(page)
  await becomes(page, whole * 2)
}

test("a patient and a professional make a photographed letter larger by buttons, by keys and with two fingers", async () => {
  const { session, card, ...who } = await newPatient()
  const content = Uint8Array.from(pictures["image/jpeg"])
  await uploadRecord(session, { category: "document", title: "Letter", contentType: "image/jpeg", content })
  const ehr = await openApp(browser, "ehr")
  await patient.arrives(ehr.page, who)
  await ehr.page.getByRole("link", { name: /^Letter/ }).click()
  await ehr.page.locator("img.picture").waitFor()
  await triesAll(ehr.page)
  await inspect(ehr.page, "ehr", "picture")
  expectQuiet(ehr)

  const hcp = await openApp(browser, "hcp")
  await professional.loadsCertificate(hcp.page, "physician")
  await professional.opens(hcp.page, card)
  await hcp.page.getByRole("link", { name: new RegExp(`^${hcpEn.lists.documentsPlace}`) }).click()
  await hcp.page.getByRole("link", { name: /^Letter/ }).click()
  await hcp.page.locator("img.picture").waitFor()
  await triesAll(hcp.page)
  expectQuiet(hcp)
})
