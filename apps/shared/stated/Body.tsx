import { useId } from "preact/hooks"
import type { StatedBloodGroup, StatedPregnancy, StatedSummary } from "../../../fhir/stated-summary.ts"
import { SelectField } from "../parts/Field.tsx"
import { Segments } from "../parts/Segments.tsx"
import { DateLine, NumberLine, withParts } from "./fields.tsx"
import { changeStated, stating, today, useForm } from "./form.ts"
import { OtherOrigin } from "./ItemList.tsx"

/** The blood groups by what people call them. */
const groups: Readonly<Record<string, Pick<StatedBloodGroup, "abo" | "rhesus">>> = Object.fromEntries(
  (["A", "B", "AB", "O"] as const).flatMap((abo) => [
    ...(["+", "-"] as const).map((rhesus) => [`${abo}${rhesus}`, { abo, rhesus }] as const),
    [abo, { abo }] as const,
  ]),
)
const nameOfGroup = ({ abo, rhesus }: Pick<StatedBloodGroup, "abo" | "rhesus">) => `${abo}${rhesus ?? ""}`

const BloodGroup = ({ stated: { bloodGroup } }: { stated: StatedSummary }) => {
  const form = useForm()
  const { words: formWords } = form
  const { body: says } = formWords.value
  return (
    <SelectField
      label={says.bloodGroup}
      hint={says.bloodGroupHint}
      value={bloodGroup === undefined ? "" : nameOfGroup(bloodGroup)}
      options={{
        "": says.notKnown,
        ...Object.fromEntries(
          Object.entries(groups).map(([name, { rhesus }]) => [
            name,
            rhesus === undefined ? says.withoutRhesus(name) : name.replace("-", "−"),
          ]),
        ),
      }}
      onValue={(name) => {
        const { [name]: group } = groups
        changeStated(form, ({ bloodGroup: known, ...before }) =>
          group === undefined
            ? before
            : { ...before, bloodGroup: { ...stating(form), id: known?.id ?? stating(form).id, ...group } },
        )
      }}
    />
  )
}

const Pregnancy = ({ stated: { pregnancy } }: { stated: StatedSummary }) => {
  const form = useForm()
  const { words: formWords } = form
  const { body: says, notSure } = formWords.value
  const put = (next: Partial<StatedPregnancy>) =>
    changeStated(form, (before) => ({
      ...before,
      pregnancy: withParts<StatedPregnancy>(
        { status: "unknown", ...(before.pregnancy ?? stating(form)), origin: form.origin(), on: today() },
        next,
      ),
    }))
  return (
    <>
      <Segments
        label={says.pregnancy}
        value={pregnancy?.status}
        options={[
          ["pregnant", says.pregnant],
          ["not-pregnant", says.notPregnant],
          ["unknown", notSure],
        ]}
        onValue={(status) => put(status === "pregnant" ? { status } : { status, due: undefined })}
      />
      {pregnancy?.status === "pregnant" && (
        <DateLine
          field="pregnancy.due"
          label={says.due}
          value={pregnancy.due}
          to={(due) => (before) =>
            before.pregnancy === undefined
              ? before
              : {
                  ...before,
                  pregnancy: withParts(before.pregnancy, { due, origin: form.origin(), on: today() }),
                }
          }
          ahead
        />
      )}
    </>
  )
}

/** What holds of the body as a whole. */
export const Body = ({ stated }: { stated: StatedSummary }) => {
  const id = useId()
  const form = useForm()
  const { words: formWords } = form
  const { body: says } = formWords.value
  return (
    <section class="panel" aria-labelledby={id}>
      <h2 id={id}>{says.title}</h2>
      {(stated.sex !== "male" || stated.pregnancy !== undefined) && <Pregnancy stated={stated} />}
      <OtherOrigin statement={stated.pregnancy} />
      <NumberLine
        field="weight"
        label={says.weight}
        value={stated.weight?.kilograms}
        pattern={/^(?:[1-9]\d{0,2}(?:\.\d{1,3})?|0\.\d{1,3})$/}
        to={(kilograms) =>
          ({ weight, ...before }) =>
            kilograms === undefined
              ? before
              : { ...before, weight: { ...stating(form), id: weight?.id ?? stating(form).id, kilograms } }
          }
      />
      <OtherOrigin statement={stated.weight} />
      <BloodGroup stated={stated} />
      <OtherOrigin statement={stated.bloodGroup} />
    </section>
  )
}
