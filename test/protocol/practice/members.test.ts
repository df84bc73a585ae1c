import { beforeAll, describe, expect, test } from "vitest"
import { toBase64url } from "../../../protocol/crypto/bytes.ts"
import { canonicalHash } from "../../../protocol/crypto/canonical.ts"
import { randomBytes } from "../../../protocol/crypto/primitives.ts"
import { generateKeyPairs, type KeyPairs, publicKeysOf, thumbprint } from "../../../protocol/keys.ts"
import {
  type Member,
  maxListedMembers,
  maxMembers,
  type PracticeChange,
  type Role,
} from "../../../protocol/practice/claims.ts"
import {
  changedMember,
  listedMembers,
  type MemberList,
  needsNewKeys,
  verifyChange,
  verifyInvitation,
  verifyMembers,
} from "../../../protocol/practice/members.ts"
import { sealingKeyThumbprint } from "../../../protocol/sealing.ts"
import { clocksApart } from "../../../protocol/signed-time.ts"
import { statementHash } from "../../../protocol/statement.ts"
import { signForPractice } from "../../../sdk/practice/signed-change.ts"

const place = { cloudId: "cloud.example", practiceId: "A".repeat(22) }
const now = Math.floor(Date.now() / 1000)
const ids = { owner: `${"B".repeat(21)}A`, clinician: `${"C".repeat(21)}A`, reception: `${"D".repeat(21)}A` }
let root: KeyPairs
let keys: Record<Role, KeyPairs>
let stranger: KeyPairs
let fingerprint: string
let rootListed: object
let members: Record<Role, Member>
let first: string

const pair = () => generateKeyPairs({ extractable: false })
const asMember = async (role: Role, of: KeyPairs): Promise<Member> => {
  const { signing, sealing } = await publicKeysOf(of)
  return { memberId: ids[role], role, signing, sealing: await sealingKeyThumbprint(sealing), since: now }
}
const list = (number: number, previous: string | null, all: readonly Member[], by: KeyPairs, more: object = {}) =>
  signForPractice(place, by, "member-list", { number, previous, root: rootListed, members: all, ...more })
const verified = (...lists: readonly string[]) => verifyMembers(lists, { ...place, fingerprint })
const second = async (all: readonly Member[], by: KeyPairs, more: object = {}) =>
  verified(first, await list(2, await statementHash(first), all, by, more))

beforeAll(async () => {
  const [of, owner, clinician, reception, other] = await Promise.all([pair(), pair(), pair(), pair(), pair()])
  root = of
  keys = { owner, clinician, reception }
  stranger = other
  const { signing, sealing } = await publicKeysOf(root)
  fingerprint = await thumbprint(signing)
  rootListed = { signing, sealing: await sealingKeyThumbprint(sealing) }
  members = {
    owner: await asMember("owner", owner),
    clinician: await asMember("clinician", clinician),
    reception: await asMember("reception", reception),
  }
  first = await list(1, null, [members.owner], root)
})

describe("a practice's lists of members", () => {
  test("lead from the root over its owners to whoever works there", async () => {
    const newest = await second([members.owner, members.clinician, members.reception], keys.owner)
    expect(newest.claims.members.map(({ role }) => role)).toEqual(["owner", "clinician", "reception"])
    expect(newest.number).toBe(2)
  })

  test("are verified on from one that is known", async () => {
    const known = await verified(first)
    const next = await list(2, known.hash, [members.owner, members.clinician], keys.owner)
    expect((await verifyMembers([next], { ...place, fingerprint }, known)).number).toBe(2)
    expect(await verifyMembers([], { ...place, fingerprint }, known)).toBe(known)
  })

  test("have room for 64 who work there, however many have left: who left first makes room for who is new", async () => {
    const many = async (count: number, until?: number): Promise<Member[]> =>
      Promise.all(
        Array.from({ length: count }, async (_, i) => ({
          ...(await asMember("clinician", await pair())),
          memberId: toBase64url(randomBytes(16)),
          ...(until !== undefined && { until: until + i }),
        })),
      )
    const left = await many(maxListedMembers - 1, now)
    const fullList = await list(1, null, [members.owner, ...left], root)
    const known = await verified(fullList)
    const next = async (all: readonly Member[]) => verified(fullList, await list(2, known.hash, all, keys.owner))
    const added = [members.owner, ...left, members.clinician]
    const kept = listedMembers(added)
    expect(kept).toEqual([members.owner, ...left.slice(1), members.clinician])
    expect((await next(kept)).claims.members).toHaveLength(maxListedMembers)
    const [, , ...others] = left
    for (const wrong of [
      [members.owner, ...left.slice(1)],
      [members.owner, left[0] ?? members.owner, ...others, members.clinician],
      [members.owner, ...others, members.clinician],
      [...left, members.clinician],
    ])
      await expect(next(wrong)).rejects.toMatchObject({ code: "members-invalid" })
    const active = await many(maxMembers)
    await expect(verified(await list(1, null, [members.owner, ...active], root))).rejects.toMatchObject({
      code: "members-invalid",
    })
    expect((await verified(await list(1, null, [members.owner, ...active.slice(1)], root))).number).toBe(1)
    expect(fullList.length).toBeLessThan(64 * 1024)
  })

  test("of another practice, cloud or root, or that begin otherwise than by the root, are refused", async () => {
    const wrong = [
      [],
      [await list(1, null, [members.owner], keys.owner)],
      [await list(1, null, [members.owner], stranger)],
      [await list(2, null, [members.owner], root)],
      [await list(1, "A".repeat(43), [members.owner], root)],
      [await list(1, null, [members.owner], root, { practiceId: ids.owner })],
      [await list(1, null, [members.owner], root, { aud: "other.example" })],
      [await list(1, null, [members.clinician], root)],
      [await list(1, null, [members.owner], root, { root: { ...rootListed, signing: members.owner.signing } })],
    ]
    for (const lists of wrong) await expect(verified(...lists)).rejects.toMatchObject({ code: "members-invalid" })
  })

  test("that somebody else than an owner signed, or that leave out, change or bring back a member, are refused", async () => {
    const { owner, clinician, reception } = members
    const three = await list(2, await statementHash(first), [owner, clinician, reception], keys.owner)
    const third = async (all: readonly Member[], by: KeyPairs) =>
      verified(first, three, await list(3, await statementHash(three), all, by))
    const until = now + 1
    const gone = { ...clinician, until }
    const refused = [
      () => third([owner, clinician, reception], keys.clinician),
      () => third([owner, clinician, reception], stranger),
      () => third([owner, reception], keys.owner),
      () => third([owner, { ...clinician, signing: reception.signing }, reception], keys.owner),
      () => third([owner, { ...clinician, sealing: "A".repeat(43) }, reception], keys.owner),
      () => third([owner, { ...clinician, since: now - 1 }, reception], keys.owner),
      () => third([{ ...owner, until }, clinician, reception], keys.owner),
      () => third([owner, { ...clinician, until: now + 10_000 }, reception], keys.owner),
    ]
    for (const each of refused) await expect(each()).rejects.toMatchObject({ code: "members-invalid" })
    expect((await third([owner, gone, reception], keys.owner)).number).toBe(3)
    expect((await third([owner, { ...clinician, role: "owner" }, reception], root)).number).toBe(3)

    const ended = await list(3, await statementHash(three), [owner, gone, reception], keys.owner)
    const back = await list(4, await statementHash(ended), [owner, clinician, reception], keys.owner)
    await expect(verified(first, three, ended, back)).rejects.toMatchObject({ code: "members-invalid" })
  })

  test("that don't follow the one before by number and hash, or are of another root, are refused", async () => {
    const { owner, clinician } = members
    const all = [owner, clinician]
    const previous = await statementHash(first)
    const other = `${"O".repeat(42)}A`
    const wrong = [
      await list(3, previous, all, keys.owner),
      await list(2, other, all, keys.owner),
      await list(2, null, all, keys.owner),
      await list(2, previous, all, keys.owner, { root: { ...rootListed, sealing: other } }),
    ]
    for (const next of wrong) await expect(verified(first, next)).rejects.toMatchObject({ code: "members-invalid" })
    expect((await verified(first, await list(2, previous, all, keys.owner))).number).toBe(2)
  })

  test("tell of an end no earlier than who left came, and no later than they were signed, but for two clocks", async () => {
    const { owner, clinician } = members
    const two = await list(2, await statementHash(first), [owner, clinician], keys.owner)
    const ending = async (until: number) => {
      const all = [owner, { ...clinician, until }]
      return verified(first, two, await list(3, await statementHash(two), all, keys.owner, { iat: now }))
    }
    for (const until of [clinician.since - clocksApart, clinician.since, now + clocksApart])
      expect((await ending(until)).number, `${until - now}`).toBe(3)
    for (const until of [clinician.since - clocksApart - 1, now + clocksApart + 1])
      await expect(ending(until), `${until - now}`).rejects.toMatchObject({ code: "members-invalid" })
  })

  test("tell of who left what the list told in which they did, also where the root signs", async () => {
    const { owner, clinician } = members
    const two = await list(2, await statementHash(first), [owner, clinician], keys.owner)
    const gone = { ...clinician, until: now }
    const three = await list(3, await statementHash(two), [owner, gone], keys.owner)
    const fourth = async (later: Member) =>
      verified(first, two, three, await list(4, await statementHash(three), [owner, later], root))
    for (const later of [
      { ...gone, role: "owner" as const },
      { ...gone, until: now + 1 },
      { ...(await asMember("clinician", stranger)), until: now },
    ])
      await expect(fourth(later)).rejects.toMatchObject({ code: "members-invalid" })
    expect((await fourth(gone)).number).toBe(4)
  })

  test("in which a key or an id stands twice, or somebody new has left already, are refused", async () => {
    const { owner, clinician, reception } = members
    const wrong = [
      [owner, { ...clinician, memberId: owner.memberId }],
      [owner, { ...clinician, signing: owner.signing }],
      [owner, { ...clinician, sealing: owner.sealing }],
      [owner, { ...clinician, until: now + 1 }],
      [owner, clinician, reception, { ...reception, memberId: `${"E".repeat(21)}A` }],
    ]
    for (const all of wrong) await expect(second(all, keys.owner)).rejects.toMatchObject({ code: "members-invalid" })
  })
})

describe("a change", () => {
  let newest: MemberList
  beforeAll(async () => {
    newest = await second([members.owner, members.clinician, members.reception], keys.owner)
  })
  const entry = { version: 1, epoch: 1, hash: "A".repeat(43) }
  const content = {
    recordId: ids.owner,
    version: 1,
    objectId: ids.owner,
    replaces: null,
    category: "summary",
    epoch: 1,
    size: 1,
    sha256: "A".repeat(43),
    wrappedKey: "A".repeat(54),
    metadata: "a..b.c.d",
  } as const
  const file = (of: typeof content | null): PracticeChange => ({ kind: "file", fileId: ids.owner, entry, content: of })
  const change = async (by: KeyPairs, said: PracticeChange, more: object = {}) =>
    verifyChange(
      await signForPractice(place, by, "practice-change", {
        number: 2,
        previous: "A".repeat(43),
        skips: [],
        members: { number: newest.number, hash: newest.hash },
        keys: await canonicalHash({}),
        change: said,
        ...more,
      }),
      place,
      newest,
    )

  test("is made by whom its role lets make it, and says by whom", async () => {
    expect((await change(keys.owner, { kind: "members" })).by.memberId).toBe(ids.owner)
    expect((await change(keys.clinician, file(content))).by.role).toBe("clinician")
    expect((await change(keys.reception, file(null))).by.role).toBe("reception")
  })

  test("of clinical content by the reception, and of members by others than owners, is refused", async () => {
    await expect(change(keys.reception, file(content))).rejects.toThrow()
    for (const by of [keys.clinician, keys.reception, root, stranger])
      for (const said of [{ kind: "members" }, { kind: "beginning" }] as const)
        await expect(change(by, said)).rejects.toThrow()
  })

  test("of another practice or cloud, or under another list, is refused", async () => {
    for (const more of [
      { practiceId: ids.clinician },
      { aud: "other.example" },
      { members: { number: 1, hash: newest.hash } },
      { members: { number: newest.number, hash: "B".repeat(43).replace(/B$/, "A") } },
    ])
      await expect(change(keys.owner, file(null), more)).rejects.toThrow()
  })

  test("by a member who has left is refused", async () => {
    const left = { ...members.clinician, until: now + 1 }
    const known = newest
    const next = await list(3, known.hash, [members.owner, left, members.reception], keys.owner)
    newest = await verifyMembers([next], { ...place, fingerprint }, known)
    await expect(change(keys.clinician, file(null))).rejects.toThrow()
    expect((await change(keys.reception, file(null))).by.role).toBe("reception")
    newest = known
  })
})

describe("an invitation", () => {
  const said = { invitationId: ids.reception, memberId: ids.clinician, role: "clinician", expiresAt: now + 60 }
  const invitation = (by: KeyPairs, more: object = {}) =>
    signForPractice(place, by, "practice-invitation", { ...said, ...more })

  test("is what the owner with this key said for this practice, in this cloud", async () => {
    const by = members.owner.signing
    expect(await verifyInvitation(await invitation(keys.owner), place, by)).toMatchObject(said)
    for (const wrong of [
      invitation(keys.clinician),
      invitation(keys.owner, { aud: "other.example" }),
      invitation(keys.owner, { practiceId: ids.owner }),
      list(1, null, [members.owner], keys.owner),
    ])
      await expect(wrong.then((compact) => verifyInvitation(compact, place, by))).rejects.toThrow()
  })
})

describe("a list by the root", () => {
  test("may give somebody other keys, and one by an owner may not", async () => {
    const { owner, clinician, reception } = members
    const lists = [first, await list(2, await statementHash(first), [owner, clinician], keys.owner)]
    const other = { ...(await asMember("clinician", stranger)), since: now + 5 }
    const third = async (all: readonly Member[], by: KeyPairs) => list(3, await statementHash(lists[1] ?? ""), all, by)
    const recovered = await verified(...lists, await third([owner, other], root))
    expect(recovered.claims.members[1]?.sealing).toBe(other.sealing)
    const before = await verified(...lists)
    const changed = changedMember(before.claims, recovered.claims)
    expect(changed && needsNewKeys(changed)).toBe(true)
    for (const wrong of [
      await third([owner, other], keys.owner),
      await third([owner, { ...other, role: "owner" }], root),
      await third([owner, { ...other, until: now + 6 }], root),
    ])
      await expect(verified(...lists, wrong)).rejects.toMatchObject({ code: "members-invalid" })
    expect(changedMember(before.claims, { members: [owner, clinician, reception] })).toEqual({
      before: undefined,
      later: reception,
    })
  })

  test("needs new keys where somebody left or may see less, and none where somebody came or may see more", () => {
    const { owner, clinician, reception } = members
    const change = (before: Member | undefined, later: Member) => needsNewKeys({ before, later })
    expect(change(undefined, reception)).toBe(false)
    expect(change(clinician, { ...clinician, role: "owner" })).toBe(false)
    expect(change(owner, { ...owner, role: "clinician" })).toBe(false)
    expect(change(reception, { ...reception, role: "clinician" })).toBe(false)
    expect(change(clinician, { ...clinician, role: "reception" })).toBe(true)
    expect(change(reception, { ...reception, until: now })).toBe(true)
    expect(change(reception, reception)).toBe(false)
    expect(changedMember({ members: [owner, clinician] }, { members: [owner, clinician] })).toBeUndefined()
    expect(changedMember({ members: [owner] }, { members: [owner, clinician, reception] })).toBeUndefined()
    for (const later of [
      { ...clinician, role: "owner" as const },
      { ...clinician, until: now },
      { ...clinician, sealing: reception.sealing },
      { ...clinician, signing: reception.signing },
    ])
      expect(changedMember({ members: [owner, clinician] }, { members: [owner, later] })).toEqual({
        before: clinician,
        later,
      })
  })
})
