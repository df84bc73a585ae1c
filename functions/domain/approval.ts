import { Problem } from "../../contract/errors.ts"
import { type ItemOf, objectKey } from "../../contract/items.ts"
import type { Descriptor } from "../../protocol/record.ts"
import type { NamedChanges } from "./named-changes.ts"
import type { ObjectStore, Store, UploadRef } from "./ports.ts"
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

type Objects = Pick<ObjectStore, "approve" | "beginUpload" | "copyPart" | "parts" | "completeUpload" | "abortUpload">
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
  objects: Pick<ObjectStore, "copyPart">,
  upload: UploadRef,
  parts: ReturnType<typeof partsOf>,
  mayContinue: () => boolean,
): Promise<"copied" | "missing" | "gone" | "unfinished"> => {
  const left = [...parts]
  let ended: "missing" | "gone" | undefined
  const lane = async () => {
    while (ended === undefined && mayContinue()) {
      const part = left.shift()
      if (part === undefined) return
      const copied = await objects.copyPart(upload, part)
      if (copied !== "copied") ended ??= copied
    }
  }
  await Promise.all(Array.from({ length: copiesAtOnce }, lane))
  return ended ?? (left.length === 0 ? "copied" : "unfinished")
}

/**
 * Copies a contribution to the records, within the object store. What takes longer than a request may is `unfinished`: the next
 * one copies what is missing. A copy of which nobody heard that it was completed is made anew, over it.
 */
export const copyToRecords = async (
  { store, objects }: { store: Store; objects: Objects },
  { patientId, descriptor }: { patientId: string; descriptor: Descriptor },
  found: ItemOf<"upload"> | undefined,
  checks: NamedChanges,
  { mayContinue, partBytes = copyPartBytes, now }: Copying & { now: Date },
): Promise<Copy> => {
  const { recordId, version, size, category } = descriptor
  const ref = uploadRef("records", patientId, descriptor)
  const wanted = { category, size, from: "pending" as const }
  // Something of the patient's own goes up to the same place: a copy would hide it.
  if (found !== undefined && found.from === undefined) throw new Problem("record-conflict")
  if (size <= partBytes) return { outcome: await objects.approve(objectKey(patientId, recordId, version)) }

  const begin = async (found: ItemOf<"upload"> | undefined, anew: boolean) => {
    const begun = await beginUpload({ store, objects }, ref, { found, wanted, checks, anew }, now)
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
  const copied = await copyParts(objects, stored, missing, mayContinue)
  if (copied === "missing") await forgetUpload({ store, objects }, upload)
  if (copied !== "copied") return { outcome: copied === "gone" ? "unfinished" : copied }

  const whole = await objects.parts(stored, parts.length)
  if (whole === undefined) return { outcome: "unfinished" }
  if (!areWhole(whole, lengths)) throw new Error("the object store copied something else")
  const completed = await objects.completeUpload(stored, whole, { replace: true })
  return completed === "completed" ? { outcome: "copied", upload } : { outcome: "unfinished" }
}
