import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import en from "../../apps/ehr/words/en.ts"
import { type Opened, openApp, shared, startBrowser } from "./browser.ts"
import { newPatient, type Patient, patient, professional } from "./people.ts"

let browser: Browser
let someone: Patient
/** What must stand nowhere readable: of the record, of the person, of the keys. */
let secrets: string[]
beforeAll(async () => {
  browser = await startBrowser()
  someone = await newPatient()
  const phrase = someone.recoveryPhrase.split(" ")
  secrets = [
    "Papadaki",
    "Eleni",
    "enicillin",
    "Patient summary",
    "CT chest",
    someone.login.email,
    someone.login.password,
    ...phrase.map((word, i) => `${word} ${phrase[i + 1] ?? ""}`).slice(0, -1),
    someone.card,
    someone.card.slice(5, 45),
  ]
})
afterAll(() => browser.close())

/** Bytes as text, once as they stand and once as they stand in a URL. */
const holdsOne = (text: string): string[] =>
  secrets.filter(
    (secret) => text.includes(secret) || text.includes(encodeURIComponent(secret)) || text.includes(encodeURI(secret)),
  )

/** All that a page's origin keeps, as text; keys that the browser doesn't give away show as what they are. */
const keptBy = (page: Page) =>
  page.evaluate(async () => {
    const utf8 = (bytes: BufferSource) => new TextDecoder("latin1").decode(bytes)
    const shown = (value: unknown): unknown => {
      if (value instanceof CryptoKey) return `CryptoKey ${value.type} extractable=${value.extractable}`
      if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return utf8(value as BufferSource)
      if (value instanceof Map || value instanceof Set) return [...value].map(shown)
      if (Array.isArray(value)) return value.map(shown)
      if (typeof value === "object" && value !== null)
        return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, shown(each)]))
      return value
    }
    const done = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.addEventListener("success", () => resolve(request.result))
        request.addEventListener("error", () => reject(request.error ?? new Error("no database")))
      })
    const databases: Record<string, unknown> = {}
    for (const { name = "" } of await indexedDB.databases()) {
      const database = await done(indexedDB.open(name))
      for (const store of database.objectStoreNames)
        databases[`${name}/${store}`] = shown(await done(database.transaction(store).objectStore(store).getAll()))
      database.close()
    }
    const cached: string[] = []
    for (const name of await caches.keys())
      for (const { url } of await (await caches.open(name)).keys()) cached.push(url)
    return {
      databases,
      cached,
      local: Object.fromEntries(Object.entries(localStorage)),
      session: Object.fromEntries(Object.entries(sessionStorage)),
      cookies: document.cookie,
    }
  })

/** Public keys may be copied; those that open or sign may not. */
const expectLocked = (kept: string) => {
  const keys = [...kept.matchAll(/CryptoKey (\w+) extractable=(\w+)/g)].filter(([, type]) => type !== "public")
  expect(keys.length).toBeGreaterThan(0)
  expect(keys.map(([, , extractable]) => extractable)).not.toContain("true")
}

const origins = (app: "ehr" | "hcp") => [shared.apps[app], shared.engine.endpoint]

/** Neither its addresses nor the console gave anything away, and it spoke to nobody but its own server and the clouds. */
const expectDiscreet = ({ noted }: Opened, app: "ehr" | "hcp") => {
  expect(noted.requests.length).toBeGreaterThan(5)
  for (const url of noted.requests) {
    const { protocol, origin } = new URL(url)
    if (protocol !== "blob:") expect(origins(app)).toContain(origin)
    // What stands behind the # never leaves the device.
    expect(holdsOne(url.replace(/#.*$/, ""))).toEqual([])
  }
  expect(holdsOne(noted.console.join("\n"))).toEqual([])
  expect(noted.violations).toEqual([])
}

test("the patient's app gives nothing away: not in an address, the console, or what the device keeps", async () => {
  const ehr = await openApp(browser, "ehr")
  await patient.arrives(ehr.page, someone)
  await expect.poll(() => ehr.page.getByRole("link", { name: en.record.onDevice }).count(), { timeout: 30_000 }).toBe(2)
  await ehr.page.getByRole("link", { name: /^Patient summary/ }).click()
  await ehr.page
    .getByText(/penicillin/i)
    .first()
    .waitFor()
  await patient.goesTo(ehr.page, "card")
  await ehr.page.getByRole("img", { name: new RegExp(`^${en.card.alt}`) }).waitFor()
  await patient.goesTo(ehr.page, "access")
  await ehr.page.getByText(en.access.goodTitle).waitFor()
  const kept = await keptBy(ehr.page)
  const all = JSON.stringify(kept)
  expect(holdsOne(all)).toEqual([])
  expectLocked(all)
  for (const url of kept.cached) expect(new URL(url).origin).toBe(shared.apps.ehr)
  expectDiscreet(ehr, "ehr")
})

test("the professional's app keeps a certificate and its clouds' checkpoints, and of a patient who was closed nothing", async () => {
  const hcp = await openApp(browser, "hcp")
  await professional.loadsCertificate(hcp.page, "physician")
  await professional.opens(hcp.page, someone.card)
  expect(holdsOne(JSON.stringify(await keptBy(hcp.page)))).toEqual([])
  await professional.closes(hcp.page)
  const kept = await keptBy(hcp.page)
  // The newest checkpoint of each cloud's provider: roots of hashes, which tell of nobody.
  expect(Object.keys(kept.databases).sort()).toEqual([
    "professional/certificate",
    "professional/checkpoint",
    "running-access/key",
  ])
  expect(kept.databases["running-access/key"]).toEqual([])
  expect(Object.keys(kept.local).sort()).toEqual(["language", "theme"])
  expect([kept.session, kept.cookies]).toEqual([{}, ""])
  const all = JSON.stringify(kept)
  expectLocked(all)
  expect(holdsOne(all)).toEqual([])
  expect(holdsOne(await hcp.page.content())).toEqual([])
  await hcp.page.goBack().catch(() => undefined)
  expect(holdsOne(await hcp.page.content())).toEqual([])
  expectDiscreet(hcp, "hcp")
})
