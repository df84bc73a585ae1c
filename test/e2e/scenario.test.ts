import { readFile } from "node:fs/promises"
import { join } from "node:path"
import type { Browser } from "playwright-core"
import { afterAll, expect, test } from "vitest"
import * as z from "zod/mini"
import en from "../../apps/ehr/words/en.ts"
import hcpEn from "../../apps/hcp/words/en.ts"
import criticalEn from "../../apps/shared/words/critical-en.ts"
import sharedEn from "../../apps/shared/words/en.ts"
import { readStatement } from "../../protocol/statement.ts"
import { verifyAuditExport } from "../../sdk/patient/audit-export.ts"
import { signedReceipt } from "../../sdk/receipt.ts"
import { expectQuiet, openApp, shared, startBrowser } from "./browser.ts"
import { writeFilm } from "./camera.ts"
import { button, heading, newLogin, patient, professional, summaryFile } from "./people.ts"

const browsers: Browser[] = []
afterAll(() => Promise.all(browsers.map((browser) => browser.close())))
const start = async (options?: { camera: string }) => {
  const browser = await startBrowser(options)
  browsers.push(browser)
  return browser
}

test("a patient signs up, adds a summary and makes a card; a professional films the card, reads and adds a note; the patient ends the access, approves the note and sees it all in the log", async () => {
  const login = newLogin()
  const ehr = await openApp(await start(), "ehr")
  await patient.signsUp(ehr.page, login)
  await patient.adds(ehr.page, { ...summaryFile, buffer: Buffer.from(summaryFile.text) })
  await ehr.page.getByRole("link", { name: en.record.onDevice }).waitFor()
  const card = await patient.makesCard(ehr.page, ["summary", "document"])

  const camera = join(shared.scratch, "scenario.y4m")
  writeFilm(camera, card)
  const hcp = await openApp(await start({ camera }), "hcp")
  await professional.loadsCertificate(hcp.page, "physician")
  await button(hcp.page, sharedEn.scan.camera).click()
  await heading(hcp.page, hcpEn.confirm.title).waitFor()
  await hcp.page.getByText("Papadaki").first().waitFor()
  await professional.confirms(hcp.page)
  const critical = hcp.page.getByRole("group", { name: criticalEn.title })
  await critical
    .getByText(/penicillin/i)
    .first()
    .waitFor()

  await hcp.page.getByRole("link", { name: hcpEn.add.place }).click()
  await hcp.page.getByRole("textbox", { name: hcpEn.add.noteTitle }).fill("Found at home")
  await hcp.page.getByRole("textbox", { name: hcpEn.add.noteText, exact: true }).fill("Woke up on the way.")
  await button(hcp.page, hcpEn.add.review).click()
  await hcp.page.getByRole("dialog").getByRole("button", { name: hcpEn.add.sign }).click()
  await hcp.page.getByText(hcpEn.add.sent).first().waitFor()

  // The patient's device hears of it by itself.
  await ehr.page.getByText(en.running.title).waitFor()
  await button(ehr.page, en.running.halt).click()
  await ehr.page.getByRole("dialog").getByRole("button", { name: en.running.haltConfirm }).click()
  await ehr.page.getByText(en.running.title).waitFor({ state: "detached" })

  await patient.goesTo(ehr.page, "review")
  await ehr.page.getByText(`Dr. Ines Notfall, ${sharedEn.professions.physician}, Example General Hospital`).waitFor()
  await ehr.page.getByRole("link", { name: /^Found at home/ }).click()
  await ehr.page.getByText("Woke up on the way.").first().waitFor()
  await button(ehr.page, en.review.approve).click()
  await ehr.page.getByRole("dialog").getByRole("button", { name: en.review.approveConfirm }).click()
  await ehr.page.getByText(en.review.approved).waitFor()
  await patient.goesTo(ehr.page, "record")
  await ehr.page.getByRole("link", { name: /^Found at home/ }).waitFor()

  await professional.closes(hcp.page)
  const saving = hcp.page.waitForEvent("download")
  await button(hcp.page, hcpEn.receipts.save).click()
  const receipts = z.parse(z.array(signedReceipt), JSON.parse(await readFile(await (await saving).path(), "utf8")))
  expect(receipts.map(({ statement }) => readStatement(statement).header.typ)).toEqual([
    "emergency-access",
    "contribution",
  ])
  expect(await hcp.page.getByText("Papadaki").count()).toBe(0)

  await patient.goesTo(ehr.page, "access")
  await ehr.page.getByText(en.access.goodTitle).waitFor()
  await ehr.page.getByText(en.access.status.halted, { exact: true }).waitFor()
  const exporting = ehr.page.waitForEvent("download")
  await button(ehr.page, en.access.export).click()
  const exported: unknown = JSON.parse(await readFile(await (await exporting).path(), "utf8"))
  expect((await verifyAuditExport(exported, { receipts })).events).toBeGreaterThan(5)
  expectQuiet(ehr)
  expectQuiet(hcp)
})
