import { describe, expect, test } from "vitest"
import type { Cloud } from "./cloud.ts"
import { clauses } from "./contracts.ts"
import { differenceOf, differences } from "./differences.ts"
import { inMemory } from "./memory.ts"
import { readResults } from "./results.ts"

const memory: Partial<Cloud> = inMemory()

describe("AWS in memory keeps what the adapters count on", () => {
  test.for(clauses.filter(({ service }) => memory[service] !== undefined))("$service: $says", async ({ hold }) => {
    await hold(memory)
  })
})

describe("what the engines were last seen to do", () => {
  const { engines, clauses: seen } = readResults()

  test("is of every clause, and of at least four engines", () => {
    const named = ({ service, says }: { service: string; says: string }) => `${service}: ${says}`
    expect(seen.map(named)).toEqual(clauses.map(named))
    expect(engines.length).toBeGreaterThanOrEqual(5)
    for (const service of ["S3", "KMS"])
      for (const { holds } of seen.filter((clause) => clause.service === service))
        expect(holds).toEqual(expect.arrayContaining(["memory"]))
  })

  test("differs from AWS where its documentation is cited, and nowhere else", () => {
    for (const { service, says, holds, differs } of seen) {
      for (const engine of holds) expect(differenceOf(engine, service, says)).toBeUndefined()
      for (const engine of differs) expect(differenceOf(engine, service, says)?.aws).toMatch(/^(Amazon|AWS) /)
    }
    for (const { engine, clauses: differing } of differences)
      for (const says of differing) expect(seen.find((clause) => clause.says === says)?.differs).toContain(engine)
  })

  test("holds of S3 and KMS on LocalStack or MiniStack, or AWS is cited for both", () => {
    for (const { service, says, holds } of seen.filter((clause) => ["S3", "KMS"].includes(clause.service)))
      expect(
        holds.includes("LocalStack") || holds.includes("MiniStack") || differenceOf("LocalStack", service, says),
      ).toBeTruthy()
  })
})
