import * as z from "zod/mini"
import { CodedError } from "../protocol/coded-error.ts"

/** Every refusal there is, and its HTTP status. */
export const statuses = {
  "request-invalid": 400,
  "request-too-large": 413,
  unauthenticated: 401,
  "not-found": 404,
  internal: 500,
  busy: 503,
  "rate-exceeded": 429,
  "quota-exceeded": 409,

  "email-or-password-wrong": 401,
  "password-too-weak": 400,
  "confirmation-code-wrong": 400,
  "account-deactivated": 403,

  "statement-invalid": 400,
  "statement-stale": 400,
  "statement-replayed": 409,

  "consent-missing": 403,
  "consent-document-changed": 409,

  "record-not-uploaded": 409,
  "upload-differs": 409,
  "record-conflict": 409,
  "manifest-conflict": 409,
  "manifest-invalid": 400,

  "publication-too-large": 413,

  "card-refused": 403,
  "card-conflict": 409,

  "hri-entry-unknown": 404,
  "hri-entry-conflict": 409,

  "certificate-untrusted": 403,
  "certificate-expired": 403,
  "certificate-revoked": 403,
  "profession-not-allowed": 403,
  "revocation-unavailable": 503,

  "grant-expired": 403,
  "grant-halted": 403,
  "grant-ended": 403,
  "session-refused": 403,
  "category-not-granted": 403,

  "contribution-decided": 409,
  "contribution-copying": 409,

  "practice-conflict": 409,
  "role-not-allowed": 403,
} as const satisfies Record<string, number>

export type ProblemCode = keyof typeof statuses

const isProblemCode = (code: string): code is ProblemCode => Object.hasOwn(statuses, code)
export const problemCodes = Object.keys(statuses).filter(isProblemCode)

/** Of the path of a field, in characters. */
export const maxFieldLength = 100

/**
 * `application/problem+json` (RFC 9457), without a title: a code has its sentence where a person reads it. `requestId` is API Gateway's.
 * `field`: with `request-invalid`, the path of what this contract refuses, such as `descriptor.size` or `signers.0`; never what was sent.
 */
export const problemDetails = z.object({
  type: z.literal("about:blank"),
  status: z.int(),
  code: z.enum(problemCodes),
  field: z.optional(z.string().check(z.maxLength(maxFieldLength), z.regex(/^[A-Za-z]\w*(\.\w+)*$/))),
  requestId: z.string(),
})
export type ProblemDetails = z.infer<typeof problemDetails>

/** A refusal that was expected: thrown anywhere on the server, answered as problem details; thrown by the SDK for the same answer. */
export class Problem extends CodedError<ProblemCode> {
  override readonly name = "Problem"
  readonly status: number
  /** Which field a `request-invalid` is about, where it is known. */
  readonly field: string | undefined

  constructor(code: ProblemCode, { field, ...options }: ErrorOptions & { readonly field?: string | undefined } = {}) {
    super(code, options)
    this.status = statuses[code]
    this.field = field
  }
}
