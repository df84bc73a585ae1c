import {
  type DynamoDBClient,
  PolicyNotFoundException,
  ResourceNotFoundException,
  type TableDescription,
} from "@aws-sdk/client-dynamodb"
import { describe, expect, test } from "vitest"
import { restoreTable, tableState } from "../../bin/restore/table.ts"

const arnOf = (name: string) => `arn:aws:dynamodb:eu-central-1:123456789012:table/${name}`
const key = "arn:aws:kms:eu-central-1:123456789012:key/data"
interface Table {
  readonly description: TableDescription
  readonly ttl?: string
  readonly policy?: string
  readonly recovery: boolean
}
/** As the stack makes one. */
const main: Table = {
  description: {
    TableName: "Main",
    TableArn: arnOf("Main"),
    TableStatus: "ACTIVE",
    SSEDescription: { KMSMasterKeyArn: key },
    StreamSpecification: { StreamEnabled: true, StreamViewType: "KEYS_ONLY" },
    DeletionProtectionEnabled: true,
    WarmThroughput: { ReadUnitsPerSecond: 12_000, WriteUnitsPerSecond: 40_000 },
  },
  ttl: "ttl",
  recovery: true,
}
const audit: Table = {
  description: {
    TableName: "Audit",
    TableArn: arnOf("Audit"),
    TableStatus: "ACTIVE",
    SSEDescription: { KMSMasterKeyArn: key },
    DeletionProtectionEnabled: true,
  },
  policy: "EventsStay",
  recovery: true,
}

type Input = Record<string, never> & { TableName: string; ResourceArn: string }
/** As much of DynamoDB as restores: a new table has nothing of what AWS leaves behind, and is busy for a while after each change. */
const account = (...tables: Table[]) => {
  const all = new Map(tables.map((table) => [table.description.TableName ?? "", table]))
  const sent: string[] = []
  let busy = 0
  /** Calls that go through before the connection is lost. */
  let left = Number.POSITIVE_INFINITY
  const there = (name: string): Table => {
    const table = all.get(name)
    if (table === undefined) throw new ResourceNotFoundException({ message: "", $metadata: {} })
    return table
  }
  const byArn = (arn: string) => there(arn.slice(arn.lastIndexOf("/") + 1))
  const change = (table: Table, changed: Partial<Table>) => {
    if (busy > 0) throw new Error("ResourceInUseException")
    busy = 2
    all.set(table.description.TableName ?? "", { ...table, ...changed })
    return {}
  }
  const commands: Record<string, (input: Input) => unknown> = {
    DescribeTableCommand: ({ TableName }) => {
      const { description } = there(TableName)
      const TableStatus = TableName in { Main: 1, Audit: 1 } || busy-- <= 0 ? "ACTIVE" : "UPDATING"
      busy = Math.max(busy, 0)
      return { Table: { ...description, TableStatus } }
    },
    RestoreTableToPointInTimeCommand: (input) => {
      const { SourceTableName, TargetTableName, RestoreDateTime, SSESpecificationOverride } = input as unknown as {
        SourceTableName: string
        TargetTableName: string
        RestoreDateTime?: Date
        SSESpecificationOverride?: { KMSMasterKeyId: string }
      }
      const source = there(SourceTableName)
      busy = 3
      all.set(TargetTableName, {
        description: {
          TableName: TargetTableName,
          TableArn: arnOf(TargetTableName),
          SSEDescription: { KMSMasterKeyArn: SSESpecificationOverride?.KMSMasterKeyId },
          WarmThroughput: { ReadUnitsPerSecond: 12_000, WriteUnitsPerSecond: 4_000 },
          RestoreSummary: {
            SourceTableArn: source.description.TableArn,
            RestoreDateTime: RestoreDateTime ?? new Date("2026-11-30T00:00:00Z"),
            RestoreInProgress: false,
          },
        },
        recovery: false,
      })
      return {}
    },
    GetResourcePolicyCommand: ({ ResourceArn }) => {
      const { policy } = byArn(ResourceArn)
      if (policy === undefined) throw new PolicyNotFoundException({ message: "", $metadata: {} })
      return { Policy: policy }
    },
    PutResourcePolicyCommand: ({ ResourceArn, ...input }) => {
      all.set(byArn(ResourceArn).description.TableName ?? "", { ...byArn(ResourceArn), policy: input["Policy"]! })
      return {}
    },
    DescribeContinuousBackupsCommand: ({ TableName }) => {
      const PointInTimeRecoveryStatus = there(TableName).recovery ? "ENABLED" : "DISABLED"
      return { ContinuousBackupsDescription: { PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus } } }
    },
    UpdateContinuousBackupsCommand: ({ TableName }) => {
      all.set(TableName, { ...there(TableName), recovery: true })
      return {}
    },
    DescribeTimeToLiveCommand: ({ TableName }) => {
      const { ttl } = there(TableName)
      const TimeToLiveDescription = ttl === undefined ? {} : { TimeToLiveStatus: "ENABLING", AttributeName: ttl }
      return { TimeToLiveDescription }
    },
    UpdateTimeToLiveCommand: ({ TableName, ...input }) => {
      const { AttributeName } = input["TimeToLiveSpecification"] as unknown as { AttributeName: string }
      all.set(TableName, { ...there(TableName), ttl: AttributeName })
      return {}
    },
    UpdateTableCommand: ({ TableName, ...input }) => {
      const { description } = there(TableName)
      const stream = "StreamSpecification" in input ? { LatestStreamArn: `${arnOf(TableName)}/stream/now` } : {}
      return change(there(TableName), { description: { ...description, ...input, ...stream } })
    },
  }
  const dynamo = {
    send: async ({ constructor, input }: { constructor: { name: string }; input: Input }) => {
      if (left-- <= 0) throw new Error("the connection was lost")
      sent.push(constructor.name)
      const command = commands[constructor.name]
      if (command === undefined) throw new Error(`there is no ${constructor.name}`)
      return command(input)
    },
  } as unknown as DynamoDBClient
  return {
    means: { dynamo, say: () => {}, pause: async () => {} },
    sent,
    table: (name: string) => all.get(name),
    after: (calls: number) => {
      left = calls
    },
  }
}
const whole = (of: Table) => ({
  ttl: of.ttl,
  policy: of.policy,
  recovery: of.recovery,
  key: of.description.SSEDescription?.KMSMasterKeyArn,
  stream: of.description.StreamSpecification,
  protected: of.description.DeletionProtectionEnabled,
  warm: of.description.WarmThroughput?.WriteUnitsPerSecond ?? 4_000,
})

describe("restoring a table", () => {
  test("gives the new one all that AWS leaves behind, and tells by which ARN it is deployed", async () => {
    const { means, table } = account(main, audit)
    expect(await restoreTable(means, { source: "Main", target: "Main2" })).toBe(`${arnOf("Main2")}/stream/now`)
    expect(await restoreTable(means, { source: "Audit", target: "Audit2" })).toBe(arnOf("Audit2"))
    expect(whole(table("Main2")!)).toEqual(whole(main))
    expect(whole(table("Audit2")!)).toEqual(whole(audit))
    expect(table("Main")).toEqual(main)
    for (const [name, of] of [
      ["Main2", main],
      ["Audit2", audit],
    ] as const)
      expect(await tableState(means.dynamo, name)).toMatchObject({
        recovery: true,
        deletionProtection: true,
        timeToLive: of.ttl !== undefined,
        policy: of.policy !== undefined,
      })
  })

  test("goes on where it was, wherever it is interrupted, and restores once", async () => {
    const calls = async () => {
      const { means, sent } = account(main)
      await restoreTable(means, { source: "Main", target: "Main2" })
      return sent.length
    }
    for (let lost = 0; lost < (await calls()); lost++) {
      const { means, sent, table, after } = account(main)
      after(lost)
      await expect(restoreTable(means, { source: "Main", target: "Main2" })).rejects.toThrow("the connection was lost")
      after(Number.POSITIVE_INFINITY)
      await restoreTable(means, { source: "Main", target: "Main2" })
      expect(whole(table("Main2")!)).toEqual(whole(main))
      expect(sent.filter((command) => command === "RestoreTableToPointInTimeCommand")).toHaveLength(1)
    }
  })

  test("has the policy by which events stay before anything else is done to it", async () => {
    const { means, sent } = account(audit)
    await restoreTable(means, { source: "Audit", target: "Audit2" })
    const changing = sent.filter((command) => /^(Put|Update)/.test(command))
    expect(changing[0]).toBe("PutResourcePolicyCommand")
  })

  test("takes no table that came from elsewhere, and none of another moment", async () => {
    const { means, sent } = account(main, {
      description: { TableName: "Main2", TableArn: arnOf("Main2") },
      recovery: true,
    })
    await expect(restoreTable(means, { source: "Main", target: "Main2" })).rejects.toThrow("not restored from this one")
    await expect(restoreTable(means, { source: "Main", target: "Main" })).rejects.toThrow("not restored from this one")
    await expect(restoreTable(means, { source: "Nothing", target: "Main3" })).rejects.toThrow("no table Nothing")
    expect(sent.every((command) => command === "DescribeTableCommand")).toBe(true)
    const at = new Date("2026-11-29T12:00:00Z")
    await restoreTable(means, { source: "Main", target: "Main3", at })
    await expect(
      restoreTable(means, { source: "Main", target: "Main3", at: new Date(at.getTime() + 1000) }),
    ).rejects.toThrow("as it was at 2026-11-29T12:00:00.000Z")
  })
})
