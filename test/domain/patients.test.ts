import { beforeEach, describe, expect, test } from "vitest"
import type { RequestOf } from "../../contract/routes.ts"
import { deactivate } from "../../functions/domain/deactivation.ts"
import { confirm, recover, register, signIn } from "../../functions/domain/patients.ts"
import { createAccountKey } from "../../protocol/account-key.ts"
import { generateSealingKeyPair, sealingKeyThumbprint } from "../../protocol/sealing.ts"
import { confirmationCode } from "../fakes/accounts.ts"
import { newId } from "../fakes/call.ts"
import { expectRefusal, type MemoryCloud, memoryCloud, refusalOf } from "../fakes/cloud.ts"
import { newPatient, password, registration } from "../kit/patients.ts"
import { someJwe, someSealed } from "../kit/sealed.ts"
import { firstSigners, listedSigner, nextSigners, rootOf, signedBy, stampAt } from "../kit/statements.ts"

let cloud: MemoryCloud
beforeEach(async () => {
  cloud = await memoryCloud()
})

const sending = (request: RequestOf<"patient/register">) => register(cloud, request, cloud.call)
const registering = async (email = "anna@example.org", changed: object = {}) => {
  const { patient, request } = await registration(cloud, email)
  await sending({ ...request, ...changed })
  return patient
}

describe("registering", () => {
  test("opens an account that waits for its confirmation for a day", async () => {
    const { patientId } = await registering()
    const [patient, keys] = await cloud.store.read([
      { kind: "patient", patientId },
      { kind: "patient-keys", patientId },
    ])
    const ttl = cloud.now.getTime() / 1000 + 86_400
    expect(patient).toMatchObject({ status: "unconfirmed", revision: 1, ttl })
    expect(keys).toMatchObject({ recoveryBundle: someJwe, ttl })
    expect(cloud.trail.all()).toEqual([])
  })

  test("answers alike whether or not somebody has the e-mail address", async () => {
    for (const _ of [1, 2]) {
      const { request } = await registration(cloud, "anna@example.org")
      expect(await sending(request)).toEqual({})
    }
  })

  test("keeps the root, the list of signers and the account key as they were sent", async () => {
    const { request } = await registration(cloud, "anna@example.org")
    await sending(request)
    const { root, signers, recoveryBundle, accountKey } = request
    const { number, publicKey, ...copies } = accountKey
    expect(cloud.item("PATIENT-KEYS")).toMatchObject([{ ...copies, recoveryBundle }])
    const [account] = await cloud.store.read([{ kind: "patient", patientId: request.patientId }])
    expect(account).toMatchObject({ root, signers, accountKey: { number, publicKey } })
  })

  test("takes no copy of a key into what every request reads of an account", async () => {
    const { request } = await registration(cloud, "anna@example.org")
    await sending(request)
    const [account] = await cloud.store.read([{ kind: "patient", patientId: request.patientId }])
    for (const { sealed } of request.accountKey.sealed) expect(JSON.stringify(account)).not.toContain(sealed)
    expect(JSON.stringify(account)).not.toContain(request.recoveryBundle)
  })

  test("opens an account though keys of one that was never confirmed are still there", async () => {
    const { request } = await registration(cloud, "anna@example.org")
    await sending(request)
    const { patientId } = request
    await cloud.store.write([{ remove: { kind: "patient", patientId }, revision: 1 }])
    expect(await sending(request)).toEqual({})
    await confirm(cloud, { patientId, code: confirmationCode }, cloud.call)
    expect(await recover(cloud, patientId, cloud.call)).toMatchObject({ accountKey: request.accountKey })
  })

  test("with a key that is none, or spelled otherwise, opens no account", async () => {
    const { patient, request } = await registration(cloud, "anna@example.org")
    const { root, accountKey } = request
    const own = await listedSigner(patient.keys, cloud.now)
    const moved = <K extends { x: string; y: string }>(key: K): K => ({ ...key, y: key.x })
    const respelled = <K extends { x: string }>(key: K): K => {
      const last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
      return { ...key, x: key.x.slice(0, -1) + last.charAt(last.indexOf(key.x.slice(-1)) + 1) }
    }
    const listing = async (claims: object) => [await firstSigners(patient, cloud, [patient.keys], claims)]
    const { publicKey } = accountKey
    // A coefficient of the lattice is below 3329.
    const overflowing = { ...publicKey, mlkem768: "_".repeat(publicKey.mlkem768.length) }
    const sealing = { ...root.sealing, p256: moved(root.sealing.p256) }
    const respelt = { ...root.sealing, p256: respelled(root.sealing.p256) }
    const listed = { signing: root.signing, sealing: await sealingKeyThumbprint(sealing) }
    const invalid = [
      { accountKey: { ...accountKey, publicKey: { ...publicKey, p256: moved(publicKey.p256) } } },
      { accountKey: { ...accountKey, publicKey: { ...publicKey, p256: respelled(publicKey.p256) } } },
      { accountKey: { ...accountKey, publicKey: overflowing } },
      { signers: await listing({ signers: [{ ...own, signing: moved(own.signing) }] }) },
      // The account key names the same root, and so nothing differs but that nobody can seal to it.
      {
        root: { ...root, sealing },
        signers: await listing({ root: listed }),
        accountKey: { ...accountKey, sealed: [{ to: sealing, sealed: someSealed }, ...accountKey.sealed.slice(1)] },
      },
      { accountKey: { ...accountKey, sealed: [{ to: respelt, sealed: someSealed }, ...accountKey.sealed.slice(1)] } },
    ]
    for (const changed of invalid)
      await expectRefusal(cloud, () => sending({ ...request, ...changed }), "request-invalid")
    const unsigned = [
      { signers: await listing({ signers: [{ ...own, signing: respelled(own.signing) }] }) },
      { root: { ...root, signing: moved(root.signing) } },
      { root: { ...root, signing: respelled(root.signing) } },
      { root: { ...root, sealing } },
    ]
    for (const changed of unsigned)
      await expectRefusal(cloud, () => sending({ ...request, ...changed }), "statement-invalid")
  })

  test("with signers that the root didn't list just now, for this cloud and patient, opens no account", async () => {
    const { patient, request } = await registration(cloud, "anna@example.org")
    const other = (await registration(cloud, "bob@example.org")).patient
    const first = (claims: object, by = patient) => firstSigners(by, cloud, [patient.keys], claims)
    const [own] = request.signers
    const second = await nextSigners(patient, cloud, request.signers, {
      signers: [await listedSigner(patient.keys, cloud.now)],
    })
    const until = Math.floor(cloud.now.getTime() / 1000)
    const wrong = [
      [await first({ patientId: other.patientId })],
      [await first({ aud: "other.example" })],
      [await first({}, other)],
      [await first({}, { ...patient, root: other.root })],
      [await first({ number: 2, previous: "A".repeat(43) })],
      [await first({ number: 2 })],
      [await first({ previous: "A".repeat(43) })],
      [await first({ signers: [] })],
      [await first({ signers: [{ ...(await listedSigner(patient.keys, cloud.now)), until }] })],
      [own ?? "", second],
      [second],
      [own ?? "", own ?? ""],
    ]
    for (const signers of wrong) await expectRefusal(cloud, () => sending({ ...request, signers }), "statement-invalid")
    for (const seconds of [-121, 121]) {
      const signers = [await first(stampAt(new Date(cloud.now.getTime() + seconds * 1000)))]
      await expectRefusal(cloud, () => sending({ ...request, signers }), "statement-stale")
    }
  })

  test("with another root than its list names, in either half, opens no account", async () => {
    const { request } = await registration(cloud, "anna@example.org")
    const other = (await registration(cloud, "bob@example.org")).request
    for (const root of [
      { ...request.root, signing: other.root.signing },
      { ...request.root, sealing: other.root.sealing },
      other.root,
    ])
      await expectRefusal(cloud, () => sending({ ...request, root }), "statement-invalid")
  })

  test("with an account key that isn't the first, or not sealed to exactly the root and the signers, opens no account", async () => {
    const { patient, request } = await registration(cloud, "anna@example.org")
    const { accountKey } = request
    const place = { cloudId: cloud.cloud.cloudId, patientId: patient.patientId }
    const [root, own] = [patient.root.sealing.publicKey, patient.keys.sealing.publicKey]
    const stranger = (await generateSealingKeyPair()).publicKey
    const sealedTo = async (...holders: (typeof root)[]) => (await createAccountKey(place, holders)).accountKey
    const [ofRoot] = accountKey.sealed
    const wrong = [
      await sealedTo(root),
      await sealedTo(own),
      await sealedTo(root, own, stranger),
      await sealedTo(root, stranger),
      { ...accountKey, sealed: [...accountKey.sealed, ...(ofRoot === undefined ? [] : [ofRoot])] },
      { ...accountKey, number: 2 },
      { ...accountKey, previous: [ofRoot?.sealed ?? ""] },
    ]
    for (const changed of wrong)
      await expectRefusal(cloud, () => sending({ ...request, accountKey: changed }), "request-invalid")
  })

  test("with a weak password opens no account", async () => {
    expect(await refusalOf(registering("anna@example.org", { password: "short" }))).toBe("password-too-weak")
    expect(cloud.snapshot().patients).toEqual({})
  })

  test("never touches an account that has the same id already", async () => {
    const { patientId } = await newPatient(cloud)
    const { patient, request } = await registration(cloud, "mallory@example.org")
    const taking = {
      ...request,
      patientId,
      signers: [await firstSigners({ ...patient, patientId }, cloud, [patient.keys])],
    }
    await expectRefusal(cloud, () => sending(taking), "request-invalid")
  })

  test("never takes the id of an account that is registered at the same moment, nor of one that was deactivated", async () => {
    const { patient, request } = await registration(cloud, "anna@example.org")
    const { request: other } = await registration(cloud, "mallory@example.org")
    cloud.calls.before("store.write", () => sending(request))
    const taking = { ...request, recoveryBundle: `${other.recoveryBundle}A` }
    expect(await refusalOf(sending(taking))).toBe("request-invalid")
    await confirm(cloud, { patientId: patient.patientId, code: confirmationCode }, cloud.call)
    const statement = await signedBy(rootOf(patient), cloud, "deactivation", {})
    await deactivate(cloud, patient.patientId, { statement }, cloud.call)
    await expectRefusal(cloud, () => sending(request), "request-invalid")
  })

  test("is answered the same when the same request comes again, at the same moment or later", async () => {
    const { patient, request } = await registration(cloud, "anna@example.org")
    cloud.calls.before("store.write", () => sending(request))
    expect(await sending(request)).toEqual({})
    expect(await sending(request)).toEqual({})
    expect(Object.keys(cloud.snapshot().patients)).toHaveLength(1)
    await confirm(cloud, { patientId: patient.patientId, code: confirmationCode }, cloud.call)
    await expectRefusal(cloud, () => sending(request), "request-invalid")
  })

  test("that fails at any call leaves no account that could be used, and works when asked again", async () => {
    for (const when of ["asked", "answered"] as const)
      for (const call of [1, 2]) {
        cloud = await memoryCloud()
        cloud.calls.failAt(call, when)
        const { patient, request } = await registration(cloud, "anna@example.org")
        await expect(sending(request)).rejects.toThrow(/failed|lost/)
        cloud.calls.mend()
        expect(await signIn(cloud, { email: "anna@example.org", password }, cloud.call).catch(() => "refused")).toBe(
          "refused",
        )
        const { patientId } = patient
        await sending(request)
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
    const [account, keys] = await cloud.store.read([
      { kind: "patient", patientId },
      { kind: "patient-keys", patientId },
    ])
    expect(account).toMatchObject({ status: "active", revision: 2 })
    expect(account).not.toHaveProperty("ttl")
    expect(keys).not.toHaveProperty("ttl")
  })

  test("is refused where the keys vanished before the account", async () => {
    const { patientId } = await registering()
    await cloud.store.write([{ remove: { kind: "patient-keys", patientId }, revision: 1 }])
    const request = { patientId, code: confirmationCode }
    expect(await refusalOf(confirm(cloud, request, cloud.call))).toBe("confirmation-code-wrong")
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
  test("hands out the bundle, the signers and the account key after an event, and to nobody without one", async () => {
    const { patientId } = await newPatient(cloud)
    cloud.calls.steps.length = 0
    const [stored, keys] = await cloud.store.read([
      { kind: "patient", patientId },
      { kind: "patient-keys", patientId },
    ])
    cloud.calls.steps.length = 0
    const { accountKey, ...recovered } = await recover(cloud, patientId, cloud.call)
    expect(recovered).toEqual({ recoveryBundle: someJwe, signers: stored?.signers })
    expect(accountKey).toEqual({
      number: 1,
      publicKey: stored?.accountKey?.publicKey,
      sealed: keys?.sealed,
      previous: [],
    })
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
      { statement: await signedBy(rootOf(patient), cloud, "deactivation", {}) },
      cloud.call,
    )
    await expectRefusal(cloud, () => recover(cloud, newId(), cloud.call), "not-found")
    await expectRefusal(cloud, () => recover(cloud, unconfirmed, cloud.call), "not-found")
    await expectRefusal(cloud, () => recover(cloud, patient.patientId, cloud.call), "account-deactivated")
  })
})
