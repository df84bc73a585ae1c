/** The files of a practice: one chain of signed changes, each with the entry of the file it is about (docs/protocol.md, "Practice"). */
import { Problem } from "../../contract/errors.ts"
import { type ItemOf, objectKey } from "../../contract/items.ts"
import { maxPracticeBytes, maxPracticeFiles } from "../../contract/limits.ts"
import type { RequestOf, ResponseOf } from "../../contract/routes.ts"
import { toBase64url, utf8 } from "../../protocol/crypto/bytes.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { sha256 } from "../../protocol/crypto/primitives.ts"
import { type PracticeChange, undoSeconds } from "../../protocol/practice/claims.ts"
import type { MadeChange } from "../../protocol/practice/members.ts"
import type { Descriptor } from "../../protocol/record.ts"
import { invalidField } from "./invalid-field.ts"
import type { SignedInMember } from "./member-names.ts"
import type { Call, StoreReads } from "./ports.ts"
import { type ActivePractice, requireClinical, requireMember, requireOwner } from "./practice-account.ts"
import { type ChangeReading, nextChange } from "./practice-changes.ts"
import { defineUseCase } from "./runner.ts"
import { claimsOf } from "./statements.ts"
import { type Acting, changing, type Step } from "./step.ts"
import { requireObject } from "./uploads.ts"

type File = ItemOf<"practice-file">
type FileChange = Extract<PracticeChange, { kind: "file" }>

/** Where a version of a file's content lies. */
const placeOf = (fileId: string, { version, objectId }: { version: number; objectId: string }) => ({
  recordId: fileId,
  version,
  objectId,
})

const requireRoom = ({ practice: { files, bytes } }: ActivePractice, added: { files: number; bytes: number }): void => {
  if (files + added.files > maxPracticeFiles || bytes + added.bytes > maxPracticeBytes)
    throw new Problem("quota-exceeded")
}

/** Signs the one PUT by which exactly the announced bytes can become the announced version of a file. */
export const uploadUrl = defineUseCase(
  "practice/upload-url",
  async (
    { store }: { store: StoreReads },
    actor: SignedInMember,
    { fileId, version, objectId, size, sha256 }: RequestOf<"practice/upload-url">,
    call: Call,
  ): Promise<Step<"practice/upload-url", ResponseOf<"practice/upload-url">, { objects: "uploadUrl" }>> => {
    const { practiceId } = actor
    const [practice, file] = await store.read([
      { kind: "practice", practiceId },
      { kind: "practice-file", practiceId, fileId },
    ])
    const active = requireMember(practice, actor)
    requireClinical(active)
    if (file?.destroyed === true) throw new Problem("not-found")
    if (version !== (file?.descriptor?.version ?? 0) + 1) throw new Problem("practice-conflict")
    requireRoom(active, { files: file === undefined ? 1 : 0, bytes: size })
    const key = objectKey(practiceId, placeOf(fileId, { version, objectId }))
    return {
      because: "no-record-yet",
      act: async ({ ports }) => ({
        done: await ports.objects.uploadUrl("records", key, { size, sha256 }, call.now),
      }),
    }
  },
)

/** The next version of the entry, and of the content where there is one; `practice-conflict` where it was made of an older file. */
const requireNextVersions = async (file: File | undefined, { entry, content, fileId }: FileChange): Promise<void> => {
  if (entry.version !== (file?.entryVersion ?? 0) + 1) throw new Problem("practice-conflict")
  if (content === null) return
  const before = file?.descriptor
  if (content.recordId !== fileId) throw invalidField<"practice/put-file">("change")
  const replaces = before === undefined ? null : await canonicalHash(before)
  if (content.version !== (before?.version ?? 0) + 1 || content.replaces !== replaces)
    throw new Problem("practice-conflict")
}

const changesOf = (
  { practice }: ActivePractice,
  { claims, hash }: MadeChange,
  { file, of: { fileId, entry, content, deleted } }: { file: File | undefined; of: FileChange },
  { change, entry: sealed, share }: RequestOf<"practice/put-file">,
) => {
  const { practiceId } = practice
  const destroyAt = deleted === true ? (file?.destroyAt ?? claims.iat + undoSeconds) : undefined
  const descriptor = content ?? file?.descriptor
  return {
    practice: {
      put: {
        ...practice,
        revision: practice.revision + 1,
        change: { number: claims.number, hash, statement: change },
        files: practice.files + (file === undefined ? 1 : 0),
        bytes: practice.bytes + (content?.size ?? 0),
      },
    },
    change: {
      put: {
        kind: "practice-change",
        revision: 1,
        practiceId,
        number: claims.number,
        statement: change,
      },
    },
    entry: {
      put: { kind: "practice-entry", revision: 1, practiceId, fileId, version: entry.version, entry: sealed },
    },
    file: {
      put: {
        kind: "practice-file",
        revision: (file?.revision ?? 0) + 1,
        practiceId,
        fileId,
        entryVersion: entry.version,
        ...(descriptor === undefined ? {} : { descriptor }),
        ...(destroyAt === undefined ? {} : { destroyAt }),
      },
    },
    version: content === null || share === undefined ? [] : [{ put: versionOf(practiceId, fileId, content, share) }],
    deletion: deletionOf({ practiceId, fileId }, file?.destroyAt, destroyAt),
  } as const
}

/** What makes a clock destroy a file in time, or no longer. */
const deletionOf = (
  of: { readonly practiceId: string; readonly fileId: string },
  before: number | undefined,
  destroyAt: number | undefined,
) => {
  if (before === destroyAt) return []
  return [
    ...(before === undefined
      ? []
      : [{ remove: { kind: "file-deletion", ...of, destroyAt: before }, revision: 1 } as const]),
    ...(destroyAt === undefined ? [] : [{ put: { kind: "file-deletion", revision: 1, ...of, destroyAt } } as const]),
  ]
}

const versionOf = (
  practiceId: string,
  fileId: string,
  descriptor: Descriptor,
  share: string,
): ItemOf<"practice-file-version"> => ({
  kind: "practice-file-version",
  revision: 1,
  practiceId,
  fileId,
  version: descriptor.version,
  descriptor,
  share,
})

type Putting = { objects: "inspect" }
type PuttingStep = Step<"practice/put-file", ResponseOf<"practice/put-file">, Putting>

/**
 * Takes the next change of a practice: what is new of a file, its entry and perhaps its content. Idempotent: the same statement again is answered as the first
 * time. `practice-conflict`: somebody else changed something first, and the device makes its change anew upon that.
 */
export const putFile = defineUseCase(
  "practice/put-file",
  async (
    deps: ChangeReading,
    actor: SignedInMember,
    request: RequestOf<"practice/put-file">,
    call: Call,
  ): Promise<PuttingStep> => {
    const { store } = deps
    const { practiceId, memberId } = actor
    const { number } = claimsOf("practice-change", request.change)
    const [found, file, before] = await store.read([
      { kind: "practice", practiceId },
      { kind: "practice-file", practiceId, fileId: request.fileId },
      { kind: "practice-change", practiceId, number },
    ])
    const active = requireMember(found, actor)
    if (before?.statement === request.change) return { done: {} }
    const made = await nextChange(deps, active, request.change, call.now)
    const of = made.claims.change
    if (made.by.memberId !== memberId || of.kind !== "file" || of.fileId !== request.fileId)
      throw new Problem("statement-invalid")
    if (file?.destroyed === true) throw new Problem("not-found")
    if ((of.content === null) !== (request.share === undefined)) throw invalidField<"practice/put-file">("share")
    if (of.entry.hash !== toBase64url(await sha256(utf8(request.entry)))) throw new Problem("statement-invalid")
    await requireNextVersions(file, of)
    requireRoom(active, { files: file === undefined ? 1 : 0, bytes: of.content?.size ?? 0 })
    return {
      because: "no-record-yet",
      act: async (acting: Acting<Putting>): Promise<PuttingStep> => {
        if (of.content !== null) await requireObject(acting, { bucket: "records", patientId: practiceId }, of.content)
        return {
          patientId: practiceId,
          now: call.now,
          event: {
            action: "put-file",
            actor: { kind: "member", memberId },
            subject: { recordId: of.fileId, version: of.entry.version, statementHash: made.hash },
          },
          changing: changing(changesOf(active, made, { file, of }, request), {}, "practice-conflict"),
          again: async () => {
            const [kept] = await store.read([{ kind: "practice-change", practiceId, number }])
            return kept?.statement === request.change ? {} : undefined
          },
          answer: () => ({}),
        }
      },
    }
  },
)

export const downloadUrl = defineUseCase(
  "practice/download-url",
  async (
    { store }: { store: StoreReads },
    actor: SignedInMember,
    request: RequestOf<"practice/download-url">,
    call: Call,
  ): Promise<Step<"practice/download-url", ResponseOf<"practice/download-url">, { objects: "downloadUrl" }>> => {
    const { practiceId, memberId } = actor
    const { fileId } = request
    const version = Number(request.version)
    const [practice, kept] = await store.read([
      { kind: "practice", practiceId },
      { kind: "practice-file-version", practiceId, fileId, version },
    ])
    requireClinical(requireMember(practice, actor))
    if (kept === undefined) throw new Problem("not-found")
    return {
      patientId: practiceId,
      now: call.now,
      event: { action: "download-url", actor: { kind: "member", memberId }, subject: { recordId: fileId, version } },
      answer: async ({ ports }: Acting<{ objects: "downloadUrl" }>) => ({
        url: await ports.objects.downloadUrl("records", objectKey(practiceId, kept.descriptor), call.now),
        share: kept.share,
      }),
    }
  },
)

/** Tells the trail, before anything is given out, that a copy of a file, or of all that the practice has, leaves it. */
export const exportFiles = defineUseCase(
  "practice/export",
  async (
    { store }: { store: StoreReads },
    actor: SignedInMember,
    { fileId }: RequestOf<"practice/export">,
    { now }: Call,
  ): Promise<Step<"practice/export", ResponseOf<"practice/export">>> => {
    const { practiceId, memberId } = actor
    const [found] = await store.read([{ kind: "practice", practiceId }])
    const active = requireMember(found, actor)
    requireClinical(active)
    if (fileId === undefined) requireOwner(active)
    else if ((await store.read([{ kind: "practice-file", practiceId, fileId }]))[0] === undefined)
      throw new Problem("not-found")
    return {
      patientId: practiceId,
      now,
      event: {
        action: "export",
        actor: { kind: "member", memberId },
        subject: fileId === undefined ? {} : { recordId: fileId },
      },
      answer: () => ({}),
    }
  },
)
