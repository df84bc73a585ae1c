import { describe, expect, test } from "vitest"
import type { AuditEvent, NewAuditEvent } from "../../../contract/audit.ts"
import { headOf, linkEvent } from "../../../functions/domain/audit-chain.ts"
import { signCheckpoint } from "../../../functions/domain/audit-checkpoint.ts"
import { emptyRoot, withHeads } from "../../../functions/domain/stored-tree.ts"
import { listPageLength } from "../../../protocol/primitives.ts"
import { signAsProvider } from "../../../protocol/provider-keys.ts"
import type { Api } from "../../../sdk/api.ts"
import { readCheckedTrail } from "../../../sdk/patient/audit-trail.ts"
import { heedCheckpoint } from "../../../sdk/patient/heard-checkpoints.ts"
import type { Memory } from "../../../sdk/patient/session.ts"
import { newKey } from "../../fakes/call.ts"
import { type MemoryCloud, noon } from "../../fakes/cloud.ts"
import { coveredTrail, event, type Lies, minutes, signedIn } from "./trails.ts"

const failure = (code: string) => ({ name: "IntegrityFailure", code })
const rechained = async (events: readonly AuditEvent[], length: number, last: typeof event) => {
  const kept = events.slice(0, length)
  return [...kept, await linkEvent(headOf(kept.slice(-1)), last, noon)]
}

describe("a patient's device", () => {
  test("finds the trail whole and sealed, and remembers the end of both", async () => {
    const { cloud, patientId, append } = await coveredTrail(3)
    const open = await append(minutes(1))
    const session = await signedIn(cloud, patientId)
    const { events, checkpoint } = await readCheckedTrail(session)
    expect(events).toHaveLength(open.seq)
    expect(checkpoint).toEqual({ number: 1, signedAt: minutes(1).getTime() / 1000, covered: open.seq - 1 })
    expect(session.memory).toMatchObject({
      audit: { seq: open.seq, hash: open.hash },
      checkpoint: { number: 1, covered: open.seq - 1 },
    })
  })

  test("goes on from what it remembers, however many checkpoints were made meanwhile", async () => {
    const { cloud, patientId, append, sign } = await coveredTrail(1)
    const session = await signedIn(cloud, patientId)
    await readCheckedTrail(session)
    for (let minute = 2; minute <= 40; minute++) await sign(minutes(minute))
    const head = await append(minutes(40))
    await sign(minutes(41))
    expect((await readCheckedTrail(session)).checkpoint).toMatchObject({ number: 41, covered: head.seq })
  })

  test("holds an answer against what it knew when it asked: another look may overtake it", async () => {
    const { cloud, patientId, append, sign } = await coveredTrail(2)
    const memory: Memory = {}
    const late: { answer?: () => void } = {}
    const arrival = new Promise<void>((arrive) => (late.answer = arrive))
    const slow = await signedIn(cloud, patientId, {}, memory)
    const { call } = slow.cloud.api
    // Its answer is of now, and comes when another look has seen more.
    const delayed: Api["call"] = async (name, request) => {
      const answer = await call(name, request)
      await arrival
      return answer
    }
    const overtaken = readCheckedTrail({ ...slow, cloud: { ...slow.cloud, api: { ...slow.cloud.api, call: delayed } } })
    await append(minutes(1))
    await sign(minutes(2))
    const { events } = await readCheckedTrail(await signedIn(cloud, patientId, {}, memory))
    const newest = structuredClone(memory)
    late.answer?.()
    expect((await overtaken).events.length).toBeLessThanOrEqual(events.length)
    expect(memory).toEqual(newest)
  })

  test("accepts that nothing is sealed in a cloud's first minutes", async () => {
    const { cloud, patientId } = await coveredTrail(1)
    cloud.kept.signed.clear()
    expect(await readCheckedTrail(await signedIn(cloud, patientId))).toEqual({
      events: cloud.trail.eventsOf(patientId),
    })
  })

  test("accepts that there is no event yet, and has nothing to remember then", async () => {
    const { cloud, patientId } = await coveredTrail(0)
    cloud.kept.signed.clear()
    const session = await signedIn(cloud, patientId, { events: () => ({ events: [] }) })
    expect(await readCheckedTrail(session)).toEqual({ events: [] })
    expect(session.memory).toEqual({})
  })

  test("reads page after page to the end", async () => {
    const { cloud, patientId, append } = await coveredTrail(listPageLength)
    await append(minutes(1))
    const { events } = await readCheckedTrail(await signedIn(cloud, patientId))
    expect(events.length).toBeGreaterThan(listPageLength)
    expect(events).toEqual(cloud.trail.eventsOf(patientId))
  })

  test("sees an event that is numbered otherwise than in its order, whatever else is in order", async () => {
    const { cloud, patientId } = await coveredTrail(3)
    const [first] = cloud.trail.eventsOf(patientId)
    const skipping = await linkEvent({ seq: 2, hash: first?.hash ?? "" }, event, noon)
    const events = [...cloud.trail.eventsOf(patientId).slice(0, 1), skipping]
    cloud.kept.signed.clear()
    await expect(
      readCheckedTrail(await signedIn(cloud, patientId, { events: () => ({ events }) })),
    ).rejects.toMatchObject(failure("audit-trail-broken"))
  })

  test("sees a trail that doesn't tell of the manifest it knows: it is another's, or has lost it", async () => {
    const { cloud, patientId, append } = await coveredTrail(1)
    const [known, other] = [
      { number: 2, hash: newKey() },
      { number: 1, hash: newKey() },
    ]
    const reading = async () =>
      readCheckedTrail(await signedIn(cloud, patientId, {}, { manifest: { ...known, ladder: [], cards: [] } }))
    const telling = (told: Partial<NewAuditEvent>) =>
      cloud.audit.append(
        patientId,
        { ...event, action: "publish-manifest", subject: { manifest: known }, ...told },
        minutes(1),
      )
    const cut = failure("audit-trail-cut")
    await expect(reading()).rejects.toMatchObject(cut)
    for (const told of [{ outcome: "manifest-conflict" }, { subject: { manifest: other } }, { subject: {} }] as const) {
      await telling(told)
      await expect(reading()).rejects.toMatchObject(cut)
    }
    await telling({})
    await append(minutes(1))
    expect((await reading()).events).toEqual(cloud.trail.eventsOf(patientId))
  })

  test("sees a tail that was cut before it ever saw it: the checkpoint has it", async () => {
    const { cloud, patientId } = await coveredTrail(3)
    const lies: Lies = { events: ({ events }) => ({ events: events.slice(0, -1) }) }
    await expect(readCheckedTrail(await signedIn(cloud, patientId, lies))).rejects.toMatchObject(
      failure("audit-trail-cut"),
    )
  })

  test("sees a trail that was forked before it ever saw it: the checkpoint has the other", async () => {
    const { cloud, patientId } = await coveredTrail(3)
    const events = cloud.trail.eventsOf(patientId)
    const forked = await rechained(events, events.length - 1, { ...event, action: "session" })
    const lies: Lies = { events: () => ({ events: forked }) }
    await expect(readCheckedTrail(await signedIn(cloud, patientId, lies))).rejects.toMatchObject(
      failure("audit-trail-broken"),
    )
  })

  test("sees a cut and a fork of what it has seen itself, sealed or not", async () => {
    const { cloud, patientId, append } = await coveredTrail(2)
    await append(minutes(1))
    const session = await signedIn(cloud, patientId)
    await readCheckedTrail(session)
    const events = cloud.trail.eventsOf(patientId)
    const lying = (lies: Lies) => signedIn(cloud, patientId, lies, structuredClone(session.memory))
    const cut = await lying({ events: (answer) => ({ events: answer.events.slice(0, -1) }) })
    await expect(readCheckedTrail(cut)).rejects.toMatchObject(failure("audit-trail-cut"))
    const other = await rechained(events, events.length - 1, { ...event, action: "session" })
    const forked = await lying({ events: () => ({ events: other }) })
    await expect(readCheckedTrail(forked)).rejects.toMatchObject(failure("audit-trail-broken"))
  })

  test("sees that events are left unsealed for hours, and that minutes are nothing", async () => {
    const { cloud, patientId, append, sign } = await coveredTrail(1)
    const changes = { since: async () => [] }
    await append(minutes(1))
    const stalled = { ...cloud, changes }
    await sign(minutes(1))
    cloud.kept.signed.clear()
    cloud.kept.nodes.clear()
    await signCheckpoint(stalled, { now: minutes(60) }, { mayContinue: () => true })
    expect((await readCheckedTrail(await signedIn(cloud, patientId))).checkpoint).toMatchObject({ covered: 0 })
    await signCheckpoint(stalled, { now: minutes(120) }, { mayContinue: () => true })
    expect((await readCheckedTrail(await signedIn(cloud, patientId))).checkpoint).toMatchObject({
      number: 2,
      covered: 0,
    })
    await signCheckpoint(stalled, { now: new Date(minutes(120).getTime() + 1) }, { mayContinue: () => true })
    await expect(readCheckedTrail(await signedIn(cloud, patientId))).rejects.toMatchObject(
      failure("audit-trail-uncovered"),
    )
  })

  test("accepts no older checkpoint, none, another cloud's, nor another history than it has seen", async () => {
    const { cloud, patientId, append, sign } = await coveredTrail(1)
    const stranger = await coveredTrail(1)
    const old = await signedIn(cloud, patientId)
    const { newest: first } = await old.cloud.api.call("patient/get-checkpoint", {})
    await append(minutes(1))
    await sign(minutes(2))
    await readCheckedTrail(old)
    const { memory } = old
    const checkpointInvalid = async (lies: Lies, remembered = memory) =>
      expect(
        readCheckedTrail(await signedIn(cloud, patientId, lies, structuredClone(remembered))),
      ).rejects.toMatchObject(failure("checkpoint-invalid"))
    await checkpointInvalid({ checkpoint: () => ({ newest: first }) })
    await checkpointInvalid({ checkpoint: () => ({}) })
    const theirs = await signedIn(stranger.cloud, stranger.patientId)
    const foreign = await theirs.cloud.api.call("patient/get-checkpoint", {})
    await checkpointInvalid({ checkpoint: () => foreign }, {})
    const { checkpoint } = memory
    if (checkpoint === undefined) throw new Error("nothing was remembered")
    await checkpointInvalid({}, { ...memory, checkpoint: { ...checkpoint, hash: `${"B".repeat(42)}A` } })
  })

  test("accepts no proof of another patient, which is under the same root", async () => {
    const { cloud, patientId, other } = await coveredTrail(1)
    const session = await signedIn(cloud, patientId)
    await readCheckedTrail(session)
    const theirs = await (await signedIn(cloud, other)).cloud.api.call("patient/get-checkpoint", {})
    const another: Lies = { checkpoint: () => theirs }
    await expect(readCheckedTrail(await signedIn(cloud, patientId, another))).rejects.toMatchObject(
      failure("checkpoint-invalid"),
    )
  })

  test("accepts no tree that it was taken out of, or in which its head went back", async () => {
    const { cloud, patientId, append, sign } = await coveredTrail(2)
    const [first] = cloud.trail.eventsOf(patientId)
    await append(minutes(1))
    await sign(minutes(2))
    const session = await signedIn(cloud, patientId)
    await readCheckedTrail(session)
    const { hash: previous } = session.memory.checkpoint ?? { hash: "" }
    const shrunk = await withHeads(cloud.kept.checkpoints, await emptyRoot(), [
      { patientId, seq: 1, hash: first?.hash ?? "" },
    ])
    for (const root of [await emptyRoot(), shrunk.root]) {
      const through = minutes(3).toISOString()
      const claims = {
        iss: cloud.cloud.cloudId,
        iat: 0,
        number: 3,
        previous,
        skips: [],
        root,
        size: 1,
        through,
        successors: [],
      }
      cloud.kept.signed.set(3, await signAsProvider(cloud.provider, "audit-checkpoint", claims))
      await expect(readCheckedTrail(session)).rejects.toMatchObject(failure("audit-trail-cut"))
    }
  })
  const publishedAs =
    (cloud: MemoryCloud, patientId: string) =>
    (number: number, action: AuditEvent["action"] = "commit") =>
      cloud.audit.append(patientId, { ...event, action, subject: { manifest: { number, hash: newKey() } } }, minutes(1))

  test("sees a publication that the trail leaves out, whatever it was for", async () => {
    for (const numbers of [[2], [1, 3], [1, 2, 4]]) {
      const { cloud, patientId } = await coveredTrail(0)
      for (const number of numbers) await publishedAs(cloud, patientId)(number)
      await expect(readCheckedTrail(await signedIn(cloud, patientId))).rejects.toMatchObject(failure("audit-trail-cut"))
    }
  })

  test("accepts a publication that came too late, after others that were made meanwhile", async () => {
    const { cloud, patientId } = await coveredTrail(0)
    const publish = publishedAs(cloud, patientId)
    for (const number of [1, 2, 2, 3, 4]) await publish(number)
    // The copy of a large addition took its time: the event stands, the manifest of that number is another.
    await publish(3, "approve-contribution")
    await publish(5)
    expect((await readCheckedTrail(await signedIn(cloud, patientId))).events).toEqual(cloud.trail.eventsOf(patientId))
  })

  test("reads on from what its session has read, and asks for nothing of it again", async () => {
    const { cloud, patientId, append } = await coveredTrail(listPageLength + 5)
    const asked: (string | undefined)[] = []
    const session = await signedIn(cloud, patientId)
    const { call } = session.cloud.api
    const counted: Api["call"] = (name, request, token) => {
      if (name === "patient/read-audit-trail") asked.push((request as { after?: string }).after)
      return call(name, request, token)
    }
    const counting = { ...session, cloud: { ...session.cloud, api: { ...session.cloud.api, call: counted } } }
    const { events } = await readCheckedTrail(counting)
    const seen = asked.length
    await append(minutes(1))
    expect((await readCheckedTrail(counting)).events).toHaveLength(events.length + 1)
    expect(asked.slice(seen)).toEqual([String(events.length)])
  })

  test("sees that what its session has read was changed since, by what comes after it", async () => {
    const { cloud, patientId } = await coveredTrail(3)
    const lies: Lies = {}
    const session = await signedIn(cloud, patientId, lies)
    await readCheckedTrail(session)
    const events = cloud.trail.eventsOf(patientId)
    const forked = await rechained(events, events.length - 1, { ...event, action: "session" })
    const next = await linkEvent(headOf(forked.slice(-1)), event, minutes(2))
    lies.events = () => ({ events: [next] })
    await expect(readCheckedTrail(session)).rejects.toMatchObject(failure("audit-trail-broken"))
  })

  /** An event that names a moment far ahead, which no signer's last hours reach. */
  const datedAhead = async () => {
    const trail = await coveredTrail(1)
    await trail.append(minutes(60 * 24 * 365))
    const stalled = { ...trail.cloud, changes: { since: async () => [] } }
    const sign = (at: Date) => signCheckpoint(stalled, { now: at }, { mayContinue: () => true })
    return { ...trail, sign }
  }

  test("sees an event dated ahead that is under no second checkpoint after it was first seen", async () => {
    const { cloud, patientId, sign } = await datedAhead()
    const session = await signedIn(cloud, patientId)
    await readCheckedTrail(session)
    await sign(minutes(2))
    expect((await readCheckedTrail(session)).checkpoint).toMatchObject({ number: 2 })
    await sign(minutes(3))
    const later = await signedIn(cloud, patientId, {}, structuredClone(session.memory))
    await expect(readCheckedTrail(later)).rejects.toMatchObject(failure("audit-trail-uncovered"))
  })

  test("waits no longer for an event than until a checkpoint has it", async () => {
    const { cloud, patientId, append, sign } = await coveredTrail(1)
    await append(minutes(2))
    const session = await signedIn(cloud, patientId)
    await readCheckedTrail(session)
    expect(session.memory.uncovered).toMatchObject({ checkpoint: 1 })
    for (let minute = 3; minute <= 6; minute++) {
      await sign(minutes(minute))
      await append(minutes(minute))
      await readCheckedTrail(session)
    }
    await sign(minutes(7))
    await readCheckedTrail(session)
    expect(session.memory.uncovered).toBeUndefined()
  })

  test("accuses a provider by two checkpoints of one number, and heeds nothing that it can't verify", async () => {
    const { cloud, patientId } = await coveredTrail(1)
    const session = await signedIn(cloud, patientId)
    await readCheckedTrail(session)
    const { statement } = session.memory.checkpoint ?? {}
    const claims = {
      iss: cloud.cloud.cloudId,
      iat: 0,
      number: 1,
      previous: null,
      skips: [],
      root: await emptyRoot(),
      size: 0,
      successors: [],
    }
    const other = await signAsProvider(cloud.provider, "audit-checkpoint", {
      ...claims,
      through: minutes(1).toISOString(),
    })
    const stranger = await coveredTrail(1)
    const { newest } = await (await signedIn(stranger.cloud, stranger.patientId)).cloud.api.call(
      "patient/get-checkpoint",
      {},
    )
    for (const harmless of [undefined, statement, "no statement", newest?.checkpoint])
      await heedCheckpoint(session, harmless)
    await expect(heedCheckpoint(session, other)).rejects.toMatchObject(failure("provider-forked"))
  })
})
