import { CfnResource, type Stack, Validations } from "aws-cdk-lib"
import { Bucket } from "aws-cdk-lib/aws-s3"
import { AwsSolutionsChecks, HIPAASecurityChecks } from "cdk-nag"
import { describe, expect, test } from "vitest"
import { holdAgainstRules } from "../../lib/nag-rules.ts"
import { build, frontStacks, fronts } from "./stacks.ts"

const { app, stacks } = build()
// What a nested stack is told has its name there, by which cdk-nag calls it, from the synthesis on.
app.synth()
const both: [string, Stack][] = Object.entries(stacks)
const packs = () => [new AwsSolutionsChecks(), new HIPAASecurityChecks()]

/** `rule on path`, of each finding that no acknowledgement covers. */
const findings = (stack: Stack, checks = packs()) =>
  checks.flatMap((pack) =>
    pack
      .validateScope(stack)
      .violations.flatMap(({ ruleName, violatingResources }) =>
        violatingResources.map(({ constructPath }) => `${ruleName} on ${constructPath}`),
      ),
  )

/** What the rules find where nothing is acknowledged. */
const rawFindings = (stack: Stack) =>
  findings(
    stack,
    packs().map((pack) => Object.assign(pack, { isAcknowledged: () => false })),
  )

const acknowledged = (stack: Stack) =>
  stack.node.findAll().flatMap((construct) =>
    construct.node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.entries(data as Record<string, string>))
      .map(([id, reason]) => ({ rule: id.replace(/^annotation::/i, ""), reason, construct })),
  )

describe("cdk-nag, by the rules AwsSolutions and HIPAA.Security", () => {
  test.each(both)("finds nothing in %s that is not acknowledged", (_, stack) => {
    expect(findings(stack)).toEqual([])
  })

  test("finds nothing in a cloud whose tables were restored", () => {
    const table = "arn:aws:dynamodb:eu-central-1:123456789012:table"
    const restored = build({
      mainTable: `${table}/Main2/stream/2026-11-30T00:00:00.000`,
      auditTable: `${table}/Audit2`,
    })
    restored.app.synth()
    expect(findings(restored.stacks.cloud)).toEqual([])
  })

  test("finds nothing in the fronts, nor in the APIs behind them", () => {
    const fronted = build(fronts)
    fronted.app.synth()
    const found = [...Object.values(fronted.stacks), ...frontStacks(fronts)].flatMap((stack) => findings(stack))
    expect(found).toEqual([])
  })

  test.each(both)("still finds in %s whatever is acknowledged", (_, stack) => {
    const lines = acknowledged(stack).map(({ rule, construct }) => `${rule} on ${construct.node.path}`)
    expect(lines.sort()).toEqual(rawFindings(stack).sort())
    expect(new Set(lines).size).toBe(lines.length)
  })

  test.each(both)(
    "is answered in %s on one resource at a time, with a reason that the template holds too",
    (_, stack) => {
      for (const { rule, reason, construct } of acknowledged(stack)) {
        if (!CfnResource.isCfnResource(construct)) throw new Error(`${construct.node.path} is no single resource`)
        expect(reason).toMatch(/^[A-Z].{30,}\.$/)
        expect(construct.getMetadata("cdk_nag")).toMatchObject({
          rules_to_suppress: expect.arrayContaining([{ id: rule, reason }]),
        })
      }
    },
  )

  test("would find a bucket that is open, unencrypted and unlogged", () => {
    const { cloud } = build().stacks
    new Bucket(cloud, "Careless")
    const rules = findings(cloud).map((finding) => finding.replace(/ on .*/, ""))
    expect(rules).toContain("AwsSolutions-S10")
    expect(rules).toContain("HIPAA.Security-S3BucketLoggingEnabled")
    expect(rules).toContain("HIPAA.Security-S3DefaultEncryptionKMS")
  })

  test("lets the synthesis of our stacks pass", async () => {
    const { app } = build()
    await holdAgainstRules(app)
    expect(() => app.synth()).not.toThrow()
  })

  test("ends the synthesis of a stack with a finding", async () => {
    const { app, stacks } = build()
    new Bucket(stacks.cloud, "Careless")
    await holdAgainstRules(app)
    expect(() => app.synth()).toThrow(/validation/i)
  })
})
