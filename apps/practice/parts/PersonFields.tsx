import { Field } from "../../shared/parts/Field.tsx"
import { Segments } from "../../shared/parts/Segments.tsx"
import type { PersonFaults, TypedPerson } from "../person-form.ts"
import { words } from "../words/words.ts"

type Textual = Exclude<keyof TypedPerson, "sex">

/** The fields that say who somebody is. `faults`: beside the field that is wrong. */
export const PersonFields = ({
  typed,
  faults,
  onTyped,
}: {
  typed: TypedPerson
  faults: PersonFaults
  onTyped: (change: (before: TypedPerson) => TypedPerson) => void
}) => {
  const { person: says } = words.value
  const faultOf = (name: keyof TypedPerson): string | undefined => {
    const fault = faults[name]
    return fault === undefined ? undefined : says.faults[fault]
  }
  const field = (name: Textual) => ({
    value: typed[name],
    fault: faultOf(name),
    maxLength: 120,
    autocomplete: "off",
    onValue: (value: string) => onTyped((before) => ({ ...before, [name]: value })),
  })
  const isMore = [typed.otherFamily, typed.otherGiven, typed.otherPhone, typed.number].some((text) => text !== "")
  return (
    <>
      <div class="row fields">
        <Field label={says.family} {...field("family")} autocapitalize="words" />
        <Field label={says.given} {...field("given")} autocapitalize="words" />
      </div>
      <div class="row fields">
        <Field label={says.birthDate} hint={says.birthDateHint} {...field("birthDate")} />
        <Field label={says.age} {...field("age")} inputMode="numeric" />
      </div>
      <div class="stack stack-s">
        <Segments
          label={says.sex}
          value={typed.sex === "" ? undefined : typed.sex}
          options={[
            ["female", says.sexes.female],
            ["male", says.sexes.male],
            ["other", says.sexes.other],
            ["unknown", says.sexes.unknown],
          ]}
          onValue={(sex) => onTyped((before) => ({ ...before, sex }))}
        />
        {faults.sex !== undefined && (
          <p class="field-fault" role="alert">
            {faultOf("sex")}
          </p>
        )}
      </div>
      <div class="row fields">
        <Field label={says.phone} {...field("phone")} inputMode="tel" />
        <Field label={says.fileNumber} {...field("fileNumber")} />
      </div>
      <details open={isMore}>
        <summary>{says.more}</summary>
        <div class="stack more">
          <Field label={says.number} {...field("number")} />
          <Field label={says.otherPhone} {...field("otherPhone")} inputMode="tel" />
          <div class="row fields">
            <Field label={says.otherFamily} {...field("otherFamily")} autocapitalize="words" />
            <Field label={says.otherGiven} {...field("otherGiven")} autocapitalize="words" />
          </div>
        </div>
      </details>
    </>
  )
}
