import { describe, expect, it } from "vitest"
import { explore, type StateModel } from "../../protocol/formal/explore.ts"
import { historyModel, mended } from "../../protocol/formal/history.ts"
import { exploredModels } from "../../protocol/formal/state-models.ts"

/** Counts up by one or doubles; the promise is that a number is never reached. */
const counting = (never: number, below = 20): StateModel<number> => ({
  initial: 1,
  broken: (state) => (state === never ? `It never is ${never}.` : undefined),
  *next(state) {
    if (state + 1 < below) yield { act: "one more", state: state + 1 }
    if (state * 2 < below) yield { act: "twice", state: state * 2 }
  },
})

describe("a search through all states", () => {
  it("visits every state once", () => {
    expect(explore(counting(0))).toEqual({ states: 19, attack: undefined })
  })

  it("gives the shortest way to a broken promise", () => {
    expect(explore(counting(10)).attack).toEqual({
      promise: "It never is 10.",
      acts: ["one more", "twice", "one more", "twice"],
    })
  })

  it("finds a promise broken from the start", () => {
    expect(explore(counting(1)).attack?.acts).toEqual([])
  })

  it("throws rather than pass off a part for the whole", () => {
    expect(() => explore(counting(0), 5)).toThrow("More than 5 states")
  })
})

describe("the models with state", () => {
  it("keep their promises with a few publications", () => {
    for (const publications of [1, 2, 3]) expect(explore(historyModel(mended, publications)).attack).toBeUndefined()
  })

  it("let a device that is four publications behind read on in one step, by links", () => {
    const whole = historyModel(mended, 4)
    const acts = explore({
      initial: whole.initial,
      next: (state) => [...whole.next(state)].filter(({ act }) => !act.includes("recovered")),
      broken: ({ devices, promised }) =>
        promised.length === 4 && devices.every(({ newest }) => newest === 4)
          ? "Never do both devices have all."
          : undefined,
    }).attack?.acts.filter((act) => !act.includes("phone"))
    expect(acts).toEqual(["the tablet accepts 4"])
  })

  it.each(exploredModels.flatMap(({ name, mutants }) => mutants.map((mutant) => ({ model: name, ...mutant }))))(
    "$model is broken by the mutant $name",
    (mutant) => {
      expect(mutant.explore().attack).toBeDefined()
    },
  )

  it.each(exploredModels.filter(({ name }) => name !== "history.ts"))(
    "$name keeps its promises",
    ({ explore: whole }) => {
      const { attack, states } = whole()
      expect(attack).toBeUndefined()
      expect(states).toBeGreaterThan(20)
    },
  )

  it.each(["2", "3", "6", "9", "18"])("have a mutant without the mend of attack %s", (attack) => {
    expect(exploredModels.flatMap(({ mutants }) => mutants).some((mutant) => mutant.attack === attack)).toBe(true)
  })
})
