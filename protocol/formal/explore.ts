/** A system as its states and the acts that lead from one to the next. States are plain JSON. */
export interface StateModel<State> {
  readonly initial: State
  next(state: State): Iterable<Step<State>>
  /** The promise that doesn't hold in this state, in words; undefined if all hold. */
  broken(state: State): string | undefined
}

export interface Step<State> {
  readonly act: string
  readonly state: State
}

export interface Exploration {
  /** How many different states were seen. */
  readonly states: number
  /** The shortest way to a broken promise; undefined if every reachable state keeps them all. */
  readonly attack: { readonly promise: string; readonly acts: readonly string[] } | undefined
}

interface Visit<State> {
  readonly state: State
  readonly act: string
  readonly from: Visit<State> | undefined
}

/**
 * Returns what a search through every reachable state finds, nearest first. Throws above `limit` states: a search that
 * was cut off has shown nothing.
 */
export function explore<State>(model: StateModel<State>, limit = 2_000_000): Exploration {
  const seen = new Set([JSON.stringify(model.initial)])
  const queue: Visit<State>[] = [{ state: model.initial, act: "", from: undefined }]
  for (const visit of queue) {
    const promise = model.broken(visit.state)
    if (promise !== undefined) return { states: seen.size, attack: { promise, acts: actsTo(visit) } }
    for (const { act, state } of model.next(visit.state)) {
      const key = JSON.stringify(state)
      if (seen.has(key)) continue
      if (seen.size === limit) throw new Error(`More than ${limit} states.`)
      seen.add(key)
      queue.push({ state, act, from: visit })
    }
  }
  return { states: seen.size, attack: undefined }
}

function actsTo<State>(visit: Visit<State>): string[] {
  const acts: string[] = []
  for (let at = visit; at.from !== undefined; at = at.from) acts.unshift(at.act)
  return acts
}
