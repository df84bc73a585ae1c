import { beforeAll, describe, expect, test } from "vitest"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { readStatement } from "../../protocol/statement.ts"
import { contribute } from "../../sdk/hcp/contribute.ts"
import type { Access } from "../../sdk/hcp/emergency-access.ts"
import { listRecords } from "../../sdk/hcp/records.ts"
import { type Receipt, verifyReceived } from "../../sdk/receipt.ts"
import { documentOf } from "../kit/people.ts"
import { newCard, physician, useWorld } from "../kit/world.ts"

const world = useWorld()
let access: Access
let opened: Receipt
let added: Receipt

beforeAll(async () => {
  const { session } = await world.patient()
  const { card } = await world.over(() => newCard(session))
  access = await world.over(() => physician(world, card))
  await world.over(() => listRecords(access, "document"))
  await world.over(() => contribute(access, documentOf("document", "a finding")))
  const [first, second] = access.receipts
  if (first === undefined || second === undefined) throw new Error("a receipt is missing")
  ;[opened, added] = [first, second]
})

/** What a provider that signs whatever it likes says of a statement: this event, hashed anew. */
const receiptedAs = async ({ statement, receipt, event, providerKeys }: Receipt, change: object): Promise<Receipt> => {
  const { hash: _, ...unsigned } = { ...event, ...change }
  const told = { ...unsigned, hash: await canonicalHash(unsigned) }
  const claims = { ...(readStatement(receipt).payload as object), seq: told.seq, eventHash: told.hash }
  return { statement, receipt: await world.memory.provider.state("receipt", claims), event: told, providerKeys }
}
const verifying = (received: Receipt, told = {}) =>
  verifyReceived(received, { provider: world.memory.provider.keys, told })
const invalid = { code: "receipt-invalid" }

describe("the event that a receipt names", () => {
  test("says what the professional did, of an access and of an addition", async () => {
    for (const received of [opened, added]) await verifying(await receiptedAs(received, {}))
    const { grantId, expiresAt } = access
    await verifying(await receiptedAs(opened, {}), { grantId, expiresAt, categories: ["document", "summary"] })
  })

  test("is refused where it says that somebody else did it, whoever signed for that", async () => {
    for (const received of [opened, added]) {
      const { actor } = received.event
      for (const other of [
        { ...actor, certificate: "b".repeat(64) },
        { ...actor, account: "a".repeat(64) },
      ])
        await expect(verifying(await receiptedAs(received, { actor: other }))).rejects.toMatchObject(invalid)
    }
  })

  test("is refused where it says that something else was done, or at another time", async () => {
    for (const received of [opened, added]) {
      const { subject, at } = received.event
      const later = new Date(Date.parse(at) + 130_000).toISOString()
      const earlier = new Date(Date.parse(at) - 130_000).toISOString()
      for (const change of [
        { action: "session" as const },
        { at: later },
        { at: earlier },
        { subject: { ...subject, statementHash: "A".repeat(43) } },
      ])
        await expect(verifying(await receiptedAs(received, change))).rejects.toMatchObject(invalid)
    }
  })

  test("is refused where it is about another card, grant, addition or category", async () => {
    const id = "A".repeat(22)
    const { cardId: _, ...withoutCard } = opened.event.subject
    for (const subject of [{ ...opened.event.subject, cardId: id }, withoutCard])
      await expect(verifying(await receiptedAs(opened, { subject }))).rejects.toMatchObject(invalid)
    for (const change of [
      { grantId: id },
      { contributionId: id },
      { category: "imaging" as const },
      { recordId: id },
    ]) {
      const subject = { ...added.event.subject, ...change }
      await expect(verifying(await receiptedAs(added, { subject }))).rejects.toMatchObject(invalid)
    }
  })

  test("is refused where it tells the patient of another access than the professional was given", async () => {
    const received = await receiptedAs(opened, {})
    for (const told of [
      { grantId: "A".repeat(22) },
      { expiresAt: "2026-01-01T00:00:00.000Z" },
      { categories: ["summary" as const] },
      { records: [{ recordId: "A".repeat(22), version: 1 }] },
    ])
      await expect(verifying(received, told)).rejects.toMatchObject(invalid)
  })

  test("is the one of the receipt, letter for letter", async () => {
    const honest = await receiptedAs(opened, {})
    const altered = { ...honest, event: { ...honest.event, at: new Date().toISOString() } }
    await expect(verifying(altered)).rejects.toMatchObject(invalid)
    const another = await receiptedAs(opened, { prev: "A".repeat(42) + "E" })
    await expect(verifying({ ...honest, event: another.event })).rejects.toMatchObject(invalid)
    await expect(verifying({ ...honest, statement: added.statement })).rejects.toMatchObject(invalid)
  })
})
