/** Who a patient is, as somebody types it. */
import * as z from "zod/mini"
import type { Entry } from "../../protocol/practice/entry.ts"
import type { NewEntry } from "../../sdk/practice/files.ts"
import { oneLine } from "../../text/plain-text.ts"
import { dateTyped, isAhead, typedOf } from "../shared/typed-date.ts"

const typedText = z.string().check(z.maxLength(300))
export const typedPerson = z.object({
  family: typedText,
  given: typedText,
  otherFamily: typedText,
  otherGiven: typedText,
  birthDate: typedText,
  age: typedText,
  sex: z.enum(["female", "male", "other", "unknown", ""]),
  phone: typedText,
  otherPhone: typedText,
  fileNumber: typedText,
  number: typedText,
})
export type TypedPerson = z.infer<typeof typedPerson>

export const emptyPerson: TypedPerson = {
  family: "",
  given: "",
  otherFamily: "",
  otherGiven: "",
  birthDate: "",
  age: "",
  sex: "",
  phone: "",
  otherPhone: "",
  fileNumber: "",
  number: "",
}

/** An entry as one would type it. */
export const personTyped = ({ names, birthDate, sex, phones, fileNumber, identifiers }: NewEntry): TypedPerson => ({
  ...emptyPerson,
  family: names[0]?.family ?? "",
  given: names[0]?.given ?? "",
  otherFamily: names[1]?.family ?? "",
  otherGiven: names[1]?.given ?? "",
  birthDate: birthDate === undefined ? "" : typedOf(birthDate),
  sex,
  phone: phones[0] ?? "",
  otherPhone: phones[1] ?? "",
  fileNumber: fileNumber ?? "",
  number: identifiers[0]?.value ?? "",
})

export type PersonFault = "name" | "birth" | "date" | "ahead" | "age" | "sex" | "both" | "phone"
export type PersonFaults = { readonly [F in keyof TypedPerson]?: PersonFault }

const isAge = (age: string): boolean => /^\d{1,3}$/.test(age) && Number(age) <= 130

const birthFaults = ({ birthDate, age }: TypedPerson, now: Date): PersonFaults => {
  const [date, years] = [birthDate.trim(), age.trim()]
  if (date !== "" && years !== "") return { age: "both" }
  if (years !== "") return isAge(years) ? {} : { age: "age" }
  if (date === "") return {}
  const read = dateTyped(date)
  if (read === undefined) return { birthDate: "date" }
  return isAhead(read, now) ? { birthDate: "ahead" } : {}
}

const phoneFaults = (typed: TypedPerson): PersonFaults => {
  const isFaulty = (text: string) => text.trim() !== "" && !/\d/.test(text)
  return {
    ...(isFaulty(typed.phone) && { phone: "phone" as const }),
    ...(isFaulty(typed.otherPhone) && { otherPhone: "phone" as const }),
  }
}

/** What can't be taken as it stands; `whole`: what somebody new must have besides. */
export const faultsOf = (typed: TypedPerson, now: Date, { whole }: { readonly whole: boolean }): PersonFaults => {
  const faults = { ...birthFaults(typed, now), ...phoneFaults(typed) }
  if (!whole) return faults
  const isNamed = [typed.family, typed.given, typed.otherFamily, typed.otherGiven].some((name) => name.trim() !== "")
  const isBorn = typed.birthDate.trim() !== "" || typed.age.trim() !== ""
  return {
    ...faults,
    ...(!isNamed && { family: "name" as const }),
    ...(!isBorn && { birthDate: "birth" as const }),
    ...(typed.sex === "" && { sex: "sex" as const }),
  }
}

const nameOf = (family: string, given: string): NewEntry["names"] => {
  const [last, first] = [oneLine(family), oneLine(given)]
  return last === "" && first === ""
    ? []
    : [{ ...(last !== "" && { family: last }), ...(first !== "" && { given: first }) }]
}

/** The date as it stands in the form, an age as the year that it means; of what isn't understood, what was there before. */
const birthOf = (
  { birthDate, age }: TypedPerson,
  now: Date,
  before: Pick<NewEntry, "birthDate" | "isEstimated">,
): Pick<NewEntry, "birthDate" | "isEstimated"> => {
  const years = age.trim()
  if (birthDate.trim() === "" && isAge(years))
    return { birthDate: String(now.getFullYear() - Number(years)), isEstimated: true }
  const date = dateTyped(birthDate)
  if (date === undefined) return {}
  // What was estimated stays so until it is another.
  return { birthDate: date, ...(date === before.birthDate && before.isEstimated === true && { isEstimated: true }) }
}

const listed = (values: readonly string[]): string[] =>
  values.map((value) => oneLine(value)).filter((value) => value !== "")

/** What the form says, over what an entry said before, of which the form shows only a part. */
export const saidIn = (typed: TypedPerson, now: Date, before: NewEntry = unnamed): NewEntry => {
  const { birthDate: _birth, isEstimated: _estimated, fileNumber: _number, ...rest } = before
  const [known, ...others] = before.identifiers
  const number = oneLine(typed.number)
  const first =
    known !== undefined && known.value === number
      ? known
      : { ...(known?.system !== undefined && { system: known.system }), value: number }
  const fileNumber = oneLine(typed.fileNumber)
  return {
    ...rest,
    names: [
      ...nameOf(typed.family, typed.given),
      ...nameOf(typed.otherFamily, typed.otherGiven),
      ...before.names.slice(2),
    ],
    ...birthOf(typed, now, before),
    sex: typed.sex === "" ? before.sex : typed.sex,
    identifiers: number === "" ? others : [first, ...others],
    ...(fileNumber !== "" && { fileNumber }),
    phones: [...listed([typed.phone, typed.otherPhone]), ...before.phones.slice(2)],
  }
}

/** Somebody whom nobody has identified yet. */
export const unnamed: NewEntry = { names: [], sex: "unknown", identifiers: [], phones: [] }

/** What an entry says of a person, without how it is kept. */
export const saidOf = ({ fileId: _file, version: _version, ...said }: Entry): NewEntry => said
