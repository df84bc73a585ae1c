import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import cardEl from "../../apps/card/words/el.ts"
import formEn from "../../apps/ehr/stated/words-en.ts"
import en from "../../apps/ehr/words/en.ts"
import hcpEn from "../../apps/hcp/words/en.ts"
import sharedEn from "../../apps/shared/words/en.ts"
import { patientOf } from "../../local/samples/document.ts"
import { eleniPapadaki } from "../../local/samples/eleni-papadaki.ts"
import { laboratoryReport } from "../../local/samples/laboratory.ts"
import { frontAddress } from "../../protocol/card-front.ts"
import { utf8 } from "../../protocol/crypto/bytes.ts"
import { listCards } from "../../sdk/patient/held-cards.ts"
import { setOpenPart } from "../../sdk/patient/open-part.ts"
import { uploadRecord } from "../../sdk/patient/records.ts"
import { barriersOn, openApp, shared, sidewaysOf, startBrowser } from "./browser.ts"
import { accessBy, addsNote, button, heading, newPatient, patient, professional } from "./people.ts"
import { speak } from "./screens.ts"

/** Twice the usual 16 pixels, as a phone's settings have it for who sees badly. */
const textSize = 32

let browser: Browser
beforeAll(async () => {
  browser = await startBrowser({ textSize })
})
afterAll(() => browser.close())

/** Texts of which a part lies beyond the screen's sides, or is hidden by the element around it. */
const cutOffOn = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const cut = new Set<string>()
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    const range = document.createRange()
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const element = node.parentElement
      if (element === null || (node.textContent ?? "").trim() === "") continue
      if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue
      range.selectNodeContents(node)
      const rects = [...range.getClientRects()].filter(({ width, height }) => width > 1 && height > 1)
      let [left, right] = [0, document.documentElement.clientWidth]
      let [top, bottom] = [-Infinity, Infinity]
      for (let around: Element | null = element; around !== null; around = around.parentElement) {
        const { overflowX, overflowY, clipPath } = getComputedStyle(around)
        // For who hears alone; or moved by who reads.
        if (clipPath !== "none" || [overflowX, overflowY].includes("auto")) {
          ;[left, right, top, bottom] = [-Infinity, Infinity, -Infinity, Infinity]
          break
        }
        if (overflowX === "visible" && overflowY === "visible") continue
        const box = around.getBoundingClientRect()
        ;[left, right] = [Math.max(left, box.left), Math.min(right, box.right)]
        ;[top, bottom] = [Math.max(top, box.top), Math.min(bottom, box.bottom)]
      }
      const isCut = (rect: DOMRect) =>
        rect.left < left - 2 || rect.right > right + 2 || rect.top < top - 4 || rect.bottom > bottom + 4
      if (rects.some(isCut)) cut.add((node.textContent ?? "").trim())
    }
    return [...cut]
  })

const holds = async (page: Page, name: string) => {
  for (const width of [390, 320]) {
    await page.setViewportSize({ width, height: 844 })
    expect.soft(await sidewaysOf(page), `${name} at ${width} px`).toBe(0)
    expect.soft(await cutOffOn(page), `cut off on ${name} at ${width} px`).toEqual([])
  }
  expect.soft(await barriersOn(page), `axe on ${name}`).toEqual([])
}

/** The screen in Greek, and back in the language that the test presses its buttons in. */
const inGreek = async (page: Page, name: string) => {
  await speak(page, "el")
  await holds(page, name)
  await speak(page, "en")
}

test("the patient's app is read in Greek with text of twice the size: nothing cut off, nothing sideways", {
  timeout: 600_000,
}, async () => {
  const who = await newPatient()
  const { page } = await openApp(browser, "ehr")
  const see = (name: string) => inGreek(page, `ehr-${name}`)
  await heading(page, en.welcome.title).waitFor()
  expect(await page.evaluate(() => getComputedStyle(document.documentElement).fontSize)).toBe(`${textSize}px`)
  await see("welcome")
  await page.getByRole("link", { name: en.welcome.create }).click()
  await heading(page, en.signUp.title).waitFor()
  await see("sign-up")
  await page.goBack()
  await patient.arrives(page, who)
  await see("record")
  await page.getByRole("link", { name: /^Patient summary/ }).click()
  await button(page, en.document.saveFile).waitFor()
  await see("document")
  await patient.goesTo(page, "record")
  await page.getByRole("link", { name: en.record.add }).click()
  await heading(page, en.add.title).waitFor()
  await see("add")
  await page.goto(new URL("/summary", page.url()).href)
  await heading(page, formEn.title).waitFor()
  await see("my-summary")
  await patient.goesTo(page, "card")
  await patient.signsIn(page, who.login)
  await page.getByRole("img", { name: en.card.frontAlt }).waitFor()
  await see("card")
  await button(page, en.card.make).click()
  await page.getByRole("dialog", { name: en.card.makeTitle }).waitFor()
  await see("card-make")
  await page.keyboard.press("Escape")
  await addsNote(await accessBy("physician", who.card))
  await patient.goesTo(page, "record")
  await page.getByText(en.running.title).waitFor()
  await see("running")
  await patient.goesTo(page, "access")
  await page.getByText(en.access.goodTitle).waitFor()
  await see("accesses")
  await patient.goesTo(page, "review")
  await page.getByRole("link", { name: /^Emergency department note/ }).click()
  await page.getByRole("region", { name: en.review.compare }).getByRole("status").waitFor()
  await see("review")
  await page.goto(new URL("/consents", page.url()).href)
  await heading(page, en.consents.title).waitFor()
  await see("consents")
  await patient.goesTo(page, "account")
  await heading(page, en.account.title).waitFor()
  await see("account")
})

test("the professional's app is read in Greek with text of twice the size: nothing cut off, nothing sideways", {
  timeout: 600_000,
}, async () => {
  const { card, session } = await newPatient({ categories: ["summary", "laboratory", "imaging", "document"] })
  await uploadRecord(session, {
    category: "laboratory",
    title: "Laboratory results",
    contentType: "application/fhir+json",
    content: utf8(JSON.stringify(laboratoryReport(patientOf(eleniPapadaki)))),
  })
  const { page } = await openApp(browser, "hcp")
  const see = (name: string) => inGreek(page, `hcp-${name}`)
  const goes = (name: string) => page.getByRole("navigation").getByRole("link", { name }).click()
  await heading(page, hcpEn.certificate.title).waitFor()
  await see("certificate")
  await professional.loadsCertificate(page, "physician")
  await see("start")
  await professional.pastes(page, card)
  await heading(page, hcpEn.confirm.title).waitFor()
  await see("confirm")
  await professional.confirms(page)
  await see("summary")
  await goes(hcpEn.results.place)
  await page.getByRole("region", { name: "Potassium" }).first().waitFor()
  await see("results")
  await goes(hcpEn.lists.imagesPlace)
  await page.getByRole("link", { name: "CT chest" }).click()
  await page.getByText(sharedEn.dicom.notDiagnostic, { exact: true }).waitFor()
  await see("image")
  await goes(hcpEn.lists.documentsPlace)
  await page.getByRole("heading", { name: hcpEn.lists.documentsPlace, exact: true, level: 1 }).waitFor()
  await see("documents")
  await goes(hcpEn.add.place)
  await heading(page, hcpEn.add.title).waitFor()
  await see("add")
})

test("the card's page is read in Greek with text of twice the size: nothing cut off, nothing sideways", async () => {
  const { session, cardId } = await newPatient()
  await setOpenPart(session, cardId, {
    language: "el",
    name: "Ελένη Παπαδάκη",
    lines: [
      { about: "allergy", text: "Πενικιλλίνη: αναφυλακτική καταπληξία" },
      { about: "medicine", text: "Ακενοκουμαρόλη 4 mg" },
    ],
    contact: { name: "Νίκος (γιος)", phone: "+30 210 1234567" },
  })
  const [held] = await listCards(session)
  if (held?.secrets === undefined) throw new Error("no card")
  const address = frontAddress(held.secrets.front, shared.apps.card)
  const { page } = await openApp(browser, "card", { address, locale: "el" })
  await page.getByText("Ελένη Παπαδάκη").waitFor()
  await page.getByRole("link", { name: cardEl.call("112") }).waitFor()
  await holds(page, "card")
})
