import { randomBytes } from "node:crypto"
import { mkdtemp, writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { Browser, BrowserContext, Page } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import { builtApp } from "../../apps/build.ts"
import en from "../../apps/ehr/words/en.ts"
import hcpEn from "../../apps/hcp/words/en.ts"
import sharedEn from "../../apps/shared/words/en.ts"
import { serveApp } from "../../local/app-server.ts"
import { listRecords } from "../../sdk/patient/listed.ts"
import { describeRecord, downloadRecord } from "../../sdk/patient/records.ts"
import { expectQuiet, openApp, shared, startBrowser } from "./browser.ts"
import { button, heading, newPatient, type Patient, patient, professional } from "./people.ts"

let browser: Browser
beforeAll(async () => {
  browser = await startBrowser()
})
afterAll(() => browser.close())

const cloudUrls = `${shared.engine.endpoint}/**`
/** Nothing of the cloud answers any more, though the device believes to have a network. */
const cutCloud = (context: BrowserContext) => context.route(cloudUrls, (route) => route.abort("connectionrefused"))
const mendCloud = (context: BrowserContext) => context.unroute(cloudUrls)

const serve = (port = 0) => serveApp("ehr", { directory: builtApp("ehr"), local: shared, port })

/** Everything of the record is on the device, and the worker is in charge of the app's files. */
const isKept = async (page: Page, documents: number) => {
  await expect
    .poll(() => page.getByRole("link", { name: en.record.onDevice }).count(), { timeout: 30_000 })
    .toBe(documents)
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
}

const contentOf = async ({ session }: Patient, title: string): Promise<Uint8Array | undefined> => {
  for (const descriptor of await listRecords(session)) {
    const { metadata } = await describeRecord(session, descriptor)
    if (metadata.title === title) return (await downloadRecord(session, descriptor)).bytes
  }
  return undefined
}

test("with every server dead the app opens, shows the record, queues an upload, and sends it when they are back", async () => {
  const someone = await newPatient()
  const server = await serve()
  const ehr = await openApp(browser, "ehr", { address: server.address })
  const { page, context } = ehr
  await patient.arrives(page, someone)
  await isKept(page, 2)

  await server.stop()
  await cutCloud(context)
  await page.reload()
  await heading(page, en.record.title).waitFor()
  await page.getByRole("link", { name: /^Patient summary/ }).click()
  await page
    .getByText(/penicillin/i)
    .first()
    .waitFor()
  const letter = { name: "letter.txt", mimeType: "text/plain", buffer: Buffer.from("A letter from the island.") }
  await patient.adds(page, letter)
  const queue = page.getByRole("region", { name: en.outbox.title })
  await queue.getByText(/^Sealed on this device/).waitFor()
  await page.reload()
  await queue.getByText(/^Sealed on this device/).waitFor()

  const again = await serve(Number(new URL(server.address).port))
  try {
    await mendCloud(context)
    await page.reload()
    await patient.signsIn(page, someone.login)
    await queue.waitFor({ state: "detached" })
    await page.getByRole("link", { name: /^letter/ }).waitFor()
    expect(Buffer.from((await contentOf(someone, "letter")) ?? []).toString()).toBe("A letter from the island.")
    expectQuiet(ehr)
  } finally {
    await again.stop()
  }
})

test("an upload that the network breaks off, and then the app's end, goes on where it was, and arrives whole", async () => {
  const someone = await newPatient()
  const ehr = await openApp(browser, "ehr")
  const { page, context } = ehr
  await patient.arrives(page, someone)
  await isKept(page, 2)
  const passed: string[] = []
  const stopped: string[] = []
  let whole = false
  await context.route(
    (url) => url.searchParams.has("partNumber"),
    async (route) => {
      const part = new URL(route.request().url()).searchParams.get("partNumber") ?? ""
      if (!whole && passed.length > 0) {
        stopped.push(part)
        return route.abort("connectionreset")
      }
      passed.push(part)
      return route.continue()
    },
  )
  const scan = randomBytes(20 * 1024 * 1024)
  const file = join(await mkdtemp(join(shared.scratch, "device-")), "scan.bin")
  await writeFile(file, scan)
  await patient.adds(page, file)
  const queue = page.getByRole("region", { name: en.outbox.title })
  await queue.getByRole("progressbar").waitFor()
  await expect.poll(() => stopped.length, { timeout: 90_000 }).toBeGreaterThan(3)
  await page.reload()
  await queue.getByText(en.outbox.waitingSignIn).waitFor()
  whole = true
  await patient.signsIn(page, someone.login)
  await page.getByRole("link", { name: /^scan/ }).waitFor()
  await queue.waitFor({ state: "detached" })
  expect(passed.toSorted()).toEqual(["1", "2", "3"])
  expect(Buffer.from((await contentOf(someone, "scan")) ?? []).equals(scan)).toBe(true)
  expectQuiet(ehr)
})

test("without a network what is open stays readable, and what isn't says so and comes when there is one", async () => {
  const someone = await newPatient()
  const hcp = await openApp(browser, "hcp")
  const { page, context } = hcp
  await professional.loadsCertificate(page, "physician")
  await professional.opens(page, someone.card)
  await page.getByRole("link", { name: hcpEn.lists.imagesPlace }).click()
  await page.getByRole("link", { name: "CT chest" }).waitFor()
  await page.getByRole("link", { name: hcpEn.record.place, exact: true }).click()
  await context.setOffline(true)
  await page.getByText(hcpEn.strip.offline).waitFor()
  await page
    .getByText(/penicillin/i)
    .first()
    .waitFor()
  await context.setOffline(false)
  await page.getByText(hcpEn.strip.offline).waitFor({ state: "detached" })

  await page.getByRole("link", { name: hcpEn.lists.imagesPlace }).click()
  await page.clock.install()
  await cutCloud(context)
  await page.getByRole("link", { name: "CT chest" }).click()
  // It is tried for half a minute or more before it is given up.
  const said = page.getByRole("alert").getByText(sharedEn.codes.unreachable)
  await expect
    .poll(
      async () => {
        await page.clock.fastForward(5_000)
        return said.isVisible()
      },
      { timeout: 30_000 },
    )
    .toBe(true)
  await page.clock.resume()
  await mendCloud(context)
  await button(page, sharedEn.retry).click()
  await page.getByText(sharedEn.dicom.notDiagnostic, { exact: true }).waitFor()
  expectQuiet(hcp)
})

test("lists and a document that found no network come by themselves, once, when there is one", async () => {
  const someone = await newPatient()
  const hcp = await openApp(browser, "hcp")
  const { page, context, noted } = hcp
  const asked = (category: string) => noted.requests.filter((url) => url.includes(`category=${category}`)).length
  await professional.loadsCertificate(page, "physician")
  await professional.pastes(page, someone.card)
  await heading(page, hcpEn.confirm.title).waitFor()
  await context.setOffline(true)
  await professional.confirms(page)
  await page.getByRole("link", { name: hcpEn.lists.imagesPlace }).click()
  const images = page.getByRole("region", { name: sharedEn.categories.imaging })
  await images.getByText(sharedEn.codes.unreachable).waitFor()
  await context.setOffline(false)
  const study = page.getByRole("link", { name: "CT chest" })
  await study.waitFor()
  // Before, it came no further than the session.
  expect(asked("imaging")).toBe(1)

  await context.setOffline(true)
  await study.click()
  await page.getByText(hcpEn.strip.offline).waitFor()
  await page.getByRole("progressbar").or(page.getByText(sharedEn.loading)).first().waitFor()
  await context.setOffline(false)
  await page.getByText(sharedEn.dicom.notDiagnostic, { exact: true }).waitFor()
  expectQuiet(hcp)
})
