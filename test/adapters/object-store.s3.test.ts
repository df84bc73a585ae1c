import { NoSuchKey, NoSuchUpload, NotFound, type S3Client, S3ServiceException } from "@aws-sdk/client-s3"
import { describe, expect, test } from "vitest"
import { s3ObjectStore } from "../../functions/adapters/object-store.s3.ts"
import { sentCommands } from "../fakes/sent-commands.ts"

const key = "patient/record/1"
const answering = (...answers: (object | Error)[]) => {
  const { client, sent } = sentCommands<S3Client>(...answers)
  return { objects: s3ObjectStore(client, { records: "the-records", pending: "the-pending" }), sent }
}
const notFound = new NotFound({ message: "", $metadata: { httpStatusCode: 404 } })
const forbidden = new S3ServiceException({
  name: "AccessDenied",
  message: "",
  $fault: "client",
  $metadata: { httpStatusCode: 403 },
})
const unavailable = new S3ServiceException({
  name: "SlowDown",
  message: "",
  $fault: "server",
  $metadata: { httpStatusCode: 503 },
})

const noSuchUpload = new NoSuchUpload({ message: "", $metadata: { httpStatusCode: 404 } })

describe("inspecting", () => {
  test("asks for the checksum, and gives it as the contract spells it", async () => {
    const ChecksumSHA256 = Buffer.alloc(32, 0xff).toString("base64")
    const { objects, sent } = answering({ ContentLength: 12, ChecksumSHA256 })
    expect(await objects.inspect("pending", key)).toEqual({
      size: 12,
      sha256: Buffer.alloc(32, 0xff).toString("base64url"),
      parts: 1,
    })
    expect(sent).toEqual([
      { command: "HeadObjectCommand", input: { Bucket: "the-pending", Key: key, ChecksumMode: "ENABLED" } },
    ])
  })

  test("tells of how many parts an object was made, whose hashes the checksum is of", async () => {
    const ofParts = { ContentLength: 12, ChecksumSHA256: `${Buffer.alloc(32, 0xff).toString("base64")}-6400` }
    expect(await answering(ofParts).objects.inspect("records", key)).toEqual({
      size: 12,
      sha256: Buffer.alloc(32, 0xff).toString("base64url"),
      parts: 6400,
    })
  })

  test.for([
    ["not found", notFound],
    ["forbidden, which is what S3 says of a missing one to who may not list", forbidden],
  ] as const)("an object that is %s is none", async ([, error]) => {
    expect(await answering(error).objects.inspect("records", key)).toBeUndefined()
  })

  test("never takes another failure, or an object without checksum, for an answer", async () => {
    await expect(answering(unavailable).objects.inspect("records", key)).rejects.toBe(unavailable)
    await expect(answering({ ContentLength: 12 }).objects.inspect("records", key)).rejects.toThrow("no checksum")
    const whole = Buffer.alloc(32).toString("base64")
    const odd = [`${whole}-0`, `${whole}-02`, `${whole}-`, `${whole}-2-2`, `-2`, "", whole.slice(4), `${whole}-123456`]
    for (const ChecksumSHA256 of odd)
      await expect(answering({ ContentLength: 12, ChecksumSHA256 }).objects.inspect("records", key)).rejects.toThrow()
  })
})

describe("approving", () => {
  test("copies within the store, with a checksum, to a place of its own", async () => {
    const { objects, sent } = answering({})
    expect(await objects.approve("a/source", key)).toBe("copied")
    expect(sent).toEqual([
      {
        command: "CopyObjectCommand",
        input: { Bucket: "the-records", Key: key, CopySource: "the-pending/a/source", ChecksumAlgorithm: "SHA256" },
      },
    ])
  })

  test("tells of an object that isn't there, and throws for every other failure", async () => {
    const noSuchKey = new NoSuchKey({ message: "", $metadata: { httpStatusCode: 404 } })
    for (const error of [noSuchKey, forbidden])
      expect(await answering(error).objects.approve("a/source", key)).toBe("missing")
    await expect(answering(unavailable).objects.approve("a/source", key)).rejects.toBe(unavailable)
    await expect(answering(new Error("network")).objects.approve("a/source", key)).rejects.toThrow("network")
  })
})

describe("removing", () => {
  test("hides what lies below the prefix, and says whether there may be more", async () => {
    const Contents = [{ Key: "p/r/a", Size: 1 }, { Key: "p/r/b" }]
    const { objects, sent } = answering(
      { Contents, KeyCount: 2, IsTruncated: true },
      {},
      { Contents, KeyCount: 2, IsTruncated: false },
      {},
      { IsTruncated: false, KeyCount: 0 },
    )
    expect(await objects.removeSome("records", "p/r/")).toBe(true)
    expect(await objects.removeSome("records", "p/r/")).toBe(false)
    expect(await objects.removeSome("records", "p/r/")).toBe(false)
    const listing = { command: "ListObjectsV2Command", input: { Bucket: "the-records", Prefix: "p/r/" } }
    const Objects = [{ Key: "p/r/a" }, { Key: "p/r/b" }]
    const hiding = {
      command: "DeleteObjectsCommand",
      input: { Bucket: "the-records", Delete: { Quiet: true, Objects } },
    }
    expect(sent).toEqual([listing, hiding, listing, hiding, listing])
  })

  test("is never said to be done where the store kept an object, or did not say which there are", async () => {
    const Contents = [{ Key: "p/r/a" }]
    const IsTruncated = false
    for (const answer of [
      { Contents, KeyCount: 1 },
      { IsTruncated, KeyCount: 1 },
      { Contents, IsTruncated },
      { IsTruncated },
      { Contents: [{}], IsTruncated, KeyCount: 1 },
      { Contents: [{ Key: 7 }], IsTruncated, KeyCount: 1 },
    ])
      await expect(answering(answer).objects.removeSome("records", "p/r/")).rejects.toThrow("did not say")
    const kept = answering({ Contents, KeyCount: 1, IsTruncated }, { Errors: [{ Key: "p/r/a" }] })
    await expect(kept.objects.removeSome("records", "p/r/")).rejects.toThrow("kept some objects")
  })

  test("for good takes every version and marker below the prefix, and says whether there may be more", async () => {
    const Versions = [{ Key: "p/a", VersionId: "1", Size: 1 }]
    const DeleteMarkers = [{ Key: "p/a", VersionId: "2" }]
    const none = { IsTruncated: false }
    const { objects, sent } = answering(none, { Versions, DeleteMarkers }, {}, none, { DeleteMarkers }, {}, none, none)
    expect(await objects.destroySome("pending", "p/")).toBe(true)
    expect(await objects.destroySome("pending", "p/")).toBe(true)
    expect(await objects.destroySome("pending", "p/")).toBe(false)
    const uploads = {
      command: "ListMultipartUploadsCommand",
      input: { Bucket: "the-pending", Prefix: "p/", MaxUploads: 50 },
    }
    const listing = { command: "ListObjectVersionsCommand", input: { Bucket: "the-pending", Prefix: "p/" } }
    const destroying = (VersionId: string) => ({
      command: "DeleteObjectsCommand",
      input: { Bucket: "the-pending", Delete: { Quiet: true, Objects: [{ Key: "p/a", VersionId }] } },
    })
    // What a marker hides goes before it, so that no failure shows it again.
    expect(sent).toEqual([uploads, listing, destroying("1"), uploads, listing, destroying("2"), uploads, listing])
  })

  test("for good takes what is being uploaded first: completed meanwhile, it is a version, and the next to go", async () => {
    const Uploads = [
      { Key: "p/a", UploadId: "1" },
      { Key: "p/b", UploadId: "2" },
    ]
    const { objects, sent } = answering({ Uploads }, {}, noSuchUpload, { IsTruncated: false })
    expect(await objects.destroySome("records", "p/")).toBe(true)
    expect(sent.map(({ command }) => command)).toEqual([
      "ListMultipartUploadsCommand",
      "AbortMultipartUploadCommand",
      "AbortMultipartUploadCommand",
      "ListObjectVersionsCommand",
    ])
    expect(sent.slice(1, 3).map(({ input }) => input)).toEqual(
      Uploads.map((upload) => ({ Bucket: "the-records", ...upload })),
    )
  })

  test("for good is never said where the store did not say that there is nothing", async () => {
    for (const answer of [{}, { IsTruncated: true }]) {
      await expect(answering(answer).objects.destroySome("pending", "p/")).rejects.toThrow("did not say")
      const versions = answering({ IsTruncated: false }, answer)
      await expect(versions.objects.destroySome("pending", "p/")).rejects.toThrow("did not say")
    }
  })

  test("for good is never said of what the store kept", async () => {
    const none = { IsTruncated: false }
    const { objects } = answering(none, { Versions: [{ Key: "p/a", VersionId: "1" }] }, { Errors: [{ Key: "p/a" }] })
    await expect(objects.destroySome("pending", "p/")).rejects.toThrow("kept")
  })
})

test("a function has only the buckets it was given", async () => {
  const { client } = sentCommands<S3Client>()
  await expect(s3ObjectStore(client, { pending: "the-pending" }).inspect("records", key)).rejects.toThrow(
    "no bucket for records",
  )
})
