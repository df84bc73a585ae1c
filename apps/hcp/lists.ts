import { computed } from "@preact/signals"
import type { Category } from "../../contract/primitives.ts"
import { type Encounter, lists } from "./state.ts"

/** Sensitive documents are asked for by whoever needs them. */
const unasked: readonly Category[] = ["document", "medication", "summary", "laboratory", "imaging"]

/** What other professionals have added, and the patient has not decided on. */
export const unreviewed = computed(() =>
  Object.values(lists.value).flatMap(({ listed = [] }) => listed.filter((each) => each.unreviewed !== undefined)),
)

/** Looks, beside what is on the screen, for what other professionals have added: it may be newer than the summary. */
export const loadUnasked = (encounter: Encounter): void => {
  const load = async () => {
    const { loadList } = await import("./records.ts")
    for (const category of unasked)
      if (encounter.access.categories.includes(category) && lists.value[category] === undefined)
        await loadList(encounter, category)
  }
  void load()
}
