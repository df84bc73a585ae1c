import { describe, expect, test } from "vitest"
import { type Card, deriveCardKeys, locatorHash } from "../../../protocol/card.ts"
import { utf8 } from "../../../protocol/crypto/bytes.ts"
import { sealUnder } from "../../../protocol/crypto/envelope.ts"
import { generateKeyPairs, publicKeysOf } from "../../../protocol/keys.ts"
import { knownOf } from "../../../protocol/provider-keys.ts"
import { sealingKeyThumbprint } from "../../../protocol/sealing.ts"
import { signStatement, statementHash } from "../../../protocol/statement.ts"
import { apiAt } from "../../../sdk/api.ts"
import { openIndex } from "../../../sdk/cloud.ts"
import { lookUp } from "../../../sdk/hcp/card.ts"
import { readContents } from "../../../sdk/patient/contents.ts"
import { uploadRecord } from "../../../sdk/patient/records.ts"
import { recover } from "../../../sdk/patient/recovery.ts"
import type { PatientSession } from "../../../sdk/patient/session.ts"
import { nextList } from "../../../sdk/patient/signer-lists.ts"
import { renewWitnesses, witnessConflicts, witnessesBehind } from "../../../sdk/patient/witness.ts"
import { stamp } from "../../../sdk/stamp.ts"
import { documentOf } from "../../kit/people.ts"
import { again, newCard, physician, secondDevice, useWorld } from "../../kit/world.ts"

const world = useWorld()
const online = world.over

/** What a stolen device that has a card's secret writes into its index: a manifest that there never was, under lists that the cloud was never shown. */
const writeFalsely = async (thief: PatientSession, cardId: string, card: Card): Promise<void> => {
  const contents = await readContents(thief)
  const { signing, sealing } = await publicKeysOf(await generateKeyPairs({ extractable: false }))
  const accomplice = { signing, sealing: await sealingKeyThumbprint(sealing), since: stamp().iat }
  const { lists } = await nextList(thief, contents, [...contents.signers.claims.signers, accomplice])
  const { hriId } = await openIndex(card.hri)
  const api = apiAt(card.hri)
  const { statement: standing } = await api.call("hri/look-up", {
    locator: Buffer.from(card.locator).toString("base64url"),
  })
  const { sequence } = JSON.parse(Buffer.from(standing.split(".")[1] ?? "", "base64url").toString()) as {
    sequence: number
  }
  const manifest = { number: 1_000_000, hash: "A".repeat(43) }
  const { cloud, patientId } = thief
  const { newest: provider } = knownOf(cloud.provider)
  const entry = { cloud: cloud.api.address, cloudId: cloud.cloudId, patientId, cardId, provider, manifest }
  const statement = await signStatement({
    typ: "hri-entry",
    alg: "ES256",
    privateKey: thief.keys.signing.privateKey,
    kid: thief.signerId,
    payload: {
      aud: hriId,
      ...stamp(),
      locatorHash: await locatorHash(card.locator),
      sequence: sequence + 1,
      parent: await statementHash(standing),
      signers: lists,
      action: "put",
      entry: await sealUnder((await deriveCardKeys(card.secret)).entryKey, utf8(JSON.stringify(entry))),
    },
  })
  await api.call("hri/put-entry", { statement })
}

const lie = async () => {
  const account = await world.patient()
  const thief = await online(() => secondDevice(account))
  const made = await online(() => newCard(account.session))
  await online(() => writeFalsely(thief, made.cardId, made.card))
  return { ...account, ...made, phone: account.session }
}
const recovered = async (
  { phone, login, phrase }: Awaited<ReturnType<typeof lie>>,
  options: Parameters<typeof recover>[3],
) => {
  const back = await online(() => recover(phone.cloud, login, phrase, options))
  if (back.outcome !== "ok") throw new Error(back.outcome)
  return back
}

describe("an index entry by a stolen device that names a manifest there never was", () => {
  test("keeps the owner's devices from writing, and is overruled by nothing that they sign", async () => {
    const { phone, cardId } = await lie()
    await online(() => uploadRecord(phone, documentOf("document", "after the lie")))
    expect(witnessConflicts(phone)).toEqual([cardId])
    await expect(online(() => renewWitnesses(phone))).resolves.toMatchObject([{ code: "witness-conflict" }])
  })

  test("stops a recovery that takes the card for a witness: it could be the cloud that shows an older record", async () => {
    const theft = await lie()
    for (const keepOthers of [true, false])
      await expect(recovered(theft, { card: theft.text, keepOthers })).rejects.toMatchObject({
        code: "signers-invalid",
      })
  })

  test("is overruled where the patient says so with the phrase; nothing is witnessed then, and every device's witness is mended", async () => {
    const theft = await lie()
    const { phone, card, text } = theft
    const { session, witnessed } = await recovered(theft, { card: text, overrule: true, keepOthers: true })
    expect(witnessed).toBe(false)
    expect(witnessesBehind(session)).toEqual([])
    expect((await online(() => lookUp(card))).manifest.hash).toBe(session.memory.manifest?.hash)
    await online(() => physician(world, card))
    await online(() => uploadRecord(phone, documentOf("document", "by the other device")))
    expect([witnessesBehind(phone), witnessConflicts(phone)]).toEqual([[], []])
    expect((await online(() => lookUp(card))).manifest.hash).toBe(phone.memory.manifest?.hash)
    await online(() => readContents(again(session)))
  })

  test("goes with its card where the devices end", async () => {
    const theft = await lie()
    const { session } = await recovered(theft, { card: theft.text, overrule: true })
    expect(session.memory.cards).toEqual({})
    await expect(online(() => lookUp(theft.card))).rejects.toMatchObject({ code: "hri-entry-unknown" })
  })

  test("that the patient didn't overrule stands, however often the record was recovered", async () => {
    const theft = await lie()
    const { session } = await recovered(theft, { keepOthers: true })
    await online(() => uploadRecord(session, documentOf("document", "after the recovery")))
    expect(witnessConflicts(session)).toEqual([theft.cardId])
  })
})
