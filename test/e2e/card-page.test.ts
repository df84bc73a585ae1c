import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import ar from "../../apps/card/words/ar.ts"
import de from "../../apps/card/words/de.ts"
import el from "../../apps/card/words/el.ts"
import en from "../../apps/card/words/en.ts"
import es from "../../apps/card/words/es.ts"
import fr from "../../apps/card/words/fr.ts"
import { languages } from "../../apps/card/words.ts"
import { frontAddress, makeFront } from "../../protocol/card-front.ts"
import { toBase64url } from "../../protocol/crypto/bytes.ts"
import { randomBytes } from "../../protocol/crypto/primitives.ts"
import { barriersOn, expectQuiet, openApp, shared, sidewaysOf, startBrowser } from "./browser.ts"

let browser: Browser
beforeAll(async () => {
  browser = await startBrowser()
})
afterAll(() => browser.close())

const all = { en, el, de, fr, es, ar }

/** A front that no card has. */
const nobodys = () =>
  frontAddress(makeFront({ fingerprint: toBase64url(randomBytes(32)) }), shared.apps.card).replace(/^[^#]*/, "")

const openPage = (fragment: string, options: { locale?: string } = {}) =>
  openApp(browser, "card", { address: `${shared.apps.card}${fragment}`, ...options })

const choose = async (page: Page, language: keyof typeof all) => {
  await page.getByRole("combobox").selectOption(language)
  await page.locator(`html[lang="${language}"]`).waitFor()
}

test.each(Object.keys(languages) as (keyof typeof all)[])(
  "the card page says everything in %s, at 320 px, without a barrier",
  async (language) => {
    const opened = await openPage(nobodys(), { locale: language })
    const { page } = opened
    await page.getByRole("heading", { name: all[language].title }).waitFor()
    await page.getByRole("link", { name: all[language].call("112") }).waitFor()
    await page.getByText(all[language].nothing).waitFor()
    await page.getByText(all[language].professionals).waitFor()
    await page.setViewportSize({ width: 320, height: 640 })
    expect(await sidewaysOf(page)).toBe(0)
    expect(await barriersOn(page)).toEqual([])
    for (const colorScheme of ["dark", "light"] as const) {
      await page.emulateMedia({ colorScheme })
      expect(await barriersOn(page)).toEqual([])
    }
    expectQuiet(opened)
  },
)

test("a stranger changes the language of the card page, and its direction with it", async () => {
  const { page } = await openPage("")
  await page.getByText(en.foreign).waitFor()
  await choose(page, "ar")
  expect(await page.evaluate(() => document.documentElement.dir)).toBe("rtl")
  await page.getByText(ar.foreign).waitFor()
  await choose(page, "el")
  expect(await page.evaluate(() => document.documentElement.dir)).toBe("ltr")
  await page.getByText(el.foreign).waitFor()
})

test("the card page sends nobody its fragment, and opens without a network once it has been opened", async () => {
  const fragment = nobodys()
  const opened = await openPage(fragment)
  const { page, context, noted } = opened
  await page.getByText(en.nothing).waitFor()
  await page.waitForFunction(() => navigator.serviceWorker.ready.then(() => true))
  const digits = fragment.slice(1)
  expect(noted.requests.filter((url) => new URL(url).href.split("#")[0]?.includes(digits))).toEqual([])
  await context.setOffline(true)
  await page.reload()
  await page.getByRole("link", { name: en.call("112") }).waitFor()
  await page.getByText(en.offline).waitFor()
  await page.getByText(en.professionals).waitFor()
})
