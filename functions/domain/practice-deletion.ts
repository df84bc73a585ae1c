/** Files of practices whose deletion can be undone no longer (docs/protocol.md, "Practice"). */
import { Problem } from "../../contract/errors.ts"
import { type ItemOf, objectPrefix } from "../../contract/items.ts"
import type { FileDeletions, StoreReads } from "./ports.ts"
import type { Acting, Step } from "./step.ts"

type Deletion = ItemOf<"file-deletion">
/** What became of something that waited for its time. */
export type CarriedOut = "waits" | "void" | "in-progress" | "done"
type Destroying = { objects: "destroySome" }
type DestroyingStep = Step<"system/deactivate", CarriedOut, Destroying>

/** The file is destroyed from then on, for every use-case, and counts no longer; `done` where it was so already. */
const close = async (
  store: StoreReads,
  acting: Acting<Destroying>,
  { practiceId, fileId }: Deletion,
): Promise<void> => {
  const [practice, file] = await store.read([
    { kind: "practice", practiceId },
    { kind: "practice-file", practiceId, fileId },
  ])
  if (practice === undefined || file === undefined || file.destroyed === true) return
  let bytes = 0
  let after: string | undefined
  do {
    const { items, next } = await store.list("practice-file-version", practiceId, { within: fileId, after })
    for (const { descriptor } of items) bytes += descriptor.size
    after = next
  } while (after !== undefined)
  const { descriptor: _, ...kept } = file
  const written = await acting.change({
    file: { put: { ...kept, revision: file.revision + 1, destroyed: true } },
    practice: {
      put: {
        ...practice,
        revision: practice.revision + 1,
        files: practice.files - 1,
        bytes: practice.bytes - bytes,
      },
    },
  })
  if (written.outcome === "conflict") throw new Problem("busy")
}

/** Some of what a file's keys and entries are; false where nothing is left. */
const removeSome = async (
  store: StoreReads,
  acting: Acting<Destroying>,
  { practiceId, fileId }: Deletion,
): Promise<boolean> => {
  const { items: versions } = await store.list("practice-file-version", practiceId, { within: fileId })
  const { items: entries } = await store.list("practice-entry", practiceId, { within: fileId })
  const left = [...versions, ...entries]
  if (left.length === 0) return false
  const written = await acting.change({ left: left.map((item) => ({ remove: item, revision: item.revision })) })
  if (written.outcome === "conflict") throw new Problem("busy")
  return true
}

/**
 * Destroys a file: the cloud's half of each version's key first, then every entry and every byte; what is left is that there was one. A file that was brought back at this very
 * moment stays. Finished by the next call where it is interrupted.
 */
export const destruction = async (
  { store }: { readonly store: StoreReads },
  deletion: Deletion,
): Promise<DestroyingStep> => ({
  because: "told-before",
  act: async (acting): Promise<DestroyingStep> => {
    const { practiceId, fileId, destroyAt } = deletion
    const [file] = await store.read([{ kind: "practice-file", practiceId, fileId }])
    if (file?.destroyAt !== destroyAt) {
      // Brought back, or gone with its practice.
      await acting.change({ deletion: { remove: deletion, revision: deletion.revision } })
      return { done: "void" }
    }
    await close(store, acting, deletion)
    while (await removeSome(store, acting, deletion));
    if (await acting.ports.objects.destroySome("records", objectPrefix(practiceId, fileId)))
      return { done: "in-progress" }
    const { revision } = deletion
    const written = await acting.change({ deletion: { remove: deletion, revision } })
    if (written.outcome === "conflict") throw new Problem("busy")
    return { done: "done" }
  },
})

/** Destroys every file whose time has come, one after the other, as long as there is time; tells how many could not be. */
export const destroyDueFiles = async (
  deletions: FileDeletions,
  destroy: (deletion: Deletion) => Promise<CarriedOut>,
  now: Date,
  mayContinue: () => boolean,
): Promise<{ destroyed: number; failed: number }> => {
  const counts = { destroyed: 0, failed: 0 }
  let after: string | undefined
  do {
    const page = await deletions.due(Math.floor(now.getTime() / 1000), after)
    for (const deletion of page.deletions) {
      if (!mayContinue()) return counts
      try {
        let outcome = await destroy(deletion)
        while (outcome === "in-progress" && mayContinue()) outcome = await destroy(deletion)
        if (outcome === "done") counts.destroyed++
      } catch {
        // One that can't be destroyed isn't in the way of the others.
        counts.failed++
      }
    }
    after = page.next
  } while (after !== undefined)
  return counts
}
