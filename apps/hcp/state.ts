import { computed, signal } from "@preact/signals"
import type { SummaryPatient } from "../../fhir/patient.ts"
import type { Proposal } from "../../fhir/proposals.ts"
import type { Summary } from "../../fhir/summary.ts"
import type { Bytes } from "../../protocol/crypto/bytes.ts"
import type { Category } from "../../protocol/primitives.ts"
import type { Access, ReadRecord } from "../../sdk/hcp/emergency-access.ts"
import type { Listed } from "../../sdk/hcp/records.ts"
import type { Progress } from "../../sdk/transfer/progress.ts"
import { asideHere, type EndRequest, endUnlessBack, forgetAside } from "./aside.ts"
import { dropAllUrls } from "./blob-urls.ts"
import { type HeldCertificate, keepCheckpoint, type LockedCertificate } from "./certificate-store.ts"
import type { Draft } from "./draft.ts"
import { keptReceipts } from "./receipts.ts"
import { tellEnd, untold } from "./told.ts"

/** A record in memory. `summary`: where it is a FHIR document. */
export interface OpenedRecord extends ReadRecord {
  readonly summary?: Summary
}

/** An access to nobody's record, for practice: no cloud knows of it. */
export interface PracticeAccess
  extends Pick<Access, "grantId" | "expiresAt" | "categories" | "receipts" | "credential"> {
  readonly practice: true
}

export const isPractice = (access: Access | PracticeAccess): access is PracticeAccess => "practice" in access

/** All that is held of one patient. There is one at most, and only in memory. */
export interface Encounter {
  readonly access: Access | PracticeAccess
  /** The FHIR documents of the category `summary`. */
  readonly summaries: readonly OpenedRecord[]
  /** What else lies there: fetched when somebody looks at it. */
  readonly files: readonly Listed[]
  /** Why a summary, or one of several, isn't there. */
  readonly summaryTrouble?: unknown
  readonly patient?: SummaryPatient
  /** Documents of the record name patients of other names or dates of birth. */
  readonly severalIdentities: boolean
  readonly photo?: { readonly bytes: Bytes; readonly contentType: string }
  /** Stops everything that runs for this patient. */
  readonly left: AbortController
  readonly ties: Ties
}

/** What ties this page to the cloud and to a reload of itself; it comes with what opens a card, which is no part of the first screen. */
export interface Ties {
  /** Tells the cloud that the access is over. */
  end(): Promise<void>
  readonly endRequest: EndRequest
  /** Seals the access for a reload. */
  keepAside(confirmed: boolean): Promise<void>
  /** What was sealed opens no more. */
  dropAside(): Promise<void>
}

/** Why there is no patient any more. */
export type Ending = "closed" | "not-this-patient" | "expired" | "halted"

export type Stage =
  | { readonly kind: "none"; readonly ending?: Ending }
  | { readonly kind: "confirming"; readonly encounter: Encounter }
  | { readonly kind: "open"; readonly encounter: Encounter }

export const stage = signal<Stage>({ kind: "none" })
export const encounter = computed(() => (stage.value.kind === "open" ? stage.value.encounter : undefined))

/** The professional's certificate; `undefined` until this device was asked whether it has one. */
export const certificate = signal<HeldCertificate | LockedCertificate | "none" | undefined>(undefined)
/** It is here until the page is closed, and no longer. */
export const notKept = signal(false)
/** It was deleted: at somebody's wish, or because its PIN was wrong too often. */
export const removed = signal<"wanted" | "wrong-pin" | undefined>(undefined)

/** The list of sensitive documents was asked for. */
export const sensitiveWanted = signal(false)

/** What a category holds, as far as it has been asked for. */
export interface RecordList {
  readonly listed?: readonly Listed[]
  /** The hash of the manifest that they are of. */
  readonly manifest?: string
  readonly loading: boolean
  readonly error?: unknown
}
export const lists = signal<{ readonly [C in Category]?: RecordList }>({})

/** The record that is being looked at, or is on its way. */
export interface Viewed {
  readonly listed: Listed
  readonly progress?: Progress
  readonly record?: OpenedRecord
  readonly error?: unknown
}
export const viewed = signal<Viewed | undefined>(undefined)

/** Puts a record on the screen that is in memory already. */
export const viewRecord = (record: OpenedRecord): void => {
  viewed.value = { listed: { descriptor: record.descriptor }, record }
}

/** Records that were read once, by id and version: none is fetched, and put into the patient's trail, twice. */
export const read = new Map<string, OpenedRecord>()

/** What was added in this access, in its order. */
export interface Added {
  readonly contributionId: string
  readonly title: string
  readonly category: Category
  readonly at: string
}
export const added = signal<readonly Added[]>([])

/** What is being written; it stays while somebody looks something up in the record. */
export const draft = signal<Draft | undefined>(undefined)

/** Changes of the summary that are being proposed, and not sent yet. */
export const proposals = signal<readonly Proposal[]>([])

/** What is on its way to the cloud, or why it didn't get there. */
export interface Sending {
  readonly progress?: Progress
  readonly error?: unknown
  stop(): void
}
export const sending = signal<Sending | undefined>(undefined)

export const now = signal(Date.now())

const held = (): Encounter | undefined => (stage.value.kind === "none" ? undefined : stage.value.encounter)

/** The keys and documents themselves, not only the ways to them. */
const erase = ({ access, summaries, photo }: Encounter): void => {
  if (!isPractice(access)) {
    access.keys.forget()
    delete access.opening
  }
  for (const { bytes } of [...summaries, ...read.values()]) bytes.fill(0)
  photo?.bytes.fill(0)
}

/** What the cloud's provider signed last is kept for the next access, whoever's; where the device can't, the next one says less. */
const keepHeard = ({ checkpoint, entry }: Access): void => {
  if (checkpoint !== undefined) keepCheckpoint(entry.provider, checkpoint).catch(() => undefined)
}

/**
 * What runs is stopped, keys and documents are overwritten, addresses of images dropped, and no page of this patient is left to
 * go back to. Whatever is on the screen goes with the signals it was made of.
 */
const clear = (leaving: Encounter, ending: Ending): void => {
  stage.value = { kind: "none", ending }
  lists.value = {}
  sensitiveWanted.value = false
  viewed.value = undefined
  added.value = []
  draft.value = undefined
  proposals.value = []
  sending.value = undefined
  leaving.left.abort()
  keptReceipts.value = leaving.access.receipts
  if (!isPractice(leaving.access)) keepHeard(leaving.access)
  erase(leaving)
  read.clear()
  dropAllUrls()
  history.replaceState(null, "", "/")
  dispatchEvent(new PopStateEvent("popstate"))
}

/** Leaves the patient: nothing of them is left on this device, and the cloud is told, where it doesn't know, that the access is over. */
export const leave = (ending: Ending): void => {
  const leaving = held()
  if (leaving === undefined) return
  const { ties, access } = leaving
  const isTold = ending === "closed" || ending === "not-this-patient"
  if (isTold && !isPractice(access)) tellEnd(ties.end, access.expiresAt)
  forgetAside()
  ties.dropAside().catch(() => undefined)
  clear(leaving, ending)
}

/** The page goes. Where it is only loaded anew it finds the access again, sealed; else the access is ended soon. */
const leavePage = (): void => {
  const leaving = held()
  if (leaving === undefined) return
  const { access, ties } = leaving
  if (asideHere()?.id === access.grantId && endUnlessBack(access.grantId, ties.endRequest)) clear(leaving, "closed")
  else leave("closed")
}

/** Between the pages of this app: the id of the access that one of them has begun. */
const others = new BroadcastChannel("patient")

/** Another page has begun: with another patient, or with this very access, which goes on there. */
const closeFor = ({ data }: MessageEvent<unknown>): void => {
  const leaving = held()
  if (leaving === undefined || data !== leaving.access.grantId) {
    leave("closed")
    return
  }
  forgetAside()
  clear(leaving, "closed")
}

/** For a reload; a device that can't keep it does without. */
const keepAside = ({ ties }: Encounter, confirmed: boolean): void => {
  ties.keepAside(confirmed).catch(() => undefined)
}

/** Somebody's record is open, and nothing of it is shown yet but who they are. What another page of this device had open is closed. */
export const begin = (encounter: Encounter): void => {
  leave("closed")
  keptReceipts.value = []
  untold.value = undefined
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel's takes none: it is of this origin
  others.postMessage(encounter.access.grantId)
  const { value } = certificate
  // It may have been locked while the record was on its way.
  if (value === undefined || value === "none" || !("credential" in value)) encounter.access.credential = undefined
  stage.value = { kind: "confirming", encounter }
  keepAside(encounter, false)
}

/** Goes on from an identity that somebody has confirmed. */
export const confirm = (): void => {
  const { value } = stage
  if (value.kind !== "confirming") return
  stage.value = { kind: "open", encounter: value.encounter }
  keepAside(value.encounter, true)
}

/** How long the key stays open while nobody touches the device, milliseconds. */
const idleMost = 5 * 60 * 1000
let touchedAt = Date.now()

/** Drops the key of a certificate that has a PIN. What is open of a patient stays readable; nothing is signed any more. */
const lock = (): void => {
  const { value } = certificate
  if (value === undefined || value === "none" || !("credential" in value) || value.locked === undefined) return
  certificate.value = value.locked
  const current = held()
  if (current !== undefined) current.access.credential = undefined
}

/** Takes the key that a PIN has opened, also for the patient who is open. */
export const unlocked = (opened: HeldCertificate): void => {
  touchedAt = Date.now()
  certificate.value = opened
  const current = held()
  if (current !== undefined) current.access.credential = opened.credential
}

const isSending = (): boolean => sending.value !== undefined && sending.value.error === undefined

const tick = (): void => {
  now.value = Date.now()
  if (now.value - touchedAt > idleMost && !isSending()) lock()
  const current = held()
  if (current !== undefined && now.value >= Date.parse(current.access.expiresAt)) leave("expired")
}

/** Ends an access on time, and with the page. */
export const watchEnd = (): void => {
  setInterval(tick, 1000)
  for (const touch of ["pointerdown", "keydown", "wheel", "touchmove"] as const)
    addEventListener(touch, () => (touchedAt = Date.now()), { capture: true, passive: true })
  document.addEventListener("visibilitychange", tick)
  addEventListener("pagehide", leavePage)
  others.addEventListener("message", closeFor)
  // A page that the browser had put aside whole shows what it showed before anything of it runs.
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) location.reload()
  })
}
