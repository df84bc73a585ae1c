import * as z from "zod/mini"
import type { ResponseOf } from "../../contract/routes.ts"
import { statements } from "../../protocol/claims.ts"
import type { Bytes } from "../../protocol/crypto/bytes.ts"
import { IntegrityFailure, orFail } from "../../protocol/integrity.ts"
import { verifyDecided, verifyDescent, verifyManifest, verifyPage } from "../../protocol/manifest.ts"
import type { Category } from "../../protocol/primitives.ts"
import { type Professional, readProfessional } from "../../protocol/professional.ts"
import type { Descriptor, RecordMetadata } from "../../protocol/record.ts"
import { verifyNotOlder, verifySigners } from "../../protocol/signers.ts"
import { readStatement } from "../../protocol/statement.ts"
import { dataKeyOf, openAuthored, openMetadata } from "../sealed-record.ts"
import { openedRange, openedStream, openedWhole, type StreamOptions } from "../transfer/download.ts"
import type { Transfer } from "../transfer/progress.ts"
import type { Access, ReadRecord } from "./emergency-access.ts"
import { hold } from "./held.ts"
import { callAsHcp, grantOf } from "./session.ts"

/** A record that can be read within the grant, or an addition the patient has not reviewed. */
export interface Listed {
  readonly descriptor: Descriptor
  /** Absent where the keys of this access don't open it: added after a new epoch, or not sealed by who signed for it, or wrongly. */
  readonly metadata?: RecordMetadata
  /** Only of what the patient has not reviewed: who added it, and what they signed, which `certifiedBy` judges. That the cloud withholds none is its word. */
  readonly unreviewed?: { readonly professional: Professional; readonly statement: string }
}

/** That a pending contribution is what the professional who signed it added to this patient's record in this cloud. */
const verifyContribution = (
  { entry, fingerprint }: Access,
  contributionId: string,
  statement: string,
): Promise<Descriptor> =>
  orFail("contribution-invalid", () => {
    const claims = z.parse(statements.contribution, readStatement(statement).payload)
    const ofUs = claims.aud === entry.cloudId && claims.patientId === entry.patientId
    if (!ofUs || claims.fingerprint !== fingerprint || claims.descriptor.recordId !== contributionId)
      throw new Error("of something else")
    // Or it would stand beside a record as a later version of it.
    if (claims.descriptor.version !== 1 || claims.descriptor.replaces !== null) throw new Error("no addition")
    return claims.descriptor
  })

type Page = ResponseOf<"hcp/list-records">

/** Takes the manifest of an answer for the newest, if what was known lies in its past. */
const adoptManifest = async (access: Access, { signers: lists, manifest: compact, links }: Page): Promise<void> => {
  const { fingerprint, entry } = access
  const { patientId, cloudId } = entry
  const signers = await verifySigners(lists, { fingerprint, record: { cloudId, patientId } })
  verifyNotOlder(signers, access.manifest.claims.signers)
  const manifest = await verifyManifest(compact, { signers, patientId, cloudId })
  await verifyDescent(manifest, links, access.manifest)
  access.manifest = manifest
}

const describe = async (
  { keys }: Access,
  category: Category,
  descriptor: Descriptor,
  author?: string,
): Promise<Listed> => {
  if (descriptor.category !== category) throw new IntegrityFailure("page-differs")
  try {
    const dataKey = await dataKeyOf(descriptor, await keys.at(category, descriptor.epoch))
    const opened = author === undefined ? openMetadata(descriptor, dataKey) : openAuthored(descriptor, dataKey, author)
    return { descriptor, metadata: await opened }
  } catch {
    // One that can't be opened must not keep the others from being read.
    return { descriptor }
  }
}

/** What waits for the patient: never what they decided on, which a cloud could bring back otherwise. */
const describePending = async (access: Access, category: Category, answer: Page): Promise<Listed[]> => {
  const decided = await verifyDecided(access.manifest, answer.decided ?? [])
  const pending: Listed[] = []
  for (const { contributionId, statement } of answer.contributions) {
    const professional = await readProfessional("contribution", statement)
    const descriptor = await verifyContribution(access, contributionId, statement)
    if (decided.has(contributionId)) throw new IntegrityFailure("contribution-invalid")
    const described = await describe(access, category, descriptor, professional.thumbprint)
    pending.push({ ...described, unreviewed: { professional, statement } })
  }
  if (new Set(pending.map(({ descriptor }) => descriptor.recordId)).size !== pending.length)
    throw new IntegrityFailure("contribution-invalid")
  return pending
}

/**
 * Every record of a category the card opened, verified against the manifest, then what waits for the patient. `signal`: once aborted, nothing more
 * is asked.
 */
export const listRecords = async (
  access: Access,
  category: Category,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<Listed[]> => {
  const reviewed: Listed[] = []
  const unreviewed: Listed[] = []
  for (let page = 0; page === 0 || page < access.manifest.claims.pages[category].length; page++) {
    const asked = { ...grantOf(access), category, page: String(page), after: String(access.manifest.number) }
    const answer = await callAsHcp(access, "hcp/list-records", asked, signal)
    await adoptManifest(access, answer)
    await verifyPage(access.manifest, category, page, answer.descriptors)
    access.keys.learn(category, answer.keyHistory)
    for (const descriptor of answer.descriptors) reviewed.push(await describe(access, category, descriptor))
    if (page === 0) unreviewed.push(...(await describePending(access, category, answer)))
  }
  return [...reviewed, ...unreviewed]
}

/** Downloads one of the listed records into memory: at most 2 GiB. The cloud makes an event of each. */
export const readRecord = async (
  access: Access,
  listed: Pick<Listed, "descriptor" | "unreviewed">,
  transfer: Transfer = {},
): Promise<ReadRecord> => {
  const { metadata, held } = await hold(access, listed)
  const { title, contentType } = metadata
  return { descriptor: listed.descriptor, title, contentType, bytes: await openedWhole(held, transfer) }
}

/**
 * One of the listed records as a stream, for any `WritableStream`. Each piece is authentic when it comes; whether the record is whole is known when
 * the stream has ended without an error: until then, what was shown or written is not the record.
 */
export const streamRecord = async (
  access: Access,
  listed: Pick<Listed, "descriptor" | "unreviewed">,
  options: StreamOptions = {},
): Promise<Omit<ReadRecord, "bytes"> & { stream: ReadableStream<Bytes> }> => {
  const { metadata, held } = await hold(access, listed)
  const { title, contentType } = metadata
  return { descriptor: listed.descriptor, title, contentType, stream: openedStream(held, options) }
}

/** Some bytes of a record's document, by what has them alone; fewer where it ends before. Each is authentic; see `openedRange`. */
export const readRange = async (
  access: Access,
  listed: Pick<Listed, "descriptor" | "unreviewed">,
  range: { offset: number; length: number },
  transfer: Transfer = {},
): Promise<Bytes> => openedRange((await hold(access, listed)).held, range, transfer)
