import { parseArgs } from "node:util"
import * as z from "zod/mini"
import { assembly, type Deployer, isConfirmed, synthesized, withoutLocalCloud } from "./aws-deployment.ts"
import { completeKeys, type KeyStore, type KeysFile, verifiedKeys } from "./provider-keys.ts"
import { keyOutput, providerKeysStackOf } from "./provider-keys-stack.ts"

/** What making a provider's key needs of the world, beside what a deployment does. */
export interface KeyMaker extends Omit<Deployer, "account"> {
  keys(region: string): KeyStore
  /** By which keys a deployed cloud signs, oldest first; empty where none is deployed. */
  deployedKeys(region: string, cloud: string): Promise<readonly string[]>
  /** The text of a file; undefined where there is none. */
  readIfThere(file: string): string | undefined
  /** Whole or not at all. */
  write(file: string, text: string): void
  readonly now: () => Date
}

/** Where the CDK's CLI leaves what a stack gave. */
const outputsFile = `${assembly}/provider-keys-outputs.json`
const stackOutputs = z.record(z.string(), z.record(z.string(), z.string()))

/** The name of the cloud that the context tells of. */
const cloudIn = (context: readonly string[]): string =>
  context.map((pair) => /^cloud=(.*)$/.exec(pair)?.[1]).find((name) => name !== undefined) ?? "EhrCloud"

/** The list so far; says why where it isn't that of the deployed cloud. */
const knownList = async (
  { readIfThere, say }: KeyMaker,
  file: string,
  deployed: readonly string[],
): Promise<{ readonly known: KeysFile | undefined } | undefined> => {
  const text = readIfThere(file)
  if (text === undefined && deployed.length > 0) {
    say(
      `The cloud signs already, and ${file} isn't here: its list stands in the cloud's /.well-known/ehr-cloud, the keys' ARNs in their stack.`,
    )
    return undefined
  }
  if (text === undefined) return { known: undefined }
  const { file: list, verified } = await verifiedKeys(JSON.parse(text))
  if (deployed.every((kid, i) => verified.keys[i]?.kid === kid)) return { known: list }
  say(`${file} is not the list of the deployed cloud: whoever knows that would take this one for an impostor.`)
  return undefined
}

/**
 * Makes a provider's first key and its list, or with `--rotate` the next key, which the one before signs. Interrupted, it goes on where it was: a key that
 * was made and signed by nobody yet is the one that is signed. A successor that no cloud signs by yet is signed anew, so that none is older than its use.
 *
 * `args`: `--file FILE`, `--rotate`, `-c name=value`, `--yes ACCOUNT/REGION`. True where it was done.
 */
export const makeProviderKey = async (args: readonly string[], maker: KeyMaker): Promise<boolean> => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      context: { type: "string", short: "c", multiple: true, default: [] },
      file: { type: "string", default: "provider-keys.json" },
      rotate: { type: "boolean", default: false },
      yes: { type: "string" },
    },
  })
  const { file, rotate, context } = values
  const region = await maker.region(maker.env)
  if (region === undefined) {
    maker.say("No region is chosen: set AWS_REGION to where the cloud is, or is to be.")
    return false
  }
  const cloud = cloudIn(context)
  const deployed = await maker.deployedKeys(region, cloud)
  const list = await knownList(maker, file, deployed)
  if (list === undefined) return false
  const before = list.known?.arns.length ?? 0
  // One that no cloud signs by is used before another is made.
  const count = before === 0 ? 1 : before + (rotate && before === deployed.length ? 1 : 0)
  const stack = providerKeysStackOf(cloud)
  const target = await synthesized(maker, [...context, `providerKeyCount=${count}`], [stack])
  if (target === undefined) return false
  maker.say(
    `Key ${count} of ${cloud}'s provider, in ${target}: it can't be taken back, and the cloud is known by the first for ever.`,
  )
  if (!(await isConfirmed(maker, target, values.yes))) return false
  const told = ["--outputs-file", outputsFile, "--require-approval", "never"]
  if (!maker.cdk(["deploy", "--app", assembly, stack, ...told], withoutLocalCloud(maker.env))) return false
  const outputs = z.parse(stackOutputs, JSON.parse(maker.read(outputsFile)))[stack] ?? {}
  const arns = Array.from({ length: count }, (_, i) => outputs[keyOutput(i + 1)] ?? "")
  const { file: made, verified } = await completeKeys(
    { arns, known: list.known, deployed: deployed.length },
    maker.keys(region),
    maker.now(),
  )
  maker.write(file, JSON.stringify(made, undefined, 2))
  maker.say(
    `${verified.cloudId} signs by key ${count} once it is deployed with -c providerKeys=${file}, within twelve hours. Keep the file: nothing in it is secret.`,
  )
  return true
}
