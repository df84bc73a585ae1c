/** Checkpoints that come inside statements are held against what the cloud tells. */
import { expect, test } from "vitest"
import { type AuditEvent, auditOrigin } from "../../../contract/audit.ts"
import { statements } from "../../../protocol/claims.ts"
import { toBase64url } from "../../../protocol/crypto/bytes.ts"
import { canonicalHash } from "../../../protocol/crypto/canonical.ts"
import { readStatement, statementHash } from "../../../protocol/statement.ts"
import { lookUp } from "../../../sdk/hcp/card.ts"
import { contribute } from "../../../sdk/hcp/contribute.ts"
import { emergencyAccess } from "../../../sdk/hcp/emergency-access.ts"
import { newestCheckpoint } from "../../../sdk/hcp/newest-checkpoint.ts"
import { listRecords } from "../../../sdk/hcp/records.ts"
import { readCheckedTrail } from "../../../sdk/patient/audit-trail.ts"
import { readContents } from "../../../sdk/patient/contents.ts"
import { listContributions } from "../../../sdk/patient/contributions.ts"
import { listGrants } from "../../../sdk/patient/grants.ts"
import { uploadRecord } from "../../../sdk/patient/records.ts"
import type { PatientSession } from "../../../sdk/patient/session.ts"
import { stamp } from "../../../sdk/stamp.ts"
import { jsonOf, jsonReply, type Network } from "../../kit/network.ts"
import { accessBy, documentOf } from "../../kit/people.ts"
import { newProvider } from "../../kit/provider.ts"
import { newCard, secondDevice, useWorld } from "../../kit/world.ts"

const world = useWorld()
const online = world.over

test("a device that is told of another history by a manifest of the patient's accuses the provider, as soon as it reads it", async () => {
  const account = await world.patient()
  const one = account.session
  const two = await online(() => secondDevice(account))
  const { provider } = world.memory
  const checkpoint = async (root: string) => {
    const claims = {
      iss: one.cloud.cloudId,
      iat: stamp().iat,
      number: 1,
      previous: null,
      skips: [],
      root,
      size: 1,
      through: new Date().toISOString(),
      successors: [],
    }
    const statement = await provider.state("audit-checkpoint", claims)
    return { number: 1, hash: await statementHash(statement), covered: 1, statement }
  }
  const of = async (session: PatientSession, byte: number): Promise<PatientSession> => ({
    ...session,
    memory: { ...session.memory, checkpoint: await checkpoint(toBase64url(new Uint8Array(32).fill(byte))) },
  })
  const [first, second] = [await of(one, 1), await of(two, 2)]
  await online(() => uploadRecord(first, documentOf("summary", "with its checkpoint inside the manifest")))
  const { manifest } = await online(() => readContents(first))
  expect(manifest.claims.checkpoint).toBe(first.memory.checkpoint?.statement)
  const told = await online(() => readContents(second)).then(
    () => "not seen",
    ({ code }: { code: string }) => code,
  )
  expect(told).toBe("provider-forked")
})

test("an access under a checkpoint that a manifest names is hidden from no device that reads that manifest", async () => {
  const account = await world.patient()
  const { session } = account
  const { card } = await online(() => newCard(session))
  const other = await online(() => secondDevice(account))
  const access = await online(() => accessBy(card, world.memory.physician))
  await world.memory.sign()
  // The first device has seen it, and publishes with the checkpoint over it inside.
  expect((await online(() => listGrants(session))).map(({ grantId }) => grantId)).toEqual([access.grantId])
  await online(() => uploadRecord(session, documentOf("summary", "after the access")))
  const { manifest } = await online(() => readContents(other))
  expect(manifest.claims.checkpoint).toBeDefined()
  // The cloud tells the other device of no checkpoint, and of a trail without the access.
  const operator = (network: Network) => async (asked: Parameters<Network>[0]) => {
    const reply = await network(asked)
    if (asked.route === "patient/get-checkpoint") return jsonReply({})
    if (asked.route === "patient/list-grants") return jsonReply({ grants: [] })
    if (asked.route !== "patient/read-audit-trail") return reply
    const body = jsonOf(reply) as { events: AuditEvent[] }
    const events: AuditEvent[] = []
    let prev = auditOrigin
    for (const { hash: _, ...event } of body.events.filter(({ action }) => action !== "emergency-access")) {
      const next = { ...event, seq: events.length + 1, prev }
      prev = await canonicalHash(next)
      events.push({ ...next, hash: prev })
    }
    return jsonReply({ ...body, events })
  }
  const shown = await online(() => listGrants(other), operator).then(
    (grants) => `${grants.length} shown`,
    () => "refused",
  )
  expect(shown).not.toBe("0 shown")
})

test("a checkpoint of another number than any known is compared, too: the newest must lead back to it", async () => {
  const account = await world.patient()
  const { session } = account
  await world.memory.sign()
  await online(() => readCheckedTrail(session))
  await online(() => uploadRecord(session, documentOf("summary", "with its checkpoint inside the manifest")))
  const other = await online(() => secondDevice(account))
  await online(() => readContents(other))
  const [told] = other.memory.heard ?? []
  expect(told).toMatchObject({ number: session.memory.checkpoint?.number })
  await world.memory.sign()
  // Newer than what it was told of, and in line with it.
  const { checkpoint } = await online(() => readCheckedTrail(other))
  expect(checkpoint?.number).toBeGreaterThan(told?.number ?? 0)
  expect(other.memory).toMatchObject({ linked: [told, { number: checkpoint?.number }] })
  expect(other.memory.heard).toBeUndefined()
  // One of the same number that is in no line.
  other.memory.heard = [{ number: told?.number ?? 0, hash: toBase64url(new Uint8Array(32)) }]
  await expect(online(() => readCheckedTrail(other))).rejects.toMatchObject({ code: "checkpoint-invalid" })
  // And one that the cloud says it hasn't reached.
  other.memory.heard = [{ number: 1_000_000, hash: told?.hash ?? "" }]
  await expect(online(() => readCheckedTrail(other))).rejects.toMatchObject({ code: "checkpoint-invalid" })
})

test("a professional's addition carries the newest checkpoint that their app was given, and the patient's device heeds it", async () => {
  const account = await world.patient()
  const { session } = account
  const other = await online(() => secondDevice(account))
  await world.memory.sign()
  await online(() => readCheckedTrail(session))
  const { card } = await online(() => newCard(session))
  const access = await online(() => accessBy(card, world.memory.physician))
  await online(() => contribute(access, documentOf("document", "with a checkpoint")))
  const [added] = await online(() => listContributions(session))
  const { checkpoint } = statements.contribution.parse(readStatement(added?.statement ?? "").payload)
  expect(checkpoint).toBe(session.memory.checkpoint?.statement)
  await online(() => listContributions(other))
  const known = [...(other.memory.heard ?? []), ...(other.memory.linked ?? [])]
  expect(known).toContainEqual({ number: session.memory.checkpoint?.number, hash: session.memory.checkpoint?.hash })
})

test("a professional's next access carries the newest checkpoint that their app kept of the cloud, and the patient's device heeds it", async () => {
  const account = await world.patient()
  const { session } = account
  const other = await online(() => secondDevice(account))
  await world.memory.sign()
  await online(() => readCheckedTrail(session))
  const { card } = await online(() => newCard(session))
  const first = await online(() => accessBy(card, world.memory.physician))
  expect(first.checkpoint).toBeUndefined()
  await online(() => listRecords(first, "document"))
  expect(first.checkpoint).toBe(session.memory.checkpoint?.statement)
  const kept = new Map([[first.entry.cloudId, first.checkpoint]])
  const checkpointOf = async (cloudId: string) => kept.get(cloudId)
  const next = await online(async () =>
    emergencyAccess(card, await lookUp(card), world.memory.physician, { checkpointOf }),
  )
  expect(statements["emergency-access"].parse(readStatement(next.statement).payload).checkpoint).toBe(first.checkpoint)
  await online(() => listGrants(other))
  const known = [...(other.memory.heard ?? []), ...(other.memory.linked ?? [])]
  expect(known).toContainEqual({ number: session.memory.checkpoint?.number, hash: session.memory.checkpoint?.hash })
})

test("the checkpoint of a cloud whose keys don't go on from the one that the patient knew is kept nowhere", async () => {
  const { session } = await world.patient()
  const { card } = await online(() => newCard(session))
  const entry = await online(() => lookUp(card))
  const asked: string[] = []
  const checkpointOf = async (cloudId: string) => {
    asked.push(cloudId)
    return undefined
  }
  const claimed = { ...entry, provider: "A".repeat(43) }
  const access = await online(() => emergencyAccess(card, claimed, world.memory.physician, { checkpointOf }))
  expect(asked).toEqual([entry.cloudId])
  await expect(online(() => listRecords(access, "document"))).rejects.toMatchObject({ code: "provider-changed" })
  expect(access.checkpoint).toBeUndefined()
})

test("a checkpoint that the provider didn't sign is kept by no professional's app, nor an older one than it knows", async () => {
  const { session } = await world.patient()
  const { cloud, memory } = session
  const { provider } = cloud
  const signed: string[] = []
  for (let n = 0; n < 2; n++) {
    await world.memory.sign()
    await online(() => readCheckedTrail(session))
    signed.push(memory.checkpoint?.statement ?? "")
  }
  const [older = "", newer = ""] = signed
  const forged = (await newProvider()).state("audit-checkpoint", {
    ...Object(readStatement(newer).payload),
    number: 999_999,
  })
  expect(await newestCheckpoint(provider, [older, await forged, newer, undefined, "nonsense"])).toBe(newer)
  expect(await newestCheckpoint(provider, [newer, older])).toBe(newer)
  expect(await newestCheckpoint(provider, [await forged, undefined])).toBeUndefined()
})
