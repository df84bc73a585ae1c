import { type Check, day, kinds, object, oneOf, optional, words } from "./check.ts"
import type { Origin, Statement } from "./stated-summary.ts"

const fromPatient = object<Extract<Origin, { from: "patient" }>>({ from: oneOf("patient") })
const fromProfessional = object<Extract<Origin, { from: "professional" }>>({
  from: oneOf("professional"),
  name: words(),
})
const fromDocument = object<Extract<Origin, { from: "document" }>>({
  from: oneOf("document"),
  title: words(),
  date: optional(words(40)),
  author: optional(words()),
})
const origin: Check<Origin> = kinds<Origin>("from", {
  patient: fromPatient,
  professional: fromProfessional,
  document: fromDocument,
})

/** The fields of a statement. */
export const statement = { origin, on: day }
export const statementCheck = object<Statement>(statement)
