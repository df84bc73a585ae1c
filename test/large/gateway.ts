import { type ChildProcess, spawn } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3"
import { getSignedUrl } from "@aws-sdk/s3-request-presigner"
import type { Upload } from "../../contract/routes.ts"
import { fromBase64url, toStandardBase64 } from "../../sdk/crypto/bytes.ts"
import type { Destination } from "../../sdk/transfer/upload.ts"

const freePort = () =>
  new Promise<number>((found) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address()
      if (typeof address !== "object" || address === null) throw new Error("it listens nowhere")
      server.close(() => found(address.port))
    })
  })

const bucket = "records"

/** A true S3 gateway on a folder of this machine: `VERSITYGW` is its binary (github.com/versity/versitygw), else the one on the path. */
export const gateway = async () => {
  const folder = mkdtempSync(join(tmpdir(), "gateway-"))
  mkdirSync(join(folder, bucket))
  const port = await freePort()
  const credentials = { accessKeyId: "local", secretAccessKey: "local-cloud-only" }
  const child: ChildProcess = spawn(
    process.env["VERSITYGW"] ?? "versitygw",
    ["--port", `127.0.0.1:${port}`, "--quiet", "--keep-alive", "posix", folder],
    {
      stdio: "ignore",
      env: { ROOT_ACCESS_KEY_ID: credentials.accessKeyId, ROOT_SECRET_ACCESS_KEY: credentials.secretAccessKey },
    },
  )
  const client = new S3Client({
    region: "us-east-1",
    endpoint: `http://127.0.0.1:${port}`,
    forcePathStyle: true,
    credentials,
    requestChecksumCalculation: "WHEN_REQUIRED",
  })
  for (let attempt = 0; ; attempt++) {
    const up = await fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    )
    if (up) break
    if (attempt === 100) throw new Error("the gateway does not come up")
    await new Promise((later) => setTimeout(later, 100))
  }

  const signed = (command: PutObjectCommand | UploadPartCommand | GetObjectCommand, hashed?: string) =>
    getSignedUrl(client, command as PutObjectCommand, {
      expiresIn: 900,
      ...(hashed === undefined ? {} : { unhoistableHeaders: new Set(["x-amz-checksum-sha256"]) }),
    })
  const at = (Key: string) => ({ Bucket: bucket, Key })

  return {
    /** Where the parts of one object go; `complete` makes it one. */
    place: (key: string): Destination & { complete(parts: readonly string[]): Promise<unknown> } => {
      let UploadId: string | undefined
      const startedAt = new Date().toISOString()
      const uploadOf = async (command: PutObjectCommand | UploadPartCommand, sha256: string): Promise<Upload> => ({
        url: await signed(command, sha256),
        headers: { "x-amz-checksum-sha256": toStandardBase64(fromBase64url(sha256)) },
      })
      const checksum = (sha256: string) => ({ ChecksumSHA256: toStandardBase64(fromBase64url(sha256)) })
      return {
        whole: ({ size, sha256 }) =>
          uploadOf(new PutObjectCommand({ ...at(key), ContentLength: size, ...checksum(sha256) }), sha256),
        begin: async () => {
          if (UploadId === undefined) {
            const begun = await client.send(
              new CreateMultipartUploadCommand({ ...at(key), ChecksumAlgorithm: "SHA256", ChecksumType: "COMPOSITE" }),
            )
            UploadId = begun.UploadId
          }
          return { startedAt }
        },
        parts: (parts) =>
          Promise.all(
            parts.map(({ number, sha256 }) =>
              uploadOf(
                new UploadPartCommand({ ...at(key), UploadId, PartNumber: number, ...checksum(sha256) }),
                sha256,
              ),
            ),
          ),
        complete: async (parts) => {
          if (UploadId === undefined) return
          const { ListPartsCommand } = await import("@aws-sdk/client-s3")
          const listed = []
          let PartNumberMarker: string | undefined
          do {
            const page = await client.send(
              new ListPartsCommand({ ...at(key), UploadId, ...(PartNumberMarker && { PartNumberMarker }) }),
            )
            listed.push(...(page.Parts ?? []))
            PartNumberMarker = page.IsTruncated === true ? page.NextPartNumberMarker : undefined
          } while (PartNumberMarker !== undefined)
          if (listed.length !== parts.length) throw new Error("other parts than sent")
          await client.send(
            new CompleteMultipartUploadCommand({
              ...at(key),
              UploadId,
              MultipartUpload: {
                Parts: listed.map(({ ETag, PartNumber }, i) => ({ ETag, PartNumber, ...checksum(parts[i] ?? "") })),
              },
            }),
          )
        },
      }
    },
    putUrl: (key: string) => signed(new PutObjectCommand(at(key))),
    getUrl: (key: string) => signed(new GetObjectCommand(at(key))),
    unfinished: async () =>
      (await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))).Uploads?.length ?? 0,
    abort: (key: string, UploadId: string) => client.send(new AbortMultipartUploadCommand({ ...at(key), UploadId })),
    close: () => {
      child.kill()
      client.destroy()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
