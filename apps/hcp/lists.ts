import { computed } from "@preact/signals"
import type { Category } from "../../contract/primitives.ts"
import { type Encounter, lists } from "./state.ts"

/** What this screen shows of which category. Sensitive documents are asked for by whoever needs them. */
export const documentCategories: readonly Category[] = ["document", "medication", "summary", "laboratory", "imaging"]

export const unreviewedCount = computed(
  () =>
    Object.values(lists.value).flatMap(({ listed = [] }) => listed.filter(({ unreviewed }) => unreviewed !== undefined))
      .length,
)

/** Looks, beside what is on the screen, for what other professionals have added: it may be newer than the summary. */
export const loadUnasked = (encounter: Encounter): void => {
  const load = async () => {
    const { loadList } = await import("./records.ts")
    for (const category of documentCategories)
      if (encounter.access.categories.includes(category) && lists.value[category] === undefined)
        await loadList(encounter, category)
  }
  void load()
}
