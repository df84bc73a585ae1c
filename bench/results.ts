import type { BundleResult } from "./bundles.ts"
import type { EmergencyResult } from "./emergency.ts"
import type { GrowthResult } from "./growth.ts"
import type { SurgeResult } from "./surge.ts"
import type { MemoryResult, StepResult, TransferResult } from "./transfers.ts"

/** What was measured; a section that was not asked for, or could not be measured, is absent. */
export interface Results {
  readonly transfers: readonly TransferResult[]
  readonly steps: readonly StepResult[]
  readonly memory: readonly MemoryResult[]
  readonly emergency: readonly EmergencyResult[]
  readonly growth: readonly GrowthResult[]
  readonly bundles: readonly BundleResult[]
  readonly surge: readonly SurgeResult[]
}

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGigabytes: number
  readonly system: string
  readonly node: string
  /** Of all that ran on it, averaged over a minute, before and after; above `cores`, the figures are of a machine that was busy with others. */
  readonly loadBefore: number
  readonly loadAfter: number
}
