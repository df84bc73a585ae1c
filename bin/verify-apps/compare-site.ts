import { randomUUID } from "node:crypto"
import * as z from "zod/mini"
import { about } from "../../apps/about.ts"
import type { BuiltFiles } from "../../apps/built-files.ts"
import type { AppName } from "../../apps/policy.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { trustPolicy } from "../../protocol/trust-policy.ts"
import { connectSources, headerDifferences, isExpectedSource } from "./headers.ts"
import { namesIn } from "./names.ts"
import { type Answer, askAll, isLoopback, type Site } from "./site.ts"

export interface Difference {
  /** A path of the site, or an address elsewhere that the site names. */
  readonly path: string
  readonly what: string
}

export interface Comparison {
  readonly app: AppName
  /** How many files the build has, and at how many paths beside them the site must show its page. */
  readonly files: number
  readonly paths: number
  readonly differences: readonly Difference[]
  /** What the site tells the app, which differs by deployment and is no part of the build. */
  readonly told: { readonly cloud: string; readonly hri: string } | undefined
  /** Whom the app takes for a professional: the policy's hash, as audit events have it, and the ids of its anchors. */
  readonly trust: { readonly hash: string; readonly anchors: readonly string[] } | undefined
  /** What the page may call beside its own origin, by the policy it is served with. */
  readonly connect: readonly string[]
}

const page = "/index.html"
const configuration = "/config.json"
const policyFile = "/trust-policy.json"
const maxExtras = 100

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0
const isServed = (answer: Answer | undefined, built: Uint8Array | undefined) =>
  built !== undefined && answer?.outcome === "answered" && answer.status === 200 && same(answer.body, built)

/** Returns the app of the build that most of a site's files belong to. */
export const appAt = async (site: Site, builds: ReadonlyMap<AppName, BuiltFiles>): Promise<AppName> => {
  const answers = await askAll(
    site,
    [...builds.values()].flatMap((files) => [...files.keys()]),
  )
  const [first] = answers.values()
  if (first?.outcome === "failed") throw new Error(`${site.origin}: ${first.why}`)
  const counts = [...builds].map(([app, files]) => ({
    app,
    // Both have some files alike.
    served: [...files].filter(([file, built]) => isServed(answers.get(file), built)).length / files.size,
  }))
  const [most] = counts.sort((a, b) => b.served - a.served)
  if (most === undefined) throw new Error("there is no build to compare with")
  return most.app
}

/** The beginning, each path that the app's scripts name, all its screens among them, and one that nobody can have prepared: all must show the page. */
const pagePaths = (files: BuiltFiles): string[] => {
  const named = [...files]
    .filter(([file]) => file.endsWith(".js"))
    .flatMap(([, script]) =>
      [...text(script).matchAll(/\bpath:\s*["'`](\/[\w/-]*)["'`]/g)].map(([, named = "/"]) => named),
    )
  return [...new Set(["/", ...named, `/${randomUUID()}`])]
}

const whereTheyPart = (served: Uint8Array, built: Uint8Array): string => {
  let at = 0
  while (at < Math.min(served.length, built.length) && served[at] === built[at]) at += 1
  return `differs from byte ${at} on: ${served.length} bytes are served, ${built.length} were built`
}

/** Returns what is wrong with the answer at a path that should give the bytes of `file`. */
const answerDifferences = (site: Site, answer: Answer, file: string, built: Uint8Array): string[] => {
  if (answer.outcome === "failed") return [`is missing: ${answer.why}`]
  if (answer.outcome === "redirected") return [`is redirected to ${answer.to}`]
  if (answer.status !== 200) return [`is missing: the site answers with ${answer.status}`]
  const headers = headerDifferences(file, answer.headers, site)
  return same(answer.body, built) ? headers : [whereTheyPart(answer.body, built), ...headers]
}

/** Follows what altered files name, and what those name in turn, to files that the build hasn't. */
const extras = async (
  site: Site,
  files: BuiltFiles,
  altered: ReadonlyMap<string, Uint8Array>,
): Promise<Difference[]> => {
  const differences: Difference[] = []
  const known = new Set(
    [...files.keys(), "/", configuration, policyFile].map((path) => new URL(path, site.origin).href),
  )
  const waiting = [...altered]
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const [path, body] = next
    const address = new URL(path, site.origin).href
    const built = files.get(path) ?? files.get(page)
    const before = namesIn(built === undefined ? "" : text(built), address)
    for (const name of namesIn(text(body), address)) {
      if (known.has(name) || before.has(name)) continue
      known.add(name)
      const url = new URL(name)
      if (url.origin !== site.origin) {
        differences.push({ path: name, what: `is extra: ${path} names it, of another origin` })
        continue
      }
      if (differences.length >= maxExtras) return [...differences, { path, what: "names more that is extra" }]
      const answer = await site.ask(url.pathname)
      if (answer.outcome !== "answered" || answer.status !== 200 || isServed(answer, files.get(page))) continue
      differences.push({ path: url.pathname, what: `is extra: ${path} names it, and the build has no such file` })
      waiting.push([url.pathname, answer.body])
    }
  }
  return differences
}

/** What a file of the deployment's own says, or what is wrong with it. */
const readOwn = (site: Site, file: string, answer: Answer): { json?: unknown; wrong: string[] } => {
  if (answer.outcome !== "answered" || answer.status !== 200) return { wrong: ["is missing"] }
  const wrong = headerDifferences(file, answer.headers, site)
  try {
    return { json: JSON.parse(text(answer.body)), wrong }
  } catch {
    return { wrong: [...wrong, "is not JSON"] }
  }
}

/** Returns whom the site's app takes for a professional, or what is wrong with that. */
const readTrust = async (site: Site, answer: Answer): Promise<{ trust: Comparison["trust"]; wrong: string[] }> => {
  const { json, wrong } = readOwn(site, policyFile, answer)
  if (json === undefined) return { trust: undefined, wrong }
  const read = z.safeParse(trustPolicy, json)
  if (!read.success) return { trust: undefined, wrong: [...wrong, "is not a trust policy"] }
  return {
    trust: { hash: await canonicalHash(read.data), anchors: read.data.anchors.map(({ id }) => id) },
    wrong,
  }
}

const toldSchema = z.strictObject({
  cloud: z.url(),
  hri: z.url(),
  card: z.optional(z.url()),
  hcp: z.optional(z.url()),
  about: z.optional(about),
})

/** Returns what the site tells the app of its clouds, by https unless the site itself is on this machine, or what is wrong with it. */
const readTold = (site: Site, answer: Answer): { told: Comparison["told"]; wrong: string[] } => {
  const { json, wrong } = readOwn(site, configuration, answer)
  if (json === undefined) return { told: undefined, wrong }
  const read = z.safeParse(toldSchema, json)
  if (!read.success) return { told: undefined, wrong: [...wrong, "tells other things than a cloud and an index"] }
  for (const address of [read.data.cloud, read.data.hri]) {
    const url = new URL(address)
    if (url.protocol !== "https:" && !(site.local && isLoopback(url)))
      wrong.push(`names ${address}, which is not https`)
  }
  return { told: read.data, wrong }
}

const connectDifferences = (site: Site, app: AppName, answers: Iterable<Answer>) => {
  const lists = new Set<string>()
  for (const answer of answers)
    if (answer.outcome === "answered" && answer.status === 200) lists.add(connectSources(answer.headers).join(" "))
  const connect = [...new Set([...lists].flatMap((list) => list.split(" ")))].filter((source) => source !== "")
  const wrong = connect
    .filter((source) => !isExpectedSource(app, source, site))
    .map((source) => `content-security-policy: connect-src has ${source}, which no policy of this app has`)
  if (lists.size > 1) wrong.push("content-security-policy: connect-src is not the same for all files")
  return { connect, differences: wrong.map((what) => ({ path: "/", what })) }
}

/** Holds a site against the build of one app: every file, the page at every path, what they are served with, and what they name beyond the build. */
export const compareSite = async (site: Site, app: AppName, files: BuiltFiles): Promise<Comparison> => {
  const paths = pagePaths(files)
  const expected = new Map([...files.keys(), ...paths].map((path) => [path, files.has(path) ? path : page]))
  const answers = await askAll(site, [...expected.keys(), configuration, policyFile])
  const differences: Difference[] = []
  const altered = new Map<string, Uint8Array>()
  for (const [path, file] of expected) {
    const [answer, built] = [answers.get(path), files.get(file)]
    if (answer === undefined || built === undefined) throw new Error(`${path}: was not asked for, or not built`)
    for (const what of answerDifferences(site, answer, file, built)) differences.push({ path, what })
    if (answer.outcome === "answered" && answer.status === 200 && !same(answer.body, built))
      altered.set(path, answer.body)
  }
  const { told, wrong } = readTold(site, await site.ask(configuration))
  for (const what of wrong) differences.push({ path: configuration, what })
  const { trust, wrong: untrue } = await readTrust(site, await site.ask(policyFile))
  for (const what of untrue) differences.push({ path: policyFile, what })
  const policy = connectDifferences(site, app, answers.values())
  return {
    app,
    files: files.size,
    paths: paths.length,
    differences: [...differences, ...policy.differences, ...(await extras(site, files, altered))],
    told,
    trust,
    connect: policy.connect,
  }
}
