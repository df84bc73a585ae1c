import { beforeAll, describe, expect, test } from "vitest"
import { endingSignerLists, maxSignerLists, maxSigners, signerLists } from "../../protocol/claims.ts"
import { IntegrityFailure } from "../../protocol/integrity.ts"
import {
  activeSigners,
  isListed,
  isOverruled,
  leavesBehind,
  rootNumber,
  type SignerList,
  verifyByEarlierSigner,
  verifyBySigner,
  verifyNotOlder,
  verifySigners,
} from "../../protocol/signers.ts"
import { signStatement, statementHash } from "../../protocol/statement.ts"
import {
  aHash,
  cloudId,
  type Holder,
  listed,
  listOf,
  newHolder,
  now,
  patientId,
  signBy,
  tampered,
} from "../kit/holders.ts"

let root: Holder
let phone: Holder
let tablet: Holder
let stranger: Holder
/** By the root: the phone; by the phone: the tablet too; by the tablet: the phone ended. */
let first: string
let second: string
let third: string
const verify = (chain: readonly string[], record = { cloudId, patientId }) =>
  verifySigners(chain, { fingerprint: root.id, record })
const byIndex = (chain: readonly string[]) => verifySigners(chain, { fingerprint: root.id })
/** Which rule refuses a chain: several would refuse a list that breaks one of them. */
const reasonOf = (attempt: Promise<unknown>): Promise<unknown> =>
  attempt.then(
    () => "taken",
    (error: unknown) =>
      error instanceof IntegrityFailure && error.code === "signers-invalid" && error.cause instanceof Error
        ? error.cause.message
        : error,
  )
const refused = async (chain: readonly string[], reason: string, check: typeof byIndex = verify) =>
  expect(await reasonOf(check(chain))).toMatch(reason)
const [badSignature, notFirst, nobody, broken, leftOut, nothing, badEnd] = [
  "unreadable",
  "a chain begins with the root's list, and has no other",
  "by nobody who may",
  "a broken chain",
  "a signer is left out, or comes back",
  "changes nothing, or ends nobody where few lists are left",
  "an end of another time",
]

beforeAll(async () => {
  ;[root, phone, tablet, stranger] = await Promise.all([newHolder(), newHolder(), newHolder(), newHolder()])
  first = await listOf(root, root, [listed(phone)])
  second = await listOf(phone, root, [listed(phone), listed(tablet)], first)
  third = await listOf(tablet, root, [ended(), listed(tablet)], second)
})

/** The phone, as the third list ends it. */
const ended = () => listed(phone, { until: now + 5 })

/** The longest chain there is: the phone adds others, one a list, and ends as many of them as the last lists are. */
const fullChain = async () => {
  const others: Holder[] = []
  const chain = [first]
  while (chain.length < maxSignerLists - endingSignerLists) {
    others.push(await newHolder())
    chain.push(
      await listOf(
        phone,
        root,
        [phone, ...others].map((each) => listed(each)),
        chain.at(-1),
      ),
    )
  }
  for (let count = 1; count <= endingSignerLists; count++) {
    const ended = others.map((each, i) => listed(each, i < count ? { until: now } : {}))
    chain.push(await listOf(phone, root, [listed(phone), ...ended], chain.at(-1)))
  }
  return { chain, others }
}

describe("a chain of signer lists", () => {
  test("leads from the root to the newest list, and says what it leads through", async () => {
    const [one, two, three] = await Promise.all([first, second, third].map(statementHash))
    expect(await verify([first])).toMatchObject({ number: 1, hash: one, byRoot: true })
    const list = await verify([first, second, third])
    expect(list).toMatchObject({ number: 3, hash: three, byRoot: false })
    expect(list.line).toEqual([
      { number: 1, hash: one },
      { number: 2, hash: two },
      { number: 3, hash: three },
    ])
    expect(activeSigners(list.claims)).toEqual([listed(tablet)])
  })

  test("is verified by an index that knows neither cloud nor patient", async () => {
    expect(await verifySigners([first, second], { fingerprint: root.id })).toMatchObject({ number: 2 })
  })

  test("may begin with a later list of the root's, after which the devices go on", async () => {
    const later = await listOf(root, root, [listed(tablet)], third)
    const after = await listOf(tablet, root, [listed(tablet), listed(phone)], later)
    expect(await verify([later])).toMatchObject({ number: 4, byRoot: true })
    expect(await verify([later, after])).toMatchObject({ number: 5, byRoot: false })
  })

  test("is refused where it is empty, out of order, doubled, or a list of it is missing", async () => {
    const fourth = await listOf(tablet, root, [ended(), listed(tablet), listed(stranger)], third)
    await refused([], "no list")
    for (const chain of [[second], [second, first], [first, first]]) await refused(chain, notFirst)
    await refused([first, third], nobody)
    await refused([first, second, second], broken)
    await refused([first, second, fourth], broken)
    expect(await verify([first, second, third, fourth])).toMatchObject({ number: 4 })
  })

  test("is refused where it is too long", async () => {
    const { chain, others } = await fullChain()
    expect(await verify(chain)).toMatchObject({ number: maxSignerLists })
    const more = others.map((each, i) => listed(each, i <= endingSignerLists ? { until: now } : {}))
    await refused([...chain, await listOf(phone, root, [listed(phone), ...more], chain.at(-1))], "too long")
  })

  test("ends somebody by each of its last lists, so that no additions keep a signer from being ended", async () => {
    const { chain, others } = await fullChain()
    const added = chain.slice(0, maxSignerLists - endingSignerLists)
    const all = [phone, ...others, stranger].map((each) => listed(each))
    await refused([...added, await listOf(phone, root, all, added.at(-1))], nothing)
    const early = [phone, ...others.slice(0, -1), stranger].map((each) => listed(each))
    expect(await verify([...added.slice(0, -1), await listOf(phone, root, early, added.at(-2))])).toBeDefined()
  })

  test("is refused with a list that changes nothing, by which a signer could use up the chain", async () => {
    await refused([first, await listOf(phone, root, [listed(phone)], first)], nothing)
    await refused([first, second, await listOf(tablet, root, [listed(tablet), listed(phone)], second)], nothing)
    await refused([first, second, third, await listOf(tablet, root, [ended(), listed(tablet)], third)], nothing)
  })

  test("is refused for another fingerprint, cloud or patient", async () => {
    const chain = [first, second]
    for (const { id } of [stranger, phone])
      await refused(chain, "another root", (lists) => verifySigners(lists, { fingerprint: id }))
    for (const record of [
      { cloudId: "other.example", patientId },
      { cloudId, patientId: "kJGSk5SVlpeYmZqbnJ2enw" },
    ])
      await refused(chain, "of another record", (lists) => verify(lists, record))
  })

  test("is refused with a list whose signature is of somebody else, or that has no name", async () => {
    for (const by of [stranger, phone]) {
      await refused([await listOf(by, root, [listed(phone)])], notFirst)
      await refused([await signBy(by, "signer-list", payloadOf(first), root.id)], badSignature)
    }
    for (const by of [stranger, tablet]) {
      await refused([first, await signBy(by, "signer-list", payloadOf(second))], nobody)
      await refused([first, await signBy(by, "signer-list", payloadOf(second), phone.id)], badSignature)
    }
    const named = await signBy(phone, "signer-list", payloadOf(second))
    const unnamed = await signStatement({
      typ: "signer-list",
      alg: "ES256",
      privateKey: phone.keys.signing.privateKey,
      payload: payloadOf(second),
    })
    expect(await verify([first, named])).toMatchObject({ number: 2 })
    await refused([first, unnamed], nobody)
  })

  test("is refused with a list of the root's in the middle: it would begin a chain of its own", async () => {
    await refused([first, await listOf(root, root, [listed(phone), listed(tablet)], first)], notFirst)
  })

  test("is refused by whoever was ended, or isn't listed yet", async () => {
    const more = [ended(), listed(tablet), listed(stranger)]
    for (const by of [phone, stranger])
      await refused([first, second, third, await listOf(by, root, more, third)], nobody)
  })

  test("is refused with any claim changed under the signature", async () => {
    for (const change of [
      { number: 3 },
      { previous: null },
      { previous: aHash("x") },
      { record: aHash("x") },
      { iat: now + 1 },
      { jti: "kJGSk5SVlpeYmZqbnJ2enw" },
      { signers: [listed(phone), listed(stranger)] },
      { root: { signing: root.publicKeys.signing, sealing: aHash("x") } },
    ])
      await refused([first, tampered(second, change)], badSignature, byIndex)
  })

  test.each<[string, object, string]>([
    ["another number", { number: 4 }, broken],
    ["the same number", { number: 1 }, broken],
    ["another list before it", { previous: aHash("x") }, broken],
    ["no list before it", { previous: null }, broken],
    ["another record", { record: aHash("x") }, broken],
    ["a claim more", { more: 1 }, "unrecognized_keys"],
  ])("is refused with %s, though a signer signed it", async (_, more, reason) => {
    const odd = await listOf(phone, root, [listed(phone), listed(tablet)], first, more)
    await refused([first, odd], reason, byIndex)
    expect(await reasonOf(verify([first, odd]))).not.toBe("taken")
  })

  test("is refused with another root inside, or another sealing key of the root's", async () => {
    const under = (other: object) => listOf(phone, root, [listed(phone), listed(tablet)], first, { root: other })
    await refused([first, await under({ signing: stranger.publicKeys.signing, sealing: root.sealing })], "another root")
    await refused([first, await under({ signing: root.publicKeys.signing, sealing: stranger.sealing })], broken)
    await refused([await listOf(stranger, stranger, [listed(phone)])], "another root")
  })

  test("is refused as another type of statement", async () => {
    await refused([await signBy(root, "signer-end", payloadOf(first))], badSignature)
    expect(await verify([await signBy(root, "signer-list", payloadOf(first))])).toMatchObject({ number: 1 })
  })

  test("has no signer twice, nor the root among them", async () => {
    for (const again of [
      listed(phone, { sealing: tablet.sealing }),
      listed(phone, { sealing: tablet.sealing, until: now }),
      listed(root, { sealing: tablet.sealing }),
    ])
      await refused([await listOf(root, root, [listed(phone), again])], "a signer twice")
  })

  test("has no sealing key twice, nor the root's among them", async () => {
    for (const again of [
      listed(tablet, { sealing: phone.sealing }),
      listed(tablet, { sealing: phone.sealing, until: now }),
      listed(tablet, { sealing: root.sealing }),
    ])
      await refused([await listOf(root, root, [listed(phone), again])], "a sealing key twice")
  })

  test("has at most as many active signers as a patient may have, and more that have ended", async () => {
    const many = await Promise.all(Array.from({ length: maxSigners + 1 }, newHolder))
    const all = many.map((each) => listed(each))
    await refused([await listOf(root, root, all)], "too many signers")
    const one = many.map((each, i) => listed(each, i === 0 ? { until: now } : {}))
    const list = await verify([await listOf(root, root, one)])
    expect(activeSigners(list.claims)).toHaveLength(maxSigners)
    expect(list.claims.signers).toHaveLength(maxSigners + 1)
  })

  test("never loses a signer, or gives one another key or another time", async () => {
    for (const signers of [
      [listed(tablet)],
      [listed(phone, { sealing: stranger.sealing }), listed(tablet)],
      [listed(stranger, { sealing: phone.sealing }), listed(tablet)],
      [listed(phone, { since: now + 1 }), listed(tablet)],
    ])
      await refused([first, await listOf(phone, root, signers, first)], leftOut)
    await refused([first, second, await listOf(tablet, root, [listed(tablet), listed(stranger)], second)], leftOut)
  })

  test("keeps a signer that has ended, and its end", async () => {
    const after = (...signers: readonly ReturnType<typeof listed>[]) =>
      listOf(tablet, root, [...signers, listed(tablet), listed(stranger)], third)
    await refused([first, second, third, await after()], leftOut)
    for (const other of [{ until: undefined }, { until: now + 6 }, { until: now + 4 }, { since: now - 1 }])
      await refused([first, second, third, await after({ ...ended(), ...other })], leftOut)
    const others = [listed(tablet, { until: now + 9 }), listed(stranger), ended()]
    expect(await verify([first, second, third, await listOf(tablet, root, others, third)])).toMatchObject({ number: 4 })
  })

  test("ends no signer before the list that it was active in", async () => {
    const since = now - 9999
    const early = await listOf(root, root, [listed(phone, { since }), listed(tablet)])
    const ending = (until: number) => listOf(tablet, root, [listed(phone, { since, until }), listed(tablet)], early)
    await refused([early, await ending(now - 241)], leftOut)
    for (const until of [now - 240, now, now + 240])
      expect(await verify([early, await ending(until)])).toMatchObject({ number: 2 })
  })

  test("ends no signer later than it was signed, or earlier than the signer began", async () => {
    const signers = [listed(phone), listed(tablet)]
    const early = await listOf(root, root, signers, undefined, { iat: now - 9999 })
    const ending = (until: number) => [listed(phone, { until }), listed(tablet)]
    for (const until of [now - 240, now, now + 240]) {
      expect(await verify([await listOf(root, root, ending(until))])).toMatchObject({ number: 1 })
      expect(await verify([early, await listOf(tablet, root, ending(until), early)])).toMatchObject({ number: 2 })
    }
    for (const until of [now - 241, now + 241, now + 315_360_000]) {
      await refused([await listOf(root, root, ending(until))], badEnd)
      await refused([early, await listOf(tablet, root, ending(until), early)], badEnd)
    }
  })

  test("has no new signer that has ended already, but by the root", async () => {
    const gone = listed(tablet, { until: now })
    await refused(
      [first, await listOf(phone, root, [listed(phone), gone], first)],
      "a signer that ended before it began",
    )
    expect(await verify([await listOf(root, root, [listed(phone), gone])])).toMatchObject({ number: 1 })
  })

  test("travels only as long as an index entry can hold it", () => {
    const list = (length: number) => `a.${"b".repeat(length - 4)}.c`
    expect(signerLists.safeParse([list(32_768), list(32_768)]).success).toBe(true)
    expect(signerLists.safeParse([list(32_768), list(32_767), list(6)]).success).toBe(false)
    expect(signerLists.safeParse([list(32_769)]).success).toBe(false)
    expect(signerLists.safeParse([]).success).toBe(false)
    expect(signerLists.safeParse(Array.from({ length: maxSignerLists }, () => list(10))).success).toBe(true)
    expect(signerLists.safeParse(Array.from({ length: maxSignerLists + 1 }, () => list(10))).success).toBe(false)
  })
})

const payloadOf = (compact: string): object =>
  JSON.parse(Buffer.from(compact.split(".")[1] ?? "", "base64url").toString())
describe("what is known of the signers", () => {
  const known = ({ number, hash }: SignerList) => ({ number, hash })
  const older = (list: SignerList, of: SignerList | undefined) => () =>
    verifyNotOlder(list, of === undefined ? undefined : known(of))

  test("is nothing, the same list, or one that the newest leads through", async () => {
    const [one, two, three] = await Promise.all(
      [[first], [first, second], [first, second, third]].map((c) => verify(c)),
    )
    for (const earlier of [undefined, one, two, three]) expect(older(three!, earlier)).not.toThrow()
    for (const later of [two, three]) expect(older(one!, later)).toThrow("signers-invalid")
    expect(older(two!, three)).toThrow("signers-invalid")
  })

  test("isn't outrun by a device that was ended and signs on from the list before", async () => {
    const honest = await verify([first, second, third])
    const fork = await listOf(phone, root, [listed(phone), listed(tablet, { until: now })], second)
    const joined = [listed(phone), listed(tablet, { until: now }), listed(stranger)]
    const further = await listOf(phone, root, joined, fork)
    const forked = await verify([first, second, fork])
    const longer = await verify([first, second, fork, further])
    expect(longer.number).toBeGreaterThan(honest.number)
    expect(older(forked, honest)).toThrow()
    expect(older(longer, honest)).toThrow()
    expect(older(longer, forked)).not.toThrow()
  })

  test("is overruled by a later list of the root's, and by no earlier one or one of the same number", async () => {
    const honest = await verify([first, second, third])
    const later = await listOf(root, root, [listed(tablet)], third)
    expect(older(await verify([later]), honest)).not.toThrow()
    expect(older(honest, await verify([later]))).toThrow()
    const same = await listOf(root, root, [listed(tablet)], second)
    expect(older(await verify([same]), honest)).toThrow()
    const after = await listOf(tablet, root, [listed(tablet), listed(stranger)], same)
    expect(older(await verify([same, after]), honest)).toThrow()
  })
})

describe("who may sign", () => {
  let list: SignerList
  beforeAll(async () => {
    list = await verify([first, second, third])
  })

  test("is an active signer, for the type that is asked for", async () => {
    const halt = await signBy(tablet, "halt", { grantId: patientId })
    expect(await verifyBySigner(halt, "halt", list)).toMatchObject({ grantId: patientId })
    await expect(verifyBySigner(halt, "deactivation", list)).rejects.toThrow()
    await expect(verifyBySigner(tampered(halt, { iat: now + 1 }), "halt", list)).rejects.toThrow()
  })

  test("isn't one whom a statement has ended, though the list has them active", async () => {
    const halt = await signBy(tablet, "halt", { grantId: patientId })
    const by = (...ended: readonly Holder[]) => verifyBySigner(halt, "halt", list, new Set(ended.map(({ id }) => id)))
    await expect(by(phone, tablet)).rejects.toThrow("by somebody who was ended")
    expect(await by(phone)).toMatchObject({ grantId: patientId })
  })

  test("isn't one who was ended, a stranger, or the root itself", async () => {
    for (const by of [phone, stranger, root]) {
      const statement = await signBy(by, "halt", { grantId: patientId })
      await expect(verifyBySigner(statement, "halt", list)).rejects.toThrow(nobody)
      const forged = await signBy(by, "halt", { grantId: patientId }, tablet.id)
      await expect(verifyBySigner(forged, "halt", list)).rejects.toThrow(badSignature)
    }
  })

  test("was also one who was ended, as far as they signed before: of kept evidence", async () => {
    const at = (iat: number) => signBy(phone, "consent", { iat })
    expect(await verifyByEarlierSigner(await at(now + 5), "consent", list)).toMatchObject({ iat: now + 5 })
    expect(
      await verifyByEarlierSigner(await signBy(tablet, "consent", { iat: now + 99 }), "consent", list),
    ).toBeDefined()
    // Two clocks may be apart: what a device signed that was ahead, just before its end, stays evidence.
    expect(await verifyByEarlierSigner(await at(now + 5 + 240), "consent", list)).toBeDefined()
    await expect(verifyByEarlierSigner(await at(now + 5 + 241), "consent", list)).rejects.toThrow(nobody)
    expect(await verifyByEarlierSigner(await at(now - 240), "consent", list)).toBeDefined()
    await expect(verifyByEarlierSigner(await at(now - 241), "consent", list)).rejects.toThrow(nobody)
    await expect(verifyByEarlierSigner(await at(now), "halt", list)).rejects.toThrow()
    await expect(
      verifyByEarlierSigner(await signBy(phone, "consent", { iat: null }), "consent", list),
    ).rejects.toThrow()
    for (const by of [stranger, root])
      await expect(verifyByEarlierSigner(await signBy(by, "consent", {}), "consent", list)).rejects.toThrow(nobody)
    await expect(verifyByEarlierSigner(tampered(await at(now), { iat: now + 1 }), "consent", list)).rejects.toThrow()
  })
})

describe("a verified list", () => {
  test("says who let in whom, which list of the root's it goes back to, and when that was signed", async () => {
    const list = await verify([first, second, third])
    expect([...list.letInBy]).toEqual([
      [phone.id, root.id],
      [tablet.id, phone.id],
    ])
    expect(list.begunAt).toBe(now)
    expect(rootNumber(list)).toBe(1)
    const later = await verify([await listOf(root, root, [listed(phone)], third, { number: 19, iat: now + 500 })])
    expect(later).toMatchObject({ begunAt: now + 500, byRoot: true })
    expect(rootNumber(later)).toBe(19)
    expect(rootNumber({ line: [], number: 7 })).toBe(7)
  })

  test("has overruled what was signed more than 240 s before the root's list", () => {
    expect(isOverruled({ begunAt: now }, { iat: now - 241 })).toBe(true)
    for (const iat of [now - 240, now, now + 1000]) expect(isOverruled({ begunAt: now }, { iat })).toBe(false)
  })

  test("has a signer by its name, active or ended, and nobody else", async () => {
    const list = await verify([first, second, third])
    for (const name of [phone.id, tablet.id]) expect(await isListed(list, name)).toBe(true)
    for (const name of [root.id, stranger.id, undefined]) expect(await isListed(list, name)).toBe(false)
  })

  test("leaves behind what was written by who is ended on it, and what was shown before the root's list", async () => {
    const [before, list] = [await verify([first, second]), await verify([first, second, third])]
    const shown = { number: 2, by: phone.id }
    expect(await leavesBehind(list, shown)).toBe(true)
    expect(await leavesBehind(before, shown)).toBe(false)
    expect(await leavesBehind(list, { number: 2, by: tablet.id })).toBe(false)
    expect(await leavesBehind(list, { number: 2, by: undefined })).toBe(false)
    const later = await verify([await listOf(root, root, [listed(phone)], third, { number: 19 })])
    for (const by of [phone.id, tablet.id, undefined]) expect(await leavesBehind(later, { number: 18, by })).toBe(true)
    expect(await leavesBehind(later, { number: 19, by: tablet.id })).toBe(false)
    const line = [later.line[0], { number: 20, hash: aHash("N") }].flatMap((each) => each ?? [])
    expect(await leavesBehind({ ...later, line }, { number: 19, by: tablet.id })).toBe(false)
  })
})
