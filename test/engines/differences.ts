import type { Service } from "./cloud.ts"

/** Where an engine does something else than AWS says it does. */
export interface Difference {
  readonly engine: string
  readonly service: Service
  /** What doesn't hold for that. */
  readonly clauses: readonly string[]
  /** What the engine does. */
  readonly does: string
  /** Where AWS says what the clauses count on. */
  readonly aws: string
  /** Holds now and then: two writers of the same moment don't always meet. */
  readonly byChance?: true
}

const composite = 'Amazon S3 User Guide, "Checking object integrity", composite checksums of multipart uploads'
const copiedPart = "a range is copied as a part, from what is there, to an upload that is there"
const unsigned = {
  service: "S3 signed URLs",
  clauses: ["nothing is read without a signature"],
  does: "reads for anybody",
  aws: 'Amazon S3 User Guide, "How Amazon S3 authorizes a request": an anonymous request needs a policy that allows it',
} as const
const longMessage = {
  service: "KMS",
  clauses: ["a message of 4,096 bytes is signed, and a longer one refused"],
  does: "signs a message of any length",
  aws: 'AWS KMS API Reference, "Sign", `Message`: at most 4,096 bytes',
} as const
const anyCode = {
  service: "Cognito",
  clauses: ["an account is not confirmed by a wrong code, and there is none of another id"],
  does: "confirms by any code",
  aws: 'Amazon Cognito API Reference, "ConfirmSignUp", CodeMismatchException',
} as const
const unverified = {
  clauses: ["a confirmed account signs in by its address"],
  service: "Cognito",
  does: "leaves the address of a confirmed account unverified, and so no alias to sign in with",
  aws: 'Amazon Cognito Developer Guide, "Verifying contact information at sign-up"',
} as const
const unverifiedNotice = {
  clauses: ["a notice goes to the address that was confirmed"],
  service: "SES",
  does: "leaves the address of a confirmed account unverified, and so no notice goes there",
  aws: unverified.aws,
} as const
const secretless = {
  service: "Cognito",
  clauses: ["nobody signs up past the client's secret"],
  does: "signs up without the secret of a client that has one",
  aws: 'Amazon Cognito Developer Guide, "Computing secret hash values"',
} as const

export const differences: readonly Difference[] = [
  {
    engine: "MiniStack",
    service: "S3",
    clauses: [copiedPart],
    does: "gives no checksum to what it put together of copied parts",
    aws: composite,
  },
  { engine: "MiniStack", ...unsigned },
  { engine: "MiniStack", ...longMessage },
  { engine: "MiniStack", ...anyCode },
  { engine: "MiniStack", ...unverified },
  { engine: "MiniStack", ...secretless },
  { engine: "MiniStack", ...unverifiedNotice },
  { engine: "LocalStack", ...unsigned },
  { engine: "LocalStack", ...longMessage },
  {
    engine: "moto",
    service: "S3",
    clauses: ["parts are listed by size and SHA-256"],
    does: "keeps no checksum of a part",
    aws: 'Amazon S3 API Reference, "ListParts", `ChecksumSHA256`',
  },
  {
    engine: "moto",
    service: "S3",
    clauses: [
      "parts put together have the hash of their hashes",
      "parts are not put together over what is there, unless that is asked for",
      copiedPart,
    ],
    does: "gives what was put together of parts the checksum of one object",
    aws: composite,
  },
  {
    engine: "moto",
    service: "S3",
    clauses: ["parts are not put together by another hash than theirs"],
    does: "puts parts together whatever hashes are named",
    aws: 'Amazon S3 API Reference, "CompleteMultipartUpload", InvalidPart',
  },
  {
    engine: "moto",
    service: "S3",
    clauses: ["an upload that was ended is gone, and ended again without an error"],
    does: "fails, in HTML, where an upload that is gone is ended",
    aws: 'Amazon S3 API Reference, "AbortMultipartUpload", NoSuchUpload',
  },
  {
    engine: "moto",
    service: "S3 signed URLs",
    clauses: [
      "other bytes of the same length are refused",
      "another length is refused",
      "other bytes under their own hash are refused",
      "without the condition that nothing is there it is refused",
      "at another key it is refused",
      "after its time it is refused",
      "a part of other bytes is refused",
    ],
    does: "checks neither signature, time nor checksum of what is put",
    aws: 'Amazon S3 API Reference, "Authenticating Requests: Using Query Parameters (AWS Signature Version 4)"; "Checking object integrity"',
  },
  { engine: "moto", ...longMessage },
  {
    engine: "moto",
    service: "DynamoDB",
    clauses: ["of ten changes of one revision at once one is made"],
    does: "lets transactions of the same moment pass together",
    aws: 'Amazon DynamoDB Developer Guide, "Amazon DynamoDB Transactions: How it works", isolation levels',
    byChance: true,
  },
  {
    engine: "moto",
    service: "DynamoDB",
    clauses: [
      "an event is added and never put over another",
      "of ten writers at once each finds its place in the chain",
      "a trail is read in pages",
      "the index of changes knows what is later than a moment",
    ],
    does: "fails, in HTML, at an INSERT of PartiQL",
    aws: 'Amazon DynamoDB Developer Guide, "PartiQL insert statements for DynamoDB"',
  },
  { engine: "moto", ...anyCode },
  { engine: "moto", ...unverified },
  { engine: "moto", ...secretless },
  { engine: "moto", ...unverifiedNotice },
  {
    engine: "versitygw",
    service: "S3",
    clauses: [copiedPart],
    does: "gives what was put together of copied parts another checksum than that of their hashes",
    aws: composite,
  },
]

/** What is written of a clause of an engine. */
export const differenceOf = (engine: string, service: string, says: string): Difference | undefined =>
  differences.find((each) => each.engine === engine && each.service === service && each.clauses.includes(says))
