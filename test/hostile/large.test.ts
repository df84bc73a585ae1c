import { beforeAll, describe, expect, test, vi } from "vitest"
import type { Bytes } from "../../protocol/crypto/bytes.ts"
import { partBytes } from "../../protocol/primitives.ts"
import { lookUp } from "../../sdk/hcp/card.ts"
import { abortContribution, contribute } from "../../sdk/hcp/contribute.ts"
import { type Access, emergencyAccess, readSummaryRecords } from "../../sdk/hcp/emergency-access.ts"
import {
  listRecords as listAsHcp,
  readRange as rangeAsHcp,
  readRecord,
  streamRecord as streamAsHcp,
} from "../../sdk/hcp/records.ts"
import { makeCard } from "../../sdk/patient/cards.ts"
import {
  approveContribution,
  listContributions,
  readContribution,
  streamContribution,
} from "../../sdk/patient/contributions.ts"
import { listRecords } from "../../sdk/patient/listed.ts"
import {
  abortUpload,
  downloadRecord,
  listVersions,
  readRange,
  streamRecord,
  uploadRecord,
} from "../../sdk/patient/records.ts"
import type { PatientSession } from "../../sdk/patient/session.ts"
import type { UploadState } from "../../sdk/sealed-record.ts"
import { cloudAddress, hriAddress, type MemoryNetwork, memoryNetwork } from "../kit/memory-network.ts"
import { lying, type Network, over } from "../kit/network.ts"
import { newAccount } from "../kit/new-account.ts"
import { cardIn, documentOf } from "../kit/people.ts"
import { documentOf as bytesOf } from "../sdk/transfer/documents.ts"

// Documents of several parts, many times: more than a minute where the machine has other work.
vi.setConfig({ testTimeout: 600_000 })

let memory: MemoryNetwork
let honest: Network
let session: PatientSession
let count = 0
beforeAll(async () => {
  memory = await memoryNetwork()
  honest = memory.network
  session = await over(honest, newSession)
})
const newSession = async () => (await newAccount(cloudAddress, `large-${++count}@example.org`)).session

const content = bytesOf(2 * partBytes + 77_777, 7)
const large = { ...documentOf("summary", "a large document"), content }
const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0

const whole = async (stream: ReadableStream<Bytes>): Promise<Uint8Array> =>
  new Uint8Array(await new Response(stream).arrayBuffer())

const accessTo = async (patient: PatientSession): Promise<Access> => {
  const { text } = await makeCard(patient, { hri: hriAddress, categories: ["summary", "imaging"] })
  const card = cardIn(text)
  return emergencyAccess(card, await lookUp(card), memory.physician)
}

/** Fails once the n-th sealed part was asked to be put. */
const breaking = (after: number, stop: AbortController): Network => {
  let puts = 0
  return async (asked) => {
    if (asked.route === "object" && asked.method === "PUT" && puts++ === after) stop.abort(new Error("broken off"))
    return honest(asked)
  }
}

const interrupted = async (patient: PatientSession): Promise<UploadState> => {
  let state: UploadState | undefined
  const stop = new AbortController()
  const running = over(breaking(1, stop), () =>
    uploadRecord(patient, large, { signal: stop.signal, onState: (newest) => void (state = newest) }),
  )
  await expect(running).rejects.toThrow("broken off")
  if (state === undefined) throw new Error("nothing was kept")
  return state
}

test("a large record is read by patient and professional alike: whole, as a stream, and a range of it alone", async () => {
  await over(honest, async () => {
    const descriptor = await uploadRecord(session, large)
    expect(await listRecords(session)).toEqual([descriptor])
    expect(same((await downloadRecord(session, descriptor)).bytes, content)).toBe(true)
    expect(same(await whole((await streamRecord(session, descriptor)).stream), content)).toBe(true)
    const range = { offset: partBytes - 5, length: 1000 }
    expect(same(await readRange(session, descriptor, range), content.subarray(partBytes - 5, partBytes + 995))).toBe(
      true,
    )

    const access = await accessTo(session)
    const [summary] = await readSummaryRecords(access)
    expect(same(summary?.bytes ?? new Uint8Array(), content)).toBe(true)
    const [listed] = await listAsHcp(access, "summary")
    if (listed === undefined) throw new Error("it isn't listed")
    expect(same((await readRecord(access, listed)).bytes, content)).toBe(true)
    expect(same(await whole((await streamAsHcp(access, listed)).stream), content)).toBe(true)
    expect(same(await rangeAsHcp(access, listed, range), content.subarray(partBytes - 5, partBytes + 995))).toBe(true)
  })
})

test("a large addition is read by the patient before they approve it, and is theirs afterwards", async () => {
  await over(honest, async () => {
    const patient = await newSession()
    const access = await accessTo(patient)
    const { contributionId } = await contribute(access, large)
    const [contribution] = await listContributions(patient)
    if (contribution === undefined) throw new Error("it isn't listed")
    expect(same(await readContribution(patient, contribution), content)).toBe(true)
    expect(same(await whole(await streamContribution(patient, contribution)), content)).toBe(true)
    const approved = await approveContribution(patient, contribution)
    expect(approved).toMatchObject({ recordId: contributionId, sha256: contribution.descriptor?.sha256 })
    expect(same((await downloadRecord(patient, approved)).bytes, content)).toBe(true)
  })
})

describe("an upload that was broken off", () => {
  test("leaves nothing in the record, goes on from its state, and is committed once", async () => {
    const patient = await over(honest, newSession)
    const state = await interrupted(patient)
    expect(await over(honest, () => listRecords(patient))).toEqual([])
    const puts: string[] = []
    const watching: Network = async (asked) => {
      if (asked.route === "object" && asked.method === "PUT") puts.push(asked.url.searchParams.get("partNumber") ?? "")
      return honest(asked)
    }
    const descriptor = await over(watching, () => uploadRecord(patient, large, { resume: state }))
    const sent = state.parts.flatMap((part, i) => (part.sent ? [String(i + 1)] : []))
    expect(puts.filter((number) => sent.includes(number))).toEqual([])
    await over(honest, async () => {
      expect(await listRecords(patient)).toEqual([descriptor])
      expect(same((await downloadRecord(patient, descriptor)).bytes, content)).toBe(true)
    })
  })

  test("is not gone on with from another document", async () => {
    const patient = await over(honest, newSession)
    const state = await interrupted(patient)
    const other = { ...large, content: content.with(3, (content[3] ?? 0) ^ 1) }
    const resumed = (plain: typeof large) => over(honest, () => uploadRecord(patient, plain, { resume: state }))
    await expect(resumed(other)).rejects.toMatchObject({ code: "source-changed" })
    await expect(resumed({ ...large, title: "another" })).rejects.toMatchObject({ code: "source-changed" })
    await expect(resumed({ ...large, category: "imaging" })).rejects.toMatchObject({ code: "source-changed" })
    expect(await over(honest, () => listRecords(patient))).toEqual([])
  })

  test("is given up without a trace, and can be given up twice", async () => {
    const patient = await over(honest, newSession)
    const state = await interrupted(patient)
    await over(honest, () => abortUpload(patient, state))
    await over(honest, () => abortUpload(patient, state))
    expect(memory.uploads()).not.toContain(patient.patientId)
  })

  test("by a professional goes on too, or is given up without a trace", async () => {
    const patient = await over(honest, newSession)
    const access = await over(honest, () => accessTo(patient))
    const states: UploadState[] = []
    for (let i = 0; i < 2; i++) {
      const stop = new AbortController()
      const running = over(breaking(1, stop), () =>
        contribute(access, large, { signal: stop.signal, onState: (newest) => void (states[i] = newest) }),
      )
      await expect(running).rejects.toThrow("broken off")
    }
    const [first, second] = states
    if (first === undefined || second === undefined) throw new Error("nothing was kept")
    await over(honest, async () => {
      await contribute(access, large, { resume: first })
      await abortContribution(access, second)
      const [contribution, ...others] = await listContributions(patient)
      expect(others).toEqual([])
      expect(contribution?.contributionId).toBe(first.recordId)
    })
    expect(memory.uploads()).not.toContain(patient.patientId)
  })

  test("leaves its version to the next, when it is of another size", async () => {
    const patient = await over(honest, newSession)
    await over(honest, async () => {
      const first = await uploadRecord(patient, documentOf("summary", "first"))
      const stop = new AbortController()
      await over(breaking(1, stop), () =>
        uploadRecord(patient, large, { replaces: first, signal: stop.signal }).catch(() => undefined),
      )
      const longer = { ...large, content: bytesOf(partBytes + 99, 3) }
      const second = await over(honest, () => uploadRecord(patient, longer, { replaces: first }))
      expect(second.version).toBe(2)
      expect((await listVersions(patient, first.recordId)).map(({ version }) => version)).toEqual([1, 2])
      await expect(uploadRecord(patient, longer, { replaces: first })).rejects.toMatchObject({
        code: "record-conflict",
      })
    })
  })
})

describe("a hostile cloud or store", () => {
  test("gains nothing by an address for another part, or by saying that a part is up", async () => {
    const patient = await over(honest, newSession)
    let first: object | undefined
    const turned = lying(honest, {
      "patient/part-urls": ({ uploads }) => {
        first ??= uploads[0]
        return { uploads: uploads.map(() => first) }
      },
    })
    const outcome = await over(turned, () => uploadRecord(patient, large)).catch((error: unknown) => error)
    expect(outcome).toMatchObject({ code: "record-not-uploaded" })
    const swallowing: Network = async (asked) =>
      asked.route === "object" && asked.method === "PUT"
        ? { status: 200, headers: {}, body: new Uint8Array() }
        : honest(asked)
    await expect(over(swallowing, () => uploadRecord(patient, large))).rejects.toMatchObject({
      code: "record-not-uploaded",
    })
    expect(await over(honest, () => listRecords(patient))).toEqual([])
  })

  test("is sent no other header and no other place than an object store's", async () => {
    const patient = await over(honest, newSession)
    const changed = (change: object) =>
      lying(honest, {
        "patient/part-urls": ({ uploads }) => ({ uploads: uploads.map((upload) => ({ ...upload, ...change })) }),
      })
    for (const change of [
      { url: "http://192.168.1.1/" },
      { url: "https://user:word@objects.example/" },
      { headers: { authorization: "x" } },
      { headers: { cookie: "x" } },
    ])
      await expect(over(changed(change), () => uploadRecord(patient, large))).rejects.toMatchObject({
        code: "reply-invalid",
      })
  })

  test("that makes a record larger or smaller than it is, is refused before a byte is asked for", async () => {
    const patient = await over(honest, newSession)
    const descriptor = await over(honest, () => uploadRecord(patient, large))
    const asked: string[] = []
    const watching: Network = async (each) => {
      asked.push(each.route)
      return honest(each)
    }
    for (const size of [descriptor.size + partBytes, descriptor.size - 1, 50 * 1024 ** 3, Number.MAX_SAFE_INTEGER])
      await expect(over(watching, () => downloadRecord(patient, { ...descriptor, size }))).rejects.toMatchObject({
        code: "record-differs",
      })
    expect(asked.filter((route) => route === "object")).toEqual([])
  })
})
