import { createHash } from "node:crypto"
import {
  type CopyObjectCommandInput,
  type DeleteObjectCommandInput,
  type DeleteObjectsCommandInput,
  type GetObjectCommandInput,
  type HeadObjectCommandInput,
  type ListObjectsV2CommandInput,
  type ListObjectVersionsCommandInput,
  type PutObjectCommandInput,
  S3ServiceException,
} from "@aws-sdk/client-s3"

interface Version {
  readonly bucket: string
  readonly key: string
  readonly id: string
  /** Absent of a delete marker, which hides what lies below it. */
  readonly bytes?: Uint8Array
}

const refusal = (name: string, httpStatusCode: number) =>
  new S3ServiceException({ name, $fault: "client", message: "from the fake", $metadata: { httpStatusCode } })

/** As much of S3 as the adapters use: versioned buckets that keep bytes, for functions that may not list what is not theirs. */
export const memoryS3 = () => {
  let versions: Version[] = []
  let count = 0
  const add = (bucket = "", key = "", bytes?: Uint8Array) => {
    versions.push({ bucket, key, id: `v${++count}`, ...(bytes === undefined ? {} : { bytes }) })
    return {}
  }
  const current = (bucket = "", key = ""): Uint8Array | undefined =>
    versions.findLast((version) => version.bucket === bucket && version.key === key)?.bytes
  const names = () => [...new Set(versions.map(({ bucket, key }) => `${bucket}/${key}`))]
  /** Whoever may not list a bucket isn't told that there is nothing. */
  const present = (bucket = "", key = ""): Uint8Array => {
    const bytes = current(bucket, key)
    if (bytes === undefined) throw refusal("AccessDenied", 403)
    return bytes
  }
  const put = (bucket: string, key: string, bytes: Uint8Array) => {
    if (current(bucket, key) !== undefined) throw refusal("PreconditionFailed", 412)
    return add(bucket, key, bytes)
  }

  /** By the command's name. */
  const operations = {
    HeadObjectCommand: ({ Bucket, Key }: HeadObjectCommandInput) => {
      const bytes = present(Bucket, Key)
      return { ContentLength: bytes.length, ChecksumSHA256: createHash("sha256").update(bytes).digest("base64") }
    },
    GetObjectCommand: ({ Bucket, Key }: GetObjectCommandInput) => {
      const bytes = present(Bucket, Key)
      return { Body: { transformToString: async () => Buffer.from(bytes).toString("utf8") } }
    },
    PutObjectCommand: ({ Bucket = "", Key = "", Body, IfNoneMatch }: PutObjectCommandInput) => {
      if (IfNoneMatch !== "*" || typeof Body !== "string")
        throw new Error("the fake takes a text, where nothing is yet")
      return put(Bucket, Key, Buffer.from(Body))
    },
    CopyObjectCommand: ({ Bucket, Key, CopySource = "" }: CopyObjectCommandInput) => {
      const [source, ...rest] = CopySource.split("/")
      add(Bucket, Key, present(source, rest.join("/")))
      return { CopyObjectResult: { ETag: "etag" } }
    },
    DeleteObjectCommand: ({ Bucket, Key }: DeleteObjectCommandInput) => add(Bucket, Key),
    DeleteObjectsCommand: ({ Bucket, Delete }: DeleteObjectsCommandInput) => {
      const doomed = new Set((Delete?.Objects ?? []).map(({ VersionId }) => VersionId))
      versions = versions.filter(({ bucket, id }) => bucket !== Bucket || !doomed.has(id))
      return {}
    },
    ListObjectVersionsCommand: ({ Bucket, Prefix = "" }: ListObjectVersionsCommandInput) => {
      const all = versions.filter(({ bucket, key }) => bucket === Bucket && key.startsWith(Prefix))
      const page = all.slice(0, 1000)
      const shown = (marker: boolean) => {
        const own = page.filter(({ bytes }) => (bytes === undefined) === marker)
        return own.length === 0 ? undefined : own.map(({ key, id }) => ({ Key: key, VersionId: id }))
      }
      return { IsTruncated: all.length > page.length, Versions: shown(false), DeleteMarkers: shown(true) }
    },
    ListObjectsV2Command: ({ Bucket, Prefix = "", MaxKeys = 1000 }: ListObjectsV2CommandInput) => {
      const keys = names()
        .filter((name) => name.startsWith(`${Bucket}/${Prefix}`))
        .map((name) => name.slice(`${Bucket}/`.length))
        .filter((key) => current(Bucket, key) !== undefined)
        .sort()
      const page = keys.slice(0, MaxKeys)
      const Contents = page.length === 0 ? undefined : page.map((Key) => ({ Key }))
      return { KeyCount: page.length, IsTruncated: keys.length > page.length, Contents }
    },
  }
  return {
    operations,
    put,
    get: current,
    /** What can be read, by `<bucket>/<key>`. */
    objects: (): ReadonlyMap<string, Uint8Array> =>
      new Map(
        names().flatMap((name): [string, Uint8Array][] => {
          const [bucket = "", ...rest] = name.split("/")
          const bytes = current(bucket, rest.join("/"))
          return bytes === undefined ? [] : [[name, bytes]]
        }),
      ),
    /** How many versions there are, hidden ones and delete markers among them. */
    versions: (prefix: string) => versions.filter(({ bucket, key }) => `${bucket}/${key}`.startsWith(prefix)).length,
    save: (): readonly Version[] => [...versions],
    load: (saved: readonly Version[]) => {
      versions = [...saved]
    },
  }
}
