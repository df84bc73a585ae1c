import type { RequestOf, ResponseOf, RouteName } from "../../contract/routes.ts"
import type { StatementClaims, StatementType } from "../../protocol/claims.ts"
import { IntegrityFailure } from "../../protocol/integrity.ts"
import type { PatientKeys } from "../../protocol/keys.ts"
import type { Witness } from "../../protocol/manifest.ts"
import type { ConsentKind, EcPublicJwk } from "../../protocol/primitives.ts"
import { signStatement } from "../../protocol/statement.ts"
import type { Cloud } from "../cloud.ts"
import { stamp } from "../stamp.ts"

/**
 * What the patient's device remembers between sessions, and holds every later answer of the cloud against. The app keeps it; losing
 * it loses the protection against rollback until the next manifest, never the record.
 */
export interface Memory {
  provider?: { cloudId: string; key: EcPublicJwk }
  patientId?: string
  /** The newest state of each consent: when the patient signed it, and its statement's hash. */
  consents?: Partial<Record<ConsentKind, { iat: number; statementHash: string }>>
  manifest?: Witness
  audit?: { seq: number; hash: string }
  /** The newest checkpoint seen, and how far it covered the trail. */
  checkpoint?: { number: number; hash: string; covered: number }
  /** The ended accesses after which new keys were made. */
  renewedAfter?: string[]
  /** The HRI could not be told of the newest manifest; `updateWitnesses` mends it. */
  witnessBehind?: boolean
}

/** A patient signed in on a device that has their keys. */
export interface PatientSession {
  readonly cloud: Cloud
  readonly patientId: string
  readonly accessToken: string
  readonly keys: PatientKeys
  readonly publicKeys: { readonly signing: EcPublicJwk; readonly agreement: EcPublicJwk }
  /** The thumbprint of the signing key: what the cards carry. */
  readonly fingerprint: string
  readonly memory: Memory
}

type PatientRoute = Extract<RouteName, `patient/${string}`>

export const callAsPatient = <N extends PatientRoute>(
  { cloud, accessToken }: PatientSession,
  name: N,
  request: RequestOf<N>,
): Promise<ResponseOf<N>> => cloud.api.call(name, request, accessToken)

type Own<T extends StatementType> =
  StatementClaims<T> extends infer C
    ? C extends unknown
      ? Omit<C, "aud" | "iat" | "jti" | "patientId">
      : never
    : never

/** Signs what the patient says to the cloud. */
export const signAsPatient = <T extends "consent" | "manifest" | "decision" | "deactivation">(
  { cloud, patientId, keys }: PatientSession,
  typ: T,
  own: Own<T>,
): Promise<string> =>
  signStatement({
    typ,
    alg: "ES256",
    privateKey: keys.signing.privateKey,
    payload: { aud: cloud.cloudId, ...stamp(), patientId, ...own },
  })

/** Pages of the longest list there can be: 16,384 records and more than as many events. */
const maxListPages = 4000

/** Everything of a list that the cloud gives page by page; a list that leads back to where it was, or never ends, is refused. */
export const wholeList = async <T>(
  page: (after: string | undefined) => Promise<{ items: T[]; next?: string | undefined }>,
): Promise<T[]> => {
  const all: T[] = []
  const asked = new Set<string>()
  let after: string | undefined
  do {
    const { items, next } = await page(after)
    all.push(...items)
    if (next !== undefined && (asked.has(next) || asked.size === maxListPages))
      throw new IntegrityFailure("list-endless")
    if (next !== undefined) asked.add(next)
    after = next
  } while (after !== undefined)
  return all
}
