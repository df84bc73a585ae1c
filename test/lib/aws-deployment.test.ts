import { describe, expect, test } from "vitest"
import { type Deployer, deployToAws, targetOf } from "../../lib/aws-deployment.ts"
import type { AwsAccount } from "../../lib/preflight.ts"
import { account, bareAccount } from "./accounts.ts"

const target = "123456789012/eu-central-1"
const manifest = (...environments: string[]) =>
  JSON.stringify({
    artifacts: {
      ...Object.fromEntries(
        environments.map((environment, i) => [
          `Stack${i}`,
          { type: "aws:cloudformation:stack", environment, properties: { requiresBootstrapStackVersion: 6 } },
        ]),
      ),
      Tree: { type: "cdk:tree" },
    },
  })

const configuration = JSON.stringify({
  cloud: "EhrCloud",
  title: "EHR Cloud",
  retain: true,
  checkpointRetentionDays: 3650,
  sender: "notices@example.org",
})

/** A deployer that writes down what it is asked to do. */
const deployer = (
  given: {
    answer?: string
    environment?: string
    synthFails?: boolean
    env?: Record<string, string>
    region?: string | undefined
    account?: AwsAccount
  } = {},
) => {
  const runs: { args: readonly string[]; env: Deployer["env"] }[] = []
  const said: string[] = []
  return {
    runs,
    said,
    env: given.env ?? {},
    cdk: (args: readonly string[], env: Deployer["env"]) => {
      runs.push({ args, env })
      return !given.synthFails
    },
    read: (file: string) =>
      file.endsWith("configuration.json")
        ? configuration
        : manifest(given.environment ?? "aws://123456789012/eu-central-1"),
    region: async () => ("region" in given ? given.region : "eu-central-1"),
    account: () => given.account ?? account(),
    say: (text: string) => void said.push(text),
    ask: async () => given.answer,
  }
}
const commands = ({ runs }: ReturnType<typeof deployer>) => runs.map(({ args }) => args[0])

describe("deploying to AWS", () => {
  test("shows account and region, and deploys what was synthesized once they are typed", async () => {
    const world = deployer({ answer: `${target}\n` })
    expect(await deployToAws(["-c", "trustPolicy=policy.json"], world)).toBe(true)
    expect(world.said.join()).toContain("account 123456789012, region eu-central-1")
    expect(world.runs.map(({ args }) => args)).toEqual([
      ["synth", "--quiet", "--output", "cdk.out.aws", "--context", "trustPolicy=policy.json"],
      ["deploy", "--app", "cdk.out.aws", "--all"],
    ])
  })

  test("deploys the stacks that were named alone", async () => {
    const world = deployer({ answer: target })
    await deployToAws(["HealthRecordIndex"], world)
    expect(world.runs[0]?.args).toContain("HealthRecordIndex")
    expect(world.runs[1]?.args).toEqual(["deploy", "--app", "cdk.out.aws", "HealthRecordIndex"])
  })

  test.each(["yes", "y", "", "123456789012", "123456789013/eu-central-1"])(
    "changes nothing for the answer %j",
    async (answer) => {
      const world = deployer({ answer })
      expect(await deployToAws([], world)).toBe(false)
      expect(commands(world)).toEqual(["synth"])
    },
  )

  test("synthesizes nothing that is to go unchecked by the rules", async () => {
    for (const context of ["nag=false", "nag=true", "nag"]) {
      const world = deployer({ answer: target })
      expect(await deployToAws(["-c", "retain=true", "-c", context], world)).toBe(false)
      expect(world.runs).toEqual([])
      expect(world.said.join()).toContain("nag")
    }
  })

  test("changes nothing where nobody is there to ask", async () => {
    const world = deployer()
    expect(await deployToAws([], world)).toBe(false)
    expect(commands(world)).toEqual(["synth"])
    expect(world.said.join()).toContain(`--yes ${target}`)
  })

  test("takes --yes for a person only where it names the same account and region", async () => {
    const right = deployer()
    expect(await deployToAws(["--yes", target], right)).toBe(true)
    expect(right.runs[1]?.args).toEqual(["deploy", "--app", "cdk.out.aws", "--all", "--require-approval", "never"])
    const wrong = deployer()
    expect(await deployToAws(["--yes", "123456789012/us-east-1"], wrong)).toBe(false)
    expect(commands(wrong)).toEqual(["synth"])
  })

  test("forgets the addresses of a local cloud", async () => {
    const env = {
      AWS_ENDPOINT_URL: "http://127.0.0.1:4566",
      AWS_ENDPOINT_URL_S3: "http://127.0.0.1:4566",
      AWS_PROFILE: "clinic",
    }
    const world = deployer({ answer: target, env })
    await deployToAws([], world)
    for (const { env } of world.runs)
      expect(env).toEqual({ AWS_PROFILE: "clinic", AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" })
  })

  test("says so where there are no credentials", async () => {
    const world = deployer({ answer: target, environment: "aws://unknown-account/unknown-region" })
    expect(await deployToAws([], world)).toBe(false)
    expect(commands(world)).toEqual(["synth"])
    expect(world.said.join()).toContain("no AWS credentials")
  })

  test("is left to no default region", async () => {
    const world = deployer({ answer: target, region: undefined })
    expect(await deployToAws([], world)).toBe(false)
    expect(world.runs).toEqual([])
    expect(world.said.join()).toContain("AWS_REGION")
  })

  test("goes nowhere but to the region that was chosen", async () => {
    const world = deployer({ answer: target, region: "eu-west-1" })
    expect(await deployToAws([], world)).toBe(false)
    expect(commands(world)).toEqual(["synth"])
    expect(world.said.join()).toContain(`for ${target}, and the region chosen is eu-west-1`)
  })

  test("changes nothing where it would break, and says everything that is missing at once, with what to do", async () => {
    for (const args of [[], ["--check"], ["--yes", target]]) {
      const world = deployer({ answer: target, account: bareAccount() })
      expect(await deployToAws(args, world)).toBe(false)
      expect(commands(world)).toEqual(["synth"])
      const said = world.said.join("\n")
      for (const text of [
        "STOP  CDK bootstrap: none",
        "npx cdk bootstrap aws://123456789012/eu-central-1",
        "STOP  Lambda: functions at once: 10",
        'Service Quotas, AWS Lambda, "Concurrent executions"',
        "STOP  SES: sender notices@example.org: unknown",
        "SES, Identities: verify example.org",
        "STOP  SES: sending: in the sandbox",
        "request production access",
        "Nothing was changed",
      ])
        expect(said).toContain(text)
    }
  })

  test("--check looks at the account and no more", async () => {
    const world = deployer({ answer: target })
    expect(await deployToAws(["--check"], world)).toBe(true)
    expect(commands(world)).toEqual(["synth"])
    expect(world.said.join()).not.toMatch(/STOP|note/)
  })

  test("of the index alone asks nothing for patients", async () => {
    const world = deployer({ answer: target })
    expect(await deployToAws(["--check", "HealthRecordIndex"], world)).toBe(true)
    expect(world.said.join()).not.toMatch(/SES|Cognito/)
  })

  test("says before it is confirmed what nobody can take back", async () => {
    const world = deployer({ answer: target })
    await deployToAws([], world)
    expect(world.said.join()).toContain("locked for 3650 days: nobody")
  })

  test("goes no further where the stacks can't be synthesized", async () => {
    const world = deployer({ answer: target, synthFails: true })
    expect(await deployToAws([], world)).toBe(false)
    expect(commands(world)).toEqual(["synth"])
  })

  test("refuses an option it doesn't know", async () => {
    await expect(deployToAws(["--force"], deployer({ answer: target }))).rejects.toThrow(/--force/)
  })

  test("is where the APIs are, whether or not CloudFront stands before them", () => {
    const [here, front] = ["aws://123456789012/eu-central-1", "aws://123456789012/us-east-1"]
    for (const places of [[here, front], [front, here], [here]]) expect(targetOf(manifest(...places))).toBe(target)
    expect(targetOf(manifest(front))).toBe("123456789012/us-east-1")
  })

  test("knows no single target where stacks go to several places", () => {
    expect(targetOf(manifest("aws://123456789012/eu-central-1", "aws://123456789012/eu-west-1"))).toBeUndefined()
    expect(targetOf(manifest("aws://123456789012/eu-central-1", "aws://210987654321/us-east-1"))).toBeUndefined()
    expect(targetOf(manifest())).toBeUndefined()
  })
})
