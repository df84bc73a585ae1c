/** Every variable that a capability of `lib/` writes into a function and an adapter reads there. */
export const environmentNames = [
  "MAIN_TABLE",
  "AUDIT_TABLE",
  "HRI_TABLE",
  "RECORDS_BUCKET",
  "PENDING_BUCKET",
  "CHECKPOINTS_BUCKET",
  "PATIENT_POOL_ID",
  "PATIENT_CLIENT_ID",
  "HCP_POOL_ID",
  "HCP_CLIENT_ID",
  "MEMBER_POOL_ID",
  "MEMBER_CLIENT_ID",
  "PROVIDER_KEY_ID",
  "PROVIDER_KID",
  /** From whose address patients are e-mailed. */
  "NOTICE_SENDER",
  /** The `aud` of statements sent to this EHR cloud. */
  "CLOUD_ID",
  /** The provider's name, for people. */
  "CLOUD_TITLE",
  /** The `aud` of statements sent to this index. */
  "HRI_ID",
] as const

export type EnvironmentName = (typeof environmentNames)[number]
