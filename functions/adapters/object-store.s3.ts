import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  type S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3"
import { fromStandardBase64, toBase64url } from "../../sdk/crypto/bytes.ts"
import type { ObjectStore } from "../domain/ports.ts"
import { type BucketNames, bucketIn } from "./bucket-names.ts"

/**
 * S3 tells only those who may list a bucket that an object is not there; to others it is forbidden, and nobody here may list. Source:
 * Amazon S3 API Reference, "HeadObject", permissions.
 */
const isMissing = (error: unknown): boolean =>
  error instanceof S3ServiceException && [403, 404].includes(error.$metadata.httpStatusCode ?? 0)

/** What is done in the object store itself; signing URLs for others needs no client and stands in `signed-urls.s3.ts`. */
export const s3ObjectStore = (
  s3: S3Client,
  names: BucketNames,
): Pick<ObjectStore, "inspect" | "accept" | "remove" | "destroySome"> => {
  const nameOf = bucketIn(names)
  return {
    inspect: async (bucket, key) => {
      try {
        const head = await s3.send(new HeadObjectCommand({ Bucket: nameOf(bucket), Key: key, ChecksumMode: "ENABLED" }))
        if (head.ContentLength === undefined || head.ChecksumSHA256 === undefined)
          throw new Error("the object has no checksum")
        return { size: head.ContentLength, sha256: toBase64url(fromStandardBase64(head.ChecksumSHA256)) }
      } catch (error) {
        if (isMissing(error)) return undefined
        throw error
      }
    },
    accept: async (key) => {
      try {
        await s3.send(
          new CopyObjectCommand({
            Bucket: nameOf("records"),
            Key: key,
            CopySource: `${nameOf("pending")}/${key}`,
            ChecksumAlgorithm: "SHA256",
          }),
        )
        return "copied"
      } catch (error) {
        if (isMissing(error)) return "missing"
        throw error
      }
    },
    remove: async (bucket, key) => {
      await s3.send(new DeleteObjectCommand({ Bucket: nameOf(bucket), Key: key }))
    },
    destroySome: async (bucket, prefix) => {
      const Bucket = nameOf(bucket)
      const found = await s3.send(new ListObjectVersionsCommand({ Bucket, Prefix: prefix }))
      // The markers last: without its marker, what was deleted before, and is left by a failure here, would be read again.
      const [versions = []] = [found.Versions, found.DeleteMarkers].filter(
        (list) => list !== undefined && list.length > 0,
      )
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
      if (answer.Errors !== undefined && answer.Errors.length > 0)
        throw new Error("the object store kept some versions")
      return true
    },
  }
}
