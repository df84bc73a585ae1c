import { nextAccountKey, shareAccountKey } from "../../protocol/account-key.ts"
import type { SignerListClaims } from "../../protocol/claims.ts"
import { IntegrityFailure } from "../../protocol/integrity.ts"
import { type PublicKeys, thumbprint } from "../../protocol/keys.ts"
import { categories } from "../../protocol/primitives.ts"
import { sealingKeyThumbprint } from "../../protocol/sealing.ts"
import type { SealingKey } from "../../protocol/sealing-key.ts"
import { activeSigners, verifySigners } from "../../protocol/signers.ts"
import { type Contents, readContents } from "./contents.ts"
import { epochRevision } from "./epochs.ts"
import { listCards } from "./held-cards.ts"
import { publish } from "./publication.ts"
import { callAsPatient, type PatientSession, placeOf, signAsPatient } from "./session.ts"

type Signers = SignerListClaims["signers"]

const now = () => Math.floor(Date.now() / 1000)

/** The next list of signers, signed by this device. */
const nextList = async (session: PatientSession, { signers, signerLists }: Contents, listed: Signers) => {
  const { number, hash, claims } = signers
  const own = { number: number + 1, previous: hash, root: claims.root, signers: listed }
  const lists = [...signerLists, await signAsPatient(session, "signer-list", own)]
  const { fingerprint, cloud, patientId } = session
  return { list: await verifySigners(lists, { fingerprint, cloudId: cloud.cloudId, patientId }), lists }
}

/** The root's and the active signers' sealing keys: those of the account key's copies that the list names, and a new signer's. */
const holdersOf = async (
  { signers, accountKey }: Contents,
  listed: Signers,
  added?: SealingKey,
): Promise<SealingKey[]> => {
  const known = new Map<string, SealingKey>()
  for (const key of [...accountKey.sealed.map(({ to }) => to), ...(added === undefined ? [] : [added])])
    known.set(await sealingKeyThumbprint(key), key)
  const wanted = [signers.claims.root.sealing, ...activeSigners({ signers: listed }).map(({ sealing }) => sealing)]
  return wanted.map((thumbprint) => {
    const key = known.get(thumbprint)
    if (key === undefined) throw new IntegrityFailure("account-key-invalid")
    return key
  })
}

/**
 * Lets another device sign for the patient. `keys`: its public keys, which must have come by a way that the cloud has no part in.
 */
export const addSigner = (session: PatientSession, keys: PublicKeys): Promise<void> =>
  publish(
    session,
    async (contents) => {
      const sealing = await sealingKeyThumbprint(keys.sealing)
      const listed = [...contents.signers.claims.signers, { signing: keys.signing, sealing, since: now() }]
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

/**
 * Ends a signer: it signs nothing more, a new account key is sealed to those who remain, every category begins a new epoch, and all cards end, since it
 * could have kept their secrets. The statements that revoke the cards come first, and need no manifest.
 */
export const endSigner = async (session: PatientSession, signerId: string): Promise<void> => {
  for (const { cardId, status } of await listCards(session)) {
    if (status !== "active") continue
    const statement = await signAsPatient(session, "card-revocation", { cardId })
    await callAsPatient(session, "patient/revoke-card", { cardId, statement })
  }
  await publish(
    session,
    async (contents) => {
      const { claims } = contents.signers
      const ended = await Promise.all(
        claims.signers.map(async (signer) =>
          (await thumbprint(signer.signing)) === signerId ? { ...signer, until: signer.until ?? now() } : signer,
        ),
      )
      const signers = await nextList(session, contents, ended)
      const holders = await holdersOf(contents, ended)
      const account = await nextAccountKey(placeOf(session), contents.accountKey, contents.account, holders)
      const { number, publicKey } = account.accountKey
      const revision = await epochRevision(session, contents, categories, { holder: { number, publicKey } })
      return { ...revision, signers, account }
    },
    (publication) => callAsPatient(session, "patient/publish-manifest", { publication }),
  )
  await readContents(session)
}
