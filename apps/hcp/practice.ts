/** An access without a patient: a record that is made on this device, for a professional to practise with. Nothing is asked, and nobody is told. */
import { emptyStated, newItemId, type StatedSummary } from "../../fhir/stated-summary.ts"
import { readSummary } from "../../fhir/summary.ts"
import { toBase64url, utf8 } from "../../protocol/crypto/bytes.ts"
import { randomBytes } from "../../protocol/crypto/primitives.ts"
import { documentText } from "../shared/summary/stated-document.ts"
import { localDay } from "../shared/typed-date.ts"
import { language } from "../shared/words.ts"
import type { Encounter } from "./state.ts"
import { practiceWords } from "./words/practice.ts"

/** As long as a real one. */
const minutes = 60
const categories = ["summary", "document", "medication"] as const

/** Somebody who doesn't exist, as their own summary would say it. */
const nobody = (): StatedSummary => {
  const says = practiceWords.value.record
  const on = localDay(new Date())
  const mine = () => ({ id: newItemId(), origin: { from: "patient" as const }, on })
  const named = (text: string) => ({ text, codes: [] })
  return {
    ...emptyStated(language.value, on),
    names: [{ given: says.given, family: says.family }],
    birthDate: "1950-01-01",
    sex: "female",
    languages: [{ text: says.language }],
    allergies: {
      state: "listed",
      items: [
        {
          ...mine(),
          what: named(says.allergy),
          status: "present",
          category: "medication",
          criticality: "high",
          reactions: [{ what: named(says.reaction), severity: "severe" }],
        },
      ],
    },
    medicines: {
      state: "listed",
      items: [
        {
          ...mine(),
          what: named(says.anticoagulant),
          status: "taking",
          doses: [{ amount: { value: "2.5", unit: "mg", code: "mg" }, times: { by: "moment", at: ["EVE"] } }],
        },
        { ...mine(), what: named(says.medicine), status: "taking", doses: [{ asWritten: says.dose }] },
      ],
    },
    illnesses: { state: "listed", items: [{ ...mine(), what: named(says.illness), status: "present", since: "2019" }] },
    devices: { state: "listed", items: [{ ...mine(), what: named(says.device), status: "present", since: "2021-03" }] },
    bloodGroup: { ...mine(), abo: "A", rhesus: "+" },
  }
}

const nothing = async (): Promise<void> => undefined

/** An encounter with nobody. */
export const practiceEncounter = (): Encounter => {
  const text = documentText(nobody())
  const summary = readSummary(text)
  const bytes = utf8(text)
  const id = toBase64url(randomBytes(16))
  const descriptor = {
    recordId: id,
    version: 1,
    objectId: id,
    replaces: null,
    category: "summary" as const,
    epoch: 1,
    size: bytes.length,
    sha256: "",
    wrappedKey: "",
    metadata: "",
  }
  return {
    access: {
      practice: true,
      grantId: id,
      expiresAt: new Date(Date.now() + minutes * 60_000).toISOString(),
      categories: [...categories],
      receipts: [],
      credential: undefined,
    },
    summaries: [
      { descriptor, title: summary.document.title ?? "", contentType: "application/fhir+json", bytes, summary },
    ],
    files: [],
    severalIdentities: false,
    left: new AbortController(),
    ties: { end: nothing, endRequest: { url: "", body: "" }, keepAside: nothing, dropAside: nothing },
    ...(summary.patient === undefined ? {} : { patient: summary.patient }),
  }
}
