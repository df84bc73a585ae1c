import { join } from "node:path"
import { AxeBuilder } from "@axe-core/playwright"
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core"
import { expect, inject, onTestFailed } from "vitest"
import type { AppName } from "../../apps/policy.ts"
import { localDirectory } from "../../local/directories.ts"

export const shared = inject("apps")

/** What Debian installs. `camera`: a Y4M file that takes the place of one. `textSize`: how large its owner has text, in pixels, for the usual 16. */
export const startBrowser = ({ camera, textSize }: { camera?: string; textSize?: number } = {}): Promise<Browser> =>
  chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      ...(textSize === undefined ? [] : [`--blink-settings=defaultFontSize=${textSize}`]),
      ...(camera === undefined
        ? []
        : [
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            `--use-file-for-fake-video-capture=${camera}`,
          ]),
    ],
  })

/** What a page did that nobody sees. */
export interface Noted {
  readonly requests: string[]
  readonly console: string[]
  readonly violations: string[]
}

export interface Opened {
  readonly page: Page
  readonly context: BrowserContext
  readonly noted: Noted
}

export const phone = { width: 390, height: 844 }
export const tablet = { width: 1180, height: 820 }

let pictures = 0

/** What stood on the screen when a test failed, in `.local/e2e-failures`; of devices that a test opens itself. */
const keepPicture = (page: Page, app: AppName): void => {
  const path = join(localDirectory, "e2e-failures", `${process.pid}-${++pictures}-${app}.png`)
  try {
    onTestFailed(() => page.screenshot({ path }).then(() => console.log(`The screen as it failed: ${path}`)))
  } catch {
    // Opened before any test: there is none to fail.
  }
}

/** Where the browser is: a day there begins before it does by the clock of whoever tests. */
export const timeZone = "Europe/Athens"

/** A fresh device with the app on it. `address`: where it is served, if not where all tests have it from. */
export const openApp = async (
  browser: Browser,
  app: AppName,
  {
    address = shared.apps[app],
    viewport = phone,
    locale = "en-GB",
  }: { address?: string; viewport?: typeof phone; locale?: string } = {},
): Promise<Opened> => {
  const context = await browser.newContext({ viewport, locale, reducedMotion: "reduce", timezoneId: timeZone })
  const noted: Noted = { requests: [], console: [], violations: [] }
  context.on("request", (request) => noted.requests.push(request.url()))
  context.on("console", (message) => noted.console.push(message.text()))
  context.on("weberror", (error) => noted.console.push(String(error.error())))
  await context.exposeBinding("noteViolation", (_source, violation: string) => noted.violations.push(violation))
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI, sourceFile }) => {
      const told = window as unknown as { noteViolation(violation: string): void }
      told.noteViolation(`${effectiveDirective} ${blockedURI} ${sourceFile ?? ""}`)
    })
  })
  const page = await context.newPage()
  page.setDefaultTimeout(30_000)
  keepPicture(page, app)
  await page.goto(address)
  return { page, context, noted }
}

/** No rule of its policy was ever in its way, and it said nothing to the console: what failed in the network, the browser says there by itself. */
export const expectQuiet = ({ noted }: Opened): void => {
  expect(noted.violations).toEqual([])
  expect(noted.console.filter((text) => !text.startsWith("Failed to load resource"))).toEqual([])
}

/** Waits until the page is drawn as it stays: a colour on its way to another one is none that anybody has to read. */
const settled = (page: Page): Promise<void> =>
  page.evaluate(async () => {
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))
    const ending = document.getAnimations().filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity)
    await Promise.allSettled(ending.map(({ finished }) => finished))
  })

/** What axe finds on the screen, by rule and element. */
export const barriersOn = async (page: Page): Promise<string[]> => {
  await settled(page)
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze()
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  )
}

export const sidewaysOf = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
