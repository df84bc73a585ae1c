import { words } from "./check.ts"
import { proposedItem } from "./check-proposed.ts"
import { unwrapped } from "./holding.ts"
import { comparable } from "./offered-item.ts"
import { parseFhir } from "./parse.ts"
import { applyProposals, type Change, itemBefore, type Proposal, type ProposedItem } from "./proposals.ts"
import { isProposed, proposalsTag, proposedBy } from "./proposed.ts"
import { statedIn } from "./read-stated.ts"
import { comparePeople, type Identity, isSurelyOf } from "./same-person.ts"
import type { StatedSummary, Statement } from "./stated-summary.ts"
import { readSummary } from "./summary.ts"
import { hasTag } from "./tag.ts"
import { field, type JsonObject, list, text } from "./value.ts"

/**
 * What a document proposes. `other`: it is none that proposes. `other-person`: it names somebody else than the owner, or several people: nothing of it
 * may be taken over. `isIdentified`: it names the owner, by name and date of birth; where it doesn't, `says` is whom it names, and only the owner can
 * say that it is theirs. `base`: the version of the summary that was seen. `unread`: how many of its entries propose nothing that a patient could state,
 * or two things of one item.
 */
export type ReadProposals =
  | { readonly outcome: "other" }
  | { readonly outcome: "other-person"; readonly says?: Identity }
  | {
      readonly outcome: "proposals"
      readonly isIdentified: boolean
      readonly says?: Identity
      readonly base?: string
      readonly proposals: readonly Proposal[]
      readonly unread: number
    }

/** Whether a document, bytes, text or parsed JSON, proposes changes of a patient's own summary. Never throws. */
export function isProposals(input: unknown): boolean {
  const parsed = parseFhir(input)
  return parsed.outcome === "parsed" && hasTag(parsed.value, proposalsTag)
}

/** Reads what a professional proposes, of the summary of `owner`: bytes, text or parsed JSON. Never throws. */
export function readProposals(input: unknown, owner: Identity): ReadProposals {
  const parsed = parseFhir(input)
  const bundle = parsed.outcome === "parsed" ? parsed.value : undefined
  if (!hasTag(bundle, proposalsTag)) return { outcome: "other" }
  const { patient: says, warnings } = readSummary(bundle)
  const several = warnings.some(({ code }) => code === "several-patients" || code === "other-patient")
  if (several || (says !== undefined && comparePeople(says, owner) === "other"))
    return { outcome: "other-person", ...(says === undefined ? {} : { says }) }
  const resources = unwrapped(bundle).held.map(({ resource }) => resource)
  const found = (reference: unknown) => referred(resources, reference)
  const marked = resources.filter(isProposed)
  const read = marked.slice(0, most).map((resource) => proposalIn(resource, found))
  const whole = read.flatMap((proposal) => proposal ?? [])
  const times = Map.groupBy(whole, ({ item }) => item.id)
  const proposals = whole.filter(({ item }) => times.get(item.id)?.length === 1)
  const base = baseOf(resources)
  return {
    outcome: "proposals",
    isIdentified: says !== undefined && isSurelyOf(says, owner),
    ...(says === undefined ? {} : { says }),
    ...(base === undefined ? {} : { base }),
    proposals,
    unread: marked.length - proposals.length + strangers(resources),
  }
}

/** More than anybody reviews. */
const most = 200

const referred = (resources: readonly JsonObject[], reference: unknown): unknown => {
  const target = text(reference, "reference")
  return resources.find((resource) => `urn:uuid:${text(resource, "id")}` === target)
}

const line = words()

function proposalIn(resource: unknown, found: (reference: unknown) => unknown): Proposal | undefined {
  const { change, because } = proposedBy(resource) ?? {}
  const stated = statedIn(resource, found)
  if (change === undefined || stated === undefined) return undefined
  if (because !== undefined && !line(because, "", () => undefined)) return undefined
  const proposed = proposedItem(stated.section, stated.item)
  return proposed && { ...proposed, change, ...(because === undefined ? {} : { because }) }
}

/** What stands in it and isn't marked as proposed, but for who it is about, who wrote it and what an item consists of. */
const strangers = (resources: readonly JsonObject[]): number => {
  const parts = new Set(resources.filter(isProposed).flatMap((resource) => partsOf(resource)))
  return resources.filter(
    (resource) =>
      !isProposed(resource) &&
      !["Composition", "Patient", "Practitioner"].includes(text(resource, "resourceType") ?? "") &&
      !parts.has(`urn:uuid:${text(resource, "id")}`),
  ).length
}

/** The device that is used, the expected day of birth. */
const partsOf = (resource: unknown): string[] =>
  [field(resource, "device"), ...list(resource, "hasMember")].flatMap((part) => text(part, "reference") ?? [])

const baseOf = (resources: readonly JsonObject[]): string | undefined => {
  const composition = resources.find((resource) => text(resource, "resourceType") === "Composition")
  return list(composition, "relatesTo").flatMap((one) => text(field(one, "targetIdentifier"), "value") ?? [])[0]
}

/**
 * A proposal as it stands to the summary as it is now. `now`: the item that it would change; of an addition, what is about the same. `seen`: as the
 * professional saw it. `open`: it can be approved. `changed`: it can, but the item isn't as the professional saw it. `there`: the summary says it
 * already. The rest can't be approved either: see `AppliedProposals`.
 */
export interface StandingProposal {
  readonly proposal: Proposal
  readonly now?: ProposedItem
  readonly seen?: ProposedItem
  readonly state: "open" | "changed" | "gone" | "there" | "contradicts" | "invalid"
}

/** `seen`: the version that the professional saw, where it is known and another than now. */
export function standingProposals(
  proposals: readonly Proposal[],
  stated: StatedSummary,
  seen: StatedSummary | undefined,
  by: Statement,
): StandingProposal[] {
  return proposals.map((proposal) => {
    const now = itemBefore(stated, proposal)
    const before = seen && itemBefore(seen, proposal)
    const applied = applyProposals(stated, [proposal], by)
    const refused = applied.outcome === "refused" ? applied.because : undefined
    const isThere = refused !== "contradicts" && now !== undefined && saySame(now, proposal)
    const isSame = seen === undefined || comparable(now ?? null) === comparable(before ?? null)
    return {
      proposal,
      ...(now === undefined ? {} : { now }),
      ...(before === undefined ? {} : { seen: before }),
      state: isThere ? "there" : (refused ?? (isSame ? "open" : "changed")),
    }
  })
}

/** What an item says, whoever said it. */
const sayingOf = ({ section, item: { origin: _origin, on: _on, ...said } }: ProposedItem): string =>
  comparable({ section, said })

/** Whether two items say the same, whoever said it. */
export const saySame = (one: ProposedItem, other: ProposedItem): boolean => sayingOf(one) === sayingOf(other)

/** What a patient may be asked to approve, of a change of an item: how it would be if it were stopped, or weren't so; `undefined` where it can't be. */
export function endedItem(
  { section, item }: ProposedItem,
  change: Exclude<Change, "add" | "alter">,
): ProposedItem | undefined {
  const statuses = ended[change][section]
  return statuses === undefined ? undefined : proposedItem(section, { ...item, status: statuses })
}

const ended: Readonly<Record<"stop" | "refute", Partial<Record<ProposedItem["section"], string>>>> = {
  stop: { allergies: "past", illnesses: "past", medicines: "stopped", devices: "removed", directives: "revoked" },
  refute: { allergies: "refuted", illnesses: "refuted", medicines: "not-taken", vaccinations: "not-given" },
}
