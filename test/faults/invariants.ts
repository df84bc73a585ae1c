import { type AuditEvent, auditOrigin } from "../../contract/audit.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import type { MemoryAws } from "../kit/aws.ts"
import { releasedUnseen } from "./releases.ts"
import { chainsOf, eventsNamed, type Facts, factsOf, type Normalize, saidBy } from "./state.ts"
import type { Outcome, Trial } from "./trials.ts"

/** The cloud at one moment. */
export interface Moment {
  readonly facts: Facts
  readonly chains: ReadonlyMap<string, readonly AuditEvent[]>
  readonly named: ReturnType<typeof eventsNamed>
}
export const momentOf = (aws: MemoryAws): Moment => ({
  facts: factsOf(aws),
  chains: chainsOf(aws),
  named: eventsNamed(aws),
})

const eventsIn = ({ chains }: Moment) => [...chains.values()].flat()

/** How a use-case goes where nothing goes wrong: what every other run of it is held against. */
export interface Faultless {
  readonly before: Moment
  readonly after: Moment
  /** Names of what it makes and unmakes on its way: it may stand where the way is broken off, and never once it is done. */
  readonly passing: ReadonlySet<string>
  /** What it comes to, where it goes on. */
  readonly settled: Moment
  readonly answer: object
  readonly normalize: Normalize
}

/** What stands, as it can be compared between two runs. */
const lines = ({ facts }: Moment, normalize: Normalize): string[] =>
  [...new Set(Array.from(facts, ([name, fact]) => normalize(`${name}: ${fact}`)))].sort()

/** What was done with permission, as it can be compared. */
const deeds = (moment: Moment, normalize: Normalize): Set<string> =>
  new Set(eventsIn(moment).flatMap((event) => (event.outcome === "permitted" ? [normalize(saidBy(event))] : [])))

/** The names of what is not as it was. */
const changedNames = (before: Moment, after: Moment, normalize: Normalize) => {
  const names = (from: Facts, to: Facts) =>
    new Set([...from].filter(([name, fact]) => to.get(name) !== fact).map(([name]) => normalize(name)))
  return { gone: names(before.facts, after.facts), come: names(after.facts, before.facts) }
}

/** Identity of an answer between two runs; where its event stands is not the same once there was another. */
const answerText = (answer: object, normalize: Normalize) => {
  const { event: _, ...told } = answer as Record<string, unknown>
  return normalize(JSON.stringify(told))
}

const difference = (expected: readonly string[], found: readonly string[]): string => {
  const missing = expected.filter((line) => !found.includes(line)).map((line) => `- ${line.slice(0, 300)}`)
  const added = found.filter((line) => !expected.includes(line)).map((line) => `+ ${line.slice(0, 300)}`)
  return [...missing, ...added].join("\n")
}

/** Every chain is the one there was, with events after it that link. */
const brokenChains = async (before: Moment, now: Moment): Promise<string[]> => {
  const broken: string[] = []
  for (const [patient, chain] of now.chains) {
    const known = before.chains.get(patient) ?? []
    if (known.some(({ hash }, i) => chain[i]?.hash !== hash)) broken.push("an event was changed")
    for (const [i, { hash, ...event }] of chain.entries()) {
      if (i < known.length) continue
      const linked = event.seq === i + 1 && event.prev === (chain[i - 1]?.hash ?? auditOrigin)
      if (!linked || (await canonicalHash(event)) !== hash) broken.push("the chain is broken")
    }
  }
  for (const patient of before.chains.keys()) if (!now.chains.has(patient)) broken.push("a chain is gone")
  return broken
}

/** What says by which event it was made, was. */
const misnamed = ({ chains, named }: Moment): string[] =>
  named.flatMap(({ pk, event: { seq, hash } }) =>
    chains.get(pk)?.[seq - 1]?.hash === hash ? [] : [`an item names an event ${seq} that there isn't`],
  )

/** Nothing stands but what a faultless run would have made or unmade; and what was done has its event. */
const strayed = ({ before, after, passing, normalize }: Faultless, now: Moment): string[] => {
  const [meant, done] = [changedNames(before, after, normalize), changedNames(before, now, normalize)]
  // On its way to being gone.
  const struck = new Set(
    [...now.facts].flatMap(([name, fact]) =>
      fact.includes('"struck":true') || fact.includes('"status":"deactivating"') ? [normalize(name)] : [],
    ),
  )
  const isLeaving = (name: string) => meant.gone.has(name) && struck.has(name)
  const stray = [
    ...[...done.gone].filter((name) => !meant.gone.has(name)).map((name) => `took or changed ${name}`),
    ...[...done.come]
      .filter((name) => !meant.come.has(name) && !passing.has(name) && !isLeaving(name))
      .map((name) => `made or changed ${name}`),
  ]
  const [intended, seen] = [deeds(after, normalize), deeds(now, normalize)]
  const unheard = [...seen]
    .filter((deed) => !intended.has(deed))
    .map((deed) => `an event of what was not asked: ${deed}`)
  const acted = [...done.gone, ...done.come].some((name) => name.startsWith("item PATIENT#"))
  const unseen = [...intended]
    .filter((deed) => acted && !seen.has(deed))
    .map((deed) => `acted without the event ${deed}`)
  return [...stray, ...unheard, ...unseen]
}

/** The cloud, and what a success says, are as if nothing had gone wrong. */
export const differsFrom = (faultless: Faultless, now: Moment): string[] => {
  const { settled, normalize } = faultless
  const [expected, found] = [lines(settled, normalize), lines(now, normalize)]
  const [intended, seen] = [[...deeds(settled, normalize)], [...deeds(now, normalize)]]
  return [difference(expected, found), difference(intended, seen)].filter((text) => text !== "")
}

/**
 * What holds at every moment, whatever went wrong:
 * nothing was released without its event; what was acknowledged stands, whole; a refusal is one of the contract's and says no more; nothing
 * else was touched; each act has its event; the chains hold.
 */
export const violations = async (
  trial: Pick<Trial, "route" | "asked" | "goesOn">,
  faultless: Faultless,
  outcome: Outcome,
  now: Moment,
): Promise<string[]> => {
  const found = [...strayed(faultless, now), ...(await brokenChains(faultless.before, now)), ...misnamed(now)]
  if (outcome.kind === "malformed") return [...found, `answered what the contract does not know: ${outcome.what}`]
  const { route, asked, goesOn = false } = trial
  if (outcome.kind === "refused" || goesOn) return found
  const unseen =
    route === undefined || asked === undefined ? [] : releasedUnseen(route, asked, outcome.answer, eventsIn(now))
  const [expected, given] = [faultless.answer, outcome.answer].map((answer) => answerText(answer, faultless.normalize))
  const other = expected === given ? [] : [`acknowledged with another answer:\n- ${expected}\n+ ${given}`]
  const lost = differsFrom(faultless, now).map((text) => `acknowledged, and not so:\n${text}`)
  return [...found, ...unseen, ...other, ...lost]
}
