/** The one way in which what the patient signs is changed (docs/protocol.md, "Publication"). */
import type { AuditSubject } from "../../contract/audit.ts"
import { Problem, type ProblemCode } from "../../contract/errors.ts"
import type { ItemOf } from "../../contract/items.ts"
import {
  maxPublicationBytes,
  maxPublicationItems,
  maxPublishedPages,
  type Publication,
} from "../../contract/publication.ts"
import type { ManifestClaims } from "../../protocol/claims.ts"
import { utf8 } from "../../protocol/crypto/bytes.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import type { Descriptor } from "../../protocol/record.ts"
import { namedBy } from "../../protocol/skip-links.ts"
import { readStatement, statementHash } from "../../protocol/statement.ts"
import type { CloudIdentity } from "./consents.ts"
import { listedChanges, type NamedChanges } from "./named-changes.ts"
import { requireActive, unchanged } from "./patients.ts"
import type { AuditHead, Call, Change, StoreReads } from "./ports.ts"
import { type CardChange, cardsAfter } from "./publication-cards.ts"
import {
  decidedAdded,
  decidedBeside,
  decidedRef,
  type ListingChange,
  listingChange,
  pageRef,
  requireNamedLists,
  requireOnce,
} from "./publication-pages.ts"
import { requireEndsTaken, requireNamed, requireRing, signersAfter } from "./publication-signers.ts"
import { type Added, countedUsage, usageRef } from "./quotas.ts"
import { signerEndRefs } from "./signer-ends.ts"
import { claimsOf, patientStatement } from "./statements.ts"
import { type Acting, changing, type Step, type TellingStep } from "./step.ts"
import type { Nothing, Wanted } from "./writing-ports.ts"
import type { EventOf, ReasonOf, WritingName } from "./writing-use-cases.ts"

export interface Publishing {
  readonly store: StoreReads
  readonly cloud: CloudIdentity
}

/** A change of the use-case itself, and what it means for the request that it couldn't be made. */
export interface OwnChange {
  readonly change: Change | readonly Change[]
  readonly refusal: ProblemCode
}
type OwnName = "record" | "recordVersion" | "card" | "contribution" | "used" | "consent" | "upload"
type OwnChanges = Partial<Record<OwnName, OwnChange>>

/** What a publication is made for, once it has been found that it may be. */
export interface PublicationPlan<N extends WritingName, W extends Wanted = Nothing> {
  readonly action: EventOf<N>
  readonly subject: AuditSubject
  /** All that the manifest's pages may change: nothing else is listed, unlisted or decided with it. */
  readonly listed?: Descriptor
  readonly unlisted?: Descriptor
  readonly decided?: string
  readonly cards?: CardChange
  readonly added?: Added
  readonly changes: OwnChanges
  /** What is done in the object store once all is found in order, before the event; what it changes is written with the rest. */
  readonly prepare?: {
    readonly because: ReasonOf<N>
    readonly act: (acting: Acting<W>) => Promise<OwnChanges>
  }
}

/** A use-case that publishes. */
export interface Published<N extends WritingName, W extends Wanted = Nothing> {
  /** Whether this very change has been made: asked where the publication has been applied already. */
  readonly applied: () => Promise<boolean>
  /** Refuses what may not be. Changes nothing. */
  readonly plan: () => Promise<PublicationPlan<N, W>>
}
/** Where the publication stands in the patient's trail; absent where it was applied before. */
export interface PublishedAt {
  readonly event?: AuditHead
}

/** A publication that follows the newest manifest, verified but for what it is made for. */
interface NextPublication {
  readonly patientId: string
  readonly sent: Publication
  readonly claims: ManifestClaims
  readonly hash: string
  readonly before: (Pick<ItemOf<"manifest">, "keyRing" | "pageLists"> & { readonly claims: ManifestClaims }) | undefined
  readonly usage: ItemOf<"usage"> | undefined
  /** The name of who signed it. */
  readonly signer: string
  readonly ended: boolean
  readonly begunByRoot: boolean
  readonly listing: ListingChange
  readonly decided: readonly string[]
  readonly changes: NamedChanges<
    "patient" | "copies" | "manifest" | "manifestVersion" | "pages" | "keyPages" | "decidedPages"
  >
}

const signerOf = (manifest: string): string => readStatement(manifest).header.kid ?? ""

/** What is stored of all that a publication changes or names. */
const readStored = async (store: StoreReads, patientId: string, sent: Publication, number: number) => {
  const pageRefs = sent.pages.map((page) => pageRef(patientId, page))
  const decidedRefs = decidedBeside(sent.decided).map((page) => decidedRef(patientId, { page }))
  const skipRefs = namedBy(number)
    .slice(1)
    .map((earlier) => ({ kind: "manifest-version" as const, patientId, number: earlier }))
  const keyRefs =
    sent.signers === undefined && sent.accountKey === undefined ? [] : [{ kind: "patient-keys" as const, patientId }]
  const [[patient, manifest, usage, ...ends], [copies], pages, decidedPages, skipped] = await Promise.all([
    store.read([
      { kind: "patient", patientId },
      { kind: "manifest", patientId },
      usageRef(patientId),
      ...signerEndRefs(patientId),
    ]),
    keyRefs.length === 0 ? [] : store.read(keyRefs),
    pageRefs.length === 0 ? [] : store.read(pageRefs),
    decidedRefs.length === 0 ? [] : store.read(decidedRefs),
    skipRefs.length === 0 ? [] : store.read(skipRefs),
  ])
  return { patient, copies, manifest, usage, ends, pages, decidedPages, skipped }
}
type Stored = Awaited<ReturnType<typeof readStored>>

/** That the manifest comes right after the stored one: else another device was quicker, and everything else would be measured by the wrong one. */
const requireFollows = ({ number, previous }: ManifestClaims, { manifest }: Stored): void => {
  if (number !== (manifest?.number ?? 0) + 1 || previous !== (manifest?.hash ?? null))
    throw new Problem("manifest-conflict")
}

/** That it names those before it as it must. */
const requireSkips = async (claims: ManifestClaims, { skipped }: Stored): Promise<void> => {
  const skips = await Promise.all(
    skipped.map(async (version) => (version === undefined ? undefined : statementHash(version.manifest))),
  )
  const same = claims.skips.length === skips.length && claims.skips.every((hash, i) => hash === skips[i])
  if (!same) throw new Problem("manifest-invalid")
}

/** The copies of the account key that come with it. */
const copiesAfter = (
  before: ItemOf<"patient-keys"> | undefined,
  { accountKey }: Pick<Publication, "accountKey">,
): Change | readonly Change[] => {
  if (accountKey === undefined || before === undefined) return []
  const { sealed, previous } = accountKey
  return { put: { ...before, revision: before.revision + 1, sealed, previous } }
}

/** The changes that make it the newest. */
const changesOf = (
  patientId: string,
  { sent, claims, hash }: Pick<NextPublication, "sent" | "claims" | "hash">,
  stored: Stored,
  patient: { before: ItemOf<"patient">; after: ItemOf<"patient"> },
): NextPublication["changes"] => {
  const { manifest, keyRing, pageLists } = sent
  const { number } = claims
  const revision = (item: { revision: number } | undefined) => (item?.revision ?? 0) + 1
  const newest: ItemOf<"manifest"> = {
    kind: "manifest",
    revision: revision(stored.manifest),
    patientId,
    number,
    hash,
    manifest,
    keyRing,
    pageLists,
  }
  const pages = sent.pages.map((page, i): Change => {
    const put: ItemOf<"manifest-page"> = {
      kind: "manifest-page",
      revision: revision(stored.pages[i]),
      patientId,
      ...page,
    }
    return { put }
  })
  const decidedPages = sent.decided.map(({ page, ids }): Change => {
    const found = stored.decidedPages.find((item) => item?.page === page)
    return { put: { kind: "decided-page", revision: revision(found), patientId, page, ids } }
  })
  const keyPages = sent.keyPages.map((page): Change => ({ put: { kind: "key-page", revision: 1, patientId, ...page } }))
  const changesPatient = sent.signers !== undefined || sent.accountKey !== undefined
  return {
    patient: changesPatient
      ? { put: { ...patient.after, revision: revision(patient.before) } }
      : unchanged(patient.before),
    copies: copiesAfter(stored.copies, sent),
    manifest: { put: newest },
    manifestVersion: { put: { kind: "manifest-version", revision: 1, patientId, number, manifest } },
    pages,
    keyPages,
    decidedPages,
  }
}

/** `newest` where this publication has been applied already. */
const openPublication = async (
  { store, cloud }: Publishing,
  patientId: string,
  sent: Publication,
  call: Call,
): Promise<"newest" | NextPublication> => {
  if (sent.pages.length > maxPublishedPages) throw new Problem("publication-too-large")
  requireOnce(sent)
  const { number } = claimsOf("manifest", sent.manifest)
  const hash = await statementHash(sent.manifest)
  const stored = await readStored(store, patientId, sent, number)
  const patient = requireActive(stored.patient)
  if (stored.manifest?.hash === hash) return "newest"
  requireFollows(claimsOf("manifest", sent.manifest), stored)
  const { ends } = stored
  const signers = await signersAfter({ patient, copies: stored.copies }, sent, {
    cloudId: cloud.cloudId,
    now: call.now,
  })
  const claims = await patientStatement("manifest", sent.manifest, {
    audience: cloud.cloudId,
    patient: signers.patient,
    ends,
    now: call.now,
  })
  await requireEndsTaken(signers, ends)
  await requireSkips(claims, stored)
  await requireNamed(claims, signers)
  if (claims.keyRing !== (await canonicalHash(sent.keyRing))) throw new Problem("manifest-invalid")
  const before = stored.manifest && {
    claims: claimsOf("manifest", stored.manifest.manifest),
    keyRing: stored.manifest.keyRing,
    pageLists: stored.manifest.pageLists,
  }
  await requireRing(sent, before?.keyRing, signers)
  await requireNamedLists(claims, sent.pageLists)
  const idsOf = new Map(
    stored.decidedPages.flatMap((item) => (item === undefined ? [] : [[item.page, item.ids] as const])),
  )
  return {
    patientId,
    sent,
    claims,
    hash,
    before,
    usage: stored.usage,
    signer: signerOf(sent.manifest),
    ended: signers.ended,
    begunByRoot: signers.begunByRoot,
    listing: await listingChange(sent.pageLists, before?.pageLists, sent.pages, stored.pages),
    decided: await decidedAdded(claims, before?.claims, sent.decided, idsOf),
    changes: changesOf(patientId, { sent, claims, hash }, stored, { before: patient, after: signers.patient }),
  }
}

/** That the manifest changes what the use-case changes, and nothing else. */
const requirePlanned = async (
  { listing, decided }: NextPublication,
  plan: Pick<PublicationPlan<WritingName>, "listed" | "unlisted" | "decided">,
): Promise<void> => {
  const same = async (found: readonly unknown[], planned: unknown) =>
    (await canonicalHash(found)) === (await canonicalHash(planned === undefined ? [] : [planned]))
  const planned =
    (await same(listing.listed, plan.listed)) &&
    (await same(listing.unlisted, plan.unlisted)) &&
    (await same(decided, plan.decided))
  if (!planned) throw new Problem("manifest-invalid")
}

const bytesOf = (change: Change): number => ("put" in change ? utf8(JSON.stringify(change.put)).length : 0)

/** DynamoDB takes 100 items and 4 MB in one transaction; the usage is one of them. */
const requireFitting = (changes: NamedChanges): void => {
  const listed = listedChanges(changes).map(({ change }) => change)
  const bytes = listed.reduce((sum, change) => sum + bytesOf(change), 0)
  if (listed.length >= maxPublicationItems || bytes > maxPublicationBytes) throw new Problem("publication-too-large")
}

const changesIn = (own: OwnChanges): NamedChanges =>
  Object.fromEntries(Object.entries(own).map(([name, { change }]) => [name, change]))

/** Why it wasn't written. Another manifest comes first: what it changed the next attempt will see. */
const refusalsOf = (own: OwnChanges): Record<string, ProblemCode> => ({
  manifest: "manifest-conflict",
  rewrapped: "manifest-conflict",
  ...Object.fromEntries(Object.entries(own).map(([name, { refusal }]) => [name, refusal])),
})

/**
 * What it adds to what the patient has. One by the root, or that ends a signer, isn't counted as a manifest: a device that was stolen could use up the rate, hour
 * by hour, and keep the others from ending it.
 */
const addedBy = (next: NextPublication, { added = {} }: { readonly added?: Added }, died: number): Added => ({
  ...added,
  ...(died === 0 ? {} : { cards: (added.cards ?? 0) - died }),
  ...(next.begunByRoot || next.ended ? {} : { manifestBy: next.signer }),
})

/** The steps by which it is applied, once it has been found that it may be. */
const applying = async <N extends WritingName, W extends Wanted>(
  { store }: Publishing,
  next: NextPublication,
  { plan }: Published<N, W>,
  again: () => Promise<PublishedAt | undefined>,
  { now }: Call,
): Promise<Step<N, PublishedAt, W>> => {
  const { patientId, claims, hash, usage: before } = next
  const planned = await plan()
  const { changes: rewrapped, died } = await cardsAfter(store, next, planned.cards ?? {})
  const usage = countedUsage(store, { patientId, now, before, added: addedBy(next, planned, died) })
  const changes = { ...next.changes, rewrapped }
  requireFitting({ ...changes, ...changesIn(planned.changes) })
  await requirePlanned(next, planned)
  const subject = { ...planned.subject, manifest: { number: claims.number, hash } }
  const told = (own: OwnChanges): TellingStep<N, PublishedAt, W> => ({
    patientId,
    now,
    event: { action: planned.action, actor: { kind: "patient" }, subject },
    changing: changing<string>({ ...changes, ...changesIn(own), usage }, refusalsOf(own)),
    again,
    answer: (_, event) => ({ event }),
  })
  const { prepare } = planned
  if (prepare === undefined) return told(planned.changes)
  const { because, act } = prepare
  return { because, act: async (acting) => told({ ...planned.changes, ...(await act(acting)) }), again }
}

/**
 * Makes what the patient signed the newest manifest, together with the change that it is signed for: all or nothing, and one event before. Idempotent: the newest
 * manifest sent again is answered as the first time, without its event.
 */
export const publish = async <N extends WritingName, W extends Wanted = Nothing>(
  reading: Publishing,
  patientId: string,
  publication: Publication,
  published: Published<N, W>,
  call: Call,
): Promise<Step<N, PublishedAt, W>> => {
  const next = await openPublication(reading, patientId, publication, call)
  if (next === "newest") {
    if (await published.applied()) return { done: {} }
    throw new Problem("manifest-conflict")
  }
  // The same publication sent twice at this moment: the other one was first.
  const again = async () => {
    const [patient, now] = await reading.store.read([
      { kind: "patient", patientId },
      { kind: "manifest", patientId },
    ])
    if (now?.hash === next.hash && (await published.applied())) return {}
    requireActive(patient)
    return undefined
  }
  return { decide: () => applying(reading, next, published, again, call), again }
}
