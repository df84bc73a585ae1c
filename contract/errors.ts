import * as z from "zod/mini"

/**
 * Every refusal there is: its HTTP status and a sentence that is safe to show and to log. The code is stable; the sentence
 * may be reworded. Sources: RFC 9457 (problem details).
 */
export const problems = {
  "request-invalid": [400, "The request is not what this route takes."],
  "request-too-large": [413, "The request is too large."],
  unauthenticated: [401, "Sign in first."],
  "not-found": [404, "There is nothing here for you."],
  internal: [500, "Something failed on our side. Nothing was released."],
  busy: [503, "The service is busy. Try again in a moment."],
  "rate-exceeded": [429, "This has been asked for too often. Try again later."],
  "quota-exceeded": [409, "There is no room for more. Delete or decide something first."],

  "email-or-password-wrong": [401, "The e-mail address or the password is wrong."],
  "password-too-weak": [
    400,
    "The password needs at least 12 characters, with upper and lower case letters, a digit and a symbol.",
  ],
  "confirmation-code-wrong": [400, "The confirmation code is wrong or has expired."],
  "account-deactivated": [403, "This account has been deactivated."],

  "statement-invalid": [400, "The signed statement is not valid."],
  "statement-stale": [400, "The signed statement is too old, or the clock of the device is wrong."],
  "statement-replayed": [409, "The signed statement has been used already."],

  "consent-missing": [403, "The patient has not given the consent this needs."],
  "consent-document-changed": [409, "The text of the consent has changed. Read it again."],

  "record-not-uploaded": [409, "The record has not been uploaded."],
  "record-differs": [409, "What was uploaded is not what was announced."],
  "record-conflict": [409, "The record has been changed meanwhile."],
  "manifest-conflict": [409, "The manifest has been changed meanwhile."],
  "manifest-invalid": [400, "The manifest does not fit what it lists."],

  "publication-too-large": [413, "The change is too large for one publication."],

  "card-refused": [403, "This card is not valid here."],
  "card-conflict": [409, "There is a card of this number already."],

  "hri-entry-unknown": [404, "The index knows nothing of this card."],
  "hri-entry-conflict": [409, "The index has a newer entry, or one of another owner."],

  "certificate-untrusted": [403, "The professional's certificate is not from a recognised authority."],
  "certificate-expired": [403, "The professional's certificate is not valid today."],
  "certificate-revoked": [403, "The professional's certificate has been revoked."],
  "profession-not-allowed": [403, "The certificate does not name a profession that may do this."],
  "revocation-unavailable": [503, "Whether the certificate has been revoked can't be asked at the moment."],

  "grant-expired": [403, "The emergency access has ended."],
  "grant-halted": [403, "The patient has ended the emergency access."],
  "session-refused": [403, "The session can't be opened with this ticket."],
  "category-not-granted": [403, "The emergency access does not include this category."],

  "contribution-decided": [409, "The contribution has been decided already."],
  "contribution-copying": [409, "The contribution is still being copied. Ask again."],
} as const satisfies Record<string, readonly [status: number, sentence: string]>

export type ProblemCode = keyof typeof problems

const isProblemCode = (code: string): code is ProblemCode => Object.hasOwn(problems, code)
export const problemCodes = Object.keys(problems).filter(isProblemCode)

/** `application/problem+json` (RFC 9457). `requestId` is API Gateway's. */
export const problemDetails = z.object({
  type: z.literal("about:blank"),
  title: z.string(),
  status: z.int(),
  code: z.enum(problemCodes),
  requestId: z.string(),
})
export type ProblemDetails = z.infer<typeof problemDetails>

/** A refusal that was expected: thrown anywhere on the server, answered as problem details; thrown by the SDK for the same answer. */
export class Problem extends Error {
  override readonly name = "Problem"
  readonly code: ProblemCode
  readonly status: number

  constructor(code: ProblemCode, options?: ErrorOptions) {
    const [status, sentence] = problems[code]
    super(sentence, options)
    this.code = code
    this.status = status
  }
}
