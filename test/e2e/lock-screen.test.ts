import { readFile } from "node:fs/promises"
import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import says from "../../apps/ehr/cards/words-en.ts"
import en from "../../apps/ehr/words/en.ts"
import { scanCard } from "../../bin/ehr/scan-card.ts"
import { frontAddress } from "../../protocol/card-front.ts"
import { revokeCard } from "../../sdk/patient/cards.ts"
import { listCards } from "../../sdk/patient/held-cards.ts"
import { expectQuiet, openApp, shared, startBrowser } from "./browser.ts"
import { button, newPatient, type Patient, patient } from "./people.ts"
import { inspect } from "./screens.ts"

let browser: Browser
beforeAll(async () => {
  browser = await startBrowser()
})
afterAll(() => browser.close())

const codesOf = async ({ session }: Patient) => {
  const [card] = await listCards(session)
  if (card?.secrets === undefined) throw new Error("no card")
  const { text, front } = card.secrets
  return { front: frontAddress(front, shared.apps.card), back: text }
}

/** Chooses codes on the card's panel, and returns the picture that is saved. `side`: as it is proposed where absent. */
const savesPicture = async (page: Page, side?: keyof typeof says.lock.sides): Promise<Buffer> => {
  await button(page, says.lock.open).click()
  const dialog = page.getByRole("dialog", { name: says.lock.title })
  if (side !== undefined) await dialog.getByText(says.lock.sides[side], { exact: true }).click()
  const saving = page.waitForEvent("download")
  await dialog.getByRole("button", { name: says.lock.save }).click()
  const saved = await saving
  await dialog.waitFor({ state: "detached" })
  expect(saved.suggestedFilename()).toBe("emergency-card.png")
  return readFile(await saved.path())
}

/** What stands above and below the middle of the two codes. */
const parted = async (page: Page, png: Buffer): Promise<Buffer[]> => {
  const all = await page.evaluate(
    async (bytes) => {
      const blob = new Blob([Uint8Array.from(bytes)])
      const { width, height } = await createImageBitmap(blob)
      const middle = 1400
      const cut = async (top: number, bottom: number) => {
        const canvas = new OffscreenCanvas(width, bottom - top)
        canvas.getContext("2d")?.drawImage(await createImageBitmap(blob, 0, top, width, bottom - top), 0, 0)
        return [...new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer())]
      }
      return Promise.all([cut(0, middle), cut(middle, height)])
    },
    [...png],
  )
  return all.map((bytes) => Buffer.from(bytes))
}

test("a patient takes a card's front to the lock screen, or its back, or both, also without a network and signed out", async () => {
  const who = await newPatient()
  const codes = await codesOf(who)
  const ehr = await openApp(browser, "ehr")
  const { page, context } = ehr
  await patient.arrives(page, who)
  await patient.goesTo(page, "card")
  await page.getByRole("img", { name: en.card.frontAlt }).waitFor()
  await button(page, says.lock.open).click()
  await page.getByRole("dialog", { name: says.lock.title }).waitFor()
  expect(await page.getByRole("radio", { name: says.lock.sides.front }).isChecked()).toBe(true)
  await inspect(page, "ehr", "card-lock-screen")
  await page.keyboard.press("Escape")
  expect(await scanCard(await savesPicture(page))).toBe(codes.front)
  expect(await scanCard(await savesPicture(page, "back"))).toBe(codes.back)
  const both = await parted(page, await savesPicture(page, "both"))
  expect(await Promise.all(both.map(scanCard))).toEqual([codes.front, codes.back])

  // Signed out by the reload, and nothing answers.
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
  await context.setOffline(true)
  await page.reload()
  const kept = page.getByRole("region", { name: says.kept.title })
  await kept.getByRole("img", { name: en.card.frontAlt }).waitFor()
  await inspect(page, "ehr", "card-kept")
  expect(await scanCard(await savesPicture(page))).toBe(codes.front)
  expect(await scanCard(await kept.getByRole("img", { name: en.card.alt }).screenshot())).toBe(codes.back)

  // Revoked elsewhere: gone from this device once it has heard of it.
  await revokeCard(who.session, who.cardId)
  await context.setOffline(false)
  await page.reload()
  await kept.waitFor()
  await patient.signsIn(page, who.login)
  await page.getByText(en.card.none).waitFor()
  await context.setOffline(true)
  await page.reload()
  await page.getByText(en.login.needed).waitFor()
  expect(await kept.count()).toBe(0)
  expectQuiet(ehr)
})
