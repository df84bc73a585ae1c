import type { StateModel, Step } from "./explore.ts"

/**
 * An honest cloud writes an event before it does what the event tells of. Of two requests about one thing at one moment both are told, and one comes to nothing; so
 * does one whose function ends half-way. A professional can have that on purpose. What the patient is shown must stand all the same.
 */
export interface Told {
  /** The statements that the trail tells of, in order. */
  readonly trail: readonly number[]
  /** Those of them that are neither done nor come to nothing yet. */
  readonly underWay: readonly number[]
  /** The addition that the cloud keeps under one id: the first that is done. */
  readonly addition: number | null
  /** The consent that it keeps: each that is done takes the place of the one before, unless that is newer. */
  readonly consent: number | null
}

/** The mends, one by one; a mutant takes one of them out. */
export interface ToldRules {
  /** What is shown is held against the event of its own statement; else against the first about the same thing. */
  readonly byStatement: boolean
  /** A consent behind which the trail tells of a later one is shown as uncertain, and decided anew; else it is refused. */
  readonly uncertain: boolean
}

export const mendedTold: ToldRules = { byStatement: true, uncertain: true }

const mostStatements = 3

/** Returns the model of one addition's id, and of one consent. */
export function toldModel(rules: ToldRules): StateModel<Told> {
  return {
    initial: { trail: [], underWay: [], addition: null, consent: null },
    broken: ({ trail, underWay, addition, consent }) => {
      if (underWay.length > 0) return undefined
      const event = rules.byStatement ? trail.find((each) => each === addition) : trail[0]
      if (addition !== null && event !== addition) return "Whatever an honest cloud keeps, the patient can review."
      const isNewest = (trail.at(-1) ?? null) === consent
      return isNewest || rules.uncertain ? undefined : "Whatever came to nothing, the patient can decide on a consent."
    },
    *next(state) {
      const { trail, underWay } = state
      const next = trail.length + 1
      if (next <= mostStatements)
        yield { act: `${next} is told`, state: { ...state, trail: [...trail, next], underWay: [...underWay, next] } }
      for (const [at, each] of underWay.entries())
        yield* finish({ ...state, underWay: underWay.toSpliced(at, 1) }, each)
    },
  }
}

function* finish(state: Told, each: number): Iterable<Step<Told>> {
  yield { act: `${each} comes to nothing`, state }
  const { addition, consent } = state
  yield {
    act: `${each} is done`,
    state: { ...state, addition: addition ?? each, consent: consent !== null && consent > each ? consent : each },
  }
}
