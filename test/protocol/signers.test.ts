import { beforeAll, describe, expect, test } from "vitest"
import { endingSignerLists, maxSignerLists, maxSigners, signerLists } from "../../protocol/claims.ts"
import {
  activeSigners,
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
  integrityOf,
  listed,
  listOf,
  newHolder,
  now,
  patientId,
  signBy,
  tampered,
} from "./people.ts"

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
const refused = async (chain: readonly string[]) => expect(await integrityOf(verify(chain))).toBe("signers-invalid")

beforeAll(async () => {
  ;[root, phone, tablet, stranger] = await Promise.all([newHolder(), newHolder(), newHolder(), newHolder()])
  first = await listOf(root, root, [listed(phone)])
  second = await listOf(phone, root, [listed(phone), listed(tablet)], first)
  third = await listOf(tablet, root, [listed(phone, { until: now + 5 }), listed(tablet)], second)
})

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

  test("is refused where it is empty, out of order, cut at its beginning, doubled or too long", async () => {
    for (const chain of [[], [second], [second, first], [first, third], [first, first], [first, second, second]])
      await refused(chain)
    const { chain, others } = await fullChain()
    expect(await verify(chain)).toMatchObject({ number: maxSignerLists })
    const ended = others.map((each, i) => listed(each, i <= endingSignerLists ? { until: now } : {}))
    await refused([...chain, await listOf(phone, root, [listed(phone), ...ended], chain.at(-1))])
  })

  test("ends somebody by each of its last lists, so that no additions keep a signer from being ended", async () => {
    const { chain, others } = await fullChain()
    const added = chain.slice(0, maxSignerLists - endingSignerLists)
    const all = [phone, ...others, stranger].map((each) => listed(each))
    await refused([...added, await listOf(phone, root, all, added.at(-1))])
    const early = [phone, ...others.slice(0, -1), stranger].map((each) => listed(each))
    expect(await verify([...added.slice(0, -1), await listOf(phone, root, early, added.at(-2))])).toBeDefined()
  })

  test("is refused with a list that changes nothing, by which a signer could use up the chain", async () => {
    await refused([first, await listOf(phone, root, [listed(phone)], first)])
    await refused([first, second, await listOf(tablet, root, [listed(tablet), listed(phone)], second)])
    const ended = [listed(phone, { until: now + 5 }), listed(tablet)]
    await refused([first, second, third, await listOf(tablet, root, ended, third)])
  })

  test("is refused for another fingerprint, cloud or patient", async () => {
    const chain = [first, second]
    for (const expected of [
      { fingerprint: stranger.id, cloudId, patientId },
      { fingerprint: phone.id, cloudId, patientId },
      { fingerprint: root.id, record: { cloudId: "other.example", patientId } },
      { fingerprint: root.id, record: { cloudId, patientId: "kJGSk5SVlpeYmZqbnJ2enw" } },
    ])
      expect(await integrityOf(verifySigners(chain, expected))).toBe("signers-invalid")
  })

  test("is refused with a list whose signature is of somebody else, or that has no name", async () => {
    for (const by of [stranger, phone]) {
      await refused([await listOf(by, root, [listed(phone)])])
      await refused([await signBy(by, "signer-list", payloadOf(first), root.id)])
    }
    await refused([first, await listOf(stranger, root, [listed(phone)], first)])
    await refused([first, await listOf(tablet, root, [listed(phone)], first)])
    const named = await signBy(phone, "signer-list", payloadOf(second))
    const unnamed = await signStatement({
      typ: "signer-list",
      alg: "ES256",
      privateKey: phone.keys.signing.privateKey,
      payload: payloadOf(second),
    })
    expect(await verify([first, named])).toMatchObject({ number: 2 })
    await refused([first, unnamed])
  })

  test("is refused with a list of the root's in the middle: it would begin a chain of its own", async () => {
    await refused([first, await listOf(root, root, [listed(phone), listed(tablet)], first)])
  })

  test("is refused by whoever was ended, or isn't listed yet", async () => {
    await refused([first, second, third, await listOf(phone, root, [listed(phone), listed(tablet)], third)])
    await refused([first, await listOf(tablet, root, [listed(phone), listed(tablet)], first)])
  })

  test("is refused with any claim changed under the signature", async () => {
    for (const change of [
      { number: 3 },
      { previous: null },
      { previous: aHash("x") },
      { patientId: "kJGSk5SVlpeYmZqbnJ2enw" },
      { aud: "other.example" },
      { iat: now + 1 },
      { jti: "kJGSk5SVlpeYmZqbnJ2enw" },
      { signers: [listed(stranger)] },
      { root: { signing: root.publicKeys.signing, sealing: aHash("x") } },
      { more: 1 },
    ])
      await refused([first, tampered(second, change)])
  })

  test.each<[string, object]>([
    ["another number", { number: 4 }],
    ["the same number", { number: 1 }],
    ["another list before it", { previous: aHash("x") }],
    ["no list before it", { previous: null }],
    ["another cloud", { aud: "other.example" }],
    ["another patient", { patientId: "kJGSk5SVlpeYmZqbnJ2enw" }],
    ["a claim more", { more: 1 }],
  ])("is refused with %s, though a signer signed it", async (_, more) => {
    const odd = await listOf(phone, root, [listed(phone)], first, more)
    await refused([first, odd])
    expect(await integrityOf(verifySigners([first, odd], { fingerprint: root.id }))).toBe("signers-invalid")
  })

  test("is refused with another root inside, or another sealing key of the root's", async () => {
    const roots = [
      { signing: stranger.publicKeys.signing, sealing: root.sealing },
      { signing: root.publicKeys.signing, sealing: stranger.sealing },
    ]
    for (const other of roots)
      await refused([first, await listOf(phone, root, [listed(phone)], first, { root: other })])
    await refused([await listOf(stranger, stranger, [listed(phone)])])
  })

  test("is refused as another type of statement", async () => {
    await refused([await signBy(root, "manifest", payloadOf(first))])
  })

  test("has no signer twice, nor the root among them", async () => {
    await refused([await listOf(root, root, [listed(phone), listed(phone)])])
    await refused([await listOf(root, root, [listed(phone), listed(phone, { until: now })])])
    await refused([await listOf(root, root, [listed(phone), listed(root)])])
  })

  test("has no sealing key twice, nor the root's among them", async () => {
    await refused([await listOf(root, root, [listed(phone), listed(tablet, { sealing: phone.sealing })])])
    const ended = listed(tablet, { sealing: phone.sealing, until: now })
    await refused([await listOf(root, root, [listed(phone), ended])])
    await refused([await listOf(root, root, [listed(phone, { sealing: root.sealing })])])
  })

  test("has at most as many active signers as a patient may have, and more that have ended", async () => {
    const many = await Promise.all(Array.from({ length: maxSigners + 1 }, newHolder))
    await refused([
      await listOf(
        root,
        root,
        many.map((each) => listed(each)),
      ),
    ])
    const one = many.map((each, i) => listed(each, i === 0 ? { until: now } : {}))
    const list = await verify([await listOf(root, root, one)])
    expect(activeSigners(list.claims)).toHaveLength(maxSigners)
    expect(list.claims.signers).toHaveLength(maxSigners + 1)
  })

  test("never loses a signer, gives one another key or another time, or takes an end back", async () => {
    const ended = listed(phone, { until: now + 5 })
    for (const signers of [
      [listed(tablet)],
      [listed(phone), listed(tablet)],
      [{ ...ended, until: now + 6 }, listed(tablet)],
      [{ ...ended, until: now + 4 }, listed(tablet)],
      [{ ...ended, since: now - 1 }, listed(tablet)],
      [{ ...ended, sealing: stranger.sealing }, listed(tablet)],
      [ended, listed(tablet, { sealing: stranger.sealing })],
      [ended, listed(tablet, { since: now + 1 })],
      [ended],
    ])
      await refused([first, second, third, await listOf(tablet, root, signers, third)])
    const others = [listed(tablet, { until: now + 9 }), listed(stranger), ended]
    expect(await verify([first, second, third, await listOf(tablet, root, others, third)])).toMatchObject({ number: 4 })
  })

  test("ends no signer later than it was signed, earlier than the signer began, or before the list that it was active in", async () => {
    const early = await listOf(root, root, [listed(phone), listed(tablet)])
    const ending = async (until: number) => listOf(tablet, root, [listed(phone, { until }), listed(tablet)], early)
    for (const until of [now - 240, now, now + 240])
      expect(await verify([early, await ending(until)])).toMatchObject({ number: 2 })
    for (const until of [now - 241, now + 241, now + 315_360_000]) await refused([early, await ending(until)])
    for (const until of [now - 241, now + 241])
      await refused([await listOf(root, root, [listed(phone, { until }), listed(tablet)])])
  })

  test("has no new signer that has ended already, but by the root", async () => {
    const ended = listed(tablet, { until: now })
    await refused([first, await listOf(phone, root, [listed(phone), ended], first)])
    expect(await verify([await listOf(root, root, [listed(phone), ended])])).toMatchObject({ number: 1 })
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
    for (const of of [undefined, one, two, three]) expect(older(three!, of)).not.toThrow()
    for (const of of [two, three]) expect(older(one!, of)).toThrow("signers-invalid")
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

  test("isn't one who was ended, a stranger, or the root itself", async () => {
    for (const by of [phone, stranger, root]) {
      const statement = await signBy(by, "halt", { grantId: patientId })
      await expect(verifyBySigner(statement, "halt", list)).rejects.toThrow()
      await expect(verifyBySigner(await signBy(by, "halt", {}, tablet.id), "halt", list)).rejects.toThrow()
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
    await expect(verifyByEarlierSigner(await at(now + 5 + 241), "consent", list)).rejects.toThrow()
    expect(await verifyByEarlierSigner(await at(now - 240), "consent", list)).toBeDefined()
    await expect(verifyByEarlierSigner(await at(now - 241), "consent", list)).rejects.toThrow()
    await expect(verifyByEarlierSigner(await at(now), "halt", list)).rejects.toThrow()
    await expect(
      verifyByEarlierSigner(await signBy(phone, "consent", { iat: null }), "consent", list),
    ).rejects.toThrow()
    for (const by of [stranger, root])
      await expect(verifyByEarlierSigner(await signBy(by, "consent", {}), "consent", list)).rejects.toThrow()
    await expect(verifyByEarlierSigner(tampered(await at(now), { iat: now + 1 }), "consent", list)).rejects.toThrow()
  })
})
