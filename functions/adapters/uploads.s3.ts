import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type Part as ListedPart,
  ListPartsCommand,
  type ListPartsCommandOutput,
  type S3Client,
  S3ServiceException,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3"
import { fromBase64url, fromStandardBase64, toBase64url, toStandardBase64 } from "../../protocol/crypto/bytes.ts"
import type { ObjectStore, Part, UploadRef } from "../domain/ports.ts"
import { type BucketNames, bucketIn } from "./bucket-names.ts"

/** Parts on a page of S3's list of them. */
const partsOnPage = 1000

const isNamed = (error: unknown, ...names: string[]): boolean =>
  error instanceof S3ServiceException && names.includes(error.name)
/**
 * S3 tells only those who may list a bucket that an object is not there; to others it is forbidden, and few here may list. Source:
 * Amazon S3 API Reference, "HeadObject", permissions.
 */
export const isMissing = (error: unknown): boolean =>
  error instanceof S3ServiceException && [403, 404].includes(error.$metadata.httpStatusCode ?? 0)
const isGone = (error: unknown) => isNamed(error, "NoSuchUpload")

const partOf = ({ PartNumber, Size, ETag, ChecksumSHA256 }: ListedPart): Part => {
  if (PartNumber === undefined || Size === undefined || ETag === undefined) throw new Error("a part without its data")
  return {
    number: PartNumber,
    size: Size,
    tag: ETag,
    ...(ChecksumSHA256 === undefined ? {} : { sha256: toBase64url(fromStandardBase64(ChecksumSHA256)) }),
  }
}

/** Their numbers are known before, so that no page has to wait for the one before it. */
const listedParts = async (
  s3: S3Client,
  upload: { Bucket: string; Key: string; UploadId: string },
  most: number,
): Promise<Part[]> => {
  const pages = Array.from({ length: Math.ceil(most / partsOnPage) }, (_, page) =>
    s3.send(new ListPartsCommand({ ...upload, PartNumberMarker: String(page * partsOnPage) })),
  )
  const listed: ListPartsCommandOutput[] = await Promise.all(pages)
  const numbered = new Map(listed.flatMap(({ Parts = [] }) => Parts.map((part) => [part.PartNumber, part])))
  return [...numbered.values()].map(partOf).sort((a, b) => a.number - b.number)
}

/** The parts by which S3 completes an upload. */
const completing = (parts: readonly Part[]) => ({
  Parts: parts.map(({ number, tag, sha256 }) => ({
    PartNumber: number,
    ETag: tag,
    ...(sha256 === undefined ? {} : { ChecksumSHA256: toStandardBase64(fromBase64url(sha256)) }),
  })),
})

/** The outcome of completing that an error tells; throws one that tells none. */
const refusedCompletion = (error: unknown): "gone" | "taken" | "conflict" => {
  if (isGone(error)) return "gone"
  if (isNamed(error, "PreconditionFailed")) return "taken"
  if (isNamed(error, "ConditionalRequestConflict", "InvalidPart", "InvalidPartOrder")) return "conflict"
  throw error
}

/** Uploads in parts: S3's multipart uploads, with a SHA-256 of each part. Source: Amazon S3 User Guide, "Uploading and copying objects using multipart upload". */
export const s3Uploads = (s3: S3Client, names: BucketNames) => {
  const nameOf = bucketIn(names)
  const of = ({ bucket, key, uploadId }: UploadRef) => ({ Bucket: nameOf(bucket), Key: key, UploadId: uploadId })

  const abort = async (upload: { Bucket: string; Key: string | undefined; UploadId: string | undefined }) => {
    try {
      await s3.send(new AbortMultipartUploadCommand(upload))
    } catch (error) {
      if (!isGone(error)) throw error
    }
  }

  const port: Pick<ObjectStore, "beginUpload" | "parts" | "copyPart" | "completeUpload" | "abortUpload"> = {
    beginUpload: async (bucket, key) => {
      const { UploadId } = await s3.send(
        new CreateMultipartUploadCommand({
          Bucket: nameOf(bucket),
          Key: key,
          ContentType: "application/octet-stream",
          ChecksumAlgorithm: "SHA256",
          ChecksumType: "COMPOSITE",
        }),
      )
      if (typeof UploadId !== "string" || UploadId === "") throw new Error("the object store began no upload")
      return UploadId
    },
    parts: async (upload, most) => {
      try {
        return await listedParts(s3, of(upload), most)
      } catch (error) {
        if (isGone(error)) return undefined
        throw error
      }
    },
    copyPart: async (upload, source, { number, offset, size }) => {
      try {
        await s3.send(
          new UploadPartCopyCommand({
            ...of(upload),
            PartNumber: number,
            CopySource: `${nameOf("pending")}/${source}`,
            CopySourceRange: `bytes=${offset}-${offset + size - 1}`,
          }),
        )
        return "copied"
      } catch (error) {
        if (isGone(error)) return "gone"
        if (isMissing(error)) return "missing"
        throw error
      }
    },
    completeUpload: async (upload, parts, { replace }) => {
      try {
        await s3.send(
          new CompleteMultipartUploadCommand({
            ...of(upload),
            ...(replace ? {} : { IfNoneMatch: "*" }),
            MultipartUpload: completing(parts),
          }),
        )
        return "completed"
      } catch (error) {
        return refusedCompletion(error)
      }
    },
    abortUpload: (upload) => abort(of(upload)),
  }
  return { port, abort }
}
