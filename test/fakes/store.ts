import { type Item, type ItemKind, itemKeys, listPartition, listPrefix, parseItem } from "../../contract/items.ts"
import type { Change, PatientItems, Ref, Store, Written } from "../../functions/domain/ports.ts"
import { listPageLength } from "../../protocol/primitives.ts"

interface Stored {
  readonly pk: string
  readonly sk: string
  /** As JSON, so that nobody holds what is stored, and undefined fields are absent. */
  readonly text: string
}

const keyOf = (ref: Ref) => {
  const of = itemKeys[ref.kind] as (ref: Ref) => { pk: string; sk: string }
  return of(ref)
}
const nameOf = ({ pk, sk }: { pk: string; sk: string }) => `${pk} ${sk}`

const requireTransactable = (refs: readonly Ref[]) => {
  if (refs.length === 0 || refs.length > 100) throw new Error(`DynamoDB takes 1 to 100 items, not ${refs.length}`)
  if (new Set(refs.map((ref) => nameOf(keyOf(ref)))).size !== refs.length)
    throw new Error("DynamoDB takes an item once")
}

/** The main table in memory, with the conditions, limits and pages of the DynamoDB adapter. */
export const memoryStore = () => {
  const table = new Map<string, Stored>()
  const parse = <K extends ItemKind>(kind: K, stored: Stored | undefined) =>
    stored === undefined ? undefined : parseItem(kind, JSON.parse(stored.text))
  const revisionOf = (ref: Ref): number | undefined => {
    const stored = table.get(nameOf(keyOf(ref)))
    return stored && (JSON.parse(stored.text) as Item).revision
  }
  const refOf = (change: Change): Ref => {
    if ("put" in change) return change.put
    return "remove" in change ? change.remove : change.check
  }
  const holds = (change: Change): boolean => {
    const expected = ("put" in change ? change.put.revision - 1 : change.revision) || undefined
    return revisionOf(refOf(change)) === expected
  }
  const within = (pk: string, prefix: string) =>
    [...table.values()]
      .filter((item) => item.pk === pk && item.sk.startsWith(prefix))
      .sort((a, b) => (a.sk < b.sk ? -1 : 1))

  const store: Store = {
    read: async (refs) => {
      requireTransactable(refs)
      return refs.map((ref) => parse(ref.kind, table.get(nameOf(keyOf(ref))))) as never
    },
    list: async (kind, patientId, options) => {
      const pk = listPartition(kind, patientId)
      const prefix = listPrefix(kind, options.within)
      const from = options.after === undefined ? "" : `${prefix}${options.after}`
      const page = within(pk, prefix)
        .filter(({ sk }) => sk > from)
        .slice(0, listPageLength)
      const items = page.flatMap((stored) => parse(kind, stored) ?? [])
      const last = page.at(-1)
      return page.length === listPageLength && last ? { items, next: last.sk.slice(prefix.length) } : { items }
    },
    write: async (changes): Promise<Written> => {
      requireTransactable(changes.map(refOf))
      const at = changes.flatMap((change, i) => (holds(change) ? [] : [i]))
      if (at.length > 0) return { outcome: "conflict", at }
      for (const change of changes) {
        const key = keyOf(refOf(change))
        if ("put" in change) {
          const text = JSON.stringify(change.put)
          parseItem(change.put.kind, JSON.parse(text))
          table.set(nameOf(key), { ...key, text })
        }
        if ("remove" in change) table.delete(nameOf(key))
      }
      return { outcome: "written" }
    },
  }
  const items: PatientItems = {
    some: async (own) =>
      within(own.pk, "")
        .slice(0, 26)
        .map(({ pk, sk }) => ({ pk, sk }))
        .filter(({ sk }) => sk !== own.sk),
    remove: async (keys) => {
      for (const key of keys) table.delete(nameOf(key))
    },
  }
  return {
    store,
    items,
    snapshot: (): Record<string, Item> =>
      Object.fromEntries(
        [...table].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, { text }]) => [name, JSON.parse(text) as Item]),
      ),
  }
}
