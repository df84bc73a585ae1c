import {
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3"
import type { Checkpoints } from "../domain/ports.ts"

const newestFirst = 10 ** 12
const digits = 12
const folder = "checkpoints/"

/** Later ones sort before earlier ones, so that the first of a list is the newest. */
const checkpointKey = (number: number) => `${folder}${String(newestFirst - number).padStart(digits, "0")}`
const nodeKey = (hash: string) => `nodes/${hash}`

const statusOf = (error: unknown) => (error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined)

/**
 * A bucket whose Object Lock keeps what is put from being changed or deleted, and where nothing is put over anything. Source: Amazon S3 User
 * Guide, "Locking objects with Object Lock", "Add preconditions to S3 operations with conditional requests".
 */
export const s3Checkpoints = (s3: S3Client, bucket: string): Checkpoints => {
  const get = async (key: string): Promise<string> => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
    if (Body === undefined) throw new Error("an object without a body")
    return Body.transformToString("utf-8")
  }
  /** 412: there is one. 409: another is being put at this moment, and nobody knows yet whether it will be there: that throws. */
  const add = async (key: string, text: string): Promise<"added" | "taken"> => {
    try {
      await s3.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: key,
          Body: text,
          ContentType: "application/json",
          IfNoneMatch: "*",
          // Where objects are locked S3 wants a checksum with each.
          ChecksumAlgorithm: "SHA256",
        }),
      )
      return "added"
    } catch (error) {
      if (statusOf(error) === 412) return "taken"
      throw error
    }
  }
  return {
    newest: async () => {
      const { Contents, KeyCount } = await s3.send(
        new ListObjectsV2Command({ Bucket: bucket, Prefix: folder, MaxKeys: 1 }),
      )
      // The list is absent where it is empty; how long it is stands beside it.
      if (KeyCount === 0) return 0
      const key = Contents?.[0]?.Key
      if (key === undefined) throw new Error("the bucket of checkpoints did not say which checkpoint is the newest")
      const number = newestFirst - Number(key.slice(folder.length))
      if (checkpointKey(number) !== key) throw new Error("a foreign object among the checkpoints")
      return number
    },
    checkpoint: (number) => get(checkpointKey(number)),
    addCheckpoint: (number, checkpoint) => add(checkpointKey(number), checkpoint),
    node: async (hash) => JSON.parse(await get(nodeKey(hash))),
    addNode: async (hash, node) => {
      await add(nodeKey(hash), JSON.stringify(node))
    },
  }
}
