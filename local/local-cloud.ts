import { rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { TrustPolicy } from "../protocol/trust-policy.ts"
import { type Cloud, openCloud } from "../sdk/cloud.ts"
import { beginRecord, confirm, type NewAccount, register, signIn } from "../sdk/patient/account.ts"
import { getConsent, signConsent } from "../sdk/patient/consents.ts"
import type { PatientSession } from "../sdk/patient/session.ts"
import type { PracticeMemory } from "../sdk/practice/session.ts"
import { type Authority, createAuthority } from "./authority.ts"
import { allowPages } from "./cors.ts"
import { deploy, type StackOutputs } from "./deploy.ts"
import { makeScratchDirectory } from "./directories.ts"
import { type Engine, startEngine } from "./engine.ts"
import { confirmationCode, markVerified } from "./mailbox.ts"

/** An EHR cloud on the local engine. */
export interface LocalEhrCloud {
  readonly name: string
  readonly address: string
  readonly outputs: Record<string, string>
  /** The CDK's context that it was deployed with: it may be deployed again with more. */
  readonly context: Record<string, string>
}

/** Everything of the scenario on this machine: an engine, both stacks deployed to it, and the authority that vouches for professionals. */
export interface LocalCloud {
  readonly engine: Engine
  readonly authority: Authority
  /** Whom every cloud here, and every app of this machine, takes for a professional. */
  readonly trustPolicy: TrustPolicy
  /** The address of the HRI, as it stands on a card. */
  readonly hri: string
  readonly clouds: readonly [LocalEhrCloud, ...LocalEhrCloud[]]
  /** Where each deployment's `cdk.out` is, for as long as the cloud runs. */
  readonly assemblies: string
  /** An authority that no cloud here trusts. */
  makeStranger(): Promise<Authority>
  /** Leaves nothing running. */
  stop(): Promise<void>
}

const outputOf = (outputs: Record<string, string> | undefined, name: string): string => {
  const value = outputs?.[name]
  if (value === undefined) throw new Error(`the deployment gave no ${name}`)
  return value
}

/** By path rather than by host: names below localhost don't resolve everywhere. */
const addressOf = ({ endpoint }: Engine, outputs: Record<string, string> | undefined): string =>
  `${endpoint}/_aws/execute-api/${outputOf(outputs, "ApiId")}/$default`

/**
 * Starts a local cloud. `names`: the EHR clouds to deploy beside the one HRI. On failure, whatever was started is stopped before
 * this throws.
 */
export const startLocalCloud = async ({
  names = ["EhrCloud"],
  log,
}: {
  names?: readonly [string, ...string[]]
  log(line: string): void
}): Promise<LocalCloud> => {
  const directory = makeScratchDirectory("cloud")
  const started: (() => Promise<void> | void)[] = [() => rmSync(directory, { recursive: true, force: true })]
  const stop = async () => {
    for (const end of started.splice(0).reverse()) await end()
  }
  try {
    const authority = await createAuthority(join(directory, "authority"))
    const responder = await authority.startResponder()
    started.push(() => responder.stop())
    const policy = authority.trustPolicy({ ocspUrl: responder.url })
    const trustPolicy = join(directory, "trust-policy.json")
    writeFileSync(trustPolicy, JSON.stringify(policy))

    const engine = await startEngine({ log })
    started.push(() => engine.stop())
    const assemblies = join(directory, "assemblies")
    const contextOf = (cloud: string) => ({
      cloud,
      title: `${cloud} (local)`,
      trustPolicy,
      sender: "notices@example.org",
      retain: "false",
      allowedOrigins: "*",
      nag: "false",
    })
    const deployed = async (cloud: string, stacks: readonly string[]): Promise<StackOutputs> =>
      deploy({
        endpoint: engine.endpoint,
        context: contextOf(cloud),
        outDir: join(assemblies, `cdk.out-${cloud}`),
        stacks,
        log,
      })

    const [first, ...others] = names
    const outputs = await deployed(first, ["HealthRecordIndex", first])
    for (const name of others) Object.assign(outputs, await deployed(name, [name]))
    if (engine.name === "ministack")
      for (const stack of Object.values(outputs)) await allowPages(engine.endpoint, outputOf(stack, "ApiId"))
    const ehrCloud = (name: string): LocalEhrCloud => ({
      name,
      address: addressOf(engine, outputs[name]),
      outputs: outputs[name] ?? {},
      context: contextOf(name),
    })
    return {
      engine,
      authority,
      trustPolicy: policy,
      hri: addressOf(engine, outputs["HealthRecordIndex"]),
      clouds: [ehrCloud(first), ...others.map(ehrCloud)],
      makeStranger: () => createAuthority(join(directory, "stranger"), { name: "Stranger" }),
      assemblies,
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

export interface Login {
  readonly email: string
  readonly password: string
}

/** Opens an account as an app would, with the code read from the local mailbox. */
export const openAccount = async (
  engine: Engine,
  { address, outputs }: Omit<LocalEhrCloud, "context">,
  login: Login,
): Promise<{ cloud: Cloud; account: NewAccount; session: PatientSession }> => {
  const cloud = await openCloud(address)
  const account = await register(cloud, login)
  await confirm(cloud, account.patientId, await confirmationCode(engine, login.email))
  await markVerified(engine, outputOf(outputs, "PatientPoolId"), account.patientId)
  const session = await signIn(cloud, login, account.keys, account.memory)
  return { cloud, account, session }
}

/** The code that a practice's owner was mailed, with the address made one to sign in with. */
export const practiceCode = async (
  engine: Engine,
  { outputs }: Pick<LocalEhrCloud, "outputs">,
  email: string,
  { practiceId, memberId }: PracticeMemory,
): Promise<string> => {
  const code = await confirmationCode(engine, email)
  await markVerified(engine, outputOf(outputs, "MemberPoolId"), `${practiceId}.${memberId}`)
  return code
}

/** An account with an empty record and both consents signed. */
export const openAccountWithConsents = async (
  engine: Engine,
  ehrCloud: Omit<LocalEhrCloud, "context">,
  login: Login,
) => {
  const opened = await openAccount(engine, ehrCloud, login)
  await beginRecord(opened.session)
  for (const kind of ["store", "emergency-share"] as const)
    await signConsent(opened.session, await getConsent(opened.session, kind))
  return opened
}
