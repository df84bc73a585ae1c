/** What a result of the search shows of an entry: enough to tell two people of one name apart. */
import type { Entry } from "../../protocol/practice/entry.ts"

export interface ResultLine {
  readonly fileId: string
  /** `undefined`: of a person whom nobody has identified yet. */
  readonly name?: string
  /** In a second script. */
  readonly otherName?: string
  readonly birthDate?: string
  readonly isEstimated?: true
  readonly sex: Entry["sex"]
  readonly lastVisit?: string
  readonly fileNumber?: string
  readonly phone?: string
  /** What else the entry has, where the line would read as another one's otherwise. */
  readonly aside?: string
}

const nameIn = (name: Entry["names"][number] | undefined): string | undefined => {
  const text = [name?.family, name?.given].filter((part) => part !== undefined).join(" ")
  return text === "" ? undefined : text
}

const lineOf = ({ fileId, names, birthDate, isEstimated, sex, lastVisit, fileNumber, phones }: Entry): ResultLine => {
  const [name, otherName, phone] = [nameIn(names[0]), nameIn(names[1]), phones[0]]
  return {
    fileId,
    ...(name === undefined ? {} : { name }),
    ...(otherName === undefined ? {} : { otherName }),
    ...(birthDate === undefined ? {} : { birthDate }),
    ...(isEstimated === undefined ? {} : { isEstimated }),
    sex,
    ...(lastVisit === undefined ? {} : { lastVisit }),
    ...(fileNumber === undefined ? {} : { fileNumber }),
    ...(phone === undefined ? {} : { phone }),
  }
}

/** Everything of a line that is read. */
const readAs = (line: ResultLine): string => JSON.stringify(Object.entries(line).filter(([name]) => name !== "fileId"))

/** All that isn't on the line itself; at the last the beginning of the file's id, which no other has. */
const restOf = ({ fileId, identifiers, phones, names }: Entry): string[] => [
  ...identifiers.map(({ value }) => value),
  ...phones.slice(1),
  ...names.slice(2).flatMap((name) => nameIn(name) ?? []),
  fileId,
]

/** The first that none of the others has; of a file that is twice among them there is none. */
const ownOf = (entry: Entry, others: readonly Entry[]): string | undefined => {
  const theirs = new Set(others.flatMap((other) => restOf(other)))
  return restOf(entry).find((each) => !theirs.has(each))
}

/** A line of each entry, in their order; no two files' are alike. */
export const resultLines = (entries: readonly Entry[]): readonly ResultLine[] => {
  const lined = entries.map((entry) => ({ entry, line: lineOf(entry) }))
  const alike = Map.groupBy(lined, ({ line }) => readAs(line))
  return lined.map(({ entry, line }) => {
    const others = (alike.get(readAs(line)) ?? []).map((each) => each.entry).filter((each) => each !== entry)
    const aside = others.length === 0 ? undefined : ownOf(entry, others)
    return aside === undefined ? line : { ...line, aside }
  })
}
