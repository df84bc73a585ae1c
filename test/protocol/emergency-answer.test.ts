import { beforeAll, expect, test } from "vitest"
import { utf8 } from "../../protocol/crypto/bytes.ts"
import { answerSealer, type EmergencyAnswer, emergencyAnswer, openAnswer } from "../../protocol/emergency-answer.ts"
import {
  generateSealingKeyPair,
  type SealingKeyPair,
  sealInfo,
  sealingKeyThumbprint,
  sealTo,
} from "../../protocol/sealing.ts"
import { aHash, cloudId, integrityOf, patientId } from "../kit/holders.ts"

const asked = { cloudId, patientId, statementHash: aHash("S") }
let ephemeral: SealingKeyPair
let other: SealingKeyPair
let answer: EmergencyAnswer
let sealed: string
beforeAll(async () => {
  ;[ephemeral, other] = await Promise.all([generateSealingKeyPair(), generateSealingKeyPair()])
  answer = {
    grantId: "kJGSk5SVlpeYmZqbnJ2enw",
    expiresAt: "2026-01-02T03:04:05.678Z",
    ticket: aHash("T"),
    cloudShare: aHash("C"),
    wrappedCategoryKeys: [{ category: "summary", epoch: 1, wrappedKey: "A".repeat(54) }],
    sealedHash: aHash("s"),
    keyHistory: [{ category: "summary", epoch: 1, previous: [] }],
    signers: ["a.b.c"],
    account: other.publicKey,
    manifest: "a.b.c",
    links: [],
    summary: [],
    urls: [],
  }
  sealed = await (await answerSealer(asked, ephemeral.publicKey))(answer)
})

test("an answer opens for whoever asked, with all that it says", async () => {
  expect(await openAnswer(asked, ephemeral, sealed)).toEqual(answer)
})

test("an answer opens for nobody who forwarded the statement, nor as the answer to another", async () => {
  expect(await integrityOf(openAnswer(asked, other, sealed))).toBe("reply-invalid")
  for (const of of [
    { ...asked, statementHash: aHash("x") },
    { ...asked, cloudId: "other.example" },
    { ...asked, patientId: "kJGSk5SVlpeYmZqbnJ2enw" },
  ])
    expect(await integrityOf(openAnswer(of, ephemeral, sealed))).toBe("reply-invalid")
  for (const text of ["", "H1.", `${sealed}A`, sealed.slice(0, -4)])
    expect(await integrityOf(openAnswer(asked, ephemeral, text))).toBe("reply-invalid")
})

test("an answer is sealed as the protocol says, and must be strict JSON of its form", async () => {
  const recipient = await sealingKeyThumbprint(ephemeral.publicKey)
  const context = {
    kind: "emergency-access",
    aud: cloudId,
    subject: patientId,
    recipient,
    object: aHash("S"),
    epoch: 0,
  }
  const withText = async (text: string) =>
    openAnswer(asked, ephemeral, await sealTo(ephemeral.publicKey, sealInfo(context), utf8(text)))
  const text = JSON.stringify(answer)
  expect(await withText(text)).toEqual(answer)
  expect(await integrityOf(withText(`{"ticket":"",${text.slice(1)}`))).toBe("reply-invalid")
  expect(await integrityOf(withText("{}"))).toBe("reply-invalid")
  const bad: Partial<Record<keyof EmergencyAnswer, unknown>>[] = [
    { ticket: "A" },
    { wrappedCategoryKeys: [] },
    { signers: [] },
    { links: Array(65).fill("a.b.c") },
    { urls: [{ recordId: answer.grantId, version: 1, url: "javascript:alert(1)" }] },
    { urls: [{ recordId: answer.grantId, version: 1, url: `http${"a".repeat(8192)}` }] },
    { account: { ...other.publicKey, more: 1 } },
  ]
  for (const change of bad) {
    expect(emergencyAnswer.safeParse({ ...answer, ...change }).success).toBe(false)
    expect(await integrityOf(withText(JSON.stringify({ ...answer, ...change })))).toBe("reply-invalid")
  }
})
