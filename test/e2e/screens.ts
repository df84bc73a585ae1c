import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Page } from "playwright-core"
import { expect, vi } from "vitest"
import cardEl from "../../apps/ehr/cards/words-el.ts"
import cardEn from "../../apps/ehr/cards/words-en.ts"
import offersEl from "../../apps/ehr/offers/words-el.ts"
import offersEn from "../../apps/ehr/offers/words-en.ts"
import reviewEl from "../../apps/ehr/proposals/words-el.ts"
import reviewEn from "../../apps/ehr/proposals/words-en.ts"
import formEl from "../../apps/ehr/stated/words-el.ts"
import formEn from "../../apps/ehr/stated/words-en.ts"
import ehrEl from "../../apps/ehr/words/el.ts"
import ehrEn from "../../apps/ehr/words/en.ts"
import changesEl from "../../apps/hcp/words/changes-el.ts"
import changesEn from "../../apps/hcp/words/changes-en.ts"
import hcpEl from "../../apps/hcp/words/el.ts"
import hcpEn from "../../apps/hcp/words/en.ts"
import practiceEl from "../../apps/hcp/words/practice-el.ts"
import practiceEn from "../../apps/hcp/words/practice-en.ts"
import type { AppName } from "../../apps/policy.ts"
import auditEl from "../../apps/practice/audit/words-el.ts"
import auditEn from "../../apps/practice/audit/words-en.ts"
import fileEl from "../../apps/practice/file/words-el.ts"
import fileEn from "../../apps/practice/file/words-en.ts"
import exchangeEl from "../../apps/practice/import/words-el.ts"
import exchangeEn from "../../apps/practice/import/words-en.ts"
import membersEl from "../../apps/practice/members/words-el.ts"
import membersEn from "../../apps/practice/members/words-en.ts"
import statedEl from "../../apps/practice/stated/words-el.ts"
import statedEn from "../../apps/practice/stated/words-en.ts"
import ownEl from "../../apps/practice/words/el.ts"
import ownEn from "../../apps/practice/words/en.ts"
import archiveEl from "../../apps/shared/archive/words-el.ts"
import archiveEn from "../../apps/shared/archive/words-en.ts"
import healthCardEl from "../../apps/shared/health-cards/words-el.ts"
import healthCardEn from "../../apps/shared/health-cards/words-en.ts"
import criticalEl from "../../apps/shared/words/critical-el.ts"
import criticalEn from "../../apps/shared/words/critical-en.ts"
import sharedEl from "../../apps/shared/words/el.ts"
import sharedEn from "../../apps/shared/words/en.ts"
import proposalsEl from "../../apps/shared/words/proposals-el.ts"
import proposalsEn from "../../apps/shared/words/proposals-en.ts"
import { languages } from "../../apps/shared/words.ts"
import { repositoryDirectory } from "../../local/directories.ts"
import { barriersOn, phone, sidewaysOf, tablet } from "./browser.ts"
import { indexedPng } from "./indexed-png.ts"

/** Whether this run makes the pictures of the README anew: `npm run screens`, whose mode Vitest puts here. */
const makesPictures = process.env["MODE"] === "screens"

/** Sentences and words of one dictionary that the other says otherwise. */
const differing = (one: unknown, other: unknown): string[] => {
  if (typeof one === "string") return one === other || one.length < 4 ? [] : [one]
  if (typeof one !== "object" || one === null) return []
  return Object.entries(one).flatMap(([key, value]) => differing(value, (other as Record<string, unknown>)[key]))
}
/** What the made-up record says is in the language in which it was begun. */
const withoutRecord = ({ record: _record, ...said }: typeof practiceEn) => said
/** Its title is that of a document, in the language of who wrote it. */
const proposals = { en: { ...proposalsEn, title: "" }, el: { ...proposalsEl, title: "" } }
type Framed = Exclude<AppName, "card">
const english: Readonly<Record<Framed, ReadonlySet<string>>> = {
  ehr: new Set([
    ...differing(ehrEn, ehrEl),
    ...differing(cardEn, cardEl),
    ...differing(formEn, formEl),
    ...differing(offersEn, offersEl),
    ...differing(reviewEn, reviewEl),
    ...differing(archiveEn, archiveEl),
    ...differing({ ...healthCardEn, cardTitle: "" }, { ...healthCardEl, cardTitle: "" }),
    ...differing(proposals.en, proposals.el),
    ...differing(sharedEn, sharedEl),
  ]),
  hcp: new Set([
    ...differing(hcpEn, hcpEl),
    ...differing(withoutRecord(practiceEn), withoutRecord(practiceEl)),
    ...differing(changesEn, changesEl),
    ...differing(proposals.en, proposals.el),
    ...differing(criticalEn, criticalEl),
    ...differing(sharedEn, sharedEl),
  ]),
  practice: new Set([
    ...differing(ownEn, ownEl),
    ...differing(fileEn, fileEl),
    ...differing(statedEn, statedEl),
    ...differing(membersEn, membersEl),
    ...differing(exchangeEn, exchangeEl),
    ...differing(auditEn, auditEl),
    ...differing(criticalEn, criticalEl),
    ...differing(sharedEn, sharedEl),
  ]),
}

export const speak = async (page: Page, language: keyof typeof languages) => {
  // By the page itself: behind an open dialog nobody could.
  await page.locator(`.popover label[lang="${language}"] input`).evaluate((radio: HTMLInputElement) => radio.click())
  await page.locator(`html[lang="${language}"]`).waitFor()
}

/** Every text a person sees or hears, but what is marked as being in another language, and what documents say in their own words. */
const textsOn = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const others = '[lang="en"], .item, details:has(.narrative), script, style'
    const texts: string[] = []
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode())
      if (node.parentElement?.closest(others) === null) texts.push(node.textContent?.trim() ?? "")
    for (const element of document.querySelectorAll("[aria-label], [placeholder], [alt], [title]"))
      for (const name of ["aria-label", "placeholder", "alt", "title"])
        if (element.closest(others) === null) texts.push(element.getAttribute(name) ?? "")
    return [...texts, document.title]
  })

const narrow = { width: 320, height: 640 }
const schemes = ["light", "dark"] as const

/**
 * Holds a screen against what every screen must be: no barrier that axe finds, light or dark, nor in Greek; as wide as a narrow phone without
 * scrolling sideways, in English and in Greek; and nothing English left in Greek.
 */
export const inspect = async (page: Page, app: Framed, name: string): Promise<void> => {
  const screen = `${app}/${name}`
  const viewport = page.viewportSize() ?? phone
  for (const colorScheme of schemes) {
    await page.emulateMedia({ colorScheme })
    expect.soft(await barriersOn(page), `axe on ${screen}, ${colorScheme}`).toEqual([])
    if (makesPictures) await picture(page, app, name, colorScheme)
  }
  await page.emulateMedia({ colorScheme: "light" })
  await page.setViewportSize(narrow)
  expect.soft(await sidewaysOf(page), `${screen} at 320 px`).toBe(0)
  await speak(page, "el")
  expect.soft(await sidewaysOf(page), `${screen} at 320 px in Greek`).toBe(0)
  const leftIn = async () => (await textsOn(page)).filter((text) => english[app].has(text))
  // The title follows a moment later.
  await vi.waitUntil(async () => (await leftIn()).length === 0, { timeout: 2_000 }).catch(() => undefined)
  expect.soft(await leftIn(), `English on ${screen} in Greek`).toEqual([])
  expect.soft(await barriersOn(page), `axe on ${screen} in Greek, at 320 px`).toEqual([])
  await speak(page, "en")
  await page.setViewportSize(viewport)
}

const picture = async (page: Page, app: Framed, name: string, scheme: string): Promise<void> => {
  const directory = join(repositoryDirectory, "docs/screens", app)
  mkdirSync(directory, { recursive: true })
  for (const [device, size] of Object.entries({ phone, tablet })) {
    await page.setViewportSize(size)
    const screenshot = await page.screenshot({ animations: "disabled", caret: "hide" })
    writeFileSync(join(directory, `${name}-${device}-${scheme}.png`), indexedPng(screenshot))
  }
  await page.setViewportSize(phone)
}
