import { beforeEach, describe, expect, test } from "vitest"
import { lookUp, putEntry, removeEntry } from "../../functions/domain/health-record-index.ts"
import { locatorHash } from "../../protocol/card.ts"
import { toBase64url } from "../../protocol/crypto/bytes.ts"
import { generatePatientKeys, type PatientKeys, publicJwk } from "../../protocol/keys.ts"
import { signStatement } from "../../protocol/statement.ts"
import { callAt, newId } from "../fakes/call.ts"
import { noon, refusalOf } from "../fakes/cloud.ts"
import { memoryIndexEntries } from "../fakes/index-entries.ts"
import { someJwe, stampAt } from "../fakes/people.ts"
import { PortCalls } from "../fakes/port-calls.ts"

const [owner, stranger] = [await generatePatientKeys(), await generatePatientKeys()]
const locator = new Uint8Array(16).fill(3)
const hash = await locatorHash(locator)
const call = callAt(noon)

let memory: ReturnType<typeof memoryIndexEntries>
let index: { entries: ReturnType<typeof memoryIndexEntries>["entries"]; hriId: string }
beforeEach(() => {
  memory = memoryIndexEntries()
  index = { entries: memory.entries, hriId: "index.example" }
})

const signed = async (sequence: number, claims: object = {}, keys: PatientKeys = owner, header: object = {}) =>
  signStatement({
    typ: "hri-entry",
    alg: "ES256",
    privateKey: keys.signing.privateKey,
    jwk: await publicJwk(keys.signing.publicKey),
    payload: {
      aud: "index.example",
      ...stampAt(noon),
      locatorHash: hash,
      sequence,
      action: "put",
      entry: someJwe,
      ...claims,
    },
    ...header,
  })
const removal = (sequence: number, keys = owner) => signed(sequence, { action: "remove", entry: undefined }, keys)
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
    const [first, second] = [await signed(1), await signed(2)]
    expect(await put(first)).toEqual({})
    expect(await look()).toEqual({ statement: first })
    await put(second)
    expect(await look()).toEqual({ statement: second })
  })

  test("keeps neither the locator nor a name", async () => {
    await put(await signed(1))
    const text = JSON.stringify(memory.snapshot())
    expect(text).not.toContain(toBase64url(locator))
    expect(Object.keys(Object.values(memory.snapshot())[0] ?? {}).sort()).toEqual([
      "locatorHash",
      "owner",
      "sequence",
      "statement",
    ])
  })

  test("says the same of a locator it never knew and of one whose entry was removed", async () => {
    await refused(() => look(), "hri-entry-unknown")
    await put(await signed(1))
    await remove(await removal(2))
    await refused(() => look(), "hri-entry-unknown")
  })

  test("refuses a locator that no bytes have", async () => {
    await refused(() => look(`${"A".repeat(21)}B`), "request-invalid")
  })

  test("takes the same statement again, and changes nothing", async () => {
    const statement = await signed(1)
    await put(statement)
    const before = memory.snapshot()
    expect(await put(statement)).toEqual({})
    const gone = await removal(2)
    await remove(gone)
    expect(await remove(gone)).toEqual({})
    expect(memory.snapshot()).not.toEqual(before)
  })

  test("refuses an older entry, and another of the same sequence", async () => {
    const old = await signed(1)
    await put(old)
    await put(await signed(5))
    const [same, lower] = [await signed(5), await signed(4)]
    for (const statement of [old, same, lower]) await refused(() => put(statement), "hri-entry-conflict")
    const gone = await removal(5)
    await refused(() => remove(gone), "hri-entry-conflict")
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
    await put(await signed(1))
    const there = await steps()
    await remove(await removal(2))
    expect([never, there, await steps()]).toEqual([["entries.find"], ["entries.find"], ["entries.find"]])
  })

  test("gives a locator to nobody but its first owner, not even once removed", async () => {
    await put(await signed(1))
    const [theirs, theirRemoval] = [await signed(9, {}, stranger), await removal(9, stranger)]
    await refused(() => put(theirs), "hri-entry-conflict")
    await refused(() => remove(theirRemoval), "hri-entry-conflict")
    await remove(await removal(2))
    await refused(() => put(theirs), "hri-entry-conflict")
    await put(await signed(3))
    expect(await look()).toHaveProperty("statement")
  })

  test("never brings back an entry by a replay of it", async () => {
    const statement = await signed(1)
    await put(statement)
    await remove(await removal(2))
    await refused(() => put(statement), "hri-entry-conflict")
  })

  test("refuses a statement for another index, of another moment, or of the other action", async () => {
    const foreign = await signed(1, { aud: "other.example" })
    await refused(() => put(foreign), "statement-invalid")
    for (const seconds of [-121, 121]) {
      const stale = await signed(1, stampAt(new Date(noon.getTime() + seconds * 1000)))
      await refused(() => put(stale), "statement-stale")
    }
    const [putting, removing] = [await signed(1), await removal(1)]
    await refused(() => remove(putting), "statement-invalid")
    await refused(() => put(removing), "statement-invalid")
  })

  test("refuses a statement by another key than it names, without one, or altered", async () => {
    const jwk = await publicJwk(stranger.signing.publicKey)
    const wrong = [
      await signed(1, {}, owner, { jwk }),
      await signed(1, {}, owner, { jwk: undefined }),
      await signed(1, {}, owner, { typ: "consent", jwk: undefined }),
      await signed(1, { more: 1 }),
      await signed(1, { entry: undefined }),
      await signed(0),
      await signed(1.5),
      await signed(1, { locatorHash: "short" }),
      await signed(1, { patientId: newId() }),
    ]
    const [header, , signature] = (await signed(1)).split(".")
    const [, payload] = (await signed(2)).split(".")
    for (const statement of [...wrong, `${header}.${payload}.${signature}`, "a.b.c"])
      await refused(() => put(statement), "statement-invalid")
  })

  test("of two entries at once keeps the higher", async () => {
    const [low, high] = [await signed(1), await signed(2)]
    await Promise.allSettled([put(high), put(low)])
    expect(await look()).toEqual({ statement: high })
  })
})
