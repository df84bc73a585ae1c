import { expect, test } from "vitest"
import { providerKeyList, verifyProviderKeys } from "../../protocol/provider-keys.ts"
import { openCloud } from "../../sdk/cloud.ts"
import { contribute } from "../../sdk/hcp/contribute.ts"
import { listRecords } from "../../sdk/hcp/records.ts"
import { signIn } from "../../sdk/patient/account.ts"
import { exportAuditTrail, verifyAuditExport } from "../../sdk/patient/audit-export.ts"
import { readCheckedTrail } from "../../sdk/patient/audit-trail.ts"
import { getConsent, revokeConsent, signConsent } from "../../sdk/patient/consents.ts"
import { listContributions } from "../../sdk/patient/contributions.ts"
import { uploadRecord } from "../../sdk/patient/records.ts"
import { cloudAddress } from "../kit/memory-network.ts"
import { jsonOf, jsonReply, type Network } from "../kit/network.ts"
import { documentOf } from "../kit/people.ts"
import { again, newCard, physician, useWorld } from "../kit/world.ts"

const world = useWorld()
const online = world.over

test("a card, consents and checkpoints of before outlive the provider's key, twice", async () => {
  const account = await world.patient()
  const { session: before, login } = account
  const { card } = await online(() => newCard(before, ["document"]))
  await online(() => uploadRecord(before, documentOf("document", "a letter")))
  await world.memory.sign()
  await online(() => readCheckedTrail(before))
  const { cloudId } = before.cloud
  const early = await online(() => physician(world, card))
  await online(() => listRecords(early, "document"))

  for (let key = 2; key <= 3; key++) {
    await world.memory.provider.rotate()
    // The card was printed, and its index entry signed, before the key.
    const access = await online(() => physician(world, card))
    await online(() => listRecords(access, "document"))
    await online(() => contribute(access, documentOf("document", `an addition under key ${key}`)))
    const cloud = await online(() => openCloud(cloudAddress))
    expect(cloud.cloudId).toBe(cloudId)
    const session = await online(() => signIn(cloud, login, before.keys, before.memory))
    expect(session.memory.provider?.newest).toBe(world.memory.provider.kid)
    expect(await online(() => getConsent(session, "store"))).toMatchObject({ status: "active" })
    await online(async () => revokeConsent(session, await getConsent(session, "emergency-share")))
    await online(async () => signConsent(session, await getConsent(session, "emergency-share")))
    await world.memory.sign()
    const { checkpoint } = await online(() => readCheckedTrail(session))
    expect(checkpoint?.number).toBe(key)
    expect((await online(() => listContributions(session))).length).toBe(key - 1)
    const exported = await online(() => exportAuditTrail(session))
    const receipts = [...early.receipts, ...access.receipts]
    expect(await verifyAuditExport(exported, { receipts })).toMatchObject({ cloudId, checkpoint: { number: key } })
    // What is published from now on names the newest key, and whoever was told of it takes no older list.
    await online(() => uploadRecord(session, documentOf("document", `under key ${key}`)))
  }
})

test("a device that has seen a key takes no list without it, nor does a professional whose card names it", async () => {
  const { session, login } = await world.patient()
  const old = structuredClone(world.memory.provider.keys.list)
  await world.memory.provider.rotate()
  const cloud = await online(() => openCloud(cloudAddress))
  const seen = await online(() => signIn(cloud, login, session.keys, session.memory))
  const { card } = await online(() => newCard(seen, ["document"]))
  const withholding =
    (network: Network): Network =>
    async (asked) => {
      const reply = await network(asked)
      if (asked.route !== "system/well-known") return reply
      return jsonReply({ ...(jsonOf(reply) as object), providerKeys: old })
    }
  const stale = await online(() => openCloud(cloudAddress), withholding)
  await expect(online(() => signIn(stale, login, seen.keys, again(seen).memory))).rejects.toMatchObject({
    code: "provider-changed",
  })
  const access = await online(() => physician(world, card), withholding)
  await expect(online(() => listRecords(access, "document"), withholding)).rejects.toMatchObject({
    code: "provider-changed",
  })
  expect((await verifyProviderKeys(cloud.cloudId, providerKeyList.parse(old))).keys).not.toHaveLength(0)
})
