import { afterAll, beforeAll, expect, test } from "vitest"
import { over } from "../../../attack/network.ts"
import { documentOf } from "../../../attack/people.ts"
import { makeCard, revokeCard, startEpoch, strikeRevoked } from "../../../sdk/patient/cards.ts"
import { readContents } from "../../../sdk/patient/contents.ts"
import { uploadRecord } from "../../../sdk/patient/records.ts"
import { callAsPatient, type PatientSession, signAsPatient } from "../../../sdk/patient/session.ts"
import { temporaryFolder } from "../../domain/openssl-authority.ts"
import { cloudAddress, hriAddress, type MemoryNetwork, memoryNetwork } from "../../hostile/memory-network.ts"
import { newAccount } from "../../hostile/new-account.ts"

const { folder, remove } = temporaryFolder()
afterAll(remove)
let memory: MemoryNetwork
beforeAll(async () => {
  memory = await memoryNetwork(folder)
})

const listed = async (session: PatientSession) => {
  const { manifest } = await readContents(session)
  return manifest.claims.cards.map(({ cardId }) => cardId)
}
const epochs = async (session: PatientSession) => {
  const { keys } = await readContents(session)
  return Object.values(keys).map(({ epoch }) => epoch)
}

test("a card whose revocation broke off stays listed, whatever is published meanwhile, until all keys are new", () =>
  over(memory.network, async () => {
    const { session } = await newAccount(cloudAddress, "interrupted@example.org")
    await uploadRecord(session, documentOf("summary", "a summary"))
    const { cardId } = await makeCard(session, { hri: hriAddress, categories: ["summary"] })
    const statement = await signAsPatient(session, "card-revocation", { cardId })
    await callAsPatient(session, "patient/revoke-card", { cardId, statement })
    const other = await makeCard(session, { hri: hriAddress, categories: ["imaging"] })
    await startEpoch(session, ["imaging"])
    expect(new Set(await listed(session))).toEqual(new Set([cardId, other.cardId]))
    const before = await epochs(session)
    await strikeRevoked(session)
    expect(await listed(session)).toEqual([other.cardId])
    expect(await epochs(session)).toEqual(before.map((epoch) => epoch + 1))
  }))

test("a card that is revoked leaves the list with new keys of what it opened", () =>
  over(memory.network, async () => {
    const { session } = await newAccount(cloudAddress, "revoked@example.org")
    const { cardId } = await makeCard(session, { hri: hriAddress, categories: ["summary"] })
    const other = await makeCard(session, { hri: hriAddress, categories: ["summary", "imaging"] })
    await revokeCard(session, cardId)
    expect(await listed(session)).toEqual([other.cardId])
    expect(await epochs(session)).toEqual([2, 1, 1, 1, 1, 1])
  }))
