import { NoSuchKey, NoSuchUpload, type S3Client, S3ServiceException } from "@aws-sdk/client-s3"
import { describe, expect, test } from "vitest"
import { s3ObjectStore } from "../../functions/adapters/object-store.s3.ts"
import { sentCommands } from "../fakes/sent-commands.ts"

const upload = { bucket: "records", key: "patient/record/1", uploadId: "the-upload" } as const
const sentAs = { Bucket: "the-records", Key: "patient/record/1", UploadId: "the-upload" }
const answering = (...answers: (object | Error)[]) => {
  const { client, sent } = sentCommands<S3Client>(...answers)
  return { objects: s3ObjectStore(client, { records: "the-records", pending: "the-pending" }), sent }
}
const failing = (name: string, httpStatusCode: number) =>
  new S3ServiceException({
    name,
    message: "",
    $fault: httpStatusCode < 500 ? "client" : "server",
    $metadata: { httpStatusCode },
  })
const noSuchUpload = new NoSuchUpload({ message: "", $metadata: { httpStatusCode: 404 } })
const noSuchKey = new NoSuchKey({ message: "", $metadata: { httpStatusCode: 404 } })
const unavailable = failing("SlowDown", 503)
const forbidden = failing("AccessDenied", 403)

const hash = (byte: number) => Buffer.alloc(32, byte)
const listed = (number: number) => ({
  PartNumber: number,
  Size: 100 + number,
  ETag: `"${number}"`,
  ChecksumSHA256: hash(number).toString("base64"),
})
const part = (number: number) => ({
  number,
  size: 100 + number,
  tag: `"${number}"`,
  sha256: hash(number).toString("base64url"),
})

describe("an upload in parts", () => {
  test("is begun with a SHA-256 for each part, from which the store reckons the object's", async () => {
    const { objects, sent } = answering({ UploadId: "the-upload" })
    expect(await objects.beginUpload("records", upload.key)).toBe("the-upload")
    expect(sent).toEqual([
      {
        command: "CreateMultipartUploadCommand",
        input: {
          Bucket: "the-records",
          Key: upload.key,
          ContentType: "application/octet-stream",
          ChecksumAlgorithm: "SHA256",
          ChecksumType: "COMPOSITE",
        },
      },
    ])
  })

  test("that the store didn't begin is none", async () => {
    await expect(answering({}).objects.beginUpload("records", upload.key)).rejects.toThrow("no upload")
    await expect(answering(unavailable).objects.beginUpload("records", upload.key)).rejects.toBe(unavailable)
  })

  test("is ended, and that there is none is no error", async () => {
    const { objects, sent } = answering({})
    await objects.abortUpload(upload)
    expect(sent).toEqual([{ command: "AbortMultipartUploadCommand", input: sentAs }])
    await answering(noSuchUpload).objects.abortUpload(upload)
    await expect(answering(forbidden).objects.abortUpload(upload)).rejects.toBe(forbidden)
  })
})

describe("the parts of an upload", () => {
  test("are listed by their numbers, with what the store says of each", async () => {
    const { objects, sent } = answering({ Parts: [listed(2), listed(1)] })
    expect(await objects.parts(upload, 2)).toEqual([part(1), part(2)])
    expect(sent).toEqual([{ command: "ListPartsCommand", input: { ...sentAs, PartNumberMarker: "0" } }])
  })

  test("are listed page by page, all pages at once, and none twice", async () => {
    const { objects, sent } = answering(
      { Parts: [listed(1), listed(7)], IsTruncated: true },
      { Parts: [listed(7), listed(8)] },
      {},
    )
    expect(await objects.parts(upload, 2001)).toEqual([part(1), part(7), part(8)])
    expect(sent.map(({ input }) => input)).toEqual(
      ["0", "1000", "2000"].map((PartNumberMarker) => ({ ...sentAs, PartNumberMarker })),
    )
  })

  test("of an upload of which nothing was sent are none; of one that is gone there is no list", async () => {
    expect(await answering({}).objects.parts(upload, 2)).toEqual([])
    expect(await answering(noSuchUpload).objects.parts(upload, 2)).toBeUndefined()
  })

  test("are never taken from a list that failed, or without what they are known by", async () => {
    for (const error of [unavailable, forbidden])
      await expect(answering(error).objects.parts(upload, 2)).rejects.toBe(error)
    for (const missing of ["PartNumber", "Size", "ETag"]) {
      const odd = { Parts: [{ ...listed(1), [missing]: undefined }] }
      await expect(answering(odd).objects.parts(upload, 2)).rejects.toThrow("without its data")
    }
    // A store that reckoned none for what it copied itself.
    const { sha256: _, ...unknown } = part(1)
    const copied = { Parts: [{ ...listed(1), ChecksumSHA256: undefined }] }
    expect(await answering(copied).objects.parts(upload, 2)).toEqual([unknown])
  })
})

describe("copying a part", () => {
  const range = { number: 3, offset: 512, size: 256 }

  test("names the range by its first and last byte, and the object that it is copied from", async () => {
    const { objects, sent } = answering({})
    expect(await objects.copyPart(upload, "a/source", range)).toBe("copied")
    expect(sent).toEqual([
      {
        command: "UploadPartCopyCommand",
        input: {
          ...sentAs,
          PartNumber: 3,
          CopySource: "the-pending/a/source",
          CopySourceRange: "bytes=512-767",
        },
      },
    ])
  })

  test.for([
    ["gone", "there is no such upload", noSuchUpload],
    ["missing", "there is no such object", noSuchKey],
    ["missing", "S3 says forbidden of it, as it does to who may not list", forbidden],
  ] as const)("is %s where %s", async ([outcome, , error]) => {
    expect(await answering(error).objects.copyPart(upload, "a/source", range)).toBe(outcome)
  })

  test("throws for every other failure", async () => {
    for (const error of [unavailable, failing("InvalidRange", 416), new Error("network")])
      await expect(answering(error).objects.copyPart(upload, "a/source", range)).rejects.toBe(error)
  })
})

describe("completing", () => {
  const { sha256: _, ...unhashed } = part(2)
  const named = [
    { PartNumber: 1, ETag: '"1"', ChecksumSHA256: hash(1).toString("base64") },
    { PartNumber: 2, ETag: '"2"' },
  ]

  test("names each part by number, tag and hash, on condition that nothing is there", async () => {
    const { objects, sent } = answering({})
    expect(await objects.completeUpload(upload, [part(1), unhashed], { replace: false })).toBe("completed")
    expect(sent).toEqual([
      {
        command: "CompleteMultipartUploadCommand",
        input: { ...sentAs, IfNoneMatch: "*", MultipartUpload: { Parts: named } },
      },
    ])
  })

  test("over something else only where that is asked for", async () => {
    const { objects, sent } = answering({})
    await objects.completeUpload(upload, [part(1), unhashed], { replace: true })
    expect(sent[0]?.input).toEqual({ ...sentAs, MultipartUpload: { Parts: named } })
  })

  test.for([
    ["taken", "PreconditionFailed", 412],
    ["gone", "NoSuchUpload", 404],
    ["conflict", "ConditionalRequestConflict", 409],
    ["conflict", "InvalidPart", 400],
    ["conflict", "InvalidPartOrder", 400],
  ] as const)("is %s where S3 answers %s", async ([outcome, name, status]) => {
    expect(await answering(failing(name, status)).objects.completeUpload(upload, [part(1)], { replace: false })).toBe(
      outcome,
    )
  })

  test("throws for every other failure, one told after the answer had begun among them", async () => {
    for (const error of [unavailable, failing("InternalError", 200), failing("EntityTooSmall", 400), forbidden])
      await expect(answering(error).objects.completeUpload(upload, [part(1)], { replace: false })).rejects.toBe(error)
  })
})
