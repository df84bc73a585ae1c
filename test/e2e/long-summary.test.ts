import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import en from "../../apps/ehr/words/en.ts"
import hcpEn from "../../apps/hcp/words/en.ts"
import type { AppName } from "../../apps/policy.ts"
import criticalEn from "../../apps/shared/words/critical-en.ts"
import sharedEn from "../../apps/shared/words/en.ts"
import { emergencyNote } from "../../local/samples/contribution.ts"
import { patientOf } from "../../local/samples/document.ts"
import { eleniPapadaki } from "../../local/samples/eleni-papadaki.ts"
import { jonasLindenmeier } from "../../local/samples/jonas-lindenmeier.ts"
import { utf8 } from "../../protocol/crypto/bytes.ts"
import { uploadRecord } from "../../sdk/patient/records.ts"
import { longSummary } from "../apps/long-summary.ts"
import { expectQuiet, openApp, startBrowser } from "./browser.ts"
import { button, heading, newPatient, type Patient, patient, professional } from "./people.ts"

let browser: Browser
let long: Patient
let other: Patient
beforeAll(async () => {
  browser = await startBrowser()
  long = await newPatient({ summary: longSummary(500) })
  other = await newPatient({ summary: JSON.stringify(jonasLindenmeier) })
})
afterAll(() => browser.close())

interface Held {
  hold(): void
  /** How many tasks wait. */
  held(): number
  goOn(): void
}

/** A device on which a test can hold the tasks that the app begins by itself. */
const openHoldable = async (app: AppName) => {
  const opened = await openApp(browser, app)
  await opened.page.evaluate(() => {
    const begin = window.setTimeout.bind(window)
    const end = window.clearTimeout.bind(window)
    const waiting = new Map<number, () => void>()
    // What renders the page gives the same function each time, and must go on.
    const known = new WeakSet<() => void>()
    let holding = false
    let ids = -1
    const later = (act: () => void, ms = 0): number => {
      if (ms > 0 || !holding || known.has(act)) {
        known.add(act)
        return begin(act, ms)
      }
      waiting.set(ids, act)
      return ids--
    }
    const forget = (id: number | undefined) => {
      if (id === undefined || !waiting.delete(id)) end(id)
    }
    const hold = () => {
      holding = true
    }
    const goOn = () => {
      holding = false
      for (const act of waiting.values()) begin(act)
      waiting.clear()
    }
    const held = () => waiting.size
    Object.assign(window, { setTimeout: later, clearTimeout: forget, hold, held, goOn })
  })
  return opened
}

/** From now on no task of the app follows another by itself: each waits until the test lets them go on. */
const holdTasks = (page: Page) => page.evaluate(() => (window as unknown as Held).hold())

/** Lets them, and waits until a page that does nothing else has long done everything. */
const goOn = async (page: Page) => {
  await page.evaluate(() => (window as unknown as Held).goOn())
  await page.waitForTimeout(2_000)
}

/** Whether a text was on the page at any moment from now on. */
const watchFor = async (page: Page, text: string) => {
  await page.evaluate((wanted) => {
    const watched = { seen: false }
    new MutationObserver(() => {
      if (document.documentElement.textContent.includes(wanted)) watched.seen = true
    }).observe(document, { childList: true, subtree: true, characterData: true })
    Object.assign(window, { watched })
  }, text)
  return () => page.evaluate(() => (window as unknown as { watched: { seen: boolean } }).watched.seen)
}

const last = "Illness number 499"
const textOf = (page: Page) => page.evaluate(() => document.documentElement.textContent)
const ofLong = /Illness number|Papadaki/

/** The long record, when a first part of it is on the screen, and no more will be. */
const openHalf = async () => {
  const hcp = await openHoldable("hcp")
  const { page } = hcp
  await professional.loadsCertificate(page, "physician")
  await professional.pastes(page, long.card)
  await heading(page, hcpEn.confirm.title).waitFor()
  await holdTasks(page)
  await professional.confirms(page)
  return hcp
}

test("what is still to come of a long record is said, after what an emergency asks for first, and paper gets all of it", async () => {
  const hcp = await openHalf()
  const { page } = hcp
  await page
    .getByRole("group", { name: criticalEn.title })
    .getByText(/penicillin/i)
    .waitFor()
  await page.getByRole("status").filter({ hasText: sharedEn.summary.moreComing }).waitFor()
  expect(await page.locator('.section-list[aria-busy="true"]').count()).toBe(1)
  expect(await textOf(page)).not.toContain(last)
  const printed = await page.evaluate(() => {
    dispatchEvent(new Event("beforeprint"))
    return document.body.textContent
  })
  for (let i = 0; i < 500; i++) expect(printed).toContain(`Illness number ${i}`)
  expect(printed).not.toContain(sharedEn.summary.moreComing)
  expectQuiet(hcp)
})

test("all of a long record is there in the end, and nothing says any more that something is to come", async () => {
  const hcp = await openHalf()
  await goOn(hcp.page)
  await hcp.page.locator('.section-list[aria-busy="false"]').waitFor()
  const text = await textOf(hcp.page)
  for (let i = 0; i < 500; i++) expect(text).toContain(`Illness number ${i}`)
  expect(text).not.toContain(sharedEn.summary.moreComing)
  expectQuiet(hcp)
})

test("of a record that is closed while it is put on the screen nothing comes any more, nor with the next patient", async () => {
  const hcp = await openHalf()
  const { page } = hcp
  await professional.closes(page)
  expect(await textOf(page)).not.toMatch(ofLong)
  await goOn(page)
  expect(await textOf(page)).not.toMatch(ofLong)
  await professional.opens(page, other.card)
  await page.getByText("Lindenmeier").first().waitFor()
  await page.locator('.section-list[aria-busy="false"]').waitFor()
  expect(await textOf(page)).not.toMatch(ofLong)
  expectQuiet(hcp)
})

test("an access that ends while its record is put on the screen takes what is there, and nothing comes any more", async () => {
  const hcp = await openHalf()
  const { page } = hcp
  await page.evaluate(() => {
    const later = Date.now() + 2 * 60 * 60 * 1000
    Date.now = () => later
  })
  await page.getByRole("alert").getByText(hcpEn.start.endings.expired[1]).waitFor()
  expect(await textOf(page)).not.toMatch(ofLong)
  await goOn(page)
  expect(await textOf(page)).not.toMatch(ofLong)
  expectQuiet(hcp)
})

test("without a network the rest of a record comes all the same", async () => {
  const hcp = await openHalf()
  const { page, context } = hcp
  await context.setOffline(true)
  await page.getByText(hcpEn.strip.offline).waitFor()
  await goOn(page)
  await page.getByText(last).first().waitFor()
  await context.setOffline(false)
  expectQuiet(hcp)
})

test("a card that is given up while its record is read never shows its patient, whoever's card comes next", async () => {
  const hcp = await openHoldable("hcp")
  const { page } = hcp
  await professional.loadsCertificate(page, "physician")
  await holdTasks(page)
  const held = () => page.evaluate(() => (window as unknown as Held).held())
  expect(await held()).toBe(0)
  await professional.pastes(page, long.card)
  await page.getByText(hcpEn.start.steps.summary).waitFor()
  // Its bytes are here, and nothing of them is read.
  await expect.poll(held).toBe(1)
  await button(page, hcpEn.start.giveUp).click()
  await professional.pastes(page, other.card)
  await expect.poll(held).toBe(2)
  const shown = await watchFor(page, "Papadaki")
  await goOn(page)
  expect(await shown()).toBe(false)
  await heading(page, hcpEn.confirm.title).waitFor()
  await page.getByText("Lindenmeier").first().waitFor()
  expect(await textOf(page)).not.toMatch(ofLong)
  await professional.confirms(page)
  await page.locator('.section-list[aria-busy="false"]').waitFor()
  expect(await textOf(page)).not.toMatch(ofLong)
  expectQuiet(hcp)
})

test("a patient who goes to another document while a long one is read sees the other alone", async () => {
  await uploadRecord(long.session, {
    category: "document",
    title: "Emergency department note",
    contentType: "application/fhir+json; charset=utf-8",
    content: utf8(JSON.stringify(emergencyNote(patientOf(eleniPapadaki)))),
  })
  const ehr = await openHoldable("ehr")
  const { page } = ehr
  await patient.arrives(page, long)
  await expect.poll(() => page.getByRole("link", { name: en.record.onDevice }).count()).toBe(3)
  await holdTasks(page)
  await page.getByRole("link", { name: /^Patient summary/ }).click()
  await button(page, en.document.saveFile).waitFor()
  await page.getByText(sharedEn.loading).waitFor()
  expect(await textOf(page)).not.toContain("Illness number")
  await patient.goesTo(page, "record")
  await page.getByRole("link", { name: /^Emergency department note/ }).click()
  await button(page, en.document.saveFile).waitFor()
  await goOn(page)
  await page.getByText("Metamizole").first().waitFor()
  expect(await textOf(page)).not.toContain("Illness number")
  expectQuiet(ehr)
})
