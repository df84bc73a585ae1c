/** What stands in the forms of this app and isn't saved: kept on this device, sealed, within a second of each key. */
import { type Signal, signal } from "@preact/signals"
import * as z from "zod/mini"
import { fromUtf8, utf8 } from "../../protocol/crypto/bytes.ts"
import { keep, openKept } from "../../sdk/patient/kept.ts"
import { deviceOwner } from "./account-actions.ts"
import { draftNames, readDraft, removeDraft, writeDraft } from "./device.ts"

const place = (name: string): string => `draft/${name}`

/** Milliseconds from a key to the disk, at most, however fast the next ones come. */
const pause = 500

/** Names of all drafts on this device; moves with each that is kept or dropped here. */
export const drafted = signal<readonly string[]>([])
export const listDrafts = async (): Promise<void> => {
  drafted.value = await draftNames()
}

/** What a form holds. Changing it keeps it. */
export interface Draft<T> {
  /** `undefined` until it was looked for. */
  readonly value: Signal<T | undefined>
  /** Whether it differs from what was last saved, and how far it is kept. */
  readonly state: Signal<"unchanged" | "writing" | "kept" | "failed">
  /** Why it couldn't be opened. */
  readonly error: Signal<unknown>
  /** Opens it again, after an error. */
  retry(): void
  change(to: (before: T) => T): void
  /** Keeps what stands there now; resolves when it is on the disk. */
  keepNow(): Promise<void>
  /** It was saved, or is given up: nothing is left of it on this device. */
  drop(): Promise<void>
}

/** What this device keeps under a name; `undefined` for nothing. Throws for what another version of the app kept in another shape: it isn't written over. */
export const keptDraft = async <T>(name: string, schema: z.ZodMiniType<T>): Promise<T | undefined> => {
  const found = await readDraft(name)
  if (found === undefined) return undefined
  return z.parse(schema, JSON.parse(fromUtf8(await openKept(await deviceOwner(), place(name), found))))
}

export const keepDraft = async (name: string, value: unknown): Promise<void> => {
  await writeDraft(name, await keep(await deviceOwner(), place(name), {}, utf8(JSON.stringify(value))))
  await listDrafts()
}

/** Opens a form's draft: what was kept, else `fresh`. */
export const openDraft = <T>(name: string, schema: z.ZodMiniType<T>, fresh: () => Promise<T>): Draft<T> => {
  const value = signal<T | undefined>(undefined)
  const state: Draft<T>["state"] = signal("unchanged")
  let writing: Promise<void> = Promise.resolve()
  let timer: ReturnType<typeof setTimeout> | undefined
  let isOver = false
  const write = async (): Promise<void> => {
    const { value: standing } = value
    if (standing === undefined || isOver) return
    try {
      await keepDraft(name, standing)
      if (value.value === standing) state.value = "kept"
    } catch (error) {
      state.value = "failed"
      throw error
    }
  }
  const keepNow = (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    writing = writing.catch(() => undefined).then(write)
    return writing
  }
  const error = signal<unknown>(undefined)
  const load = async () => {
    error.value = undefined
    try {
      const kept = await keptDraft(name, schema)
      if (kept !== undefined) state.value = "kept"
      value.value = kept ?? (await fresh())
    } catch (failed) {
      error.value = failed
    }
  }
  void load()
  return {
    value,
    state,
    error,
    retry: () => void load(),
    change: (to) => {
      const { value: before } = value
      if (before === undefined) return
      value.value = to(before)
      state.value = "writing"
      timer ??= setTimeout(() => void keepNow().catch(() => undefined), pause)
    },
    keepNow,
    drop: async () => {
      isOver = true
      clearTimeout(timer)
      await writing.catch(() => undefined)
      await removeDraft(name)
      await listDrafts()
    },
  }
}
