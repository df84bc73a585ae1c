import { Problem } from "../../contract/errors.ts"
import { type ItemOf, objectKey } from "../../contract/items.ts"
import type { RequestOf, ResponseOf } from "../../contract/routes.ts"
import { versionReach } from "../../protocol/primitives.ts"
import { requireActive } from "./patients.ts"
import type { Call, Change, ObjectStore, Store } from "./ports.ts"
import { type PublicationPlan, type Publishing, publish } from "./publication.ts"
import { usageRef, writeCounted } from "./quotas.ts"
import { forgetUpload } from "./uploads.ts"

interface Erasing {
  readonly store: Store
  readonly objects: Pick<ObjectStore, "remove" | "abortUpload">
}
type StruckRecord = ItemOf<"record">

/** The versions of which there may be an object once `newest` is committed: itself, and those never committed that it skipped. */
const placesUpTo = (newest: number): number[] =>
  Array.from({ length: Math.min(newest, versionReach) }, (_, i) => newest - i)

/** Objects that are removed at once. */
const removalsAtOnce = 16

const removeObjects = async (
  { objects }: Erasing,
  { patientId, recordId }: StruckRecord,
  versions: readonly number[],
): Promise<void> => {
  const left = [...versions]
  const lane = async () => {
    for (let version = left.shift(); version !== undefined; version = left.shift())
      await objects.remove("records", objectKey(patientId, recordId, version))
  }
  await Promise.all(Array.from({ length: removalsAtOnce }, lane))
}

/** Removes a page of versions, or the record where there is none left; `done` then. The objects go first: what is interrupted half-way still has its items. */
const eraseSome = async (
  deps: Erasing,
  { patientId, recordId, descriptor, revision }: StruckRecord,
  now: Date,
): Promise<"done" | "more" | "conflict"> => {
  const { store } = deps
  const [before] = await store.read([usageRef(patientId)])
  const { items } = await store.list("record-version", patientId, { within: recordId })
  const last = items.length === 0
  const ends = last ? [descriptor.version + versionReach] : items.map(({ version }) => version)
  const places = [...new Set(ends.flatMap(placesUpTo))]
  await removeObjects(deps, { kind: "record", patientId, recordId, descriptor, revision }, places)
  const bytes = items.reduce((sum, version) => sum + version.descriptor.size, 0)
  const removed: Change[] = last
    ? [{ remove: { kind: "record", patientId, recordId }, revision }]
    : items.map((item) => ({
        remove: { kind: "record-version", patientId, recordId, version: item.version },
        revision: item.revision,
      }))
  const added = last ? { records: -1 } : { versions: -items.length, bytes: -bytes }
  const written = await writeCounted(store, { patientId, now, before, added }, { removed })
  if (written.outcome === "conflict") return "conflict"
  return last ? "done" : "more"
}

/** As often as somebody erases the same record at the same moment. */
const attempts = 20

/**
 * Erases every version of a record that the manifest has struck, and what was uploaded for one and never committed, or is being uploaded. A record that
 * isn't struck it leaves alone. `busy` where it takes longer than a request may: asked again, it resumes.
 */
const eraseStruck = async (
  deps: Erasing,
  patientId: string,
  recordId: string,
  { now, mayContinue }: { now: Date; mayContinue: () => boolean },
): Promise<void> => {
  const { store, objects } = deps
  const struck = async () => {
    const [record] = await store.read([{ kind: "record", patientId, recordId }])
    return record?.struck === true ? record : undefined
  }
  let record = await struck()
  if (record === undefined) return
  const uploads = await store.list("upload", patientId, { within: `records#${recordId}` })
  for (const upload of uploads.items) await forgetUpload({ store, objects }, upload)
  for (let conflicts = 0; record !== undefined; record = await struck()) {
    if (!mayContinue()) throw new Problem("busy")
    const erased = await eraseSome(deps, record, now)
    if (erased === "done") return
    if (erased === "conflict" && ++conflicts === attempts) throw new Problem("busy")
  }
}

/**
 * Strikes a record from what the patient signs, and then erases it. Nothing that the manifest lists is ever erased. Idempotent: the same request again
 * resumes what was interrupted, and so does one without a publication, which strikes nothing.
 */
export const deleteRecord = async (
  deps: Publishing & Erasing,
  patientId: string,
  { recordId, publication }: RequestOf<"patient/delete-record">,
  call: Call,
  mayContinue: () => boolean = () => true,
): Promise<ResponseOf<"patient/delete-record">> => {
  const { store } = deps
  const [patient, found] = await store.read([
    { kind: "patient", patientId },
    { kind: "record", patientId, recordId },
  ])
  requireActive(patient)
  const erasing = { now: call.now, mayContinue }
  // Struck before, and perhaps by a manifest that isn't the newest any more: whatever becomes of this one, it goes.
  if (found?.struck === true) await eraseStruck(deps, patientId, recordId, erasing)
  if (publication === undefined) {
    // Nothing that the manifest still lists is erased.
    if (found !== undefined && found.struck !== true) throw new Problem("manifest-invalid")
    return {}
  }
  const applied = async () => {
    const [record] = await store.read([{ kind: "record", patientId, recordId }])
    return record === undefined || record.struck === true
  }
  const plan = async (): Promise<PublicationPlan> => {
    const [record] = await store.read([{ kind: "record", patientId, recordId }])
    if (record === undefined || record.struck === true) throw new Problem("not-found")
    return {
      action: "delete-record",
      subject: { recordId },
      unlisted: record.descriptor,
      changes: {
        record: {
          change: { put: { ...record, revision: record.revision + 1, struck: true } },
          refusal: "record-conflict",
        },
      },
    }
  }
  const answer = await publish(deps, patientId, publication, { applied, plan }, call)
  await eraseStruck(deps, patientId, recordId, erasing)
  return answer
}
