import "fake-indexeddb/auto"
import { expect, test, vi } from "vitest"
import { createAccount, readWaiting } from "../../apps/ehr/device.ts"
import { addDocument, giveUp, outgoing, retry } from "../../apps/ehr/outbox.ts"
import { documents } from "../../apps/ehr/record-store.ts"
import { session as signedIn } from "../../apps/ehr/state.ts"
import { lockKeyPairs } from "../../protocol/keys.ts"
import { listRecords } from "../../sdk/patient/listed.ts"
import { downloadRecord, uploadRecord } from "../../sdk/patient/records.ts"
import { documentOf } from "../kit/people.ts"
import { secondDevice, useWorld } from "../kit/world.ts"

const world = useWorld()

test("a document whose place another device took stays on its own device, and is said to have failed", async () => {
  const account = await world.patient()
  const patient = account.session
  const replaces = await world.over(() => uploadRecord(patient, documentOf("document", "first")))
  const other = await world.over(() => secondDevice(account))
  const theirs = await world.over(() => uploadRecord(other, documentOf("document", "second"), { replaces }))
  await world.over(async () => {
    const { patientId, fingerprint, memory, cloud } = patient
    const { api, ...introduced } = cloud
    const keys = await lockKeyPairs(patient.keys)
    const kept = { address: api.address, ...introduced }
    await createAccount({ patientId, fingerprint, keys, memory, cloud: kept, stage: "done" })
    signedIn.value = patient
    documents.value = [{ descriptor: theirs }]
    const { category, title, contentType, content } = documentOf("document", "third")
    await addDocument({ category, title, contentType, replaces }, new Blob([content]))
    for (let i = 0; i < 2; i++) {
      await vi.waitFor(() => expect(outgoing.value).toMatchObject([{ phase: "failed" }]), { timeout: 20_000 })
      expect(await readWaiting()).toHaveLength(1)
      retry(outgoing.value[0]?.id ?? "")
    }
    await vi.waitFor(() => expect(outgoing.value).toMatchObject([{ phase: "failed" }]), { timeout: 20_000 })
  })
  const [listed, ...others] = await world.over(() => listRecords(patient))
  if (listed === undefined) throw new Error("the record is gone")
  expect(others).toEqual([])
  const { bytes } = await world.over(() => downloadRecord(patient, listed))
  expect(Buffer.from(bytes).toString()).toBe("second")
  await world.over(() => giveUp(outgoing.value[0]?.id ?? ""))
})
