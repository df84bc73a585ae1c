import { beforeAll, describe, expect, test } from "vitest"
import { fromBase64url, toBase64url } from "../../protocol/crypto/bytes.ts"
import { CryptoFailure } from "../../protocol/crypto/failure.ts"
import { randomBytes } from "../../protocol/crypto/primitives.ts"
import { createKeyRing, keyOfEpoch, nextEpoch, openKeyRing, openNewest } from "../../protocol/key-ring.ts"
import { importPatientKeys } from "../../protocol/keys.ts"
import { categories } from "../../protocol/primitives.ts"
import { keyRing } from "../../protocol/record.ts"
import { frozenKeys, frozenPublicKeys } from "./crypto/frozen-keys.ts"
import vectors from "./crypto/vectors.json" with { type: "json" }

const { agreement } = frozenPublicKeys
let privateKey: CryptoKey
beforeAll(async () => {
  privateKey = (await importPatientKeys(frozenKeys, { extractable: false })).agreement.privateKey
})

test("a new ring has a key of its own for each category, epoch 1", async () => {
  const ring = await createKeyRing(agreement)
  expect(keyRing.parse(ring)).toEqual(ring)
  const keys = await openKeyRing(ring, privateKey)
  expect(Object.keys(keys)).toEqual([...categories])
  expect(new Set(categories.map((category) => toBase64url(keys[category].key))).size).toBe(6)
  expect(categories.map((category) => keys[category].epoch)).toEqual([1, 1, 1, 1, 1, 1])
})

test("a next epoch changes one category; its newest key reaches every older one", async () => {
  let ring = await createKeyRing(agreement)
  let newest = await openNewest(ring, "imaging", privateKey)
  const keys = [newest.key]
  for (let epoch = 2; epoch <= 5; epoch++) {
    const before = ring
    ;({ ring, newest } = await nextEpoch(ring, "imaging", newest, agreement))
    keys.push(newest.key)
    expect({ ...ring, imaging: null }).toEqual({ ...before, imaging: null })
    expect(newest.epoch).toBe(epoch)
    expect(await openNewest(ring, "imaging", privateKey)).toEqual(newest)
  }
  expect(keyRing.parse(ring)).toEqual(ring)
  expect(new Set(keys.map(toBase64url)).size).toBe(5)
  for (const [i, key] of keys.entries()) expect(await keyOfEpoch(ring.imaging, newest.key, i + 1)).toEqual(key)
  // From an older key no way leads anywhere.
  await expect(keyOfEpoch(ring.imaging, keys[2]!, 1)).rejects.toThrow(CryptoFailure)
  await expect(keyOfEpoch({ ...ring.imaging, epoch: 6 }, newest.key, 6)).rejects.toThrow(CryptoFailure)
})

test("an epoch starts from the newest key only", async () => {
  const ring = await createKeyRing(agreement)
  const stale = { epoch: 7, key: randomBytes(32) }
  await expect(nextEpoch(ring, "summary", stale, agreement)).rejects.toThrow(RangeError)
})

describe("the frozen ring", () => {
  const { entry, keys, shortKey } = vectors.keyRing

  test("opens to its three keys", async () => {
    const ring = { ...(await createKeyRing(agreement)), medication: entry }
    const newest = await openNewest(ring, "medication", privateKey)
    expect(toBase64url(newest.key)).toBe(keys[2])
    for (const epoch of [1, 2, 3]) {
      expect(toBase64url(await keyOfEpoch(entry, newest.key, epoch))).toBe(keys[epoch - 1])
    }
  })

  test.each([0, 4, 99, -1, 1.5, Number.NaN])("has no epoch %d", async (epoch) => {
    await expect(keyOfEpoch(entry, fromBase64url(keys[2]!), epoch)).rejects.toThrow(CryptoFailure)
  })

  test.each([
    ["exchanged", entry.previous.toReversed()],
    ["left out", entry.previous.slice(1)],
    ["added", [...entry.previous, entry.previous[1]!]],
    ["changed", [entry.previous[0]!, `A${entry.previous[1]!.slice(1)}`]],
    ["not base64url", [entry.previous[0]!, `${entry.previous[1]!}=`]],
  ])("isn't walked back with older keys %s", async (_, previous) => {
    await expect(keyOfEpoch({ epoch: 3, previous }, fromBase64url(keys[2]!), 1)).rejects.toThrow(CryptoFailure)
  })

  test("a key of another length isn't one", async () => {
    const ring = { ...(await createKeyRing(agreement)), summary: { epoch: 1, sealed: shortKey, previous: [] } }
    await expect(openNewest(ring, "summary", privateKey)).rejects.toThrow(CryptoFailure)
  })
})
