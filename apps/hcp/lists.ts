import { computed } from "@preact/signals"
import type { Category } from "../../protocol/primitives.ts"
import { onNetworkReturn } from "../shared/online.ts"
import { troubleOf } from "../shared/problem.ts"
import { type Encounter, encounter, lists } from "./state.ts"

/** Sensitive documents are asked for by whoever needs them. */
const unasked = ["document", "medication", "summary", "laboratory", "imaging"] as const satisfies readonly Category[]

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

/** Asks again, once, for each list that found no network, when there is one again. */
export const watchNetwork = (): void => {
  const reload = async (current: Encounter) => {
    const { loadList } = await import("./records.ts")
    for (const category of [...unasked, "sensitive"] as const) {
      const { loading = true, error } = lists.value[category] ?? {}
      if (!loading && error !== undefined && troubleOf(error).kind === "offline") await loadList(current, category)
    }
  }
  onNetworkReturn(() => {
    if (encounter.value !== undefined) void reload(encounter.value)
  })
}
