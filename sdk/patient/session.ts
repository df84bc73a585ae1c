import type { RequestOf, ResponseOf, RouteName } from "../../contract/routes.ts"
import type { StatementClaims, StatementType } from "../../protocol/claims.ts"
import { IntegrityFailure } from "../../protocol/integrity.ts"
import { type KeyPairs, publicKeysOf, thumbprint } from "../../protocol/keys.ts"
import type { Witness } from "../../protocol/manifest.ts"
import type { ConsentKind, EcPublicJwk } from "../../protocol/primitives.ts"
import { signStatement } from "../../protocol/statement.ts"
import type { Cloud } from "../cloud.ts"
import { stamp } from "../stamp.ts"
import type { Cache } from "./cache.ts"

/** A card that this device knows the secret of, so that its witness needs nothing of the cloud. */
export interface RememberedCard {
  /** The card's text, sealed to this device. */
  readonly sealed: string
  /** The index's identity, and the newest statement that this device knows to stand there; absent before the first. */
  readonly entry?: { readonly hriId: string; readonly sequence: number; readonly hash: string }
  /** The number of the manifest that the entry names. */
  readonly witnessed: number
  /** The patient's manifest lists it no more, and its entry still stands. */
  readonly ended?: boolean
  /** How often this device has tried to take out the entry of a card that ended. */
  readonly tries?: number
  /** The index knows of a state of the record that this device was never shown. */
  readonly conflict?: boolean
  readonly front?: RememberedFront
}

/** The front of such a card. */
export interface RememberedFront {
  /** Its secret, sealed to this device. */
  readonly sealed: string
  /** The newest statement on what it opens that this device signed or was shown; absent where there was none. */
  readonly openPart?: { readonly number: number; readonly hash: string }
  /** The number of the statement that the index entry is known to name, or to follow; 0: it is there; -1: it isn't known to be there. */
  readonly told: number
}

/**
 * What the patient's device remembers between sessions, and holds every later answer of the cloud against. The app keeps it; losing
 * it loses the protection against rollback until the next manifest, never the record.
 */
export interface Memory {
  provider?: { cloudId: string; key: EcPublicJwk }
  patientId?: string
  /** The thumbprint of the root's signing key: what the cards carry. */
  fingerprint?: string
  /** This device made the account and has not signed its first manifest yet: nobody else may. */
  begins?: boolean
  /** The thumbprint of the account key that this device made for it: the cloud could put its own in the place of that. */
  account?: string
  /** The newest state of each consent: when the patient signed it, and its statement's hash. */
  consents?: Partial<Record<ConsentKind, { iat: number; statementHash: string }>>
  /** The newest manifest, those by which the next ones name what is before them, and the ids of the cards that it lists. */
  manifest?: Witness & { ladder: Witness[]; cards: string[] }
  /** The newest list of signers. */
  signers?: Witness
  audit?: { seq: number; hash: string }
  /** The newest checkpoint seen, how far it covered the trail, and the statement itself. */
  checkpoint?: { number: number; hash: string; covered: number; statement: string }
  /** Checkpoints that came inside statements, and that no newest one has led back to yet. */
  heard?: Witness[]
  /** Checkpoints that are in the provider's line: the last ones that were found there. */
  linked?: Witness[]
  /** The first event that was under no checkpoint yet when it was first seen, and the number of the newest checkpoint then. */
  uncovered?: { seq: number; checkpoint: number }
  /**
   * Since when an access may have been granted after which no new keys were made yet, and those since then after which they were. `told`: the accesses of the
   * checked trail, up to event `seq`, after which no new keys are known to have been made, whatever the cloud lists; without `cardId` nobody signed by which card;
   * `ended`: before their time.
   */
  accesses?: {
    since: string
    renewed: string[]
    seq?: number
    told?: { grantId: string; cardId?: string; grantedAt: number; ended?: boolean }[]
  }
  /** The cards that this device revoked and the manifest still lists: whatever the cloud says of them, they are to be struck. */
  revoked?: string[]
  /** The number of the root's list by which the patient overruled what indexes name: entries of lists before it count for nothing. */
  overrules?: number
  /** By the card's id. */
  cards?: Record<string, RememberedCard>
}

/** A patient signed in on a device that signs for them. */
export interface PatientSession {
  readonly cloud: Cloud
  readonly patientId: string
  readonly accessToken: string
  /** This device's own. */
  readonly keys: KeyPairs
  /** The thumbprint of this device's signing key. */
  readonly signerId: string
  /** The thumbprint of the root's signing key. */
  readonly fingerprint: string
  readonly memory: Memory
  readonly cache: Cache
  /** The root's: keys that don't open are no failure, they are begun anew. */
  readonly beginsAnew?: true
}

/** The thumbprint by which a device is listed as a signer. */
export const signerIdOf = async (keys: KeyPairs): Promise<string> => thumbprint((await publicKeysOf(keys)).signing)

/** Where the record is: what whatever is sealed to its patient is bound to. */
export const placeOf = ({ cloud, patientId }: Pick<PatientSession, "cloud" | "patientId">) => ({
  cloudId: cloud.cloudId,
  patientId,
})

type PatientRoute = Extract<RouteName, `patient/${string}`>

export const callAsPatient = <N extends PatientRoute>(
  { cloud, accessToken }: Pick<PatientSession, "cloud" | "accessToken">,
  name: N,
  request: RequestOf<N>,
): Promise<ResponseOf<N>> => cloud.api.call(name, request, accessToken)

type Own<T extends StatementType> =
  StatementClaims<T> extends infer C
    ? C extends unknown
      ? Omit<C, "aud" | "iat" | "jti" | "patientId" | "checkpoint">
      : never
    : never

type ByPatient =
  | "consent"
  | "manifest"
  | "decision"
  | "halt"
  | "card-revocation"
  | "open-part"
  | "delivery-address"
  | "deactivation"
  | "deactivation-request"
  | "deactivation-cancellation"

/** Signs what the patient says to the cloud, by this device, with the newest checkpoint that it knows; `after`: seconds, signed later than that. */
export const signAsPatient = <T extends ByPatient>(
  { cloud, patientId, keys, signerId, memory }: PatientSession,
  typ: T,
  own: Own<T>,
  after = 0,
): Promise<string> => {
  const { iat, jti } = stamp()
  const checkpoint = memory.checkpoint?.statement
  return signStatement({
    typ,
    alg: "ES256",
    privateKey: keys.signing.privateKey,
    kid: signerId,
    payload: {
      aud: cloud.cloudId,
      iat: Math.max(iat, after + 1),
      jti,
      ...(checkpoint === undefined ? {} : { checkpoint }),
      patientId,
      ...own,
    },
  })
}

/** More pages than any list of a record has: 50,000 items. */
const mostPages = 1000

/** Everything of a list that the cloud gives page by page; one that leads back to where it was, or on past `most` pages, is refused: `list-endless`. */
export const wholeList = async <T>(
  page: (after: string | undefined) => Promise<{ items: T[]; next?: string | undefined }>,
  most = mostPages,
): Promise<T[]> => {
  const all: T[] = []
  const asked = new Set<string>()
  let after: string | undefined
  do {
    const { items, next } = await page(after)
    all.push(...items)
    // A page without items that leads on would let a cloud keep a device busy for ever.
    if (next !== undefined && (asked.has(next) || items.length === 0 || asked.size >= most))
      throw new IntegrityFailure("list-endless")
    if (next !== undefined) asked.add(next)
    after = next
  } while (after !== undefined)
  return all
}
