import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import hcpEn from "../../apps/hcp/words/en.ts"
import { appNames } from "../../apps/policy.ts"
import sharedEn from "../../apps/shared/words/en.ts"
import { readSummary } from "../../fhir/summary.ts"
import { localDirectory } from "../../local/directories.ts"
import { readSummaryRecords } from "../../sdk/hcp/emergency-access.ts"
import { longSummary } from "../apps/long-summary.ts"
import { openApp, phone, shared, startBrowser } from "./browser.ts"
import { accessBy, button, heading, newPatient, patient, professional } from "./people.ts"

/** What was measured, for people. No test decides on anything that takes time. */
const measured: Record<string, number> = {}
const tell = (what: string, value: number) => {
  measured[what] = Math.round(value * 100) / 100
  console.log(`${what}: ${measured[what]}`)
}

let browser: Browser
beforeAll(async () => {
  browser = await startBrowser()
})
afterAll(async () => {
  await browser.close()
  writeFileSync(join(localDirectory, "e2e-budgets.json"), `${JSON.stringify(measured, undefined, 2)}\n`)
})

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

test.for(appNames)("the first screen of the %s app runs on 40 kB of script, compressed", async (app) => {
  const context = await browser.newContext({ viewport: phone })
  const page = await context.newPage()
  const scripts: string[] = []
  // Of the page alone: the worker fetches the rest for when there is no network.
  page.on("request", (request) => {
    if (request.resourceType() === "script" && request.serviceWorker() === null) scripts.push(request.url())
  })
  await page.addInitScript(() => {
    new MutationObserver((_changes, observer) => {
      if (document.querySelector("main h1") === null) return
      performance.mark("interactive")
      observer.disconnect()
    }).observe(document, { childList: true, subtree: true })
  })
  await page.goto(shared.apps[app])
  await page.getByRole("heading", { level: 1 }).waitFor()
  const loaded = scripts.filter((url) => !url.endsWith("/worker.js"))
  let bytes = 0
  for (const url of loaded) bytes += gzipSync(Buffer.from(await (await fetch(url)).arrayBuffer()), { level: 9 }).length
  expect(loaded.length).toBeGreaterThan(0)
  expect(bytes).toBeLessThanOrEqual(40_000)
  tell(`${app}: script of the first screen, bytes gzip`, bytes)
  const interactive = await page.evaluate(() => performance.getEntriesByName("interactive")[0]?.startTime ?? Number.NaN)
  expect(interactive).toBeGreaterThan(0)
  tell(`${app}: first screen shown, ms`, interactive)
  await context.close()
})

test("a stranger's phone shows the card page over a slow line, and its bytes are counted", async () => {
  const context = await browser.newContext({ viewport: phone })
  const page = await context.newPage()
  const line = await context.newCDPSession(page)
  await line.send("Network.enable")
  const throughput = 1_600_000 / 8
  await line.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: 150,
    downloadThroughput: throughput,
    uploadThroughput: throughput,
  })
  let bytes = 0
  line.on("Network.loadingFinished", ({ encodedDataLength }) => (bytes += encodedDataLength))
  const start = performance.now()
  await page.goto(shared.apps.card)
  await page.getByRole("heading", { level: 1 }).waitFor()
  tell("card: page shown at 1.6 Mbit/s and 150 ms, ms", performance.now() - start)
  await page.waitForLoadState("networkidle")
  expect(bytes).toBeGreaterThan(0)
  expect(bytes).toBeLessThanOrEqual(60_000)
  tell("card: page at 1.6 Mbit/s and 150 ms, bytes", bytes)
  await context.close()
})

test("from the scan to who the patient is, in the app and by the SDK alone", async () => {
  const { card } = await newPatient()
  const { page } = await openApp(browser, "hcp")
  await professional.loadsCertificate(page, "physician")
  const [byApp, bySdk]: [number[], number[]] = [[], []]
  for (let round = 0; round < 3; round++) {
    let start = performance.now()
    const records = await readSummaryRecords(await accessBy("physician", card))
    for (const { bytes } of records) readSummary(bytes)
    bySdk.push(performance.now() - start)
    await page.getByText(sharedEn.scan.paste).click()
    await page.getByLabel(sharedEn.scan.pasted).fill(card)
    start = performance.now()
    await button(page, sharedEn.scan.read).click()
    await heading(page, hcpEn.confirm.title).waitFor()
    byApp.push(performance.now() - start)
    await professional.confirms(page)
    await professional.closes(page)
  }
  tell("scan to summary by the SDK alone, ms, median of 3", median(bySdk))
  tell("scan to summary in the app, ms, median of 3", median(byApp))
  tell("scan to summary, app by SDK", median(byApp) / median(bySdk))
})

/** What happened on the page while `act` ran: how many entries of the summary were shown, each time more came; and its longest task, milliseconds. */
const watched = async (page: Page, act: () => Promise<void>): Promise<{ entries: number[]; longest: number }> => {
  await page.evaluate(() => {
    const tasks: number[] = []
    new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({
      type: "longtask",
    })
    const entries = [0]
    // Called once for what one rendering changed, before the next begins.
    new MutationObserver(() => {
      const now = document.querySelectorAll(".section-list > section > ul > li").length
      if (now !== entries.at(-1)) entries.push(now)
    }).observe(document, { childList: true, subtree: true })
    Object.assign(window, { tasks, entries })
  })
  await act()
  return page.evaluate(() => {
    const { tasks, entries } = window as unknown as { tasks: number[]; entries: number[] }
    return { entries, longest: Math.max(0, ...tasks) }
  })
}

/** What the app prepares while nobody waits for it is done. */
const isWarm = async (page: Page): Promise<void> => {
  await page.waitForLoadState("networkidle")
  await page.evaluate(() => new Promise((done) => requestIdleCallback(done)))
}

/** Every section and item is there, and nothing says that more is to come. Looked for by what costs the page next to nothing. */
const isWhole = async (page: Page): Promise<void> => {
  await page.locator('.section-list[aria-busy="false"]').waitFor()
}

test("a summary of more than 500 entries is shown whole in both apps, at most 30 entries at a time", async () => {
  const someone = await newPatient({ summary: longSummary(500) })
  const ehr = await openApp(browser, "ehr")
  await patient.arrives(ehr.page, someone)
  const link = ehr.page.getByRole("link", { name: /^Patient summary/ })
  await link.waitFor()
  const inEhr = await watched(ehr.page, async () => {
    await link.click()
    await isWhole(ehr.page)
  })
  await ehr.page.getByText("Illness number 499").first().waitFor()
  await ehr.context.close()
  const hcp = await openApp(browser, "hcp")
  await professional.loadsCertificate(hcp.page, "physician")
  await isWarm(hcp.page)
  const inHcp = await watched(hcp.page, async () => {
    await professional.opens(hcp.page, someone.card)
    await isWhole(hcp.page)
  })
  await hcp.page.getByText("Illness number 499").first().waitFor()
  await hcp.context.close()
  for (const [app, { entries, longest }] of Object.entries({ ehr: inEhr, hcp: inHcp })) {
    tell(`${app}: longest task while a summary of 500 entries is shown, ms`, longest)
    expect(entries.at(-1), app).toBeGreaterThanOrEqual(500)
    const added = entries.slice(1).map((now, i) => now - (entries[i] ?? 0))
    expect(Math.max(...added), app).toBeLessThanOrEqual(30)
    expect(Math.min(...added), app).toBeGreaterThan(0)
  }
})
