import type { ParseArgsOptionsConfig } from "node:util"
import { serviceAddress } from "../../protocol/address.ts"
import { openCloud } from "../../sdk/cloud.ts"
import { signIn } from "../../sdk/patient/account.ts"
import type { PatientSession } from "../../sdk/patient/session.ts"
import { UsageError } from "./exit.ts"
import { openKeys, type Profile, readProfile, updateProfile } from "./profile.ts"
import { askSecret } from "./terminal.ts"

/** What is given on the command line: one value for each option that is there. */
export interface Given {
  readonly values: Readonly<Record<string, string | boolean | undefined>>
  readonly positionals: readonly string[]
}

export interface Context {
  /** The profile's. */
  readonly directory: string
  /** Ctrl-C. */
  readonly signal: AbortSignal
}

/** What a command found: for a script (`--json`), and for a person. */
export interface Outcome {
  readonly value: object
  readonly lines: readonly string[]
  /** Standard output holds a record: what is said goes to standard error. */
  readonly aside?: boolean
}

export interface Command {
  /** What follows the command's name, and what it does. */
  readonly usage: readonly [synopsis: string, sentence: string]
  readonly options: ParseArgsOptionsConfig
  /** How many positionals there may be. */
  readonly positionals: readonly [least: number, most: number]
  run(given: Given, context: Context): Promise<Outcome>
}

/** The text of an option. */
export const textOf = ({ values }: Given, option: string): string | undefined => {
  const value = values[option]
  return typeof value === "string" ? value : undefined
}

/** The address of an option, as it was given; `UsageError` where it is none that a device may be sent to. */
export const addressOf = (given: Given, option: string): string | undefined => {
  const address = textOf(given, option)
  if (address !== undefined && serviceAddress(address, { local: true }) === undefined)
    throw new UsageError(`--${option} takes an address such as https://cloud.example.org.`)
  return address
}

export const askPassword = () => askSecret("EHR_PASSWORD", "Password: ")

/** Signs the profile's patient in, and keeps what the device learnt, however the work ends. */
export const asPatient = async <T>(
  { directory }: Context,
  work: (session: PatientSession, profile: Profile) => Promise<T>,
): Promise<T> => {
  const profile = readProfile(directory)
  const password = await askPassword()
  const keys = await openKeys(profile.keys, password)
  const session = await signIn(await openCloud(profile.cloud), { email: profile.email, password }, keys, profile.memory)
  try {
    return await work(session, profile)
  } finally {
    updateProfile(directory, { ...profile, memory: session.memory })
  }
}
