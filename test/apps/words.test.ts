import { describe, expect, test } from "vitest"
import cardEl from "../../apps/ehr/cards/words-el.ts"
import cardEn from "../../apps/ehr/cards/words-en.ts"
import formEl from "../../apps/ehr/stated/words-el.ts"
import formEn from "../../apps/ehr/stated/words-en.ts"
import ehrEl from "../../apps/ehr/words/el.ts"
import ehrEn from "../../apps/ehr/words/en.ts"
import certificateEl from "../../apps/hcp/words/certificate-el.ts"
import certificateEn from "../../apps/hcp/words/certificate-en.ts"
import hcpEl from "../../apps/hcp/words/el.ts"
import hcpEn from "../../apps/hcp/words/en.ts"
import pinEl from "../../apps/hcp/words/pin-el.ts"
import pinEn from "../../apps/hcp/words/pin-en.ts"
import practiceAuditEl from "../../apps/practice/audit/words-el.ts"
import practiceAuditEn from "../../apps/practice/audit/words-en.ts"
import practiceFileEl from "../../apps/practice/file/words-el.ts"
import practiceFileEn from "../../apps/practice/file/words-en.ts"
import practiceImportEl from "../../apps/practice/import/words-el.ts"
import practiceImportEn from "../../apps/practice/import/words-en.ts"
import practiceMembersEl from "../../apps/practice/members/words-el.ts"
import practiceMembersEn from "../../apps/practice/members/words-en.ts"
import practiceStatedEl from "../../apps/practice/stated/words-el.ts"
import practiceStatedEn from "../../apps/practice/stated/words-en.ts"
import practiceEl from "../../apps/practice/words/el.ts"
import practiceEn from "../../apps/practice/words/en.ts"
import filesEl from "../../apps/shared/files/words-el.ts"
import filesEn from "../../apps/shared/files/words-en.ts"
import trendsEl from "../../apps/shared/trends/words-el.ts"
import trendsEn from "../../apps/shared/trends/words-en.ts"
import aboutEl from "../../apps/shared/words/about-el.ts"
import aboutEn from "../../apps/shared/words/about-en.ts"
import criticalEl from "../../apps/shared/words/critical-el.ts"
import criticalEn from "../../apps/shared/words/critical-en.ts"
import el from "../../apps/shared/words/el.ts"
import en from "../../apps/shared/words/en.ts"
import factsEl from "../../apps/shared/words/facts-el.ts"
import factsEn from "../../apps/shared/words/facts-en.ts"

/** `path` and text of every plain text of a dictionary. */
const texts = (words: object, path = ""): [string, string][] =>
  Object.entries(words).flatMap(([key, value]: [string, unknown]): [string, string][] => {
    const here = path === "" ? key : `${path}.${key}`
    if (typeof value === "string") return [[here, value]]
    return typeof value === "object" && value !== null ? texts(value, here) : []
  })

describe.each([
  ["shared", en, el],
  ["trends'", trendsEn, trendsEl],
  ["files'", filesEn, filesEl],
  ["app's own", aboutEn, aboutEl],
  ["FHIR facts'", factsEn, factsEl],
  ["first seconds'", criticalEn, criticalEl],
  ["EHR App", ehrEn, ehrEl],
  ["summary form's", formEn, formEl],
  ["cards'", cardEn, cardEl],
  ["HCP App", hcpEn, hcpEl],
  ["certificate's", certificateEn, certificateEl],
  ["PIN's", pinEn, pinEl],
  ["Practice App", practiceEn, practiceEl],
  ["log's", practiceAuditEn, practiceAuditEl],
  ["patient file's", practiceFileEn, practiceFileEl],
  ["import's", practiceImportEn, practiceImportEl],
  ["members's", practiceMembersEn, practiceMembersEl],
  ["practice form's", practiceStatedEn, practiceStatedEl],
])("the %s dictionary", (_, english, greek) => {
  // That no key is missing or too many, the types hold.
  test("is translated, not copied", () => {
    const greekTexts = new Map(texts(greek))
    const untranslated = texts(english).filter(
      ([path, text]) => /[a-z]{3}/i.test(text) && greekTexts.get(path) === text,
    )
    expect(untranslated).toEqual([])
  })

  test("says something everywhere", () => {
    for (const [path, text] of [...texts(english), ...texts(greek)]) expect(text, path).not.toMatch(/^\s*$/)
  })
})
