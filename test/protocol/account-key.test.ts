import { beforeAll, describe, expect, test } from "vitest"
import {
  type AccountKey,
  accountKeyOf,
  accountKey as accountKeySchema,
  createAccountKey,
  nextAccountKey,
  openAccountKey,
  openFromAccount,
  sealToAccount,
  shareAccountKey,
} from "../../protocol/account-key.ts"
import { utf8 } from "../../protocol/crypto/bytes.ts"
import { CryptoFailure } from "../../protocol/crypto/failure.ts"
import {
  exportSealingKeyPair,
  type SealingKeyPair,
  sealInfo,
  sealingKeyThumbprint,
  sealTo,
} from "../../protocol/sealing.ts"
import { cloudId, type Holder, newHolder, patientId, place } from "../kit/holders.ts"

let root: Holder
let phone: Holder
let tablet: Holder
let first: AccountKey
let pair: SealingKeyPair
const publicOf = (...holders: Holder[]) => holders.map(({ publicKeys }) => publicKeys.sealing)
const open = (account: AccountKey, by: Holder, at = place) => openAccountKey(at, account, by.keys.sealing)
const elsewhere = [
  { cloudId: "other.example", patientId },
  { cloudId, patientId: "kJGSk5SVlpeYmZqbnJ2enw" },
]

beforeAll(async () => {
  ;[root, phone, tablet] = await Promise.all([newHolder(), newHolder(), newHolder()])
  ;({ accountKey: first, pair } = await createAccountKey(place, publicOf(root, phone)))
})

describe("an account key", () => {
  test("is opened by the root and by each signer, and by nobody else", async () => {
    expect(accountKeySchema.parse(first)).toEqual(first)
    expect(first).toMatchObject({ number: 1, publicKey: pair.publicKey, previous: [] })
    const { accountKey: another } = await createAccountKey(place, publicOf(root))
    expect(another.previous).toEqual([])
    expect(another.publicKey).not.toEqual(first.publicKey)
    expect(first.sealed.map(({ to }) => to)).toEqual(publicOf(root, phone))
    for (const by of [root, phone])
      expect(await exportSealingKeyPair(await open(first, by))).toEqual(await exportSealingKeyPair(pair))
    await expect(open(first, tablet)).rejects.toEqual(new CryptoFailure())
  })

  test("is opened for its own cloud, patient and number alone", async () => {
    for (const at of elsewhere) await expect(open(first, phone, at)).rejects.toEqual(new CryptoFailure())
    await expect(open({ ...first, number: 2 }, phone)).rejects.toEqual(new CryptoFailure())
  })

  test("is opened from one's own copy alone", async () => {
    const [toRoot, toPhone] = first.sealed
    const renamed = { ...first, sealed: [{ to: phone.publicKeys.sealing, sealed: toRoot!.sealed }] }
    await expect(open(renamed, phone)).rejects.toEqual(new CryptoFailure())
    await expect(open({ ...first, sealed: [toRoot!] }, phone)).rejects.toEqual(new CryptoFailure())
    expect(await open({ ...first, sealed: [toPhone!] }, phone)).toBeDefined()
    const { p256, mlkem768 } = phone.publicKeys.sealing
    const half = [
      { p256, mlkem768: root.publicKeys.sealing.mlkem768 },
      { p256: root.publicKeys.sealing.p256, mlkem768 },
    ]
    for (const to of half)
      await expect(open({ ...first, sealed: [{ ...toPhone!, to }] }, phone)).rejects.toEqual(new CryptoFailure())
  })

  test("isn't opened where the public half is another's: anybody can seal a pair of theirs", async () => {
    const { accountKey: other } = await createAccountKey(place, publicOf(phone))
    await expect(open({ ...first, publicKey: other.publicKey }, phone)).rejects.toEqual(new CryptoFailure())
    const halves = { p256: first.publicKey.p256, mlkem768: other.publicKey.mlkem768 }
    await expect(open({ ...first, publicKey: halves }, phone)).rejects.toEqual(new CryptoFailure())
  })

  test("isn't opened from anything but both private halves, strictly spelled", async () => {
    const { p256, seed } = await exportSealingKeyPair(pair)
    const recipient = phone.sealing
    const info = sealInfo({ kind: "account-key", aud: cloudId, subject: patientId, recipient, object: "1", epoch: 1 })
    const withPlaintext = async (text: string) => {
      const sealed = await sealTo(phone.publicKeys.sealing, info, utf8(text))
      return open({ ...first, sealed: [{ to: phone.publicKeys.sealing, sealed }] }, phone)
    }
    const whole = JSON.stringify({ p256, seed })
    expect((await withPlaintext(whole)).publicKey).toEqual(pair.publicKey)
    for (const text of [
      JSON.stringify({ p256 }),
      JSON.stringify({ seed }),
      JSON.stringify({ p256, seed, more: 1 }),
      `{"seed":"A",${whole.slice(1)}`,
      "",
    ])
      await expect(withPlaintext(text)).rejects.toEqual(new CryptoFailure())
  })

  test("is sealed to one more without being another", async () => {
    const shared = await shareAccountKey(place, first, pair, publicOf(root, phone, tablet))
    expect({ ...shared, sealed: [] }).toEqual({ ...first, sealed: [] })
    expect((await open(shared, tablet)).publicKey).toEqual(pair.publicKey)
    expect((await open(shared, root)).publicKey).toEqual(pair.publicKey)
  })
})

describe("the next account key", () => {
  test("is another pair, which those who were ended don't open, and opens every one before it", async () => {
    let [account, newest] = [first, pair]
    const pairs = [pair]
    for (let number = 2; number <= 4; number++) {
      ;({ accountKey: account, pair: newest } = await nextAccountKey(place, account, newest, publicOf(root, tablet)))
      pairs.push(newest)
      expect(accountKeySchema.parse(account)).toEqual(account)
      expect(account).toMatchObject({ number, publicKey: newest.publicKey })
      expect(account.previous).toHaveLength(number - 1)
      await expect(open(account, phone)).rejects.toEqual(new CryptoFailure())
      expect((await open(account, tablet)).publicKey).toEqual(newest.publicKey)
    }
    expect(new Set(pairs.map(({ publicKey }) => publicKey.mlkem768)).size).toBe(4)
    expect(new Set(pairs.map(({ publicKey }) => publicKey.p256.x)).size).toBe(4)
    for (const [i, before] of pairs.entries())
      expect((await accountKeyOf(place, account, newest, i + 1)).publicKey).toEqual(before.publicKey)
    for (const number of [0, 5, -1, 1.5, Number.NaN])
      await expect(accountKeyOf(place, account, newest, number)).rejects.toEqual(new CryptoFailure())
    for (const at of elsewhere) await expect(accountKeyOf(at, account, newest, 1)).rejects.toEqual(new CryptoFailure())
    const exchanged = { ...account, previous: account.previous.toReversed() }
    await expect(accountKeyOf(place, exchanged, newest, 1)).rejects.toEqual(new CryptoFailure())
    await expect(accountKeyOf(place, account, pairs[0]!, 2)).rejects.toEqual(new CryptoFailure())
    await expect(accountKeyOf(place, { ...account, number: 5 }, newest, 4)).rejects.toEqual(new CryptoFailure())
  })

  test("can always be made: the oldest is let go where 64 lie before it", async () => {
    const { publicKey } = pair
    const text = utf8(JSON.stringify(await exportSealingKeyPair(phone.keys.sealing)))
    const recipient = await sealingKeyThumbprint(publicKey)
    const infoOf = (object: number) =>
      sealInfo({
        kind: "account-key-before",
        aud: cloudId,
        subject: patientId,
        recipient,
        object: String(object),
        epoch: 65,
      })
    const previous = await Promise.all(Array.from({ length: 64 }, (_, i) => sealTo(publicKey, infoOf(64 - i), text)))
    const full = { ...first, number: 65, previous }
    const { accountKey: next, pair: newest } = await nextAccountKey(place, full, pair, publicOf(root))
    expect(accountKeySchema.parse(next).previous).toHaveLength(64)
    expect((await accountKeyOf(place, next, newest, 65)).publicKey).toEqual(publicKey)
    expect((await accountKeyOf(place, next, newest, 2)).publicKey).toEqual(phone.publicKeys.sealing)
    await expect(accountKeyOf(place, next, newest, 1)).rejects.toEqual(new CryptoFailure())
  })
})

describe("what is sealed to the account", () => {
  const of = { kind: "contribution", object: "kJGSk5SVlpeYmZqbnJ2enw", epoch: 3 } as const

  test("opens as the same object of the same patient in the same cloud, and as no other", async () => {
    const sealed = await sealToAccount(place, first.publicKey, of, utf8("a key"))
    const reopen = (at = place, as: Parameters<typeof openFromAccount>[2] = of, by = pair) =>
      openFromAccount(at, by, as, sealed)
    expect(await reopen()).toEqual(utf8("a key"))
    for (const at of elsewhere) await expect(reopen(at)).rejects.toEqual(new CryptoFailure())
    for (const as of [{ ...of, kind: "card" } as const, { ...of, object: patientId }, { ...of, epoch: 2 }])
      await expect(reopen(place, as)).rejects.toEqual(new CryptoFailure())
    await expect(reopen(place, of, phone.keys.sealing)).rejects.toEqual(new CryptoFailure())
  })
})
