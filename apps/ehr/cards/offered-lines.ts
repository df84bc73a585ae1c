import type { Named, StatedSection, StatedSummary } from "../../../fhir/stated-summary.ts"
import type { OpenLineKind } from "../../../protocol/open-part.ts"
import { oneLine } from "../../../text/plain-text.ts"
import { formatFhirDate } from "../../shared/format.ts"
import { phoneOf } from "./open-part-form.ts"

/** What the patient may say to anybody with one tap. */
export type OfferedLine =
  | { readonly about: "name"; readonly text: string }
  | { readonly about: "call"; readonly name: string; readonly phone: string }
  | { readonly about: OpenLineKind; readonly text: string }

const listed = <T>(section: StatedSection<T>): readonly T[] => (section.state === "listed" ? section.items : [])

const inParts = ({ text }: Named, ...parts: readonly (string | undefined)[]): string => {
  const said = parts.filter((part) => part !== undefined && part !== "")
  return oneLine(said.length === 0 ? text : `${text} (${said.join(", ")})`)
}

/**
 * What a summary offers to the open part, in the order in which it matters to a stranger. Only what holds now: what is refuted, past, paused or doubted is not
 * offered, since a line has no room to say so.
 */
export const offeredLines = (stated: StatedSummary): OfferedLine[] => {
  const { names, birthDate, allergies, medicines, devices, illnesses, contacts, languages } = stated
  const name = [names[0]?.given, names[0]?.family].filter((part) => part !== undefined).join(" ")
  const gravest = (one: { criticality?: string }) => (one.criticality === "high" ? 0 : 1)
  return [
    ...(name === "" ? [] : [{ about: "name" as const, text: oneLine(name) }]),
    ...listed(allergies)
      .filter(({ status }) => status === "present")
      .toSorted((one, other) => gravest(one) - gravest(other))
      .map(({ what, reactions }) => ({
        about: "allergy" as const,
        text: inParts(what, ...reactions.map((reaction) => reaction.what.text)),
      })),
    ...listed(medicines)
      .filter(({ status }) => status === "taking")
      .map(({ what }) => ({ about: "medicine" as const, text: inParts(what) })),
    ...listed(devices)
      .filter(({ status }) => status === "present")
      .map(({ what, place }) => ({ about: "implant" as const, text: inParts(what, place) })),
    ...listed(illnesses)
      .filter(({ status }) => status === "present")
      .map(({ what, place }) => ({ about: "illness" as const, text: inParts(what, place) })),
    ...contacts.map(({ name: who, relation, phone = "" }) => {
      const text = inParts({ text: who, codes: [] }, relation)
      const number = phoneOf(phone)
      return number === undefined
        ? { about: "contact" as const, text: oneLine(`${text} ${phone}`) }
        : { about: "call" as const, name: text, phone: number }
    }),
    ...languages.map(({ text }) => ({ about: "language" as const, text: oneLine(text) })),
    ...(birthDate === undefined ? [] : [{ about: "birth-date" as const, text: formatFhirDate(birthDate) }]),
  ]
}
