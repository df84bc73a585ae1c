import * as z from "zod/mini"
import { accountKey } from "../protocol/account-key.ts"
import { auditHead, checkpoint, headProof } from "../protocol/checkpoint.ts"
import {
  decidedPageLength,
  indexStatement,
  manifestStatement,
  maxDecidedPages,
  maxListedSigners,
  memberListStatement,
  receipt,
  signerEndStatement,
  signerLists,
  statement,
} from "../protocol/claims.ts"
import { keptDeliveryAddress, sealedDeliveryAddress } from "../protocol/delivery-address.ts"
import { maxMembers } from "../protocol/practice/claims.ts"
import { keptSecret, sealedInvitation } from "../protocol/practice/invitation.ts"
import { practiceKeys } from "../protocol/practice/keys.ts"
import { sealedEntry } from "../protocol/practice/sealed-entry.ts"
import {
  category,
  consentKind,
  ecPublicJwk,
  hash,
  identifier,
  instant,
  jwe,
  jws,
  key32,
  keyPagesAtOnce,
  listPageLength,
  maxParts,
  maxSealedBytes,
  maxSealedOpenPart,
  ocspAnswer,
  ordinal,
  partBytes,
  partUrlsAtOnce,
  profession,
} from "../protocol/primitives.ts"
import {
  descriptor,
  keyHistory,
  keyPage,
  keyRing,
  pageList,
  pageLists,
  wrappedCategoryKeys,
} from "../protocol/record.ts"
import { sealedText, sealingKey } from "../protocol/sealing-key.ts"
import { auditEvent, receiptedEvent } from "./audit.ts"
import { publication } from "./publication.ts"

/**
 * Every route: who may call it, where it is, what goes in and what comes out. `request` is one object: fields named in the
 * path travel there, the others in the query of a GET and in the JSON body of anything else. The key is the path of the
 * handler below `functions/`, and the name the SDK calls it by.
 *
 * `impact` is what its failure means to people; it stands in the alarm.
 */
export type Actor = "nobody" | "patient" | "hcp" | "member"
export type Method = "GET" | "POST" | "PUT" | "DELETE"
export type Api = "ehr-cloud" | "health-record-index"

interface Route {
  readonly api: Api
  readonly actor: Actor
  readonly method: Method
  readonly path: `/${string}`
  readonly impact: string
  readonly request: z.core.$ZodType
  readonly response: z.core.$ZodType
}

/** The patient's statement `open-part`, the longest with a checkpoint, and what it is about. */
const openPartStatement = jws(8192)
const sealedOpenPart = jwe(maxSealedOpenPart)

const nothing = z.strictObject({})
const done = z.object({})
/** The statements that ended signers under the root's newest list, oldest first of those by the root and of the others. */
const ends = z.array(signerEndStatement).check(z.maxLength(2 * maxListedSigners))

/** Folded to lower case: the pool tells cases apart, people don't. */
const email = z.email().check(z.maxLength(254), z.toLowerCase())
const password = z.string().check(z.minLength(1), z.maxLength(256))
const url = z.string().check(z.maxLength(8192), z.startsWith("http"))
const cursor = z.string().check(z.regex(/^[A-Za-z0-9_-]{1,200}$/))
/** A counter in a query string. */
const count = z.string().check(z.regex(/^[0-9]{1,9}$/))
/** A page of an audit trail, in order. */
const trailPage = z.object({ events: z.array(auditEvent), next: z.optional(count) })
const newestCheckpoint = z.object({
  /** Absent until the first checkpoint is made. */
  newest: z.optional(
    z.object({
      checkpoint,
      /** The way back from it to `after`, both left out. */
      links: z.array(checkpoint).check(z.maxLength(64)),
      proof: headProof,
    }),
  ),
})
/** Bytes of a sealed record that goes up in a single PUT, and of one that goes up in parts. */
const onePart = z.int().check(z.positive(), z.maximum(partBytes))
const moreParts = z.int().check(z.minimum(partBytes + 1), z.maximum(maxSealedBytes))

/** What a client PUTs the sealed bytes with: exactly these headers, within `uploadUrlSeconds`. */
export const upload = z.object({ url, headers: z.record(z.string(), z.string()) })
export type Upload = z.infer<typeof upload>

/** The parts that URLs are asked for, by their number from 1, each with the SHA-256 of its bytes. */
const parts = z
  .array(z.strictObject({ number: z.int().check(z.positive(), z.maximum(maxParts)), sha256: hash }))
  .check(z.minLength(1), z.maxLength(partUrlsAtOnce))
/** In the order asked. */
const partUploads = z.object({ uploads: z.array(upload) })
/** `startedAt` tells uploads of one place apart: where it isn't the one known, nothing of what was sent is there any more. */
const begun = z.object({ startedAt: instant })

const consentState = z.object({
  kind: consentKind,
  status: z.enum(["none", "active", "inactive"]),
  /** FHIR R4 Consent, the text to be signed; its canonical hash is `documentHash`. */
  document: z.record(z.string(), z.json()),
  documentHash: hash,
  /** The patient's newest signed statement and the provider's countersignature of it. */
  statement: z.optional(statement),
  receipt: z.optional(jws(4096)),
})

/** Where the one event of a publication stands; absent where it had been published before. */
const published = z.object({ event: z.optional(auditHead) })
const decidedPages = z
  .array(z.array(identifier).check(z.maxLength(decidedPageLength)))
  .check(z.maxLength(maxDecidedPages))
const uploadPath = { recordId: identifier, version: count, objectId: identifier }
/** Lists of members that one answer has: each at most 64 kB, of 6 MB. */
export const membersAtOnce = 16
const grantPath = { patientId: identifier, grantId: identifier }
const contributionPath = { ...grantPath, contributionId: identifier, objectId: identifier }
const contributionStatus = z.enum(["pending", "approved", "rejected"])

export const routes = {
  "system/well-known": {
    api: "ehr-cloud",
    actor: "nobody",
    method: "GET",
    path: "/.well-known/ehr-cloud",
    impact: "apps can't learn the cloud's identity and stop before anything is sent",
    request: nothing,
    response: z.object({ cloudId: z.string(), name: z.string(), providerKey: ecPublicJwk }),
  },
  "system/get-checkpoint": {
    api: "ehr-cloud",
    actor: "nobody",
    method: "GET",
    path: "/.well-known/ehr-cloud/checkpoint",
    impact: "nobody outside can follow whether the history of the audit trails is one",
    /** Without a number: the newest. */
    request: z.strictObject({ number: z.optional(count) }),
    /** Absent until the first checkpoint is made. */
    response: z.object({ checkpoint: z.optional(checkpoint) }),
  },

  "patient/register": {
    api: "ehr-cloud",
    actor: "nobody",
    method: "POST",
    path: "/patient/register",
    impact: "nobody can open an account",
    request: z.strictObject({
      email,
      password,
      /** Made by the device, since the lists of signers name it. */
      patientId: identifier,
      root: z.strictObject({ signing: ecPublicJwk, sealing: sealingKey }),
      signers: signerLists,
      accountKey,
      recoveryBundle: jwe(4096),
    }),
    response: done,
  },
  "patient/confirm": {
    api: "ehr-cloud",
    actor: "nobody",
    method: "POST",
    path: "/patient/confirm",
    impact: "new patients can't finish opening their account",
    request: z.strictObject({ patientId: identifier, code: z.string().check(z.regex(/^[0-9]{6}$/)) }),
    response: done,
  },
  "patient/sign-in": {
    api: "ehr-cloud",
    actor: "nobody",
    method: "POST",
    path: "/patient/sign-in",
    impact: "patients can't reach their records",
    request: z.strictObject({ email, password }),
    response: z.object({ patientId: identifier, accessToken: z.string(), expiresAt: instant }),
  },
  "patient/recover": {
    api: "ehr-cloud",
    actor: "patient",
    method: "GET",
    path: "/patient/recovery-bundle",
    impact: "a patient with a new device can't get their keys back",
    request: nothing,
    response: z.object({ recoveryBundle: jwe(4096), signers: signerLists, accountKey }),
  },
  "patient/deactivate": {
    api: "ehr-cloud",
    actor: "patient",
    method: "POST",
    path: "/patient/deactivate",
    impact: "patients can't have their account and data destroyed",
    request: z.strictObject({ statement }),
    response: z.object({ status: z.enum(["in-progress", "done"]) }),
  },
  "patient/request-deactivation": {
    api: "ehr-cloud",
    actor: "patient",
    method: "POST",
    path: "/patient/deactivation/request",
    impact: "patients without their recovery phrase can't have their account and data destroyed",
    request: z.strictObject({ statement }),
    response: done,
  },
  "patient/cancel-deactivation": {
    api: "ehr-cloud",
    actor: "patient",
    method: "POST",
    path: "/patient/deactivation/cancel",
    impact: "patients can't stop the destruction of their account, which a stolen device asked for",
    request: z.strictObject({ statement }),
    response: done,
  },

  "patient/get-consent": {
    api: "ehr-cloud",
    actor: "patient",
    method: "GET",
    path: "/patient/consents/{kind}",
    impact: "patients can't read what they are asked to consent to",
    request: z.strictObject({ kind: consentKind }),
    response: consentState,
  },
  "patient/sign-consent": {
    api: "ehr-cloud",
    actor: "patient",
    method: "PUT",
    path: "/patient/consents/{kind}",
    impact: "patients can't give a consent, so nothing can be stored or shared",
    request: z.strictObject({ kind: consentKind, statement }),
    response: z.object({ receipt: jws(4096) }),
  },
  "patient/revoke-consent": {
    api: "ehr-cloud",
    actor: "patient",
    method: "POST",
    path: "/patient/consents/{kind}/revoke",
    impact: "patients can't withdraw a consent",
    request: z.strictObject({ kind: consentKind, statement }),
    response: z.object({ receipt: jws(4096) }),
  },

  "patient/upload-url": {
    api: "ehr-cloud",
    actor: "patient",
    method: "POST",
    path: "/patient/records",
    impact: "patients can't add records",
    request: z.strictObject({
      category,
      size: onePart,
      sha256: hash,
      recordId: identifier,
      version: ordinal,
      objectId: identifier,
    }),
    response: upload,
  },
  "patient/begin-upload": {
    api: "ehr-cloud",
    actor: "patient",
    method: "POST",
    path: "/patient/records/{recordId}/versions/{version}/uploads/{objectId}",
    impact: "patients can't add large records",
    /** `size`: of the sealed record, exactly. The same again goes on with what was sent. */
    request: z.strictObject({ ...uploadPath, category, size: moreParts }),
    response: begun,
  },
  "patient/part-urls": {
    api: "ehr-cloud",
    actor: "patient",
    method: "POST",
    path: "/patient/records/{recordId}/versions/{version}/uploads/{objectId}/part-urls",
    impact: "patients can't add large records",
    request: z.strictObject({ ...uploadPath, parts }),
    response: partUploads,
  },
  "patient/abort-upload": {
    api: "ehr-cloud",
    actor: "patient",
    method: "DELETE",
    path: "/patient/records/{recordId}/versions/{version}/uploads/{objectId}",
    impact: "what was sent of a large record and given up stays for a day",
    request: z.strictObject(uploadPath),
    response: done,
  },
  "patient/commit": {
    api: "ehr-cloud",
    actor: "patient",
    method: "POST",
    path: "/patient/records/{recordId}/commit",
    impact: "uploaded records don't become part of the record",
    request: z.strictObject({ recordId: identifier, descriptor, publication }),
    response: published,
  },
  "patient/list-versions": {
    api: "ehr-cloud",
    actor: "patient",
    method: "GET",
    path: "/patient/records/{recordId}/versions",
    impact: "patients can't see earlier versions of a record",
    request: z.strictObject({ recordId: identifier, after: z.optional(cursor) }),
    response: z.object({ versions: z.array(descriptor), next: z.optional(cursor) }),
  },
  "patient/download-url": {
    api: "ehr-cloud",
    actor: "patient",
    method: "POST",
    path: "/patient/records/{recordId}/versions/{version}/download-url",
    impact: "patients can't read their records on a new device",
    request: z.strictObject({ recordId: identifier, version: count }),
    response: z.object({ url }),
  },
  "patient/delete-record": {
    api: "ehr-cloud",
    actor: "patient",
    method: "POST",
    path: "/patient/records/{recordId}/delete",
    impact: "patients can't delete a record",
    /** Without a publication: erases what is left of a record that has been struck already. */
    request: z.strictObject({ recordId: identifier, publication: z.optional(publication) }),
    response: published,
  },

  "patient/get-manifest": {
    api: "ehr-cloud",
    actor: "patient",
    method: "GET",
    path: "/patient/manifest",
    impact: "patients' apps can't tell whether the record is whole, and stop",
    /** `after`: the number of the newest manifest that the device knows. */
    request: z.strictObject({ after: z.optional(count) }),
    response: z.object({
      manifest: manifestStatement,
      /** The way back from it to `after`, both left out. */
      links: z.array(manifestStatement).check(z.maxLength(64)),
      keyRing,
      pageLists,
      signers: signerLists,
      ends,
      accountKey,
      /** The request by which the account is to be destroyed, while one waits. */
      deactivation: z.optional(statement),
    }),
  },
  "patient/get-manifest-page": {
    api: "ehr-cloud",
    actor: "patient",
    method: "GET",
    path: "/patient/manifest/{category}/{page}",
    impact: "patients' apps can't list records",
    request: z.strictObject({ category, page: count }),
    response: z.object({ descriptors: z.array(descriptor) }),
  },
  "patient/get-key-pages": {
    api: "ehr-cloud",
    actor: "patient",
    method: "GET",
    path: "/patient/manifest/keys/{category}/{page}",
    impact: "patients can't open what was written many emergency accesses ago",
    request: z.strictObject({ category, page: count }),
    /** The page that was asked for, then those before it, newest first. */
    response: z.object({ pages: z.array(keyPage).check(z.minLength(1), z.maxLength(keyPagesAtOnce)) }),
  },
  "patient/publish-manifest": {
    api: "ehr-cloud",
    actor: "patient",
    method: "PUT",
    path: "/patient/manifest",
    impact: "patients can't make a change to their record visible to professionals",
    request: z.strictObject({ publication }),
    response: published,
  },
  "patient/get-decided": {
    api: "ehr-cloud",
    actor: "patient",
    method: "GET",
    path: "/patient/manifest/decided",
    impact: "patients' apps can't tell which additions were decided, and stop",
    request: nothing,
    response: z.object({ decided: decidedPages }),
  },

  "patient/make-card": {
    api: "ehr-cloud",
    actor: "patient",
    method: "POST",
    path: "/patient/cards",
    impact: "patients can't make an emergency card",
    request: z.strictObject({
      cardId: identifier,
      proofKey: key32,
      cloudShare: key32,
      locatorHash: hash,
      hri: z.url(),
      wrappedCategoryKeys,
      sealed: sealedText(4096),
      publication,
    }),
    response: published,
  },
  "patient/list-cards": {
    api: "ehr-cloud",
    actor: "patient",
    method: "GET",
    path: "/patient/cards",
    impact: "patients can't see which cards are in force, nor keep them up to date",
    request: z.strictObject({ after: z.optional(cursor) }),
    response: z.object({
      cards: z.array(
        z.object({
          cardId: identifier,
          status: z.enum(["active", "revoked"]),
          createdAt: instant,
          categories: z.array(category),
          locatorHash: hash,
          hri: z.url(),
          /** What it was given keys of. No key is in the answer: whoever has the password alone, and a photograph of the card, opens nothing. */
          keys: z.optional(z.array(z.strictObject({ category, epoch: ordinal })).check(z.maxLength(6))),
          sealed: z.optional(sealedText(4096)),
          /** The patient's signed revocation, once there is one. */
          revocation: z.optional(statement),
          /** What the patient signed last of what it opens to anybody; `sealed` while it opens anything. */
          openPart: z.optional(z.object({ statement: openPartStatement, sealed: z.optional(sealedOpenPart) })),
        }),
      ),
      next: z.optional(cursor),
    }),
  },
  "patient/change-card": {
    api: "ehr-cloud",
    actor: "patient",
    method: "PUT",
    path: "/patient/cards/{cardId}",
    impact: "patients can't change what a printed card opens, nor what they call it",
    request: z.strictObject({
      cardId: identifier,
      wrappedCategoryKeys,
      sealed: sealedText(4096),
      publication,
    }),
    response: published,
  },
  "patient/revoke-card": {
    api: "ehr-cloud",
    actor: "patient",
    method: "POST",
    path: "/patient/cards/{cardId}/revoke",
    impact: "a lost card can't be made worthless",
    request: z.strictObject({ cardId: identifier, statement }),
    response: done,
  },
  "patient/strike-card": {
    api: "ehr-cloud",
    actor: "patient",
    method: "POST",
    path: "/patient/cards/{cardId}/strike",
    impact: "a revoked card's keys are not renewed",
    request: z.strictObject({ cardId: identifier, publication }),
    response: published,
  },

  "patient/set-open-part": {
    api: "ehr-cloud",
    actor: "patient",
    method: "PUT",
    path: "/patient/cards/{cardId}/open-part",
    impact: "patients can't say anything to whoever holds their card",
    request: z.strictObject({ cardId: identifier, statement: openPartStatement, sealed: sealedOpenPart }),
    response: done,
  },
  "patient/remove-open-part": {
    api: "ehr-cloud",
    actor: "patient",
    method: "POST",
    path: "/patient/cards/{cardId}/open-part/remove",
    impact: "patients can't take back what they said to whoever holds their card",
    request: z.strictObject({ cardId: identifier, statement: openPartStatement }),
    response: done,
  },

  "patient/list-contributions": {
    api: "ehr-cloud",
    actor: "patient",
    method: "GET",
    path: "/patient/contributions",
    impact: "patients don't see what professionals added",
    request: z.strictObject({ after: z.optional(cursor) }),
    response: z.object({
      contributions: z.array(
        z.object({
          contributionId: identifier,
          /** The access within which it was added; else the delivery address and the practice. */
          grantId: z.optional(identifier),
          addressId: z.optional(identifier),
          practiceId: z.optional(identifier),
          status: contributionStatus,
          contributedAt: instant,
          profession,
          statement,
          /** Of what a practice sent: when its professional was certified, and the OCSP answer, where the cloud got one. */
          certifiedAt: z.optional(instant),
          ocsp: z.optional(ocspAnswer),
          /** The patient's signed decision, once there is one. */
          decision: z.optional(statement),
          /** Only while pending. */
          url: z.optional(url),
        }),
      ),
      next: z.optional(cursor),
    }),
  },
  "patient/approve-contribution": {
    api: "ehr-cloud",
    actor: "patient",
    method: "POST",
    path: "/patient/contributions/{contributionId}/approve",
    impact: "what professionals added can't become part of the record",
    request: z.strictObject({ contributionId: identifier, statement, publication }),
    response: published,
  },
  "patient/reject-contribution": {
    api: "ehr-cloud",
    actor: "patient",
    method: "POST",
    path: "/patient/contributions/{contributionId}/reject",
    impact: "patients can't refuse what professionals added",
    request: z.strictObject({ contributionId: identifier, statement, publication }),
    response: published,
  },

  "patient/make-delivery-address": {
    api: "ehr-cloud",
    actor: "patient",
    method: "PUT",
    path: "/patient/delivery-addresses/{addressId}",
    impact: "patients can't let a practice send to their record",
    request: z.strictObject({
      addressId: identifier,
      statement,
      sealed: sealedDeliveryAddress,
      kept: keptDeliveryAddress,
    }),
    response: done,
  },
  "patient/list-delivery-addresses": {
    api: "ehr-cloud",
    actor: "patient",
    method: "GET",
    path: "/patient/delivery-addresses",
    impact: "patients don't see which practices may send to their record, nor by what something came",
    request: z.strictObject({ after: z.optional(cursor) }),
    response: z.object({
      addresses: z.array(
        z.object({
          addressId: identifier,
          statement,
          kept: keptDeliveryAddress,
          /** The practice that sent first by it. */
          practiceId: z.optional(identifier),
          revocation: z.optional(statement),
        }),
      ),
      next: z.optional(cursor),
    }),
  },
  "patient/revoke-delivery-address": {
    api: "ehr-cloud",
    actor: "patient",
    method: "POST",
    path: "/patient/delivery-addresses/{addressId}/revoke",
    impact: "patients can't keep a practice from sending to their record any more",
    request: z.strictObject({ addressId: identifier, statement }),
    response: done,
  },
  "patient/list-grants": {
    api: "ehr-cloud",
    actor: "patient",
    method: "GET",
    path: "/patient/grants",
    impact: "patients don't see who has access",
    /** By when they were granted, the oldest first; `since`: none that was granted before. */
    request: z.strictObject({ after: z.optional(cursor), since: z.optional(instant) }),
    response: z.object({
      grants: z.array(
        z.object({
          grantId: identifier,
          cardId: identifier,
          status: z.enum(["active", "expired", "halted", "ended"]),
          grantedAt: instant,
          expiresAt: instant,
          categories: z.array(category),
          profession,
          /** The professional's signed request; its certificate says who they are. */
          statement,
          /** The OCSP answer by which the certificate wasn't revoked then; absent where the cloud knew it otherwise. */
          ocsp: z.optional(ocspAnswer),
          /** The patient's signed order that ended it; of what is `halted`. */
          halt: z.optional(statement),
        }),
      ),
      next: z.optional(cursor),
    }),
  },
  "patient/halt-grant": {
    api: "ehr-cloud",
    actor: "patient",
    method: "POST",
    path: "/patient/grants/{grantId}/halt",
    impact: "a patient can't end a running emergency access",
    request: z.strictObject({ grantId: identifier, statement }),
    response: done,
  },
  "patient/end-signer": {
    api: "ehr-cloud",
    actor: "patient",
    method: "POST",
    path: "/patient/signers/end",
    impact: "a patient can't keep a stolen device from signing at once",
    request: z.strictObject({ statement: signerEndStatement }),
    response: done,
  },
  "patient/read-audit-trail": {
    api: "ehr-cloud",
    actor: "patient",
    method: "GET",
    path: "/patient/audit-trail",
    impact: "patients can't check who did what",
    request: z.strictObject({ after: z.optional(count) }),
    response: trailPage,
  },
  "patient/get-checkpoint": {
    api: "ehr-cloud",
    actor: "patient",
    method: "GET",
    path: "/patient/audit-trail/checkpoint",
    impact: "patients can't check that nothing was cut off their audit trail",
    /** `after`: the number of the last checkpoint the device has seen. */
    request: z.strictObject({ after: z.optional(count) }),
    response: newestCheckpoint,
  },

  "hcp/emergency-access": {
    api: "ehr-cloud",
    actor: "nobody",
    method: "POST",
    path: "/hcp/emergency-access",
    impact: "professionals can't read a record in an emergency",
    /** `ocsp`: a fresh OCSP answer (DER) for the certificate, where the professional's app has one; the anchor decides whether it counts. */
    request: z.strictObject({
      statement,
      ocsp: z.optional(ocspAnswer),
      /** The number of the manifest that the index has witnessed: the answer leads back to it. */
      witness: ordinal,
    }),
    /** `emergencyAnswer`, sealed to the key in the statement. */
    response: z.object({ sealed: sealedText(4_000_000) }),
  },
  "hcp/session": {
    api: "ehr-cloud",
    actor: "nobody",
    method: "POST",
    path: "/hcp/session",
    impact: "professionals read the summary but no further records, and can't contribute",
    request: z.strictObject({ ...grantPath, ticket: key32 }),
    response: z.object({
      accessToken: z.string(),
      expiresAt: instant,
      /** The provider's signature under the access. */
      receipt,
      /** Which tells of the access in the patient's audit trail. */
      event: receiptedEvent,
    }),
  },
  "hcp/end-access": {
    api: "ehr-cloud",
    actor: "nobody",
    method: "POST",
    path: "/hcp/end-access",
    impact: "an access that a professional has closed runs on until its hour is over",
    request: z.strictObject({ ...grantPath, ticket: key32 }),
    response: done,
  },
  "hcp/list-records": {
    api: "ehr-cloud",
    actor: "hcp",
    method: "GET",
    path: "/hcp/patients/{patientId}/grants/{grantId}/records",
    impact: "professionals can't see which further records there are",
    /** `after`: the number of the newest manifest that the professional's app knows. */
    request: z.strictObject({ ...grantPath, category, page: count, after: count }),
    response: z.object({
      manifest: manifestStatement,
      links: z.array(manifestStatement).check(z.maxLength(64)),
      signers: signerLists,
      /** Of the category that was asked for. */
      pageList,
      descriptors: z.array(descriptor),
      /** As far back as these descriptors and contributions need. */
      keyHistory,
      /** Of all contributions that the patient has decided on; on page 0 only. */
      decided: z.optional(decidedPages),
      /** Not reviewed by the patient; on page 0 only. */
      contributions: z.array(z.object({ contributionId: identifier, statement })),
    }),
  },
  "hcp/download-url": {
    api: "ehr-cloud",
    actor: "hcp",
    method: "POST",
    path: "/hcp/patients/{patientId}/grants/{grantId}/records/{recordId}/versions/{version}/download-url",
    impact: "professionals can't read further records",
    request: z.strictObject({ ...grantPath, recordId: identifier, version: count }),
    response: z.object({ url }),
  },
  "hcp/contribution-upload-url": {
    api: "ehr-cloud",
    actor: "hcp",
    method: "POST",
    path: "/hcp/patients/{patientId}/grants/{grantId}/contributions",
    impact: "professionals can't add to a record",
    request: z.strictObject({ ...contributionPath, category, size: onePart, sha256: hash }),
    response: upload,
  },
  "hcp/begin-contribution-upload": {
    api: "ehr-cloud",
    actor: "hcp",
    method: "POST",
    path: "/hcp/patients/{patientId}/grants/{grantId}/contributions/{contributionId}/uploads/{objectId}",
    impact: "professionals can't add large documents to a record",
    request: z.strictObject({ ...contributionPath, category, size: moreParts }),
    response: begun,
  },
  "hcp/contribution-part-urls": {
    api: "ehr-cloud",
    actor: "hcp",
    method: "POST",
    path: "/hcp/patients/{patientId}/grants/{grantId}/contributions/{contributionId}/uploads/{objectId}/part-urls",
    impact: "professionals can't add large documents to a record",
    request: z.strictObject({ ...contributionPath, parts }),
    response: partUploads,
  },
  "hcp/abort-contribution-upload": {
    api: "ehr-cloud",
    actor: "hcp",
    method: "DELETE",
    path: "/hcp/patients/{patientId}/grants/{grantId}/contributions/{contributionId}/uploads/{objectId}",
    impact: "what was sent of a large contribution and given up stays for a day",
    request: z.strictObject(contributionPath),
    response: done,
  },
  "hcp/contribute": {
    api: "ehr-cloud",
    actor: "hcp",
    method: "POST",
    path: "/hcp/patients/{patientId}/grants/{grantId}/contributions/{contributionId}",
    impact: "professionals can't add to a record",
    request: z.strictObject({ ...grantPath, contributionId: identifier, statement }),
    /** `receipt`: the provider's signature under it; `event` tells of it in the patient's audit trail. */
    response: z.object({ event: receiptedEvent, receipt }),
  },

  "card/read-open-part": {
    api: "ehr-cloud",
    actor: "nobody",
    method: "POST",
    path: "/card/read-open-part",
    impact: "whoever finds a patient with their card reads nothing of what it says to anybody",
    request: z.strictObject({ patientId: identifier, cardId: identifier, proof: key32 }),
    response: z.object({ statement: openPartStatement, signers: signerLists, sealed: sealedOpenPart }),
  },

  "practice/register": {
    api: "ehr-cloud",
    actor: "nobody",
    method: "POST",
    path: "/practice/register",
    impact: "no doctor can open a practice",
    request: z.strictObject({
      email,
      password,
      /** Both made by the device, since the list of members names them. */
      practiceId: identifier,
      memberId: identifier,
      root: z.strictObject({ signing: ecPublicJwk, sealing: sealingKey }),
      /** The owner's sealing key. */
      owner: sealingKey,
      members: memberListStatement,
      keys: practiceKeys,
      /** The first of the practice's changes. */
      change: statement,
      /** The owner's `practice-member`, signed by their certificate. */
      certificate: statement,
      recoveryBundle: jwe(4096),
    }),
    response: done,
  },
  "practice/confirm": {
    api: "ehr-cloud",
    actor: "nobody",
    method: "POST",
    path: "/practice/confirm",
    impact: "a practice that was opened can't be used",
    request: z.strictObject({
      practiceId: identifier,
      memberId: identifier,
      code: z.string().check(z.regex(/^[0-9]{6}$/)),
    }),
    response: done,
  },
  "practice/sign-in": {
    api: "ehr-cloud",
    actor: "nobody",
    method: "POST",
    path: "/practice/sign-in",
    impact: "nobody reaches the files of their practice",
    /** `certificate`: another `practice-member` for the same keys, where the certificate of the one before has ended. */
    request: z.strictObject({ email, password, certificate: z.optional(statement) }),
    response: z.object({
      practiceId: identifier,
      memberId: identifier,
      accessToken: z.string(),
      expiresAt: instant,
    }),
  },
  "practice/get-practice": {
    api: "ehr-cloud",
    actor: "member",
    method: "GET",
    path: "/practice",
    impact: "no device of a practice learns who works there and which keys are in use, and all stop",
    /** `list`: the number of the newest list of members that the device knows. */
    request: z.strictObject({ list: z.optional(count) }),
    response: z.object({
      /** Those after it, oldest first, as many as fit; again from the last, until there is none. */
      members: z.array(memberListStatement).check(z.maxLength(membersAtOnce)),
      keys: practiceKeys,
      /** The newest change. */
      change: statement,
      /** The request by which the practice is to be destroyed, while one waits. */
      deactivation: z.optional(statement),
    }),
  },
  "practice/sign-out": {
    api: "ehr-cloud",
    actor: "member",
    method: "POST",
    path: "/practice/sign-out",
    impact: "who lost a device can't end what it is signed in to",
    request: nothing,
    response: done,
  },
  "practice/deactivate": {
    api: "ehr-cloud",
    actor: "member",
    method: "POST",
    path: "/practice/deactivate",
    impact: "owners can't have their practice and all its files destroyed",
    request: z.strictObject({ statement }),
    response: z.object({ status: z.enum(["in-progress", "done"]) }),
  },
  "practice/request-deactivation": {
    api: "ehr-cloud",
    actor: "member",
    method: "POST",
    path: "/practice/deactivation/request",
    impact: "owners without their recovery phrase can't have their practice destroyed",
    request: z.strictObject({ statement }),
    response: done,
  },
  "practice/cancel-deactivation": {
    api: "ehr-cloud",
    actor: "member",
    method: "POST",
    path: "/practice/deactivation/cancel",
    impact: "owners can't stop the destruction of their practice, which a stolen device asked for",
    request: z.strictObject({ statement }),
    response: done,
  },
  "practice/get-members": {
    api: "ehr-cloud",
    actor: "member",
    method: "GET",
    path: "/practice/members",
    impact: "owners of practices can't let anybody in, nor shut them out",
    request: nothing,
    response: z.object({
      /** The root's, and those of the members who are active. */
      root: sealingKey,
      members: z
        .array(z.object({ memberId: identifier, sealing: sealingKey, certificate: z.optional(statement) }))
        .check(z.maxLength(maxMembers)),
      /** Those that wait; owners alone are told of them. */
      invitations: z
        .array(
          z.object({
            statement,
            kept: keptSecret,
            joined: z.optional(
              z.object({ signing: ecPublicJwk, sealing: sealingKey, mac: hash, certificate: z.optional(statement) }),
            ),
          }),
        )
        .check(z.maxLength(maxMembers)),
    }),
  },
  "practice/invite": {
    api: "ehr-cloud",
    actor: "member",
    method: "POST",
    path: "/practice/invitations",
    impact: "nobody new can come into a practice",
    request: z.strictObject({ invitation: statement, sealed: sealedInvitation, kept: keptSecret }),
    response: done,
  },
  "practice/get-invitation": {
    api: "ehr-cloud",
    actor: "nobody",
    method: "POST",
    path: "/practice/get-invitation",
    impact: "who was invited into a practice can't join it",
    request: z.strictObject({ invitationId: identifier }),
    response: z.object({ sealed: sealedInvitation }),
  },
  "practice/join": {
    api: "ehr-cloud",
    actor: "nobody",
    method: "POST",
    path: "/practice/join",
    impact: "who was invited into a practice can't join it",
    request: z.strictObject({
      email,
      password,
      invitationId: identifier,
      signing: ecPublicJwk,
      sealing: sealingKey,
      /** Under the invitation's secret. */
      mac: hash,
      /** The `practice-member` by their certificate; the reception may have none. */
      certificate: z.optional(statement),
    }),
    response: done,
  },
  "practice/change-members": {
    api: "ehr-cloud",
    actor: "member",
    method: "PUT",
    path: "/practice/members",
    impact: "owners of practices can't let anybody in, nor shut them out",
    request: z.strictObject({
      /** The next list: one member is new, has left, or has another role or, by the root, other keys. */
      members: memberListStatement,
      keys: practiceKeys,
      change: statement,
      /** Of a member who has other keys: their sealing key. */
      sealing: z.optional(sealingKey),
    }),
    response: done,
  },
  "practice/get-changes": {
    api: "ehr-cloud",
    actor: "member",
    method: "GET",
    path: "/practice/changes",
    impact: "the devices of a practice don't learn of what others wrote",
    request: z.strictObject({ after: count }),
    /** The changes after that number, in their order; fewer than there are, perhaps. Of a destroyed file they have no entry. */
    response: z.object({
      changes: z
        .array(z.object({ change: statement, entry: z.optional(sealedEntry) }))
        .check(z.maxLength(listPageLength)),
    }),
  },
  "practice/read-audit-trail": {
    api: "ehr-cloud",
    actor: "member",
    method: "GET",
    path: "/practice/audit-trail",
    impact: "owners of practices can't check who did what",
    request: z.strictObject({ after: z.optional(count) }),
    response: trailPage,
  },
  "practice/get-checkpoint": {
    api: "ehr-cloud",
    actor: "member",
    method: "GET",
    path: "/practice/audit-trail/checkpoint",
    impact: "owners of practices can't check that nothing was cut off their audit trail",
    /** `after`: the number of the last checkpoint the device has seen. */
    request: z.strictObject({ after: z.optional(count) }),
    response: newestCheckpoint,
  },
  "practice/export": {
    api: "ehr-cloud",
    actor: "member",
    method: "POST",
    path: "/practice/exports",
    impact: "practices can't give out copies of their files",
    /** Without a file: all of them. */
    request: z.strictObject({ fileId: z.optional(identifier) }),
    response: done,
  },
  "practice/recover": {
    api: "ehr-cloud",
    actor: "member",
    method: "POST",
    path: "/practice/recover",
    impact: "owners of practices who lost their device can't get their files back",
    request: nothing,
    response: z.object({ recoveryBundle: jwe(4096) }),
  },
  "practice/upload-url": {
    api: "ehr-cloud",
    actor: "member",
    method: "POST",
    path: "/practice/files",
    impact: "nothing new enters a practice's files",
    request: z.strictObject({
      fileId: identifier,
      version: ordinal,
      objectId: identifier,
      size: onePart,
      sha256: hash,
    }),
    response: upload,
  },
  "practice/put-file": {
    api: "ehr-cloud",
    actor: "member",
    method: "PUT",
    path: "/practice/files/{fileId}",
    impact: "nothing new enters a practice's files",
    /** `share`: of a content that is new. */
    request: z.strictObject({
      fileId: identifier,
      change: statement,
      entry: sealedEntry,
      share: z.optional(key32),
    }),
    response: done,
  },
  "practice/download-url": {
    api: "ehr-cloud",
    actor: "member",
    method: "POST",
    path: "/practice/files/{fileId}/versions/{version}/download-url",
    impact: "doctors can't read the files of their patients on a new device",
    request: z.strictObject({ fileId: identifier, version: count }),
    response: z.object({ url, share: key32 }),
  },
  "practice/get-delivery-address": {
    api: "ehr-cloud",
    actor: "member",
    method: "POST",
    path: "/practice/get-delivery-address",
    impact: "practices can't send anything to their patients",
    request: z.strictObject({ addressId: identifier }),
    /** `accountKey`: what is sealed to the patient; its thumbprint is in what is sealed. */
    response: z.object({ sealed: sealedDeliveryAddress, accountKey: sealingKey }),
  },
  "practice/contribution-upload-url": {
    api: "ehr-cloud",
    actor: "member",
    method: "POST",
    path: "/practice/contributions",
    impact: "practices can't send anything to their patients",
    request: z.strictObject({
      addressId: identifier,
      contributionId: identifier,
      objectId: identifier,
      size: onePart,
      sha256: hash,
    }),
    response: upload,
  },
  "practice/contribute": {
    api: "ehr-cloud",
    actor: "member",
    method: "POST",
    path: "/practice/contributions/{contributionId}",
    impact: "practices can't send anything to their patients",
    request: z.strictObject({ addressId: identifier, contributionId: identifier, statement }),
    /** `receipt`: the provider's signature under it; `event` tells of it in the patient's audit trail. */
    response: z.object({ event: receiptedEvent, receipt }),
  },

  "hri/well-known": {
    api: "health-record-index",
    actor: "nobody",
    method: "GET",
    path: "/.well-known/health-record-index",
    impact: "apps can't learn the index's identity and can't write entries",
    request: nothing,
    response: z.object({ hriId: z.string() }),
  },
  "hri/put-entry": {
    api: "health-record-index",
    actor: "nobody",
    method: "POST",
    path: "/hri/put-entry",
    impact: "new cards lead nowhere, and manifests lose their witness",
    request: z.strictObject({ statement: indexStatement }),
    response: done,
  },
  "hri/look-up": {
    api: "health-record-index",
    actor: "nobody",
    method: "POST",
    path: "/hri/look-up",
    impact: "no card leads to its record: emergency access stops everywhere",
    request: z.strictObject({ locator: identifier }),
    response: z.object({ statement: indexStatement }),
  },
  "hri/remove-entry": {
    api: "health-record-index",
    actor: "nobody",
    method: "POST",
    path: "/hri/remove-entry",
    impact: "revoked cards keep an entry that leads to a refusal",
    request: z.strictObject({ statement: indexStatement }),
    response: done,
  },
} as const satisfies Record<string, Route>

export type RouteName = keyof typeof routes
export type RequestOf<N extends RouteName> = z.infer<(typeof routes)[N]["request"]>
export type ResponseOf<N extends RouteName> = z.infer<(typeof routes)[N]["response"]>

const isRouteName = (name: string): name is RouteName => Object.hasOwn(routes, name)
export const routeNames = Object.keys(routes).filter(isRouteName)

/** The names in braces of a route's path. */
export const pathParameters = (path: string): string[] => [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? "")
