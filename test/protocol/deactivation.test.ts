import { beforeAll, describe, expect, test } from "vitest"
import { deactivationWaitSeconds, standingRequest } from "../../protocol/deactivation.ts"
import { type SignerList, verifySigners } from "../../protocol/signers.ts"
import { type Holder, listed, listOf, newHolder, now, patientId, place, signBy, tampered } from "../kit/holders.ts"

let root: Holder
let phone: Holder
let tablet: Holder
let stranger: Holder
/** The phone and the tablet; then, without the tablet. */
let list: SignerList
let later: SignerList
const nobody: ReadonlySet<string> = new Set()

const verified = (chain: readonly string[]) => verifySigners(chain, { fingerprint: root.id, record: place })
beforeAll(async () => {
  ;[root, phone, tablet, stranger] = await Promise.all([newHolder(), newHolder(), newHolder(), newHolder()])
  const first = await listOf(root, root, [listed(phone), listed(tablet)])
  const second = await listOf(phone, root, [listed(phone), listed(tablet, { until: now })], first)
  list = await verified([first])
  later = await verified([first, second])
})

const request = (by: Holder, more: object = {}, kid: string = by.id) =>
  signBy(by, "deactivation-request", { patientId, under: 1, ...more }, kid)

describe("the end of an account that a device asked for", () => {
  test("is due seven days after it was asked for, by the device that asked", async () => {
    expect(deactivationWaitSeconds).toBe(604_800)
    const waiting = { by: tablet.id, askedAt: now, dueAt: now + 604_800 }
    expect(await standingRequest(await request(tablet), list, nobody)).toEqual(waiting)
    expect(await standingRequest(await request(phone), later, nobody)).toEqual({ ...waiting, by: phone.id })
  })

  test("is void once its device is off the list, was ended by a statement, or the root began another list", async () => {
    expect(await standingRequest(await request(tablet), later, nobody)).toBeUndefined()
    expect(await standingRequest(await request(tablet), list, new Set([tablet.id]))).toBeUndefined()
    expect(await standingRequest(await request(tablet, { under: 2 }), list, nobody)).toBeUndefined()
    expect(await standingRequest(await request(stranger), list, nobody)).toBeUndefined()
    expect(await standingRequest(await request(root), list, nobody)).toBeUndefined()
    // The end of another device changes nothing.
    expect(await standingRequest(await request(tablet), list, new Set([phone.id]))).toBeDefined()
  })

  test("is refused of another record, in another's name, or changed", async () => {
    const other = await request(tablet, { patientId: "oKGio6SlpqeoqaqrrK2urw" })
    await expect(standingRequest(other, list, nobody)).rejects.toThrow("of another record")
    const elsewhere = await request(tablet, { aud: "other.example" })
    await expect(standingRequest(elsewhere, list, nobody)).rejects.toThrow("of another record")
    await expect(standingRequest(await request(stranger, {}, tablet.id), list, nobody)).rejects.toThrow()
    const changed = tampered(await request(tablet), { iat: now - 604_800 })
    await expect(standingRequest(changed, list, nobody)).rejects.toThrow()
    const otherType = await signBy(tablet, "deactivation-cancellation", { patientId, under: 1 })
    await expect(standingRequest(otherType, list, nobody)).rejects.toThrow()
  })
})
