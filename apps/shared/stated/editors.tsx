import type {
  StatedAllergy,
  StatedContact,
  StatedDevice,
  StatedDirective,
  StatedIllness,
  StatedVaccination,
} from "../../../fhir/stated-summary.ts"
import { SelectField } from "../parts/Field.tsx"
import { Segments } from "../parts/Segments.tsx"
import { DateLine, Line, More } from "./fields.tsx"
import { useForm } from "./form.ts"
import type { Editing } from "./ItemList.tsx"

/** What a patient adds in words. */
const Note = <T extends { readonly id: string; readonly note?: string }>({
  item,
  to,
}: {
  item: T
  to: (note: string | undefined) => ReturnType<Editing<T>["with"]>
}) => <Line field={`${item.id}.note`} label={useForm().words.value.note} value={item.note} to={to} />

/** Part of the body and side. */
const Place = <T extends { readonly id: string; readonly place?: string }>({
  item,
  says,
  to,
}: {
  item: T
  says: { readonly place: string; readonly placeHint: string }
  to: (place: string | undefined) => ReturnType<Editing<T>["with"]>
}) => <Line field={`${item.id}.place`} label={says.place} hint={says.placeHint} value={item.place} to={to} />

export const AllergyEditor = ({ item, with: changed, change }: Editing<StatedAllergy>) => {
  const { words: formWords } = useForm()
  const { allergy: says, presence, notSure } = formWords.value
  const [reaction, ...others] = item.reactions
  return (
    <>
      <Segments
        label={says.criticality}
        value={item.criticality}
        options={[
          ["high", says.high],
          ["low", says.low],
          ["unable-to-assess", notSure],
        ]}
        onValue={(criticality) => change({ criticality })}
      />
      <Line
        field={`${item.id}.reaction`}
        label={says.reaction}
        hint={says.reactionHint}
        value={reaction?.what.text}
        to={(text) =>
          changed({
            reactions: text === undefined ? others : [{ ...reaction, what: { text, codes: [] } }, ...others],
          })
        }
      />
      <More open={item.status !== "present" || item.since !== undefined || item.note !== undefined}>
        <SelectField
          label={says.status}
          value={item.status}
          options={presence}
          onValue={(status) => change({ status })}
        />
        <DateLine field={`${item.id}.since`} label={says.since} value={item.since} to={(since) => changed({ since })} />
        <Note item={item} to={(note) => changed({ note })} />
      </More>
    </>
  )
}

export const IllnessEditor = ({ item, with: changed, change }: Editing<StatedIllness>) => {
  const { words: formWords } = useForm()
  const { illness: says, presence } = formWords.value
  return (
    <>
      <DateLine field={`${item.id}.since`} label={says.since} value={item.since} to={(since) => changed({ since })} />
      <More
        open={
          item.status !== "present" || item.until !== undefined || item.place !== undefined || item.note !== undefined
        }
      >
        <SelectField
          label={says.status}
          value={item.status}
          options={presence}
          onValue={(status) => change(status === "past" ? { status } : { status, until: undefined })}
        />
        {item.status === "past" && (
          <DateLine
            field={`${item.id}.until`}
            label={says.until}
            value={item.until}
            to={(until) => changed({ until })}
          />
        )}
        <Place item={item} says={says} to={(place) => changed({ place })} />
        <Note item={item} to={(note) => changed({ note })} />
      </More>
    </>
  )
}

export const DeviceEditor = ({ item, with: changed, change }: Editing<StatedDevice>) => {
  const { words: formWords } = useForm()
  const { device: says } = formWords.value
  return (
    <>
      <DateLine field={`${item.id}.since`} label={says.since} value={item.since} to={(since) => changed({ since })} />
      <More
        open={
          item.status !== "present" ||
          [item.place, item.maker, item.model, item.until, item.note].some((part) => part !== undefined)
        }
      >
        <Place item={item} says={says} to={(place) => changed({ place })} />
        <Line field={`${item.id}.maker`} label={says.maker} value={item.maker} to={(maker) => changed({ maker })} />
        <Line field={`${item.id}.model`} label={says.model} value={item.model} to={(model) => changed({ model })} />
        <SelectField
          label={says.status}
          value={item.status}
          options={says.statuses}
          onValue={(status) => change(status === "removed" ? { status } : { status, until: undefined })}
        />
        {item.status === "removed" && (
          <DateLine
            field={`${item.id}.until`}
            label={says.until}
            value={item.until}
            to={(until) => changed({ until })}
          />
        )}
        <Note item={item} to={(note) => changed({ note })} />
      </More>
    </>
  )
}

export const DirectiveEditor = ({ item, with: changed, change }: Editing<StatedDirective>) => {
  const { words: formWords } = useForm()
  const { directive: says } = formWords.value
  return (
    <>
      <Line
        field={`${item.id}.text`}
        label={says.text}
        value={item.text}
        to={(text) => changed({ text: text ?? item.text })}
        required
      />
      <Line
        field={`${item.id}.kept`}
        label={says.kept}
        hint={says.keptHint}
        value={item.kept}
        to={(kept) => changed({ kept })}
      />
      <More open={item.status !== "in-force" || item.signed !== undefined || item.note !== undefined}>
        <DateLine
          field={`${item.id}.signed`}
          label={says.signed}
          value={item.signed}
          to={(signed) => changed({ signed })}
        />
        <SelectField
          label={says.status}
          value={item.status}
          options={says.statuses}
          onValue={(status) => change({ status })}
        />
        <Note item={item} to={(note) => changed({ note })} />
      </More>
    </>
  )
}

export const VaccinationEditor = ({ item, with: changed, change }: Editing<StatedVaccination>) => {
  const { words: formWords } = useForm()
  const { vaccination: says } = formWords.value
  return (
    <>
      <DateLine field={`${item.id}.given`} label={says.given} value={item.given} to={(given) => changed({ given })} />
      <More open={item.status !== "given" || item.lot !== undefined || item.note !== undefined}>
        <SelectField
          label={says.status}
          value={item.status}
          options={says.statuses}
          onValue={(status) => change({ status })}
        />
        <Line field={`${item.id}.lot`} label={says.lot} value={item.lot} to={(lot) => changed({ lot })} />
        <Note item={item} to={(note) => changed({ note })} />
      </More>
    </>
  )
}

export const ContactEditor = ({ item, with: changed }: Editing<StatedContact>) => {
  const { words: formWords } = useForm()
  const { contact: says } = formWords.value
  return (
    <>
      <Line
        field={`${item.id}.phone`}
        label={says.phone}
        hint={says.phoneHint}
        value={item.phone}
        to={(phone) => changed({ phone })}
      />
      <Line
        field={`${item.id}.relation`}
        label={says.relation}
        hint={says.relationHint}
        value={item.relation}
        to={(relation) => changed({ relation })}
      />
      <More open={item.note !== undefined}>
        <Line
          field={`${item.id}.name`}
          label={says.name}
          value={item.name}
          to={(name) => changed({ name: name ?? item.name })}
          autocapitalize="words"
          required
        />
        <Note item={item} to={(note) => changed({ note })} />
      </More>
    </>
  )
}
