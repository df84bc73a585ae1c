import { createHash } from "node:crypto"
import type { Bucket, ObjectStore, Part, UploadRef } from "../../functions/domain/ports.ts"

interface Sealed {
  readonly size: number
  readonly sha256: string
  /** What the tests that look at bytes put there. */
  readonly bytes?: Uint8Array<ArrayBuffer>
}
interface Version extends Partial<Sealed> {
  readonly name: string
  readonly parts?: number
  /** A delete marker hides what lies below it. */
  readonly marker?: true
}
type Stored = Sealed & { readonly parts: number }
interface Upload {
  readonly name: string
  readonly parts: Map<number, Sealed>
}
interface Signed {
  readonly method: "PUT" | "GET"
  readonly bucket: Bucket
  readonly key: string
  readonly at: Date
  /** Of an upload in parts. */
  readonly part?: { readonly number: number; readonly uploadId: string }
}

const digestOf = (...pieces: readonly Uint8Array[]) => {
  const hash = createHash("sha256")
  for (const piece of pieces) hash.update(piece)
  return hash.digest("base64url")
}
const joined = (parts: readonly Sealed[]) =>
  new Uint8Array(Buffer.concat(parts.map(({ bytes }) => bytes ?? Buffer.alloc(0))))

/** Both buckets in memory, versioned, with uploads in parts; what was signed is kept for the test to see. */
export const memoryObjectStore = () => {
  let versions: Version[] = []
  let begun = 0
  const uploads = new Map<string, Upload>()
  const signed: Signed[] = []
  const allowed = new Map<string, { size: number; sha256: string }>()
  const nameOf = (bucket: Bucket, key: string) => `${bucket}/${key}`
  const current = (name: string): Stored | undefined => {
    const newest = versions.findLast((version) => version.name === name)
    if (newest?.size === undefined || newest.sha256 === undefined) return undefined
    const { size, sha256, bytes, parts = 1 } = newest
    return { size, sha256, parts, ...(bytes && { bytes }) }
  }
  const sign = (signing: Signed) => {
    signed.push(signing)
    const { method, bucket, key, part } = signing
    const query = part === undefined ? "" : `&partNumber=${part.number}&uploadId=${part.uploadId}`
    return `https://objects.example/${bucket}/${key}?method=${method}${query}`
  }
  const uploadOf = ({ bucket, key, uploadId }: UploadRef): Upload | undefined => {
    const upload = uploads.get(uploadId)
    return upload?.name === nameOf(bucket, key) ? upload : undefined
  }
  const partNumbered = (number: number, { size, sha256 }: Sealed): Part => ({
    number,
    size,
    sha256,
    tag: `"${sha256}"`,
  })

  const objects: ObjectStore = {
    uploadUrl: async (bucket, key, { size, sha256 }, now) => ({
      url: sign({ method: "PUT", bucket, key, at: now }),
      headers: { "content-length": String(size), "x-amz-checksum-sha256": sha256 },
    }),
    downloadUrl: async (bucket, key, now) => sign({ method: "GET", bucket, key, at: now }),
    partUrl: async ({ bucket, key, uploadId }, { number, size, sha256 }, now) => {
      allowed.set(`${uploadId} ${number} ${size} ${sha256}`, { size, sha256 })
      return {
        url: sign({ method: "PUT", bucket, key, at: now, part: { number, uploadId } }),
        headers: { "content-length": String(size), "x-amz-checksum-sha256": sha256 },
      }
    },
    beginUpload: async (bucket, key) => {
      const uploadId = `upload-${++begun}`
      uploads.set(uploadId, { name: nameOf(bucket, key), parts: new Map() })
      return uploadId
    },
    parts: async (ref) => {
      const upload = uploadOf(ref)
      return upload && [...upload.parts].sort(([a], [b]) => a - b).map(([number, part]) => partNumbered(number, part))
    },
    copyPart: async (ref, from, { number, offset, size }) => {
      const upload = uploadOf(ref)
      if (upload === undefined) return "gone"
      const source = current(nameOf("pending", from))
      if (source === undefined) return "missing"
      if (offset + size > source.size) throw new Error("400 InvalidArgument")
      const bytes = source.bytes?.slice(offset, offset + size)
      const sha256 = bytes === undefined ? digestOf(Buffer.from(`${source.sha256} ${offset} ${size}`)) : digestOf(bytes)
      upload.parts.set(number, { size, sha256, ...(bytes && { bytes }) })
      return "copied"
    },
    completeUpload: async (ref, parts, { replace }) => {
      const upload = uploadOf(ref)
      if (upload === undefined) return "gone"
      if (!replace && current(upload.name) !== undefined) return "taken"
      const named = parts.map(({ number, tag }) => {
        const part = upload.parts.get(number)
        return part !== undefined && partNumbered(number, part).tag === tag ? part : undefined
      })
      if (named.length === 0) throw new Error("400 MalformedXML")
      const whole = named.filter((part) => part !== undefined)
      if (whole.length < named.length) return "conflict"
      const hashes = whole.map(({ sha256 }) => Buffer.from(sha256, "base64url"))
      versions.push({
        name: upload.name,
        size: whole.reduce((sum, { size }) => sum + size, 0),
        sha256: digestOf(...hashes),
        parts: whole.length,
        ...(whole.every(({ bytes }) => bytes !== undefined) && { bytes: joined(whole) }),
      })
      uploads.delete(ref.uploadId)
      return "completed"
    },
    abortUpload: async (ref) => {
      if (uploadOf(ref) !== undefined) uploads.delete(ref.uploadId)
    },
    inspect: async (bucket, key) => {
      const object = current(nameOf(bucket, key))
      return object && { size: object.size, sha256: object.sha256, parts: object.parts }
    },
    approve: async (from, key) => {
      const source = current(nameOf("pending", from))
      if (source === undefined) return "missing"
      versions.push({ name: nameOf("records", key), ...source })
      return "copied"
    },
    removeSome: async (bucket, prefix) => {
      const names = [...new Set(versions.map(({ name }) => name))]
      const there = names.filter((name) => name.startsWith(nameOf(bucket, prefix)) && current(name) !== undefined)
      versions.push(...there.slice(0, 1000).map((name) => ({ name, marker: true as const })))
      return there.length > 1000
    },
    destroySome: async (bucket, prefix) => {
      const below = ({ name }: { name: string }) => name.startsWith(nameOf(bucket, prefix))
      const ended = [...uploads].filter(([, upload]) => below(upload)).slice(0, 1000)
      for (const [uploadId] of ended) uploads.delete(uploadId)
      const doomed = versions.filter(below).slice(0, 1000)
      versions = versions.filter((version) => !doomed.includes(version))
      return doomed.length + ended.length > 0
    },
  }
  return {
    objects,
    signed,
    /** A PUT with a signed URL: refused where something is there already. */
    upload: (bucket: Bucket, key: string, { size, sha256, bytes }: Sealed): void => {
      const name = nameOf(bucket, key)
      if (current(name) !== undefined) throw new Error("412 Precondition Failed")
      versions.push({ name, size, sha256, ...(bytes && { bytes }) })
    },
    /** A PUT of a part with a signed URL: refused where its upload is gone, or it is not what was signed. */
    uploadPart: (ref: UploadRef, number: number, { size, sha256, bytes }: Sealed): void => {
      const upload = uploadOf(ref)
      if (upload === undefined) throw new Error("404 NoSuchUpload")
      if (!allowed.has(`${ref.uploadId} ${number} ${size} ${sha256}`)) throw new Error("403 SignatureDoesNotMatch")
      upload.parts.set(number, { size, sha256, ...(bytes && { bytes }) })
    },
    /** What a GET gives; the copy of an object has its bytes. */
    bytesOf: (bucket: Bucket, key: string): Uint8Array<ArrayBuffer> | undefined => current(nameOf(bucket, key))?.bytes,
    /** What can be read, by `<bucket>/<key>`. */
    snapshot: () =>
      Object.fromEntries(
        [...new Set(versions.map(({ name }) => name))].sort().flatMap((name) => {
          const object = current(name)
          return object === undefined ? [] : [[name, { size: object.size, sha256: object.sha256 }]]
        }),
      ),
    versions: (): readonly Omit<Version, "bytes">[] => versions.map(({ bytes: _bytes, ...version }) => version),
    /** What is being uploaded in parts, by the store's name for it. */
    uploads: (): Record<string, { name: string; parts: number[] }> =>
      Object.fromEntries(
        [...uploads].map(([id, { name, parts }]) => [id, { name, parts: [...parts.keys()].sort((a, b) => a - b) }]),
      ),
    /** What the buckets' lifecycle does with what nobody completed. */
    expireUploads: (): void => uploads.clear(),
  }
}
