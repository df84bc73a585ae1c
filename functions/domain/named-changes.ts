import type { Change, Written } from "./ports.ts"

type OneOrMore = Change | readonly Change[]
/** What others change at the same moment too, without being in the way: where it is lost to them, it is made anew from what they left. */
export interface Renewed {
  readonly change: OneOrMore
  /** How often it is tried, at least once. */
  readonly attempts: number
  /** Throws what it refuses by now. */
  readonly anew: () => Promise<OneOrMore>
}
/** Changes that are written together, each under a name that tells, of a conflict, what it was about. A name may stand for several, or for none. */
export type NamedChanges<N extends string = string> = Readonly<Record<N, OneOrMore | Renewed>>

export type NamedOutcome<N extends string = string> =
  | { readonly outcome: "written" }
  | {
      readonly outcome: "conflict" /** Names of the changes that could not be made. */
      readonly lostTo: ReadonlySet<N>
    }

const namesOf = <N extends string>(changes: NamedChanges<N>): N[] => {
  const isName = (name: string): name is N => Object.hasOwn(changes, name)
  return Object.keys(changes).filter(isName)
}

const isRenewed = (changes: OneOrMore | Renewed): changes is Renewed => "anew" in changes

/** One after the other, as the store takes them. */
export const listedChanges = <N extends string>(changes: NamedChanges<N>): { name: N; change: Change }[] =>
  namesOf(changes).flatMap((name) => {
    const named: OneOrMore | Renewed = changes[name]
    const made = isRenewed(named) ? named.change : named
    return ("length" in made ? made : [made]).map((change) => ({ name, change }))
  })

/** Writes all of them or none. A conflict is told where one of them is lost for good: what can be made anew is tried again. */
export const writeNamed = async <N extends string>(
  write: (changes: readonly Change[]) => Promise<Written>,
  changes: NamedChanges<N>,
): Promise<NamedOutcome<N>> => {
  let tried = changes
  for (let attempt = 1; ; attempt++) {
    const listed = listedChanges(tried)
    const written = await write(listed.map(({ change }) => change))
    if (written.outcome === "written") return written
    const lost = new Set(written.at.flatMap((place) => listed[place]?.name ?? []))
    const again = new Map<N, Renewed>()
    for (const name of lost) {
      const named: OneOrMore | Renewed = tried[name]
      if (isRenewed(named) && attempt < named.attempts) again.set(name, named)
    }
    const lostTo = new Set([...lost].filter((name) => !again.has(name)))
    if (lostTo.size > 0 || again.size === 0) return { outcome: "conflict", lostTo }
    for (const [name, named] of again) tried = { ...tried, [name]: { ...named, change: await named.anew() } }
  }
}
