/**
 * What the SDK found wrong with an answer it can check: the cloud, the index or the network gave something that can't be
 * true. Stable codes and sentences for people; never a reason that would help who made it.
 */
export const integrityFailures = {
  "address-refused": "This address is not one that a device may be sent to.",
  "reply-invalid": "The cloud gave an answer that can't be understood. Nothing of it was used.",
  "entry-invalid": "The index entry is not by the owner of this card.",
  "manifest-invalid": "The record's table of contents is not by its patient.",
  "manifest-rolled-back": "The cloud shows an older state of the record than is known to exist.",
  "manifest-missing": "The cloud holds no table of contents for this record.",
  "signers-invalid": "The list of who signs for this patient is not theirs, or not the newest.",
  "account-key-invalid": "The key that things are sealed to is not the patient's.",
  "page-differs": "The list of records is not the one its patient signed.",
  "key-ring-differs": "The keys are not the ones the patient signed.",
  "record-differs": "The record is not the one its patient signed.",
  "record-unreadable": "The record can't be opened.",
  "consent-receipt-invalid": "The provider's countersignature is not valid.",
  "decided-differs": "The list of decided additions is not the one the patient signed.",
  "receipt-invalid": "The provider's receipt is not for what was done.",
  "provider-forked": "The provider has signed two different histories.",
  "witness-conflict": "The index knows of a state of the record that this device has never seen.",
  "contribution-invalid": "The contribution is not what a professional signed.",
  "audit-trail-broken": "The audit trail has been altered.",
  "audit-trail-cut": "Events are missing from the audit trail.",
  "audit-trail-uncovered": "The cloud has left events of the audit trail under no checkpoint for hours.",
  "checkpoint-invalid": "The checkpoint over the audit trail is not the provider's, or not on this trail.",
  "provider-changed": "This is not the cloud you registered with.",
  "account-changed": "The cloud answered for another account.",
  "list-endless": "The cloud's list does not end. Nothing of it was used.",
  "cards-differ": "The cards are not the ones their patient signed.",
  "card-not-listed": "The patient has not signed this card, or has revoked it.",
  "consent-invalid": "The consent is not the one its patient signed.",
  "access-differs": "The cloud tells of an access otherwise than its audit trail does.",
  "decision-invalid": "The cloud claims a decision that the patient did not sign.",
} as const

export type IntegrityCode = keyof typeof integrityFailures

export class IntegrityFailure extends Error {
  override readonly name = "IntegrityFailure"
  readonly code: IntegrityCode

  constructor(code: IntegrityCode, options?: ErrorOptions) {
    super(integrityFailures[code], options)
    this.code = code
  }
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
