import type { Browser } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import en from "../../apps/ehr/words/en.ts"
import { readContents } from "../../sdk/patient/contents.ts"
import { uploadRecord } from "../../sdk/patient/records.ts"
import { documentOf } from "../kit/people.ts"
import { barriersOn, expectQuiet, openApp, startBrowser } from "./browser.ts"
import { button, heading, newPatient, patient } from "./people.ts"

let browser: Browser
beforeAll(async () => {
  browser = await startBrowser()
})
afterAll(() => browser.close())

test("a patient sees which devices sign for them, and ends the other one, which signs and opens nothing more", async () => {
  const someone = await newPatient()
  const ehr = await openApp(browser, "ehr")
  const { page } = ehr
  await patient.arrives(page, someone)
  await patient.goesTo(page, "account")
  await page.getByRole("link", { name: en.account.devices }).click()
  await heading(page, en.devices.title).waitFor()
  const other = page.getByRole("region", { name: en.devices.name(someone.session.signerId.slice(0, 8)) })
  await other.getByText(en.devices.states.active, { exact: true }).waitFor()
  const own = page.getByRole("region").filter({ has: page.getByText(en.devices.thisDevice, { exact: true }) })
  expect(await own.getByRole("button").count()).toBe(0)
  expect(await barriersOn(page)).toEqual([])

  await other.getByRole("button", { name: new RegExp(`^${en.devices.end}`) }).click()
  const dialog = page.getByRole("dialog")
  await dialog.getByText(en.devices.endCards).waitFor()
  expect(await barriersOn(page)).toEqual([])
  await dialog.getByRole("button", { name: en.devices.endConfirm }).click()
  await page.getByText(en.devices.done).waitFor()
  await other.getByText(en.devices.states.ended, { exact: true }).waitFor()
  expect(await other.getByRole("button").count()).toBe(0)

  await expect(uploadRecord(someone.session, documentOf("document", "late"))).rejects.toThrow()
  await expect(readContents(someone.session)).rejects.toMatchObject({ code: "account-key-invalid" })
  await page.getByRole("link", { name: en.places.card }).last().click()
  await button(page, en.card.make).waitFor()
  expect(await page.getByText(someone.cardId).count()).toBe(0)
  expectQuiet(ehr)
})
