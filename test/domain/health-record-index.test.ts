import { beforeEach, describe, expect, test } from "vitest"
import { lookUp, putEntry, removeEntry } from "../../functions/domain/health-record-index.ts"
import { claimsOf } from "../../functions/domain/statements.ts"
import { locatorHash } from "../../protocol/card.ts"
import { toBase64url } from "../../protocol/crypto/bytes.ts"
import { statementHash } from "../../protocol/statement.ts"
import { callAt, newId } from "../fakes/call.ts"
import { noon, refusalOf } from "../fakes/cloud.ts"
import { memoryIndexEntries } from "../fakes/index-entries.ts"
import { PortCalls } from "../fakes/port-calls.ts"
import { registration } from "../kit/patients.ts"
import { someJwe } from "../kit/sealed.ts"
import { firstSigners, listedSigner, nextSigners, signedBy, stampAt, type TestPatient } from "../kit/statements.ts"

/** Of any cloud: the index knows none. */
const somewhere = { cloud: { cloudId: "cloud.example", title: "Example Cloud" }, now: noon }
const here = { cloud: { cloudId: "index.example", title: "" }, now: noon }
interface Owner {
  readonly patient: TestPatient
  readonly signers: readonly string[]
}
const someOwner = async (email: string): Promise<Owner> => {
  const { patient, request } = await registration(somewhere, email)
  return { patient, signers: request.signers }
}
const [owner, stranger] = [await someOwner("anna@example.org"), await someOwner("mallory@example.org")]
const locator = new Uint8Array(16).fill(3)
const hash = await locatorHash(locator)
const call = callAt(noon)

let memory: ReturnType<typeof memoryIndexEntries>
let index: { entries: ReturnType<typeof memoryIndexEntries>["entries"]; hriId: string }
beforeEach(() => {
  memory = memoryIndexEntries()
  index = { entries: memory.entries, hriId: "index.example" }
})

/** The statement after `before`, by the owner's device; `claims` may override anything. */
const signed = async (before: string | null, claims: object = {}, by: Owner = owner): Promise<string> => {
  const { sequence } = before === null ? { sequence: 0 } : claimsOf("hri-entry", before)
  return signedBy(by.patient, here, "hri-entry", {
    patientId: undefined,
    locatorHash: hash,
    sequence: sequence + 1,
    parent: before === null ? null : await statementHash(before),
    signers: by.signers,
    action: "put",
    entry: someJwe,
    ...claims,
  })
}
const removal = (before: string | null, by = owner) => signed(before, { action: "remove", entry: undefined }, by)
const put = (statement: string) => putEntry(index, { statement }, call)
const remove = (statement: string) => removeEntry(index, { statement }, call)
const look = (of: string = toBase64url(locator)) => lookUp(index, { locator: of })
const refused = async (attempt: () => Promise<unknown>, code: string) => {
  const before = memory.snapshot()
  expect(await refusalOf(attempt())).toBe(code)
  expect(memory.snapshot()).toEqual(before)
}

describe("the index", () => {
  test("leads from a locator to the newest entry of its owner", async () => {
    const first = await signed(null)
    const second = await signed(first)
    expect(await put(first)).toEqual({})
    expect(await look()).toEqual({ statement: first })
    await put(second)
    expect(await look()).toEqual({ statement: second })
  })

  test("keeps neither the locator nor a name; of the owner the fingerprint and the newest list", async () => {
    const statement = await signed(null)
    await put(statement)
    expect(JSON.stringify(memory.snapshot())).not.toContain(toBase64url(locator))
    expect(Object.values(memory.snapshot())).toEqual([
      {
        locatorHash: hash,
        owner: owner.patient.fingerprint,
        sequence: 1,
        statementHash: await statementHash(statement),
        signers: { number: 1, hash: await statementHash(owner.signers[0] ?? "") },
        statement,
      },
    ])
  })

  test("says the same of a locator it never knew and of one whose entry was removed", async () => {
    await refused(() => look(), "hri-entry-unknown")
    const first = await signed(null)
    await put(first)
    await remove(await removal(first))
    await refused(() => look(), "hri-entry-unknown")
  })

  test("takes the same statement again, however late, and changes nothing", async () => {
    const statement = await signed(null)
    await put(statement)
    const before = memory.snapshot()
    expect(await put(statement)).toEqual({})
    expect(await putEntry(index, { statement }, callAt(new Date(noon.getTime() + 3_600_000)))).toEqual({})
    expect(memory.snapshot()).toEqual(before)
    const gone = await removal(statement)
    await remove(gone)
    const after = memory.snapshot()
    expect(await remove(gone)).toEqual({})
    expect(memory.snapshot()).toEqual(after)
  })

  test("answers the same statement sent twice at once alike", async () => {
    const statement = await signed(null)
    const calls = new PortCalls()
    index = { ...index, entries: calls.watch("entries", memory.entries) }
    calls.before("entries.put", () => put(statement))
    expect(await put(statement)).toEqual({})
  })

  test("refuses whatever doesn't follow the newest entry: by number, by parent, or by both", async () => {
    const first = await signed(null)
    await put(first)
    const second = await signed(first)
    await put(second)
    const hashes = { first: await statementHash(first), second: await statementHash(second) }
    const wrong = [
      first,
      await signed(first),
      await signed(null),
      await signed(second, { sequence: 4 }),
      await signed(second, { sequence: 2 }),
      await signed(second, { sequence: 1 }),
      await signed(second, { parent: null }),
      await signed(second, { parent: hashes.first }),
      await signed(first, { parent: hashes.second }),
    ]
    for (const statement of wrong) await refused(() => put(statement), "hri-entry-conflict")
    const gone = await removal(first)
    await refused(() => remove(gone), "hri-entry-conflict")
    expect(await put(await signed(second))).toEqual({})
  })

  test.for([
    ["another number", { sequence: 2 }],
    ["a parent", { parent: "A".repeat(43) }],
  ] as const)("takes no first entry with %s", async ([, claims]) => {
    const statement = await signed(null, claims)
    await refused(() => put(statement), "hri-entry-conflict")
  })

  test("of two entries that follow the same one takes one, also at the same moment", async () => {
    const first = await signed(null)
    await put(first)
    const [one, two] = [await signed(first), await signed(first)]
    const calls = new PortCalls()
    index = { ...index, entries: calls.watch("entries", memory.entries) }
    calls.before("entries.put", () => put(one))
    expect(await refusalOf(put(two))).toBe("hri-entry-conflict")
    expect(await look()).toEqual({ statement: one })
  })

  test("of two first entries at the same moment gives the locator to one", async () => {
    const [mine, theirs] = [await signed(null), await signed(null, {}, stranger)]
    const calls = new PortCalls()
    index = { ...index, entries: calls.watch("entries", memory.entries) }
    calls.before("entries.put", () => put(mine))
    expect(await refusalOf(put(theirs))).toBe("hri-entry-conflict")
    expect(await look()).toEqual({ statement: mine })
  })

  test("does the same work for a locator it never knew, one that was removed, and one it has: time tells nothing", async () => {
    const calls = new PortCalls()
    index = { ...index, entries: calls.watch("entries", memory.entries) }
    const steps = async () => {
      calls.steps.length = 0
      await look().catch(() => undefined)
      return [...calls.steps]
    }
    const never = await steps()
    const first = await signed(null)
    await put(first)
    const there = await steps()
    await remove(await removal(first))
    expect([never, there, await steps()]).toEqual([["entries.find"], ["entries.find"], ["entries.find"]])
  })

  test("gives a locator to nobody but its first owner, not even once removed", async () => {
    const first = await signed(null)
    await put(first)
    const [theirs, theirRemoval] = [await signed(first, {}, stranger), await removal(first, stranger)]
    await refused(() => put(theirs), "hri-entry-conflict")
    await refused(() => remove(theirRemoval), "hri-entry-conflict")
    const gone = await removal(first)
    await remove(gone)
    const [afterwards, anew] = [await signed(gone, {}, stranger), await signed(null, {}, stranger)]
    // By a list of a higher number than the owner's.
    const list = await firstSigners(stranger.patient, somewhere, [stranger.patient.keys], {
      number: 9,
      previous: "A".repeat(43),
    })
    const later = await signed(gone, {}, { ...stranger, signers: [list] })
    await refused(() => put(later), "hri-entry-conflict")
    for (const statement of [theirs, afterwards, anew]) await refused(() => put(statement), "hri-entry-conflict")
    await put(await signed(gone))
    expect(await look()).toHaveProperty("statement")
  })

  test("keeps of a removed entry the owner, the place, the parent of the next and the signers, and nothing else", async () => {
    const first = await signed(null)
    await put(first)
    const gone = await removal(first)
    await remove(gone)
    expect(Object.values(memory.snapshot())).toEqual([
      {
        locatorHash: hash,
        owner: owner.patient.fingerprint,
        sequence: 2,
        statementHash: await statementHash(gone),
        signers: { number: 1, hash: await statementHash(owner.signers[0] ?? "") },
      },
    ])
  })

  test("never brings back an entry by a replay of it", async () => {
    const statement = await signed(null)
    await put(statement)
    await remove(await removal(statement))
    await refused(() => put(statement), "hri-entry-conflict")
  })

  test("refuses a statement for another index, of another moment, or of the other action", async () => {
    const foreign = await signed(null, { aud: "other.example" })
    await refused(() => put(foreign), "statement-invalid")
    for (const seconds of [-121, 121]) {
      const stale = await signed(null, stampAt(new Date(noon.getTime() + seconds * 1000)))
      await refused(() => put(stale), "statement-stale")
    }
    const [putting, removing] = [await signed(null), await removal(null)]
    await refused(() => remove(putting), "statement-invalid")
    await refused(() => put(removing), "statement-invalid")
  })

  test("refuses a statement by nobody on its lists, by the root itself, with foreign lists, or altered", async () => {
    const { patient, signers } = owner
    const wrong = [
      await signed(null, {}, { patient: stranger.patient, signers }),
      await signed(null, {}, { patient, signers: stranger.signers }),
      await signed(null, {}, { patient: { ...patient, keys: patient.root }, signers }),
      await signed(null, { signers: [] }),
      await signed(null, { signers: [...signers, ...stranger.signers] }),
      await signed(null, { signers: [someJwe] }),
      await signed(null, { more: 1 }),
      await signed(null, { entry: undefined }),
      await signed(null, { parent: undefined }),
      await signed(null, { sequence: 0 }),
      await signed(null, { sequence: 1.5 }),
      await signed(null, { locatorHash: "short" }),
      await signed(null, { patientId: newId() }),
    ]
    const [header, , signature] = (await signed(null)).split(".")
    const [, payload] = (await signed(null)).split(".")
    for (const statement of [...wrong, `${header}.${payload}.${signature}`, "a.b.c"])
      await refused(() => put(statement), "statement-invalid")
  })
})

describe("the signers of an entry", () => {
  const secondDevice = async () => (await someOwner("second@example.org")).patient.keys
  const withNext = async (by: Owner, devices: readonly TestPatient["keys"][], claims: object = {}): Promise<Owner> => {
    const signers = await Promise.all(devices.map((device) => listedSigner(device, noon)))
    const next = await nextSigners(by.patient, somewhere, by.signers, { signers, ...claims })
    return { patient: by.patient, signers: [...by.signers, next] }
  }
  /** The next list: the owner's device was ended, another remains. */
  const withoutOwner = async (remaining: TestPatient["keys"]): Promise<Owner> => {
    const [own, other] = [await listedSigner(owner.patient.keys, noon), await listedSigner(remaining, noon)]
    return withNext(owner, [], { signers: [{ ...own, until: own.since }, other] })
  }

  test("may be a later list of the same root: a device that was added writes the next entry", async () => {
    const first = await signed(null)
    await put(first)
    const added = await secondDevice()
    const both = await withNext(owner, [owner.patient.keys, added])
    const byAdded = await signed(first, {}, { ...both, patient: { ...owner.patient, keys: added } })
    expect(await put(byAdded)).toEqual({})
    expect(memory.snapshot()[hash]?.signers.number).toBe(2)
  })

  test("may not be an older list than one shown before, so that a device that was ended writes no more", async () => {
    const remaining = await secondDevice()
    const ended = await withoutOwner(remaining)
    const first = await signed(null)
    await put(first)
    const without = await signed(first, {}, { ...ended, patient: { ...owner.patient, keys: remaining } })
    await put(without)
    const byEnded = await signed(without)
    await refused(() => put(byEnded), "hri-entry-conflict")
    const gone = await removal(without)
    await refused(() => remove(gone), "hri-entry-conflict")
  })

  test("may not be a longer line of lists that a device signed on from before its end", async () => {
    const [one, two] = [await secondDevice(), await secondDevice()]
    const first = await signed(null)
    await put(first)
    const remaining = { ...(await withoutOwner(one)), patient: { ...owner.patient, keys: one } }
    const without = await signed(first, {}, remaining)
    await put(without)
    const fork = await withNext(owner, [owner.patient.keys, two])
    const longer = await withNext({ ...owner, signers: fork.signers }, [owner.patient.keys, two, await secondDevice()])
    expect(longer.signers).toHaveLength(3)
    const byEnded = await signed(without, {}, longer)
    await refused(() => put(byEnded), "hri-entry-conflict")
  })

  test("may not be another list of the same number", async () => {
    const [one, other] = [
      await withNext(owner, [owner.patient.keys, await secondDevice()]),
      await withNext(owner, [owner.patient.keys, await secondDevice()]),
    ]
    const first = await signed(null, {}, one)
    await put(first)
    const forked = await signed(first, {}, other)
    await refused(() => put(forked), "hri-entry-conflict")
    expect(await put(await signed(first, {}, one))).toEqual({})
  })

  test("may be a list by the root that overrules all before", async () => {
    const { patient } = owner
    const first = await signed(null, {}, await withNext(owner, [patient.keys, await secondDevice()]))
    await put(first)
    const anew = await secondDevice()
    const list = await firstSigners(patient, somewhere, [anew], { number: 9, previous: "A".repeat(43) })
    const overruling = { patient: { ...patient, keys: anew }, signers: [list] }
    const second = await signed(first, {}, overruling)
    expect(await put(second)).toEqual({})
    const byOverruled = await signed(second)
    await refused(() => put(byOverruled), "hri-entry-conflict")
  })

  test("of an entry that is begun anew are a list of the root's that overrules all shown before, and no others", async () => {
    const { patient } = owner
    const first = await signed(null)
    await put(first)
    const remaining = await secondDevice()
    const byAdded = { ...(await withNext(owner, [patient.keys, remaining])), patient: { ...patient, keys: remaining } }
    const [anew, byOwner] = [await signed(null, {}, byAdded), await signed(null)]
    for (const statement of [anew, byOwner]) await refused(() => put(statement), "hri-entry-conflict")
    const list = await firstSigners(patient, somewhere, [remaining], { number: 17, previous: "A".repeat(43) })
    const overruling = { patient: { ...patient, keys: remaining }, signers: [list] }
    const [second, sequence] = [await signed(null, {}, overruling), await signed(null, { sequence: 2 }, overruling)]
    await refused(() => put(sequence), "hri-entry-conflict")
    expect(await put(second)).toEqual({})
    const again = await signed(null, {}, overruling)
    await refused(() => put(again), "hri-entry-conflict")
    await put(await signed(second, {}, overruling))
  })

  test("of an entry that is begun anew may be a list that ends who wrote what stands there, who then writes no more", async () => {
    const first = await signed(null)
    await put(first)
    const remaining = await secondDevice()
    const without = await withoutOwner(remaining)
    const begun = await signed(null, {}, { ...without, patient: { ...owner.patient, keys: remaining } })
    expect(await put(begun)).toEqual({})
    const [byEnded, anewByEnded] = [await signed(begun), await signed(null)]
    for (const statement of [byEnded, anewByEnded]) await refused(() => put(statement), "hri-entry-conflict")
  })

  test("that the root overrules keep its device from writing nothing, however often they write at that moment", async () => {
    const { patient } = owner
    let newest = await signed(null)
    await put(newest)
    const device = await secondDevice()
    const list = await firstSigners(patient, somewhere, [device], { number: 17, previous: "A".repeat(43) })
    const statement = await signed(null, {}, { patient: { ...patient, keys: device }, signers: [list] })
    let races = 0
    const racing: typeof memory.entries = {
      find: (locatorHash) => memory.entries.find(locatorHash),
      put: async (entry, replaced) => {
        if (races++ < 5) {
          newest = await signed(newest)
          await putEntry({ ...index, entries: memory.entries }, { statement: newest }, callAt(noon))
        }
        return memory.entries.put(entry, replaced)
      },
    }
    expect(await putEntry({ ...index, entries: racing }, { statement }, callAt(noon))).toEqual({})
    expect(races).toBe(6)
    const byOverruled = await signed(newest)
    await refused(() => put(byOverruled), "hri-entry-conflict")
  })

  test("are asked for again where an entry was removed", async () => {
    const remaining = await secondDevice()
    const ended = await withoutOwner(remaining)
    const first = await signed(null)
    await put(first)
    const asRemaining = { ...ended, patient: { ...owner.patient, keys: remaining } }
    const gone = await removal(first, asRemaining)
    await remove(gone)
    const byEnded = await signed(gone)
    await refused(() => put(byEnded), "hri-entry-conflict")
  })
})
