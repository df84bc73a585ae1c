import { Problem } from "../../contract/errors.ts"
import type { ResponseOf } from "../../contract/routes.ts"
import { type AccountKey, accountKeyOf, openAccountKey } from "../../protocol/account-key.ts"
import { standingRequest, type WaitingDeactivation } from "../../protocol/deactivation.ts"
import { IntegrityFailure, orFail } from "../../protocol/integrity.ts"
import { type CategoryKeys, keysInPlaceOf, openKeyRing } from "../../protocol/key-ring.ts"
import {
  type Manifest,
  verifyAccount,
  verifyDescent,
  verifyKeyRing,
  verifyManifest,
  verifyPageList,
  type Witness,
} from "../../protocol/manifest.ts"
import { categories } from "../../protocol/primitives.ts"
import type { KeyRing, PageLists } from "../../protocol/record.ts"
import { generateSealingKeyPair, type SealingKeyPair } from "../../protocol/sealing.ts"
import { type SignerList, verifyNotOlder, verifySigners } from "../../protocol/signers.ts"
import { linksBetween } from "../../protocol/skip-links.ts"
import { statementHash } from "../../protocol/statement.ts"
import { heedCheckpoint } from "./heard-checkpoints.ts"
import { callAsPatient, type PatientSession, placeOf } from "./session.ts"
import { endedSince } from "./signer-end.ts"

/** The verified table of contents, who signs it, and the keys it vouches for. */
export interface Contents {
  readonly manifest: Manifest
  /** The manifests by which the next ones name what is before them: of each power of two the newest whose number it divides. */
  readonly ladder: readonly Witness[]
  readonly signers: SignerList
  /** The lists that lead to `signers`, as they travel. */
  readonly signerLists: readonly string[]
  /** The names of those whom a statement has ended and the list has active yet. */
  readonly ending: ReadonlySet<string>
  /** The end of the account that a device asked for and that is to come; the cloud's word where there is none. */
  readonly deactivation?: WaitingDeactivation
  readonly accountKey: AccountKey
  readonly account: SealingKeyPair
  readonly keyRing: KeyRing
  /** The hashes of each category's pages. */
  readonly pageLists: PageLists
  /** The newest key of each category. */
  readonly keys: CategoryKeys
  /** The root's alone: the account key or the ring doesn't open, and what stands here in their place opens nothing. */
  readonly unopened?: boolean
}

/** Of each power of two the newest manifest whose number it divides. */
export const ladderOf = (known: readonly Witness[]): Witness[] => {
  const rungs = new Map<number, Witness>()
  for (const { number, hash } of known)
    for (let step = 1; number % step === 0 && step <= number; step *= 2)
      if ((rungs.get(step)?.number ?? 0) <= number) rungs.set(step, { number, hash })
  return [...rungs.values()]
}

const asWitnesses = (from: number, to: number, links: readonly string[]): Promise<Witness[]> =>
  Promise.all(linksBetween(from, to).map(async (number, i) => ({ number, hash: await statementHash(links[i] ?? "") })))

type Answer = ResponseOf<"patient/get-manifest">

const askFor = async (session: PatientSession, after: number): Promise<Answer> => {
  try {
    return await callAsPatient(session, "patient/get-manifest", { after: String(after) })
  } catch (error) {
    if (error instanceof Problem && error.code === "not-found")
      throw new IntegrityFailure("manifest-missing", { cause: error })
    throw error
  }
}

/**
 * Opens the keys that a verified manifest names, unless the session has them open already. Where they don't open, only the root goes on, with others in
 * their place, to begin anew: a device could have sealed them so that it is never ended.
 */
const openKeys = async (
  session: PatientSession,
  { claims }: Manifest,
  { accountKey, keyRing }: Pick<Answer, "accountKey" | "keyRing">,
): Promise<Pick<Contents, "account" | "keys" | "unopened">> => {
  const known = session.cache.contents?.unopened === true ? undefined : session.cache.contents
  const place = placeOf(session)
  const unlessAnew = (error: unknown) => {
    if (session.beginsAnew !== true) throw error
    return undefined
  }
  const sameAccount = known?.manifest.claims.account.thumbprint === claims.account.thumbprint
  const account = sameAccount
    ? known.account
    : await orFail("account-key-invalid", () => openAccountKey(place, accountKey, session.keys.sealing)).catch(
        unlessAnew,
      )
  if (sameAccount && known.manifest.claims.keyRing === claims.keyRing)
    return { account: known.account, keys: known.keys }
  const keys =
    account &&
    (await orFail("key-ring-differs", async () => {
      if (keyRing.account !== accountKey.number) throw new Error("sealed to another account key")
      return openKeyRing(place, keyRing, account)
    }).catch(unlessAnew))
  return {
    account: account ?? (await generateSealingKeyPair({ extractable: true })),
    keys: keys ?? keysInPlaceOf(keyRing),
    unopened: keys === undefined,
  }
}

const noManifest = { number: 0, hash: null }

/**
 * Takes contents for the newest, unless another call of this device has learned of newer ones meanwhile. Two manifests of one number are a fork:
 * `manifest-rolled-back`.
 */
export const remember = ({ memory, cache }: PatientSession, contents: Contents): void => {
  const { manifest, signers, ladder } = contents
  if (manifest.number === memory.manifest?.number && manifest.hash !== memory.manifest.hash)
    throw new IntegrityFailure("manifest-rolled-back")
  if (manifest.number >= (memory.manifest?.number ?? 0))
    memory.manifest = {
      number: manifest.number,
      hash: manifest.hash,
      ladder: [...ladder],
      cards: manifest.claims.cards.map(({ cardId }) => cardId),
    }
  if (signers.number >= (memory.signers?.number ?? 0)) memory.signers = { number: signers.number, hash: signers.hash }
  if (manifest.number >= (cache.contents?.manifest.number ?? 0)) cache.contents = contents
}

/** How often the newest contents are asked for again because others came in between. */
const attempts = 5

const waiting = (
  list: SignerList,
  ended: ReadonlySet<string>,
  request: string | undefined,
): Promise<WaitingDeactivation | undefined> =>
  orFail("signers-invalid", async () => (request === undefined ? undefined : standingRequest(request, list, ended)))

/** Contents that lead back to what this device knew when it asked. */
const readFrom = async (session: PatientSession, known: PatientSession["memory"]["manifest"]): Promise<Contents> => {
  const { fingerprint, patientId, cloud, memory } = session
  const answer = await askFor(session, known?.number ?? 0)
  const cloudId = cloud.cloudId
  const signers = await verifySigners(answer.signers, { fingerprint, record: { cloudId, patientId } })
  verifyNotOlder(signers, memory.signers)
  const { links } = answer
  const manifest = await verifyManifest(answer.manifest, { signers, patientId, cloudId })
  await verifyDescent(manifest, links, known ?? noManifest)
  await heedCheckpoint(session, manifest.claims.checkpoint)
  await verifyKeyRing(manifest, answer.keyRing)
  await Promise.all(categories.map((each) => verifyPageList(manifest, each, answer.pageLists[each])))
  await verifyAccount(manifest, answer.accountKey.publicKey)
  if (answer.accountKey.number !== manifest.claims.account.number) throw new IntegrityFailure("account-key-invalid")
  const between = await asWitnesses(manifest.number, known?.number ?? 0, links)
  const ladder = ladderOf([manifest, ...between, ...(known === undefined ? [] : [known, ...known.ladder])])
  const { keyRing, pageLists, accountKey } = answer
  const opened = await openKeys(session, manifest, answer)
  const ending = await endedSince(signers, answer.ends)
  const deactivation = await waiting(signers, ending, answer.deactivation)
  const lists = { signers, signerLists: answer.signers, ending }
  const contents = { manifest, ladder, ...lists, accountKey, keyRing, pageLists, ...opened }
  return deactivation === undefined ? contents : { ...contents, deactivation }
}

/**
 * The newest manifest, verified against the patient's root and everything this device has seen: what it knows lies in the past of what it is given,
 * by hash, whatever lies between. Where another call of this device has learned of a newer one before the answer came, the answer must lead back to
 * that one too.
 */
export const readContents = async (session: PatientSession): Promise<Contents> => {
  const { memory } = session
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const known = memory.manifest
    const contents = await readFrom(session, known)
    const meanwhile = memory.manifest
    if (meanwhile?.hash !== known?.hash && meanwhile?.hash !== contents.manifest.hash) continue
    remember(session, contents)
    return contents
  }
  throw new IntegrityFailure("manifest-rolled-back")
}

/** The contents that this session verified last, or the newest where it has none: good for a change, which the cloud refuses where they are behind. */
export const knownContents = async (session: PatientSession): Promise<Contents> =>
  session.cache.contents ?? readContents(session)

/** Others published between any two questions: what was asked is no longer of the newest contents. */
export class Overtaken extends Problem {}

/**
 * That what somebody vouches for, as a card's index entry does, lies in the past of the newest contents. `manifest-rolled-back` where it doesn't; `Overtaken`
 * where others are so quick that it can't be told.
 */
export const requireDescent = async (session: PatientSession, witness: Witness): Promise<Contents> => {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const contents = await readContents(session)
    const { manifest } = contents
    if (manifest.number < witness.number) throw new IntegrityFailure("manifest-rolled-back")
    const { links, manifest: newest } = await askFor(session, witness.number)
    // Another device has published in between; the next answer tells.
    if ((await statementHash(newest)) !== manifest.hash) continue
    await verifyDescent(manifest, links, witness)
    return contents
  }
  throw new Overtaken("busy")
}

/** The pair of an account key that contents have, or had. */
export const accountPair = (
  session: PatientSession,
  { accountKey, account }: Contents,
  number: number,
): Promise<SealingKeyPair> => accountKeyOf(placeOf(session), accountKey, account, number)
