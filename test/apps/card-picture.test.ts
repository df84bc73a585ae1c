import { afterEach, beforeAll, describe, expect, test, vi } from "vitest"
import { cardFront } from "../../apps/ehr/card-picture.ts"
import cardEl from "../../apps/ehr/cards/words-el.ts"
import cardEn from "../../apps/ehr/cards/words-en.ts"
import en from "../../apps/ehr/words/en.ts"
import { language, languageCodes, speak } from "../../apps/shared/words.ts"
import { openLineKinds } from "../../protocol/open-part.ts"

const address = "https://card.example.org/#123456789012345678901234567890"
const kindsIn = { en: cardEn.kinds, el: cardEl.kinds }

beforeAll(() => {
  vi.stubGlobal("document", { documentElement: {} })
  vi.stubGlobal("localStorage", { setItem: () => undefined })
})
afterEach(() => speak("en"))

/** The lines of text of a printed side, from top to bottom. */
const printed = async (side: Blob) => [...(await side.text()).matchAll(/<text [^>]*>([^<]*)</g)].map(([, line]) => line)

describe.each(languageCodes)("the printed front in %s", (code) => {
  test.each(openLineKinds)("says of a line that it is about %s, in front of its words", async (about) => {
    await speak(code)
    expect(language.value).toBe(code)
    const lines = await printed(cardFront(address, { language: "en", lines: [{ about, text: "Warfarin" }] }))
    expect(lines.join(" ")).toContain(`${kindsIn[code][about]}: Warfarin`)
    expect(lines).not.toContain("Warfarin")
  })
})

test("the printed front has whom to call, and five of the longest lines of the form without leaving anything out", async () => {
  const words = "Χρόνια αποφρακτική πνευμονοπάθεια με οξυγονοθεραπεία στο σπίτι δεκαέξι ώρες τη"
  const lines = Array.from({ length: 4 }, () => ({ about: "illness" as const, text: words }))
  const contact = { name: "Nikos Papadakis", phone: "+30 210 1234567" }
  const said = { name: "Eleni Papadaki", language: "el", lines, contact }
  const texts = (await printed(cardFront(address, said))).join(" ")
  expect(texts.split("πνευμονοπάθεια")).toHaveLength(5)
  expect(texts).toContain(`${cardEn.kinds.contact}: Nikos Papadakis +30 210 1234567`)
  expect(texts).toContain(en.card.frontTurn)
  expect(texts).not.toContain("…")
})
