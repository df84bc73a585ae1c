import { identifiedIn } from "./contribution-document.ts"
import { jsonText } from "./json-text.ts"
import { narrative } from "./narrative.ts"
import type { Proposal, ProposedItem } from "./proposals.ts"
import { proposalExtension, proposalsTag } from "./proposed.ts"
import { sectionKeyOf } from "./section.ts"
import { type Reference, StatedEntries } from "./stated-entries.ts"
import type { Statement } from "./stated-summary.ts"
import { readSummary } from "./summary.ts"
import type { JsonObject } from "./value.ts"
import { type SummaryWords, sectionDisplays } from "./write-summary.ts"

/** The LOINC codes of the sections in which a summary has its items. */
const codes: Readonly<Record<ProposedItem["section"], string>> = {
  allergies: "48765-2",
  medicines: "10160-0",
  illnesses: "11450-4",
  devices: "46264-8",
  directives: "42348-3",
  vaccinations: "11369-6",
  pregnancy: "10162-6",
  bloodGroup: "30954-2",
  weight: "8716-3",
}

/**
 * Who proposes, as their certificate names them, about whom, and when. `base`: the version of the patient's summary that they saw, as `statedVersion`
 * returns it; absent where there is none. `patientFrom`: a document that names the patient.
 */
export interface Proposing {
  readonly title: string
  readonly author: string
  readonly patientFrom?: unknown
  readonly base?: string
  readonly now: Date
  readonly words: SummaryWords
}

/**
 * Changes of a patient's own summary, as the text of a FHIR R4 document: each item as it would be, marked as proposed. Who really signed it the
 * contribution's own signature says. `readProposals` returns the same again.
 */
export function writeProposals(proposals: readonly Proposal[], proposing: Proposing): string {
  const entries = new StatedEntries(identifiedIn(proposing.patientFrom), proposing.words)
  const by: Statement = {
    origin: { from: "professional", name: proposing.author },
    on: proposing.now.toISOString().slice(0, 10),
  }
  const listed = new Map<string, Reference[]>()
  for (const proposal of proposals) {
    const code = codes[proposal.section]
    listed.set(code, [...(listed.get(code) ?? []), ...written(entries, proposal, by)])
  }
  const author = entries.professional(proposing.author)
  const address = { document: entries.address(), composition: entries.address() }
  const marked = markedAs(entries, proposals)
  const document = (texts?: ReadonlyMap<string, readonly string[]>) =>
    documentOf(proposing, { author, patient: entries.patient, address, entries: marked, listed, texts })
  const read = readSummary(jsonText(document()))
  const texts = new Map(
    [...listed.keys()].map((code) => {
      const section = read.sections.find(({ key }) => key === sectionKeyOf({ code: { coding: [{ code }] } }))
      return [code, section === undefined ? [] : proposing.words.narrate(section)]
    }),
  )
  return jsonText(document(texts))
}

function written(entries: StatedEntries, { section, item }: ProposedItem, by: Statement): readonly Reference[] {
  switch (section) {
    case "allergies":
      return [entries.allergy({ ...item, ...by })]
    case "medicines":
      return [entries.medicine({ ...item, ...by })]
    case "illnesses":
      return [entries.illness({ ...item, ...by })]
    case "devices":
      return [entries.device({ ...item, ...by })]
    case "directives":
      return [entries.directive({ ...item, ...by })]
    case "vaccinations":
      return [entries.vaccination({ ...item, ...by })]
    case "pregnancy":
      return entries.pregnancy({ ...item, ...by })
    case "bloodGroup":
      return [entries.bloodGroup({ ...item, ...by })]
    case "weight":
      break
  }
  return [entries.weight({ ...item, ...by })]
}

type Entries = StatedEntries["all"]

/** With what is proposed on the resource of each item. */
const markedAs = ({ all }: StatedEntries, proposals: readonly Proposal[]): Entries => {
  const byId = new Map(proposals.map((proposal) => [`urn:uuid:${proposal.item.id}`, proposal]))
  return all.map(({ fullUrl, resource }) => {
    const proposal = byId.get(fullUrl)
    if (proposal === undefined) return { fullUrl, resource }
    const extension = [...extensionsOf(resource), proposalExtension(proposal.change, proposal.because)]
    return { fullUrl, resource: { ...resource, extension } }
  })
}

const extensionsOf = ({ extension }: JsonObject): readonly unknown[] => (Array.isArray(extension) ? extension : [])

interface Parts {
  readonly author: Reference
  readonly patient: Reference
  readonly address: { readonly document: string; readonly composition: string }
  readonly entries: Entries
  readonly listed: ReadonlyMap<string, readonly Reference[]>
  readonly texts?: ReadonlyMap<string, readonly string[]> | undefined
}

function documentOf({ title, author: name, base, now, words }: Proposing, parts: Parts): JsonObject {
  const { author, patient, address, entries, listed, texts } = parts
  const date = now.toISOString()
  const composition = {
    resourceType: "Composition",
    status: "final",
    type: { coding: [{ system: "http://loinc.org", code: "51847-2", display: "Evaluation + Plan note" }] },
    subject: patient,
    date,
    author: [{ ...author, display: name }],
    title,
    ...(base === undefined
      ? {}
      : { relatesTo: [{ code: "appends", targetIdentifier: { system: "urn:ietf:rfc:3986", value: base } }] }),
    section: [...listed].map(([code, references]) => {
      const concept = { coding: [{ system: "http://loinc.org", code, display: sectionDisplays[code] }] }
      const lines = texts?.get(code)
      return {
        title: words.sectionTitle(sectionKeyOf({ code: concept }) ?? "other"),
        code: concept,
        ...(lines === undefined ? {} : { text: narrative(lines) }),
        entry: references,
      }
    }),
  }
  return {
    resourceType: "Bundle",
    meta: { tag: [proposalsTag] },
    identifier: { system: "urn:ietf:rfc:3986", value: address.document },
    type: "document",
    timestamp: date,
    entry: [{ fullUrl: address.composition, resource: composition }, ...entries],
  }
}
