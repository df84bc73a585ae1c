import * as z from "zod/mini"
import { statements } from "../../protocol/claims.ts"
import type { Bytes } from "../../protocol/crypto/bytes.ts"
import { IntegrityFailure, orFail } from "../../protocol/integrity.ts"
import { verifyManifest, verifyPage } from "../../protocol/manifest.ts"
import type { Category, Profession } from "../../protocol/primitives.ts"
import { type Professional, readProfessional } from "../../protocol/professional.ts"
import type { Descriptor, RecordMetadata } from "../../protocol/record.ts"
import { readStatement } from "../../protocol/statement.ts"
import { dataKeyOf, openMetadata } from "../sealed-record.ts"
import { openedRange, openedStream, openedWhole, type StreamOptions } from "../transfer/download.ts"
import type { Transfer } from "../transfer/progress.ts"
import type { Access, ReadRecord } from "./emergency-access.ts"
import { hold } from "./held.ts"
import { callAsHcp, grantOf } from "./session.ts"

/** A record that can be read within the grant, or an addition the patient has not reviewed. */
export interface Listed {
  readonly descriptor: Descriptor
  /** Absent where the keys of this access don't open it: added after a new epoch, or sealed wrongly by who contributed it. */
  readonly metadata?: RecordMetadata
  /** Only of what the patient has not reviewed: who added it. `profession` is the cloud's word; that it withholds none, too. */
  readonly unreviewed?: { readonly professional: Professional; readonly profession: Profession }
}

/** That a pending contribution is what the professional who signed it added to this patient's record. */
const verifyContribution = (patientId: string, contributionId: string, statement: string): Promise<Descriptor> =>
  orFail("contribution-invalid", () => {
    const claims = z.parse(statements.contribution, readStatement(statement).payload)
    if (claims.patientId !== patientId || claims.descriptor.recordId !== contributionId)
      throw new Error("of something else")
    return claims.descriptor
  })

/**
 * Every record of a category the card opened, verified against the manifest, then what waits for the patient. `signal`: once aborted, nothing more
 * is asked.
 */
export const listRecords = async (
  access: Access,
  category: Category,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<Listed[]> => {
  const { fingerprint, entry, keys } = access
  const { patientId, cloudId } = entry
  const describe = async (descriptor: Descriptor): Promise<Listed> => {
    if (descriptor.category !== category) throw new IntegrityFailure("page-differs")
    try {
      const dataKey = await dataKeyOf(descriptor, await keys.at(category, descriptor.epoch))
      return { descriptor, metadata: await openMetadata(descriptor, dataKey) }
    } catch {
      // One that can't be opened must not keep the others from being read.
      return { descriptor }
    }
  }
  const reviewed: Listed[] = []
  const unreviewed: Listed[] = []
  for (let page = 0; page === 0 || page < access.manifest.claims.pages[category].length; page++) {
    const asked = { ...grantOf(access), category, page: String(page) }
    const answer = await callAsHcp(access, "hcp/list-records", asked, signal)
    access.manifest = await verifyManifest(answer.manifest, {
      fingerprint,
      patientId,
      cloudId,
      witness: access.manifest,
    })
    await verifyPage(access.manifest, category, page, answer.descriptors)
    for (const descriptor of answer.descriptors) reviewed.push(await describe(descriptor))
    for (const { contributionId, profession, statement } of answer.contributions) {
      const professional = await readProfessional("contribution", statement)
      const descriptor = await verifyContribution(patientId, contributionId, statement)
      unreviewed.push({ ...(await describe(descriptor)), unreviewed: { professional, profession } })
    }
  }
  if (new Set(unreviewed.map(({ descriptor }) => descriptor.recordId)).size !== unreviewed.length)
    throw new IntegrityFailure("contribution-invalid")
  // What the patient's manifest lists has been reviewed, whatever the cloud still says of it.
  const approved = new Set(reviewed.map(({ descriptor }) => descriptor.recordId))
  return [...reviewed, ...unreviewed.filter(({ descriptor }) => !approved.has(descriptor.recordId))]
}

/** Downloads one of the listed records into memory: at most 2 GiB. The cloud makes an event of each. */
export const readRecord = async (
  access: Access,
  { descriptor }: Pick<Listed, "descriptor">,
  transfer: Transfer = {},
): Promise<ReadRecord> => {
  const { metadata, held } = await hold(access, descriptor)
  const { title, contentType } = metadata
  return { descriptor, title, contentType, bytes: await openedWhole(held, transfer) }
}

/**
 * One of the listed records as a stream, for any `WritableStream`. Each piece is authentic when it comes; whether the record is whole is known when
 * the stream has ended without an error: until then, what was shown or written is not the record.
 */
export const streamRecord = async (
  access: Access,
  { descriptor }: Pick<Listed, "descriptor">,
  options: StreamOptions = {},
): Promise<Omit<ReadRecord, "bytes"> & { stream: ReadableStream<Bytes> }> => {
  const { metadata, held } = await hold(access, descriptor)
  const { title, contentType } = metadata
  return { descriptor, title, contentType, stream: openedStream(held, options) }
}

/** Some bytes of a record's document, by what has them alone; fewer where it ends before. Each is authentic; see `openedRange`. */
export const readRange = async (
  access: Access,
  { descriptor }: Pick<Listed, "descriptor">,
  range: { offset: number; length: number },
  transfer: Transfer = {},
): Promise<Bytes> => openedRange((await hold(access, descriptor)).held, range, transfer)
