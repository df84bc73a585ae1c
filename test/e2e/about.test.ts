import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import { builtApp } from "../../apps/build.ts"
import ehrEn from "../../apps/ehr/words/en.ts"
import aboutEl from "../../apps/shared/words/about-el.ts"
import aboutEn from "../../apps/shared/words/about-en.ts"
import sharedEl from "../../apps/shared/words/el.ts"
import sharedEn from "../../apps/shared/words/en.ts"
import { serveApp } from "../../local/app-server.ts"
import { barriersOn, expectQuiet, openApp, shared, sidewaysOf, startBrowser } from "./browser.ts"
import { button } from "./people.ts"

let browser: Browser
beforeAll(async () => {
  browser = await startBrowser()
})
afterAll(() => browser.close())

const narrow = { width: 320, height: 640 }

test.each([
  ["ehr", "en-GB", aboutEn, sharedEn],
  ["hcp", "en-GB", aboutEn, sharedEn],
  ["ehr", "el-GR", aboutEl, sharedEl],
  ["hcp", "el-GR", aboutEl, sharedEl],
] as const)(
  "the %s app in %s says its version, who is responsible, where, how long and where to ask, by keyboard alone",
  async (app, locale, says, words) => {
    const opened = await openApp(browser, app, { viewport: narrow, locale })
    const { page } = opened
    await page.getByRole("button", { name: `${words.language}, ${words.theme}` }).focus()
    await page.keyboard.press("Enter")
    await page.getByRole("button", { name: words.about }).focus()
    await page.keyboard.press("Enter")
    const dialog = page.getByRole("dialog", { name: says.title })
    await dialog.getByText(says.version("0.1.0")).waitFor()
    for (const told of ["Whoever started this local cloud", "this machine"]) await dialog.getByText(told).waitFor()
    await dialog.getByText(says.trailKept(new Intl.NumberFormat(locale).format(3650))).waitFor()
    expect(await dialog.getByRole("link", { name: "help@example.org" }).getAttribute("href")).toBe(
      "mailto:help@example.org",
    )
    expect(await barriersOn(page)).toEqual([])
    expect(await sidewaysOf(page)).toBe(0)
    await page.keyboard.press("Escape")
    await dialog.waitFor({ state: "detached" })
    expectQuiet(opened)
  },
)

/** A copy of the built app whose next version can be put up. */
const deployed = async () => {
  const directory = mkdtempSync(path.join(tmpdir(), "app-"))
  cpSync(builtApp("ehr"), directory, { recursive: true })
  const server = await serveApp("ehr", { directory, local: shared })
  const worker = path.join(directory, "worker.js")
  return {
    address: server.address,
    putUp: () =>
      writeFileSync(worker, readFileSync(worker, "utf8").replace(/shell-[0-9a-f]{16}/, "shell-00000000000000ff")),
    end: async () => {
      await server.stop()
      rmSync(directory, { recursive: true })
    },
  }
}

const looksForUpdate = (page: Page) =>
  page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.update().then(() => undefined))
const isAsBefore = (page: Page) => page.evaluate(() => "asBefore" in window)
const mark = (page: Page) => page.evaluate(() => Object.assign(window, { asBefore: true }))

test("a new version waits until somebody lets it in, and never comes over what is being written, in this page or another", async () => {
  const site = await deployed()
  try {
    const { page, context } = await openApp(browser, "ehr", { address: site.address })
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null)
    await page.reload()
    const other = await context.newPage()
    await other.goto(site.address)
    await page.getByRole("link", { name: ehrEn.welcome.create }).click()
    await page.getByLabel(ehrEn.login.email).fill("eleni@example.org")
    await other.getByRole("link", { name: ehrEn.welcome.create }).click()
    await other.getByLabel(ehrEn.login.email).fill("other@example.org")
    await Promise.all([mark(page), mark(other)])
    site.putUp()
    await looksForUpdate(page)
    await page.getByText(sharedEn.newVersion).waitFor()
    await button(page, sharedEn.update).click()
    await page.getByText(sharedEn.updateLater).waitFor()
    expect(await isAsBefore(page)).toBe(true)
    expect(await page.getByLabel(ehrEn.login.email).inputValue()).toBe("eleni@example.org")
    await page.getByLabel(ehrEn.login.email).fill("")
    await button(page, sharedEn.update).click()
    await page.waitForFunction(() => !("asBefore" in window))
    await other.getByText(sharedEn.newVersion).waitFor()
    expect(await isAsBefore(other)).toBe(true)
    expect(await other.getByLabel(ehrEn.login.email).inputValue()).toBe("other@example.org")
    expect(await page.getByText(sharedEn.newVersion).count()).toBe(0)
    await context.close()
  } finally {
    await site.end()
  }
})
