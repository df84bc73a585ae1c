import type { Browser } from "playwright-core"
import { afterAll, beforeAll, expect, test, vi } from "vitest"
import ehrEn from "../../apps/ehr/words/en.ts"
import hcpEn from "../../apps/hcp/words/en.ts"
import { listGrants } from "../../sdk/patient/grants.ts"
import { barriersOn, expectQuiet, openApp, sidewaysOf, startBrowser } from "./browser.ts"
import { accessBy, button, heading, newPatient, type Patient, patient, professional } from "./people.ts"

let browser: Browser
beforeAll(async () => {
  browser = await startBrowser()
})
afterAll(() => browser.close())

const statuses = async ({ session }: Patient) => (await listGrants(session)).map(({ status }) => status)
const opened = async (card: string) => {
  const hcp = await openApp(browser, "hcp")
  await professional.loadsCertificate(hcp.page, "physician")
  await hcp.page.waitForFunction(() => navigator.serviceWorker.controller !== null)
  await professional.opens(hcp.page, card)
  return hcp
}

test("closing a record ends the access: the patient is told at once, and nobody is reading any more", async () => {
  const someone = await newPatient()
  const hcp = await opened(someone.card)
  const ehr = await openApp(browser, "ehr")
  await patient.arrives(ehr.page, someone)
  await ehr.page.getByText(ehrEn.running.title).waitFor()
  await professional.closes(hcp.page)
  await vi.waitFor(async () => expect(await statuses(someone)).toEqual(["ended"]), { timeout: 10_000, interval: 500 })
  await ehr.page.reload()
  await patient.signsIn(ehr.page, someone.login)
  await patient.goesTo(ehr.page, "access")
  await ehr.page.getByText(ehrEn.access.status.ended).waitFor()
  expect(await ehr.page.getByText(ehrEn.running.title).count()).toBe(0)
  expectQuiet(hcp)
})

test("a record that isn't the patient's in front of one is ended with the cloud, too", async () => {
  const someone = await newPatient()
  const { page } = await openApp(browser, "hcp")
  await professional.loadsCertificate(page, "physician")
  await professional.pastes(page, someone.card)
  await button(page, hcpEn.confirm.no).click()
  await vi.waitFor(async () => expect(await statuses(someone)).toEqual(["ended"]), { timeout: 10_000, interval: 500 })
})

test("a reload keeps the running access: the same record is open, by no other access, and no key can be read", async () => {
  const someone = await newPatient()
  const { page } = await opened(someone.card)
  await page.getByRole("navigation").getByRole("link", { name: hcpEn.lists.imagesPlace }).click()
  await page.getByRole("link", { name: "CT chest" }).waitFor()
  await page.reload()
  await page
    .getByRole("region", { name: hcpEn.strip.label })
    .getByText(/Papadaki/)
    .waitFor()
  await page.getByRole("link", { name: "CT chest" }).waitFor()
  expect(await statuses(someone)).toEqual(["active"])
  const kept = await page.evaluate(() => sessionStorage.getItem("access") ?? "")
  expect(JSON.parse(kept)).toMatchObject({ confirmed: true })
  await page.goto("about:blank")
  await page.goBack()
  await page
    .getByRole("region", { name: hcpEn.strip.label })
    .getByText(/Papadaki/)
    .waitFor()
  await professional.closes(page)
  expect(await page.evaluate(() => sessionStorage.getItem("access"))).toBeNull()
  await page.reload()
  await heading(page, hcpEn.start.title).waitFor()
})

test("a reload opens no access of another professional, whose certificate the device had before: that access is ended", async () => {
  const someone = await newPatient()
  const { page } = await opened(someone.card)
  const aside = await page.evaluate(() => sessionStorage.getItem("access") ?? "")
  // Loaded from a page of its own: this tab keeps what it had put aside.
  const other = await page.context().newPage()
  await other.goto(page.url())
  await other.evaluate(
    () =>
      new Promise<void>((resolve) => {
        const opening = indexedDB.open("professional")
        opening.addEventListener("success", () => {
          const transaction = opening.result.transaction("certificate", "readwrite")
          transaction.objectStore("certificate").clear()
          transaction.addEventListener("complete", () => resolve())
        })
      }),
  )
  await page.reload()
  await page.evaluate((kept) => sessionStorage.setItem("access", kept), aside)
  await professional.loadsCertificate(page, "paramedic")
  await vi.waitFor(async () => expect(await statuses(someone)).toEqual(["ended"]), { timeout: 10_000, interval: 500 })
  expect(await page.getByText("Papadaki").count()).toBe(0)
  expect(await page.evaluate(() => sessionStorage.getItem("access"))).toBeNull()
})

test("a page that is closed with a record open ends its access soon, though nobody pressed anything", async () => {
  const someone = await newPatient()
  const { page, context } = await opened(someone.card)
  const other = await context.newPage()
  await other.goto("about:blank")
  await page.close({ runBeforeUnload: true })
  await vi.waitFor(async () => expect(await statuses(someone)).toEqual(["ended"]), { timeout: 40_000, interval: 1000 })
  await context.close()
})

test("a cloud that can't be told is told once there is a network, and until then the professional knows when the access ends", async () => {
  const someone = await newPatient()
  const { page, context } = await opened(someone.card)
  await context.setOffline(true)
  await professional.closes(page)
  await page.getByText(/could not be told yet/).waitFor()
  await context.setOffline(false)
  await vi.waitFor(async () => expect(await statuses(someone)).toEqual(["ended"]), { timeout: 40_000, interval: 1000 })
  await page.getByText(/could not be told yet/).waitFor({ state: "detached" })
})

test("several accesses at once are one notice with one way to end them all", async () => {
  const someone = await newPatient()
  for (const by of ["physician", "paramedic", "physician"] as const) await accessBy(by, someone.card)
  const ehr = await openApp(browser, "ehr", { viewport: { width: 320, height: 640 } })
  const { page } = ehr
  await patient.arrives(page, someone)
  const notice = page.getByRole("alert").filter({ hasText: ehrEn.running.title })
  await notice.getByText(/^3 accesses are running/).waitFor()
  expect(await notice.count()).toBe(1)
  expect(await notice.getByRole("button").filter({ visible: true }).count()).toBe(1)
  expect(await sidewaysOf(page)).toBe(0)
  expect(await barriersOn(page)).toEqual([])
  await notice.getByText(ehrEn.running.each).click()
  expect(await notice.getByRole("button", { name: ehrEn.running.haltThis }).count()).toBe(3)
  await notice.getByRole("button", { name: ehrEn.running.haltAll }).click()
  await page.getByRole("dialog").getByRole("button", { name: ehrEn.running.haltConfirm }).click()
  await page.getByText(ehrEn.running.halted).waitFor()
  await notice.waitFor({ state: "detached" })
  expect(await statuses(someone)).toEqual(["halted", "halted", "halted"])
  expectQuiet(ehr)
})
