import { beforeEach, describe, expect, test } from "vitest"
import { makeCard } from "../../functions/domain/cards.ts"
import { getConsent } from "../../functions/domain/consents.ts"
import { contribute } from "../../functions/domain/contribute.ts"
import { carryOutDeactivation, deactivate } from "../../functions/domain/deactivation.ts"
import { cancelDeactivation, requestDeactivation } from "../../functions/domain/deactivation-wait.ts"
import { getManifest } from "../../functions/domain/manifest.ts"
import { signIn } from "../../functions/domain/patients.ts"
import { commit } from "../../functions/domain/records.ts"
import { newId } from "../fakes/call.ts"
import { expectRefusal, type MemoryCloud, memoryCloud, refusalOf } from "../fakes/cloud.ts"
import {
  addRecord,
  cardRequest,
  commitRequest,
  descriptorOf,
  newGrant,
  newPatient,
  password,
  patientInOrder,
  put,
} from "../kit/patients.ts"
import { selfMadeProfessional } from "../kit/professional.ts"
import { someSealed } from "../kit/sealed.ts"
import { rootOf, signedBy, signedByProfessional, stampAt, type TestPatient } from "../kit/statements.ts"

const professional = selfMadeProfessional()
let cloud: MemoryCloud
let patient: TestPatient
beforeEach(async () => {
  cloud = await memoryCloud()
  const made = await patientInOrder(cloud)
  patient = made.patient
  const path = await newGrant(cloud, patient, professional, made.card)
  const descriptor = await descriptorOf()
  put(cloud, "pending", path.patientId, descriptor)
  const { patientId, grantId } = path
  const { fingerprint } = patient
  const claims = { patientId, grantId, fingerprint, descriptor, account: 1, sealedKey: someSealed }
  const statement = await signedByProfessional(professional, cloud, "contribution", claims)
  const contributionId = descriptor.recordId
  await contribute(cloud, professional.account, { patientId, grantId, contributionId, statement }, cloud.call)
  cloud.calls.steps.length = 0
})
const statementOf = (claims: object = {}, by = patient) => signedBy(rootOf(by), cloud, "deactivation", claims)
const deactivating = (statement: string, as = patient.patientId) => deactivate(cloud, as, { statement }, cloud.call)
const itemsOf = ({ patientId }: TestPatient) => cloud.item(`PATIENT#${patientId}`)

describe("deactivating an account", () => {
  test("destroys every version, item and key, and the account; the trail and the signed wish stay", async () => {
    const { patientId } = patient
    const other = await patientInOrder(cloud)
    const theirs = itemsOf(other.patient)
    const statement = await statementOf()
    const events = cloud.trail.eventsOf(patientId)
    expect(await deactivating(statement)).toEqual({ status: "done" })
    expect(itemsOf(patient)).toEqual([
      { kind: "patient", patientId, status: "deactivated", revision: 4, statement, createdAt: cloud.now.toISOString() },
    ])
    expect(cloud.buckets.versions().filter(({ name }) => name.includes(patientId))).toEqual([])
    expect(Object.keys(cloud.snapshot().patients)).toEqual([other.patient.patientId])
    expect(cloud.trail.eventsOf(patientId).slice(0, -1)).toEqual(events)
    expect(cloud.trail.eventsOf(patientId).at(-1)).toMatchObject({ action: "deactivate", outcome: "permitted" })
    expect(itemsOf(other.patient)).toEqual(theirs)
    expect(cloud.snapshot().objects).not.toEqual({})
  })

  test("is an event before anything is closed, and closes before anything is destroyed", async () => {
    await deactivating(await statementOf())
    const { steps } = cloud.calls
    expect(steps.indexOf("audit.append")).toBeLessThan(steps.indexOf("store.write"))
    expect(steps.indexOf("store.write")).toBeLessThan(steps.indexOf("objects.destroySome"))
    expect(steps.slice(-3)).toEqual(["accounts.remove", "store.read", "store.write"])
  })

  test("twice is as once", async () => {
    const statement = await statementOf()
    await deactivating(statement)
    const [once, events] = [cloud.snapshot(), cloud.trail.all()]
    expect(await deactivating(statement)).toEqual({ status: "done" })
    expect([cloud.snapshot(), cloud.trail.all()]).toEqual([once, events])
  })

  test("of a large record takes several requests of the same statement", async () => {
    for (let i = 0; i < 100; i++) await addRecord(cloud, patient)
    const statement = await statementOf()
    expect(await deactivating(statement)).toEqual({ status: "in-progress" })
    await expectRefusal(cloud, () => getManifest(cloud, patient.patientId, {}), "account-deactivated")
    let requests = 1
    while ((await deactivating(statement)).status === "in-progress") expect(++requests).toBeLessThan(10)
    expect(cloud.snapshot().objects).toEqual({})
    expect(cloud.trail.all().filter(({ action }) => action === "deactivate")).toHaveLength(1)
  })

  test("that fails at any call is finished by the same statement, and nobody is left without a way to finish", async () => {
    const failures: number[] = []
    for (const when of ["asked", "answered"] as const)
      for (let call = 1; call <= 14; call++) {
        cloud = await memoryCloud()
        patient = (await patientInOrder(cloud)).patient
        const mine = await statementOf()
        cloud.calls.failAt(call, when)
        const first = await deactivating(mine).then(
          () => "done",
          () => "failed",
        )
        if (first === "failed") failures.push(call)
        cloud.calls.mend()
        const [item] = itemsOf(patient)
        const closed = item?.kind === "patient" && item.status === "deactivated"
        // Whoever still has something to destroy can still sign in.
        if (!closed) await signIn(cloud, { email: patient.email, password }, cloud.call)
        expect(await deactivating(mine)).toEqual({ status: "done" })
        expect([itemsOf(patient).length, cloud.snapshot().objects, cloud.snapshot().patients]).toEqual([1, {}, {}])
      }
    expect(failures.length).toBeGreaterThan(20)
  })

  test("that was interrupted is finished by the clock, and by no other statement", async () => {
    cloud.calls.before("objects.destroySome", async () => {
      throw new Error("interrupted")
    })
    await expect(deactivating(await statementOf())).rejects.toThrow("interrupted")
    const again = await statementOf()
    await expectRefusal(cloud, () => deactivating(again), "account-deactivated")
    expect(await carryOutDeactivation(cloud, patient.patientId, cloud.call)).toBe("done")
    expect(itemsOf(patient)).toHaveLength(1)
    expect(cloud.item("DEACTIVATION ")).toEqual([])
    expect(cloud.trail.all().filter(({ action }) => action === "deactivate")).toHaveLength(1)
  })

  test("waits for nothing that a device asks for, and leaves nothing that waits, whatever is asked for at the moment", async () => {
    const { patientId } = patient
    const asked = () => signedBy(patient, cloud, "deactivation-request", { under: 1 })
    await requestDeactivation(cloud, patientId, { statement: await asked() }, cloud.call)
    const cancellation = await signedBy(patient, cloud, "deactivation-cancellation", {})
    const statement = await statementOf()
    cloud.calls.before("store.write", () =>
      cancelDeactivation(cloud, patientId, { statement: cancellation }, cloud.call),
    )
    expect(await deactivating(statement)).toEqual({ status: "done" })
    expect(cloud.item("DEACTIVATION ")).toEqual([])
    cloud = await memoryCloud()
    patient = (await patientInOrder(cloud)).patient
    const [mine, theirs] = [await statementOf(), await asked()]
    cloud.calls.before("store.write", () =>
      requestDeactivation(cloud, patient.patientId, { statement: theirs }, cloud.call),
    )
    expect(await deactivating(mine)).toEqual({ status: "done" })
    expect(cloud.item("DEACTIVATION ")).toEqual([])
  })

  test("is signed by the root, and by no device", async () => {
    const other = await newPatient(cloud)
    for (const by of [patient, other, rootOf(other)]) {
      const statement = await signedBy({ ...by, patientId: patient.patientId }, cloud, "deactivation", {})
      await expectRefusal(cloud, () => deactivating(statement), "statement-invalid")
    }
  })

  test("by a statement that isn't for it is refused", async () => {
    const other = await newPatient(cloud)
    for (const claims of [{ aud: "other.example" }, { patientId: other.patientId }, { more: 1 }]) {
      const statement = await statementOf(claims)
      await expectRefusal(cloud, () => deactivating(statement), "statement-invalid")
    }
    const own = await statementOf()
    await expectRefusal(cloud, () => deactivating(own, other.patientId), "statement-invalid")
    await expectRefusal(cloud, () => deactivating(own, newId()), "not-found")
    const stale = await statementOf(stampAt(new Date(cloud.now.getTime() + 121_000)))
    await expectRefusal(cloud, () => deactivating(stale), "statement-stale")
  })

  test("twice at once is done once, and the other told to try again", async () => {
    const statement = await statementOf()
    cloud.calls.before("store.write", () => deactivating(statement))
    expect(await refusalOf(deactivating(statement))).toBe("statement-replayed")
    expect(await deactivating(statement)).toEqual({ status: "done" })
  })
})

describe("once an account is deactivated", () => {
  test("the account is refused everywhere, and nothing is written for it", async () => {
    const { patientId } = patient
    const commitment = await commitRequest(cloud, patient)
    const made = await cardRequest(cloud, patient)
    await deactivating(await statementOf())
    const attempts = [
      () => getConsent(cloud, patientId, { kind: "store" }),
      () => getManifest(cloud, patientId, {}),
      () => commit(cloud, patientId, commitment, cloud.call),
      () => makeCard(cloud, patientId, made, cloud.call),
    ]
    for (const attempt of attempts) await expectRefusal(cloud, attempt, "account-deactivated")
  })

  test("what was under way at that moment writes nothing", async () => {
    const { patientId } = patient
    const commitment = await commitRequest(cloud, patient)
    const statement = await statementOf()
    cloud.calls.before("store.write", () => deactivating(statement))
    expect(await refusalOf(commit(cloud, patientId, commitment, cloud.call))).toMatch(
      /conflict|busy|account-deactivated/,
    )
    expect(itemsOf(patient)).toHaveLength(1)
  })
})
