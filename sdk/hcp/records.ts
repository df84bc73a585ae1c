import * as z from "zod/mini"
import { Problem } from "../../contract/errors.ts"
import type { ResponseOf } from "../../contract/routes.ts"
import { statements } from "../../protocol/claims.ts"
import type { Bytes } from "../../protocol/crypto/bytes.ts"
import { IntegrityFailure, orFail } from "../../protocol/integrity.ts"
import {
  type Manifest,
  verifyDecided,
  verifyDescent,
  verifyManifest,
  verifyPage,
  verifyPageList,
} from "../../protocol/manifest.ts"
import type { Category } from "../../protocol/primitives.ts"
import { type Professional, readProfessional } from "../../protocol/professional.ts"
import type { Descriptor, RecordMetadata } from "../../protocol/record.ts"
import { verifyNotOlder, verifySigners } from "../../protocol/signers.ts"
import { readStatement } from "../../protocol/statement.ts"
import { dataKeyOf, openAuthored, openMetadata } from "../sealed-record.ts"
import { openedRange, openedStream, openedWhole, type StreamOptions } from "../transfer/download.ts"
import type { Transfer } from "../transfer/progress.ts"
import { type Access, introduced, type ReadRecord } from "./emergency-access.ts"
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

/** The manifest of an answer, in whose past is what was known when it was asked for; from then on it is known, unless another answer told of a newer one. */
const adoptManifest = async (
  access: Access,
  known: Manifest,
  { signers: lists, manifest: compact, links }: Page,
): Promise<Manifest> => {
  const { fingerprint, entry } = access
  const { patientId, cloudId } = entry
  const signers = await verifySigners(lists, { fingerprint, record: { cloudId, patientId } })
  verifyNotOlder(signers, known.claims.signers)
  const manifest = await verifyManifest(compact, { signers, patientId, cloudId })
  await verifyDescent(manifest, links, known)
  if (manifest.number > access.manifest.number) access.manifest = manifest
  return manifest
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
const describePending = async (
  access: Access,
  manifest: Manifest,
  category: Category,
  answer: Page,
): Promise<Listed[]> => {
  const decided = await verifyDecided(manifest, answer.decided ?? [])
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

/** How often pages are asked for anew where the record moves on while they are. */
const attempts = 3

interface Pages {
  readonly manifest: Manifest
  readonly answers: readonly Page[]
}

/** All pages of a category, each verified against the one manifest; undefined where the record moved on between two of them. */
const pagesOf = async (access: Access, category: Category, signal?: AbortSignal): Promise<Pages | undefined> => {
  const answers: Page[] = []
  let manifest: Manifest | undefined
  for (let page = 0, pages = 1; page < pages; page++) {
    const known = access.manifest
    const asked = { ...grantOf(access), category, page: String(page), after: String(known.number) }
    const answer = await callAsHcp(access, "hcp/list-records", asked, signal)
    const newest = await adoptManifest(access, known, answer)
    if (manifest !== undefined && newest.hash !== manifest.hash) return undefined
    manifest = newest
    await verifyPageList(manifest, category, answer.pageList)
    await verifyPage(answer.pageList, page, answer.descriptors)
    pages = answer.pageList.hashes.length
    answers.push(answer)
  }
  return manifest && { manifest, answers }
}

/** A category, as one state of the record has it. */
export interface ListedCategory {
  /** The hash of that state's manifest: lists of another one can lack what moved between them. */
  readonly manifest: string
  readonly listed: Listed[]
}

interface Listing {
  /** Once aborted, nothing more is asked. */
  readonly signal?: AbortSignal
}

/**
 * Every record of a category the card opened, all of it of one manifest, then what waits for the patient. Where the record moves on between two pages, all are
 * asked for anew: a record that takes another's place would be on neither. `busy` where it moves on again and again.
 */
export const listCategory = async (
  access: Access,
  category: Category,
  { signal }: Listing = {},
): Promise<ListedCategory> => {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const pages = await pagesOf(access, category, signal)
    if (pages === undefined) continue
    const { manifest, answers } = pages
    for (const { keyHistory } of answers) access.keys.learn(category, keyHistory)
    const listed: Listed[] = []
    for (const { descriptors } of answers)
      for (const descriptor of descriptors) listed.push(await describe(access, category, descriptor))
    const [first] = answers
    if (first !== undefined) listed.push(...(await describePending(access, manifest, category, first)))
    return { manifest: manifest.hash, listed }
  }
  throw new Problem("busy")
}

/** Every record of a category, as `listCategory` has it. */
export const listRecords = async (access: Access, category: Category, listing: Listing = {}): Promise<Listed[]> =>
  (await listCategory(access, category, listing)).listed

/** Every record of all categories the card opened, all of one manifest; `busy` where the record moves on again and again. */
export const listAllRecords = async (access: Access): Promise<Listed[]> => {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const lists: ListedCategory[] = []
    for (const category of access.categories) lists.push(await listCategory(access, category))
    if (new Set(lists.map(({ manifest }) => manifest)).size <= 1) return lists.flatMap(({ listed }) => listed)
  }
  throw new Problem("busy")
}

/** Downloads one of the listed records into memory: at most 2 GiB. The cloud makes an event of each. */
export const readRecord = async (
  access: Access,
  listed: Pick<Listed, "descriptor" | "unreviewed">,
  transfer: Transfer = {},
): Promise<ReadRecord> => {
  const { metadata, held } = await hold(access, listed)
  return { ...introduced(listed.descriptor, metadata), bytes: await openedWhole(held, transfer) }
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
  return { ...introduced(listed.descriptor, metadata), stream: openedStream(held, options) }
}

/** Some bytes of a record's document, by what has them alone; fewer where it ends before. Each is authentic; see `openedRange`. */
export const readRange = async (
  access: Access,
  listed: Pick<Listed, "descriptor" | "unreviewed">,
  range: { offset: number; length: number },
  transfer: Transfer = {},
): Promise<Bytes> => openedRange((await hold(access, listed)).held, range, transfer)
