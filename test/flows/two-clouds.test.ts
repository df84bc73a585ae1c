import { rmSync } from "node:fs"
import { join } from "node:path"
import { CreateTableCommand, DescribeTableCommand, PutItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb"
import { beforeAll, expect, test } from "vitest"
import { restoreTable } from "../../bin/restore/table.ts"
import { routeNames, routes } from "../../contract/routes.ts"
import { deploy } from "../../local/deploy.ts"
import { makeScratchDirectory } from "../../local/directories.ts"
import { utf8 } from "../../protocol/crypto/bytes.ts"
import { lookUp } from "../../sdk/hcp/card.ts"
import { type Access, emergencyAccess, readSummaryRecords } from "../../sdk/hcp/emergency-access.ts"
import { listRecords } from "../../sdk/hcp/records.ts"
import { sessionOf } from "../../sdk/hcp/session.ts"
import { signIn } from "../../sdk/patient/account.ts"
import { readAuditTrail } from "../../sdk/patient/audit-trail.ts"
import { getConsent } from "../../sdk/patient/consents.ts"
import { listRecords as listOwn } from "../../sdk/patient/listed.ts"
import { uploadRecord } from "../../sdk/patient/records.ts"
import { documentOf } from "../kit/people.ts"
import { expectUnauthenticated, refused, send } from "./answers.ts"
import { dynamo, outputOf } from "./engine.ts"
import { accessBy, cloud, newPatientWithCard, newPractice, professional } from "./people.ts"
import { emergencyRequest, patientSays } from "./statements.ts"

type Patient = Awaited<ReturnType<typeof newPatientWithCard>>
let south: Patient
let north: Patient
let inSouth: Access
const [southern, northern] = cloud.clouds

beforeAll(async () => {
  ;[south, north] = await Promise.all([
    newPatientWithCard(["summary", "imaging"], southern),
    newPatientWithCard(["summary", "imaging"], northern),
  ])
  inSouth = await emergencyAccess(
    south.card,
    await lookUp(south.card, { local: true }),
    await professional("physician"),
  )
})

test("beside one index, each patient's card leads the professional to the right cloud", async () => {
  expect(southern?.address).not.toBe(northern?.address)
  for (const [patient, on] of [
    [south, southern],
    [north, northern],
  ] as const) {
    expect(patient.card.hri).toBe(cloud.hri)
    const entry = await lookUp(patient.card, { local: true })
    expect(entry).toMatchObject({ cloud: on?.address, cloudId: patient.session.cloud.cloudId })
    const access = await emergencyAccess(patient.card, entry, await professional("physician"))
    const [summary] = await readSummaryRecords(access)
    expect(summary?.bytes).toEqual(utf8(`summary of ${patient.login.email}`))
    expect(await listRecords(access, "imaging")).toMatchObject([{ descriptor: patient.image }])
  }
})

test("the two clouds have nothing in common but the index", () => {
  const shared = Object.keys(southern?.outputs ?? {}).filter(
    (name) => outputOf(south.session, name) === outputOf(north.session, name),
  )
  expect(shared.filter((name) => name !== "HriTable")).toEqual([])
  expect(south.session.cloud.cloudId).not.toBe(north.session.cloud.cloudId)
  expect(south.session.cloud.providerKey).not.toEqual(north.session.cloud.providerKey)
})

test("an emergency access signed for one cloud is refused by the other", async () => {
  const request = await emergencyRequest(
    south.card,
    await lookUp(south.card, { local: true }),
    await professional("physician"),
  )
  const address = northern?.address ?? ""
  await refused(north, "statement-invalid", () => send("hcp/emergency-access", request, { address }))
})

test("a card of one cloud opens nothing in the other, whatever is signed", async () => {
  const entry = await lookUp(south.card, { local: true })
  const { cloudId } = north.session.cloud
  const request = await emergencyRequest(south.card, { ...entry, cloudId }, await professional("physician"))
  const address = northern?.address ?? ""
  await refused(south, "card-refused", () => send("hcp/emergency-access", request, { address }))
})

test("what a patient signed for one cloud is refused by the other", async () => {
  const { session } = north
  const { documentHash } = await getConsent(session, "emergency-share")
  const statement = await patientSays(session, "consent", {
    aud: south.session.cloud.cloudId,
    kind: "emergency-share",
    status: "inactive",
    documentHash,
  })
  const sending = { token: session.accessToken, address: session.cloud.api.address }
  await refused(north, "statement-invalid", () =>
    send("patient/revoke-consent", { kind: "emergency-share", statement }, sending),
  )
})

test("a token of one cloud is no token in the other, on any route", async () => {
  const { accessToken } = await sessionOf(inSouth)
  const memberToken = (await newPractice()).session.accessToken
  const address = northern?.address ?? ""
  const anything = "A".repeat(22)
  const ids = { recordId: anything, version: 1, category: "imaging", page: 0, cardId: anything, kind: "store" }
  const request = { ...ids, patientId: anything, grantId: anything, contributionId: anything, fileId: anything }
  for (const name of routeNames) {
    const { actor } = routes[name]
    if (actor === "nobody") continue
    const token = { patient: south.session.accessToken, hcp: accessToken, member: memberToken }[actor]
    expectUnauthenticated(await send(name, request, { token, address }))
  }
})

test("a device that registered with one cloud doesn't sign in to another in its place", async () => {
  const { session, login, account } = south
  const { memory } = session
  await expect(signIn(north.session.cloud, login, account.keys, memory)).rejects.toMatchObject({
    code: "provider-changed",
  })
})

/** What a restore of AWS's makes of a table with an index, of which the engine refuses to restore any. */
const restoredWithIndex = async (source: string, TableName: string): Promise<string> => {
  const { Table } = await dynamo.send(new DescribeTableCommand({ TableName: source }))
  const indexes = Table?.GlobalSecondaryIndexes ?? []
  const { TableDescription } = await dynamo.send(
    new CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      KeySchema: Table?.KeySchema,
      AttributeDefinitions: Table?.AttributeDefinitions,
      GlobalSecondaryIndexes: indexes.map(({ IndexName, KeySchema, Projection }) => ({
        IndexName,
        KeySchema,
        Projection,
      })),
    }),
  )
  const { Items = [] } = await dynamo.send(new ScanCommand({ TableName: source }))
  for (const Item of Items) await dynamo.send(new PutItemCommand({ TableName, Item }))
  return TableDescription?.TableArn ?? ""
}

/** Last: from here on the northern cloud stands on other tables. */
test("a cloud whose two tables were restored goes on with every record, card and event", async () => {
  const name = northern?.name ?? ""
  const { session, card } = north
  const records = await listOwn(session)
  await accessBy("physician", card)
  const trail = await readAuditTrail(session)
  const [main, audit] = [outputOf(session, "MainTable"), outputOf(session, "AuditTable")]
  const means = { dynamo, say: () => {}, pause: async () => {} }
  const mainTable = await restoreTable(means, { source: main, target: "Main-restored" })
  const auditTable = await restoredWithIndex(audit, "Audit-restored")

  const directory = makeScratchDirectory("restore")
  try {
    const outputs = await deploy({
      endpoint: cloud.endpoint,
      context: { ...northern?.context, mainTable, auditTable },
      outDir: join(directory, "cdk.out"),
      stacks: [name],
      log: () => {},
    })
    expect(outputs[name]).toMatchObject({ MainTable: "Main-restored", AuditTable: "Audit-restored" })
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }

  expect(await listOwn(session)).toEqual(records)
  await accessBy("physician", card)
  await uploadRecord(session, documentOf("laboratory", "after the restore"))
  const after = await readAuditTrail(session)
  expect(after.slice(0, trail.length)).toEqual(trail)
  expect(after.length).toBeGreaterThan(trail.length + 1)
}, 600_000)
