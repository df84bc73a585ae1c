/** The sections of a stated summary, each a list of items with their editors. */
import type {
  DirectiveKind,
  Named,
  StatedAllergy,
  StatedContact,
  StatedDevice,
  StatedDirective,
  StatedIllness,
  StatedMedicine,
  StatedSummary,
  StatedVaccination,
} from "../../../fhir/stated-summary.ts"
import { suggestions } from "../suggestions/suggested.ts"
import {
  AllergyEditor,
  ContactEditor,
  DeviceEditor,
  DirectiveEditor,
  IllnessEditor,
  VaccinationEditor,
} from "./editors.tsx"
import { useForm } from "./form.ts"
import { ItemList } from "./ItemList.tsx"
import { MedicineEditor } from "./MedicineEditor.tsx"
import type { FormWords } from "./words-en.ts"

const nameOf = ({ what }: { what: Named }) => what.text

export const Allergies = ({ stated }: { stated: StatedSummary }) => {
  const { words: formWords } = useForm()
  const { allergy: says } = formWords.value
  return (
    <ItemList<StatedAllergy>
      title={says.title}
      none={says.none}
      add={says.add}
      addHint={says.addHint}
      lens={{ get: ({ allergies }) => allergies, put: (into, allergies) => ({ ...into, allergies }) }}
      stated={stated}
      suggest={(typed) => suggestions("allergy", typed)}
      begin={(item, chosen) => ({ ...item, ...chosen, status: "present", reactions: [] })}
      nameOf={nameOf}
      editor={AllergyEditor}
    />
  )
}

export const Medicines = ({ stated }: { stated: StatedSummary }) => {
  const { words: formWords } = useForm()
  const { medicine: says } = formWords.value
  return (
    <ItemList<StatedMedicine>
      title={says.title}
      lead={says.lead}
      none={says.none}
      add={says.add}
      addHint={says.addHint}
      lens={{ get: ({ medicines }) => medicines, put: (into, medicines) => ({ ...into, medicines }) }}
      stated={stated}
      suggest={(typed) => suggestions("medicine", typed)}
      begin={(item, { what }) => ({ ...item, what, status: "taking", doses: [] })}
      nameOf={nameOf}
      editor={(editing) => <MedicineEditor {...editing} />}
    />
  )
}

export const Illnesses = ({ stated }: { stated: StatedSummary }) => {
  const { words: formWords } = useForm()
  const { illness: says } = formWords.value
  return (
    <ItemList<StatedIllness>
      title={says.title}
      none={says.none}
      add={says.add}
      lens={{ get: ({ illnesses }) => illnesses, put: (into, illnesses) => ({ ...into, illnesses }) }}
      stated={stated}
      suggest={(typed) => suggestions("illness", typed)}
      begin={(item, { what }) => ({ ...item, what, status: "present" })}
      nameOf={nameOf}
      editor={IllnessEditor}
    />
  )
}

export const Devices = ({ stated }: { stated: StatedSummary }) => {
  const { words: formWords } = useForm()
  const { device: says } = formWords.value
  return (
    <ItemList<StatedDevice>
      title={says.title}
      none={says.none}
      add={says.add}
      addHint={says.addHint}
      lens={{ get: ({ devices }) => devices, put: (into, devices) => ({ ...into, devices }) }}
      stated={stated}
      suggest={(typed) => suggestions("device", typed)}
      begin={(item, { what }) => ({ ...item, what, status: "present" })}
      nameOf={nameOf}
      editor={DeviceEditor}
    />
  )
}

export const Directives = ({ stated }: { stated: StatedSummary }) => {
  const { words: formWords } = useForm()
  const { directive: says } = formWords.value
  const known = Object.entries(says.kinds)
  return (
    <ItemList<StatedDirective>
      title={says.title}
      lead={says.lead}
      add={says.add}
      lens={{ get: ({ directives }) => directives, put: (into, directives) => ({ ...into, directives }) }}
      stated={stated}
      suggest={(typed) =>
        known
          .filter(([, text]) => text.toLowerCase().includes(typed.toLowerCase()))
          .map(([, text]) => ({ value: { what: { text, codes: [] } }, text }))
      }
      begin={(item, { what: { text } }) => ({
        ...item,
        kind: directiveKindOf(says.kinds, text),
        text,
        status: "in-force",
      })}
      nameOf={({ text }) => text}
      editor={DirectiveEditor}
    />
  )
}

const directiveKinds = [
  "do-not-resuscitate",
  "no-ventilation",
  "no-blood-products",
  "living-will",
  "power-of-attorney",
  "organ-donation",
] as const

const directiveKindOf = (kinds: FormWords["directive"]["kinds"], text: string): DirectiveKind =>
  directiveKinds.find((kind) => kinds[kind] === text) ?? "other"

export const Vaccinations = ({ stated }: { stated: StatedSummary }) => {
  const { words: formWords } = useForm()
  const { vaccination: says } = formWords.value
  return (
    <ItemList<StatedVaccination>
      title={says.title}
      none={says.none}
      add={says.add}
      lens={{ get: ({ vaccinations }) => vaccinations, put: (into, vaccinations) => ({ ...into, vaccinations }) }}
      stated={stated}
      suggest={(typed) => suggestions("vaccine", typed)}
      begin={(item, { what }) => ({ ...item, what, status: "given" })}
      nameOf={nameOf}
      editor={VaccinationEditor}
    />
  )
}

export const Contacts = ({ stated }: { stated: StatedSummary }) => {
  const { words: formWords } = useForm()
  const { contact: says } = formWords.value
  return (
    <ItemList<StatedContact>
      title={says.title}
      add={says.add}
      addHint={says.addHint}
      lens={{
        get: ({ contacts }) => (contacts.length === 0 ? { state: "not-stated" } : { state: "listed", items: contacts }),
        put: (into, section) => ({ ...into, contacts: section.state === "listed" ? section.items : [] }),
      }}
      stated={stated}
      suggest={() => []}
      begin={(item, { what: { text } }) => ({ ...item, name: text })}
      nameOf={({ name }) => name}
      editor={ContactEditor}
    />
  )
}
