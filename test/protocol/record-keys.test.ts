import { hkdfSync } from "node:crypto"
import { expect, test } from "vitest"
import { fromBase64url, fromUtf8, toBase64url } from "../../protocol/crypto/bytes.ts"
import { CryptoFailure } from "../../protocol/crypto/failure.ts"
import { derive, unwrapKey, wrapKey } from "../../protocol/crypto/primitives.ts"
import { metadataKey, recordAssociatedData, unwrapDataKey, wrapDataKey } from "../../protocol/record-keys.ts"

test("a record is bound to its patient, itself and its version, in this order", () => {
  expect(fromUtf8(recordAssociatedData({ patientId: "patient", recordId: "record", version: 12 }))).toBe(
    "patient/record/12",
  )
})

test("metadata has a key of its own, which follows from the record's", async () => {
  const dataKey = new Uint8Array(32).fill(7)
  const expected = hkdfSync("sha256", dataKey, "", "ehr-cloud/2 metadata", 32)
  expect(await metadataKey(dataKey)).toEqual(new Uint8Array(expected))
})

test("a wrapped data key opens for its own record and version alone, and an older category key isn't one", async () => {
  const [categoryKey, dataKey] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(7)]
  const of = { recordId: "record", version: 12 }
  const wrappedKey = await wrapDataKey(categoryKey, of, dataKey)
  const wrapping = new Uint8Array(hkdfSync("sha256", categoryKey, "", "ehr-cloud/2 data-key\0record\x0012", 32))
  expect(await unwrapKey(wrapping, fromBase64url(wrappedKey))).toEqual(dataKey)
  expect(await unwrapDataKey(categoryKey, { ...of, wrappedKey })).toEqual(dataKey)
  const before = await derive(categoryKey, "category-key-before", "summary", 1)
  for (const other of [
    { ...of, recordId: "another", wrappedKey },
    { ...of, version: 1, wrappedKey },
    { ...of, wrappedKey: toBase64url(await wrapKey(before, dataKey)) },
    { ...of, wrappedKey: toBase64url(await wrapKey(categoryKey, dataKey)) },
  ])
    await expect(unwrapDataKey(categoryKey, other)).rejects.toThrow(CryptoFailure)
})
