import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, expect, test, vi } from "vitest"
import en from "../../apps/ehr/words/en.ts"
import hcpEn from "../../apps/hcp/words/en.ts"
import { readPicture } from "../../apps/shared/files/picture.ts"
import fileEn from "../../apps/shared/files/words-en.ts"
import { listContributions, readContribution } from "../../sdk/patient/contributions.ts"
import { listRecords } from "../../sdk/patient/listed.ts"
import { downloadRecord } from "../../sdk/patient/records.ts"
import { type PictureType, secretsIn, withSecrets } from "../kit/pictures.ts"
import { barriersOn, expectQuiet, openApp, sidewaysOf, startBrowser } from "./browser.ts"
import { button, heading, newPatient, type Patient, patient, professional } from "./people.ts"

let browser: Browser
beforeAll(async () => {
  browser = await startBrowser()
})
afterAll(() => browser.close())

/** A picture of a letter whose upper left corner is red, as a camera codes it. */
const drawn = async (page: Page, type: string, width: number, height: number): Promise<Uint8Array> =>
  Uint8Array.from(
    await page.evaluate(
      async ([type, width, height]) => {
        const canvas = new OffscreenCanvas(width, height)
        const context = canvas.getContext("2d")!
        context.fillStyle = "#fff"
        context.fillRect(0, 0, width, height)
        context.fillStyle = "#f00"
        context.fillRect(0, 0, width / 2, height / 2)
        return [...new Uint8Array(await (await canvas.convertToBlob({ type })).arrayBuffer())]
      },
      [type, width, height] as const,
    ),
  )

/** Where the red corner is, in a picture as the browser shows it. */
const redCorner = (page: Page, bytes: Uint8Array): Promise<string[]> =>
  page.evaluate(
    async (all) => {
      const picture = await createImageBitmap(new Blob([Uint8Array.from(all)]))
      const canvas = new OffscreenCanvas(picture.width, picture.height)
      const context = canvas.getContext("2d", { willReadFrequently: true })!
      context.drawImage(picture, 0, 0)
      const corners = { "upper left": [0.25, 0.25], "upper right": [0.75, 0.25], "lower left": [0.25, 0.75] } as const
      return Object.entries(corners).flatMap(([name, [x, y]]) => {
        const { data } = context.getImageData(picture.width * x, picture.height * y, 1, 1)
        return data[0]! > 200 && data[1]! < 60 ? [name] : []
      })
    },
    [...bytes],
  )

const chosen = (name: string, mimeType: string, bytes: Uint8Array) => ({ name, mimeType, buffer: Buffer.from(bytes) })
const recordsOf = async ({ session }: Patient) =>
  Promise.all((await listRecords(session, ["document"])).map((descriptor) => downloadRecord(session, descriptor)))

const photographs = [
  { type: "image/jpeg", name: "letter.jpg", size: [2800, 2100], orientation: 6, expected: [1800, 2400] },
  { type: "image/png", name: "scan.png", size: [600, 400], orientation: 1, expected: [600, 400] },
  { type: "image/webp", name: "page.webp", size: [4000, 2000], orientation: 1, expected: [3600, 1800] },
] as const satisfies readonly { type: PictureType; [key: string]: unknown }[]

test("photographs arrive upright, not larger than they must be, and without a byte of where they were taken", async () => {
  const owner = await newPatient()
  const ehr = await openApp(browser, "ehr")
  const { page } = ehr
  await patient.arrives(page, owner)
  await page.getByRole("link", { name: en.record.add }).click()
  await heading(page, en.add.title).waitFor()
  const files = await Promise.all(
    photographs.map(async ({ type, name, size: [width, height], orientation }) => {
      const planted = withSecrets(type, await drawn(page, type, width, height), orientation)
      expect(secretsIn(planted).length).toBeGreaterThanOrEqual(5)
      return chosen(name, type, planted)
    }),
  )
  await page.locator('input[type="file"]').setInputFiles(files)
  for (const { name } of photographs) await page.getByRole("group", { name: en.add.document(name) }).waitFor()
  await page.getByText(fileEn.drawn("2,100 × 2,800", "1,800 × 2,400")).waitFor()
  await page.getByText(fileEn.drawn("4,000 × 2,000", "3,600 × 1,800")).waitFor()
  await page.getByText(fileEn.cleaned, { exact: true }).waitFor()
  expect(await barriersOn(page)).toEqual([])
  await button(page, en.add.go).click()
  await heading(page, en.record.title).waitFor()
  await vi.waitUntil(async () => (await listRecords(owner.session, ["document"])).length === 3, { timeout: 30_000 })
  for (const { metadata, bytes } of await recordsOf(owner)) {
    const { title, contentType } = metadata
    expect(secretsIn(bytes)).toEqual([])
    const photograph = photographs.find(({ name }) => name.startsWith(title))
    const [width, height] = photograph?.expected ?? []
    expect(readPicture(bytes, contentType)).toMatchObject({ width, height, orientation: 1 })
    expect(await redCorner(page, bytes)).toEqual([photograph?.orientation === 6 ? "upper right" : "upper left"])
  }
  expectQuiet(ehr)
})

test("a picture that can't be cleaned is sent only when its owner says so", async () => {
  const owner = await newPatient()
  const ehr = await openApp(browser, "ehr", { viewport: { width: 320, height: 700 } })
  const { page } = ehr
  await patient.arrives(page, owner)
  await page.getByRole("link", { name: en.record.add }).click()
  await heading(page, en.add.title).waitFor()
  const heic = Uint8Array.from("\0\0\0\x18ftypheic\0\0\0\0mif1heic", (letter) => letter.charCodeAt(0))
  await page.locator('input[type="file"]').setInputFiles(chosen("photo.heic", "image/heic", heic))
  await page.getByText(fileEn.uncleaned.undecodable).waitFor()
  expect(await barriersOn(page)).toEqual([])
  expect(await sidewaysOf(page)).toBe(0)
  await button(page, en.add.go).click()
  expect(await heading(page, en.add.title).count()).toBe(1)
  await page.getByLabel(fileEn.asItIs).check()
  await button(page, en.add.go).click()
  await heading(page, en.record.title).waitFor()
  await vi.waitUntil(async () => (await listRecords(owner.session, ["document"])).length === 1, { timeout: 30_000 })
  expect((await recordsOf(owner))[0]?.bytes).toEqual(heic)
  expectQuiet(ehr)
})

test("a photograph as HEIC and a scan as TIFF become pictures that every device shows, in a browser that can decode them", async () => {
  const owner = await newPatient()
  const ehr = await openApp(browser, "ehr")
  const { page, context } = ehr
  // As Safari decodes them, and Debian's Chromium doesn't.
  await context.addInitScript(() => {
    const decode = globalThis.createImageBitmap
    const stored = { "image/heic": [4032, 3024], "image/tiff": [2480, 3508] } as Readonly<Record<string, number[]>>
    const decodesMore = (source: ImageBitmapSource, options?: ImageBitmapOptions) => {
      const [width, height] = (source instanceof Blob && stored[source.type]) || []
      if (width === undefined || height === undefined) return decode(source, options)
      const canvas = new OffscreenCanvas(width, height)
      canvas.getContext("2d")?.fillRect(0, 0, width, height)
      return decode(canvas)
    }
    Object.assign(globalThis, { createImageBitmap: decodesMore })
  })
  await page.reload()
  await patient.arrives(page, owner)
  await page.getByRole("link", { name: en.record.add }).click()
  await heading(page, en.add.title).waitFor()
  const letters = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0))
  const heic = letters("\0\0\0\x18ftypheic\0\0\0\0mif1heic\0\0\0\x14ispe\0\0\0\0\0\0\x0f\xc0\0\0\x0b\xd0GPS")
  const [width, height] = ["\0\x01\x04\0\x01\0\0\0\xb0\x09\0\0", "\x01\x01\x04\0\x01\0\0\0\xb4\x0d\0\0"]
  const tiff = letters(`II*\0\x08\0\0\0\x02\0${width}${height}\0\0\0\0GPS`)
  await page
    .locator('input[type="file"]')
    .setInputFiles([chosen("photo.heic", "image/heic", heic), chosen("scan.tif", "image/tiff", tiff)])
  await page.getByText(fileEn.drawn("4,032 × 3,024", "2,400 × 1,800")).waitFor()
  await page.getByText(fileEn.drawn("2,480 × 3,508", "1,800 × 2,546")).waitFor()
  await button(page, en.add.go).click()
  await heading(page, en.record.title).waitFor()
  await vi.waitUntil(async () => (await listRecords(owner.session, ["document"])).length === 2, { timeout: 30_000 })
  for (const { metadata, bytes } of await recordsOf(owner)) {
    expect(metadata.contentType).toBe("image/jpeg")
    expect(Buffer.from(bytes).includes("GPS")).toBe(false)
  }
  expectQuiet(ehr)
})

test("a photograph that a professional adds is cleaned before it is signed", async () => {
  const owner = await newPatient()
  const hcp = await openApp(browser, "hcp")
  const { page } = hcp
  await professional.loadsCertificate(page, "physician")
  await professional.opens(page, owner.card)
  await page.getByRole("link", { name: hcpEn.add.place }).click()
  await page.getByLabel(hcpEn.add.kinds.file, { exact: true }).check()
  const planted = withSecrets("image/jpeg", await drawn(page, "image/jpeg", 2800, 2100), 8)
  await page.locator('input[type="file"]').setInputFiles(chosen("wound.jpg", "image/jpeg", planted))
  await page.getByText(fileEn.drawn("2,100 × 2,800", "1,800 × 2,400")).waitFor()
  expect(await barriersOn(page)).toEqual([])
  await button(page, hcpEn.add.review).click()
  await page.getByRole("dialog").getByRole("button", { name: hcpEn.add.sign }).click()
  await page.getByText(hcpEn.add.sent).first().waitFor()
  const [added] = await listContributions(owner.session)
  if (added === undefined) throw new Error("nothing was added")
  const bytes = await readContribution(owner.session, added)
  expect(secretsIn(bytes)).toEqual([])
  expect(readPicture(bytes, "image/jpeg")).toMatchObject({ width: 1800, height: 2400 })
  expect(await redCorner(page, bytes)).toEqual(["lower left"])
  expectQuiet(hcp)
})

test("several pictures become one document, in the order that is wanted", async () => {
  const owner = await newPatient()
  const ehr = await openApp(browser, "ehr", { viewport: { width: 320, height: 700 } })
  const { page } = ehr
  await patient.arrives(page, owner)
  await page.getByRole("link", { name: en.record.add }).click()
  await heading(page, en.add.title).waitFor()
  const [wide, high] = [await drawn(page, "image/jpeg", 640, 480), await drawn(page, "image/png", 480, 640)]
  await page
    .locator('input[type="file"]')
    .setInputFiles([
      chosen("two.jpg", "image/jpeg", withSecrets("image/jpeg", wide)),
      chosen("one.png", "image/png", high),
    ])
  const { pages } = fileEn
  await button(page, pages.join(2)).click()
  await button(page, pages.later(1)).click()
  await page.getByText(pages.page(2, "two.jpg")).waitFor()
  expect(await button(page, pages.earlier(2)).evaluate((element) => element === document.activeElement)).toBe(true)
  expect(await barriersOn(page)).toEqual([])
  expect(await sidewaysOf(page)).toBe(0)
  await button(page, en.add.go).click()
  await heading(page, en.record.title).waitFor()
  await vi.waitUntil(async () => (await listRecords(owner.session, ["document"])).length === 1, { timeout: 30_000 })
  const [added] = await recordsOf(owner)
  expect(added?.metadata).toMatchObject({ title: "two", contentType: "application/pdf" })
  const pdf = Buffer.from(added?.bytes ?? [])
  expect(secretsIn(pdf)).toEqual([])
  const sheets = pdf.toString("latin1").match(/\/MediaBox\[0 0 \d+/g)
  expect(sheets).toEqual(["/MediaBox[0 0 595", "/MediaBox[0 0 841"])
  expectQuiet(ehr)
})
