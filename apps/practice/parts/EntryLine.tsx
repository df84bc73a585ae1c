import type { ComponentChildren } from "preact"
import type { ResultLine } from "../../../sdk/practice/result-lines.ts"
import { ageInYears, formatFhirDate } from "../../shared/format.ts"
import { words } from "../words/words.ts"

/** What else an entry says, in the order in which one looks for it. */
export const asideOf = ({
  birthDate,
  isEstimated,
  sex,
  lastVisit,
  fileNumber,
  phone,
  aside,
}: Omit<ResultLine, "fileId">): string => {
  const { patients: says, person } = words.value
  const age = birthDate === undefined ? undefined : ageInYears(birthDate, new Date())
  const born = birthDate === undefined ? undefined : formatFhirDate(birthDate)
  return [
    born === undefined ? undefined : isEstimated === true ? says.about(born) : says.born(born),
    age === undefined ? undefined : says.years(age),
    sex === "unknown" ? undefined : person.sexes[sex],
    lastVisit === undefined ? undefined : says.lastVisit(formatFhirDate(lastVisit)),
    fileNumber === undefined ? undefined : says.file(fileNumber),
    phone,
    aside,
  ]
    .filter((part) => part !== undefined)
    .join(" · ")
}

/** What somebody is called: of whom nobody has identified, that. */
export const nameOfLine = ({ name }: Pick<ResultLine, "name">): string => name ?? words.value.patients.unidentified

/** One patient among others, as a link to their file. */
export const EntryLine = ({ line, children }: { line: ResultLine; children?: ComponentChildren }) => (
  <li>
    <a class="list-link" href={`/patients/file#${line.fileId}`}>
      <span class="strong">
        {nameOfLine(line)}
        {line.otherName !== undefined && <span class="muted"> ({line.otherName})</span>}
      </span>
      <span class="small muted">{asideOf(line)}</span>
      {children}
    </a>
  </li>
)
