import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { DeleteObjectCommand, ListObjectVersionsCommand, PutObjectCommand } from "@aws-sdk/client-s3"
import { s3ObjectStore } from "../../../functions/adapters/object-store.s3.ts"
import { s3SignedUrls } from "../../../functions/adapters/signed-urls.s3.ts"
import { uploadUrlSeconds } from "../../../protocol/primitives.ts"
import { newId } from "../../fakes/call.ts"
import type { Clauses, Cloud } from "../cloud.ts"

type S3 = Cloud["S3 signed URLs"]
const bytes = new TextEncoder().encode("sealed bytes")
const other = new TextEncoder().encode("other  bytes")
const described = { size: bytes.length, sha256: createHash("sha256").update(bytes).digest("base64url") }

const urlsOf = ({ signing, names }: S3) => s3SignedUrls(signing, names)
const put = (url: string, headers: Record<string, string>, body: Uint8Array<ArrayBuffer>) =>
  fetch(url, { method: "PUT", headers, body })
/** Refused, and nothing is there. */
const refused = async (s3: S3, key: string, answer: Response) => {
  assert.ok(answer.status >= 400 && answer.status < 500, `answered ${answer.status}`)
  assert.equal(await s3ObjectStore(s3.client, s3.names).inspect("records", key), undefined)
}
const newKey = () => `${newId()}/object`
const signed = async (s3: S3, at = new Date()) => {
  const key = newKey()
  return { key, upload: await urlsOf(s3).uploadUrl("records", key, described, at) }
}

export const signedUrls: Clauses<"S3 signed URLs"> = {
  "what is put by a URL is read by another, whole and in ranges": async (s3) => {
    const { key, upload } = await signed(s3)
    assert.equal((await put(upload.url, upload.headers, bytes)).status, 200)
    const url = await urlsOf(s3).downloadUrl("records", key, new Date())
    assert.deepEqual(new Uint8Array(await (await fetch(url)).arrayBuffer()), bytes)
    const range = await fetch(url, { headers: { range: "bytes=7-11" } })
    assert.deepEqual([range.status, await range.text()], [206, "bytes"])
  },
  "other bytes of the same length are refused": async (s3) => {
    const { key, upload } = await signed(s3)
    await refused(s3, key, await put(upload.url, upload.headers, other))
  },
  "another length is refused": async (s3) => {
    const { key, upload } = await signed(s3)
    await refused(s3, key, await put(upload.url, upload.headers, bytes.slice(1)))
  },
  "other bytes under their own hash are refused": async (s3) => {
    const { key, upload } = await signed(s3)
    const own = createHash("sha256").update(other).digest("base64")
    await refused(s3, key, await put(upload.url, { ...upload.headers, "x-amz-checksum-sha256": own }, other))
  },
  "without the condition that nothing is there it is refused": async (s3) => {
    const { key, upload } = await signed(s3)
    const { "if-none-match": _, ...headers } = upload.headers
    await refused(s3, key, await put(upload.url, headers, bytes))
  },
  "at another key it is refused": async (s3) => {
    const [{ upload }, key] = [await signed(s3), newKey()]
    const url = new URL(upload.url)
    url.pathname = `/${s3.names.records}/${key}`
    await refused(s3, key, await put(url.href, upload.headers, bytes))
  },
  "after its time it is refused": async (s3) => {
    const { key, upload } = await signed(s3, new Date(Date.now() - (uploadUrlSeconds + 60) * 1000))
    await refused(s3, key, await put(upload.url, upload.headers, bytes))
  },
  "nothing is read without a signature": async (s3) => {
    const { key, upload } = await signed(s3)
    await put(upload.url, upload.headers, bytes)
    const url = new URL(await urlsOf(s3).downloadUrl("records", key, new Date()))
    url.search = ""
    assert.equal((await fetch(url)).status, 403)
  },
  "a part of other bytes is refused": async (s3) => {
    const objects = s3ObjectStore(s3.client, s3.names)
    const key = newKey()
    const upload = { bucket: "records", key, uploadId: await objects.beginUpload("records", key) } as const
    const { url, headers } = await urlsOf(s3).partUrl(upload, { number: 1, ...described }, new Date())
    const answer = await put(url, headers, other)
    assert.ok(answer.status >= 400 && answer.status < 500, `answered ${answer.status}`)
    assert.deepEqual(await objects.parts(upload, 1), [])
  },
  "what is locked is kept, whoever asks to destroy it": async (s3) => {
    const Bucket = await s3.lockedBucket()
    await s3.client.send(new PutObjectCommand({ Bucket, Key: "kept", Body: "kept", ChecksumAlgorithm: "SHA256" }))
    const { Versions = [] } = await s3.client.send(new ListObjectVersionsCommand({ Bucket }))
    assert.equal(Versions.length, 1)
    const VersionId = Versions[0]?.VersionId
    await assert.rejects(s3.client.send(new DeleteObjectCommand({ Bucket, Key: "kept", VersionId })))
    assert.equal((await s3.client.send(new ListObjectVersionsCommand({ Bucket }))).Versions?.length, 1)
  },
}
