import type { AuditAction } from "../../contract/audit.ts"
import type { ItemKind } from "../../contract/items.ts"
import type { WritingPorts } from "./writing-ports.ts"

interface Reason {
  /** A sentence for whoever asks why no event tells of it. */
  readonly why: string
  /** The kinds of items that may be changed for it. */
  readonly items: readonly ItemKind[]
  /** What may be called for it of the ports that change or give out something. */
  readonly calls: { readonly [P in keyof WritingPorts]?: readonly (keyof WritingPorts[P])[] }
}

/** For what something may be changed, or given out, before its event or without one. Another reason is a decision of its own (docs/adr/0011-one-runner.md). */
export const reasons = {
  "no-account-yet": {
    why: "An account has no trail until its e-mail address is confirmed.",
    items: [
      "patient",
      "patient-keys",
      "practice",
      "practice-keys",
      "practice-member",
      "member-list",
      "practice-change",
      "rate",
    ],
    calls: { accounts: ["signUp", "confirm"], memberAccounts: ["signUp", "confirm"] },
  },
  "no-record-yet": {
    why: "What is uploaded or copied is part of no record until an event tells of it.",
    items: ["upload"],
    calls: {
      objects: [
        "uploadUrl",
        "beginUpload",
        "partUrl",
        "inspect",
        "parts",
        "copyPart",
        "completeUpload",
        "abortUpload",
        "approve",
      ],
    },
  },
  "told-before": {
    why: "The event that tells of it was written before, by this request or an earlier one that was interrupted.",
    items: [
      "patient",
      "record",
      "record-version",
      "upload",
      "usage",
      "reading",
      "deactivation",
      "destruction",
      "practice",
      "practice-file",
      "practice-file-version",
      "practice-entry",
      "file-deletion",
      "practice-end",
      "practice-tombstone",
    ],
    calls: {
      objects: ["removeSome", "abortUpload", "destroySome"],
      items: ["remove"],
      accounts: ["remove"],
      memberAccounts: ["remove"],
      notices: ["send"],
    },
  },
  "temporary-account": {
    why: "A temporary account of the identity manager opens nothing by itself.",
    items: ["hcp-account"],
    calls: { hcpAccounts: ["openSession", "disable", "remove"] },
  },
  "own-review": {
    why: "The patient looks at what waits for their own decision.",
    items: [],
    calls: { objects: ["downloadUrl"] },
  },
  "own-chain": {
    why: "What is written is a chain of signed statements itself, and of no patient's trail.",
    items: [],
    calls: { checkpoints: ["node", "addNode", "addCheckpoint"], entries: ["put"] },
  },
} as const satisfies Record<string, Reason>
export type ReasonName = keyof typeof reasons

interface WritingUseCase {
  /** What its event says was done. */
  readonly event?: AuditAction
  /** For what it changes something before the event, or without one. */
  readonly silently?: readonly ReasonName[]
}

/** Every use-case that changes something or gives something out, by the name of its handler: none writes that isn't here (`defineUseCase`). */
export const writingUseCases = {
  "patient/register": { silently: ["no-account-yet"] },
  "patient/confirm": { event: "confirm", silently: ["no-account-yet"] },
  "patient/recover": { event: "recover" },
  "patient/deactivate": { event: "deactivate", silently: ["told-before"] },
  "patient/request-deactivation": { event: "request-deactivation" },
  "patient/cancel-deactivation": { event: "cancel-deactivation" },
  "patient/sign-consent": { event: "sign-consent" },
  "patient/revoke-consent": { event: "revoke-consent" },
  "patient/upload-url": { silently: ["no-record-yet"] },
  "patient/begin-upload": { silently: ["no-record-yet"] },
  "patient/part-urls": { silently: ["no-record-yet"] },
  "patient/abort-upload": { silently: ["no-record-yet"] },
  "patient/commit": { event: "commit", silently: ["no-record-yet"] },
  "patient/download-url": { event: "download-url" },
  "patient/delete-record": { event: "delete-record", silently: ["told-before"] },
  "patient/publish-manifest": { event: "publish-manifest" },
  "patient/make-card": { event: "make-card" },
  "patient/change-card": { event: "change-card" },
  "patient/revoke-card": { event: "revoke-card" },
  "patient/strike-card": { event: "strike-card" },
  "patient/set-open-part": { event: "set-open-part" },
  "patient/remove-open-part": { event: "remove-open-part" },
  "patient/list-contributions": { silently: ["own-review"] },
  "patient/approve-contribution": { event: "approve-contribution", silently: ["no-record-yet", "told-before"] },
  "patient/reject-contribution": { event: "reject-contribution", silently: ["told-before"] },
  "patient/make-delivery-address": { event: "make-delivery-address" },
  "patient/revoke-delivery-address": { event: "revoke-delivery-address" },
  "patient/halt-grant": { event: "halt-grant" },
  "card/read-open-part": { event: "read-open-part", silently: ["told-before"] },
  "patient/end-signer": { event: "end-signer" },
  "hcp/emergency-access": { event: "emergency-access" },
  "hcp/session": { event: "session", silently: ["temporary-account"] },
  "hcp/end-access": { event: "end-access" },
  "hcp/list-records": { event: "list-records" },
  "hcp/download-url": { event: "download-url" },
  "hcp/contribution-upload-url": { silently: ["no-record-yet"] },
  "hcp/begin-contribution-upload": { silently: ["no-record-yet"] },
  "hcp/contribution-part-urls": { silently: ["no-record-yet"] },
  "hcp/abort-contribution-upload": { silently: ["no-record-yet"] },
  "hcp/contribute": { event: "contribute", silently: ["no-record-yet"] },
  "practice/register": { silently: ["no-account-yet"] },
  "practice/confirm": { event: "confirm", silently: ["no-account-yet"] },
  "practice/sign-in": { event: "sign-in" },
  "practice/sign-out": { event: "sign-out" },
  "practice/invite": { event: "invite" },
  "practice/join": { event: "join", silently: ["no-account-yet"] },
  "practice/recover": { event: "recover" },
  "practice/export": { event: "export" },
  "practice/change-members": { event: "change-members", silently: ["told-before"] },
  "practice/upload-url": { silently: ["no-record-yet"] },
  "practice/put-file": { event: "put-file", silently: ["no-record-yet"] },
  "practice/download-url": { event: "download-url" },
  "practice/deactivate": { event: "deactivate", silently: ["told-before"] },
  "practice/request-deactivation": { event: "request-deactivation" },
  "practice/cancel-deactivation": { event: "cancel-deactivation" },
  "practice/contribution-upload-url": { silently: ["no-record-yet"] },
  "practice/contribute": { event: "contribute", silently: ["no-record-yet"] },
  "hri/put-entry": { silently: ["own-chain"] },
  "hri/remove-entry": { silently: ["own-chain"] },
  "system/deactivate": { event: "deactivate", silently: ["told-before"] },
  "system/notify-patient": { silently: ["told-before"] },
  "system/sign-checkpoint": { silently: ["own-chain"] },
  "system/sweep-accounts": { silently: ["temporary-account"] },
} as const satisfies Record<string, WritingUseCase>

type UseCases = typeof writingUseCases
export type WritingName = keyof UseCases
export type EventOf<N extends WritingName> = N extends unknown
  ? UseCases[N] extends { event: infer E extends AuditAction }
    ? E
    : never
  : never
export type ReasonOf<N extends WritingName> = N extends unknown
  ? UseCases[N] extends { silently: readonly (infer R extends ReasonName)[] }
    ? R
    : never
  : never
