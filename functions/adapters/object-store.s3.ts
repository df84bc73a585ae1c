import {
  CopyObjectCommand,
  DeleteObjectsCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  type S3Client,
} from "@aws-sdk/client-s3"
import { fromStandardBase64, toBase64url } from "../../protocol/crypto/bytes.ts"
import type { ObjectStore } from "../domain/ports.ts"
import { type BucketNames, bucketIn } from "./bucket-names.ts"
import { isMissing, s3Uploads } from "./uploads.s3.ts"

/** Uploads that are destroyed at once. */
const uploadsAtOnce = 50

/** S3 writes the checksum of an object that was made of parts as `<base64>-<parts>`. Source: Amazon S3 User Guide, "Checking object integrity". */
const checksumOf = (written: string) => {
  const [, base64 = "", , parts = "1"] = /^([^-]*)(-([1-9][0-9]{0,4}))?$/.exec(written) ?? []
  const bytes = fromStandardBase64(base64)
  if (bytes.length !== 32) throw new Error("the object's checksum is none")
  return { sha256: toBase64url(bytes), parts: Number(parts) }
}

/** Uploads first: one that is completed meanwhile is a version by then, and the next to go. */
const destroyUploads = async (
  s3: S3Client,
  { abort }: Pick<ReturnType<typeof s3Uploads>, "abort">,
  Bucket: string,
  Prefix: string,
): Promise<boolean> => {
  const { Uploads = [], IsTruncated } = await s3.send(
    new ListMultipartUploadsCommand({ Bucket, Prefix, MaxUploads: uploadsAtOnce }),
  )
  // The list is absent where it is empty; that there are no more stands beside it.
  if (Uploads.length === 0 && IsTruncated !== false)
    throw new Error("the object store did not say which uploads there are")
  await Promise.all(Uploads.map(({ Key, UploadId }) => abort({ Bucket, Key, UploadId })))
  return Uploads.length > 0
}

const destroyVersions = async (s3: S3Client, Bucket: string, Prefix: string): Promise<boolean> => {
  const found = await s3.send(new ListObjectVersionsCommand({ Bucket, Prefix }))
  // The markers last: without its marker, what was deleted before, and is left by a failure here, would be read again.
  const [versions = []] = [found.Versions, found.DeleteMarkers].filter((list) => list !== undefined && list.length > 0)
  // Both lists are absent where they are empty; that there are no more stands beside them.
  if (versions.length === 0 && found.IsTruncated !== false)
    throw new Error("the object store did not say which versions there are")
  if (versions.length === 0) return false
  const answer = await s3.send(
    new DeleteObjectsCommand({
      Bucket,
      Delete: { Quiet: true, Objects: versions.map(({ Key, VersionId }) => ({ Key, VersionId })) },
    }),
  )
  if (answer.Errors !== undefined && answer.Errors.length > 0) throw new Error("the object store kept some versions")
  return true
}

const removeObjects = async (s3: S3Client, Bucket: string, Prefix: string): Promise<boolean> => {
  const { Contents = [], IsTruncated, KeyCount } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix }))
  const keys = Contents.map(({ Key }) => Key).filter((Key) => typeof Key === "string")
  // The list is absent where it is empty; how long it is stands beside it.
  if (IsTruncated === undefined || keys.length !== KeyCount)
    throw new Error("the object store did not say which objects there are")
  if (keys.length === 0) return false
  const Objects = keys.map((Key) => ({ Key }))
  const answer = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Quiet: true, Objects } }))
  if (answer.Errors !== undefined && answer.Errors.length > 0) throw new Error("the object store kept some objects")
  return IsTruncated
}

/** What is done in the object store itself; signing URLs for others needs no client and stands in `signed-urls.s3.ts`. */
export const s3ObjectStore = (
  s3: S3Client,
  names: BucketNames,
): Omit<ObjectStore, "uploadUrl" | "partUrl" | "downloadUrl"> => {
  const nameOf = bucketIn(names)
  const uploads = s3Uploads(s3, names)

  return {
    ...uploads.port,
    inspect: async (bucket, key) => {
      try {
        const head = await s3.send(new HeadObjectCommand({ Bucket: nameOf(bucket), Key: key, ChecksumMode: "ENABLED" }))
        if (head.ContentLength === undefined || head.ChecksumSHA256 === undefined)
          throw new Error("the object has no checksum")
        return { size: head.ContentLength, ...checksumOf(head.ChecksumSHA256) }
      } catch (error) {
        if (isMissing(error)) return undefined
        throw error
      }
    },
    approve: async (source, key) => {
      try {
        await s3.send(
          new CopyObjectCommand({
            Bucket: nameOf("records"),
            Key: key,
            CopySource: `${nameOf("pending")}/${source}`,
            ChecksumAlgorithm: "SHA256",
          }),
        )
        return "copied"
      } catch (error) {
        if (isMissing(error)) return "missing"
        throw error
      }
    },
    removeSome: (bucket, prefix) => removeObjects(s3, nameOf(bucket), prefix),
    destroySome: async (bucket, prefix) => {
      const name = nameOf(bucket)
      const uploaded = await destroyUploads(s3, uploads, name, prefix)
      const stored = await destroyVersions(s3, name, prefix)
      return uploaded || stored
    },
  }
}
