import { resolveObjectURL } from "node:buffer"
import { beforeEach, describe, expect, test, vi } from "vitest"
import { blobUrl } from "../../apps/hcp/blob-urls.ts"
import { emptyDraft } from "../../apps/hcp/draft.ts"
import { opened } from "../../apps/hcp/opened.ts"
import { eachOnce, keptReceipts } from "../../apps/hcp/receipts.ts"
import { loadList } from "../../apps/hcp/records.ts"
import {
  added,
  begin,
  confirm,
  draft,
  type Encounter,
  encounter,
  leave,
  lists,
  type OpenedRecord,
  read,
  sending,
  sensitiveWanted,
  stage,
  viewed,
  viewRecord,
} from "../../apps/hcp/state.ts"
import { auditOrigin } from "../../contract/audit.ts"
import { readSummary } from "../../fhir/summary.ts"
import { categories } from "../../protocol/primitives.ts"
import type { Receipt } from "../../sdk/receipt.ts"

vi.hoisted(() => vi.stubGlobal("addEventListener", () => undefined))

const replaced: unknown[][] = []
beforeEach(() => {
  replaced.length = 0
  vi.stubGlobal("history", { replaceState: (...of: unknown[]) => replaced.push(of) })
  vi.stubGlobal("PopStateEvent", Event)
  vi.stubGlobal("dispatchEvent", () => true)
})

const tab = new Map<string, string>()
vi.stubGlobal("sessionStorage", {
  getItem: (name: string) => tab.get(name) ?? null,
  setItem: (name: string, value: string) => tab.set(name, value),
  removeItem: (name: string) => tab.delete(name),
})

const bytes = () => new TextEncoder().encode('{"resourceType":"Bundle"}')
const record = (): OpenedRecord =>
  ({
    descriptor: { recordId: "r", version: 1 },
    title: "t",
    contentType: "text/plain",
    bytes: bytes(),
    summary: readSummary({}),
  }) as OpenedRecord
const open = () => {
  const keys = new Map(categories.map((category) => [category, new Uint8Array(32).fill(7)]))
  const of = {
    access: {
      categories,
      keys: {
        newest: (category: (typeof categories)[number]) => ({ epoch: 1, key: keys.get(category)! }),
        forget: () => {
          for (const key of keys.values()) key.fill(0)
        },
      },
      expiresAt: new Date(Date.now() + 3600_000).toISOString(),
      opening: Promise.resolve({ accessToken: "token", expiresAt: "" }),
      receipts: [],
    },
    summaries: [record()],
    severalIdentities: false,
    photo: { bytes: bytes(), contentType: "image/png" },
    left: new AbortController(),
    ties: {
      end: vi.fn(async () => undefined),
      endRequest: { url: "https://cloud.example/hcp/end-access", body: "{}" },
      keepAside: vi.fn(async () => undefined),
      dropAside: vi.fn(async () => undefined),
    },
  } as unknown as Encounter
  begin(of)
  return { of, keys }
}

const providerKeys: Receipt["providerKeys"] = { first: { kty: "EC", crv: "P-256", x: "", y: "" }, successors: [] }
const event: Receipt["event"] = {
  seq: 1,
  at: "2026-01-02T03:04:05.000Z",
  action: "emergency-access",
  outcome: "permitted",
  actor: { kind: "hcp", account: "a".repeat(64), certificate: "b".repeat(64) },
  subject: {},
  prev: auditOrigin,
  hash: auditOrigin,
}

describe("leaving a patient", () => {
  test("tells the cloud that the access is over where the professional is done, and not where the cloud has ended it", () => {
    for (const [ending, told] of [
      ["closed", 1],
      ["not-this-patient", 1],
      ["expired", 0],
      ["halted", 0],
    ] as const) {
      const { of } = open()
      leave(ending)
      expect(of.ties.end, ending).toHaveBeenCalledTimes(told)
    }
  })

  test("drops what was sealed for a reload, however it is left", () => {
    for (const ending of ["closed", "not-this-patient", "expired", "halted"] as const) {
      const { of } = open()
      expect(of.ties.keepAside).toHaveBeenLastCalledWith(false)
      confirm()
      expect(of.ties.keepAside).toHaveBeenLastCalledWith(true)
      tab.set("access", "sealed")
      leave(ending)
      expect(of.ties.dropAside).toHaveBeenCalledTimes(1)
      expect(tab.size).toBe(0)
    }
  })

  test("asks the cloud nothing more about them", async () => {
    const { of } = open()
    const call = vi.fn(() => Promise.reject(new Error("asked")))
    Object.assign(of.access, { api: { call }, entry: { patientId: "p" }, grantId: "g", manifest: {} })
    confirm()
    await loadList(of, "document")
    expect(call).toHaveBeenCalledTimes(1)
    leave("closed")
    await loadList(of, "imaging")
    expect(call).toHaveBeenCalledTimes(1)
    expect(lists.value).toEqual({})
  })

  test("leaves no key, document, picture, session or address, and nothing that still runs", () => {
    const { of, keys } = open()
    confirm()
    const fetched = record()
    read.set("r/1", fetched)
    viewRecord(fetched)
    lists.value = { document: { listed: [], loading: false } }
    draft.value = { ...emptyDraft(new Date()), text: "about the patient" }
    added.value = [{ contributionId: "c", title: "t", category: "document", at: "" }]
    sending.value = { stop: () => undefined }
    sensitiveWanted.value = true
    const url = blobUrl(fetched.bytes, "image/png")
    expect(resolveObjectURL(url)).toBeDefined()

    leave("expired")

    expect(stage.value).toEqual({ kind: "none", ending: "expired" })
    expect(encounter.value).toBeUndefined()
    for (const key of keys.values()) expect([...key].every((byte) => byte === 0)).toBe(true)
    for (const held of [of.summaries[0]!.bytes, of.photo!.bytes, fetched.bytes])
      expect([...held].every((byte) => byte === 0)).toBe(true)
    expect(of.access).not.toHaveProperty("opening")
    expect(of.left.signal.aborted).toBe(true)
    expect(resolveObjectURL(url)).toBeUndefined()
    expect([viewed.value, draft.value, sending.value, sensitiveWanted.value]).toEqual([
      undefined,
      undefined,
      undefined,
      false,
    ])
    expect([lists.value, added.value, read.size]).toEqual([{}, [], 0])
    expect(replaced).toEqual([[null, "", "/"]])
  })

  test("keeps what the provider signed, each once, until another record is opened", () => {
    const { of } = open()
    of.access.receipts.push(
      { statement: "access", receipt: "old", event, providerKeys },
      { statement: "access", receipt: "new", event, providerKeys },
    )
    of.access.receipts.push({ statement: "contribution", receipt: "its own", event, providerKeys })
    leave("halted")
    expect(eachOnce(keptReceipts.value)).toEqual([
      { statement: "access", receipt: "new", event, providerKeys },
      { statement: "contribution", receipt: "its own", event, providerKeys },
    ])
    open()
    expect(keptReceipts.value).toEqual([])
    leave("closed")
  })

  test("does so before anybody has confirmed who it is", () => {
    const { of } = open()
    leave("not-this-patient")
    expect(stage.value).toEqual({ kind: "none", ending: "not-this-patient" })
    expect([...of.summaries[0]!.bytes].every((byte) => byte === 0)).toBe(true)
  })

  test("says nothing where there was no patient: why the last one ended stays", () => {
    open()
    leave("halted")
    leave("closed")
    expect(stage.value).toEqual({ kind: "none", ending: "halted" })
    expect(replaced).toHaveLength(1)
  })

  test("while a document is read leaves nothing of it", async () => {
    const { of } = open()
    const fetched = { ...record(), contentType: "application/fhir+json" }
    const reading = opened(fetched, of.left.signal)
    leave("closed")
    await expect(reading).rejects.toThrow(/abort/i)
    expect([...fetched.bytes].every((byte) => byte === 0)).toBe(true)
  })

  test("comes before another patient: there is one at a time", () => {
    const first = open()
    confirm()
    const second = open()
    expect(first.of.left.signal.aborted).toBe(true)
    expect([...first.keys.get("summary")!].every((byte) => byte === 0)).toBe(true)
    expect(stage.value).toMatchObject({ kind: "confirming" })
    expect(second.of.left.signal.aborted).toBe(false)
    leave("closed")
  })

  test("shows nothing of a patient whom nobody has confirmed", () => {
    open()
    expect(encounter.value).toBeUndefined()
    confirm()
    expect(encounter.value).toBeDefined()
    leave("closed")
  })
})
