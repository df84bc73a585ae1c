import { S3RequestPresigner } from "@aws-sdk/s3-request-presigner"
import { Sha256 } from "@smithy/core/checksum"
import type { Upload } from "../../contract/routes.ts"
import { fromBase64url, toStandardBase64 } from "../../protocol/crypto/bytes.ts"
import { downloadUrlSeconds, uploadUrlSeconds } from "../../protocol/primitives.ts"
import type { ObjectStore } from "../domain/ports.ts"
import { type BucketNames, bucketIn } from "./bucket-names.ts"

interface Signing {
  readonly region: string
  readonly credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }
  /** Of a local cloud; without it, AWS. */
  readonly endpoint?: string | undefined
}

/** Where an object is: virtual-hosted on AWS, path-style on a local cloud. */
const placeOf = ({ region, endpoint }: Signing, bucket: string, key: string) => {
  const url = new URL(
    endpoint === undefined ? `https://${bucket}.s3.${region}.amazonaws.com/${key}` : `${endpoint}/${bucket}/${key}`,
  )
  return {
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port === "" ? {} : { port: Number(url.port) }),
    path: url.pathname,
  }
}

const urlOf = (request: {
  protocol: string
  hostname: string
  port?: number
  path: string
  query?: object
}): string => {
  const url = new URL(
    `${request.protocol}//${request.hostname}${request.port === undefined ? "" : `:${request.port}`}${request.path}`,
  )
  for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.set(name, String(value))
  return url.href.replaceAll("+", "%20")
}

interface Bytes {
  readonly size: number
  readonly sha256: string
}

/**
 * Presigned URLs, without an S3 client: signing is arithmetic on the function's own credentials. What is uploaded is bound by
 * signed headers: its exact length and SHA-256, and that nothing is there yet; of a part the last is said when the upload is completed. Source:
 * Amazon S3 API Reference, "Authenticating Requests: Using Query Parameters (AWS Signature Version 4)"; checksums count as headers only.
 */
export const s3SignedUrls = (
  signing: Signing,
  names: BucketNames,
): Pick<ObjectStore, "uploadUrl" | "partUrl" | "downloadUrl"> => {
  const nameOf = bucketIn(names)
  const presigner = new S3RequestPresigner({ ...signing, sha256: Sha256 })

  const signPut = async (
    place: ReturnType<typeof placeOf> & { query: Record<string, string> },
    { size, sha256 }: Bytes,
    more: Record<string, string>,
    now: Date,
  ): Promise<Upload> => {
    const headers = {
      ...more,
      "x-amz-checksum-sha256": toStandardBase64(fromBase64url(sha256)),
      "x-amz-sdk-checksum-algorithm": "SHA256",
    }
    const signed = new Set(["content-length", ...Object.keys(headers)])
    const request = { method: "PUT", headers: { ...headers, "content-length": String(size) }, ...place }
    const presigned = await presigner.presign(request, {
      expiresIn: uploadUrlSeconds,
      signingDate: now,
      unhoistableHeaders: new Set(signed),
      signableHeaders: new Set(["host", ...signed]),
    })
    return { url: urlOf(presigned), headers }
  }

  return {
    uploadUrl: (bucket, key, object, now) => {
      const place = { ...placeOf(signing, nameOf(bucket), key), query: {} }
      return signPut(place, object, { "content-type": "application/octet-stream", "if-none-match": "*" }, now)
    },
    partUrl: ({ bucket, key, uploadId }, { number, ...part }, now) => {
      const place = { ...placeOf(signing, nameOf(bucket), key), query: { partNumber: String(number), uploadId } }
      return signPut(place, part, {}, now)
    },
    downloadUrl: async (bucket, key, now) => {
      const request = { method: "GET", headers: {}, query: {}, ...placeOf(signing, nameOf(bucket), key) }
      return urlOf(await presigner.presign(request, { expiresIn: downloadUrlSeconds, signingDate: now }))
    },
  }
}
