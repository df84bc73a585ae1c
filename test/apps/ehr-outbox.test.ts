import "fake-indexeddb/auto"
import { beforeEach, describe, expect, test, vi } from "vitest"
import { createAccount, forgetEverything, readWaiting } from "../../apps/ehr/device.ts"
import { addDocument, chooseFile, giveUp, openOutbox, outgoing } from "../../apps/ehr/outbox.ts"
import { session } from "../../apps/ehr/state.ts"
import { troubleOf } from "../../apps/shared/problem.ts"
import { generateKeyPairs, lockKeyPairs } from "../../protocol/keys.ts"
import { Unreachable } from "../../sdk/api.ts"
import { emptyCache } from "../../sdk/patient/cache.ts"
import { type PatientSession, signerIdOf } from "../../sdk/patient/session.ts"
import { newProvider } from "../kit/provider.ts"

/** Signed in to a cloud that gives no answer. */
const withoutNetwork = async (): Promise<PatientSession> => {
  const keys = await generateKeyPairs({ extractable: false })
  const { keys: provider } = await newProvider()
  const call = () => Promise.reject(new Unreachable("unreachable"))
  const cloud = { api: { address: "", call }, cloudId: "", name: "", provider }
  const ofDevice = { keys, signerId: await signerIdOf(keys), fingerprint: "", memory: {}, cache: emptyCache() }
  return { cloud, patientId: "p", accessToken: "", ...ofDevice }
}

const letter = { category: "document", title: "A letter", contentType: "text/plain" } as const
const settled = () => vi.waitFor(() => expect(outgoing.value.map(({ phase }) => phase)).toEqual(["waiting"]))

describe("a document added without a network", () => {
  beforeEach(async () => {
    await forgetEverything()
    outgoing.value = []
    session.value = await withoutNetwork()
    const { api, ...introduced } = session.value.cloud
    const { patientId, fingerprint } = session.value
    const keys = await lockKeyPairs(session.value.keys)
    const cloud = { address: api.address, ...introduced }
    await createAccount({ patientId, fingerprint, keys, memory: {}, cloud, stage: "done" })
  })

  test("waits, sealed, and is there when the app is opened again", async () => {
    await addDocument(letter, new Blob(["Allergic to penicillin."]))
    await settled()
    const [stored] = await readWaiting()
    expect(JSON.stringify(stored) + Buffer.from(stored?.sealed ?? []).toString("latin1")).not.toMatch(
      /penicillin|A letter|text\/plain/,
    )
    outgoing.value = []
    await openOutbox()
    expect(outgoing.value).toMatchObject([{ ...letter, size: 23, phase: "waiting" }])
  })

  test("is gone from the device when it is given up", async () => {
    await addDocument(letter, new Blob(["Allergic to penicillin."]))
    await settled()
    await giveUp(outgoing.value[0]?.id ?? "")
    expect(outgoing.value).toEqual([])
    expect(await readWaiting()).toEqual([])
  })

  test("that is too large to be kept asks for its file when the app is opened again", async () => {
    // Nothing reads it before there is a network.
    const large = Object.assign(new Blob(["x"]), {})
    Object.defineProperty(large, "size", { value: 70 * 1024 * 1024 })
    await addDocument(letter, large)
    await settled()
    expect((await readWaiting())[0]?.sealed.length).toBeLessThan(1000)
    const { id = "" } = outgoing.value[0] ?? {}
    // As after the page was closed: the file is not at hand any more.
    outgoing.value = []
    await openOutbox()
    expect(outgoing.value).toMatchObject([{ id, phase: "needs-file" }])
    chooseFile(id, large)
    await settled()
  })
})

test("what the SDK throws is told in three kinds that a person can act on", () => {
  expect(troubleOf(new Unreachable("unreachable")).kind).toBe("offline")
  expect(troubleOf(Object.assign(new Error("x"), { name: "Problem", code: "busy" }))).toMatchObject({ kind: "refused" })
  expect(troubleOf(Object.assign(new Error("x"), { name: "IntegrityFailure", code: "record-differs" }))).toMatchObject({
    kind: "integrity",
  })
  expect(troubleOf(new Error("secret detail")).sentence).not.toContain("secret")
})
