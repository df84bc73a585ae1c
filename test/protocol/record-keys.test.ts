import { hkdfSync } from "node:crypto"
import { expect, test } from "vitest"
import { fromUtf8 } from "../../protocol/crypto/bytes.ts"
import { metadataKey, recordAssociatedData } from "../../protocol/record-keys.ts"

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
