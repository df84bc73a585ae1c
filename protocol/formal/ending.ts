import type { StateModel, Step } from "./explore.ts"

/**
 * A stolen phone is still a signer, and quicker than its owner, who recovers by the phrase. The cloud is honest: this is about
 * what no race may win. It reads and verifies a publication before it applies it, so that one may be under way when another
 * request is answered; it applies one that follows the newest manifest.
 */
export interface Ending {
  /** The number of the newest manifest. */
  readonly number: number
  /** Who is on the list, beside the owner's new device once that has recovered. */
  readonly listed: readonly Thief[]
  /** Whom the root's statement has ended. */
  readonly ended: readonly Thief[]
  /** Publications that were verified, and aren't applied yet. */
  readonly underWay: readonly Publication[]
  readonly owner: Owner
  readonly lost: "nothing" | "recovery" | "the end"
}

/** The accomplice is a further key of the thief's, which the phone lets in. */
type Thief = "the phone" | "the accomplice"

interface Publication {
  readonly by: Thief
  readonly number: number
  readonly letsIn: boolean
}

interface Owner {
  readonly step: "reads the list" | "states the end" | "publishes" | "has recovered"
  /** Whom the list had when the owner read it. */
  readonly read: readonly Thief[]
  /** The number that the owner's publication has, and how often another was quicker. */
  readonly number: number
  readonly conflicts: number
}

/** The mends, one by one; a mutant takes one of them out. */
export interface EndingRules {
  /** The root's statement ends signers before the publication that takes them off the list. */
  readonly statement: boolean
  /** With a signer end all whom it let in, whenever that was; else those alone whom the statement names. */
  readonly withLetIn: boolean
}

export const mendedEnding: EndingRules = { statement: true, withLetIn: true }

const atOnce = 2
/** Publications of the thief's: enough to be quicker than every attempt of the owner's. */
const mostManifests = 8
/** After the statement one publication that is under way can be quicker. */
const mostConflicts = 1

/** Returns the model of one recovery. */
export function endingModel(rules: EndingRules): StateModel<Ending> {
  return {
    initial: {
      number: 1,
      listed: ["the phone"],
      ended: [],
      underWay: [],
      owner: { step: "reads the list", read: [], number: 0, conflicts: 0 },
      lost: "nothing",
    },
    broken: ({ lost }) => {
      if (lost === "recovery")
        return "Recovery meets one publication of a stolen device at most, however quick that is."
      return lost === "the end" ? "Who was ended publishes nothing once the owner has recovered." : undefined
    },
    *next(state) {
      yield* publish(state)
      yield* apply(state)
      yield* recover(state, rules)
    },
  }
}

/** The cloud verifies what a signer sends; then it is under way. */
function* publish(state: Ending): Iterable<Step<Ending>> {
  if (state.underWay.length >= atOnce || state.number >= mostManifests) return
  for (const by of state.listed) {
    if (state.ended.includes(by)) continue
    const letsIn = by === "the phone" && !state.listed.includes("the accomplice") ? [false, true] : [false]
    for (const each of letsIn) {
      const underWay = [...state.underWay, { by, number: state.number + 1, letsIn: each }]
      yield {
        act: `${by} sends ${state.number + 1}${each ? ", letting in the accomplice" : ""}`,
        state: { ...state, underWay },
      }
    }
  }
}

/** What follows the newest manifest is applied; all else is refused. */
function* apply(state: Ending): Iterable<Step<Ending>> {
  for (const [at, { by, number, letsIn }] of state.underWay.entries()) {
    const left = { ...state, underWay: state.underWay.toSpliced(at, 1) }
    if (number !== state.number + 1) {
      yield { act: `${number} by ${by} is refused`, state: left }
      continue
    }
    const listed: readonly Thief[] = letsIn ? [...state.listed, "the accomplice"] : state.listed
    const lost = state.owner.step === "has recovered" ? "the end" : state.lost
    yield { act: `${number} by ${by} is applied`, state: { ...left, number, listed, lost } }
  }
}

function* recover(state: Ending, rules: EndingRules): Iterable<Step<Ending>> {
  const { owner, number, listed } = state
  const becomes = (next: Partial<Owner>, more: Partial<Ending> = {}): Ending => ({
    ...state,
    ...more,
    owner: { ...owner, ...next },
  })
  if (owner.step === "reads the list") {
    const step = rules.statement ? "states the end" : "publishes"
    yield { act: "the owner reads the list", state: becomes({ step, read: listed, number: number + 1 }) }
  } else if (owner.step === "states the end") {
    // Nobody lets in anybody later than the publication that is under way: the cloud asks anew who let in whom.
    const ended: readonly Thief[] = rules.withLetIn ? ["the phone", "the accomplice"] : owner.read
    yield { act: "the root's statement counts", state: becomes({ step: "publishes", number: number + 1 }, { ended }) }
  } else if (owner.step === "publishes" && owner.number === number + 1) {
    const done = becomes({ step: "has recovered" }, { number: number + 1, listed: [] })
    yield { act: `the owner's ${number + 1} is applied`, state: done }
  } else if (owner.step === "publishes") {
    const conflicts = owner.conflicts + 1
    const lost = conflicts > mostConflicts ? "recovery" : state.lost
    yield { act: "the owner was too late", state: becomes({ number: number + 1, conflicts }, { lost }) }
  }
}
