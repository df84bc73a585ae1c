import { describe, expect, test } from "vitest"
import { cardCategories, hriEntry, type StatementType, statements } from "../../protocol/claims.ts"
import { aHash, manifestOf, now, patientId } from "../kit/holders.ts"
import { rootSigning } from "./crypto/frozen-keys.ts"

const stamp = { aud: "cloud.example", iat: now, jti: patientId }
const byPatient = { ...stamp, patientId }
const ephemeral = { p256: rootSigning, mlkem768: "A".repeat(1579) }
const descriptor = {
  recordId: patientId,
  version: 1,
  objectId: patientId,
  replaces: null,
  category: "summary",
  epoch: 1,
  size: 1,
  sha256: aHash("S"),
  wrappedKey: "A".repeat(54),
  metadata: "a..b.c.d",
}
const indexed = { ...stamp, locatorHash: aHash("L"), sequence: 1, parent: null, signers: ["a.b.c"] }
const decision = { ...byPatient, contributionId: patientId, statementHash: aHash("S") }
const openPart = { ...byPatient, cardId: patientId, number: 1 }
const signer = { signing: rootSigning, sealing: aHash("S"), since: now }
const byPractice = { ...stamp, practiceId: patientId }
const change = {
  number: 1,
  previous: null,
  skips: [],
  members: { number: 1, hash: aHash("L") },
  keys: aHash("K"),
}
const examples: readonly (readonly [StatementType, object])[] = [
  ["consent", { ...byPatient, kind: "store", status: "active", documentHash: aHash("D") }],
  [
    "signer-list",
    {
      iat: now,
      jti: patientId,
      record: aHash("R"),
      number: 1,
      previous: null,
      root: { signing: rootSigning, sealing: aHash("S") },
      signers: [signer],
    },
  ],
  ["manifest", { ...byPatient, ...manifestOf(1, { number: 1, hash: aHash("L") }) }],
  ["hri-entry", { ...indexed, action: "put", entry: "a..b.c.d" }],
  ["hri-entry", { ...indexed, action: "remove", parent: aHash("P") }],
  [
    "emergency-access",
    { ...byPatient, cardId: patientId, fingerprint: aHash("F"), locatorHash: aHash("L"), ephemeral, proof: aHash("P") },
  ],
  [
    "contribution",
    { ...byPatient, grantId: patientId, fingerprint: aHash("F"), descriptor, account: 1, sealedKey: "H1.AAAA" },
  ],
  [
    "contribution",
    {
      ...byPatient,
      addressId: patientId,
      practiceId: patientId,
      fingerprint: aHash("F"),
      descriptor,
      account: 1,
      sealedKey: "H1.AAAA",
    },
  ],
  ["delivery-address", { ...byPatient, addressId: patientId, action: "make", account: 1, keptHash: aHash("K") }],
  ["delivery-address", { ...byPatient, addressId: patientId, action: "revoke" }],
  ["decision", { ...decision, decision: "approved", descriptor }],
  ["decision", { ...decision, decision: "rejected" }],
  ["halt", { ...byPatient, grantId: patientId }],
  ["card-revocation", { ...byPatient, cardId: patientId }],
  ["open-part", { ...openPart, action: "set", locatorHash: aHash("L"), proofHash: aHash("P"), sealedHash: aHash("S") }],
  ["open-part", { ...openPart, action: "remove" }],
  ["signer-end", { iat: now, jti: patientId, record: aHash("R"), signers: [aHash("S")] }],
  ["deactivation", byPatient],
  ["deactivation-request", { ...byPatient, under: 1 }],
  ["deactivation-cancellation", byPatient],
  ["practice-deactivation", { ...byPractice, action: "destroy" }],
  ["practice-handover", { ...byPractice, editsHash: aHash("E") }],
  [
    "member-list",
    {
      ...byPractice,
      number: 1,
      previous: null,
      root: { signing: rootSigning, sealing: aHash("S") },
      members: [{ ...signer, memberId: patientId, role: "owner" }],
    },
  ],
  ["practice-change", { ...byPractice, ...change, change: { kind: "beginning" } }],
  ["practice-change", { ...byPractice, ...change, change: { kind: "members" } }],
  [
    "practice-change",
    {
      ...byPractice,
      ...change,
      change: {
        kind: "file",
        fileId: patientId,
        entry: { version: 1, epoch: 1, hash: aHash("E") },
        content: descriptor,
        deleted: true,
      },
    },
  ],
  [
    "practice-invitation",
    { ...byPractice, invitationId: patientId, memberId: patientId, role: "clinician", expiresAt: now },
  ],
  ["practice-member", { ...byPractice, memberId: patientId, signing: aHash("K"), sealing: aHash("S") }],
]
/** What names the cloud and the patient by a hash alone, wherever it travels. */
const byRecord: readonly StatementType[] = ["signer-list", "signer-end"]
/** What travels to an index names no cloud of the patient's: a checkpoint does, by its `iss`. */
const withoutCheckpoint: readonly StatementType[] = [...byRecord, "hri-entry"]
const takes = (type: StatementType, claims: object) => statements[type].safeParse(claims).success

describe.each(examples)("the claims of %s", (type, claims) => {
  test("are these, every one of them, and no more but a checkpoint", () => {
    expect(statements[type].safeParse(claims)).toMatchObject({ success: true, data: claims })
    expect(takes(type, { ...claims, checkpoint: "a.b.c" })).toBe(!withoutCheckpoint.includes(type))
    expect(takes(type, { ...claims, checkpoint: `a.${"b".repeat(4096)}.c` })).toBe(false)
    expect(takes(type, { ...claims, more: 1 })).toBe(false)
    for (const name of Object.keys(claims)) {
      const { [name]: _, ...others }: Record<string, unknown> = { ...claims }
      expect(takes(type, others), name).toBe(false)
      expect(takes(type, { ...claims, [name]: true }), name).toBe(false)
    }
  })

  test("name their cloud, time and id in bounds", () => {
    expect(takes(type, { ...claims, aud: "a".repeat(200) })).toBe(!byRecord.includes(type))
    for (const change of [
      { aud: "a".repeat(201) },
      { iat: -1 },
      { iat: 1.5 },
      { jti: "AAAA" },
      { jti: `${patientId}A` },
    ])
      expect(takes(type, { ...claims, ...change })).toBe(false)
  })
})

test("every type of statement has an example here", () => {
  expect(new Set(examples.map(([type]) => type))).toEqual(new Set(Object.keys(statements)))
})

test("a removed index entry holds nothing, a rejection no descriptor", () => {
  expect(takes("hri-entry", { ...indexed, action: "remove", entry: "a..b.c.d" })).toBe(false)
  expect(takes("decision", { ...decision, decision: "rejected", descriptor })).toBe(false)
  expect(takes("decision", { ...decision, decision: "accepted", descriptor })).toBe(false)
})

test("a list has at most 64 signers, ended ones among them, each with a beginning", () => {
  const [, list] = examples[1]!
  const withSigners = (signers: object[]) => takes("signer-list", { ...list, signers })
  expect(withSigners(Array.from({ length: 64 }, () => signer))).toBe(true)
  expect(withSigners([])).toBe(true)
  expect(withSigners(Array.from({ length: 65 }, () => signer))).toBe(false)
  expect(withSigners([{ ...signer, until: now }])).toBe(true)
  expect(withSigners([{ ...signer, more: 1 }])).toBe(false)
  expect(withSigners([{ signing: rootSigning, sealing: aHash("S") }])).toBe(false)
  expect(withSigners([{ ...signer, signing: { ...rootSigning, d: rootSigning.x } }])).toBe(false)
})

test.for<[string, number, (length: number) => object]>([
  ["pages of decided contributions", 64, (length) => ({ decided: Array(length).fill(aHash("D")) })],
  ["cards", 20, (length) => ({ cards: Array.from({ length }, () => ({ cardId: patientId, hash: aHash("C") })) })],
  ["links to earlier manifests", 52, (length) => ({ skips: Array(length).fill(aHash("M")) })],
])("a manifest has room for %s, %i of them", ([, most, change]) => {
  const [, manifest] = examples[2]!
  expect(takes("manifest", { ...manifest, ...change(most) })).toBe(true)
  expect(takes("manifest", { ...manifest, ...change(most + 1) })).toBe(false)
})

describe("what the index keeps", () => {
  const entry = {
    cloud: "https://cloud.example/",
    cloudId: "cloud.example",
    patientId,
    cardId: patientId,
    provider: aHash("P"),
    manifest: { number: 1, hash: aHash("M") },
  }
  const takesEntry = (change: object) => hriEntry.safeParse({ ...entry, ...change }).success

  test("is an address, a cloud, a patient, a card, a provider and a manifest, and nothing else", () => {
    expect(hriEntry.safeParse(entry)).toMatchObject({ success: true, data: entry })
    for (const change of [
      { more: 1 },
      { provider: undefined },
      { cloudId: "a".repeat(201) },
      { manifest: { number: 1 } },
    ])
      expect(takesEntry(change)).toBe(false)
  })

  test("names an address that a device may be sent to, this very machine among them", () => {
    for (const cloud of ["http://127.0.0.1:8080", `https://cloud.example/${"a".repeat(2026)}`])
      expect(takesEntry({ cloud }), cloud).toBe(true)
    for (const cloud of [
      "cloud",
      "http://cloud.example/",
      "http://10.0.0.1/",
      `https://cloud.example/${"a".repeat(2027)}`,
    ])
      expect(takesEntry({ cloud }), cloud).toBe(false)
  })
})

test("a card has one category at least, six at most", () => {
  expect(cardCategories.safeParse(["summary"]).success).toBe(true)
  expect(cardCategories.safeParse([]).success).toBe(false)
  expect(cardCategories.safeParse(Array(7).fill("summary")).success).toBe(false)
})
