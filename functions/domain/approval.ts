import { Problem } from "../../contract/errors.ts"
import { type ItemOf, type ObjectPlace, objectKey } from "../../contract/items.ts"
import type { Descriptor } from "../../protocol/record.ts"
import type { NamedChanges } from "./named-changes.ts"
import type { StoreReads, UploadRef } from "./ports.ts"
import type { Acting } from "./step.ts"
import { areWhole, beginUpload, forgetUpload, storedUpload, uploadRef } from "./uploads.ts"

/** What is larger is copied in parts of this length, bytes. S3 copies 5 GB in one call at most, and 10,000 parts. */
export const copyPartBytes = 256 * 1024 ** 2
/** Parts that are copied at once. */
const copiesAtOnce = 8

/** How much of a copy may be done in one request, and in which pieces. */
export interface Copying {
  /** Whether there is time to begin the copy of another part. */
  readonly mayContinue: () => boolean
  readonly partBytes?: number
}

/** What copying calls of the object store. */
export type CopierPorts = {
  objects: "approve" | "beginUpload" | "copyPart" | "parts" | "completeUpload" | "abortUpload"
}
type Copier = Acting<CopierPorts>
interface Copy {
  readonly outcome: "copied" | "missing" | "unfinished"
  /** What stands for the copy until it is a record. */
  readonly upload?: ItemOf<"upload">
}

/** The parts a copy consists of. */
const partsOf = (size: number, partBytes: number) =>
  Array.from({ length: Math.ceil(size / partBytes) }, (_, i) => ({
    number: i + 1,
    offset: i * partBytes,
    size: Math.min(partBytes, size - i * partBytes),
  }))

/** Copies parts, several at once, as long as there is time; says how the first ended that wasn't copied, where one wasn't. */
const copyParts = async (
  { ports: { objects } }: Acting<{ objects: "copyPart" }>,
  { upload, source }: { upload: UploadRef; source: string },
  parts: ReturnType<typeof partsOf>,
  mayContinue: () => boolean,
): Promise<"copied" | "missing" | "gone" | "unfinished"> => {
  const left = [...parts]
  let ended: "missing" | "gone" | undefined
  const lane = async () => {
    while (ended === undefined && mayContinue()) {
      const part = left.shift()
      if (part === undefined) return
      const copied = await objects.copyPart(upload, source, part)
      if (copied !== "copied") ended ??= copied
    }
  }
  await Promise.all(Array.from({ length: copiesAtOnce }, lane))
  return ended ?? (left.length === 0 ? "copied" : "unfinished")
}

interface Place {
  readonly patientId: string
  /** Where it lies in `pending`. */
  readonly source: ObjectPlace
  /** What it becomes, at a place of its own. */
  readonly descriptor: Descriptor
  /** What stands for an earlier attempt. */
  readonly found: ItemOf<"upload"> | undefined
  /** What must hold for a copy to begin. */
  readonly checks: NamedChanges
}

/** Copies it part by part, those that are missing. */
const copyInParts = async (
  store: StoreReads,
  acting: Copier,
  { patientId, source, descriptor, found, checks }: Place,
  { mayContinue, partBytes, now }: Required<Copying> & { now: Date },
): Promise<Copy> => {
  const { size, category } = descriptor
  const { objects } = acting.ports
  const ref = uploadRef("records", patientId, descriptor)
  const wanted = { category, size, from: "pending" as const }
  const begin = async (found: ItemOf<"upload"> | undefined, anew: boolean) => {
    const begun = await beginUpload(store, acting, ref, { found, wanted, checks, anew }, now)
    if ("lostTo" in begun) throw new Problem("busy")
    return begun.upload
  }
  const parts = partsOf(size, partBytes)
  const lengths = parts.map((part) => part.size)
  let upload = await begin(found, false)
  let there = await objects.parts(storedUpload(upload), parts.length)
  if (there === undefined) {
    upload = await begin(upload, true)
    there = []
  }
  const stored = storedUpload(upload)
  const missing = parts.filter(
    ({ number, size }) => !there.some((part) => part.number === number && part.size === size),
  )
  const copied = await copyParts(acting, { upload: stored, source: objectKey(patientId, source) }, missing, mayContinue)
  if (copied === "missing") await forgetUpload(store, acting, upload)
  if (copied !== "copied") return { outcome: copied === "gone" ? "unfinished" : copied }

  const whole = await objects.parts(stored, parts.length)
  if (whole === undefined) return { outcome: "unfinished" }
  if (!areWhole(whole, lengths)) throw new Error("the object store copied something else")
  const completed = await objects.completeUpload(stored, whole, { replace: true })
  return completed === "completed" ? { outcome: "copied", upload } : { outcome: "unfinished" }
}

/**
 * Copies a contribution to the records, within the object store. What takes longer than a request may is `unfinished`: the next
 * one copies what is missing. A copy of which nobody heard that it was completed is made anew, over it.
 */
export const copyToRecords = async (
  store: StoreReads,
  acting: Copier,
  place: Place,
  { mayContinue, partBytes = copyPartBytes, now }: Copying & { now: Date },
): Promise<Copy> => {
  const { patientId, source, descriptor, found } = place
  // Something of the patient's own goes up to the same place: a copy would hide it.
  if (found !== undefined && found.from === undefined) throw new Problem("record-conflict")
  const { objects } = acting.ports
  if (descriptor.size <= partBytes)
    return { outcome: await objects.approve(objectKey(patientId, source), objectKey(patientId, descriptor)) }
  return copyInParts(store, acting, place, { mayContinue, partBytes, now })
}
