import { writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import en from "../../apps/ehr/words/en.ts"
import { localDirectory } from "../../local/directories.ts"
import { lookUp } from "../../sdk/hcp/card.ts"
import { cardIn } from "../kit/people.ts"
import { expectQuiet, openApp, shared, startBrowser } from "./browser.ts"
import { newPatient, patient } from "./people.ts"

let browser: Browser
beforeAll(async () => {
  browser = await startBrowser()
})
afterAll(() => browser.close())

interface Sent {
  readonly method: string
  readonly path: string
  readonly preflight: boolean
}

/** Every request of a page to the cloud, the index and the object store, as Chromium sends it: what the browser asks by itself, too. */
const watchRequests = async (page: Page): Promise<Sent[]> => {
  const devtools = await page.context().newCDPSession(page)
  const sent: Sent[] = []
  devtools.on("Network.requestWillBeSent", ({ request: { method, url } }) => {
    const { origin, pathname } = new URL(url)
    if (origin !== new URL(shared.engine.endpoint).origin) return
    const path = pathname.replace(/^.*\$default/, "")
    sent.push({ method, path, preflight: method === "OPTIONS" })
  })
  await devtools.send("Network.enable")
  return sent
}

const isWitness = ({ path, preflight }: Sent) => path === "/hri/put-entry" && !preflight

/** What was asked until the index was told of the new state. */
const untilWitness = (sent: readonly Sent[]) => sent.slice(0, sent.findIndex(isWitness) + 1)

const kindOf = ({ method, path }: Sent): string =>
  /^\/(patient|hcp|hri)\//.test(path) ? `${method} ${path.replaceAll(/[\w-]{22}/g, "{id}")}` : `${method} object`

test("a small document takes 5 requests from adding it to the renewed witness, where the category was empty and where it was not", async () => {
  const someone = await newPatient()
  const ehr = await openApp(browser, "ehr")
  const { page } = ehr
  await patient.arrives(page, someone)
  await expect.poll(() => page.getByRole("link", { name: en.record.onDevice }).count(), { timeout: 30_000 }).toBe(2)
  // What the app asks every now and then, while somebody looks at it, is asked apart.
  await page.evaluate(() => Object.defineProperty(document, "visibilityState", { get: () => "hidden" }))
  const told: Record<string, unknown> = {}
  for (const name of ["first letter", "second letter"]) {
    const sent = await watchRequests(page)
    const { manifest: before } = await lookUp(cardIn(someone.card), { local: true })
    await patient.adds(page, { name: `${name}.txt`, mimeType: "text/plain", buffer: Buffer.from(`A ${name}.`) })
    await page.getByRole("link", { name: new RegExp(`^${name}`) }).waitFor()
    await expect.poll(() => sent.some(isWitness), { timeout: 30_000 }).toBe(true)
    const { manifest: after } = await lookUp(cardIn(someone.card), { local: true })
    expect(after.number).toBe(before.number + 1)
    const all = untilWitness(sent)
    const requests = all.filter(({ preflight }) => !preflight).map(kindOf)
    const preflights = all.filter(({ preflight }) => preflight).map(kindOf)
    told[name] = { requests, preflights }
    expect(requests).toEqual([
      "GET /patient/grants",
      "POST /patient/records",
      "PUT object",
      "POST /patient/records/{id}/commit",
      "POST /hri/put-entry",
    ])
  }
  writeFileSync(join(localDirectory, "e2e-requests.json"), `${JSON.stringify(told, undefined, 2)}\n`)
  console.log(JSON.stringify(told, undefined, 2))
  expectQuiet(ehr)
})
