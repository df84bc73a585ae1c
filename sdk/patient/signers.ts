import { Problem } from "../../contract/errors.ts"
import { shareAccountKey } from "../../protocol/account-key.ts"
import { endingSignerLists, maxSignerLists, type SignerListClaims } from "../../protocol/claims.ts"
import { IntegrityFailure } from "../../protocol/integrity.ts"
import { type PublicKeys, thumbprint } from "../../protocol/keys.ts"
import { sealingKeyThumbprint } from "../../protocol/sealing.ts"
import { endedByStatement } from "../../protocol/signer-end.ts"
import { type Contents, readContents } from "./contents.ts"
import { publish } from "./publication.ts"
import { callAsPatient, type PatientSession, placeOf } from "./session.ts"
import { endAtOnce } from "./signer-end.ts"
import { endingRevision, holdersOf, nextList } from "./signer-lists.ts"

type Signers = SignerListClaims["signers"]

/** A device that signs, or once signed, for the patient, as the newest list has it. */
export interface ListedSigner {
  /** The thumbprint of its signing key. */
  readonly signerId: string
  /** Seconds, as whoever let it in wrote it. */
  readonly since: number
  /** `ending`: a statement has ended it, and the next publication takes it off the list; `endSigner` does so, too. */
  readonly status: "active" | "ending" | "ended"
  readonly isThisDevice: boolean
}

/** The devices of the newest list, in its order, which is that in which they were let in. */
export const listSigners = async (session: PatientSession): Promise<ListedSigner[]> => {
  const { signers, ending } = await readContents(session)
  return Promise.all(
    signers.claims.signers.map(async ({ signing, since, until }) => {
      const signerId = await thumbprint(signing)
      const status = until !== undefined ? "ended" : ending.has(signerId) ? "ending" : "active"
      return { signerId, since, status, isThisDevice: signerId === session.signerId } as const
    }),
  )
}

const now = () => Math.floor(Date.now() / 1000)

/** How a signer is listed, if it is. */
const findSigner = async ({ signers }: Contents, signerId: string): Promise<Signers[number] | undefined> => {
  for (const signer of signers.claims.signers) if ((await thumbprint(signer.signing)) === signerId) return signer
  return undefined
}

/**
 * Lets another device sign for the patient; one that is listed already stays as it is. `keys`: its public keys, which must have come by a way that the cloud has no
 * part in. `quota-exceeded` where the lists that are left are for ending somebody: a recovery by the phrase makes room.
 */
export const addSigner = async (session: PatientSession, keys: PublicKeys): Promise<void> => {
  await readContents(session)
  await publish(
    session,
    async (contents) => {
      const sealing = await sealingKeyThumbprint(keys.sealing)
      const before = await findSigner(contents, await thumbprint(keys.signing))
      if (before !== undefined && before.until === undefined && before.sealing === sealing) return undefined
      const listed = [...contents.signers.claims.signers, { signing: keys.signing, sealing, since: now() }]
      if (contents.signerLists.length >= maxSignerLists - endingSignerLists) throw new Problem("quota-exceeded")
      const holders = await holdersOf(contents, listed, keys.sealing)
      const { accountKey, account } = contents
      return {
        signers: await nextList(session, contents, listed),
        account: {
          accountKey: await shareAccountKey(placeOf(session), accountKey, account, holders),
          pair: account,
        },
      }
    },
    (publication) => callAsPatient(session, "patient/publish-manifest", { publication }),
  )
}

/**
 * Ends another signer, with all that it let in, which could be further keys of a thief's. A statement, which waits for no manifest, keeps them from signing at
 * once, however fast they are; then one publication takes them off the list: a new account key is sealed to those who remain, every category begins a new epoch,
 * and all cards die. One that has ended stays so, and costs no card. This device stays, whoever let it in, with those that it let in. Returns the ids of the
 * signers it ended, for who ended wrongly is added anew with new keys. `signers-invalid` for one that isn't listed, and for this device: another signer ends it, or
 * the root. Interrupted, it is called again; until then the next publication of any device takes them off.
 */
export const endSigner = async (session: PatientSession, signerId: string): Promise<readonly string[]> => {
  const signer = await findSigner(await readContents(session), signerId)
  if (signer === undefined || signerId === session.signerId) throw new IntegrityFailure("signers-invalid")
  if (signer.until !== undefined) return []
  const end = { by: session.signerId, signers: [signerId] }
  await endAtOnce(session, session.keys, end)
  let ending: ReadonlySet<string> = new Set()
  await publish(
    session,
    async (contents) => {
      ending = new Set([...contents.ending, ...(await endedByStatement(contents.signers, [end]))])
      return ending.size === 0 ? undefined : endingRevision(session, contents, ending)
    },
    (publication) => callAsPatient(session, "patient/publish-manifest", { publication }),
    { endsSigners: true },
  )
  return [...ending]
}
