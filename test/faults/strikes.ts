import { vi } from "vitest"
import type { Deployment } from "./deployment.ts"
import { type Answered, type Fault, faultsAt } from "./faults.ts"
import { differsFrom, type Faultless, momentOf, violations } from "./invariants.ts"
import { factsOf, normalizer } from "./state.ts"
import type { Outcome, Trial } from "./trials.ts"

type Call = Answered & { /** From 1, of its command. */ readonly nth: number }

const told = (outcome: Outcome) => (outcome.kind === "refused" ? outcome.code : outcome.kind)

/** Runs the use-case as it is meant to go, and notes its calls. */
const goesWell = async (deployment: Deployment, trial: Trial): Promise<{ faultless: Faultless; calls: Call[] }> => {
  const { aws, functions } = deployment
  const { wire } = functions
  aws.load(trial.before)
  const before = momentOf(aws)
  const calls: Call[] = []
  const stood = new Set<string>()
  wire.between = (call, answer) => {
    for (const name of factsOf(aws).keys()) stood.add(name)
    const given = answer(call.input)
    calls.push({ ...call, answer: given, nth: calls.filter(({ command }) => command === call.command).length + 1 })
    return given
  }
  const outcome = await trial.send().finally(() => (wire.between = (call, answer) => answer(call.input)))
  if (outcome.kind !== "done") throw new Error(`${trial.name} is ${told(outcome)} where nothing goes wrong`)
  // What is said anew where a statement counts once has other values than what was sent first.
  const sent = trial.again === undefined ? trial.sent : ""
  const known = JSON.stringify([...before.facts]) + JSON.stringify([...before.chains]) + sent
  const after = momentOf(aws)
  if (trial.goesOn) await trial.send()
  const normalize = normalizer(known)
  const passing = [...stood].filter((name) => !before.facts.has(name) && !after.facts.has(name)).map(normalize)
  const faultless = {
    before,
    after,
    passing: new Set(passing),
    settled: momentOf(aws),
    answer: outcome.answer,
    normalize,
  }
  const wrong = await violations(trial, faultless, outcome, faultless.after)
  if (wrong.length > 0) throw new Error(`${trial.name}: ${wrong.join("\n")}`)
  return { faultless, calls }
}

/** The fault strikes one call, once. */
const struck = async ({ functions: { wire } }: Deployment, call: Call, fault: Fault, run: () => Promise<Outcome>) => {
  let [met, hit] = [0, false]
  wire.between = ({ command, input }, answer) => {
    if (hit || command !== call.command || ++met < call.nth) return answer(input)
    hit = true
    return fault.strike(input, answer)
  }
  const outcome = await run().finally(() => (wire.between = ({ input }, answer) => answer(input)))
  if (!hit) throw new Error(`${call.command} ${call.nth} was not called again`)
  return outcome
}

export interface Tried {
  readonly commands: readonly string[]
  readonly wrong: readonly string[]
}

const isAlike = (a: Call, b: Call) => a.command === b.command && JSON.stringify(a.answer) === JSON.stringify(b.answer)

/** Of calls that are made and answered alike, those between the first and the last only time out: what they say was struck with the others. */
const worthwhile = (calls: readonly Call[], call: Call, faults: Fault[]): Fault[] => {
  const alike = calls.filter((other) => isAlike(call, other))
  const isBetween = call !== alike[0] && call !== alike.at(-1)
  return isBetween ? faults.filter(({ timesOut }) => timesOut) : faults
}

/** Strikes every call of a use-case by every fault, the SDK trying `attempts` times, and says what did not hold. */
const strikeAll = async (
  deployment: Deployment,
  trial: Trial,
  faultsOf: (call: Answered) => Fault[],
  after: (faultless: Faultless, outcome: Outcome) => Promise<string[]>,
): Promise<Tried> => {
  const { faultless, calls } = await goesWell(deployment, trial)
  const wrong: string[] = []
  for (const call of calls)
    for (const fault of worthwhile(calls, call, faultsOf(call))) {
      deployment.aws.load(trial.before)
      const outcome = await struck(deployment, call, fault, trial.send)
      const found = await violations(trial, faultless, outcome, momentOf(deployment.aws))
      // What a clock or a stream calls, nobody asked.
      const asked = trial.route !== undefined && outcome.kind === "refused"
      if (fault.told !== undefined && asked && outcome.code !== fault.told)
        found.push(`whoever asked is not told that it is ${fault.told}`)
      found.push(...(await after(faultless, outcome)))
      wrong.push(...found.map((what) => `${call.command} ${call.nth} ${fault.name} (${told(outcome)}): ${what}`))
    }
  return { commands: calls.map(({ command }) => command), wrong }
}

/** A little longer than a function may run, milliseconds. */
const waited = 20_000
const afterWaiting = async <T>(run: () => Promise<T>): Promise<T> => {
  const now = Date.now()
  vi.setSystemTime(now + waited)
  try {
    return await run()
  } finally {
    vi.setSystemTime(now)
  }
}

/** However long it takes to strike every call: what was signed for it stays as fresh as it was. */
const atOneMoment = async <T>(run: () => Promise<T>): Promise<T> => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() })
  try {
    return await run()
  } finally {
    vi.useRealTimers()
  }
}

/** Asked again, the same, it is done; or refused as the row says, and done when it is said anew. Then all is as if nothing had happened. */
const mendedByAsking =
  (deployment: Deployment, trial: Trial) =>
  async (faultless: Faultless): Promise<string[]> => {
    let outcome = await trial.send()
    // Whoever was interrupted in telling of something is waited for.
    if (outcome.kind === "refused" && outcome.code === "busy") outcome = await afterWaiting(() => trial.send())
    if (outcome.kind === "refused" && outcome.code === trial.again) outcome = await trial.anew()
    if (outcome.kind !== "done") return [`asked again, it is ${told(outcome)}`]
    if (trial.goesOn) await trial.send()
    return differsFrom(faultless, momentOf(deployment.aws)).map((text) => `asked again, it is done, and yet:\n${text}`)
  }

/** Every fault at every call, none of them tried again by the SDK. */
export const withoutRetries = (deployment: Deployment, trial: Trial): Promise<Tried> => {
  deployment.functions.wire.attempts = 1
  return atOneMoment(() => strikeAll(deployment, trial, faultsAt, mendedByAsking(deployment, trial)))
}

/** Every fault that passes, with the SDK's own retries as they are by default: nobody is to see anything of it. */
export const withRetries = (deployment: Deployment, trial: Trial): Promise<Tried> => {
  deployment.functions.wire.attempts = 3
  return strikeAll(
    deployment,
    trial,
    (call) => faultsAt(call).filter(({ passing }) => passing),
    async (_, outcome) => (outcome.kind === "done" ? [] : [`one fault that passed was not mended: ${told(outcome)}`]),
  )
}
