import type { AuditEvent } from "../../contract/audit.ts"
import type { Descriptor } from "../../protocol/record.ts"
import type { Contents } from "./contents.ts"

/** What a session need not ask the cloud for again: the newest contents it verified, and pages by the hash that the manifest names. */
export interface Cache {
  contents?: Contents
  readonly pages: Map<string, readonly Descriptor[]>
  /** The audit trail from its first event, as far as it was read and verified. */
  events?: readonly AuditEvent[]
  readonly decided: Map<string, readonly string[]>
}

export const emptyCache = (): Cache => ({ pages: new Map(), decided: new Map() })
