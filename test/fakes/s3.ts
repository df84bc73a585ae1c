import { createHash } from "node:crypto"
import {
  type AbortMultipartUploadCommandInput,
  type CompleteMultipartUploadCommandInput,
  type CopyObjectCommandInput,
  type CreateMultipartUploadCommandInput,
  type DeleteObjectCommandInput,
  type DeleteObjectsCommandInput,
  type GetObjectCommandInput,
  type HeadObjectCommandInput,
  type ListMultipartUploadsCommandInput,
  type ListObjectsV2CommandInput,
  type ListObjectVersionsCommandInput,
  type ListPartsCommandInput,
  type PutObjectCommandInput,
  S3ServiceException,
  type UploadPartCopyCommandInput,
} from "@aws-sdk/client-s3"

interface Version {
  readonly bucket: string
  readonly key: string
  readonly id: string
  /** Absent of a delete marker, which hides what lies below it. */
  readonly bytes?: Uint8Array
  /** Of what was put together of parts: the hash of their hashes, and how many they were. */
  readonly composite?: string
}

interface Upload {
  readonly bucket: string
  readonly key: string
  readonly id: string
  readonly parts: ReadonlyMap<number, Uint8Array>
}

const hashOf = (...bytes: Uint8Array[]) => {
  const hash = createHash("sha256")
  for (const each of bytes) hash.update(each)
  return hash.digest()
}

const refusal = (name: string, httpStatusCode: number) =>
  new S3ServiceException({ name, $fault: "client", message: "from the fake", $metadata: { httpStatusCode } })

/** As much of S3 as the adapters use: versioned buckets that keep bytes, for functions that may not list what is not theirs. */
export const memoryS3 = () => {
  let versions: Version[] = []
  let uploads: Upload[] = []
  let count = 0
  const add = (bucket = "", key = "", bytes?: Uint8Array, composite?: string) => {
    versions.push({
      bucket,
      key,
      id: `v${++count}`,
      ...(bytes === undefined ? {} : { bytes }),
      ...(composite === undefined ? {} : { composite }),
    })
    return {}
  }
  const newest = (bucket = "", key = "") =>
    versions.findLast((version) => version.bucket === bucket && version.key === key)
  const current = (bucket = "", key = ""): Uint8Array | undefined => newest(bucket, key)?.bytes
  const uploadOf = (bucket = "", key = "", id = ""): Upload => {
    const upload = uploads.find((each) => each.bucket === bucket && each.key === key && each.id === id)
    if (upload === undefined) throw refusal("NoSuchUpload", 404)
    return upload
  }
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
      const checksum = newest(Bucket, Key)?.composite ?? hashOf(bytes).toString("base64")
      return { ContentLength: bytes.length, ChecksumSHA256: checksum }
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
    CreateMultipartUploadCommand: ({ Bucket = "", Key = "" }: CreateMultipartUploadCommandInput) => {
      const id = hashOf(Buffer.from(`upload ${++count}`)).toString("hex")
      uploads.push({ bucket: Bucket, key: Key, id, parts: new Map() })
      return { UploadId: id }
    },
    ListPartsCommand: ({ Bucket, Key, UploadId, PartNumberMarker = "0" }: ListPartsCommandInput) => {
      const page = [...uploadOf(Bucket, Key, UploadId).parts]
        .filter(([number]) => number > Number(PartNumberMarker))
        .sort(([a], [b]) => a - b)
      const Parts = page.map(([PartNumber, bytes]) => ({
        PartNumber,
        Size: bytes.length,
        ETag: `etag-${PartNumber}`,
        ChecksumSHA256: hashOf(bytes).toString("base64"),
      }))
      return { IsTruncated: false, ...(Parts.length === 0 ? {} : { Parts }) }
    },
    CompleteMultipartUploadCommand: ({
      Bucket = "",
      Key = "",
      UploadId,
      IfNoneMatch,
      MultipartUpload,
    }: CompleteMultipartUploadCommandInput) => {
      const upload = uploadOf(Bucket, Key, UploadId)
      const parts = (MultipartUpload?.Parts ?? []).map(({ PartNumber = 0, ChecksumSHA256 }) => {
        const bytes = upload.parts.get(PartNumber)
        if (bytes === undefined || hashOf(bytes).toString("base64") !== ChecksumSHA256)
          throw refusal("InvalidPart", 400)
        return bytes
      })
      if (IfNoneMatch === "*" && current(Bucket, Key) !== undefined) throw refusal("PreconditionFailed", 412)
      uploads = uploads.filter((each) => each !== upload)
      const composite = `${hashOf(...parts.map((part) => hashOf(part))).toString("base64")}-${parts.length}`
      add(Bucket, Key, Buffer.concat(parts), composite)
      return { ETag: "etag", ChecksumSHA256: composite }
    },
    UploadPartCopyCommand: (input: UploadPartCopyCommandInput) => {
      const { Bucket, Key, UploadId, PartNumber = 0, CopySource = "", CopySourceRange = "" } = input
      const [source, ...rest] = CopySource.split("/")
      const [, from = 0, to = 0] = /^bytes=(\d+)-(\d+)$/.exec(CopySourceRange)?.map(Number) ?? []
      const bytes = present(source, rest.join("/")).slice(from, to + 1)
      const upload = uploadOf(Bucket, Key, UploadId)
      const after = { ...upload, parts: new Map([...upload.parts, [PartNumber, bytes]]) }
      uploads = uploads.map((each) => (each === upload ? after : each))
      return { CopyPartResult: { ETag: `etag-${PartNumber}` } }
    },
    AbortMultipartUploadCommand: ({ Bucket, Key, UploadId }: AbortMultipartUploadCommandInput) => {
      const upload = uploadOf(Bucket, Key, UploadId)
      uploads = uploads.filter((each) => each !== upload)
      return {}
    },
    ListMultipartUploadsCommand: ({ Bucket, Prefix = "", MaxUploads = 1000 }: ListMultipartUploadsCommandInput) => {
      const all = uploads.filter(({ bucket, key }) => bucket === Bucket && key.startsWith(Prefix))
      const Uploads = all.slice(0, MaxUploads).map(({ key, id }) => ({ Key: key, UploadId: id }))
      return { IsTruncated: all.length > Uploads.length, ...(Uploads.length === 0 ? {} : { Uploads }) }
    },
    DeleteObjectCommand: ({ Bucket, Key }: DeleteObjectCommandInput) => add(Bucket, Key),
    DeleteObjectsCommand: ({ Bucket, Delete }: DeleteObjectsCommandInput) => {
      const objects = Delete?.Objects ?? []
      const doomed = new Set(objects.map(({ VersionId }) => VersionId))
      versions = versions.filter(({ bucket, id }) => bucket !== Bucket || !doomed.has(id))
      for (const { Key, VersionId } of objects) if (VersionId === undefined) add(Bucket, Key)
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
    /** False where there is no such upload. */
    putPart: (bucket: string, key: string, id: string, number: number, bytes: Uint8Array): boolean => {
      const before = uploads.find((each) => each.bucket === bucket && each.key === key && each.id === id)
      if (before === undefined) return false
      const after = { ...before, parts: new Map([...before.parts, [number, bytes]]) }
      uploads = uploads.map((each) => (each === before ? after : each))
      return true
    },
    get: current,
    /** What goes up in parts and is neither completed nor given up, by `<bucket>/<key>`. */
    uploading: (): ReadonlySet<string> => new Set(uploads.map(({ bucket, key }) => `${bucket}/${key}`)),
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
    save: (): { readonly versions: readonly Version[]; readonly uploads: readonly Upload[] } => ({
      versions: [...versions],
      uploads: [...uploads],
    }),
    load: (saved: { readonly versions: readonly Version[]; readonly uploads: readonly Upload[] }) => {
      versions = [...saved.versions]
      uploads = [...saved.uploads]
    },
  }
}
