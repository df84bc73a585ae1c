/** Several documents of one person as one file (FHIR R4). */
import { isObject, type JsonObject } from "./value.ts"

/**
 * One document as it is; of more a Bundle of type `collection` that has each whole, in their order: nothing of one is written into another, and whose each is it says itself. Throws
 * `TypeError` for what is no Bundle, as a version in which something is undecided.
 */
export const joinedDocuments = (documents: readonly unknown[], now: Date): JsonObject => {
  const bundles = documents.map((document) => {
    if (!isObject(document) || document["resourceType"] !== "Bundle") throw new TypeError("not a FHIR document")
    return document
  })
  const [only, another] = bundles
  if (only === undefined) throw new TypeError("nothing to join")
  if (another === undefined) return only
  return {
    resourceType: "Bundle",
    type: "collection",
    timestamp: now.toISOString(),
    entry: bundles.map((resource) => ({ fullUrl: `urn:uuid:${crypto.randomUUID()}`, resource })),
  }
}
