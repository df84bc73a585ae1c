import type { AppName } from "../../apps/policy.ts"
import { cacheControl, contentSecurityPolicy, contentType, fixedHeaders } from "../../apps/policy.ts"

const policyHeader = "content-security-policy"

/** What servers and networks for content add, and no browser acts upon. Whatever else an answer has is a difference. */
const inert: ReadonlySet<string> = new Set([
  "accept-ranges",
  "age",
  "alt-svc",
  "connection",
  "content-encoding",
  "content-length",
  "date",
  "etag",
  "expires",
  "keep-alive",
  "last-modified",
  "server",
  "strict-transport-security",
  "transfer-encoding",
  "vary",
  "via",
  "x-cache",
])
const isInert = (name: string) => inert.has(name) || name.startsWith("x-amz-")

const directivesOf = (policy: string): Map<string, string> => {
  const directives = new Map<string, string>()
  for (const directive of policy.split(";")) {
    const [name = "", ...values] = directive.trim().split(/\s+/)
    // Of two directives of a name, a browser takes the first.
    if (name !== "" && !directives.has(name)) directives.set(name, values.join(" "))
  }
  return directives
}

/** Returns what the page may call beside its own origin, by the policy that came with an answer: each deployment's own. */
export const connectSources = (headers: Headers): string[] => {
  const sources = directivesOf(headers.get(policyHeader) ?? "").get("connect-src") ?? ""
  return sources.split(" ").filter((source) => source !== "" && source !== "'self'")
}

const policyDifferences = (served: string | null, built: string): string[] => {
  if (served === built) return []
  if (served === null) return [`${policyHeader} is missing`]
  const [now, then] = [directivesOf(served), directivesOf(built)]
  const changed = [...new Set([...then.keys(), ...now.keys()])].filter((name) => now.get(name) !== then.get(name))
  if (changed.length === 0) return [`${policyHeader} is written otherwise: ${served}`]
  const say = (value: string | undefined) => (value === undefined ? "absent" : `"${value}"`)
  return changed.map((name) => `${policyHeader}: ${name} is ${say(now.get(name))}, built ${say(then.get(name))}`)
}

const normal = (value: string) => value.toLowerCase().replaceAll(/\s*([;,])\s*/g, "$1")

/** Returns a sentence for each header of an answer that is not as `apps/policy.ts` says. `local`: over http, on this machine. */
export const headerDifferences = (path: string, headers: Headers, { local }: { local: boolean }): string[] => {
  const expected: Record<string, string> = {
    ...fixedHeaders,
    "content-type": contentType(path),
    "cache-control": cacheControl(path),
  }
  const differences = policyDifferences(headers.get(policyHeader), contentSecurityPolicy(connectSources(headers)))
  for (const [name, value] of Object.entries(expected)) {
    const served = headers.get(name)
    if (served === null) differences.push(`${name} is missing`)
    else if (normal(served) !== normal(value)) differences.push(`${name} is "${served}", built "${value}"`)
  }
  const year = Number(/^max-age=(\d+)/.exec(headers.get("strict-transport-security") ?? "")?.[1] ?? 0)
  if (!local && year < 31_536_000) differences.push("strict-transport-security is missing, or for less than a year")
  for (const [name, value] of headers)
    if (name !== policyHeader && !(name in expected) && !isInert(name)) differences.push(`${name} is extra: "${value}"`)
  return differences
}

/**
 * Whether the build's policy may have a source: the patient's app and the practice's name their clouds one by one; the emergency professional's, and the card page, may call any https
 * address, since a card leads to its index, and the index to the cloud. An app on this machine may call others there.
 */
export const isExpectedSource = (app: AppName, source: string, { local }: { local: boolean }): boolean => {
  if (source === "https:") return app === "hcp" || app === "card"
  if (local && /^http:\/\/(?:127\.0\.0\.1|localhost):(?:\d+|\*)$/.test(source)) return true
  const url = URL.parse(source)
  return url !== null && url.protocol === "https:" && url.origin === source && !source.includes("*")
}
