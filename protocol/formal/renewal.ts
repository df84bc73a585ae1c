import type { StateModel, Step } from "./explore.ts"

/**
 * An access was given a category's key, and has ended. The patient's device looks at its accesses from time to time, and holds what it is shown against the trail;
 * before it adds anything it asks for the accesses since it last made new keys. The cloud is the operator's: to that question it answers what it likes.
 */
export interface Renewal {
  /** The category's newest key. */
  readonly epoch: number
  /** The keys that accesses were given which have ended since, oldest first. */
  readonly given: readonly number[]
  /** How many of them the device's checked trail has told it of, and after how many it knows that new keys were made. */
  readonly told: number
  readonly renewed: number
  /** How often the device has looked, and added something. */
  readonly acts: number
  readonly lost: "nothing" | "secrecy"
}

/** The mends, one by one; a mutant takes one of them out. */
export interface RenewalRules {
  /** What the trail told of is remembered until new keys are made after it, whatever the list has. */
  readonly remembersTold: boolean
}

export const mendedRenewal: RenewalRules = { remembersTold: true }

const mostAccesses = 2
const mostActs = 5

/** Returns the model of one category, from the first access on. */
export function renewalModel(rules: RenewalRules): StateModel<Renewal> {
  return {
    initial: { epoch: 1, given: [], told: 0, renewed: 0, acts: 0, lost: "nothing" },
    broken: ({ lost }) =>
      lost === "secrecy"
        ? "Nothing is added under a key of an access that has ended, and that the device has read of in its trail."
        : undefined,
    *next(state) {
      const { epoch, given, acts } = state
      if (given.length < mostAccesses)
        yield { act: `an access is given key ${epoch}, and ends`, state: { ...state, given: [...given, epoch] } }
      if (acts >= mostActs) return
      yield { act: "the device looks at its accesses", state: { ...state, told: given.length, acts: acts + 1 } }
      yield* add({ ...state, acts: acts + 1 }, rules)
    },
  }
}

/** The device asks, makes new keys where it knows that it must, and adds something under the newest. */
function* add(state: Renewal, { remembersTold }: RenewalRules): Iterable<Step<Renewal>> {
  for (const listed of [true, false]) {
    const known = Math.max(listed ? state.given.length : 0, remembersTold ? state.told : 0)
    const due = known > state.renewed && state.given.slice(0, known).includes(state.epoch)
    const epoch = due ? state.epoch + 1 : state.epoch
    const lost = state.given.slice(0, state.told).includes(epoch) ? "secrecy" : state.lost
    yield {
      act: `the cloud lists ${listed ? "the accesses" : "none"}, and something is added under key ${epoch}`,
      state: { ...state, epoch, renewed: Math.max(state.renewed, known), lost },
    }
  }
}
