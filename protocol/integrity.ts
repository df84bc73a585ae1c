import { CodedError } from "./coded-error.ts"

/**
 * What the SDK found wrong with an answer it can check: the cloud, the index or the network gave something that can't be
 * true. Never a reason that would help who made it.
 */
export const integrityCodes = [
  "address-refused",
  "reply-invalid",
  "entry-invalid",
  "manifest-forged",
  "manifest-rolled-back",
  "manifest-missing",
  "signers-invalid",
  "account-key-invalid",
  "page-differs",
  "key-ring-differs",
  "record-differs",
  "record-unreadable",
  "consent-receipt-invalid",
  "decided-differs",
  "receipt-invalid",
  "provider-forked",
  "witness-conflict",
  "contribution-invalid",
  "audit-trail-broken",
  "audit-trail-cut",
  "audit-trail-uncovered",
  "checkpoint-invalid",
  "provider-changed",
  "account-changed",
  "list-endless",
  "cards-differ",
  "card-not-listed",
  "open-part-invalid",
  "consent-invalid",
  "access-differs",
  "decision-invalid",
  "members-invalid",
  "practice-changes-invalid",
  "invitation-invalid",
  "delivery-address-invalid",
] as const

export type IntegrityCode = (typeof integrityCodes)[number]

export class IntegrityFailure extends CodedError<IntegrityCode> {
  override readonly name = "IntegrityFailure"
}

/** Runs a check; whatever it throws becomes the one failure, its reason kept as `cause`. */
export const orFail = async <T>(code: IntegrityCode, check: () => Promise<T> | T): Promise<T> => {
  try {
    return await check()
  } catch (cause) {
    if (cause instanceof IntegrityFailure) throw cause
    throw new IntegrityFailure(code, { cause })
  }
}
