import type { RequestOf, ResponseOf, RouteName } from "../../contract/routes.ts"
import type { AuditHeadOf } from "../../protocol/checkpoint.ts"
import type { KeyPairs } from "../../protocol/keys.ts"
import type { PracticePlace } from "../../protocol/practice/members.ts"
import type { KnownProvider } from "../../protocol/provider-keys.ts"
import type { Cloud } from "../cloud.ts"

/** What a member's device remembers between sessions, and holds every later answer of the cloud against. */
export interface PracticeMemory {
  provider: KnownProvider
  readonly practiceId: string
  readonly memberId: string
  /** The thumbprint of the root's signing key. */
  readonly fingerprint: string
  /** The newest change that the device has seen. */
  change?: { readonly number: number; readonly hash: string }
  /** The end of the audit trail, where this owner read it. */
  audit?: AuditHeadOf
  /** The newest checkpoint that they saw over it. */
  checkpoint?: { readonly number: number; readonly hash: string; readonly covered: number }
}

/** A member signed in on a device of theirs. */
export interface PracticeSession {
  readonly cloud: Cloud
  readonly accessToken: string
  /** This device's own. */
  readonly keys: KeyPairs
  readonly memory: PracticeMemory
}

export const placeOf = ({ cloud, memory }: Pick<PracticeSession, "cloud" | "memory">): PracticePlace => ({
  cloudId: cloud.cloudId,
  practiceId: memory.practiceId,
})

type PracticeRoute = Extract<RouteName, `practice/${string}`>

export const callAsMember = <N extends PracticeRoute>(
  { cloud, accessToken }: Pick<PracticeSession, "cloud" | "accessToken">,
  name: N,
  request: RequestOf<N>,
): Promise<ResponseOf<N>> => cloud.api.call(name, request, accessToken)
