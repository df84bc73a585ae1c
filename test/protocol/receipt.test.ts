import { beforeAll, expect, test } from "vitest"
import { receiptClaims } from "../../protocol/claims.ts"
import { verifyReceipt } from "../../protocol/receipt.ts"
import { statementHash } from "../../protocol/statement.ts"
import { aHash, type Holder, integrityOf, newHolder, now, signBy, tampered } from "../kit/holders.ts"
import { newProvider, type OwnProvider } from "../kit/provider.ts"

let provider: OwnProvider
let other: OwnProvider
let stranger: Holder
let statement: string
let claims: { iss: string; iat: number; statementHash: string; seq: number; eventHash: string }
const event = { seq: 12, hash: aHash("E") }
const sign = (payload: object, { by = provider, typ = "receipt" } = {}) => by.state(typ, payload)
const verify = (receipt: string, of: object = {}) =>
  verifyReceipt(receipt, { provider: provider.keys, statement, event, ...of })

beforeAll(async () => {
  ;[provider, other, stranger] = await Promise.all([newProvider(), newProvider(), newHolder()])
  statement = await signBy(stranger, "contribution", {})
  claims = {
    iss: provider.cloudId,
    iat: now,
    statementHash: await statementHash(statement),
    seq: 12,
    eventHash: event.hash,
  }
})

test("a receipt by the provider says which event tells of a statement", async () => {
  const receipt = await sign(claims)
  expect(await verify(receipt)).toEqual(claims)
})

test("a receipt holds for the same statement with another signature of it", async () => {
  const again = await signBy(stranger, "contribution", {})
  expect(again).not.toBe(statement)
  expect(await verify(await sign(claims), { statement: again })).toEqual(claims)
})

test("a receipt of something else is none", async () => {
  const receipt = await sign(claims)
  for (const of of [
    { provider: other.keys },
    { provider: { ...provider.keys, cloudId: other.cloudId } },
    { statement: await signBy(stranger, "contribution", { more: 1 }) },
    { event: { ...event, seq: 11 } },
    { event: { ...event, hash: aHash("F") } },
  ])
    expect(await integrityOf(verify(receipt, of))).toBe("receipt-invalid")
})

test("a receipt that anybody else signed, of another type, changed, or with other claims is none", async () => {
  const { eventHash: _, ...fewer } = claims
  const receipts = [
    await sign(claims, { by: other }),
    await sign(claims, { typ: "consent-receipt" }),
    await signBy(stranger, "receipt", claims, provider.kid),
    await signBy(stranger, "receipt", claims),
    await sign(fewer),
    await sign({ ...claims, more: 1 }),
    await sign({ ...claims, seq: 0 }),
    await sign({ ...claims, iss: "a".repeat(201) }),
    tampered(await sign(claims), { iat: now + 1 }),
    "",
  ]
  for (const receipt of receipts) expect(await integrityOf(verify(receipt))).toBe("receipt-invalid")
  expect(receiptClaims.safeParse({ ...claims, iss: "a".repeat(200) }).success).toBe(true)
})
