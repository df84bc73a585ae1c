import type { Browser } from "playwright-core"
import { afterAll, beforeAll, test } from "vitest"
import en from "../../apps/ehr/words/en.ts"
import hcpEn from "../../apps/hcp/words/en.ts"
import says from "../../apps/shared/archive/words-en.ts"
import { eleniPapadaki } from "../../local/samples/eleni-papadaki.ts"
import { zipOf } from "../kit/zip.ts"
import { expectQuiet, openApp, startBrowser } from "./browser.ts"
import { button, heading, newLogin, patient, professional } from "./people.ts"
import { inspect } from "./screens.ts"

let browser: Browser
beforeAll(async () => {
  browser = await startBrowser()
})
afterAll(() => browser.close())

const utf8 = (text: string) => new Uint8Array(new TextEncoder().encode(text))
const archive = zipOf({
  "apple_health_export/clinical-records/summary.json": utf8(JSON.stringify(eleniPapadaki)),
  "letters/letter.txt": utf8("A letter of the clinic"),
})

test("an archive is shown as its files, each by its kind, to the patient and to a professional", async () => {
  const ehr = await openApp(browser, "ehr")
  const { page } = ehr
  await patient.signsUp(page, newLogin())
  await patient.adds(page, { name: "From the hospital.zip", mimeType: "application/zip", buffer: Buffer.from(archive) })
  await page.getByText(en.outbox.title).waitFor({ state: "detached" })
  await page.getByRole("link", { name: /^From the hospital/ }).click()
  await page.getByText("letters/letter.txt").waitFor()
  await inspect(page, "ehr", "archive")
  await button(page, says.open("letter.txt")).click()
  await page.getByText("A letter of the clinic").waitFor()
  await button(page, says.open("summary.json")).click()
  await page.getByText("Penicillin").first().waitFor()
  expectQuiet(ehr)
  const card = await patient.makesCard(page, ["document"])

  const hcp = await openApp(browser, "hcp")
  await professional.loadsCertificate(hcp.page, "physician")
  await professional.opens(hcp.page, card)
  await hcp.page.getByRole("link", { name: new RegExp(`^${hcpEn.lists.documentsPlace}`) }).click()
  await hcp.page.getByRole("link", { name: /^From the hospital/ }).click()
  await heading(hcp.page, "From the hospital").waitFor()
  await button(hcp.page, says.open("summary.json")).click()
  await hcp.page.getByText("Penicillin").first().waitFor()
  expectQuiet(hcp)
})
