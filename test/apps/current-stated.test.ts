import "fake-indexeddb/auto"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { createAccount, forgetEverything, writeContentsCopy } from "../../apps/ehr/device.ts"
import { documents, keepDocument, type Listed } from "../../apps/ehr/record-store.ts"
import { account, session } from "../../apps/ehr/state.ts"
import { currentStated } from "../../apps/ehr/stated/current.ts"
import { emptyStated, type StatedSummary } from "../../fhir/stated-summary.ts"
import { writeSummary } from "../../fhir/write-summary.ts"
import { toBase64url, utf8 } from "../../protocol/crypto/bytes.ts"

import { randomBytes } from "../../protocol/crypto/primitives.ts"
import { generateKeyPairs, lockKeyPairs } from "../../protocol/keys.ts"
import { Unreachable } from "../../sdk/api.ts"
import { emptyCache } from "../../sdk/patient/cache.ts"
import { signerIdOf } from "../../sdk/patient/session.ts"
import { english } from "../fhir/words.ts"
import { newProvider } from "../kit/provider.ts"

const today = "2026-11-28"
const named = (given: string): StatedSummary => ({
  ...emptyStated("en", today),
  names: [{ given, family: "Papadaki" }],
})

/** A document of the record that opens without a network. */
const inRecord = async (bytes: string, over: Partial<Listed["metadata"]> = {}): Promise<Listed> => {
  const recordId = toBase64url(randomBytes(16))
  const content = utf8(bytes)
  const of = { recordId, version: 1, replaces: null, category: "summary" as const }
  const descriptor = {
    ...of,
    objectId: recordId,
    epoch: 1,
    size: content.length,
    sha256: "",
    wrappedKey: "",
    metadata: "",
  }
  await keepDocument(descriptor, content)
  const about = { title: "Emergency summary", contentType: "application/fhir+json", size: content.length }
  return { descriptor, metadata: { ...of, ...about, createdAt: "2026-11-28T10:00:00Z", ...over } }
}

const summaryOf = (stated: StatedSummary) => writeSummary(stated, english, new Date("2026-11-28T10:00:00Z"))
const professional = { author: "ab".repeat(32) }

beforeEach(async () => {
  await forgetEverything()
  const keys = await generateKeyPairs({ extractable: false })
  const { keys: provider } = await newProvider()
  const call = () => Promise.reject(new Unreachable("unreachable"))
  const introduced = { cloudId: "", name: "", provider }
  const owner = { patientId: "p", fingerprint: "", memory: {} }
  session.value = {
    ...owner,
    cloud: { api: { address: "", call }, ...introduced },
    accessToken: "",
    keys,
    signerId: await signerIdOf(keys),
    cache: emptyCache(),
  }
  account.value = {
    ...owner,
    keys: await lockKeyPairs(keys),
    cloud: { address: "https://cloud.example", ...introduced },
    stage: "done",
  }
  await createAccount(account.value)
  await writeContentsCopy({})
})

afterEach(async () => {
  account.value = undefined
  session.value = undefined
  documents.value = undefined
  await forgetEverything()
})

describe("the patient's own summary", () => {
  test("is the newest that the patient's device wrote", async () => {
    documents.value = [await inRecord(summaryOf(named("Earlier"))), await inRecord(summaryOf(named("Eleni")))]
    expect(await currentStated()).toMatchObject({ stated: { names: [{ given: "Eleni" }] } })
  })

  test("is none that a professional added, though it is newer, approved and tagged as the patient's own", async () => {
    const own = await inRecord(summaryOf(named("Eleni")))
    documents.value = [own, await inRecord(summaryOf(named("Forged")), professional)]
    const current = await currentStated()
    expect(current?.stated.names[0]?.given).toBe("Eleni")
    expect(current?.descriptor).toBe(own.descriptor)
  })

  test("isn't there where only a professional added one", async () => {
    documents.value = [await inRecord(summaryOf(named("Forged")), professional)]
    expect(await currentStated()).toBeUndefined()
  })

  test("isn't there where the one of its tag lies in another category", async () => {
    const { descriptor, ...rest } = await inRecord(summaryOf(named("Eleni")))
    documents.value = [{ ...rest, descriptor: { ...descriptor, category: "document" } }]
    expect(await currentStated()).toBeUndefined()
  })

  test("that the form can't take is an error, and no absence", async () => {
    const parsed = JSON.parse(summaryOf(named("Eleni")))
    const patient = parsed.entry.find(
      ({ resource }: { resource: { resourceType: string } }) => resource.resourceType === "Patient",
    )
    patient.resource.gender = "both"
    documents.value = [await inRecord(JSON.stringify(parsed))]
    await expect(currentStated()).rejects.toThrow("can't be taken into the form")
  })
})
