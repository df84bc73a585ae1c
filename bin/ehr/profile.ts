import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from "node:fs"
import { homedir } from "node:os"
import { join } from "node:path"
import * as z from "zod/mini"
import { type Bytes, fromUtf8, utf8 } from "../../protocol/crypto/bytes.ts"
import { openUnderPassword, sealUnderPassword } from "../../protocol/crypto/password.ts"
import { exportKeyPairs, importKeyPairs, type KeyPairs } from "../../protocol/keys.ts"
import { knownProvider } from "../../protocol/provider-keys.ts"
import { ecPrivateJwk, sealingPrivateKey } from "../../protocol/sealing-key.ts"
import type { Memory } from "../../sdk/patient/session.ts"
import { UsageError } from "./exit.ts"

const head = z.object({ seq: z.int(), hash: z.string() })
const witness = z.object({ number: z.int(), hash: z.string() })
const consent = z.object({ iat: z.int(), statementHash: z.string() })
/** Its text is sealed to this machine's keys. */
const card = z.object({
  sealed: z.string(),
  entry: z.optional(z.object({ hriId: z.string(), sequence: z.int(), hash: z.string() })),
  witnessed: z.int(),
  ended: z.optional(z.boolean()),
  tries: z.optional(z.int()),
  conflict: z.optional(z.boolean()),
  front: z.optional(
    z.object({
      sealed: z.string(),
      openPart: z.optional(witness),
      told: z.int(),
    }),
  ),
})
const memory = z.object({
  provider: z.optional(knownProvider),
  patientId: z.optional(z.string()),
  fingerprint: z.optional(z.string()),
  begins: z.optional(z.boolean()),
  account: z.optional(z.string()),
  consents: z.optional(z.object({ store: z.optional(consent), "emergency-share": z.optional(consent) })),
  manifest: z.optional(z.object({ ...witness.shape, ladder: z.array(witness), cards: z.array(z.string()) })),
  signers: z.optional(witness),
  audit: z.optional(head),
  checkpoint: z.optional(z.object({ number: z.int(), hash: z.string(), covered: z.int(), statement: z.string() })),
  heard: z.optional(z.array(witness)),
  linked: z.optional(z.array(witness)),
  uncovered: z.optional(z.object({ seq: z.int(), checkpoint: z.int() })),
  accesses: z.optional(
    z.object({
      since: z.string(),
      renewed: z.array(z.string()),
      seq: z.optional(z.int()),
      told: z.optional(
        z.array(
          z.object({
            grantId: z.string(),
            cardId: z.optional(z.string()),
            grantedAt: z.int(),
            ended: z.optional(z.boolean()),
          }),
        ),
      ),
    }),
  ),
  revoked: z.optional(z.array(z.string())),
  overrules: z.optional(z.number()),
  cards: z.optional(z.record(z.string(), card)),
})

const profile = z.object({
  cloud: z.string(),
  /** The index that new cards are printed with. */
  index: z.optional(z.string()),
  email: z.string(),
  /** The keys by which this machine signs for the patient, sealed under the password of their account. */
  keys: z.string(),
  /** What the device holds later answers of the cloud against. */
  memory,
})
export type Profile = Omit<z.infer<typeof profile>, "memory"> & { memory: Memory }

/** Where one patient's keys are on this machine: `--profile`, `EHR_PROFILE`, or a folder in the home directory. Only its owner may enter. */
export const profileDirectory = (given: string | undefined): string =>
  given ?? process.env["EHR_PROFILE"] ?? join(homedir(), ".config", "ehr-cloud")

const fileOf = (directory: string) => join(directory, "profile.json")

/** Whole or not at all, whenever the process ends. */
export const writeWhole = (file: string, text: string): void => {
  const beside = `${file}.new`
  try {
    writeFileSync(beside, text, { mode: 0o600, flush: true })
    renameSync(beside, file)
  } catch (error) {
    rmSync(beside, { force: true })
    throw error
  }
}

export const writeProfile = (directory: string, written: Profile): void => {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  writeWhole(fileOf(directory), JSON.stringify(written))
}

export const readProfile = (directory: string): Profile => {
  const file = fileOf(directory)
  if (!existsSync(file)) throw new UsageError(`Nobody is signed in at ${directory}: ehr sign-in comes first.`)
  const parsed = z.safeParse(profile, jsonIn(file))
  if (!parsed.success)
    throw new UsageError(`${file} is damaged, or not a profile of this version: ehr sign-in makes it anew.`)
  return parsed.data
}

/** What a file of ours says; `undefined` where it is no JSON, as one that was cut short. */
export const jsonIn = (file: string): unknown => {
  try {
    return JSON.parse(readFileSync(file, "utf8"))
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** Keeps what the device learnt; writes nothing where the profile was removed, or another one made there, while a command ran. */
export const updateProfile = (directory: string, updated: Profile): void => {
  if (existsSync(fileOf(directory)) && readProfile(directory).keys === updated.keys)
    writeWhole(fileOf(directory), JSON.stringify(updated))
}

/** What else this program keeps there, by `checkpoints.ts`. */
const keptBeside = ["checkpoints.json", "checkpoints.json.new"]

const removeIfEmpty = (folder: string): void => {
  if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder)
}

/** Deletes what this program keeps at `directory`, and the folder where nothing else is in it. `UsageError` where nobody is signed in. */
export const removeProfile = (directory: string): void => {
  readProfile(directory)
  const transfers = join(directory, "transfers")
  const kept = existsSync(transfers) ? readdirSync(transfers).filter((name) => transferName.test(name)) : []
  for (const name of kept) rmSync(join(transfers, name), { force: true })
  removeIfEmpty(transfers)
  for (const name of [...keptBeside, "profile.json.new", "profile.json"]) rmSync(join(directory, name), { force: true })
  removeIfEmpty(directory)
}

export const sealKeys = async (keys: KeyPairs, password: string): Promise<string> =>
  sealUnderPassword(password, utf8(JSON.stringify(await exportKeyPairs(keys))))

const privateKeys = z.strictObject({ signing: ecPrivateJwk, sealing: sealingPrivateKey })

/** `UsageError` where the password is another one. The keys can't be exported any more. */
export const openKeys = async (sealed: string, password: string): Promise<KeyPairs> => {
  let plaintext: Bytes
  try {
    plaintext = await openUnderPassword(password, sealed)
  } catch {
    throw new UsageError("This is not the password that this profile was made with. After a change: ehr sign-in.")
  }
  return importKeyPairs(z.parse(privateKeys, JSON.parse(fromUtf8(plaintext))), { extractable: false })
}

const transferName = /^(?:upload|download)-[0-9a-f]{32}\.json(?:\.new|\.lock)?$/

/** Where the state of a transfer is kept until it is whole; `of`: what is transferred. */
export const transferFile = (directory: string, kind: "upload" | "download", of: string): string => {
  const folder = join(directory, "transfers")
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return join(folder, `${kind}-${createHash("sha256").update(of).digest("hex").slice(0, 32)}.json`)
}
