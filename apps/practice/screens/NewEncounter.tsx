import { useMemo, useState } from "preact/hooks"
import { useLocation } from "preact-iso"
import { Problem } from "../../../contract/errors.ts"
import { formatFhirDate } from "../../shared/format.ts"
import { measurements } from "../../shared/measurements.ts"
import { TroubleBanner } from "../../shared/parts/Banner.tsx"
import { Button, LinkButton } from "../../shared/parts/Button.tsx"
import { Field, SelectField, TextField } from "../../shared/parts/Field.tsx"
import { Screen } from "../../shared/parts/Frame.tsx"
import { Loading } from "../../shared/parts/Progress.tsx"
import { trendWords } from "../../shared/trends/words.ts"
import { dateTyped } from "../../shared/typed-date.ts"
import { useDeed } from "../../shared/use-deed.ts"
import { useFragment } from "../../shared/use-fragment.ts"
import { sharedWords } from "../../shared/words/shared.ts"
import { type Draft, openDraft } from "../drafts.ts"
import {
  dayOf,
  type EncounterFault,
  emptyEncounter,
  encounterFaults,
  type Measured,
  measured,
  type TypedEncounter,
  typedEncounter,
  writtenIn,
} from "../encounter-form.ts"
import { withItems } from "../file/content.ts"
import { baseOf, saveEdit } from "../file/save.ts"
import { patientWords } from "../file/words.ts"
import { FileHead } from "../parts/FileHead.tsx"
import { Keeping } from "../parts/Keeping.tsx"
import { account, inPractice, known } from "../state.ts"
import { words } from "../words/words.ts"

const sentenceOf = (fault: EncounterFault | undefined): string | undefined => {
  if (fault === undefined) return undefined
  const { encounter } = patientWords.value
  return fault === "date" || fault === "ahead" ? words.value.person.faults[fault] : encounter.faults[fault]
}

const Vitals = ({
  typed,
  faults,
  change,
}: {
  typed: TypedEncounter
  faults: ReturnType<typeof encounterFaults>
  change: (part: Partial<TypedEncounter>) => void
}) => {
  const { encounter: says } = patientWords.value
  const { measurements: names, systolic, diastolic } = trendWords.value
  const field = (kind: Measured, name: string, unit: string) => ({
    label: says.value(name, unit),
    value: typed.values[kind] ?? "",
    fault: sentenceOf(faults[kind]),
    inputMode: "text" as const,
    autocomplete: "off",
    maxLength: 12,
    onValue: (value: string) => change({ values: { ...typed.values, [kind]: value } }),
  })
  return (
    <fieldset class="stack">
      <legend class="stated-name">{says.vitals}</legend>
      <p class="small muted">{says.vitalsHint}</p>
      <div class="row fields">
        {measured.map((kind) => {
          const measurement = measurements[kind]
          if (measurement.shape === "pressure")
            return (
              <>
                <Field {...field(kind, `${names[kind]}: ${systolic}`, measurement.systolic.unit)} />
                <Field
                  {...field(kind, `${names[kind]}: ${diastolic}`, measurement.diastolic.unit)}
                  value={typed.diastolic}
                  fault={sentenceOf(faults.diastolic)}
                  onValue={(value) => change({ diastolic: value })}
                />
              </>
            )
          if (measurement.shape === "free") return null
          const [first, other] = measurement.units
          if (other === undefined) return <Field key={kind} {...field(kind, names[kind], first.unit)} />
          return (
            <>
              <Field {...field(kind, names[kind], typed.glucoseUnit)} />
              <SelectField
                label={says.unit(names[kind])}
                value={typed.glucoseUnit}
                options={Object.fromEntries(measurement.units.map(({ unit }) => [unit, unit]))}
                onValue={(glucoseUnit) => change({ glucoseUnit })}
              />
            </>
          )
        })}
      </div>
    </fieldset>
  )
}

const Form = ({ fileId, draft, typed }: { fileId: string; draft: Draft<TypedEncounter>; typed: TypedEncounter }) => {
  const { encounter: says, facts } = patientWords.value
  const { route } = useLocation()
  const [tried, setTried] = useState(false)
  const { busy, error, run } = useDeed()
  const faults = encounterFaults(typed, new Date(), { whole: tried })
  const change = (part: Partial<TypedEncounter>) => draft.change((before) => ({ ...before, ...part }))
  const day = dateTyped(typed.date)
  const save = async () => {
    setTried(true)
    if (Object.keys(encounterFaults(typed, new Date(), { whole: true })).length > 0) return
    await draft.keepNow()
    const { encounters, vitals } = writtenIn(typed, account.value?.author ?? "")
    await inPractice(async (current) => {
      const base = baseOf(current, fileId)
      if (base === undefined) throw new Problem("not-found")
      await saveEdit(current, {
        fileId,
        base,
        said: { ...base.entry, lastVisit: [base.entry.lastVisit ?? "", dayOf(typed)].toSorted().at(-1) ?? "" },
        content: (before) => withItems(withItems(before, "encounters", encounters), "vitals", vitals),
      })
    })
    await draft.drop()
    route(`/patients/file#${fileId}`)
  }
  return (
    <form
      class="panel"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        run(save)
      }}
    >
      <Field
        label={says.reason}
        value={typed.reason}
        maxLength={300}
        autocomplete="off"
        onValue={(reason) => change({ reason })}
      />
      <TextField
        label={says.note}
        hint={says.noteHint}
        value={typed.note}
        fault={sentenceOf(faults.note)}
        rows={8}
        maxLength={50_000}
        onValue={(note) => change({ note })}
      />
      <Vitals typed={typed} faults={faults} change={change} />
      <Field
        label={says.date}
        hint={day === undefined ? undefined : formatFhirDate(day)}
        value={typed.date}
        fault={sentenceOf(faults.date)}
        autocomplete="off"
        onValue={(date) => change({ date })}
      />
      <TroubleBanner error={error} />
      <div class="row">
        <Button look="main" type="submit" busy={busy}>
          {says.save}
        </Button>
        <LinkButton href={`/patients/file#${fileId}`}>{facts.later}</LinkButton>
        {draft.state.value !== "unchanged" && (
          <Button
            look="plain"
            onClick={() =>
              run(async () => {
                await draft.drop()
                route(`/patients/file#${fileId}`)
              })
            }
          >
            {words.value.person.discard}
          </Button>
        )}
      </div>
      <Keeping draft={draft} />
    </form>
  )
}

/** What was found and measured today. */
export const NewEncounter = () => {
  const fileId = useFragment()
  const draft = useMemo(
    () => openDraft<TypedEncounter>(`encounter/${fileId}`, typedEncounter, async () => emptyEncounter(new Date())),
    [fileId],
  )
  const entry = known()?.directory.get(fileId)
  const { value } = draft.value
  if (entry === undefined) return <Screen title={sharedWords.value.notFound}>{null}</Screen>
  return (
    <Screen title={patientWords.value.encounter.newTitle} narrow>
      <FileHead entry={entry} />
      <TroubleBanner error={draft.error.value} retry={draft.retry} />
      {value === undefined ? (
        draft.error.value === undefined && <Loading />
      ) : (
        <Form fileId={fileId} draft={draft} typed={value} />
      )}
    </Screen>
  )
}
