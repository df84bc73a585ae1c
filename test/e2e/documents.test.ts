import { readFileSync } from "node:fs"
import path from "node:path"
import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, expect, test, vi } from "vitest"
import * as z from "zod/mini"
import en from "../../apps/ehr/words/en.ts"
import hcpEn from "../../apps/hcp/words/en.ts"
import sharedEn from "../../apps/shared/words/en.ts"
import { type Category, categories, category } from "../../protocol/primitives.ts"
import { contribute } from "../../sdk/hcp/contribute.ts"
import { listRecords } from "../../sdk/patient/listed.ts"
import { deleteRecord, uploadRecord } from "../../sdk/patient/records.ts"
import { sample, sampleNames, samplesFolder, withoutSamples } from "../samples.ts"
import { expectQuiet, openApp, startBrowser } from "./browser.ts"
import { accessBy, button, heading, newPatient, type Patient, patient, professional } from "./people.ts"

const files = sampleNames.filter((name) => /\.(json|dcm)$/.test(name))
/** The family names of whoever a sample is about: of the first patient in it. */
const familyNamesIn = (file: string): string[] => {
  if (!file.endsWith(".json")) return []
  const document: unknown = JSON.parse(Buffer.from(sample(file)).toString("utf8"))
  const { entry = [] } = document as { entry?: { resource?: { resourceType: string; name?: { family?: string }[] } }[] }
  const patient = entry.find(({ resource }) => resource?.resourceType === "Patient")?.resource
  return (patient?.name ?? []).flatMap(({ family }) => family ?? []).slice(0, 1)
}

const placeOf: Readonly<Record<Category, string>> = {
  summary: hcpEn.lists.documentsPlace,
  document: hcpEn.lists.documentsPlace,
  medication: hcpEn.lists.documentsPlace,
  sensitive: hcpEn.lists.documentsPlace,
  laboratory: hcpEn.results.place,
  imaging: hcpEn.lists.imagesPlace,
}

/** By which each document is found in a list. */
const titleOf = (name: string) => name.replace(/\.\w+$/, "")

let browser: Browser
let someone: Patient
beforeAll(async () => {
  browser = await startBrowser()
  someone = await newPatient({ categories })
})
afterAll(() => browser.close())

test.skipIf(withoutSamples)(
  "every sample bundle and the CT, added in the patient's app, is shown in it and in the professional's",
  { timeout: 400_000 },
  async () => {
    expect(files.length).toBeGreaterThan(5)
    const ehr = await openApp(browser, "ehr")
    await patient.arrives(ehr.page, someone)
    await ehr.page.getByRole("link", { name: en.record.add }).click()
    await heading(ehr.page, en.add.title).waitFor()
    await ehr.page.locator('input[type="file"]').setInputFiles(files.map((name) => path.join(samplesFolder, name)))
    const placed: [name: string, category: Category][] = []
    for (const name of files) {
      const group = ehr.page.getByRole("group", { name: en.add.document(name) })
      await group.getByLabel(en.add.name).fill(titleOf(name))
      placed.push([name, z.parse(category, await group.getByLabel(en.add.category).inputValue())])
    }
    await ehr.page.getByRole("button", { name: en.add.go }).click()
    await heading(ehr.page, en.record.title).waitFor()
    await ehr.page.getByRole("region", { name: en.outbox.title }).waitFor({ state: "detached", timeout: 120_000 })
    for (const [name, where] of placed) {
      await patient.goesTo(ehr.page, "record")
      await ehr.page.getByRole("link", { name: new RegExp(`^${sharedEn.categories[where]} \\d`) }).click()
      await ehr.page.getByRole("link", { name: titleOf(name) }).click()
      await heading(ehr.page, titleOf(name)).waitFor()
      await ehr.page.getByRole("button", { name: en.document.saveFile }).waitFor()
      for (const word of familyNamesIn(name)) await ehr.page.getByText(word).first().waitFor()
      expect(await ehr.page.getByText(sharedEn.trouble.unexpected).count()).toBe(0)
    }
    expectQuiet(ehr)

    const hcp = await openApp(browser, "hcp")
    await professional.loadsCertificate(hcp.page, "physician")
    await professional.opens(hcp.page, someone.card)
    for (const [name, where] of placed) {
      await hcp.page.getByRole("link", { name: placeOf[where] }).click()
      await hcp.page.getByRole("link", { name: titleOf(name) }).click()
      await heading(hcp.page, titleOf(name)).waitFor()
      await hcp.page.getByRole("button", { name: hcpEn.view.save }).waitFor()
      for (const word of familyNamesIn(name)) await hcp.page.getByText(word).first().waitFor()
      expect(await hcp.page.getByText(sharedEn.trouble.unexpected).count()).toBe(0)
    }
    expectQuiet(hcp)
  },
)

const ct = path.join(samplesFolder, "dicomparser-CT1_UNC.dcm")
const chest = "CT chest"
const foreign = "CT of somebody"
const torn = "CT, torn"

/** A patient whose images are their own, somebody else's (as the sample says), and a file that breaks off. */
const withImages = async (): Promise<Patient> => {
  const owner = await newPatient()
  const image = { category: "imaging", contentType: "application/dicom" } as const
  const bytes = new Uint8Array(readFileSync(ct))
  await uploadRecord(owner.session, { ...image, title: foreign, content: bytes })
  await uploadRecord(owner.session, { ...image, title: torn, content: bytes.slice(0, 100_000) })
  return owner
}

const opensImage = async (page: Page, title: string) => {
  await patient.goesTo(page, "record")
  await page.getByRole("link", { name: new RegExp(`^${sharedEn.categories.imaging} \\d`) }).click()
  await page.getByRole("link", { name: new RegExp(`^${title}`) }).click()
  await heading(page, title).waitFor()
  await button(page, en.document.saveFile).waitFor()
}

/** How many greys the picture on the screen has. */
const greysOn = (page: Page): Promise<number> =>
  page.locator("canvas").evaluate((canvas: HTMLCanvasElement) => {
    const { width, height } = canvas
    const { data = [] } = width === 0 ? {} : (canvas.getContext("2d")?.getImageData(0, 0, width, height) ?? {})
    return new Set(data.filter((_, i) => i % 4 === 0)).size
  })
const isDrawn = (page: Page) => vi.waitUntil(async () => (await greysOn(page)) > 32, { timeout: 30_000, interval: 100 })

test.skipIf(withoutSamples)("a patient sees their CT, whose it is said to be, and what can't be shown", async () => {
  const owner = await withImages()
  const ehr = await openApp(browser, "ehr")
  const { page } = ehr
  await patient.arrives(page, owner)
  const mismatch = page.getByRole("alert").filter({ hasText: sharedEn.dicom.mismatchTitle })

  await opensImage(page, foreign)
  await page.getByText(sharedEn.dicom.notDiagnostic, { exact: true }).waitFor()
  await isDrawn(page)
  await mismatch.getByText(sharedEn.dicom.mismatch.name("CompressedSamples CT1")).waitFor()
  const stage = page.getByRole("application")
  const before = await stage.getAttribute("aria-label")
  await stage.press("ArrowUp")
  await vi.waitUntil(async () => (await stage.getAttribute("aria-label")) !== before, { timeout: 10_000 })
  const canvas = await page.locator("canvas").elementHandle()
  await patient.goesTo(page, "card")
  await heading(page, en.card.title).waitFor()
  // The screen that comes stands beside the one that goes for a moment.
  const kept = () => canvas?.evaluate(({ width, height }: HTMLCanvasElement) => width * height)
  await vi.waitUntil(async () => (await kept()) === 0, { timeout: 5_000 })

  await opensImage(page, chest)
  await page
    .getByRole("application")
    .getByText(/Papadaki/)
    .waitFor()
  await isDrawn(page)
  expect(await mismatch.count()).toBe(0)

  await opensImage(page, torn)
  await page.getByRole("alert").getByText(sharedEn.dicom.unsupportedBy.damaged).waitFor()
  expect(await page.locator("canvas").count()).toBe(0)
  const [saved] = await Promise.all([page.waitForEvent("download"), button(page, en.document.saveFile).click()])
  expect(readFileSync(await saved.path()).equals(readFileSync(ct).subarray(0, 100_000))).toBe(true)
  expectQuiet(ehr)
})

test.skipIf(withoutSamples)("no image is said to be another's where no summary says whose record it is", async () => {
  const owner = await withImages()
  for (const { recordId, category } of await listRecords(owner.session))
    if (category === "summary") await deleteRecord(owner.session, recordId)
  const ehr = await openApp(browser, "ehr")
  await patient.arrives(ehr.page, owner)
  await opensImage(ehr.page, foreign)
  await isDrawn(ehr.page)
  expect(await ehr.page.getByText(sharedEn.dicom.mismatchTitle).count()).toBe(0)
  expectQuiet(ehr)
})

test.skipIf(withoutSamples)(
  "an image that a professional added is seen, and can be saved, before it is decided on",
  async () => {
    const owner = await newPatient()
    const bytes = new Uint8Array(readFileSync(ct))
    const image = { category: "imaging", contentType: "application/dicom", title: foreign, content: bytes } as const
    await contribute(await accessBy("physician", owner.card), image)
    const ehr = await openApp(browser, "ehr")
    const { page } = ehr
    await patient.arrives(page, owner)
    await patient.goesTo(page, "review")
    await page.getByRole("link", { name: new RegExp(`^${foreign}`) }).click()
    await isDrawn(page)
    await page.getByRole("alert").getByText(sharedEn.dicom.mismatchTitle).waitFor()
    await button(page, en.review.approve).waitFor()
    const [saved] = await Promise.all([page.waitForEvent("download"), button(page, en.document.saveFile).click()])
    expect(readFileSync(await saved.path()).equals(bytes)).toBe(true)
    expectQuiet(ehr)
  },
)
