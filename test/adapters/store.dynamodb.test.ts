import { type DynamoDBClient, TransactionCanceledException } from "@aws-sdk/client-dynamodb"
import { marshall } from "@aws-sdk/util-dynamodb"
import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { type ItemOf, itemKeys } from "../../contract/items.ts"
import { dynamoDeactivations } from "../../functions/adapters/deactivations.dynamodb.ts"
import { dynamoIndexEntries } from "../../functions/adapters/index-entries.dynamodb.ts"
import { attributesOf } from "../../functions/adapters/kept-item.ts"
import { dynamoPatientItems } from "../../functions/adapters/patient-items.dynamodb.ts"
import { dynamoStore } from "../../functions/adapters/store.dynamodb.ts"
import type { Change } from "../../functions/domain/ports.ts"
import { newId } from "../fakes/call.ts"
import { refusalOf } from "../fakes/cloud.ts"
import { memoryIndexEntries } from "../fakes/index-entries.ts"
import { sentCommands } from "../fakes/sent-commands.ts"
import { memoryStore } from "../fakes/store.ts"
import { memoryDynamo } from "../kit/dynamo.ts"
import { descriptorOf } from "../kit/patients.ts"

const patientId = newId()
const pk = `PATIENT#${patientId}`
const patient = (revision = 1): ItemOf<"patient"> => ({
  kind: "patient",
  revision,
  patientId,
  status: "active",
  createdAt: "2026-03-01T12:00:00.000Z",
})
const answering = (...answers: (object | Error)[]) => {
  const { client, sent } = sentCommands<DynamoDBClient>(...answers)
  return { store: dynamoStore(client, "Main", async () => undefined), sent }
}
const cancelled = (...codes: string[]) =>
  new TransactionCanceledException({ message: "", $metadata: {}, CancellationReasons: codes.map((Code) => ({ Code })) })

describe("reading", () => {
  test("asks once, strongly consistent, and answers in the order asked for", async () => {
    const cardId = newId()
    const stored = attributesOf({ ...patient(), pk, sk: "PATIENT" })
    const { store, sent } = answering({ Responses: { Main: [stored] }, UnprocessedKeys: {} })
    expect(
      await store.read([
        { kind: "card", patientId, cardId },
        { kind: "patient", patientId },
      ]),
    ).toEqual([undefined, patient()])
    expect(sent).toEqual([
      {
        command: "BatchGetItemCommand",
        input: {
          RequestItems: {
            Main: {
              ConsistentRead: true,
              Keys: [
                { pk: { S: pk }, sk: { S: `CARD#${cardId}` } },
                { pk: { S: pk }, sk: { S: "PATIENT" } },
              ],
            },
          },
        },
      },
    ])
  })

  test("takes a part of an answer for none: what is missing might be a revocation", async () => {
    const { store } = answering({
      Responses: { Main: [attributesOf({ ...patient(), pk, sk: "PATIENT" })] },
      UnprocessedKeys: { Main: { Keys: [{ pk: { S: pk }, sk: { S: "CONSENT#store" } }] } },
    })
    expect(await refusalOf(store.read([{ kind: "patient", patientId }]))).toBe("busy")
  })

  test("takes no answer to another question, nor one that names no table, for nothing found", async () => {
    const other = attributesOf({ ...patient(), pk: "PATIENT#other", sk: "PATIENT" })
    for (const answer of [{}, { Responses: {} }, { Responses: { Main: [other] } }, { Responses: { Main: [{}] } }])
      await expect(answering(answer).store.read([{ kind: "patient", patientId }])).rejects.toThrow("another question")
  })

  test("throws for an item of a form that a newer version has begun to keep", async () => {
    const item = { ...attributesOf({ ...patient(), pk, sk: "PATIENT" }), format: { N: "2" } }
    const { store } = answering({ Responses: { Main: [item] } })
    await expect(store.read([{ kind: "patient", patientId }])).rejects.toThrow("format")
  })

  test("throws for what isn't what its key says", async () => {
    for (const wrong of [{ status: "king" }, { revision: 0 }, { kind: "card" }, { patientId: 1 }]) {
      const { store } = answering({
        Responses: { Main: [attributesOf({ ...patient(), ...wrong, pk, sk: "PATIENT" })] },
      })
      await expect(store.read([{ kind: "patient", patientId }])).rejects.toThrow()
    }
  })
})

describe("listing", () => {
  test("asks for one page of one patient's prefix, strongly consistent, from after the cursor", async () => {
    const { store, sent } = answering({ Items: [], LastEvaluatedKey: { pk: { S: pk }, sk: { S: "CARD#xyz" } } })
    expect(await store.list("card", patientId, { after: "abc" })).toEqual({ items: [], next: "xyz" })
    expect(sent).toEqual([
      {
        command: "QueryCommand",
        input: {
          TableName: "Main",
          ConsistentRead: true,
          KeyConditionExpression: "pk = :pk AND begins_with(sk, :prefix)",
          ExpressionAttributeValues: { ":pk": { S: pk }, ":prefix": { S: "CARD#" } },
          ExclusiveStartKey: { pk: { S: pk }, sk: { S: "CARD#abc" } },
          Limit: 50,
        },
      },
    ])
  })

  test("never takes one kind's items for another's", async () => {
    const { store, sent } = answering({ Items: [] }, { Items: [] })
    const recordId = newId()
    expect(await store.list("record", patientId, {})).toEqual({ items: [] })
    await store.list("record-version", patientId, { within: recordId })
    expect(sent.map(({ input }) => input)).toMatchObject([
      { ExpressionAttributeValues: { ":prefix": { S: "RECORD#" } } },
      { ExpressionAttributeValues: { ":prefix": { S: `RECORD-VERSION#${recordId}#` } } },
    ])
    expect(sent[0]?.input).not.toHaveProperty("ExclusiveStartKey")
  })
})

describe("writing", () => {
  test("is one transaction, each change on its condition", async () => {
    const { store, sent } = answering()
    const cardId = newId()
    const changes: Change[] = [
      { put: patient(1) },
      { put: { ...patient(4), patientId: cardId } },
      { put: { ...patient(6), patientId: newId() }, whole: true },
      { remove: { kind: "card", patientId, cardId }, revision: 2 },
      { check: { kind: "consent", patientId, consent: "store" }, revision: 7 },
    ]
    expect(await store.write(changes)).toEqual({ outcome: "written" })
    const at = (revision: number) => ({
      ConditionExpression: "revision = :revision",
      ExpressionAttributeValues: { ":revision": { N: String(revision) } },
    })
    expect(sent).toMatchObject([
      {
        command: "TransactWriteItemsCommand",
        input: {
          TransactItems: [
            {
              Update: {
                TableName: "Main",
                Key: { pk: { S: pk } },
                ConditionExpression: "attribute_not_exists(pk)",
              },
            },
            {
              Update: {
                TableName: "Main",
                Key: { pk: { S: `PATIENT#${cardId}` }, sk: { S: "PATIENT" } },
                UpdateExpression: expect.stringMatching(/^SET .* REMOVE /),
                ...at(3),
              },
            },
            { Put: { TableName: "Main", Item: { revision: { N: "6" } }, ...at(5) } },
            { Delete: { TableName: "Main", Key: { pk: { S: pk }, sk: { S: `CARD#${cardId}` } }, ...at(2) } },
            { ConditionCheck: { TableName: "Main", Key: { pk: { S: pk }, sk: { S: "CONSENT#store" } }, ...at(7) } },
          ],
        },
      },
    ])
  })

  test("names the changes that didn't hold", async () => {
    const { store } = answering(cancelled("None", "ConditionalCheckFailed", "None", "ConditionalCheckFailed"))
    expect(await store.write([{ put: patient() }])).toEqual({ outcome: "conflict", at: [1, 3] })
  })

  test("is a conflict where one change didn't hold, whatever else was in the way", async () => {
    const { store } = answering(cancelled("TransactionConflict", "ConditionalCheckFailed"))
    expect(await store.write([{ put: patient() }])).toEqual({ outcome: "conflict", at: [1] })
  })

  test("that met another transaction is tried again, and then its revisions decide", async () => {
    const met = cancelled("None", "TransactionConflict")
    const written = answering(met, met, met)
    expect(await written.store.write([{ put: patient() }])).toEqual({ outcome: "written" })
    expect(written.sent).toHaveLength(4)
    const lost = answering(met, cancelled("ConditionalCheckFailed"))
    expect(await lost.store.write([{ put: patient() }])).toEqual({ outcome: "conflict", at: [0] })
  })

  test("that meets another transaction each time is busy", async () => {
    const met = cancelled("None", "TransactionConflict")
    const { store, sent } = answering(met, met, met, met)
    expect(await refusalOf(store.write([{ put: patient() }]))).toBe("busy")
    expect(sent).toHaveLength(4)
  })

  test.for([
    ["is throttled", cancelled("ThrottlingError")],
    ["is cancelled for another reason", cancelled("ItemCollectionSizeLimitExceeded")],
    ["is cancelled for no reason", cancelled()],
    ["fails", new Error("network")],
  ] as const)("that %s is never taken for written", async ([, error]) => {
    const { store } = answering(error)
    await expect(store.write([{ put: patient() }])).rejects.toBe(error)
  })
})

describe("the store in memory that other tests use", () => {
  const ids = [newId(), newId()]
  const revision = fc.integer({ min: 1, max: 3 })
  const which = fc.constantFrom(...ids)
  const put = (recordId: string, revision: number) => async (): Promise<Change> => ({
    put: {
      kind: "record",
      revision,
      patientId,
      recordId,
      descriptor: await descriptorOf({ recordId, sha256: "A".repeat(43) }),
    },
  })
  const change = fc.oneof(
    fc.record({ kind: fc.constant("put" as const), of: which, revision }),
    fc.record({ kind: fc.constant("remove" as const), of: which, revision }),
    fc.record({ kind: fc.constant("check" as const), of: which, revision: fc.integer({ min: 0, max: 3 }) }),
  )
  const transaction = fc.uniqueArray(change, { minLength: 1, maxLength: 2, selector: ({ of }) => of })

  test("agrees with the adapter about every write, read and list", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(transaction, { maxLength: 12 }), async (transactions) => {
        const { store: memory } = memoryStore()
        const adapter = dynamoStore(memoryDynamo().client, "Main")
        for (const transaction of transactions) {
          const changes = await Promise.all(
            transaction.map(async ({ kind, of, revision }): Promise<Change> => {
              const ref = { kind: "record" as const, patientId, recordId: of }
              if (kind === "put") return put(of, revision)()
              return kind === "remove" ? { remove: ref, revision } : { check: ref, revision }
            }),
          )
          expect(await memory.write(changes)).toEqual(await adapter.write(changes))
          const refs = ids.map((recordId) => ({ kind: "record" as const, patientId, recordId }))
          expect(await memory.read(refs)).toEqual(await adapter.read(refs))
          expect(await memory.list("record", patientId, {})).toEqual(await adapter.list("record", patientId, {}))
        }
      }),
      { numRuns: 60 },
    )
  })

  test("pages as the adapter does", async () => {
    const { store: memory } = memoryStore()
    const adapter = dynamoStore(memoryDynamo().client, "Main")
    for (let i = 0; i < 100; i++) {
      const change = await put(newId(), 1)()
      await Promise.all([memory.write([change]), adapter.write([change])])
    }
    let after: string | undefined
    for (const length of [50, 50, 0]) {
      const page = await memory.list("record", patientId, { after })
      expect(page).toEqual(await adapter.list("record", patientId, { after }))
      expect(page.items).toHaveLength(length)
      after = page.next
    }
  })
})

describe("accounts that are to be destroyed, or are being so,", () => {
  test("are listed by their patients alone, page by page, and a page that is missing is no end", async () => {
    const [first, second] = [newId(), newId()]
    const key = (sk: string) => ({ pk: { S: "DEACTIVATION" }, sk: { S: sk } })
    const last = `BEGUN#${first}`
    const { client, sent } = sentCommands<DynamoDBClient>(
      { Items: [{ sk: { S: last } }], LastEvaluatedKey: key(last) },
      { Items: [{ sk: { S: `WAITING#${second}` } }] },
      {},
      { Items: [{ sk: { S: "WAITING#nobody" } }] },
    )
    const requests = dynamoDeactivations(client, "Main", "DEACTIVATION")
    expect(await requests.list(undefined)).toEqual({ ids: [first], next: last })
    expect(await requests.list(last)).toEqual({ ids: [second] })
    await expect(requests.list(undefined)).rejects.toThrow("without its items")
    await expect(requests.list(undefined)).rejects.toThrow()
    expect(sent[0]?.input).not.toHaveProperty("ExclusiveStartKey")
    expect(sent[1]).toMatchObject({
      command: "QueryCommand",
      input: { ConsistentRead: true, ProjectionExpression: "sk", ExclusiveStartKey: key(last) },
    })
  })

  test("are found where the store puts them", async () => {
    const { client } = memoryDynamo()
    const store = dynamoStore(client, "Main")
    const other = newId()
    await store.write([{ put: { kind: "deactivation", revision: 1, patientId, statement: "a.b.c" } }])
    await store.write([{ put: { kind: "destruction", revision: 1, patientId: other } }])
    expect(await dynamoDeactivations(client, "Main", "DEACTIVATION").list(undefined)).toEqual({
      ids: [other, patientId],
    })
  })
})

describe("a patient's items", () => {
  test("are named by key alone, up to a transaction of them, without the patient's own", async () => {
    const { client, sent } = sentCommands<DynamoDBClient>({
      Items: [marshall({ pk, sk: "CARD#1" }), marshall({ pk, sk: "PATIENT" }), marshall({ pk, sk: "RECORD#1" })],
    })
    const keys = await dynamoPatientItems(client, "Main").some(itemKeys.patient({ patientId }))
    expect(keys).toEqual([
      { pk, sk: "CARD#1" },
      { pk, sk: "RECORD#1" },
    ])
    expect(sent).toMatchObject([
      {
        command: "QueryCommand",
        input: { ConsistentRead: true, ProjectionExpression: "pk, sk", KeyConditionExpression: "pk = :pk" },
      },
    ])
  })

  test("are looked for behind a page that has only the patient's own, and not missed where a page is missing", async () => {
    const LastEvaluatedKey = { pk: { S: pk }, sk: { S: "PATIENT" } }
    const { client, sent } = sentCommands<DynamoDBClient>(
      { Items: [marshall({ pk, sk: "PATIENT" })], LastEvaluatedKey },
      { Items: [marshall({ pk, sk: "RECORD#1" })] },
    )
    expect(await dynamoPatientItems(client, "Main").some(itemKeys.patient({ patientId }))).toEqual([
      { pk, sk: "RECORD#1" },
    ])
    expect(sent[1]).toMatchObject({ input: { ExclusiveStartKey: LastEvaluatedKey } })
    const missing = sentCommands<DynamoDBClient>({})
    await expect(dynamoPatientItems(missing.client, "Main").some(itemKeys.patient({ patientId }))).rejects.toThrow(
      "without its items",
    )
  })

  test("are all found and removed, whatever there is", async () => {
    const dynamo = memoryDynamo()
    const store = dynamoStore(dynamo.client, "Main")
    const items = dynamoPatientItems(dynamo.client, "Main")
    await store.write([{ put: patient() }])
    for (let i = 0; i < 60; i++)
      await store.write([
        { put: { kind: "record", revision: 1, patientId, recordId: newId(), descriptor: await descriptorOf() } },
        {
          put: {
            kind: "card",
            revision: 1,
            patientId,
            cardId: newId(),
            status: "revoked",
            categories: [],
            createdAt: patient().createdAt,
            locatorHash: `${"L".repeat(42)}A`,
            hri: "https://hri.example",
          },
        },
      ])
    for (let batch = 0; batch < 10; batch++) {
      const keys = await items.some(itemKeys.patient({ patientId }))
      expect(keys.length).toBeLessThanOrEqual(100)
      if (keys.length > 0) await items.remove(keys)
    }
    expect(dynamo.items("Main").map(({ sk }) => sk?.S)).toEqual(["PATIENT"])
  })
})

describe("the index's table", () => {
  const [locatorHash, owner] = [`${"L".repeat(42)}A`, `${"O".repeat(42)}A`]
  const signers = { number: 1, hash: `${"S".repeat(42)}A` }
  const entry = { locatorHash, owner, sequence: 7, statementHash: `${"H".repeat(42)}A`, signers }

  test("is read strongly consistent, and takes a first entry only where there is none", async () => {
    const { client, sent } = sentCommands<DynamoDBClient>()
    const entries = dynamoIndexEntries(client, "Index")
    await entries.put(entry, undefined)
    await entries.find(locatorHash)
    expect(sent).toEqual([
      {
        command: "UpdateItemCommand",
        input: {
          TableName: "Index",
          Key: { pk: { S: locatorHash } },
          UpdateExpression: "SET #0 = :0, #1 = :1, #2 = :2, #3 = :3, #4 = :4, #6 = :6 REMOVE #5",
          ConditionExpression: "attribute_not_exists(pk)",
          ExpressionAttributeNames: {
            "#0": "locatorHash",
            "#1": "owner",
            "#2": "sequence",
            "#3": "statementHash",
            "#4": "signers",
            "#5": "statement",
            "#6": "format",
          },
          ExpressionAttributeValues: {
            ":0": { S: locatorHash },
            ":1": { S: owner },
            ":2": { N: "7" },
            ":3": { S: entry.statementHash },
            ":4": { M: { number: { N: "1" }, hash: { S: signers.hash } } },
            ":6": { N: "1" },
          },
        },
      },
      {
        command: "GetItemCommand",
        input: { TableName: "Index", Key: { pk: { S: locatorHash } }, ConsistentRead: true },
      },
    ])
  })

  test("takes a further entry only over exactly the one that it replaces, compared where it is written", async () => {
    const { client, sent } = sentCommands<DynamoDBClient>()
    await dynamoIndexEntries(client, "Index").put({ ...entry, sequence: 8, statementHash: `${"I".repeat(42)}A` }, entry)
    expect(sent).toMatchObject([
      {
        input: {
          ConditionExpression: "#owner = :owner AND #sequence = :sequence AND #statementHash = :statementHash",
          ExpressionAttributeNames: { "#owner": "owner", "#sequence": "sequence", "#statementHash": "statementHash" },
          ExpressionAttributeValues: {
            ":owner": { S: owner },
            ":sequence": { N: "7" },
            ":statementHash": { S: entry.statementHash },
          },
        },
      },
    ])
  })

  test("agrees with the one in memory that other tests use", async () => {
    const some = fc.record({
      locatorHash: fc.constantFrom(`${"L".repeat(42)}A`, `${"M".repeat(42)}A`),
      owner: fc.constantFrom(`${"O".repeat(42)}A`, `${"P".repeat(42)}A`),
      sequence: fc.integer({ min: 1, max: 3 }),
      statementHash: fc.constantFrom(`${"H".repeat(42)}A`, `${"I".repeat(42)}A`),
      signers: fc.constant(signers),
    })
    const put = fc.record({ entry: some, replaced: fc.option(some, { nil: undefined }), known: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(fc.array(put, { maxLength: 12 }), async (puts) => {
        const { entries: memory } = memoryIndexEntries()
        const adapter = dynamoIndexEntries(memoryDynamo().client, "Index")
        for (const { entry, replaced, known } of puts) {
          const over = known ? await memory.find(entry.locatorHash) : replaced
          expect(await memory.put(entry, over)).toBe(await adapter.put(entry, over))
          expect(await memory.find(entry.locatorHash)).toEqual(await adapter.find(entry.locatorHash))
        }
      }),
      { numRuns: 60 },
    )
  })
})
