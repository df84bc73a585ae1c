import { useState } from "preact/hooks"
import type { Moment, StatedDose, StatedMedicine } from "../../../fhir/stated-summary.ts"
import { amountTyped } from "../dose-typed.ts"
import { Button } from "../parts/Button.tsx"
import { Choice, SelectField } from "../parts/Field.tsx"
import { Toggles } from "../parts/Segments.tsx"
import { DateLine, Line, More, withParts } from "./fields.tsx"
import { changeStated, useForm } from "./form.ts"
import type { Editing } from "./ItemList.tsx"

/** Parts of the day that the form offers; others of a dose stay as they are. */
const offered = ["MORN", "NOON", "EVE", "NIGHT"] as const satisfies readonly Moment[]
type Offered = (typeof offered)[number]
const isOffered = (moment: Moment): moment is Offered => offered.some((each) => each === moment)

/** The patient's words, or the amount as they write it. */
const doseText = ({ asWritten, amount }: StatedDose): string | undefined =>
  asWritten ?? (amount === undefined ? undefined : `${amount.value} ${amount.unit}`)

const isEmpty = (dose: StatedDose): boolean => Object.keys(dose).length === 0

const timesOf = ({ times }: StatedDose): readonly Moment[] => (times?.by === "moment" ? times.at : [])

const DoseEditor = ({
  dose,
  place,
  editing: { item: medicine, with: changed },
}: {
  dose: StatedDose
  /** Among the medicine's doses; the one behind the last is none yet. */
  place: number
  editing: Editing<StatedMedicine>
}) => {
  const form = useForm()
  const { words: formWords } = form
  const { medicine: says } = formWords.value
  const withDose = (parts: { readonly [K in keyof StatedDose]?: StatedDose[K] | undefined }) => {
    const next = withParts(dose, parts)
    const before = medicine.doses.slice(0, place)
    const after = medicine.doses.slice(place + 1)
    return changed({ doses: isEmpty(next) ? [...before, ...after] : [...before, next, ...after] })
  }
  const field = `${medicine.id}.doses.${place}`
  const moments = timesOf(dose)
  return (
    <>
      <Line
        field={`${field}.amount`}
        label={says.amount}
        hint={says.amountHint}
        value={doseText(dose)}
        to={(text) => {
          const amount = text === undefined ? undefined : amountTyped(text)
          return withDose({ amount, asWritten: amount === undefined ? text : undefined })
        }}
      />
      {dose.times?.by !== "clock" && (
        <Toggles
          label={says.when}
          values={moments.filter(isOffered)}
          options={offered.map((moment) => [moment, says.moments[moment]] as const)}
          onValues={(values) => {
            const at = [...values, ...moments.filter((moment) => !isOffered(moment))]
            changeStated(form, withDose({ times: at.length === 0 ? undefined : { by: "moment", at } }))
          }}
        />
      )}
      {dose.times?.by === "clock" && <p>{dose.times.at.join(", ")}</p>}
      <Choice
        label={says.asNeeded}
        checked={dose.asNeeded !== undefined}
        onChecked={(checked) => changeStated(form, withDose({ asNeeded: checked ? true : undefined }))}
      />
      {dose.asNeeded !== undefined && (
        <Line
          field={`${field}.asNeeded`}
          label={says.asNeededFor}
          value={dose.asNeeded === true ? undefined : dose.asNeeded}
          to={(what) => withDose({ asNeeded: what ?? true })}
        />
      )}
    </>
  )
}

export const MedicineEditor = (editing: Editing<StatedMedicine>) => {
  const { item, with: changed, change } = editing
  const { words: formWords } = useForm()
  const { medicine: says, note } = formWords.value
  const [adding, setAdding] = useState(false)
  const doses = item.doses.length === 0 || adding ? [...item.doses, {}] : item.doses
  return (
    <>
      {doses.map((dose, place) => (
        <DoseEditor key={place} dose={dose} place={place} editing={editing} />
      ))}
      {doses.length === item.doses.length && doses.length < 6 && (
        <div>
          <Button look="plain" onClick={() => setAdding(true)}>
            {says.addDose}
          </Button>
        </div>
      )}
      <More
        open={
          item.status !== "taking" ||
          [item.reason, item.since, item.until, item.note].some((part) => part !== undefined)
        }
      >
        <SelectField
          label={says.status}
          value={item.status}
          options={says.statuses}
          onValue={(status) => change({ status })}
        />
        <Line
          field={`${item.id}.reason`}
          label={says.reason}
          value={item.reason}
          to={(reason) => changed({ reason })}
        />
        <DateLine field={`${item.id}.since`} label={says.since} value={item.since} to={(since) => changed({ since })} />
        <DateLine
          field={`${item.id}.until`}
          label={says.until}
          value={item.until}
          to={(until) => changed({ until })}
          ahead
        />
        <Line field={`${item.id}.note`} label={note} value={item.note} to={(text) => changed({ note: text })} />
      </More>
    </>
  )
}
