import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { s3Checkpoints } from "../../../functions/adapters/checkpoints.s3.ts"
import { s3ObjectStore } from "../../../functions/adapters/object-store.s3.ts"
import type { UploadRef } from "../../../functions/domain/ports.ts"
import { newId } from "../../fakes/call.ts"
import type { Clauses, S3 } from "../cloud.ts"

const text = (words: string) => new TextEncoder().encode(words)
const hashOf = (...bytes: Uint8Array[]) => createHash("sha256").update(Buffer.concat(bytes)).digest("base64url")
const rawHash = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest()
/** The least that a part other than the last may have. */
const MiB5 = 5 * 1024 * 1024
const parts = [new Uint8Array(MiB5).fill(1), text("the end")] as const
const storeIn = ({ client, names }: S3) => s3ObjectStore(client, names)

/** Two parts, sent and not yet put together. */
const uploading = async (s3: S3) => {
  const objects = storeIn(s3)
  const key = `${newId()}/object`
  const upload: UploadRef = { bucket: "records", key, uploadId: await objects.beginUpload("records", key) }
  for (const [i, part] of parts.entries()) assert.equal(await s3.putPart(upload, i + 1, part), 200)
  const listed = await objects.parts(upload, 2)
  assert.ok(listed)
  return { objects, key, upload, listed }
}

export const s3: Clauses<"S3"> = {
  "what was put has its size and SHA-256": async (s3) => {
    const [bytes, key] = [text("sealed"), `${newId()}/object`]
    assert.equal(await s3.put("records", key, bytes), 200)
    const expected = { size: bytes.length, sha256: hashOf(bytes), parts: 1 }
    assert.deepEqual(await storeIn(s3).inspect("records", key), expected)
  },
  "what was never put is not there": async (s3) => {
    assert.equal(await storeIn(s3).inspect("records", `${newId()}/object`), undefined)
  },
  "nothing is put over what is there": async (s3) => {
    const key = `${newId()}/object`
    await s3.put("records", key, text("first"))
    assert.equal(await s3.put("records", key, text("other")), 412)
    assert.equal((await storeIn(s3).inspect("records", key))?.sha256, hashOf(text("first")))
  },
  "parts are listed by size and SHA-256": async (s3) => {
    const { listed } = await uploading(s3)
    const told = listed.map(({ number, size, sha256 }) => ({ number, size, sha256 }))
    assert.deepEqual(
      told,
      parts.map((part, i) => ({ number: i + 1, size: part.length, sha256: hashOf(part) })),
    )
  },
  "parts put together have the hash of their hashes": async (s3) => {
    const { objects, key, upload, listed } = await uploading(s3)
    assert.equal(await objects.completeUpload(upload, listed, { replace: false }), "completed")
    assert.deepEqual(await objects.inspect("records", key), {
      size: MiB5 + parts[1].length,
      sha256: hashOf(...parts.map(rawHash)),
      parts: 2,
    })
  },
  "parts are not put together over what is there, unless that is asked for": async (s3) => {
    const { objects, key, upload, listed } = await uploading(s3)
    await s3.put("records", key, text("first"))
    assert.equal(await objects.completeUpload(upload, listed, { replace: false }), "taken")
    assert.equal((await objects.inspect("records", key))?.parts, 1)
    assert.equal(await objects.completeUpload(upload, listed, { replace: true }), "completed")
    assert.equal((await objects.inspect("records", key))?.parts, 2)
  },
  "parts are not put together by another hash than theirs": async (s3) => {
    const { objects, key, upload, listed } = await uploading(s3)
    const altered = listed.map((part) => ({ ...part, sha256: hashOf(text("other")) }))
    assert.equal(await objects.completeUpload(upload, altered, { replace: false }), "conflict")
    assert.equal(await objects.inspect("records", key), undefined)
  },
  "an upload that was ended is gone, and ended again without an error": async (s3) => {
    const { objects, upload, listed } = await uploading(s3)
    await objects.abortUpload(upload)
    await objects.abortUpload(upload)
    assert.equal(await objects.parts(upload, 2), undefined)
    assert.equal(await objects.completeUpload(upload, listed, { replace: false }), "gone")
  },
  "a range is copied as a part, from what is there, to an upload that is there": async (s3) => {
    const objects = storeIn(s3)
    const [key, source] = [`${newId()}/object`, `${newId()}/source`]
    await s3.put("pending", source, Buffer.concat(parts))
    const upload: UploadRef = { bucket: "records", key, uploadId: await objects.beginUpload("records", key) }
    const rest = { number: 2, offset: MiB5, size: parts[1].length }
    assert.equal(await objects.copyPart(upload, source, { number: 1, offset: 0, size: MiB5 }), "copied")
    assert.equal(await objects.copyPart(upload, source, rest), "copied")
    assert.equal(await objects.copyPart(upload, `${newId()}/source`, rest), "missing")
    const listed = await objects.parts(upload, 2)
    assert.equal(await objects.completeUpload(upload, listed ?? [], { replace: false }), "completed")
    assert.deepEqual(await objects.inspect("records", key), {
      size: MiB5 + parts[1].length,
      sha256: hashOf(...parts.map(rawHash)),
      parts: 2,
    })
    assert.equal(await objects.copyPart(upload, source, rest), "gone")
  },
  "what is pending is copied to the records with its SHA-256": async (s3) => {
    const objects = storeIn(s3)
    const [key, source] = [`${newId()}/object`, `${newId()}/source`]
    await s3.put("pending", source, text("sealed"))
    assert.equal(await objects.approve(source, key), "copied")
    assert.equal((await objects.inspect("records", key))?.sha256, hashOf(text("sealed")))
    assert.equal(await objects.approve(`${newId()}/source`, key), "missing")
  },
  "what is removed is hidden, and what is destroyed leaves no version and no upload": async (s3) => {
    const { objects, key, upload } = await uploading(s3)
    const prefix = key.slice(0, key.indexOf("/") + 1)
    await s3.put("records", `${prefix}other`, text("sealed"))
    assert.equal(await objects.removeSome("records", prefix), false)
    assert.equal(await objects.inspect("records", `${prefix}other`), undefined)
    let rounds = 0
    while (await objects.destroySome("records", prefix)) assert.ok(++rounds < 10)
    assert.ok(rounds > 0, "there was a version to destroy")
    assert.equal(await objects.parts(upload, 2), undefined)
  },
  "the newest checkpoint is found, and none is put over another": async (s3) => {
    const checkpoints = s3Checkpoints(s3.client, await s3.lockedBucket())
    assert.equal(await checkpoints.newest(), 0)
    assert.equal(await checkpoints.addCheckpoint(1, "one"), "added")
    assert.equal(await checkpoints.addCheckpoint(2, "two"), "added")
    assert.equal(await checkpoints.addCheckpoint(2, "other"), "taken")
    assert.equal(await checkpoints.newest(), 2)
    assert.equal(await checkpoints.checkpoint(2), "two")
  },
}
