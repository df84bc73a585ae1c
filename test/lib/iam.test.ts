import { describe, expect, test } from "vitest"
import { deploymentOfTests, patience, ways } from "../faults/suite.ts"
import { rows } from "./iam/actions.ts"
import { type Deployed, deployed } from "./iam/deployed.ts"
import { findingsIn, permissionsIn } from "./iam/gate.ts"
import { mutations } from "./iam/mutations.ts"
import { probesFor } from "./iam/probes.ts"
import { rareWays } from "./iam/rare.ts"
import { askedFor, type Recorded, record } from "./iam/recorded.ts"

const deployment = deploymentOfTests()
const synthesized = deployed()
const recorded: Recorded[] = []

/** Everything that is wrong with a deployment's policies, for what the functions do. */
const findings = async (of: Deployed): Promise<string[]> => {
  const { asked, untold } = askedFor(of, recorded)
  return [...untold, ...(await findingsIn(of, asked, probesFor(of)))]
}

describe("IAM", () => {
  test(
    "is asked what the functions ask AWS on every way of every use-case",
    async () => {
      recorded.push(...deployment().making)
      for (const way of ways) recorded.push(...(await record(deployment(), way)))
      for (const way of rareWays) recorded.push(...(await record(deployment(), way, way.meddling(deployment()))))
      const { requests, asked } = askedFor(synthesized, recorded)
      const permissions = permissionsIn(synthesized)
      console.info(`${requests} requests to IAM, ${asked.length} distinct, for ${permissions} permissions`)
      expect(new Set(asked.map(({ fn }) => fn))).toEqual(new Set(synthesized.functions.map(({ name }) => name)))
    },
    patience,
  )

  test("allows every request, and each permission is needed by one; denies every probe, and each denial is shown by one", async () => {
    expect(await findings(synthesized)).toEqual([])
  })

  test("has a source for the actions of every command that is asked, and knows of no other command", () => {
    expect(Object.keys(rows).sort()).toEqual([...new Set(recorded.map(({ command }) => command))].sort())
    for (const { source } of Object.values(rows)) expect(source).toMatch(/^(Amazon|AWS|Service) /)
  })

  test.each(mutations)("would not pass where $name", async ({ make, found }) => {
    expect(await findings(make(synthesized))).toContainEqual(expect.stringMatching(found))
  })
})
