import { existsSync, readdirSync, readFileSync } from "node:fs"
import path from "node:path"
import type { Browser } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import * as z from "zod/mini"
import en from "../../apps/ehr/words/en.ts"
import hcpEn from "../../apps/hcp/words/en.ts"
import sharedEn from "../../apps/shared/words/en.ts"
import { type Category, categories, category } from "../../contract/primitives.ts"
import { expectQuiet, openApp, startBrowser } from "./browser.ts"
import { heading, newPatient, type Patient, patient, professional } from "./people.ts"

const samples = path.join(import.meta.dirname, "../../../shared/data")
const hasSamples = existsSync(samples)
const files = hasSamples ? readdirSync(samples).filter((name) => /\.(json|dcm)$/.test(name)) : []
/** The family names of whoever a sample is about: of the first patient in it. */
const familyNamesIn = (file: string): string[] => {
  if (!file.endsWith(".json")) return []
  const document: unknown = JSON.parse(readFileSync(path.join(samples, file), "utf8"))
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

test("the sample documents are there", () => {
  // Elsewhere they may be missing; where everything is checked, never.
  if (process.env["CI"] !== undefined) expect(hasSamples).toBe(true)
})

test.skipIf(!hasSamples)(
  "every sample bundle and the CT, added in the patient's app, is shown in it and in the professional's",
  { timeout: 400_000 },
  async () => {
    expect(files.length).toBeGreaterThan(5)
    const ehr = await openApp(browser, "ehr")
    await patient.arrives(ehr.page, someone)
    await ehr.page.getByRole("link", { name: en.record.add }).click()
    await heading(ehr.page, en.add.title).waitFor()
    await ehr.page.locator('input[type="file"]').setInputFiles(files.map((name) => path.join(samples, name)))
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
