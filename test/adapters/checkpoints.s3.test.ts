import { S3Client, S3ServiceException } from "@aws-sdk/client-s3"
import { describe, expect, test } from "vitest"
import { s3Checkpoints } from "../../functions/adapters/checkpoints.s3.ts"
import { newKey } from "../fakes/call.ts"
import { sentCommands } from "../fakes/sent-commands.ts"

const error = (httpStatusCode: number) =>
  new S3ServiceException({ name: "Refused", $fault: "client", message: "", $metadata: { httpStatusCode } })
const body = (text: string) => ({ Body: { transformToString: async () => text } })
const answering = (...answers: (object | Error)[]) => {
  const { client, sent } = sentCommands<S3Client>(...answers)
  return { checkpoints: s3Checkpoints(client, "seals"), sent }
}

describe("the bucket of seals", () => {
  test("lists the newest checkpoint first, whatever its number", async () => {
    const keys: string[] = []
    for (const number of [1, 9, 10, 99_999, 100_000, 20_000_000]) {
      const { checkpoints, sent } = answering()
      await checkpoints.addCheckpoint(number, "a.b.c")
      const { Key = "" } = (sent[0]?.input ?? {}) as { Key?: string }
      keys.push(Key)
      const listed = answering({ KeyCount: 1, Contents: [{ Key }] })
      expect(await listed.checkpoints.newest()).toBe(number)
      expect(listed.sent).toEqual([
        { command: "ListObjectsV2Command", input: { Bucket: "seals", Prefix: "checkpoints/", MaxKeys: 1 } },
      ])
    }
    expect(keys.toSorted()).toEqual(keys.toReversed())
  })

  test("has checkpoint 0, none, where it is empty, and refuses a foreign object", async () => {
    expect(await answering({ KeyCount: 0 }).checkpoints.newest()).toBe(0)
    for (const Key of ["checkpoints/999999999999x", "checkpoints/5", "checkpoints/"])
      await expect(answering({ KeyCount: 1, Contents: [{ Key }] }).checkpoints.newest()).rejects.toThrow(/foreign/)
  })

  test("takes an answer that does not say so for no empty bucket", async () => {
    for (const answer of [{}, { KeyCount: 1 }, { KeyCount: 1, Contents: [{}] }])
      await expect(answering(answer).checkpoints.newest()).rejects.toThrow(/did not say/)
  })

  test("puts nothing over anything, with a checksum that the lock asks for", async () => {
    const hash = newKey()
    const { checkpoints, sent } = answering()
    await checkpoints.addNode(hash, [1])
    await checkpoints.addCheckpoint(7, "a.b.c")
    for (const { input } of sent)
      expect(input).toMatchObject({ Bucket: "seals", IfNoneMatch: "*", ChecksumAlgorithm: "SHA256" })
    expect(sent).toMatchObject([
      { command: "PutObjectCommand", input: { Key: `nodes/${hash}`, Body: "[1]" } },
      { command: "PutObjectCommand", input: { Key: "checkpoints/999999999993", Body: "a.b.c" } },
    ])
  })

  test("says that a number is taken, and minds no node that is there", async () => {
    expect(await answering({}).checkpoints.addCheckpoint(1, "a.b.c")).toBe("added")
    expect(await answering(error(412)).checkpoints.addCheckpoint(1, "a.b.c")).toBe("taken")
    await answering(error(412)).checkpoints.addNode(newKey(), [])
  })

  test.each([409, 403, 500, 503])("fails where S3 answers %i: nobody knows what is there", async (status) => {
    await expect(answering(error(status)).checkpoints.addCheckpoint(1, "a.b.c")).rejects.toThrow(S3ServiceException)
    await expect(answering(error(status)).checkpoints.addNode(newKey(), [])).rejects.toThrow(S3ServiceException)
    await expect(answering(error(status)).checkpoints.checkpoint(1)).rejects.toThrow(S3ServiceException)
    await expect(answering(error(status)).checkpoints.newest()).rejects.toThrow(S3ServiceException)
  })

  test("gives back what was put", async () => {
    expect(await answering(body("a.b.c")).checkpoints.checkpoint(1)).toBe("a.b.c")
    expect(await answering(body('["x"]')).checkpoints.node(newKey())).toEqual(["x"])
    await expect(answering({}).checkpoints.checkpoint(1)).rejects.toThrow(/without a body/)
  })
})
