import { Problem } from "../../contract/errors.ts"
import { type ItemOf, type ObjectPlace, objectKey } from "../../contract/items.ts"
import { daySeconds } from "../../contract/limits.ts"
import type { RequestOf, Upload } from "../../contract/routes.ts"
import { concat, fromBase64url, toBase64url } from "../../protocol/crypto/bytes.ts"
import { sha256 } from "../../protocol/crypto/primitives.ts"
import { partCount, partLength } from "../../protocol/parts.ts"
import { uploadSeconds } from "../../protocol/primitives.ts"
import type { Descriptor } from "../../protocol/record.ts"
import { invalidField } from "./invalid-field.ts"
import type { NamedChanges } from "./named-changes.ts"
import type { Bucket, Change, Part, RefOf, StoreReads, UploadRef } from "./ports.ts"
import type { Acting } from "./step.ts"

/** Records that go up in parts (docs/adr/0007-parts.md). The item of an upload is what stands between a client and the store's name of it. */
type UploadItem = ItemOf<"upload">

export const uploadRef = (
  bucket: Bucket,
  patientId: string,
  { recordId, version, objectId }: ObjectPlace,
): RefOf<"upload"> => ({ kind: "upload", bucket, patientId, recordId, version, objectId })

/** What the object store knows it by. */
export const storedUpload = (upload: UploadItem): UploadRef => ({
  bucket: upload.bucket,
  key: objectKey(upload.patientId, upload),
  uploadId: upload.uploadId,
})

/** The store may have destroyed what was sent. */
const isOver = ({ startedAt }: UploadItem, now: Date) => now.getTime() >= Date.parse(startedAt) + uploadSeconds * 1000

/**
 * What the same client's other uploads in parts to this bucket come to: they count with what a patient has, or one could begin as many as they liked. A
 * professional's are held against that professional alone: by announcing much, nobody keeps others from adding.
 */
export const otherUploads = async (
  store: StoreReads,
  ref: RefOf<"upload">,
  { account, now }: { account?: string; now: Date },
): Promise<{ count: number; bytes: number }> => {
  const { bucket, patientId, recordId, version, objectId } = ref
  let [count, bytes] = [0, 0]
  let after: string | undefined
  do {
    const page = await store.list("upload", patientId, { within: bucket, after })
    for (const upload of page.items) {
      const isItself = upload.recordId === recordId && upload.version === version && upload.objectId === objectId
      // What has passed its `ttl` has nothing in the object store any more; DynamoDB may take days to forget it.
      if (isItself || upload.account !== account || upload.ttl * 1000 <= now.getTime()) continue
      count++
      bytes += upload.size
    }
    after = page.next
  } while (after !== undefined)
  return { count, bytes }
}

/** What an upload is of, and whose; the same again goes on with it. */
export type Wanted = Pick<UploadItem, "category" | "size" | "account" | "from">

const isSame = (upload: UploadItem, wanted: Wanted) =>
  (["category", "size", "account", "from"] as const).every((field) => upload[field] === wanted[field])

type Begun<N extends string> = { upload: UploadItem } | { lostTo: ReadonlySet<N | "begun"> }

/**
 * Returns the upload of a place where there is one, of the same; else begins it, on condition of `checks`, and tells which of them failed.
 * `anew`: though there is one.
 */
export const beginUpload = async <N extends string>(
  store: StoreReads,
  acting: Acting<{ objects: "beginUpload" | "abortUpload" }>,
  ref: RefOf<"upload">,
  of: { found: UploadItem | undefined; wanted: Wanted; checks: NamedChanges<N>; anew?: boolean },
  now: Date,
): Promise<Begun<N>> => {
  const { found, wanted, checks, anew } = of
  if (found !== undefined && anew !== true && !isOver(found, now)) {
    if (isSame(found, wanted)) return { upload: found }
    throw new Problem("record-conflict")
  }
  const { objects } = acting.ports
  const uploadId = await objects.beginUpload(ref.bucket, objectKey(ref.patientId, ref))
  const upload: UploadItem = {
    ...ref,
    revision: (found?.revision ?? 0) + 1,
    ...wanted,
    uploadId,
    startedAt: now.toISOString(),
    // As long as the store may still have something of it.
    ttl: Math.floor(now.getTime() / 1000) + uploadSeconds + daySeconds,
  }
  const written = await acting.change<N | "begun">({ ...checks, begun: { put: upload } })
  if (written.outcome === "written") {
    if (found !== undefined) await objects.abortUpload(storedUpload(found))
    return { upload }
  }
  await objects.abortUpload(storedUpload(upload))
  if ([...written.lostTo].some((name) => name !== "begun")) return { lostTo: written.lostTo }
  // The same place was begun by somebody else at this moment: where it is the same, both go on with it.
  const [theirs] = await store.read([ref])
  if (theirs === undefined || !isSame(theirs, wanted)) throw new Problem("record-conflict")
  return { upload: theirs }
}

/** Signs PUTs of parts of what was begun. `account`: of the professional who asks. */
export const partUrls = (
  { ports: { objects } }: Acting<{ objects: "partUrl" }>,
  upload: UploadItem | undefined,
  { parts }: Pick<RequestOf<"patient/part-urls">, "parts">,
  { account, now }: { account?: string; now: Date },
): Promise<Upload[]> => {
  if (upload === undefined || !isOf(upload, account) || isOver(upload, now)) throw new Problem("record-not-uploaded")
  const { size } = upload
  const beyond = parts.findIndex(({ number }) => number > partCount(size))
  if (beyond >= 0) throw invalidField<"patient/part-urls">(`parts.${beyond}.number`)
  const stored = storedUpload(upload)
  return Promise.all(
    parts.map(({ number, sha256 }) => objects.partUrl(stored, { number, size: partLength(size, number), sha256 }, now)),
  )
}

/** It is a client's, and this one's. */
const isOf = (upload: UploadItem, account: string | undefined) =>
  upload.from === undefined && upload.account === account

/** Destroys what was sent, and forgets it. The store goes first: what is interrupted half-way is mended by asking again. */
export const endUpload = async (
  store: StoreReads,
  acting: Acting<{ objects: "abortUpload" }>,
  upload: UploadItem | undefined,
  account?: string,
): Promise<void> => {
  if (upload === undefined || !isOf(upload, account)) return
  await forgetUpload(store, acting, upload)
}

export const forgetUpload = async (
  store: StoreReads,
  acting: Acting<{ objects: "abortUpload" }>,
  upload: UploadItem,
): Promise<void> => {
  await acting.ports.objects.abortUpload(storedUpload(upload))
  const written = await acting.change({ upload: { remove: refOf(upload), revision: upload.revision } })
  if (written.outcome === "written") return
  // Somebody else has ended it, or begun it anew, and the new one is theirs.
  const [now] = await store.read([refOf(upload)])
  if (now?.uploadId === upload.uploadId) throw new Problem("busy")
}

const refOf = (upload: UploadItem) => uploadRef(upload.bucket, upload.patientId, upload)

/** The change by which an upload ends with what it became. */
export const uploadEnds = (upload: UploadItem | undefined): Change[] =>
  upload === undefined ? [] : [{ remove: refOf(upload), revision: upload.revision }]

/** Whether these are all parts, in order, each as long as its place is. */
export const areWhole = (parts: readonly Part[], lengths: readonly number[]): boolean =>
  parts.length === lengths.length && parts.every(({ number, size }, i) => number === i + 1 && size === lengths[i])

/** The hash of a record of more parts than one (docs/protocol.md, "Parts"); undefined where a part's isn't known. */
const hashOf = async (parts: readonly Part[]): Promise<string | undefined> => {
  const hashes = parts.flatMap((part) => (part.sha256 === undefined ? [] : [fromBase64url(part.sha256)]))
  return hashes.length === parts.length ? toBase64url(await sha256(concat(...hashes))) : undefined
}

/** Makes an object of what was sent in parts, where it is exactly what `descriptor` says; nothing is made of what isn't. */
const complete = async (
  { ports: { objects } }: Acting<{ objects: "parts" | "completeUpload" }>,
  upload: UploadItem,
  { size, category, sha256 }: Descriptor,
): Promise<void> => {
  if (upload.size !== size || upload.category !== category) throw new Problem("upload-differs")
  const stored = storedUpload(upload)
  const count = partCount(size)
  const parts = await objects.parts(stored, count)
  // It was completed before, by a commit that died on its way, or has been destroyed: the object will tell.
  if (parts === undefined) return
  if (parts.length < count) throw new Problem("record-not-uploaded")
  const lengths = Array.from({ length: count }, (_, i) => partLength(size, i + 1))
  if (!areWhole(parts, lengths) || (await hashOf(parts)) !== sha256) throw new Problem("upload-differs")
  const completed = await objects.completeUpload(stored, parts, { replace: false })
  if (completed === "conflict") throw new Problem("busy")
}

/**
 * Refuses what isn't in the object store exactly as `descriptor` says. What was sent in parts is completed before; whatever the store says of that, what
 * counts is what it then says of the object.
 */
export const requireUploaded = async (
  acting: Acting<{ objects: "inspect" | "parts" | "completeUpload" }>,
  { bucket, patientId, account }: { bucket: Bucket; patientId: string; account?: string },
  upload: UploadItem | undefined,
  descriptor: Descriptor,
): Promise<void> => {
  if (upload !== undefined && !isOf(upload, account)) throw new Problem("record-conflict")
  // What has one part went up in one piece, to a place that was begun for something else and given up.
  if (upload !== undefined && partCount(descriptor.size) > 1) await complete(acting, upload, descriptor)
  await requireObject(acting, { bucket, patientId }, descriptor)
}

/** Refuses what isn't in the object store, as one object, exactly as `descriptor` says. */
export const requireObject = async (
  { ports: { objects } }: Acting<{ objects: "inspect" }>,
  { bucket, patientId }: { bucket: Bucket; patientId: string },
  descriptor: Descriptor,
): Promise<void> => {
  const { size, sha256 } = descriptor
  const object = await objects.inspect(bucket, objectKey(patientId, descriptor))
  if (object === undefined) throw new Problem("record-not-uploaded")
  if (object.size !== size || object.sha256 !== sha256 || object.parts !== partCount(size))
    throw new Problem("upload-differs")
}
