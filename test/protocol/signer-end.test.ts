import { beforeAll, describe, expect, test } from "vitest"
import { endedByStatement, endedWith, readSignerEnd, verifySignerEnd } from "../../protocol/signer-end.ts"
import { type SignerList, verifySigners } from "../../protocol/signers.ts"
import { aHash, type Holder, listed, listOf, newHolder, now, place, signBy } from "../kit/holders.ts"

/** The phone is the root's; it let in the tablet, which let in the watch; the watch let in nobody. */
let root: Holder
let phone: Holder
let tablet: Holder
let watch: Holder
let stranger: Holder
let list: SignerList
const nobody: ReadonlySet<string> = new Set()

beforeAll(async () => {
  ;[root, phone, tablet, watch, stranger] = await Promise.all([
    newHolder(),
    newHolder(),
    newHolder(),
    newHolder(),
    newHolder(),
  ])
  const first = await listOf(root, root, [listed(phone)])
  const second = await listOf(phone, root, [listed(phone), listed(tablet)], first)
  const third = await listOf(
    tablet,
    root,
    [phone, tablet, watch].map((each) => listed(each)),
    second,
  )
  list = await verifySigners([first, second, third], { fingerprint: root.id, record: place })
})

const endBy = (by: Holder, whom: readonly Holder[], more: object = {}, kid: string | undefined = by.id) =>
  signBy(by, "signer-end", { signers: whom.map(({ id }) => id), ...more }, kid)
const verified = (statement: string, ended = nobody) => verifySignerEnd(statement, list, ended)
const names = (...holders: readonly Holder[]) => new Set(holders.map(({ id }) => id))

describe("the end of signers by statement", () => {
  test("is by a signer or by the root, and says when", async () => {
    expect(await verified(await endBy(phone, [tablet]))).toMatchObject({ by: phone.id, signers: [tablet.id], iat: now })
    expect(await verified(await endBy(root, [phone, tablet]))).toMatchObject({ by: root.id })
  })

  test("is by nobody else, nor by one who was ended, under their own name or another's", async () => {
    const forged = [
      [await endBy(stranger, [phone]), nobody],
      [await endBy(stranger, [phone], {}, tablet.id), nobody],
      [await endBy(stranger, [phone], {}, root.id), nobody],
      [await endBy(tablet, [phone]), names(tablet)],
      [await signBy(phone, "signer-list", { signers: [tablet.id] }), nobody],
    ] as const
    for (const [statement, ended] of forged) await expect(verified(statement, ended)).rejects.toThrow()
    await expect(verified(await endBy(root, [phone]), names(phone, tablet, watch))).resolves.toBeDefined()
  })

  test("ends neither the root nor who signs it, and is of no other record", async () => {
    for (const statement of [
      await endBy(phone, [root]),
      await endBy(root, [root]),
      await endBy(phone, [tablet, phone]),
      await endBy(phone, [tablet], { record: aHash("X") }),
    ])
      await expect(verified(statement)).rejects.toThrow()
  })

  test("names somebody, and says nothing more", async () => {
    for (const more of [{ signers: [] }, { signers: Array(65).fill(aHash("S")) }, { patientId: "x" }])
      await expect(verified(await endBy(phone, [tablet], more))).rejects.toThrow()
    expect(() => readSignerEnd("e30.e30.e30")).toThrow()
  })
})

describe("whoever was let in by one who ends", () => {
  test("ends too, however far, but for who signs the end and whom that let in", () => {
    const ended = (by: Holder, ...signers: Holder[]) => endedWith(list, { by: by.id, signers: [...names(...signers)] })
    expect(ended(root, phone)).toEqual(names(phone, tablet, watch))
    expect(ended(phone, tablet)).toEqual(names(tablet, watch))
    expect(ended(watch, tablet)).toEqual(names(tablet))
    expect(ended(tablet, phone)).toEqual(names(phone))
    expect(ended(watch, phone)).toEqual(names(phone, tablet))
    expect(ended(root, watch)).toEqual(names(watch))
  })

  test("is among those who may not sign as long as the list has them active", async () => {
    const ends = [{ by: phone.id, signers: [tablet.id, aHash("S")] }]
    expect(await endedByStatement(list, ends)).toEqual(names(tablet, watch))
    const claims = { ...list.claims, signers: [listed(phone), listed(tablet, { until: now }), listed(watch)] }
    expect(await endedByStatement({ ...list, claims }, ends)).toEqual(names(watch))
    expect(await endedByStatement(list, [])).toEqual(nobody)
  })
})
