import assert from "node:assert/strict"
import { GetItemCommand, PutItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb"
import { marshall } from "@aws-sdk/util-dynamodb"
import type { NewAuditEvent } from "../../../contract/audit.ts"
import { type HriItem, type ItemOf, itemKeys } from "../../../contract/items.ts"
import { dynamoAuditChanges } from "../../../functions/adapters/audit-changes.dynamodb.ts"
import { dynamoAuditTrail } from "../../../functions/adapters/audit-trail.dynamodb.ts"
import { dynamoDeactivations } from "../../../functions/adapters/deactivations.dynamodb.ts"
import { dynamoFileDeletions } from "../../../functions/adapters/file-deletions.dynamodb.ts"
import { dynamoIndexEntries } from "../../../functions/adapters/index-entries.dynamodb.ts"
import { attributesOf } from "../../../functions/adapters/kept-item.ts"
import { dynamoPatientItems } from "../../../functions/adapters/patient-items.dynamodb.ts"
import { dynamoStore } from "../../../functions/adapters/store.dynamodb.ts"
import { newId, newKey } from "../../fakes/call.ts"
import type { Clauses, Tables } from "../cloud.ts"

const patientOf = (patientId: string, revision = 1): ItemOf<"patient"> => ({
  kind: "patient",
  revision,
  patientId,
  status: "active",
  createdAt: "2026-03-01T12:00:00.000Z",
})
const uploadOf = (patientId: string): ItemOf<"upload"> => ({
  kind: "upload",
  revision: 1,
  patientId,
  bucket: "records",
  recordId: newId(),
  version: 1,
  objectId: newId(),
  category: "summary",
  size: 1,
  uploadId: "upload",
  startedAt: "2026-03-01T12:00:00.000Z",
  ttl: 4_000_000_000,
})
const storeIn = ({ client, main }: Tables) => dynamoStore(client, main)
const ref = (patientId: string) => ({ kind: "patient", patientId }) as const
const event: NewAuditEvent = {
  action: "commit",
  outcome: "permitted",
  actor: { kind: "patient" },
  subject: { recordId: newId(), version: 1 },
}
const entryOf = (locatorHash: string, sequence: number): HriItem => ({
  locatorHash,
  owner: newKey(),
  sequence,
  statementHash: newKey(),
  signers: { number: 1, hash: newKey() },
})

export const dynamodb: Clauses<"DynamoDB"> = {
  "items are read in the order asked for, and what is missing is missing": async (tables) => {
    const store = storeIn(tables)
    const [one, two] = [newId(), newId()]
    assert.deepEqual(await store.write([{ put: patientOf(one) }, { put: patientOf(two) }]), { outcome: "written" })
    assert.deepEqual(await store.read([ref(two), ref(newId()), ref(one)]), [patientOf(two), undefined, patientOf(one)])
  },
  "of a transaction all is written or nothing, and it says what failed": async (tables) => {
    const store = storeIn(tables)
    const [one, two] = [newId(), newId()]
    await store.write([{ put: patientOf(two) }])
    const answer = await store.write([{ put: patientOf(one) }, { put: patientOf(two) }])
    assert.deepEqual(answer, { outcome: "conflict", at: [1] })
    assert.deepEqual(await store.read([ref(one)]), [undefined])
  },
  "a change, a removal and a check hold only at the revision they were made from": async (tables) => {
    const store = storeIn(tables)
    const [one, two] = [newId(), newId()]
    await store.write([{ put: patientOf(one) }, { put: patientOf(two) }])
    const conflict = { outcome: "conflict", at: [0] }
    assert.deepEqual(await store.write([{ put: patientOf(one, 3) }]), conflict)
    assert.deepEqual(await store.write([{ remove: ref(one), revision: 2 }]), conflict)
    assert.deepEqual(await store.write([{ check: ref(one), revision: 0 }, { put: patientOf(two, 2) }]), conflict)
    const check = { check: ref(one), revision: 1 }
    assert.deepEqual(await store.write([check, { put: patientOf(two, 2) }]), { outcome: "written" })
    assert.deepEqual(await store.write([{ remove: ref(one), revision: 1 }]), { outcome: "written" })
    assert.deepEqual(await store.read([ref(one), ref(two)]), [undefined, patientOf(two, 2)])
  },
  "of ten changes of one revision at once one is made": async (tables) => {
    const store = storeIn(tables)
    const patientId = newId()
    await store.write([{ put: patientOf(patientId) }])
    const attempts = await Promise.allSettled(
      Array.from({ length: 10 }, () => store.write([{ put: patientOf(patientId, 2) }])),
    )
    const written = attempts.filter((each) => each.status === "fulfilled" && each.value.outcome === "written")
    assert.equal(written.length, 1)
    assert.deepEqual(await store.read([ref(patientId)]), [patientOf(patientId, 2)])
  },
  "a change keeps the fields it doesn't know, unless the item is put whole": async (tables) => {
    const store = storeIn(tables)
    const patientId = newId()
    await store.write([{ put: patientOf(patientId) }])
    const Key = marshall(itemKeys.patient({ patientId }))
    const newer = {
      UpdateExpression: "SET #0 = :0",
      ExpressionAttributeNames: { "#0": "newer" },
      ExpressionAttributeValues: marshall({ ":0": 1 }),
    }
    await tables.client.send(new UpdateItemCommand({ TableName: tables.main, Key, ...newer }))
    const get = new GetItemCommand({ TableName: tables.main, Key, ConsistentRead: true })
    const known = async () => (await tables.client.send(get)).Item?.["newer"] !== undefined
    await store.write([{ put: patientOf(patientId, 2) }])
    assert.ok(await known())
    await store.write([{ put: patientOf(patientId, 3), whole: true }])
    assert.ok(!(await known()))
  },
  "a list comes in order and in pages, and of its own kind alone": async (tables) => {
    const store = storeIn(tables)
    const patientId = newId()
    const uploads = Array.from({ length: 60 }, () => uploadOf(patientId))
    await store.write([{ put: patientOf(patientId) }, ...uploads.map((put) => ({ put }))])
    const first = await store.list("upload", patientId, {})
    const second = await store.list("upload", patientId, { after: first.next })
    const listed = [...first.items, ...second.items]
    assert.equal(second.next, undefined)
    const inOrder = uploads.map((upload) => itemKeys.upload(upload).sk).sort()
    assert.deepEqual(
      listed.map((upload) => itemKeys.upload(upload).sk),
      inOrder,
    )
  },
  "an event is added and never put over another": async (tables) => {
    const patientId = newId()
    const trail = dynamoAuditTrail(tables.client, tables.audit, async () => {})
    const head = await trail.head(patientId)
    const first = await trail.append(patientId, event, new Date(), head)
    const second = await trail.append(patientId, event, new Date(), head)
    assert.deepEqual([first.seq, second.seq, second.prev], [1, 2, first.hash])
    assert.deepEqual((await trail.read(patientId, 0)).events, [first, second])
  },
  "of ten writers at once each finds its place in the chain": async (tables) => {
    const patientId = newId()
    const trail = dynamoAuditTrail(tables.client, tables.audit)
    const added = await Promise.all(Array.from({ length: 10 }, () => trail.append(patientId, event, new Date())))
    assert.equal(new Set(added.map(({ seq }) => seq)).size, 10)
    const { events } = await trail.read(patientId, 0)
    assert.ok(events.every(({ prev }, i) => i === 0 || prev === events[i - 1]?.hash))
  },
  "a trail is read in pages": async (tables) => {
    const patientId = newId()
    const trail = dynamoAuditTrail(tables.client, tables.audit)
    let head = await trail.head(patientId)
    for (let i = 0; i < 51; i++) head = await trail.append(patientId, event, new Date(), head)
    const { events, next = 0 } = await trail.read(patientId, 0)
    assert.deepEqual([events.length, next], [50, 50])
    assert.deepEqual(
      (await trail.read(patientId, next)).events.map(({ seq }) => seq),
      [51],
    )
    assert.equal((await trail.head(patientId)).seq, 51)
  },
  "the index of changes knows what is later than a moment": async (tables) => {
    const patientId = newId()
    const trail = dynamoAuditTrail(tables.client, tables.audit)
    const changes = dynamoAuditChanges(tables.client, tables.audit)
    const [early, late] = [new Date("2026-03-01T12:00:00Z"), new Date("2026-03-01T12:00:01Z")]
    await trail.append(patientId, event, early)
    const last = await trail.append(patientId, event, late)
    const head = { patientId, seq: 2, hash: last.hash, at: last.at }
    const ours = (all: readonly { patientId: string }[]) => all.filter((each) => each.patientId === patientId)
    assert.deepEqual(ours(await changes.since("")), [head])
    assert.deepEqual(ours(await changes.since(early.toISOString())), [head])
    assert.deepEqual(ours(await changes.since(late.toISOString())), [])
  },
  "an entry of the index goes only over the one it names": async ({ client, index }) => {
    const entries = dynamoIndexEntries(client, index)
    const locator = newKey()
    const [first, second] = [entryOf(locator, 1), entryOf(locator, 2)]
    assert.equal(await entries.find(locator), undefined)
    assert.equal(await entries.put(first, undefined), "put")
    assert.equal(await entries.put(second, undefined), "conflict")
    assert.equal(await entries.put(second, entryOf(locator, 1)), "conflict")
    assert.equal(await entries.put(second, first), "put")
    assert.deepEqual(await entries.find(locator), second)
  },
  "files whose time has come are told, the earliest first": async (tables) => {
    const deletion = (destroyAt: number) =>
      ({ kind: "file-deletion", revision: 1, practiceId: newId(), fileId: newId(), destroyAt }) as const
    const [one, two, three] = [deletion(10), deletion(20), deletion(30)]
    await storeIn(tables).write([{ put: two }, { put: three }, { put: one }])
    const { deletions } = await dynamoFileDeletions(tables.client, tables.main).due(30, undefined)
    assert.deepEqual(deletions, [one, two])
  },
  "accounts that are to be destroyed are told": async (tables) => {
    const patientId = newId()
    const key = itemKeys.deactivation({ patientId })
    await tables.client.send(
      new PutItemCommand({ TableName: tables.main, Item: { ...attributesOf({}), ...marshall(key) } }),
    )
    const { ids } = await dynamoDeactivations(tables.client, tables.main, key.pk).list(undefined)
    assert.ok(ids.includes(patientId))
  },
  "all items of a patient but the patient's own are told and removed": async (tables) => {
    const store = storeIn(tables)
    const [patientId, other] = [newId(), newId()]
    const uploads = Array.from({ length: 30 }, () => ({ put: uploadOf(patientId) }))
    await store.write([{ put: patientOf(patientId) }, { put: uploadOf(other) }, ...uploads])
    const items = dynamoPatientItems(tables.client, tables.main)
    let rounds = 0
    for (
      let some = await items.some(itemKeys.patient({ patientId }));
      some.length > 0;
      some = await items.some(itemKeys.patient({ patientId }))
    ) {
      assert.ok(++rounds < 10)
      await items.remove(some)
    }
    assert.deepEqual(await store.read([ref(patientId)]), [patientOf(patientId)])
    assert.equal((await items.some(itemKeys.patient({ patientId: other }))).length, 1)
  },
}
