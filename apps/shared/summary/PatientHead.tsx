import type { SummaryPatient } from "../../../fhir/patient.ts"
import { ageInYears, formatFhirDate, formatList } from "../format.ts"
import { sexOf } from "../sex.ts"
import { factWords } from "../words/facts.ts"
import { sharedWords } from "../words/shared.ts"
import { sayPatientAside } from "./say.ts"
import { saying } from "./saying.ts"

/** Who the patient is: the name large, then what tells two people of one name apart. */
export const PatientHead = ({ patient }: { patient: SummaryPatient }) => {
  const { summary } = sharedWords.value
  const { name, birthDate, sex, deceased, identifiers } = patient
  const age = birthDate === undefined ? undefined : ageInYears(birthDate, new Date())
  return (
    <div class="person">
      <p class="person-name">{name ?? summary.noName}</p>
      <p class="row">
        {birthDate !== undefined && (
          <span>
            {summary.born} {formatFhirDate(birthDate)}
            {age !== undefined && deceased === undefined && ` (${summary.age(age)})`}
          </span>
        )}
        {sex !== undefined && <span>{sexOf(sex)}</span>}
        {deceased !== undefined && (
          <span class="badge badge-warn">
            {summary.deceased}
            {deceased.at !== undefined && ` ${formatFhirDate(deceased.at)}`}
          </span>
        )}
      </p>
      {identifiers.length > 0 && <p class="mono muted">{identifiers.map(({ value }) => value).join(" · ")}</p>}
    </div>
  )
}

/** The rest of what is known of the patient. */
export const PatientFacts = ({ patient }: { patient: SummaryPatient }) => {
  const { summary } = sharedWords.value
  const facts = [
    [summary.otherNames, patient.otherNames],
    [summary.phone, patient.telecom],
    [summary.contacts, patient.contacts],
    [summary.languages, patient.languages],
  ] as const
  const aside = sayPatientAside(patient.aside, saying())
  const known = [...facts, [factWords.value.alsoStated, aside] as const].filter(([, values]) => values.length > 0)
  if (known.length === 0) return null
  return (
    <dl class="facts">
      {known.map(([label, values]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{formatList(values)}</dd>
        </div>
      ))}
    </dl>
  )
}
