import { beforeEach, describe, expect, test } from "vitest"
import { deactivationRequestsPerDay } from "../../contract/limits.ts"
import { carryOutAll, carryOutDeactivation, deactivate } from "../../functions/domain/deactivation.ts"
import { cancelDeactivation, requestDeactivation } from "../../functions/domain/deactivation-wait.ts"
import { endSigner } from "../../functions/domain/end-signer.ts"
import { getManifest, publishManifest } from "../../functions/domain/manifest.ts"
import type { CarriedOut } from "../../functions/domain/practice-deletion.ts"
import { generateKeyPairs } from "../../protocol/keys.ts"
import { statementHash } from "../../protocol/statement.ts"
import { expectRefusal, type MemoryCloud, memoryCloud, refusalOf } from "../fakes/cloud.ts"
import { adding, beginAnew, letIn, takingOff } from "../kit/devices.ts"
import { addRecord, consentingPatient, newCard, patientInOrder, publish } from "../kit/patients.ts"
import { rootOf, signedBy, signedEnd, stampAt, type TestPatient } from "../kit/statements.ts"

const week = 7 * 24 * 60 * 60

let cloud: MemoryCloud
/** Who signs as `keys`: the owner's phone, and the device that is stolen. */
let phone: TestPatient
let thief: TestPatient
let root: TestPatient
beforeEach(async () => {
  cloud = await memoryCloud()
  phone = await consentingPatient(cloud)
  await addRecord(cloud, phone)
  root = { ...phone, keys: phone.root }
  thief = await letIn(cloud, phone)
})

const requestOf = (by: TestPatient, claims: object = {}) =>
  signedBy(by, cloud, "deactivation-request", { under: 1, ...claims })
const cancellationOf = (by: TestPatient, claims: object = {}) =>
  signedBy(by, cloud, "deactivation-cancellation", claims)
const send = (statement: string, patientId = phone.patientId) =>
  requestDeactivation(cloud, patientId, { statement }, cloud.call)
const stop = (statement: string, patientId = phone.patientId) =>
  cancelDeactivation(cloud, patientId, { statement }, cloud.call)
const ask = async (by: TestPatient) => {
  const statement = await requestOf(by)
  await send(statement)
  return statement
}
const cancel = async (by: TestPatient) => stop(await cancellationOf(by))
const end = async (by: TestPatient, whom: TestPatient) =>
  endSigner(cloud, phone.patientId, { statement: await signedEnd(by, cloud, [whom.keys]) }, cloud.call)
const carryOut = (seconds: number): Promise<CarriedOut> =>
  carryOutDeactivation(cloud, phone.patientId, cloud.callIn(seconds))
const told = async () => (await getManifest(cloud, phone.patientId, {})).deactivation
const events = () => cloud.trail.all().filter(({ action }) => action.includes("deactivat"))
const waiting = () => cloud.item("DEACTIVATION ")
const itemsOfPatient = () => cloud.item(`PATIENT#${phone.patientId}`)

describe("the end of an account that a device asks for", () => {
  test("waits: all goes on as before, the patient's devices are told of it, and one event", async () => {
    const statement = await ask(phone)
    expect(await told()).toBe(statement)
    expect(events()).toMatchObject([
      {
        action: "request-deactivation",
        outcome: "permitted",
        actor: { kind: "patient" },
        subject: { statementHash: await statementHash(statement) },
      },
    ])
    await addRecord(cloud, phone)
    await newCard(cloud, thief)
    expect(await carryOut(week - 1)).toBe("waits")
    expect(await told()).toBe(statement)
  })

  test("is carried out once it has waited a week, as by the phrase, and told by an event before anything is closed", async () => {
    const { patientId } = phone
    const statement = await ask(thief)
    cloud.calls.steps.length = 0
    expect(await carryOut(week)).toBe("done")
    expect(itemsOfPatient()).toEqual([
      expect.objectContaining({ kind: "patient", patientId, status: "deactivated", statement }),
    ])
    expect(itemsOfPatient()[0]).not.toHaveProperty("signers")
    expect(cloud.snapshot()).toMatchObject({ objects: {}, versions: [], patients: {} })
    expect(waiting()).toEqual([])
    expect(events().at(-1)).toMatchObject({
      action: "deactivate",
      outcome: "permitted",
      subject: { statementHash: await statementHash(statement) },
    })
    const { steps } = cloud.calls
    expect(steps.indexOf("audit.append")).toBeLessThan(steps.indexOf("store.write"))
    expect(steps.indexOf("store.write")).toBeLessThan(steps.indexOf("objects.destroySome"))
    const after = [cloud.snapshot(), events()]
    expect(await carryOut(week)).toBe("done")
    expect([cloud.snapshot(), events()]).toEqual(after)
  })

  test("is stopped by any device, and told so; nothing is carried out then", async () => {
    await ask(thief)
    await cancel(phone)
    expect(await told()).toBeUndefined()
    expect(events().map(({ action }) => action)).toEqual(["request-deactivation", "cancel-deactivation"])
    expect(await carryOut(week)).toBe("void")
    expect(itemsOfPatient().length).toBeGreaterThan(1)
  })

  test("is void once its device was ended by a statement, or is off the list", async () => {
    await ask(thief)
    await end(phone, thief)
    expect(await carryOut(week)).toBe("void")
    expect(waiting()).toEqual([])
    await publishManifest(cloud, phone.patientId, { publication: await takingOff(cloud, phone, [thief]) }, cloud.call)
    expect(await carryOut(week)).toBe("void")
  })

  test("is void where its device is taken off the list alone", async () => {
    await ask(thief)
    await publishManifest(cloud, phone.patientId, { publication: await takingOff(cloud, phone, [thief]) }, cloud.call)
    expect(await carryOut(week)).toBe("void")
    expect(events().map(({ action }) => action)).toEqual(["request-deactivation"])
  })

  test("is void once the root begins a new list, though its device is on it", async () => {
    await ask(thief)
    await beginAnew(cloud, phone, [phone, thief])
    expect(await carryOut(week)).toBe("void")
  })

  test("goes on where another device is ended, or let in", async () => {
    await ask(phone)
    await end(phone, thief)
    await publishManifest(cloud, phone.patientId, { publication: await takingOff(cloud, phone, [thief]) }, cloud.call)
    await letIn(cloud, phone)
    expect(await carryOut(week - 1)).toBe("waits")
    expect(await carryOut(week)).toBe("done")
  })

  test("that waits is neither put off nor hastened by another request; one that is void gives way to it", async () => {
    const first = await ask(thief)
    await ask(phone)
    await send(first)
    expect(await told()).toBe(first)
    expect(events()).toHaveLength(1)
    await end(phone, thief)
    const second = await ask(phone)
    expect(await told()).toBe(second)
    expect(waiting()).toMatchObject([{ revision: 2 }])
  })

  test("that is asked for twice at one moment is one, and by two devices the first's", async () => {
    const [mine, theirs] = [await requestOf(phone), await requestOf(thief)]
    cloud.calls.before("store.write", () => send(mine))
    expect(await send(mine)).toEqual({})
    await cancel(phone)
    const again = await requestOf(phone)
    cloud.calls.before("store.write", () => send(theirs))
    expect(await send(again)).toEqual({})
    expect(await told()).toBe(theirs)
  })

  test("is asked for by each device a few times a day, however often another did", async () => {
    for (let i = 0; i < deactivationRequestsPerDay; i++) {
      await ask(thief)
      await cancel(phone)
    }
    const oneMore = await requestOf(thief)
    await expectRefusal(cloud, () => send(oneMore), "rate-exceeded")
    await ask(phone)
  })

  test("by the root, a stranger, an ended device, of another list, patient, cloud or time is refused", async () => {
    const stranger = { ...phone, keys: await generateKeyPairs({ extractable: true }) }
    const other = (await patientInOrder(cloud)).patient
    for (const statement of [
      await requestOf(root),
      await requestOf(stranger),
      await requestOf(phone, { under: 2 }),
      await requestOf(phone, { aud: "other.example" }),
      await requestOf(other),
      await cancellationOf(phone),
      await signedBy(rootOf(phone), cloud, "deactivation", {}),
    ])
      await expectRefusal(cloud, () => send(statement), "statement-invalid")
    for (const seconds of [-121, 121]) {
      const stale = await requestOf(phone, stampAt(new Date(cloud.now.getTime() + seconds * 1000)))
      await expectRefusal(cloud, () => send(stale), "statement-stale")
    }
    const late = await requestOf(thief)
    await end(phone, thief)
    await expectRefusal(cloud, () => send(late), "statement-invalid")
  })

  test("that was stopped isn't asked for again by the same statement", async () => {
    const statement = await ask(thief)
    await cancel(phone)
    await expectRefusal(cloud, () => send(statement), "statement-replayed")
  })

  test("is refused of an account that is being destroyed, also where that begins at this very moment", async () => {
    const [late, later] = [await requestOf(phone), await requestOf(phone)]
    const statement = await signedBy(rootOf(phone), cloud, "deactivation", {})
    cloud.calls.before("store.write", () => deactivate(cloud, phone.patientId, { statement }, cloud.call))
    expect(await refusalOf(send(late))).toBe("account-deactivated")
    expect(waiting()).toEqual([])
    await expectRefusal(cloud, () => send(later), "account-deactivated")
  })
})

describe("stopping the end of an account", () => {
  test("changes nothing where none waits, and isn't done again by the same statement", async () => {
    const before = [cloud.snapshot(), events()]
    await cancel(phone)
    expect([cloud.snapshot(), events()]).toEqual(before)
    await ask(thief)
    const statement = await cancellationOf(phone)
    await stop(statement)
    expect(await stop(statement)).toEqual({})
    await ask(thief)
    await expectRefusal(cloud, () => stop(statement), "statement-replayed")
  })

  test("stops whatever waits at the moment, though another device stops one and asks for the next, or changes the account", async () => {
    await ask(thief)
    const [mine, again] = [await cancellationOf(phone), await requestOf(thief)]
    cloud.calls.before("store.write", async () => {
      await cancel(thief)
      await send(again)
    })
    await stop(mine)
    expect(await told()).toBeUndefined()
    await ask(thief)
    const accomplice = await generateKeyPairs({ extractable: true })
    const change = await adding(cloud, thief, accomplice)
    const last = await cancellationOf(phone)
    cloud.calls.before("store.write", () => publish(cloud, thief, change))
    await stop(last)
    expect(await told()).toBeUndefined()
  })

  test("by the root, a stranger, an ended device, of another patient or time is refused", async () => {
    await ask(phone)
    const stranger = { ...phone, keys: await generateKeyPairs({ extractable: true }) }
    const other = (await patientInOrder(cloud)).patient
    for (const statement of [
      await cancellationOf(root),
      await cancellationOf(stranger),
      await cancellationOf(other),
      await requestOf(phone),
    ])
      await expectRefusal(cloud, () => stop(statement), "statement-invalid")
    const stale = await cancellationOf(phone, stampAt(new Date(cloud.now.getTime() - 121_000)))
    await expectRefusal(cloud, () => stop(stale), "statement-stale")
    const late = await cancellationOf(thief)
    await end(phone, thief)
    await expectRefusal(cloud, () => stop(late), "statement-invalid")
  })
})

describe("what meets the moment at which an account is destroyed", () => {
  const race = async (meanwhile: () => Promise<unknown>) => {
    await ask(thief)
    cloud.calls.before("store.write", meanwhile)
    const outcome = await carryOut(week).catch((error: unknown) => error)
    return { outcome, whole: itemsOfPatient().length > 1 }
  }

  test("and stops it, ends its device, or begins a new list, is the first, and all is left as it is", async () => {
    const meanwhile = [
      async () => cancel(phone),
      async () => end(phone, thief),
      async () => end(root, thief),
      async () => beginAnew(cloud, phone, [phone, thief]),
    ]
    for (const act of meanwhile) {
      cloud = await memoryCloud()
      phone = (await patientInOrder(cloud)).patient
      root = { ...phone, keys: phone.root }
      thief = await letIn(cloud, phone)
      expect(await race(act)).toMatchObject({ outcome: { code: "busy" }, whole: true })
      expect(await carryOut(week)).toBe("void")
    }
  })

  test("and comes too late is told that there is no account any more", async () => {
    await ask(thief)
    const statement = await cancellationOf(phone)
    cloud.calls.before("store.write", () => carryOut(week))
    expect(await refusalOf(stop(statement))).toBe("account-deactivated")
  })

  test("and fails at any call is finished by the next hour's", async () => {
    let failures = 0
    for (const when of ["asked", "answered"] as const)
      for (let call = 1; call <= 14; call++) {
        cloud = await memoryCloud()
        phone = (await patientInOrder(cloud)).patient
        await ask(phone)
        cloud.calls.failAt(call, when)
        if ((await carryOut(week).catch(() => "failed")) === "failed") failures++
        cloud.calls.mend()
        while (waiting().length > 0) await carryOut(week + 3600)
        expect([itemsOfPatient().length, cloud.snapshot().objects, cloud.snapshot().patients]).toEqual([1, {}, {}])
        expect(itemsOfPatient()).toMatchObject([{ status: "deactivated" }])
      }
    expect(failures).toBeGreaterThan(20)
  })
})

describe("every hour", () => {
  const list = (pages: string[][]) => ({
    list: async (after: string | undefined) => {
      const i = Number(after ?? 0)
      const ids = pages[i] ?? []
      return i + 1 < pages.length ? { ids, next: String(i + 1) } : { ids }
    },
  })

  test("all that wait are looked at, one that fails holds up no other, and a large one takes turns", async () => {
    const asked: string[] = []
    const outcomes: Record<string, CarriedOut[]> = {
      large: ["in-progress", "in-progress", "done"],
      early: ["waits"],
      old: ["void"],
      due: ["done"],
    }
    const carriedOut = await carryOutAll(
      list([["large", "broken"], [], ["early", "old", "due"]]),
      async (patientId) => {
        asked.push(patientId)
        const outcome = outcomes[patientId]?.shift()
        if (outcome === undefined) throw new Error("broken")
        return outcome
      },
      () => true,
    )
    expect(asked).toEqual(["large", "broken", "early", "old", "due", "large", "large"])
    expect(carriedOut).toEqual({ waits: 1, void: 1, done: 2, failed: 1, "in-progress": 0 })
  })

  test("what is left when the time is over is left to the next hour", async () => {
    let left = 3
    const carriedOut = await carryOutAll(
      list([["large", "small"]]),
      async () => "in-progress",
      () => left-- > 0,
    )
    expect(carriedOut).toMatchObject({ done: 0, failed: 0, "in-progress": 2 })
  })
})
