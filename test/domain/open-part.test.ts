import { beforeEach, describe, expect, test } from "vitest"
import { listCards } from "../../functions/domain/cards.ts"
import { readOpenPart, removeOpenPart, setOpenPart } from "../../functions/domain/open-part.ts"
import { sealedHash } from "../../protocol/card.ts"
import { toBase64url } from "../../protocol/crypto/bytes.ts"
import { sha256 } from "../../protocol/crypto/primitives.ts"
import { verifySigners } from "../../protocol/signers.ts"
import { callAt, newId, newKey } from "../fakes/call.ts"
import { expectRefusal, type MemoryCloud, memoryCloud, refusalOf } from "../fakes/cloud.ts"
import {
  newCard,
  newPatient,
  patientInOrder,
  publish,
  revoke,
  type TestCard,
  withdrawConsent,
} from "../kit/patients.ts"
import { signedBy, stampAt, type TestPatient } from "../kit/statements.ts"

let cloud: MemoryCloud
let patient: TestPatient
let card: TestCard
const sealed = "a..b.c.d"
const proof = newKey()
beforeEach(async () => {
  cloud = await memoryCloud()
  ;({ patient, card } = await patientInOrder(cloud))
})

const later = (seconds: number) => callAt(new Date(cloud.now.getTime() + seconds * 1000))
const signed = (claims: object, of = patient) =>
  signedBy(of, cloud, "open-part", { cardId: card.cardId, ...stampAt(cloud.now), ...claims })
const saying = async (claims: object = {}) => {
  const proofHash = toBase64url(await sha256(Buffer.from(proof, "base64url")))
  const own = { number: 1, action: "set", locatorHash: newKey(), proofHash, sealedHash: await sealedHash(sealed) }
  return { cardId: card.cardId, sealed, statement: await signed({ ...own, ...claims }) }
}
const say = (request: Awaited<ReturnType<typeof saying>>, of = patient) =>
  setOpenPart(cloud, of.patientId, request, cloud.call)
const takeBack = async (number: number) =>
  removeOpenPart(
    cloud,
    patient.patientId,
    { cardId: card.cardId, statement: await signed({ number, action: "remove" }) },
    cloud.call,
  )
const read = (asked: { patientId?: string; cardId?: string; proof?: string } = {}, call = cloud.call) =>
  readOpenPart(cloud, { patientId: patient.patientId, cardId: card.cardId, proof, ...asked }, call)
const told = (action: string) => cloud.trail.all().filter((event) => event.action === action)

describe("what a card says to anybody", () => {
  test("is kept after its event, listed for the patient, and given to whoever proves that the front is at hand", async () => {
    const request = await saying()
    await say(request)
    expect(told("set-open-part")).toMatchObject([{ actor: { kind: "patient" }, subject: { cardId: card.cardId } }])
    const { cards } = await listCards(cloud, patient.patientId, {})
    expect(cards).toMatchObject([{ openPart: { statement: request.statement, sealed } }])
    const { signers, ...given } = await read()
    expect(given).toEqual({ statement: request.statement, sealed })
    expect((await verifySigners(signers, patient)).number).toBe(1)
  })

  test("is set once by a statement, however often it is sent, and not again by it once there is another", async () => {
    const first = await saying()
    for (const _ of ["once", "twice"]) await say(first)
    expect(told("set-open-part")).toHaveLength(1)
    await say(await saying({ number: 2 }))
    expect(await refusalOf(say(first))).toBe("statement-replayed")
  })

  test("gives way to a statement of the next number alone, so that no device numbers one that none can follow", async () => {
    expect(await refusalOf(say(await saying({ number: 2 })))).toBe("card-conflict")
    await say(await saying())
    for (const number of [1, 3, Number.MAX_SAFE_INTEGER])
      expect(await refusalOf(say(await saying({ number })))).toBe("card-conflict")
    await say(await saying({ number: 2 }))
  })

  test("stays as it is while new epochs renew its card", async () => {
    const request = await saying()
    await say(request)
    await publish(cloud, patient, { renewed: ["summary"], cards: [] })
    expect((await read()).statement).toBe(request.statement)
  })

  test.each([
    ["another card", { cardId: newId() }],
    ["another text", { sealedHash: newKey() }],
    ["another cloud", { aud: "other.example" }],
    ["another patient", { patientId: newId() }],
  ])("is not set by a statement of %s", async (_, claims) => {
    expect(await refusalOf(say(await saying(claims)))).toBe("statement-invalid")
    expect(told("set-open-part")).toEqual([])
  })

  test("is not set by another patient, nor taken back by a statement that sets it", async () => {
    const other = await newPatient(cloud)
    expect(await refusalOf(say(await saying(), other))).toBe("not-found")
    const request = { cardId: card.cardId, statement: await signed({ number: 1, action: "remove" }), sealed }
    expect(await refusalOf(say(request))).toBe("statement-invalid")
    const { statement } = await saying()
    const taking = removeOpenPart(cloud, patient.patientId, { cardId: card.cardId, statement }, cloud.call)
    expect(await refusalOf(taking)).toBe("statement-invalid")
  })

  test("is not set without the consent to share, nor on a card that was revoked", async () => {
    const request = await saying()
    await withdrawConsent(cloud, patient, "emergency-share")
    expect(await refusalOf(say(request))).toBe("consent-missing")
    await revoke(cloud, patient, card)
    expect(await refusalOf(say(request))).toBe("card-refused")
  })
})

describe("what a card said and was taken back", () => {
  test("is destroyed, so that nobody reads it; the statement stays, and an older one sets nothing", async () => {
    await say(await saying())
    const before = await saying({ number: 2 })
    await takeBack(2)
    expect(JSON.stringify(cloud.item(card.cardId))).not.toContain(sealed)
    await expectRefusal(cloud, () => read(), "not-found")
    expect(await refusalOf(say(before))).toBe("card-conflict")
    expect(told("remove-open-part")).toHaveLength(1)
    await say(await saying({ number: 3 }))
    expect((await read()).sealed).toBe(sealed)
  })

  test("is destroyed with the card that is revoked", async () => {
    await say(await saying())
    await revoke(cloud, patient, card)
    expect(JSON.stringify(cloud.item(card.cardId))).not.toContain(sealed)
    await expectRefusal(cloud, () => read(), "not-found")
  })
})

describe("whoever holds the front", () => {
  test("is told of once an hour of the clock, before anything is given, by whatever number of readings", async () => {
    await say(await saying())
    cloud.calls.steps.length = 0
    for (let i = 0; i < 5; i++) await read()
    expect(told("read-open-part")).toEqual([
      expect.objectContaining({ outcome: "permitted", actor: { kind: "holder" }, subject: { cardId: card.cardId } }),
    ])
    expect(cloud.item("READING#")).toHaveLength(1)
    await read({}, later(3600))
    expect(told("read-open-part")).toHaveLength(2)
    expect(cloud.item("READING#")).toHaveLength(2)
  })

  test("gets nothing where the event can't be written, or the patient couldn't be told", async () => {
    await say(await saying())
    for (let call = 2; call <= 6; call++) {
      cloud.calls.failAt(call, "asked")
      await expect(read()).rejects.toThrow(/failed/)
      cloud.calls.mend()
    }
  })

  test("gets nothing where what the patient is told by was not written, and nobody else wrote it", async () => {
    await say(await saying())
    const write: typeof cloud.store.write = async (changes) =>
      changes.some((change) => "put" in change && change.put.kind === "reading")
        ? { outcome: "conflict", at: [0] }
        : cloud.store.write(changes)
    const asked = { patientId: patient.patientId, cardId: card.cardId, proof }
    const reading = readOpenPart({ ...cloud, store: { ...cloud.store, write } }, asked, cloud.call)
    expect(await refusalOf(reading)).toBe("busy")
    expect((await read()).sealed).toBe(sealed)
  })

  test("is answered alike, without an event, whatever isn't there, isn't open, or isn't proved", async () => {
    const unknown = await newCard(cloud, patient)
    await say(await saying())
    const asked = [{ patientId: newId() }, { cardId: newId() }, { cardId: unknown.cardId }, { proof: newKey() }]
    for (const each of asked) await expectRefusal(cloud, () => read(each), "not-found")
    await withdrawConsent(cloud, patient, "emergency-share")
    await expectRefusal(cloud, () => read(), "not-found")
    expect(told("read-open-part")).toEqual([])
    expect(cloud.item("READING#")).toEqual([])
  })
})
