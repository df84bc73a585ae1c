import type { Bucket } from "../domain/ports.ts"

/** The buckets a function was given. */
export type BucketNames = Partial<Record<Bucket, string>>

export const bucketIn =
  (names: BucketNames) =>
  (bucket: Bucket): string => {
    const name = names[bucket]
    if (name === undefined) throw new Error(`this function was given no bucket for ${bucket} objects`)
    return name
  }
