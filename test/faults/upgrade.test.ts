import { describe, expect, test } from "vitest"
import { deploymentOfTests, patience, ways } from "./suite.ts"

const deployment = deploymentOfTests()
type Saved = ReturnType<ReturnType<typeof deployment>["aws"]["save"]>
type Items = Saved["dynamo"][number][1]

const keyOf = ({ pk, sk }: Items[number]) => `${pk?.S} ${sk?.S}`
const tables: readonly string[] = ["main-table", "hri-table"]
/** As a version that isn't written yet would have left every item. */
const newer = (saved: Saved): Saved => ({
  ...saved,
  dynamo: saved.dynamo.map(([table, items]) => [
    table,
    tables.includes(table) ? items.map((item) => ({ ...item, later: { S: `of ${keyOf(item)}` } })) : items,
  ]),
})

describe("between two versions", () => {
  test.each(ways)(
    "$name works on what a newer version has left, and hands on what it doesn't know",
    async ({ trial }) => {
      const { aws } = deployment()
      const made = await trial(deployment())
      const before = newer(made.before)
      aws.load(before)
      const outcome = await made.send()
      expect(outcome).toMatchObject({ kind: "done" })
      const known = new Map(tables.flatMap((table) => before.dynamo.filter(([name]) => name === table)))
      const lost = tables.flatMap((table) => {
        const keys = new Set(known.get(table)?.map(keyOf))
        return (
          aws.dynamo
            .items(table)
            // Of a destroyed account nothing stays but what is named.
            .filter((item) => keys.has(keyOf(item)) && item["status"]?.S !== "deactivated")
            .filter((item) => item["later"]?.S !== `of ${keyOf(item)}`)
            .map((item) => `${table} ${item["kind"]?.S}`)
        )
      })
      expect(lost).toEqual([])
    },
    patience,
  )

  test("a version that would misread an item's form refuses it, and changes nothing", async () => {
    const { aws } = deployment()
    const way = ways.find(({ name }) => name === "hcp/list-records")
    if (way === undefined) throw new Error("there is no such way")
    const { before, send } = await way.trial(deployment())
    const other: Saved = {
      ...before,
      dynamo: before.dynamo.map(([table, items]) => [
        table,
        table === "main-table" ? items.map((item) => ({ ...item, format: { N: "2" } })) : items,
      ]),
    }
    aws.load(other)
    expect(await send()).toEqual({ kind: "refused", code: "internal" })
    expect(aws.save().dynamo).toEqual(other.dynamo)
  })
})
