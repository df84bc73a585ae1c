import type { Change, Store } from "./ports.ts"

type Some = Change | readonly Change[] | undefined
/** Changes of one write, by what they are to the use-case: one, several, or none. */
export type NamedChanges<Name extends string> = { readonly [N in Name]: Some }

export type NamedWritten<Name extends string> =
  | { readonly outcome: "written" }
  /** `of`: the names of the changes that did not hold. */
  | { readonly outcome: "conflict"; readonly of: readonly Name[] }

const listed = (of: Some): readonly Change[] => {
  if (of === undefined) return []
  return "length" in of ? of : [of]
}

/** Writes all changes or none, and says of a conflict by name what was otherwise than it had been read. */
export const writeNamed = async <Name extends string>(
  store: Pick<Store, "write">,
  named: NamedChanges<Name>,
): Promise<NamedWritten<Name>> => {
  const all: { name: Name; change: Change }[] = []
  for (const name in named) all.push(...listed(named[name]).map((change) => ({ name, change })))
  const written = await store.write(all.map(({ change }) => change))
  if (written.outcome === "written") return written
  return { outcome: "conflict", of: [...new Set(written.at.flatMap((i) => all[i]?.name ?? []))] }
}
