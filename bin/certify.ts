import { readFileSync } from "node:fs"
import { parseArgs } from "node:util"
import * as z from "zod/mini"
import { opensslKeys } from "../certify/openssl-keys.ts"
import { httpRevocation } from "../certify/revocation.http.ts"
import { RevocationMemory } from "../certify/revocation-memory.ts"
import { readAnchors } from "../protocol/certification/path.ts"
import { randomBytes } from "../protocol/crypto/primitives.ts"
import { trustPolicy } from "../protocol/trust-policy.ts"
import { explainCertificate } from "./certify/explain.ts"
import { messageOf } from "./terminal-text.ts"

const usage = `Usage: npm run certify FILE [--policy trust-policy.json]
Says step by step why the professional's certificate in FILE (PEM, with or without its chain, or DER) passes a trust policy or not.
Exit code: 0 it passes, 1 it doesn't, 2 nothing could be checked.`

const read = <T>(what: string, reading: () => T): T => {
  try {
    return reading()
  } catch (cause) {
    throw new Error(`${what}: ${cause instanceof Error ? cause.message : "can't be used"}`, { cause })
  }
}

const main = async (args: string[]): Promise<number> => {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: { policy: { type: "string" } } })
  // Without "--" before it, npm keeps "--policy" and hands on what follows it.
  const [file, second, ...others] = positionals
  const policyFile = values.policy ?? second ?? "trust-policy.json"
  if (file === undefined || others.length > 0 || (values.policy !== undefined && second !== undefined)) {
    console.error(usage)
    return 2
  }
  const certificate = read(file, () => readFileSync(file))
  const policy = read(policyFile, () => {
    const parsed = z.parse(trustPolicy, JSON.parse(readFileSync(policyFile, "utf8")))
    readAnchors(parsed, opensslKeys)
    return parsed
  })
  const { certified, lines } = await explainCertificate(certificate, policy, {
    now: new Date(),
    nonce: randomBytes(32),
    revocation: httpRevocation,
    memory: new RevocationMemory(),
  })
  for (const line of lines) console.log(line)
  return certified ? 0 : 1
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = 2
}
