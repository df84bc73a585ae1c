import type { Change, Store } from "./ports.ts"

/** Changes that are written together, each under a name that tells, of a conflict, what it was about. A name may stand for several, or for none. */
export type NamedChanges<N extends string = string> = Readonly<Record<N, Change | readonly Change[]>>

export type NamedOutcome<N extends string = string> =
  | { readonly outcome: "written" }
  | {
      readonly outcome: "conflict" /** Names of the changes that could not be made. */
      readonly lostTo: ReadonlySet<N>
    }

/** Those of the names that `changes` has. */
export const namesAmong = <N extends string>(changes: NamedChanges<N>, names: Iterable<string>): ReadonlySet<N> => {
  const isName = (name: string): name is N => Object.hasOwn(changes, name)
  return new Set([...names].filter(isName))
}

/** One after the other, as the store takes them. */
export const listedChanges = <N extends string>(changes: NamedChanges<N>): { name: N; change: Change }[] =>
  [...namesAmong(changes, Object.keys(changes))].flatMap((name) => {
    const named: Change | readonly Change[] = changes[name]
    return ("length" in named ? named : [named]).map((change) => ({ name, change }))
  })

/** Writes all of them or none. */
export const writeNamed = async <N extends string>(
  store: Pick<Store, "write">,
  changes: NamedChanges<N>,
): Promise<NamedOutcome<N>> => {
  const listed = listedChanges(changes)
  const written = await store.write(listed.map(({ change }) => change))
  if (written.outcome === "written") return written
  const lost = listed.filter((_, i) => written.at.includes(i)).map(({ name }) => name)
  return { outcome: "conflict", lostTo: new Set(lost) }
}
