import { beforeEach, describe, expect, test } from "vitest"
import { signConsent } from "../../functions/domain/consents.ts"
import { deactivate } from "../../functions/domain/deactivation.ts"
import { cancelDeactivation } from "../../functions/domain/deactivation-wait.ts"
import { endSigner } from "../../functions/domain/end-signer.ts"
import { getManifest, publishManifest } from "../../functions/domain/manifest.ts"
import { generateKeyPairs } from "../../protocol/keys.ts"
import { statementHash } from "../../protocol/statement.ts"
import { newKey } from "../fakes/call.ts"
import { expectRefusal, type MemoryCloud, memoryCloud, refusalOf } from "../fakes/cloud.ts"
import { adding, beginAnew, letIn, takingOff } from "../kit/devices.ts"
import { consentingPatient, consentRequest, halt, newCard, newGrant, publish, revoke } from "../kit/patients.ts"
import { selfMadeProfessional } from "../kit/professional.ts"
import { publicationOf } from "../kit/publications.ts"
import { rootOf, signedBy, signedEnd, type TestPatient } from "../kit/statements.ts"

let cloud: MemoryCloud
/** Who signs as `keys`: the owner's phone, and the device that is stolen. */
let phone: TestPatient
let thief: TestPatient
let root: TestPatient
beforeEach(async () => {
  cloud = await memoryCloud()
  phone = await consentingPatient(cloud)
  root = { ...phone, keys: phone.root }
  thief = await letIn(cloud, phone)
})

const publishing = (publication: Awaited<ReturnType<typeof publicationOf>>) =>
  publishManifest(cloud, phone.patientId, { publication }, cloud.call)
const send = (statement: string) => endSigner(cloud, phone.patientId, { statement }, cloud.call)
const end = async (by: TestPatient, ...whom: readonly TestPatient[]) =>
  send(
    await signedEnd(
      by,
      cloud,
      whom.map(({ keys }) => keys),
    ),
  )
const refusedSign = async (by: TestPatient) =>
  expectRefusal(cloud, async () => publishing(await publicationOf(cloud, by)), "statement-invalid")
const events = () => cloud.trail.all().filter(({ action }) => action === "end-signer")

describe("a signer that a statement has ended", () => {
  test("signs nothing more that the cloud takes: no manifest, halt, revocation, consent, end of others, nor that the account's end be stopped", async () => {
    const card = await newCard(cloud, phone)
    const professional = selfMadeProfessional()
    const grant = await newGrant(cloud, phone, professional, card)
    await end(phone, thief)
    await refusedSign(thief)
    const { call, cloud: identity } = cloud
    const cancellation = await signedBy(thief, cloud, "deactivation-cancellation", {})
    const consent = await consentRequest(cloud, thief, "store")
    for (const attempt of [
      () => halt(cloud, thief, grant),
      () => revoke(cloud, thief, card),
      () => signConsent({ ...cloud, cloud: identity }, thief.patientId, consent, call),
      () => cancelDeactivation(cloud, thief.patientId, { statement: cancellation }, call),
      () => end(thief, phone),
    ])
      await expectRefusal(cloud, attempt, "statement-invalid")
    await halt(cloud, phone, grant)
  })

  test("is told of by one event, before it is so, which names the statement and nobody", async () => {
    const statement = await signedEnd(phone, cloud, [thief.keys])
    cloud.calls.steps.length = 0
    await send(statement)
    expect(cloud.calls.steps.slice(-2)).toEqual(["audit.append", "store.write"])
    expect(events()).toMatchObject([
      { outcome: "permitted", actor: { kind: "patient" }, subject: { statementHash: await statementHash(statement) } },
    ])
    expect(Object.keys(events()[0]?.subject ?? {})).toEqual(["statementHash"])
  })

  test("lets nobody in whose list came at the same moment: who was let in by them is ended with them", async () => {
    const accomplice = await generateKeyPairs({ extractable: true })
    const late = await publicationOf(cloud, thief, await adding(cloud, thief, accomplice))
    // Verified before the end, and written right after it.
    cloud.calls.before("store.write", () => end(phone, thief))
    await publishing(late)
    await refusedSign({ ...thief, keys: accomplice })
    await refusedSign(thief)
  })

  test("is off the list with the next publication, without which the cloud takes none; then the others go on", async () => {
    await end(phone, thief)
    const other = await generateKeyPairs({ extractable: true })
    for (const change of [{}, await adding(cloud, phone, other)]) {
      const publication = await publicationOf(cloud, phone, change)
      await expectRefusal(cloud, () => publishing(publication), "manifest-conflict")
    }
    expect((await getManifest(cloud, phone.patientId, {})).ends).toHaveLength(1)
    await publishing(await takingOff(cloud, phone, [thief]))
    await publish(cloud, phone)
    await refusedSign(thief)
  })

  test("is ended by whoever is first: of two that end each other at once one wins, and only the root can end the other", async () => {
    const statement = await signedEnd(phone, cloud, [thief.keys])
    cloud.calls.before("store.write", () => end(thief, phone))
    expect(await refusalOf(send(statement))).toBe("statement-invalid")
    await refusedSign(phone)
    await end(root, phone, thief)
    await refusedSign(thief)
  })

  test("is ended though the record changes while its statement is on its way", async () => {
    const statement = await signedEnd(phone, cloud, [thief.keys])
    const change = await adding(cloud, thief, await generateKeyPairs({ extractable: true }))
    const quick = await publicationOf(cloud, thief, change)
    cloud.calls.before("audit.append", () => publishing(quick))
    await send(statement)
    await refusedSign(thief)
  })

  test("is brought back by no device, but by a later list of the root's, which counts as the last word", async () => {
    await end(root, thief, phone)
    await refusedSign(phone)
    await beginAnew(cloud, phone, [phone, thief])
    expect((await getManifest(cloud, phone.patientId, {})).ends).toEqual([])
    await publish(cloud, thief)
    // And is ended anew.
    await end(phone, thief)
    await refusedSign(thief)
  })
})

describe("the end of signers", () => {
  test("by the root counts whoever has ended whom before, and is not in the way of anything that signers write", async () => {
    await end(thief, phone)
    const statement = await signedEnd(root, cloud, [phone.keys, thief.keys])
    const third = await letIn(cloud, thief).catch(() => undefined)
    expect(third).toBeUndefined()
    await send(statement)
    await refusedSign(thief)
    expect(cloud.item("SIGNER-END#")).toHaveLength(2)
  })

  test("that is sent again is answered as the first time, and so is one that ends nobody any more, without an event", async () => {
    const statement = await signedEnd(phone, cloud, [thief.keys])
    await send(statement)
    const before = [cloud.snapshot(), events().length]
    await send(statement)
    await end(phone, thief)
    await send(await signedEnd(root, cloud, [thief.keys]))
    await send(await signedEnd(phone, cloud, [], { signers: [newKey()] }))
    expect([cloud.snapshot(), events().length]).toEqual(before)
  })

  test("that is sent twice at one moment is one", async () => {
    const statement = await signedEnd(phone, cloud, [thief.keys])
    cloud.calls.before("store.write", () => send(statement))
    expect(await send(statement)).toEqual({})
    expect(cloud.item("SIGNER-END#")).toMatchObject([{ by: "signers", under: 1, statements: [statement] }])
  })

  test("that is of the root, of its own signer, by a stranger, of another record or of another time is refused", async () => {
    const stranger = { ...phone, keys: await generateKeyPairs({ extractable: true }) }
    for (const statement of [
      await signedEnd(phone, cloud, [phone.root]),
      await signedEnd(phone, cloud, [thief.keys, phone.keys]),
      await signedEnd(root, cloud, [phone.root]),
      await signedEnd(stranger, cloud, [thief.keys]),
      await signedEnd(phone, cloud, [thief.keys], { record: newKey() }),
      await signedEnd(phone, cloud, []),
      await signedBy(rootOf(phone), cloud, "deactivation", {}),
    ])
      await expectRefusal(cloud, () => send(statement), "statement-invalid")
    for (const seconds of [-121, 121]) {
      const iat = Math.floor(cloud.now.getTime() / 1000) + seconds
      const statement = await signedEnd(phone, cloud, [thief.keys], { iat })
      await expectRefusal(cloud, () => send(statement), "statement-stale")
    }
  })

  test("is refused once the account has been ended", async () => {
    const statement = await signedBy(rootOf(phone), cloud, "deactivation", {})
    await deactivate(cloud, phone.patientId, { statement }, cloud.call)
    const ending = await signedEnd(phone, cloud, [thief.keys])
    await expectRefusal(cloud, () => send(ending), "account-deactivated")
  })
})
