import { Problem } from "../../contract/errors.ts"
import type { ItemOf } from "../../contract/items.ts"
import type { Publication } from "../../contract/publication.ts"
import type { RequestOf } from "../../contract/routes.ts"
import { removeObjects } from "./object-removal.ts"
import { requireActive } from "./patients.ts"
import type { Call, Change, StoreReads } from "./ports.ts"
import { type PublicationPlan, type PublishedAt, type Publishing, publish } from "./publication.ts"
import { countedUsage, usageRef } from "./quotas.ts"
import { defineUseCase } from "./runner.ts"
import type { Acting, Step } from "./step.ts"
import { forgetUpload } from "./uploads.ts"

type ErasingPorts = { objects: "removeSome" | "abortUpload" }
type Erasing = Acting<ErasingPorts>
type StruckRecord = ItemOf<"record">

/** Forgets a page of versions, or the record where there is none left; `done` then. */
const eraseSome = async (
  store: StoreReads,
  acting: Erasing,
  { patientId, recordId, revision }: StruckRecord,
  now: Date,
): Promise<"done" | "more" | "conflict"> => {
  const [before] = await store.read([usageRef(patientId)])
  const { items } = await store.list("record-version", patientId, { within: recordId })
  const last = items.length === 0
  const bytes = items.reduce((sum, version) => sum + version.descriptor.size, 0)
  const removed: Change[] = last
    ? [{ remove: { kind: "record", patientId, recordId }, revision }]
    : items.map((item) => ({
        remove: { kind: "record-version", patientId, recordId, version: item.version },
        revision: item.revision,
      }))
  const added = last ? { records: -1 } : { versions: -items.length, bytes: -bytes }
  const usage = countedUsage(store, { patientId, now, before, added })
  const written = await acting.change({ removed, usage })
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
  store: StoreReads,
  acting: Erasing,
  { patientId, recordId }: { patientId: string; recordId: string },
  { now, mayContinue }: { now: Date; mayContinue: () => boolean },
): Promise<void> => {
  const struck = async () => {
    const [record] = await store.read([{ kind: "record", patientId, recordId }])
    return record?.struck === true ? record : undefined
  }
  let record = await struck()
  if (record === undefined) return
  const uploads = await store.list("upload", patientId, { within: `records#${recordId}` })
  for (const upload of uploads.items) await forgetUpload(store, acting, upload)
  // Before their items: what is interrupted half-way still has those.
  if (!(await removeObjects(acting, "records", record, mayContinue))) throw new Problem("busy")
  for (let conflicts = 0; record !== undefined; record = await struck()) {
    if (!mayContinue()) throw new Problem("busy")
    const erased = await eraseSome(store, acting, record, now)
    if (erased === "done") return
    if (erased === "conflict" && ++conflicts === attempts) throw new Problem("busy")
  }
}

type Next = Step<"patient/delete-record", PublishedAt, ErasingPorts>

/** Strikes the record with the publication. */
const strike = (
  reading: Publishing,
  patientId: string,
  { recordId, publication }: RequestOf<"patient/delete-record"> & { publication: Publication },
  call: Call,
): Promise<Next> => {
  const { store } = reading
  const applied = async () => {
    const [record] = await store.read([{ kind: "record", patientId, recordId }])
    return record === undefined || record.struck === true
  }
  const plan = async (): Promise<PublicationPlan<"patient/delete-record", ErasingPorts>> => {
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
  return publish(reading, patientId, publication, { applied, plan }, call)
}

/**
 * Strikes a record from what the patient signs, and then erases it. Nothing that the manifest lists is ever erased. Idempotent: the same request again
 * resumes what was interrupted, and so does one without a publication, which strikes nothing.
 */
export const deleteRecord = defineUseCase(
  "patient/delete-record",
  async (
    reading: Publishing,
    patientId: string,
    request: RequestOf<"patient/delete-record">,
    call: Call,
    mayContinue: () => boolean = () => true,
  ): Promise<Next> => {
    const { store } = reading
    const { recordId, publication } = request
    const [patient, found] = await store.read([
      { kind: "patient", patientId },
      { kind: "record", patientId, recordId },
    ])
    requireActive(patient)
    const erase = (acting: Erasing) =>
      eraseStruck(store, acting, { patientId, recordId }, { now: call.now, mayContinue })
    const next = async (): Promise<Next> => {
      if (publication !== undefined)
        return {
          ...(await strike(reading, patientId, { recordId, publication }, call)),
          afterwards: { because: "told-before", act: erase },
        }
      // Nothing that the manifest still lists is erased.
      if (found !== undefined && found.struck !== true) throw new Problem("manifest-invalid")
      return { done: {} }
    }
    // Struck before, and perhaps by a manifest that isn't the newest any more: whatever becomes of this one, it goes.
    if (found?.struck !== true) return next()
    return {
      because: "told-before",
      act: async (acting) => {
        await erase(acting)
        return next()
      },
    }
  },
)
