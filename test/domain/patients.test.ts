import { beforeEach, describe, expect, test } from "vitest"
import { deactivate } from "../../functions/domain/deactivation.ts"
import { confirm, recover, register, signIn } from "../../functions/domain/patients.ts"
import { confirmationCode } from "../fakes/accounts.ts"
import { newId } from "../fakes/call.ts"
import { expectRefusal, type MemoryCloud, memoryCloud, refusalOf } from "../fakes/cloud.ts"
import { newPatient, password, registration, signedBy, someJwe } from "../fakes/people.ts"

let cloud: MemoryCloud
beforeEach(async () => {
  cloud = await memoryCloud()
})

const registering = async (email = "anna@example.org", changed: object = {}) => {
  const { request } = await registration(email)
  return register(cloud, { ...request, ...changed }, cloud.call)
}

describe("registering", () => {
  test("opens an account that waits for its confirmation for a day", async () => {
    const { patientId } = await registering()
    const [patient] = await cloud.store.read([{ kind: "patient", patientId }])
    expect(patient).toMatchObject({ status: "unconfirmed", revision: 1, recoveryBundle: someJwe })
    expect(patient?.ttl).toBe(cloud.now.getTime() / 1000 + 86_400)
    expect(cloud.trail.all()).toEqual([])
  })

  test("answers alike whether or not somebody has the e-mail address", async () => {
    const answers = [await registering(), await registering()]
    expect(answers.map((answer) => Object.keys(answer))).toEqual([["patientId"], ["patientId"]])
  })

  test("with a key that is no point of the curve, or spelled otherwise, opens no account", async () => {
    const { request } = await registration("anna@example.org")
    const { signing, agreement } = request.keys
    const moved = (key: typeof signing) => ({ ...key, y: key.x })
    const respelled = (key: typeof signing) => {
      const last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
      return { ...key, x: key.x.slice(0, -1) + last.charAt(last.indexOf(key.x.slice(-1)) + 1) }
    }
    for (const spoilt of [moved, respelled])
      for (const keys of [
        { signing: spoilt(signing), agreement },
        { signing, agreement: spoilt(agreement) },
      ])
        await expectRefusal(cloud, () => register(cloud, { ...request, keys }, cloud.call), "request-invalid")
  })

  test("with a weak password opens no account", async () => {
    expect(await refusalOf(registering("anna@example.org", { password: "short" }))).toBe("password-too-weak")
    expect(cloud.snapshot().patients).toEqual({})
  })

  test("never touches an account that has the same id already", async () => {
    const { patientId } = await newPatient(cloud)
    const { request } = await registration("mallory@example.org")
    await expectRefusal(cloud, () => register(cloud, request, { ...cloud.call, id: () => patientId }), "busy")
  })

  test("that fails at any call leaves no account that could be used, and works when asked again", async () => {
    for (const when of ["asked", "answered"] as const)
      for (const call of [1, 2]) {
        cloud = await memoryCloud()
        cloud.calls.failAt(call, when)
        await expect(registering()).rejects.toThrow(/failed|lost/)
        cloud.calls.mend()
        expect(await signIn(cloud, { email: "anna@example.org", password }, cloud.call).catch(() => "refused")).toBe(
          "refused",
        )
        const { patientId } = await registering()
        await confirm(cloud, { patientId, code: confirmationCode }, cloud.call)
        expect(await signIn(cloud, { email: "anna@example.org", password }, cloud.call)).toMatchObject({ patientId })
      }
  })
})

describe("confirming", () => {
  test("puts the account in force, with an event, and twice is as once", async () => {
    const { patientId } = await registering()
    expect(await confirm(cloud, { patientId, code: confirmationCode }, cloud.call)).toEqual({})
    const once = cloud.snapshot()
    expect(await confirm(cloud, { patientId, code: confirmationCode }, cloud.call)).toEqual({})
    expect(cloud.snapshot()).toEqual(once)
    const [patient] = await cloud.store.read([{ kind: "patient", patientId }])
    expect(patient).toMatchObject({ status: "active", revision: 2 })
    expect(patient).not.toHaveProperty("ttl")
    expect(cloud.trail.eventsOf(patientId)).toMatchObject([{ action: "confirm", actor: { kind: "patient" }, seq: 1 }])
  })

  test("with a wrong code, or of an unknown account, is refused in the same words", async () => {
    const { patientId } = await registering()
    await expectRefusal(
      cloud,
      () => confirm(cloud, { patientId, code: "000000" }, cloud.call),
      "confirmation-code-wrong",
    )
    await expectRefusal(
      cloud,
      () => confirm(cloud, { patientId: newId(), code: confirmationCode }, cloud.call),
      "confirmation-code-wrong",
    )
  })

  test("that fails at any call is mended by confirming again", async () => {
    for (const when of ["asked", "answered"] as const)
      for (const call of [1, 2, 3, 4]) {
        cloud = await memoryCloud()
        const { patientId } = await registering()
        cloud.calls.failAt(call, when)
        await expect(confirm(cloud, { patientId, code: confirmationCode }, cloud.call)).rejects.toThrow(/failed|lost/)
        cloud.calls.mend()
        await confirm(cloud, { patientId, code: confirmationCode }, cloud.call)
        const [patient] = await cloud.store.read([{ kind: "patient", patientId }])
        expect(patient?.status).toBe("active")
      }
  })

  test("twice at once confirms once", async () => {
    const { patientId } = await registering()
    const request = { patientId, code: confirmationCode }
    cloud.calls.before("store.write", () => confirm(cloud, request, cloud.call))
    expect(await confirm(cloud, request, cloud.call)).toEqual({})
    expect(cloud.item("PATIENT")).toMatchObject([{ status: "active", revision: 2 }])
  })

  test("is never acknowledged for an account that vanished meanwhile", async () => {
    const { patientId } = await registering()
    cloud.calls.before("store.write", () =>
      cloud.store.write([{ remove: { kind: "patient", patientId }, revision: 1 }]),
    )
    expect(await refusalOf(confirm(cloud, { patientId, code: confirmationCode }, cloud.call))).toBe(
      "confirmation-code-wrong",
    )
  })
})

describe("signing in", () => {
  test("answers with who it is and when the session ends", async () => {
    const { patientId, email } = await newPatient(cloud)
    expect(await signIn(cloud, { email, password }, cloud.call)).toEqual({
      patientId,
      accessToken: `token of ${patientId}`,
      expiresAt: "2026-03-01T13:00:00.000Z",
    })
  })

  test("with a wrong password, unknown address or unconfirmed account is refused in the same words", async () => {
    const { email } = await newPatient(cloud)
    await registering("bob@example.org")
    for (const attempt of [
      { email, password: "Wrong-horse-77" },
      { email: "nobody@example.org", password },
      { email: "bob@example.org", password },
    ])
      await expectRefusal(cloud, () => signIn(cloud, attempt, cloud.call), "email-or-password-wrong")
  })
})

describe("recovering", () => {
  test("hands out the bundle after an event, and to nobody without one", async () => {
    const { patientId } = await newPatient(cloud)
    cloud.calls.steps.length = 0
    expect(await recover(cloud, patientId, cloud.call)).toEqual({ recoveryBundle: someJwe })
    expect(cloud.calls.steps).toEqual(["store.read", "audit.append"])
    expect(cloud.trail.eventsOf(patientId).at(-1)).toMatchObject({ action: "recover", outcome: "permitted" })
    cloud.calls.failAt(2, "asked")
    await expect(recover(cloud, patientId, cloud.call)).rejects.toThrow("audit.append failed")
  })

  test("an unknown, unconfirmed or deactivated account is refused", async () => {
    const { patientId: unconfirmed } = await registering("bob@example.org")
    const patient = await newPatient(cloud)
    await deactivate(
      cloud,
      patient.patientId,
      { statement: await signedBy(patient, cloud, "deactivation", {}) },
      cloud.call,
    )
    await expectRefusal(cloud, () => recover(cloud, newId(), cloud.call), "not-found")
    await expectRefusal(cloud, () => recover(cloud, unconfirmed, cloud.call), "not-found")
    await expectRefusal(cloud, () => recover(cloud, patient.patientId, cloud.call), "account-deactivated")
  })
})
