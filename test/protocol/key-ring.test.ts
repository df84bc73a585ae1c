import { beforeAll, describe, expect, test, vi } from "vitest"
import { createAccountKey } from "../../protocol/account-key.ts"
import { concat, fromBase64url, toBase64url } from "../../protocol/crypto/bytes.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { CryptoFailure } from "../../protocol/crypto/failure.ts"
import { derive, randomBytes, wrapKey } from "../../protocol/crypto/primitives.ts"
import {
  createKeyRing,
  keyPagesAt,
  keysInPlaceOf,
  nextEpochs,
  openKeyRing,
  type RingHolder,
  walkBack,
} from "../../protocol/key-ring.ts"
import { verifyKeyPage } from "../../protocol/manifest.ts"
import { categories } from "../../protocol/primitives.ts"
import { type KeyRing, keyPage, keyRing, type PlacedKeyPage, type RingKey } from "../../protocol/record.ts"
import { openSealed, type SealingKeyPair, sealInfo, sealingKeyThumbprint, sealTo } from "../../protocol/sealing.ts"
import { cloudId, type Holder, newHolder, now, patientId, place } from "../kit/holders.ts"
import vectors from "./crypto/vectors.json" with { type: "json" }

let device: Holder
let account: SealingKeyPair
let holder: RingHolder
let ring: KeyRing
const wrappedOf = (keys: readonly RingKey[]) => keys.map(({ wrappedKey }) => wrappedKey)
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
    const history = wrappedOf(current.categories.imaging.previous)
    for (const [i, key] of imaging.entries())
      expect(await walkBack("imaging", keys.imaging).at(i + 1, history)).toEqual(key)
    // From an older key no way leads anywhere, and another category's leads nowhere.
    await refused(walkBack("imaging", { epoch: 5, key: imaging[2]! }).at(1, history))
    await refused(walkBack("sensitive", keys.sensitive).at(1, history))
    await refused(walkBack("sensitive", keys.imaging).at(1, history))
    await refused(walkBack("imaging", { ...keys.imaging, epoch: 6 }).at(5, history))
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

  test("can begin upon fresh keys in the place of those that nobody opens", async () => {
    const opened = await openKeyRing(place, ring, account)
    const { ring: second, keys } = await nextEpochs(place, ring, opened, { renewed: ["imaging"], holder, now })
    const fresh = keysInPlaceOf(second)
    expect(categories.map((category) => fresh[category].epoch)).toEqual([1, 1, 2, 1, 1, 1])
    const all = [keys, fresh, keysInPlaceOf(second)].flatMap((each) => categories.map((name) => each[name].key))
    expect(new Set(all.map(toBase64url)).size).toBe(18)
    expect(all.every(({ length }) => length === 32)).toBe(true)
    const begun = await nextEpochs(place, second, fresh, { renewed: categories, holder, now })
    const back = walkBack("imaging", begun.keys.imaging)
    const history = wrappedOf(begun.ring.categories.imaging.previous)
    expect(await back.at(2, history)).toEqual(fresh.imaging.key)
    await refused(back.at(1, history))
  })

  test("start from the newest keys only, of the categories that aren't renewed too", async () => {
    const keys = await openKeyRing(place, ring, account)
    const stale = { ...keys, summary: { epoch: 7, key: randomBytes(32) } }
    for (const renewed of [["summary"], ["imaging"], []] as const)
      await expect(nextEpochs(place, ring, stale, { renewed, holder, now })).rejects.toThrow(RangeError)
  })
})

test("a ring with 64 older keys makes a page of them for the next, and one with fewer makes none", async () => {
  const keys = await openKeyRing(place, ring, account)
  const wrappedKey = toBase64url(randomBytes(40))
  const after = async (older: number) => {
    const previous = Array.from({ length: older }, (_, i) => ({ wrappedKey, endedAt: now - i }))
    const summary = { epoch: older + 1, previous, older: null }
    const full = { ...ring, categories: { ...ring.categories, summary } }
    const held = { ...keys, summary: { epoch: older + 1, key: keys.summary.key } }
    return { previous, ...(await nextEpochs(place, full, held, { renewed: ["summary"], holder, now })) }
  }
  const fewer = await after(63)
  expect(fewer.keyPages).toEqual([])
  expect(fewer.ring.categories.summary).toMatchObject({ epoch: 65, older: null })
  expect(fewer.ring.categories.summary.previous).toHaveLength(64)
  const full = await after(64)
  expect(full.keyPages).toEqual([{ category: "summary", page: 0, older: null, keys: full.previous }])
  expect(full.ring.categories.summary.previous).toMatchObject([{ endedAt: now }])
  expect(full.ring.categories.summary.older).toBe(await canonicalHash({ older: null, keys: full.previous }))
})

describe("a ring of very many epochs", () => {
  const epochs = 200
  let [current, keys]: [KeyRing, Awaited<ReturnType<typeof openKeyRing>>] = [undefined!, undefined!]
  const firsts: Uint8Array[] = []
  const pages: PlacedKeyPage[] = []
  const sizes: number[] = []
  const pagesMade: number[] = []
  beforeAll(async () => {
    ;[current, keys] = [ring, await openKeyRing(place, ring, account)]
    firsts.push(keys.imaging.key)
    for (let epoch = 2; epoch <= epochs; epoch++) {
      const next = await nextEpochs(place, current, keys, { renewed: ["imaging"], holder, now: now + epoch })
      pagesMade.push(next.keyPages.length)
      ;[current, keys] = [next.ring, next.keys]
      pages.push(...next.keyPages)
      firsts.push(keys.imaging.key)
      sizes.push(current.categories.imaging.previous.length)
    }
  })

  test("has 64 older keys at most, and a page for each 64 more", () => {
    expect([1, 2, 65, 66, 129, 130, 200].map(keyPagesAt)).toEqual([0, 0, 0, 1, 1, 2, 3])
    expect(pagesMade).toEqual(sizes.map((_, i) => keyPagesAt(i + 2) - keyPagesAt(i + 1)))
    expect(Math.max(...sizes)).toBe(64)
    expect(Math.min(...sizes)).toBe(1)
    expect(keyRing.parse(current)).toEqual(current)
    expect(pages.map(({ category, page }) => [category, page])).toEqual([0, 1, 2].map((page) => ["imaging", page]))
    expect(JSON.stringify(current).length).toBeLessThan(20_000)
  })

  test("names the newest page, and each page the one before, by its hash", async () => {
    let named = current.categories.imaging.older
    for (const { older, keys: wrapped } of pages.toReversed()) {
      const page = keyPage.parse({ older, keys: wrapped })
      await verifyKeyPage(named, page)
      await expect(verifyKeyPage(older, page)).rejects.toMatchObject({ code: "key-ring-differs" })
      const later = { ...page, keys: page.keys.with(63, { ...page.keys[63]!, endedAt: 1 }) }
      await expect(verifyKeyPage(named, later)).rejects.toMatchObject({ code: "key-ring-differs" })
      named = older
    }
    expect(named).toBeNull()
  })

  test("reaches every older key over its pages, and unwraps each once", async () => {
    const { previous } = current.categories.imaging
    const all = wrappedOf([...previous, ...pages.toReversed().flatMap((page) => page.keys)])
    expect(all).toHaveLength(epochs - 1)
    const unwrap = vi.spyOn(crypto.subtle, "unwrapKey")
    const decrypt = vi.spyOn(crypto.subtle, "decrypt")
    const { at } = walkBack("imaging", keys.imaging)
    const reached = await Promise.all(firsts.map((_, i) => at(i + 1, all)))
    expect(reached).toEqual(firsts)
    expect(unwrap.mock.calls.length + decrypt.mock.calls.length).toBe(epochs - 1)
    vi.restoreAllMocks()
  })

  test("can't be walked back further than the keys that are there, and can be once there are more", async () => {
    const { previous } = current.categories.imaging
    const { at } = walkBack("imaging", keys.imaging)
    const [own, more] = [wrappedOf(previous), wrappedOf([...previous, ...pages[2]!.keys])]
    expect(await at(epochs - own.length, own)).toEqual(firsts[epochs - own.length - 1])
    await refused(at(epochs - own.length - 1, own))
    expect(await at(129, more)).toEqual(firsts[128])
    await refused(at(128, more))
  })

  test("forgets: what it reached is overwritten", async () => {
    const { previous } = current.categories.imaging
    const { at, forget } = walkBack("imaging", { epoch: epochs, key: keys.imaging.key.slice() })
    const key = await at(epochs - 3, wrappedOf(previous))
    forget()
    expect(key).toEqual(new Uint8Array(32))
  })
})

describe("the frozen history", () => {
  const { entry, keys } = vectors.keyRing
  const history = wrappedOf(entry.previous)
  const newest = { epoch: 3, key: fromBase64url(keys[2]!) }

  test("leads to its three keys", async () => {
    for (const epoch of [1, 2, 3])
      expect(toBase64url(await walkBack("summary", newest).at(epoch, history))).toBe(keys[epoch - 1])
  })

  test.each([0, 4, 99, -1, 1.5, Number.NaN])("has no epoch %d", async (epoch) => {
    await refused(walkBack("summary", newest).at(epoch, history))
  })

  test("has no epoch 0, though somebody wrapped a key for it", async () => {
    const under = await derive(fromBase64url(keys[0]!), "category-key-before", "summary", 0)
    const longer = [...history, toBase64url(await wrapKey(under, randomBytes(32)))]
    const { at } = walkBack("summary", newest)
    await refused(at(0, longer))
    expect(toBase64url(await at(1, longer))).toBe(keys[0])
  })

  test.each([
    ["exchanged", history.toReversed()],
    ["left out", history.slice(1)],
    ["missing", history.slice(0, 1)],
    ["changed", [history[0]!, `A${history[1]!.slice(1)}`]],
    ["not base64url", [history[0]!, `${history[1]!}=`]],
  ])("isn't walked back with older keys %s", async (_, previous) => {
    await refused(walkBack("summary", newest).at(1, previous))
  })
})
