import { beforeAll, describe, expect, test } from "vitest"
import { createAccountKey } from "../../protocol/account-key.ts"
import { concat, fromBase64url, toBase64url } from "../../protocol/crypto/bytes.ts"
import { CryptoFailure } from "../../protocol/crypto/failure.ts"
import { randomBytes } from "../../protocol/crypto/primitives.ts"
import {
  createKeyRing,
  historyOf,
  keyOfEpoch,
  nextEpochs,
  openKeyRing,
  type RingHolder,
} from "../../protocol/key-ring.ts"
import { categories } from "../../protocol/primitives.ts"
import { type KeyRing, keyRing } from "../../protocol/record.ts"
import { openSealed, type SealingKeyPair, sealInfo, sealingKeyThumbprint, sealTo } from "../../protocol/sealing.ts"
import vectors from "./crypto/vectors.json" with { type: "json" }
import { cloudId, type Holder, newHolder, now, patientId, place } from "./people.ts"

let device: Holder
let account: SealingKeyPair
let holder: RingHolder
let ring: KeyRing
const refused = (attempt: Promise<unknown>) => expect(attempt).rejects.toEqual(new CryptoFailure())

beforeAll(async () => {
  device = await newHolder()
  const created = await createAccountKey(place, [device.publicKeys.sealing])
  account = created.pair
  holder = { number: 1, publicKey: account.publicKey }
  ring = await createKeyRing(place, holder)
})

describe("a key ring", () => {
  test("that is new has a key of its own for each category, epoch 1", async () => {
    expect(keyRing.parse(ring)).toEqual(ring)
    const keys = await openKeyRing(place, ring, account)
    expect(Object.keys(keys)).toEqual([...categories])
    expect(new Set(categories.map((category) => toBase64url(keys[category].key))).size).toBe(6)
    expect(categories.map((category) => keys[category].epoch)).toEqual([1, 1, 1, 1, 1, 1])
    expect(categories.map((category) => keys[category].key.length)).toEqual([32, 32, 32, 32, 32, 32])
    const other = await openKeyRing(place, await createKeyRing(place, holder), account)
    expect(other.summary.key).not.toEqual(keys.summary.key)
  })

  test("opens with its account key alone, for its own cloud and patient", async () => {
    await refused(openKeyRing(place, ring, device.keys.sealing))
    await refused(openKeyRing({ cloudId: "other.example", patientId }, ring, account))
    await refused(openKeyRing({ cloudId, patientId: "kJGSk5SVlpeYmZqbnJ2enw" }, ring, account))
  })

  test("opens under no other number of the account key, and with no other epoch", async () => {
    await refused(openKeyRing(place, { ...ring, account: 2 }, account))
    for (const category of categories) {
      const other = { ...ring.categories, [category]: { ...ring.categories[category], epoch: 2 } }
      await refused(openKeyRing(place, { ...ring, categories: other }, account))
    }
  })

  test("is sealed as the protocol says: kind, epochs, number of the account key; six keys in order", async () => {
    const { ring: next, keys } = await nextEpochs(place, ring, await openKeyRing(place, ring, account), {
      renewed: ["medication"],
      holder,
      now,
    })
    const recipient = await sealingKeyThumbprint(account.publicKey)
    const info = sealInfo({
      kind: "key-ring",
      aud: cloudId,
      subject: patientId,
      recipient,
      object: "1.1.1.2.1.1",
      epoch: 1,
    })
    const opened = await openSealed(account, info, next.sealed)
    expect(opened).toEqual(concat(...categories.map((category) => keys[category].key)))
    for (const length of [0, 160, 191, 193]) {
      const sealed = await sealTo(account.publicKey, info, randomBytes(length))
      await refused(openKeyRing(place, { ...next, sealed }, account))
    }
  })
})

describe("next epochs", () => {
  test("change the renewed categories alone; the newest key reaches every older one", async () => {
    let [current, keys] = [ring, await openKeyRing(place, ring, account)]
    const imaging = [keys.imaging.key]
    for (let epoch = 2; epoch <= 5; epoch++) {
      const before = { current, keys }
      ;({ ring: current, keys } = await nextEpochs(place, current, keys, {
        renewed: ["imaging", "sensitive"],
        holder,
        now: now + epoch,
      }))
      imaging.push(keys.imaging.key)
      for (const category of ["summary", "laboratory", "medication", "document"] as const) {
        expect(keys[category]).toEqual(before.keys[category])
        expect(current.categories[category]).toEqual(before.current.categories[category])
      }
      expect([keys.imaging.epoch, keys.sensitive.epoch]).toEqual([epoch, epoch])
      expect(await openKeyRing(place, current, account)).toEqual(keys)
    }
    expect(keyRing.parse(current)).toEqual(current)
    expect(current.categories.imaging.previous.map(({ endedAt }) => endedAt - now)).toEqual([5, 4, 3, 2])
    expect(new Set(imaging.map(toBase64url)).size).toBe(5)
    const history = historyOf(current.categories.imaging)
    for (const [i, key] of imaging.entries()) expect(await keyOfEpoch(history, keys.imaging.key, i + 1)).toEqual(key)
    // From an older key no way leads anywhere, and another category's leads nowhere.
    await refused(keyOfEpoch(history, imaging[2]!, 1))
    await refused(keyOfEpoch(history, keys.sensitive.key, 1))
    await refused(keyOfEpoch({ ...history, epoch: 6 }, keys.imaging.key, 6))
  })

  test("may be none: the same keys, sealed to another account key", async () => {
    const keys = await openKeyRing(place, ring, account)
    const { pair } = await createAccountKey(place, [device.publicKeys.sealing])
    const to = { number: 2, publicKey: pair.publicKey }
    const moved = await nextEpochs(place, ring, keys, { renewed: [], holder: to, now })
    expect(moved.ring).toMatchObject({ account: 2, categories: ring.categories })
    expect(await openKeyRing(place, moved.ring, pair)).toEqual(keys)
    await refused(openKeyRing(place, moved.ring, account))
  })

  test("start from the newest keys only, of the categories that aren't renewed too", async () => {
    const keys = await openKeyRing(place, ring, account)
    const stale = { ...keys, summary: { epoch: 7, key: randomBytes(32) } }
    for (const renewed of [["summary"], ["imaging"], []] as const)
      await expect(nextEpochs(place, ring, stale, { renewed, holder, now })).rejects.toThrow(RangeError)
  })
})

describe("the frozen history", () => {
  const { entry, keys } = vectors.keyRing
  const history = historyOf(entry)

  test("leads to its three keys", async () => {
    expect(history).toEqual({ epoch: 3, previous: entry.previous.map(({ wrappedKey }) => wrappedKey) })
    for (const epoch of [1, 2, 3])
      expect(toBase64url(await keyOfEpoch(history, fromBase64url(keys[2]!), epoch))).toBe(keys[epoch - 1])
  })

  test.each([0, 4, 99, -1, 1.5, Number.NaN])("has no epoch %d", async (epoch) => {
    await refused(keyOfEpoch(history, fromBase64url(keys[2]!), epoch))
  })

  test.each([
    ["exchanged", history.previous.toReversed()],
    ["left out", history.previous.slice(1)],
    ["added", [...history.previous, history.previous[1]!]],
    ["changed", [history.previous[0]!, `A${history.previous[1]!.slice(1)}`]],
    ["not base64url", [history.previous[0]!, `${history.previous[1]!}=`]],
  ])("isn't walked back with older keys %s", async (_, previous) => {
    await refused(keyOfEpoch({ epoch: 3, previous }, fromBase64url(keys[2]!), 1))
  })

  test("with a key too many is refused even for the newest epoch", async () => {
    const previous = [...history.previous, history.previous[1]!]
    await refused(keyOfEpoch({ epoch: 3, previous }, fromBase64url(keys[2]!), 3))
  })
})
