import { describe, expect, test } from "vitest"
import { build, functionsOf, permissionsOf, resourcesOf, synthesize } from "./stacks.ts"

const table = "arn:aws:dynamodb:eu-central-1:123456789012:table"
const mainTable = `${table}/Main-restored/stream/2026-11-30T00:00:00.000`
const auditTable = `${table}/Audit-restored`
const before = synthesize()
const after = synthesize({ mainTable, auditTable })

describe("a cloud whose tables were restored", () => {
  test("has its functions on them, with the same permissions and no other table's", () => {
    const was = new Map(functionsOf(before.cloud).map((fn) => [fn.name, fn]))
    for (const { name, fn, statements } of functionsOf(after.cloud)) {
      const own = was.get(name)
      const told = fn.Properties["Environment"]?.Variables ?? {}
      const known = own?.fn.Properties["Environment"]?.Variables ?? {}
      expect(Object.keys(told)).toEqual(Object.keys(known))
      expect(told.MAIN_TABLE).toBe(known.MAIN_TABLE && "Main-restored")
      expect(told.AUDIT_TABLE).toBe(known.AUDIT_TABLE && "Audit-restored")
      const renamed = permissionsOf(own?.statements ?? []).map((line) =>
        line
          .replace("MainTableStreamArn", mainTable)
          .replace(/ on MainTable(?= |$)/, ` on ${table}/Main-restored`)
          .replace(/ on AuditTrailTable/, ` on ${auditTable}`),
      )
      // The stream's ARN and the table's are told apart by what may be done.
      const stream = /^(dynamodb:(?:DescribeStream|GetRecords|GetShardIterator)) on .*/
      const expected = renamed.map((line) => line.replace(stream, `$1 on ${mainTable}`)).sort()
      expect(permissionsOf(statements)).toEqual(expected)
    }
  })

  test("leaves its own tables to nobody, and keeps every alarm", () => {
    expect(resourcesOf(after.cloud, "AWS::DynamoDB::Table")).toEqual([])
    for (const { DeletionPolicy } of resourcesOf(before.cloud, "AWS::DynamoDB::Table"))
      expect(DeletionPolicy).toBe("RetainExceptOnCreate")
    const alarms = (of: typeof after) => resourcesOf(of.cloud, "AWS::CloudWatch::Alarm").map(({ id }) => id)
    expect(alarms(after).sort()).toEqual(alarms(before).sort())
    const names = resourcesOf(after.cloud, "AWS::CloudWatch::Alarm").flatMap(({ Properties }) =>
      (Properties["Dimensions"] ?? []).flatMap(({ Name, Value }: { Name: string; Value: unknown }) =>
        Name === "TableName" ? [Value] : [],
      ),
    )
    expect(names.map(String).toSorted()).toEqual(["Audit-restored", "Audit-restored", "Main-restored", "Main-restored"])
  })

  test("tells patients by the restored table's stream", () => {
    const [mapping] = resourcesOf(after.cloud, "AWS::Lambda::EventSourceMapping")
    expect(mapping?.Properties["EventSourceArn"]).toBe(mainTable)
  })

  test("may have one of them restored and the other as it was", () => {
    const { cloud } = synthesize({ mainTable })
    expect(resourcesOf(cloud, "AWS::DynamoDB::Table").map(({ id }) => id.replace(/[0-9A-F]{8}$/, ""))).toEqual([
      "AuditTrailTable",
    ])
  })

  test.for([
    ["a main table without its stream", { mainTable: `${table}/Main-restored` }],
    ["an audit table with a stream", { auditTable: mainTable }],
    ["a name alone", { auditTable: "Audit-restored" }],
  ])("is not built on %s", ([, context]) => {
    expect(() => build(context as Record<string, string>)).toThrow("the configuration is not valid")
  })
})
