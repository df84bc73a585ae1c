import { createHash } from "node:crypto"
import type { Upload } from "../../contract/routes.ts"
import type { Bucket } from "../../functions/domain/ports.ts"
import { partCount, partLength } from "../../protocol/parts.ts"
import { newKey } from "../fakes/call.ts"
import type { MemoryCloud } from "../fakes/cloud.ts"

const mebibyte = 1024 * 1024
/** Two whole parts and a half. */
export const twentyMebibytes = 20 * mebibyte

/** The hash that a record has whose parts have these. */
export const hashOfParts = (hashes: readonly string[]): string =>
  createHash("sha256")
    .update(Buffer.concat(hashes.map((hash) => Buffer.from(hash, "base64url"))))
    .digest("base64url")

/** What a device knows of a sealed record of several parts: their hashes, and so the record's. */
export const sealedInParts = (size = twentyMebibytes) => {
  const hashes = Array.from({ length: partCount(size) }, () => newKey())
  return { size, sha256: hashOfParts(hashes), hashes }
}
export type SealedInParts = ReturnType<typeof sealedInParts>

/** What part URLs are asked for: the parts named, or all. */
export const partsOf = ({ hashes }: SealedInParts, numbers = hashes.map((_, i) => i + 1)) =>
  numbers.map((number) => ({ number, sha256: hashes[number - 1] ?? "" }))

/** PUTs what was signed; `instead`: other bytes than were. */
export const sendPart = (cloud: MemoryCloud, { url, headers }: Upload, instead: object = {}): void => {
  const { pathname, searchParams } = new URL(url)
  const [, bucket, ...key] = pathname.split("/")
  const ref = { bucket: bucket as Bucket, key: key.join("/"), uploadId: searchParams.get("uploadId") ?? "" }
  const sent = { size: Number(headers["content-length"]), sha256: headers["x-amz-checksum-sha256"] ?? "" }
  cloud.buckets.uploadPart(ref, Number(searchParams.get("partNumber")), { ...sent, ...instead })
}

/** What each part of a sealed record of this size is long. */
export const lengthsOf = ({ size, hashes }: SealedInParts) => hashes.map((_, i) => partLength(size, i + 1))
