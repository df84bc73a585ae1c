/** Who may sign for a patient: fingerprint -> root -> list -> signer (docs/protocol.md, "Signers"). */
import * as z from "zod/mini"
import { endingSignerLists, maxSignerLists, maxSigners, type SignerListClaims, signerListClaims } from "./claims.ts"
import { canonicalHash } from "./crypto/canonical.ts"
import { IntegrityFailure, orFail } from "./integrity.ts"
import { sameKey, thumbprint } from "./keys.ts"
import type { EcPublicJwk } from "./primitives.ts"
import { clocksApart, signedAt } from "./signed-time.ts"
import { readStatement, statementHash, verifyStatement } from "./statement.ts"

type Signer = SignerListClaims["signers"][number]

/** One of the patient's numbered lists, verified. */
export interface SignerList {
  readonly number: number
  readonly hash: string
  /** Whether the root signed this very list, which overrules whatever devices signed before. */
  readonly byRoot: boolean
  readonly claims: SignerListClaims
  /** When the root signed the list that its chain begins with, seconds: the root's word. */
  readonly begunAt: number
  /** The lists it was verified through, oldest first: the one by the root, ..., itself. */
  readonly line: readonly { readonly number: number; readonly hash: string }[]
  /** Who signed the list that each signer was first on, by their names; who lets in stands before whom it lets in. */
  readonly letInBy: ReadonlyMap<string, string>
}

/** How lists name a record, so that an index learns of neither: the hash of the cloud's id and the patient's, of which nobody can guess the second. */
export const recordHash = ({ cloudId, patientId }: { cloudId: string; patientId: string }): Promise<string> =>
  canonicalHash({ cloudId, patientId })

/** Whose lists they are. An index knows neither the cloud nor the patient: it expects no record. */
export interface ExpectedSigners {
  readonly fingerprint: string
  readonly record?: { readonly cloudId: string; readonly patientId: string }
}

const keyNamed = async (keys: readonly EcPublicJwk[], kid: string | undefined): Promise<EcPublicJwk> => {
  for (const key of keys) if ((await thumbprint(key)) === kid) return key
  throw new Error("by nobody who may")
}

const verifyList = async (
  compact: string,
  { fingerprint, ...expected }: { fingerprint: string; record: string | undefined },
  before: SignerList | undefined,
): Promise<SignerList> => {
  const { header, payload } = readStatement(compact)
  const claims = z.parse(signerListClaims, payload)
  const { root, signers, number, previous } = claims
  if ((await thumbprint(root.signing)) !== fingerprint) throw new Error("another root")
  if (expected.record !== undefined && claims.record !== expected.record) throw new Error("of another record")
  const byRoot = header.kid === fingerprint
  if (byRoot !== (before === undefined)) throw new Error("a chain begins with the root's list, and has no other")
  const key = await keyNamed(before === undefined ? [root.signing] : signing(before), header.kid)
  await verifyStatement(compact, { typ: "signer-list", key, algorithms: ["ES256"] })
  if (before !== undefined) {
    const follows = number === before.number + 1 && previous === before.hash
    const same = claims.record === before.claims.record
    if (!follows || !same || root.sealing !== before.claims.root.sealing) throw new Error("a broken chain")
    const { claims: known } = before
    if (!known.signers.every((signer) => signers.some((other) => isKept(signer, other, known.iat))))
      throw new Error("a signer is left out, or comes back")
    const added = signers.filter(({ signing }) => !known.signers.some((signer) => sameKey(signer.signing, signing)))
    if (activeSigners({ signers: added }).length !== added.length)
      throw new Error("a signer that ended before it began")
    const few = before.line.length >= maxSignerLists - endingSignerLists
    if (!endsSomebody(known, claims) && (few || added.length === 0))
      throw new Error("changes nothing, or ends nobody where few lists are left")
  }
  if (!signers.every((signer) => isTimely(signer, claims.iat))) throw new Error("an end of another time")
  const thumbprints = await Promise.all(signers.map((signer) => thumbprint(signer.signing)))
  if (new Set([fingerprint, ...thumbprints]).size !== signers.length + 1) throw new Error("a signer twice")
  const sealing = signers.map((signer) => signer.sealing)
  if (new Set([root.sealing, ...sealing]).size !== signers.length + 1) throw new Error("a sealing key twice")
  if (activeSigners(claims).length > maxSigners) throw new Error("too many signers")
  const hash = await statementHash(compact)
  const letInBy = new Map(before?.letInBy)
  for (const signer of thumbprints) if (!letInBy.has(signer)) letInBy.set(signer, header.kid ?? "")
  const begunAt = before?.begunAt ?? claims.iat
  return { number, hash, byRoot, claims, begunAt, line: [...(before?.line ?? []), { number, hash }], letInBy }
}

/** Whether who was active in a list isn't any more in the next. */
const endsSomebody = (known: SignerListClaims, { signers }: SignerListClaims): boolean =>
  activeSigners(known).some(({ signing }) =>
    signers.some((later) => sameKey(signing, later.signing) && later.until !== undefined),
  )

/** Whether a signer ended, if it did, after it began and not after its list: a key with an end to come would count as evidence until then. */
const isTimely = ({ since, until }: Signer, iat: number): boolean =>
  until === undefined || (since <= until + clocksApart && until <= iat + clocksApart)

/**
 * Whether a later list has a signer as it was, or ends it, not before the list that it was active in was signed, `iat`. Who ended stays so: only
 * the root begins a list anew.
 */
const isKept = (signer: Signer, later: Signer, iat: number): boolean =>
  sameKey(signer.signing, later.signing) &&
  signer.sealing === later.sealing &&
  signer.since === later.since &&
  (signer.until === undefined
    ? later.until === undefined || later.until + clocksApart >= iat
    : signer.until === later.until)

/** Whether a statement is of before the root's list that a chain begins with, which has the last word on whoever was ended until then. */
export const isOverruled = ({ begunAt }: Pick<SignerList, "begunAt">, { iat }: { readonly iat: number }): boolean =>
  iat + clocksApart < begunAt

/** Those who may sign now. */
export const activeSigners = ({ signers }: Pick<SignerListClaims, "signers">): SignerListClaims["signers"] =>
  signers.filter(({ until }) => until === undefined)

/** Their names. */
export const namesOfActive = (claims: Pick<SignerListClaims, "signers">): Promise<string[]> =>
  Promise.all(activeSigners(claims).map(({ signing }) => thumbprint(signing)))

/** The number of the root's list that a verified chain begins with. */
export const rootNumber = ({ line, number }: Pick<SignerList, "line" | "number">): number => line[0]?.number ?? number

const signing = ({ claims }: SignerList): EcPublicJwk[] => activeSigners(claims).map((signer) => signer.signing)

/** The newest list of a chain that begins with one by the root, oldest first. `signers-invalid` for any other. */
export const verifySigners = (chain: readonly string[], expected: ExpectedSigners): Promise<SignerList> =>
  orFail("signers-invalid", async () => {
    if (chain.length > maxSignerLists) throw new Error("too long")
    const { fingerprint, record } = expected
    const of = { fingerprint, record: record && (await recordHash(record)) }
    let list: SignerList | undefined
    for (const compact of chain) list = await verifyList(compact, of, list)
    if (list === undefined) throw new Error("no list")
    return list
  })

/**
 * That a list doesn't set back what is known: it was verified through the known one, or its root's list is a later one. A higher number alone
 * says nothing: who was ended could sign on from the list before their end.
 */
export const verifyNotOlder = (
  { line }: Pick<SignerList, "line">,
  known: { number: number; hash: string } | undefined,
): void => {
  if (known === undefined) return
  const through = line.some(({ number, hash }) => number === known.number && hash === known.hash)
  const overruled = line.every(({ number }) => number > known.number)
  if (!through && !overruled) throw new IntegrityFailure("signers-invalid")
}

/**
 * Verifies that a statement of this type is by somebody who may sign now, and returns its payload. Throws otherwise. `ended`: who may not, though the
 * list has them active (`endedByStatement`).
 */
export const verifyBySigner = async (
  compact: string,
  typ: string,
  list: SignerList,
  ended: ReadonlySet<string> = nobody,
): Promise<unknown> => {
  const { kid } = readStatement(compact).header
  if (kid !== undefined && ended.has(kid)) throw new Error("by somebody who was ended")
  const key = await keyNamed(signing(list), kid)
  return (await verifyStatement(compact, { typ, key, algorithms: ["ES256"] })).payload
}

const nobody: ReadonlySet<string> = new Set()

/** Verifies that a statement of this type is by the root, and returns its payload. Throws otherwise. */
export const verifyByRoot = async (compact: string, typ: string, root: EcPublicJwk): Promise<unknown> => {
  const key = await keyNamed([root], readStatement(compact).header.kid)
  return (await verifyStatement(compact, { typ, key, algorithms: ["ES256"] })).payload
}

/**
 * Whether a list leaves what is kept elsewhere of no account, so that its owner need not be quicker than whoever wrote it: a list of the root's, later than the
 * newest list that was shown there, began the chain anew, or the list has ended the signer. `by`: the signer's name.
 */
export const leavesBehind = async (
  { line, claims }: Pick<SignerList, "line" | "claims">,
  shown: { readonly number: number; readonly by: string | undefined },
): Promise<boolean> => {
  if (line.every(({ number }) => number > shown.number)) return true
  const ended = claims.signers.filter(({ until }) => until !== undefined)
  const names = await Promise.all(ended.map((signer) => thumbprint(signer.signing)))
  return names.some((name) => name === shown.by)
}

/** Whether a list has a signer of this name, active or ended. */
export const isListed = async ({ claims }: Pick<SignerList, "claims">, name: string | undefined): Promise<boolean> => {
  const names = await Promise.all(claims.signers.map((signer) => thumbprint(signer.signing)))
  return names.some((each) => each === name)
}

/**
 * The same for a statement that is kept as evidence: by somebody who may sign now, or who ended since and signed before. When it was signed is
 * the signer's own word.
 */
export const verifyByEarlierSigner = async (compact: string, typ: string, { claims }: SignerList): Promise<unknown> => {
  const { header, payload } = readStatement(compact)
  const iat = signedAt(payload)
  const then = claims.signers.filter(
    ({ since, until }) => since <= iat + clocksApart && (until === undefined || iat <= until + clocksApart),
  )
  const key = await keyNamed(
    then.map((signer) => signer.signing),
    header.kid,
  )
  return (await verifyStatement(compact, { typ, key, algorithms: ["ES256"] })).payload
}
