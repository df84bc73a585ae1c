import { objectPrefix } from "../../contract/items.ts"
import type { Bucket } from "./ports.ts"
import type { Acting } from "./step.ts"

/** Removes every object of a record from a bucket, committed or not; `false` where time ended before. */
export const removeObjects = async (
  { ports: { objects } }: Acting<{ objects: "removeSome" }>,
  bucket: Bucket,
  { patientId, recordId }: { readonly patientId: string; readonly recordId: string },
  mayContinue: () => boolean = () => true,
): Promise<boolean> => {
  while (await objects.removeSome(bucket, objectPrefix(patientId, recordId))) if (!mayContinue()) return false
  return true
}
