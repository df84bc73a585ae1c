/**
 * Two versions of a file that were made from one are merged by field, and lists by the ids of their items (docs/protocol.md, "Practice"). What only one of
 * them changed is taken; what both changed, each otherwise, stays undecided with both, and neither is taken: nobody's dose is lost unseen.
 */

/** What stands somewhere, or that nothing does. */
export type Side<T> = { readonly is: T } | { readonly gone: true }

/** A value that is agreed, or those between which somebody has to decide. */
export type Said<T> = { readonly settled: T } | { readonly undecided: Undecided<T> }

/** `between`: what somebody has to decide between, two or more; mine first, where it was merged just now. */
export interface Undecided<T> {
  readonly before: Side<T>
  readonly between: readonly Side<T>[]
}

export interface Item {
  readonly id: string
}

/** A version of a file: fields, each a value of its own, and lists of items that keep their ids from version to version. */
export interface Content<F, I extends Item> {
  readonly fields: Readonly<Record<string, F>>
  readonly lists: Readonly<Record<string, readonly I[]>>
}
/** The same after a merge. Whoever shows it can't pass over what is undecided. */
export interface Merged<F, I extends Item> {
  readonly fields: Readonly<Record<string, Said<F>>>
  readonly lists: Readonly<Record<string, readonly Said<I>[]>>
}

const same = (one: unknown, other: unknown): boolean => sorted(one) === sorted(other)
/** As text, whatever the order of an object's members. */
const sorted = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )

const sideOf = <T>(value: T | undefined): Side<T> => (value === undefined ? { gone: true } : { is: value })

/** What stood there before, of something that was undecided already: what it was made from. */
const firstOf = <T>(said: Said<T> | undefined): Side<T> =>
  said !== undefined && "undecided" in said ? said.undecided.before : sideOf(said?.settled)

const sidesOf = <T>(said: Said<T> | undefined): readonly Side<T>[] =>
  said !== undefined && "undecided" in said ? said.undecided.between : [sideOf(said?.settled)]

const distinct = <T>(sides: readonly Side<T>[]): Side<T>[] =>
  sides.filter((side, i) => sides.findIndex((other) => same(other, side)) === i)

/** `undefined`: it is gone, for both or by the one who changed it. What was undecided is decided by whoever settled it. */
const mergeOne = <T>(
  before: Said<T> | undefined,
  mine: Said<T> | undefined,
  theirs: Said<T> | undefined,
): Said<T> | undefined => {
  if (same(mine, theirs) || same(before, theirs)) return mine
  if (same(before, mine)) return theirs
  return { undecided: { before: firstOf(before), between: distinct([...sidesOf(mine), ...sidesOf(theirs)]) } }
}

const own = <T>(record: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined

const namesIn = (...records: readonly Readonly<Record<string, unknown>>[]): string[] => [
  ...new Set(records.flatMap((record) => Object.keys(record))),
]

const idOf = <I extends Item>(said: Said<I>): string => {
  if ("settled" in said) return said.settled.id
  for (const side of [...said.undecided.between, said.undecided.before]) if ("is" in side) return side.is.id
  throw new TypeError("nothing is undecided")
}

const byId = <I extends Item>(items: readonly Said<I>[] = []): ReadonlyMap<string, Said<I>> => {
  const map = new Map(items.map((item) => [idOf(item), item]))
  if (map.size !== items.length) throw new TypeError("an id stands twice in a list")
  return map
}

/** In my order, then what they added, in theirs. */
const mergeList = <I extends Item>(
  before: readonly Said<I>[] | undefined,
  mine: readonly Said<I>[] | undefined,
  theirs: readonly Said<I>[] | undefined,
): Said<I>[] => {
  const [old, kept, other] = [byId(before), byId(mine), byId(theirs)]
  return [...new Set([...kept.keys(), ...other.keys()])].flatMap(
    (id) => mergeOne(old.get(id), kept.get(id), other.get(id)) ?? [],
  )
}

/** A version in which nothing is undecided. */
export const settledVersion = <F, I extends Item>({ fields, lists }: Content<F, I>): Merged<F, I> => ({
  fields: Object.fromEntries(Object.entries(fields).map(([name, settled]) => [name, { settled }])),
  lists: Object.fromEntries(
    Object.entries(lists).map(([name, items]) => [name, items.map((settled) => ({ settled }))]),
  ),
})

/**
 * Any of the versions may have something undecided itself, which was saved so. Throws a `TypeError` where a list has one id twice: then nobody could say which item is
 * meant.
 */
export const mergeVersions = <F, I extends Item>(
  before: Merged<F, I>,
  mine: Merged<F, I>,
  theirs: Merged<F, I>,
): Merged<F, I> => ({
  fields: Object.fromEntries(
    namesIn(mine.fields, theirs.fields).flatMap((name) => {
      const merged = mergeOne(own(before.fields, name), own(mine.fields, name), own(theirs.fields, name))
      return merged === undefined ? [] : [[name, merged]]
    }),
  ),
  lists: Object.fromEntries(
    namesIn(before.lists, mine.lists, theirs.lists).map((name) => [
      name,
      mergeList(own(before.lists, name), own(mine.lists, name), own(theirs.lists, name)),
    ]),
  ),
})

/** The content, where nothing is undecided any more. */
export const settledContent = <F, I extends Item>({ fields, lists }: Merged<F, I>): Content<F, I> | undefined => {
  const settledFields = Object.entries(fields).flatMap(([name, said]) =>
    "settled" in said ? [[name, said.settled] as const] : [],
  )
  const settledLists = Object.entries(lists).map(
    ([name, items]) => [name, items.flatMap((said) => ("settled" in said ? [said.settled] : []))] as const,
  )
  const isWhole =
    settledFields.length === Object.keys(fields).length &&
    settledLists.every(([name, items]) => items.length === lists[name]?.length)
  return isWhole ? { fields: Object.fromEntries(settledFields), lists: Object.fromEntries(settledLists) } : undefined
}
