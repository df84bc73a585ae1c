import * as z from "zod/mini"
import type { AuditEvent } from "../../contract/audit.ts"
import { Problem } from "../../contract/errors.ts"
import { certifiedSeconds } from "../../contract/limits.ts"
import type { ResponseOf } from "../../contract/routes.ts"
import { openFromAccount } from "../../protocol/account-key.ts"
import { type StatementClaims, statements } from "../../protocol/claims.ts"
import { type Bytes, equal, toBase64url } from "../../protocol/crypto/bytes.ts"
import { randomBytes } from "../../protocol/crypto/primitives.ts"
import { deliveryEpoch, deliveryKeyOf } from "../../protocol/delivery-address.ts"
import { IntegrityFailure, orFail } from "../../protocol/integrity.ts"
import { type Profession, statementToleranceSeconds } from "../../protocol/primitives.ts"
import { type Professional, readProfessional } from "../../protocol/professional.ts"
import type { Descriptor, RecordMetadata } from "../../protocol/record.ts"
import { unwrapDataKey, wrapDataKey } from "../../protocol/record-keys.ts"
import { clocksApart, isWhenSigned } from "../../protocol/signed-time.ts"
import { verifyByEarlierSigner } from "../../protocol/signers.ts"
import { readStatement, statementHash } from "../../protocol/statement.ts"
import { openAuthored, openDescribed } from "../sealed-record.ts"
import { type Held, openedStream, openedWhole, type StreamOptions } from "../transfer/download.ts"
import type { Transfer } from "../transfer/progress.ts"
import { keyAt, keyEndedAt } from "./category-keys.ts"
import { accountPair, type Contents, readContents } from "./contents.ts"
import {
  type DeliveryAddress,
  isAfterRevocation,
  listDeliveryAddresses,
  listedAddresses,
  openAddresses,
} from "./delivery-addresses.ts"
import { type Grant, readAccesses, renewKeys, wasOver } from "./grants.ts"
import { heedCheckpoint } from "./heard-checkpoints.ts"
import { attempts, findRecord, overtaken, readDecided, withDecided, withDescriptor } from "./listed.ts"
import { publish } from "./publication.ts"
import { callAsPatient, type PatientSession, placeOf, signAsPatient, wholeList } from "./session.ts"

/** What a professional added, as the patient reviews it: verified to be theirs, and opened. */
export interface Contribution {
  readonly contributionId: string
  /** The access within which it was added; else the address by which a practice sent it. */
  readonly grantId?: string | undefined
  readonly addressId?: string | undefined
  /** What the patient calls that address, and the practice, as its professional signed. */
  readonly addressName?: string
  readonly practiceId?: string | undefined
  /** It came after the patient had revoked the address: the cloud let it pass. */
  readonly afterRevocation?: boolean
  /** `unlisted`: the trail tells of the addition, the patient decided on none, and the cloud's list leaves it out: it can't be read. */
  readonly status: "pending" | "approved" | "rejected" | "unlisted"
  readonly contributedAt: string
  /** As the cloud certified it: its word, but the same in the audit trail. */
  readonly profession?: Profession | undefined
  /** The certificate is that of the signature; of what is `unlisted` its hash alone is known. */
  readonly professional: Pick<Professional, "thumbprint"> & Partial<Professional>
  /** Absent where it is `unlisted`, as is the statement. */
  readonly descriptor?: Descriptor
  /** It came under a key that had ended before its access began: not by the keys that this access was given. */
  readonly olderKey: boolean
  /** Absent where it was sealed by another than who signed for it, or so that the patient can't open it, or by somebody without a key of the record; it can only be rejected. */
  readonly metadata?: RecordMetadata
  readonly statement?: string
  /** That of its access, where the cloud kept one. */
  readonly answer?: Grant["answer"]
  /** Where the sealed bytes of a pending one are, for two minutes. */
  readonly url?: string
}

type Listed = ResponseOf<"patient/list-contributions">["contributions"][number]

const claimsOf = (
  session: PatientSession,
  { statement, contributionId, grantId, addressId, practiceId }: Listed | Contribution,
): Promise<StatementClaims<"contribution">> =>
  orFail("contribution-invalid", async () => {
    const claims = z.parse(statements.contribution, readStatement(statement ?? "").payload)
    const { cloud, patientId, fingerprint } = session
    const ofUs = claims.aud === cloud.cloudId && claims.patientId === patientId
    const within = "grantId" in claims ? [claims.grantId] : [undefined, claims.addressId, claims.practiceId]
    const same = [grantId, addressId, practiceId].every((named, i) => named === within[i])
    if (!ofUs || !same || claims.descriptor.recordId !== contributionId) throw new Error("of something else")
    // Or the professional meant another patient, whose card they had in their hand.
    if (claims.fingerprint !== fingerprint) throw new Error("for another patient")
    if (claims.descriptor.version !== 1 || claims.descriptor.replaces !== null) throw new Error("no addition")
    await heedCheckpoint(session, claims.checkpoint)
    return claims
  })

/** What its data key is wrapped under: a key that a card gave, or that of the address. */
const wrappingKeyOf = async (
  session: PatientSession,
  contents: Contents,
  claims: StatementClaims<"contribution">,
  addresses: readonly DeliveryAddress[],
): Promise<Bytes> => {
  const { category, epoch } = claims.descriptor
  if ("grantId" in claims) return keyAt(session, contents, { category, epoch })
  const address = addresses.find(({ addressId }) => addressId === claims.addressId)
  if (address?.spoken === undefined || epoch !== deliveryEpoch) throw new Error("no such address")
  return deliveryKeyOf(address.spoken.secret)
}

/**
 * The data key, sealed to the patient and, the same, wrapped under a key of the record or of an address. Anybody can seal to the patient; the second shows
 * that it comes from somebody whom a card gave keys, or whom the patient told the address.
 */
const dataKeyOf = async (
  session: PatientSession,
  contents: Contents,
  claims: StatementClaims<"contribution">,
  addresses: readonly DeliveryAddress[],
): Promise<Bytes> =>
  orFail("record-unreadable", async () => {
    const { sealedKey, account, descriptor } = claims
    const { recordId, epoch } = descriptor
    const pair = await accountPair(session, contents, account)
    const object = { kind: "contribution", object: recordId, epoch } as const
    const dataKey = await openFromAccount(placeOf(session), pair, object, sealedKey)
    const wrappingKey = await wrappingKeyOf(session, contents, claims, addresses)
    if (!equal(await unwrapDataKey(wrappingKey, descriptor), dataKey)) throw new Error("another key")
    return dataKey
  })

/** The data key, of what its author sealed alone: anybody can sign for what another sealed. */
const authoredKeyOf = async (
  session: PatientSession,
  contents: Contents,
  { professional }: Pick<Contribution, "professional">,
  claims: StatementClaims<"contribution">,
): Promise<Bytes> => {
  const addresses = "grantId" in claims ? [] : await listDeliveryAddresses(session)
  const dataKey = await dataKeyOf(session, contents, claims, addresses)
  await openAuthored(claims.descriptor, dataKey, professional.thumbprint)
  return dataKey
}

/** That the patient decided so, by their own signature, in the trail at that time, and in the manifest; and of what waits, that it is in no manifest. */
const verifyDecision = (
  session: PatientSession,
  { signers }: Contents,
  { status, decision, ...listed }: Listed,
  { decided, events }: Pick<Evidence, "decided" | "events">,
): Promise<void> =>
  orFail("decision-invalid", async () => {
    const { contributionId, statement } = listed
    if (decided.has(contributionId) !== (status !== "pending")) throw new Error("otherwise in the manifest")
    if (status === "pending" && decision === undefined) return
    const claims = z.parse(statements.decision, await verifyByEarlierSigner(decision ?? "", "decision", signers))
    const ofUs = claims.aud === session.cloud.cloudId && claims.patientId === session.patientId
    const ofThis = claims.contributionId === contributionId && claims.statementHash === (await statementHash(statement))
    if (!ofUs || !ofThis || claims.decision !== status) throw new Error("another decision")
    const hash = await statementHash(decision ?? "")
    if (!events.some(({ at, subject }) => subject.statementHash === hash && isWhenSigned(at, claims.iat)))
      throw new Error("not told of when it was signed")
    await heedCheckpoint(session, claims.checkpoint)
  })

/**
 * Whether it was wrapped under a key that had ended when its access was granted: only somebody who has read before, and kept the key, does that. */
const hasOlderKey = async (
  session: PatientSession,
  contents: Contents,
  descriptor: Descriptor,
  grantedAt: string | undefined,
): Promise<boolean> => {
  const endedAt = await keyEndedAt(session, contents, descriptor)
  if (endedAt === undefined) return descriptor.epoch !== contents.keyRing.categories[descriptor.category].epoch
  // An end in the time to come is no moment.
  if (endedAt > Date.now() / 1000 + statementToleranceSeconds) return true
  return grantedAt === undefined || endedAt * 1000 + statementToleranceSeconds * 1000 < Date.parse(grantedAt)
}

/**
 * What the cloud says of it beyond what was signed is what the trail says, which the cloud can't change any more; and who added it is who was
 * given the access, by a statement of their own, while it lasted. The event is that of this very statement: one is written before what it tells of is done, so that whoever signs
 * twice for one id leaves two, and one of them came to nothing.
 */
const verifyEvent = (
  { events, grants, addresses }: Evidence,
  listed: Listed,
  professional: Contribution["professional"],
): Promise<void> =>
  orFail("access-differs", async () => {
    const { contributionId, grantId, addressId, contributedAt, profession, statement } = listed
    const { iat } = z.parse(statements.contribution, readStatement(statement).payload)
    const hash = await statementHash(statement)
    const event = events.find(
      ({ action, outcome, subject }) =>
        action === "contribute" && outcome === "permitted" && subject.statementHash === hash,
    )
    if (event?.actor.kind !== "hcp") throw new Error("not in the trail")
    const { actor, subject, at } = event
    const same =
      subject.grantId === grantId && subject.addressId === addressId && subject.contributionId === contributionId
    const samePerson = actor.certificate === professional.thumbprint && actor.profession === profession
    if (!same || !samePerson || at !== contributedAt || !isWhenSigned(at, iat)) throw new Error("another contribution")
    if (grantId === undefined) {
      if (!addresses.some((each) => each.addressId === addressId)) throw new Error("by an address of nobody's")
      return
    }
    const access = grants.find((grant) => grant.grantId === grantId && grant.status !== "unlisted")
    if (access?.professional.thumbprint !== professional.thumbprint) throw new Error("by another than was given access")
    if (wasOver(access, at)) throw new Error("after the access was over")
  })

/** What additions are held against: the trail, the accesses that it tells of, the addresses that the patient made, and the ids that the manifest has as decided. */
interface Evidence {
  readonly events: readonly AuditEvent[]
  readonly grants: readonly Grant[]
  readonly addresses: readonly DeliveryAddress[]
  readonly decided: ReadonlySet<string>
}

/** By which of the patient's addresses it came, and whether that was revoked by then. */
const sentBy = (
  { addressId, contributedAt }: Listed,
  { addresses }: Pick<Evidence, "addresses">,
): Pick<Contribution, "addressName" | "afterRevocation"> => {
  const address = addresses.find((each) => each.addressId === addressId)
  if (address === undefined) return {}
  const { spoken } = address
  return {
    ...(spoken && { addressName: spoken.name }),
    ...(isAfterRevocation(address, contributedAt) && { afterRevocation: true }),
  }
}

const openContribution = async (
  session: PatientSession,
  contents: Contents,
  listed: Listed,
  { grantedAt, ...evidence }: Omit<Evidence, "grants"> & { readonly grantedAt: string | undefined },
): Promise<Contribution> => {
  const professional = await readProfessional("contribution", listed.statement)
  const claims = await claimsOf(session, listed)
  await verifyDecision(session, contents, listed, evidence)
  const { descriptor } = claims
  const olderKey = "grantId" in claims && (await hasOlderKey(session, contents, descriptor, grantedAt))
  const { ocsp: _ocsp, certifiedAt: _certifiedAt, ...told } = listed
  const signed = { ...told, professional, descriptor, olderKey, ...sentBy(listed, evidence) }
  try {
    const dataKey = await dataKeyOf(session, contents, claims, evidence.addresses)
    return { ...signed, metadata: await openAuthored(descriptor, dataKey, professional.thumbprint) }
  } catch {
    // One that can't be opened must not keep the others from being reviewed.
    return signed
  }
}

/** The additions as the cloud lists them, unverified. */
export const listedContributions = (session: PatientSession): Promise<Listed[]> =>
  wholeList(async (after) => {
    const { contributions, next } = await callAsPatient(session, "patient/list-contributions", { after })
    return { items: contributions, next }
  })

/** What the trail tells of, and neither the patient has decided on nor the cloud lists. */
const unlisted = (
  { events, decided }: Pick<Evidence, "decided" | "events">,
  listed: readonly Listed[],
): Contribution[] => {
  const known = new Set([...decided, ...listed.map(({ contributionId }) => contributionId)])
  return events.flatMap(({ action, outcome, actor, subject, at: contributedAt }): Contribution[] => {
    const { contributionId, grantId, addressId } = subject
    if (action !== "contribute" || outcome !== "permitted" || actor.kind !== "hcp") return []
    if (contributionId === undefined || (grantId ?? addressId) === undefined || known.has(contributionId)) return []
    known.add(contributionId)
    const { profession, certificate } = actor
    const professional = { thumbprint: certificate }
    const within = { grantId, addressId }
    return [{ contributionId, ...within, status: "unlisted", contributedAt, profession, professional, olderKey: false }]
  })
}

/**
 * Everything professionals have added, decided or not, each verified against the audit trail; what the trail tells of and the list doesn't is there too.
 */
export const listContributions = async (session: PatientSession): Promise<Contribution[]> => {
  const listed = await listedContributions(session)
  // The list before the manifest: what was decided meanwhile is in both or in neither, once both are read again.
  for (let attempt = 1; ; attempt++) {
    const contents = await readContents(session)
    try {
      return await openAll(session, contents, attempt === 1 ? listed : await listedContributions(session))
    } catch (error) {
      const decidedMeanwhile = error instanceof IntegrityFailure && error.code === "decision-invalid"
      if (attempt === attempts || !(decidedMeanwhile || (await overtaken(session, contents, error)))) throw error
      if (decidedMeanwhile && attempt > 1) throw error
    }
  }
}

const openAll = async (
  session: PatientSession,
  contents: Contents,
  first: readonly Listed[],
): Promise<Contribution[]> => {
  const decided = new Set((await readDecided(session, contents)).flat())
  const { events, grants } = await readAccesses(session)
  const told = { events, decided }
  let listed = first
  const missed = new Set(unlisted(told, listed).map(({ contributionId }) => contributionId))
  // One that was added while we read.
  if (missed.size > 0)
    listed = [...listed, ...(await listedContributions(session)).filter((each) => missed.has(each.contributionId))]
  if (new Set(listed.map(({ contributionId }) => contributionId)).size !== listed.length)
    throw new IntegrityFailure("access-differs")
  // Within an access the answer is that of its grant.
  if (listed.some(({ grantId, ocsp, certifiedAt }) => grantId !== undefined && (ocsp ?? certifiedAt) !== undefined))
    throw new IntegrityFailure("contribution-invalid")
  // Of what is said of each beside its statement, the statement is right: before more is asked about it.
  await Promise.all(listed.map((each) => claimsOf(session, each)))
  const addresses = await addressesOf(session, contents, events, listed)
  const evidence = { ...told, grants, addresses }
  const opened = await Promise.all(
    listed.map(async (each) => {
      const access = grants.find(({ grantId }) => each.grantId !== undefined && grantId === each.grantId)
      const { grantedAt } = access ?? {}
      const contribution = await openContribution(session, contents, each, { ...told, addresses, grantedAt })
      await verifyEvent(evidence, each, contribution.professional)
      const answer = access?.answer ?? answerOf(each)
      return { ...contribution, ...(answer && { answer }) }
    }),
  )
  return [...opened, ...unlisted(told, listed)]
}

/** The OCSP answer of what a practice sent, where its professional was certified shortly before. */
const answerOf = ({ ocsp, certifiedAt = "", contributedAt }: Listed): Contribution["answer"] => {
  const age = (Date.parse(contributedAt) - Date.parse(certifiedAt)) / 1000
  const isRecent = age >= -clocksApart && age <= certifiedSeconds + clocksApart
  return ocsp !== undefined && isRecent ? { ocsp, at: certifiedAt } : undefined
}

/** The addresses by which something came. Each was made before, and so the trail tells of it already. */
const addressesOf = async (
  session: PatientSession,
  contents: Contents,
  events: readonly AuditEvent[],
  contributions: readonly Listed[],
): Promise<DeliveryAddress[]> => {
  const used = new Set(contributions.flatMap(({ addressId }) => addressId ?? []))
  if (used.size === 0) return []
  const listed = (await listedAddresses(session)).filter(({ addressId }) => used.has(addressId))
  return openAddresses(session, contents, { events, listed })
}

const hold = async (session: PatientSession, contribution: Contribution): Promise<Held> => {
  const { patientId } = session
  const { contributionId } = contribution
  if (contribution.url === undefined) throw new IntegrityFailure("contribution-invalid")
  const claims = await claimsOf(session, contribution)
  const { descriptor } = claims
  const dataKey = await authoredKeyOf(session, await readContents(session), contribution, claims)
  await openDescribed(descriptor, dataKey)
  let listed: string | undefined = contribution.url
  const address = async () => {
    const first = listed
    listed = undefined
    return first ?? (await addressOf(session, contributionId))
  }
  return { signer: session.cloud.api, patientId, descriptor, dataKey, address }
}

/** Where the sealed bytes of a pending addition are now: a signed address ends after two minutes. */
const addressOf = async (session: PatientSession, contributionId: string): Promise<string> => {
  const { url } = (await listedContributions(session)).find((each) => each.contributionId === contributionId) ?? {}
  if (url === undefined) throw new IntegrityFailure("contribution-invalid")
  return url
}

/** The document of a pending contribution, verified and decrypted, in memory: at most 2 GiB. */
export const readContribution = async (
  session: PatientSession,
  contribution: Contribution,
  transfer: Transfer = {},
): Promise<Bytes> => openedWhole(await hold(session, contribution), transfer)

/** The same as a stream, as `streamRecord` gives one. */
export const streamContribution = async (
  session: PatientSession,
  contribution: Contribution,
  options: StreamOptions = {},
): Promise<ReadableStream<Bytes>> => openedStream(await hold(session, contribution), options)

/** How often the cloud is asked to go on copying what is approved: a large one takes it more than one call. */
const approvalAttempts = 60
/** For how long a signature is good for asking again, milliseconds. */
const signatureLasts = 100_000

/** The page of decided contributions with one more; `undefined` where it is decided already: an earlier answer was lost, or another device was quicker. */
const decidedWith = async (session: PatientSession, contents: Contents, id: string) => {
  const pages = await readDecided(session, contents)
  return pages.some((ids) => ids.includes(id)) ? undefined : withDecided(pages, id)
}

/** The record that an addition has become, if it stands in the manifest. */
const approvedAs = async (session: PatientSession, contents: Contents, { recordId, category }: Descriptor) =>
  (await findRecord(session, contents, recordId, [category]))?.descriptors.find((each) => each.recordId === recordId)

const decide = async (
  session: PatientSession,
  { contributionId, statement = "" }: Contribution,
  decision: { decision: "approved"; descriptor: Descriptor } | { decision: "rejected" },
): Promise<string> =>
  signAsPatient(session, "decision", { contributionId, statementHash: await statementHash(statement), ...decision })

/** Asks until the copy is made; what was signed too long ago is signed anew. */
const untilCopied = async (request: () => Promise<unknown>, signAnew: () => Promise<void>): Promise<void> => {
  let signedAt = Date.now()
  for (let attempt = 1; ; attempt++) {
    try {
      await request()
      return
    } catch (error) {
      const copying = error instanceof Problem && error.code === "contribution-copying"
      if (!copying || attempt === approvalAttempts) throw error
    }
    if (Date.now() - signedAt > signatureLasts) {
      await signAnew()
      signedAt = Date.now()
    }
  }
}

/**
 * Approves: one publication with the signed decision, the record's place in the manifest, its data key wrapped under the newest category key, and its id
 * among those decided. The cloud copies what is large in several calls, and says so until the last. One that was approved before stays
 * as it is listed; `contribution-decided` for one that was rejected.
 */
export const approveContribution = async (session: PatientSession, contribution: Contribution): Promise<Descriptor> => {
  const { contributionId } = contribution
  await renewKeys(session)
  const claims = await claimsOf(session, contribution)
  // Its copy has a place of its own: the professional's is known to whoever the list of additions is given.
  const objectId = toBase64url(randomBytes(16))
  let descriptor = claims.descriptor
  await publish(
    session,
    async (contents) => {
      const decided = await decidedWith(session, contents, contributionId)
      if (decided === undefined) {
        const listed = await approvedAs(session, contents, claims.descriptor)
        if (listed === undefined) throw new Problem("contribution-decided")
        descriptor = listed
        return undefined
      }
      // Its id became a record's by no decision of the patient's: listed twice, one would hide the other.
      if ((await findRecord(session, contents, contributionId)) !== undefined)
        throw new IntegrityFailure("contribution-invalid")
      const { epoch, key } = contents.keys[claims.descriptor.category]
      const dataKey = await authoredKeyOf(session, contents, contribution, claims)
      const wrappedKey = await wrapDataKey(key, claims.descriptor, dataKey)
      descriptor = { ...claims.descriptor, objectId, epoch, wrappedKey }
      return {
        pages: [await withDescriptor(session, contents, descriptor, { isNew: true })],
        decided,
      }
    },
    async (first, resign) => {
      let publication = first
      let statement = await decide(session, contribution, { decision: "approved", descriptor })
      await untilCopied(
        () => callAsPatient(session, "patient/approve-contribution", { contributionId, statement, publication }),
        async () => {
          publication = await resign()
          statement = await decide(session, contribution, { decision: "approved", descriptor })
        },
      )
    },
  )
  return descriptor
}

/** Rejects: one publication with the signed decision and its id among those decided; the cloud destroys what was uploaded. */
export const rejectContribution = async (session: PatientSession, contribution: Contribution): Promise<void> => {
  const { contributionId } = contribution
  const claims = await claimsOf(session, contribution)
  return publish(
    session,
    async (contents) => {
      const decided = await decidedWith(session, contents, contributionId)
      if (decided !== undefined) return { decided }
      if ((await approvedAs(session, contents, claims.descriptor)) === undefined) return undefined
      throw new Problem("contribution-decided")
    },
    async (publication) => {
      const statement = await decide(session, contribution, { decision: "rejected" })
      await callAsPatient(session, "patient/reject-contribution", { contributionId, statement, publication })
    },
  )
}
