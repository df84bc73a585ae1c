import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import en from "../../apps/ehr/words/en.ts"
import { scanCard } from "../../bin/ehr/scan-card.ts"
import { frontAddress } from "../../protocol/card-front.ts"
import { cardSheetSvg, cardSvg } from "../../sdk/card-image.ts"
import { listCards } from "../../sdk/patient/held-cards.ts"
import { setOpenPart } from "../../sdk/patient/open-part.ts"
import { openApp, shared, startBrowser } from "./browser.ts"
import { darkShare, inInk } from "./ink.ts"
import { newPatient, patient } from "./people.ts"
import { drawPdf, type Strip } from "./printed.ts"

let browser: Browser
beforeAll(async () => {
  browser = await startBrowser()
})
afterAll(() => browser.close())

/** Millimetres: the margin of the sheet in print, and a side of a card. */
const [margin, side] = [12, 85.6]
/** Of the front: what is beside its code, and nothing else. */
const frontWords: Strip = [margin + 37, margin + side - 3]
const backWords: Strip = [margin + side + 50, margin + 2 * side - 1]

const bothCodes = (png: Buffer): Promise<boolean> =>
  scanCard(png).then(
    () => false,
    (error: unknown) => error instanceof Error && /more than one QR code/.test(error.message),
  )

/** Both codes, read from what a printer without colours makes of a PDF; the words beside them are dark enough to be read. */
const readOnPaper = async (page: Page, pdf: Buffer, from: number) => {
  const shifted = ([left, right]: Strip): Strip => [left - margin + from, right - margin + from]
  const fold = from + side
  const [front, back, ...words] = await drawPdf(
    browser,
    pdf,
    [[0, fold], [fold, 210], shifted(frontWords), shifted(backWords)],
    bothCodes,
  )
  if (front === undefined || back === undefined) throw new Error("nothing is drawn")
  for (const strip of words) expect(await darkShare(page, strip)).toBeGreaterThan(0.005)
  const read = async (bits: 1 | 8) => ({
    front: await scanCard(await inInk(page, front, bits)),
    back: await scanCard(await inInk(page, back, bits)),
  })
  const inGrey = await read(8)
  expect(await read(1)).toEqual(inGrey)
  return inGrey
}

test("a card that is printed to PDF, without colours, has both codes readable and its words dark, on one page", async () => {
  const who = await newPatient()
  await setOpenPart(who.session, who.cardId, {
    language: "en",
    name: "Eleni Papadaki",
    lines: [
      { about: "allergy", text: "Penicillin: anaphylaxis" },
      { about: "medicine", text: "Warfarin 5 mg" },
      { about: "language", text: "Greek, some German" },
    ],
    contact: { name: "Nikos (son)", phone: "+30 210 1234567" },
  })
  const { page } = await openApp(browser, "ehr")
  await patient.arrives(page, who)
  await patient.goesTo(page, "card")
  await page.getByRole("img", { name: en.card.frontAlt }).waitFor()
  const [card] = await listCards(who.session)
  if (card?.secrets === undefined) throw new Error("no card")
  const { text, front } = card.secrets
  const codes = { front: frontAddress(front, shared.apps.card), back: text }

  const pdf = await page.pdf({ format: "A4" })
  expect(pdf.toString("latin1").match(/\/Type\s*\/Page\b/g)).toHaveLength(1)
  expect(await readOnPaper(page, pdf, margin)).toEqual(codes)

  // The sheet that the command line writes, printed by a browser.
  const sides = [
    cardSvg(codes.front, { heading: "Eleni Papadaki", lines: ["Allergy: Penicillin"], under: ["Scan it."] }),
    cardSvg(codes.back, { heading: "EMERGENCY HEALTH CARD", lines: ["Opens my health record."] }),
  ] as const
  const sheet = await browser.newPage()
  await sheet.setContent(`<style>body{margin:${margin}mm}</style>${cardSheetSvg(...sides)}`)
  expect(await readOnPaper(page, await sheet.pdf({ format: "A4" }), margin)).toEqual(codes)
})
