import { beforeEach, describe, expect, test, vi } from "vitest"
import { emptyDraft } from "../../apps/hcp/draft.ts"
import { ownSummary } from "../../apps/hcp/own-summary.ts"
import { practiceEncounter } from "../../apps/hcp/practice.ts"
import { loadList } from "../../apps/hcp/records.ts"
import { sendAddition } from "../../apps/hcp/send.ts"
import { added, begin, confirm, draft, encounter, leave, lists, stage } from "../../apps/hcp/state.ts"

vi.hoisted(() => vi.stubGlobal("addEventListener", () => undefined))

const asked = vi.fn()
beforeEach(() => {
  asked.mockClear()
  vi.stubGlobal("fetch", asked)
  vi.stubGlobal("history", { replaceState: () => undefined })
  vi.stubGlobal("PopStateEvent", Event)
  vi.stubGlobal("dispatchEvent", () => true)
  vi.stubGlobal("sessionStorage", { getItem: () => null, setItem: () => undefined, removeItem: () => undefined })
})

describe("practising without a patient", () => {
  test("shows a record as a real one is shown, of somebody who says by name that they are nobody", () => {
    const { summaries, patient } = practiceEncounter()
    expect(patient?.name).toBe("Practice Nobody")
    const labels = summaries[0]?.summary?.sections.flatMap(({ items }) => items).length
    expect(labels).toBeGreaterThanOrEqual(6)
    expect(summaries[0]?.summary?.warnings).toEqual([])
    expect(ownSummary(practiceEncounter()).stated.medicines).toMatchObject({ state: "listed", items: [{}, {}] })
  })

  test("asks nobody and tells nobody, from the first screen to the end", async () => {
    begin(practiceEncounter())
    confirm()
    const open = encounter.value
    if (open === undefined) throw new Error("nothing is open")
    await loadList(open, "document")
    expect(lists.value.document).toEqual({ listed: [], loading: false })
    draft.value = { ...emptyDraft(new Date()), text: "A note" }
    const note = { kind: "note", text: "A note", at: new Date().toISOString() } as const
    expect(
      await sendAddition(open, { title: "A note", category: "document", what: { entry: note, author: "x" } }),
    ).toBe(true)
    expect(added.value).toMatchObject([{ title: "A note", category: "document" }])
    expect(draft.value).toBeUndefined()
    leave("closed")
    expect(stage.value).toEqual({ kind: "none", ending: "closed" })
    expect(added.value).toEqual([])
    expect(asked).not.toHaveBeenCalled()
  })
})
