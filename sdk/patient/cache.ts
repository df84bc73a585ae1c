import type { AuditEvent } from "../../contract/audit.ts"
import type { CategoryKey } from "../../protocol/key-ring.ts"
import type { Descriptor, KeyPage } from "../../protocol/record.ts"
import type { CategoryWalk } from "./category-keys.ts"
import type { Contents } from "./contents.ts"

/** What a session need not ask the cloud for again: the newest contents it verified, and pages by the hash that the manifest names. */
export interface Cache {
  contents?: Contents
  readonly pages: Map<string, readonly Descriptor[]>
  /** The audit trail from its first event, as far as it was read and verified. */
  events?: readonly AuditEvent[]
  readonly decided: Map<string, readonly string[]>
  /** Pages of older category keys, by their hash. */
  readonly keyPages: Map<string, KeyPage>
  /** How far back each category's keys have been opened, by the newest of them. */
  readonly walks: WeakMap<CategoryKey, CategoryWalk>
}

export const emptyCache = (): Cache => ({
  pages: new Map(),
  decided: new Map(),
  keyPages: new Map(),
  walks: new WeakMap(),
})
