import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import en from "../../apps/ehr/words/en.ts"
import sharedEn from "../../apps/shared/words/en.ts"
import { lookUp } from "../../sdk/hcp/card.ts"
import { cardIn } from "../kit/people.ts"
import { barriersOn, expectQuiet, openApp, startBrowser } from "./browser.ts"
import { button, heading, newLogin, newPatient, patient, professional } from "./people.ts"

let browser: Browser
beforeAll(async () => {
  browser = await startBrowser()
})
afterAll(() => browser.close())

const letter = (name: string) => ({ name: `${name}.txt`, mimeType: "text/plain", buffer: Buffer.from(name) })
const witnessed = async (card: string) => (await lookUp(cardIn(card), { local: true })).manifest.number
/** The record's notice and the card's say the same. */
const behind = (page: Page) => page.getByText(en.card.behind, { exact: true })

test("a card whose index can't be told of a change is shown as behind, on the record and on the card, until it was told again", async () => {
  const someone = await newPatient()
  const ehr = await openApp(browser, "ehr")
  const { page, context } = ehr
  await patient.arrives(page, someone)
  const before = await witnessed(someone.card)
  expect(await behind(page).count()).toBe(0)

  await context.route("**/hri/put-entry", (route) => route.abort("connectionrefused"))
  await patient.adds(page, letter("unheard"))
  await page.getByRole("link", { name: /^unheard/ }).waitFor()
  await behind(page).waitFor()
  expect(await witnessed(someone.card)).toBe(before)
  expect(await barriersOn(page)).toEqual([])
  await patient.goesTo(page, "card")
  await behind(page).waitFor()
  await button(page, en.card.behindRetry).click()
  await page.getByText(sharedEn.codes.unreachable).waitFor()

  await context.unroute("**/hri/put-entry")
  await button(page, en.card.behindRetry).click()
  await behind(page).waitFor({ state: "detached" })
  expect(await witnessed(someone.card)).toBe(before + 1)
  expectQuiet(ehr)
})

test("a new device takes the printed card as a witness, refuses somebody else's, and says what it can't check without one", async () => {
  const [someone, other] = [await newPatient(), await newPatient()]
  const ehr = await openApp(browser, "ehr")
  const { page } = ehr
  await page.getByRole("link", { name: en.welcome.recover }).click()
  await page.getByText(en.recover.unwitnessed).waitFor()
  expect(await barriersOn(page)).toEqual([])
  await professional.pastes(page, "no card at all")
  await page.getByText(sharedEn.codes["card-foreign"]).waitFor()
  await page.getByLabel(sharedEn.scan.pasted).fill(other.card)
  await button(page, sharedEn.scan.read).click()
  await page.getByText(en.recover.cardRead).waitFor()
  expect(await page.getByText(en.recover.unwitnessed).count()).toBe(0)
  await page.getByLabel(en.login.email).fill(someone.login.email)
  await page.getByLabel(en.login.password, { exact: true }).fill(someone.login.password)
  await page.getByLabel(en.recover.phrase).fill(someone.recoveryPhrase)
  await page.getByLabel(en.recover.keepOthers).check()
  await button(page, en.recover.go).click()
  await page.getByText(sharedEn.codes["card-not-listed"]).waitFor()

  const before = await witnessed(someone.card)
  await button(page, en.recover.cardRemove).click()
  await page.getByText(en.recover.unwitnessed).waitFor()
  await professional.pastes(page, someone.card)
  await page.getByText(en.recover.cardRead).waitFor()
  await button(page, en.recover.go).click()
  await heading(page, en.consents.title).waitFor()
  // The device that joined is in the newest manifest, and the card's index was told.
  await expect.poll(() => witnessed(someone.card), { timeout: 30_000 }).toBe(before + 1)
  expectQuiet(ehr)
})

test("a new account whose first signed list arrived, its answer lost, takes it for its own and goes on", async () => {
  const login = newLogin()
  const ehr = await openApp(browser, "ehr")
  const { page, context } = ehr
  let lost = 0
  await context.route("**/patient/manifest", async (route) => {
    if (route.request().method() !== "PUT" || lost++ > 0) return route.continue()
    const answer = await route.fetch()
    expect(answer.status()).toBe(200)
    return route.abort("connectionreset")
  })
  await patient.confirmsAccount(page, login)
  await expect.poll(() => lost, { timeout: 30_000 }).toBe(1)
  await page.reload()
  await patient.signsIn(page, login)
  await patient.goesTo(page, "account")
  await page.getByText(en.account.signedIn).first().waitFor()
  expect(lost).toBe(2)
  expectQuiet(ehr)
})
