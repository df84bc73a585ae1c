import type { Bucket, ObjectStore } from "../../functions/domain/ports.ts"

interface Sealed {
  readonly size: number
  readonly sha256: string
}
interface Version extends Partial<Sealed> {
  readonly name: string
  /** A delete marker hides what lies below it. */
  readonly marker?: true
}

/** Both buckets in memory, versioned; what was signed is kept for the test to see. */
export const memoryObjectStore = () => {
  let versions: Version[] = []
  const signed: { method: "PUT" | "GET"; bucket: Bucket; key: string; at: Date }[] = []
  const nameOf = (bucket: Bucket, key: string) => `${bucket}/${key}`
  const current = (name: string): Sealed | undefined => {
    const newest = versions.findLast((version) => version.name === name)
    return newest?.size === undefined || newest.sha256 === undefined
      ? undefined
      : { size: newest.size, sha256: newest.sha256 }
  }
  const sign = (method: "PUT" | "GET", bucket: Bucket, key: string, at: Date) => {
    signed.push({ method, bucket, key, at })
    return `https://objects.example/${bucket}/${key}?method=${method}`
  }

  const objects: ObjectStore = {
    uploadUrl: async (bucket, key, { size, sha256 }, now) => ({
      url: sign("PUT", bucket, key, now),
      headers: { "content-length": String(size), "x-amz-checksum-sha256": sha256 },
    }),
    downloadUrl: async (bucket, key, now) => sign("GET", bucket, key, now),
    inspect: async (bucket, key) => current(nameOf(bucket, key)),
    accept: async (key) => {
      const source = current(nameOf("pending", key))
      if (source === undefined) return "missing"
      versions.push({ name: nameOf("records", key), ...source })
      return "copied"
    },
    remove: async (bucket, key) => {
      versions.push({ name: nameOf(bucket, key), marker: true })
    },
    destroySome: async (bucket, prefix) => {
      const doomed = versions.filter(({ name }) => name.startsWith(nameOf(bucket, prefix))).slice(0, 1000)
      versions = versions.filter((version) => !doomed.includes(version))
      return doomed.length > 0
    },
  }
  return {
    objects,
    signed,
    /** A PUT with a signed URL: refused where something is there already. */
    upload: (bucket: Bucket, key: string, { size, sha256 }: Sealed): void => {
      const name = nameOf(bucket, key)
      if (current(name) !== undefined) throw new Error("412 Precondition Failed")
      versions.push({ name, size, sha256 })
    },
    /** What can be read, by `<bucket>/<key>`. */
    snapshot: () =>
      Object.fromEntries(
        [...new Set(versions.map(({ name }) => name))].sort().flatMap((name) => {
          const object = current(name)
          return object === undefined ? [] : [[name, object]]
        }),
      ),
    versions: (): readonly Version[] => [...versions],
  }
}
