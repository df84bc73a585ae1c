import { maxSealedBytes, partBytes } from "../protocol/primitives.ts"

/** The window of every rate below that is named for an hour or a day, seconds. It slides: no full hour gives a second helping (but to manifests, which are counted by the clock's hour). */
export const hourSeconds = 60 * 60
export const daySeconds = 24 * hourSeconds

/** Triage at a mass casualty takes a patient a minute; who harvests by a stolen key also needs each of these cards. */
export const patientsPerProfessionalHour = 60
/** Each of these patients twice: a scan is repeated where a network fails. A grant lasts the hour anyway. */
export const accessesPerProfessionalHour = 120
/**
 * Professionals, not accesses: whoever scans one card without end uses up one place of theirs, and shuts out nobody. An
 * emergency has an ambulance's crew, a resuscitation room and a few specialists.
 */
export const professionalsPerCardHour = 30
/** Refusals by one card that leave an event of their own. A proof can't be guessed, so more of them refuse nobody: they are only not written. */
export const deniedEventsPerCardHour = 20
/** Confirmation codes that are tried for one account, of a million that there are. The account is gone after a day. */
export const codesPerAccountDay = 10
/** Of one signer, each of which mails the patient. */
export const deactivationRequestsPerDay = 5
/** Registrations by one e-mail address, each of which mails it: 20 x 10 guesses a day find a code once in 14 years. */
export const registrationsPerAddressDay = 20

/** A patient's quotas. A record a day for 27 years, each changed once. */
export const maxRecords = 10_000
export const maxVersions = 20_000
/** Bytes of all versions: a thousand CT studies, or ten of the largest records. */
export const maxRecordBytes = 10 * maxSealedBytes
/** What professionals have added and the patient has not decided on; bytes: two of the largest. */
export const maxPendingContributions = 100
export const maxPendingBytes = 2 * maxSealedBytes
export const contributionsPerGrant = 20
/** Delivery addresses in force: each is for one practice. */
export const maxDeliveryAddresses = 64
/** Of one patient. */
export const deliveryAddressesPerDay = 20
/** How long a member is taken for the professional as whom they signed in, seconds: longer than a token lasts. */
export const certifiedSeconds = 2 * hourSeconds
/** What one practice sends to one patient. */
export const deliveriesPerAddressDay = 20
/** What practices have sent and the patient has not decided on, apart from what professionals added in emergencies. */
export const maxPendingDeliveries = 50
export const maxPendingDeliveryBytes = maxPendingDeliveries * partBytes
/** Distinct things that a grant's holder can ask for in an hour: records, categories, the session. Each is one event of the trail. */
export const eventsPerGrantHour = 400
/** Of one signer. A change a second, all hour long: the import of a whole record. */
export const manifestsPerHour = 3600

/** Of one practice: thirty a day for 27 years. */
export const maxPracticeFiles = 300_000
/** Bytes of all versions of its files. */
export const maxPracticeBytes = 20 * maxSealedBytes
