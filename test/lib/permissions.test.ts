import { describe, expect, test } from "vitest"
import { functionsOf, permissionsOf, providerKeyArn, resourcesOf, synthesize } from "./stacks.ts"

const templates = synthesize()
const functions = [...functionsOf(templates.cloud), ...functionsOf(templates.index)]

// What a grant of `lib/` means, spelled out here on its own: a change there must be made here too.
const viaTables = "kms:Decrypt on DataKey by dynamodb.AWS::Region.amazonaws.com"
const onMain = (action: string) => [`dynamodb:${action} on MainTable`, viaTables]
const read = onMain("BatchGetItem")
const listed = onMain("Query")
const write = onMain("UpdateItem")
const replace = onMain("PutItem")
const check = onMain("ConditionCheckItem")
const remove = onMain("DeleteItem")
const append = ["dynamodb:PartiQLInsert on AuditTrailTable", "dynamodb:Query on AuditTrailTable", viaTables]
const readAudit = ["dynamodb:Query on AuditTrailTable", viaTables]
const lookUp = ["dynamodb:GetItem on IndexTable", viaTables]
const putEntry = ["dynamodb:UpdateItem on IndexTable", viaTables]

const viaObjects = (action: string) => `kms:${action} on DataKey by s3.AWS::Region.amazonaws.com`
const get = (bucket: string) => [`s3:GetObject on ObjectStore${bucket}/*`, viaObjects("Decrypt")]
const put = (bucket: string) => [`s3:PutObject on ObjectStore${bucket}/*`, viaObjects("GenerateDataKey")]
const hide = (bucket: string) => [`s3:ListBucket on ObjectStore${bucket}`, `s3:DeleteObject on ObjectStore${bucket}/*`]
const abort = (bucket: string) => [`s3:AbortMultipartUpload on ObjectStore${bucket}/*`]
const signParts = (bucket: string) => [`s3:PutObject on ObjectStore${bucket}/*`, viaObjects("Decrypt")]
const complete = (bucket: string) => [...signParts(bucket), `s3:ListMultipartUploadParts on ObjectStore${bucket}/*`]
const destroy = (bucket: string) => [
  `s3:ListBucketVersions on ObjectStore${bucket}`,
  `s3:ListBucketMultipartUploads on ObjectStore${bucket}`,
  `s3:DeleteObjectVersion on ObjectStore${bucket}/*`,
]
const approve = [
  get("Pending"),
  put("Records"),
  complete("Records"),
  abort("Records"),
  hide("Pending"),
  hide("Records"),
].flat()

const sealed = ["s3:ListBucket on AuditCheckpointsBucket", "s3:GetObject on AuditCheckpointsBucket/*"]
const seal = ["s3:PutObject on AuditCheckpointsBucket/*"]
const changes = ["dynamodb:Query on AuditTrailTable/index/changes", viaTables]
const sign = [`kms:Sign on ${providerKeyArn}`]
const patients = (action: string) => `cognito-idp:${action} on IdentityManagerPatients`
const showClient = [patients("DescribeUserPoolClient")]
const hcps = (action: string) => `cognito-idp:${action} on IdentityManagerHcps`
const members = (action: string) => `cognito-idp:${action} on IdentityManagerMembers`
const showMemberClient = [members("DescribeUserPoolClient")]
const session = ["AdminCreateUser", "AdminEnableUser", "AdminInitiateAuth", "AdminSetUserPassword"].map(hcps)
const sweep = ["AdminDeleteUser", "AdminDisableUser", "ListUsers"].map(hcps)

/** IAM knows no resource of it. */
const listStreams = "dynamodb:ListStreams on *"
const stream = [
  ...["DescribeStream", "GetRecords", "GetShardIterator"].map((action) => `dynamodb:${action} on MainTable`),
  listStreams,
  viaTables,
]
const identity = "arn:AWS::Partition:ses:AWS::Region:AWS::AccountId:identity"
const sendNotice = ["notices@example.org", "example.org"].map(
  (name) => `ses:SendEmail on ${identity}/${name} by notices@example.org`,
)
const lost = ["sqs:SendMessage on NoticesLost"]

/** A new epoch reaches every card, so that they are listed. */
const publish = [read, listed, write, check, append].flat()

const destroyAccount = [
  read,
  listed,
  write,
  replace,
  check,
  remove,
  destroy("Records"),
  abort("Records"),
  destroy("Pending"),
  abort("Pending"),
  [patients("AdminDeleteUser")],
  append,
]

/** Everything a function may do beside writing its own log. A function without a row fails. */
const permitted: Record<string, string[][]> = {
  "system/well-known": [],
  "system/get-checkpoint": [sealed],
  "practice/register": [read, write, showMemberClient],
  "practice/confirm": [read, write, append, showMemberClient],
  "practice/sign-in": [read, write, append, [members("AdminInitiateAuth")], showMemberClient],
  "practice/sign-out": [read, write, append],
  "practice/get-members": [read],
  "practice/invite": [read, write, append],
  "practice/get-invitation": [read],
  "practice/join": [read, write, append, showMemberClient],
  "practice/read-audit-trail": [read, readAudit],
  "practice/get-checkpoint": [read, sealed],
  "practice/export": [read, append],
  "practice/recover": [read, append],
  "practice/change-members": [read, write, remove, append, [members("AdminDeleteUser")]],
  "practice/get-practice": [read],
  "practice/get-changes": [read],
  "practice/upload-url": [read, put("Records")],
  "practice/put-file": [read, write, remove, get("Records"), append],
  "practice/download-url": [read, get("Records"), append],
  "practice/deactivate": [read, listed, write, remove, destroy("Records"), [members("AdminDeleteUser")], append],
  "practice/request-deactivation": [read, write, append],
  "practice/cancel-deactivation": [read, write, append],
  "practice/get-delivery-address": [read],
  "practice/contribution-upload-url": [read, put("Pending")],
  "practice/contribute": [read, write, check, get("Pending"), sign, append],
  "patient/register": [read, write, showClient],
  "patient/confirm": [read, write, append, showClient],
  "patient/sign-in": [[patients("AdminInitiateAuth")], showClient],
  "patient/recover": [read, append],
  "patient/get-consent": [read],
  "patient/sign-consent": [read, write, check, sign, append],
  "patient/revoke-consent": [read, write, check, sign, append],
  "patient/upload-url": [read, put("Records")],
  "patient/begin-upload": [read, listed, write, check, put("Records"), abort("Records")],
  "patient/part-urls": [read, signParts("Records")],
  "patient/abort-upload": [read, remove, abort("Records")],
  "patient/commit": [publish, remove, get("Records"), complete("Records")],
  "patient/list-versions": [read, listed],
  "patient/download-url": [read, get("Records"), append],
  "patient/delete-record": [publish, remove, hide("Records"), abort("Records")],
  "patient/get-manifest": [read],
  "patient/get-manifest-page": [read],
  "patient/publish-manifest": [publish],
  "patient/get-decided": [read],
  "patient/get-key-pages": [read],
  "patient/make-card": [publish],
  "patient/list-cards": [listed],
  "patient/revoke-card": [read, write, append],
  "patient/change-card": [publish],
  "patient/strike-card": [publish],
  "patient/set-open-part": [read, write, check, append],
  "patient/remove-open-part": [read, write, append],
  "card/read-open-part": [read, write, append],
  "patient/list-contributions": [listed, get("Pending")],
  "patient/approve-contribution": [publish, remove, approve],
  "patient/reject-contribution": [publish, remove, hide("Pending"), hide("Records"), abort("Records")],
  "patient/list-grants": [read, listed],
  "patient/halt-grant": [read, write, append],
  "patient/make-delivery-address": [read, write, check, append],
  "patient/list-delivery-addresses": [listed],
  "patient/revoke-delivery-address": [read, write, remove, append],
  "patient/end-signer": [read, write, append],
  "patient/read-audit-trail": [read, readAudit],
  "patient/get-checkpoint": [read, sealed],
  "patient/deactivate": destroyAccount,
  "patient/request-deactivation": [read, write, check, append],
  "patient/cancel-deactivation": [read, write, check, remove, append],
  "hcp/emergency-access": [read, write, check, get("Records"), append],
  "hcp/session": [read, write, session, sign, append],
  "hcp/end-access": [read, write, append],
  "hcp/list-records": [read, listed, write, append],
  "hcp/download-url": [read, write, get("Records"), get("Pending"), append],
  "hcp/contribution-upload-url": [read, put("Pending")],
  "hcp/begin-contribution-upload": [read, listed, write, check, put("Pending"), abort("Pending")],
  "hcp/contribution-part-urls": [read, signParts("Pending")],
  "hcp/abort-contribution-upload": [read, remove, abort("Pending")],
  "hcp/contribute": [read, write, check, remove, get("Pending"), complete("Pending"), sign, append],
  "system/deactivate": [...destroyAccount, [members("AdminDeleteUser")]],
  "system/sweep-accounts": [read, remove, sweep],
  "system/sign-checkpoint": [changes, sealed, seal, sign],
  "system/notify-patient": [stream, [patients("AdminGetUser")], sendNotice, lost],
  "system/limit-token": [],
  "hri/well-known": [],
  "hri/put-entry": [putEntry, lookUp],
  "hri/look-up": [lookUp],
  "hri/remove-entry": [putEntry, lookUp],
}

const ownLog = (name: string) => {
  const log = `${name.replaceAll(/[/-]/g, "")}Log`
  return [`logs:CreateLogStream on ${log}`, `logs:PutLogEvents on ${log}`]
}

describe("permissions", () => {
  test("every function has a row here, and every row a function", () => {
    expect(functions.map(({ name }) => name).sort()).toEqual(Object.keys(permitted).sort())
  })

  test.each(functions)("$name may do what its use-case needs and nothing more", ({ name, statements }) => {
    const expected = new Set([...ownLog(name), ...(permitted[name] ?? [["a row"]]).flat()])
    expect(permissionsOf(statements)).toEqual([...expected].sort())
  })

  test("no function has an action with a wildcard, or the resource * but for the names of streams", () => {
    const everywhere = functions.flatMap(({ statements }) =>
      permissionsOf(statements).filter((permission) => / on \*/.test(permission)),
    )
    expect(everywhere).toEqual([listStreams])
    for (const { statements } of functions)
      for (const { Action } of statements) expect(JSON.stringify(Action)).not.toContain("*")
  })

  test("no function shares its role, and no role has more than its one policy", () => {
    expect(new Set(functions.map(({ role }) => role)).size).toBe(functions.length)
    for (const template of [templates.cloud, templates.index]) {
      expect(resourcesOf(template, "AWS::IAM::Policy")).toEqual([])
      expect(resourcesOf(template, "AWS::IAM::ManagedPolicy")).toEqual([])
      const roles = resourcesOf(template, "AWS::IAM::Role")
      expect(roles).toHaveLength(functionsOf(template).length)
      for (const { Properties } of roles) {
        expect(Properties.ManagedPolicyArns).toBeUndefined()
        expect(Properties.Policies).toHaveLength(1)
        expect(Properties.AssumeRolePolicyDocument.Statement).toMatchObject([
          { Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" },
        ])
      }
    }
  })

  test("no professional's function can write or delete a record", () => {
    const hcp = functions.filter(({ name }) => name.startsWith("hcp/"))
    expect(hcp).toHaveLength(10)
    const onRecords = hcp
      .flatMap(({ statements }) => permissionsOf(statements))
      .filter((p) => p.includes("ObjectStoreRecords"))
    expect(new Set(onRecords)).toEqual(new Set(["s3:GetObject on ObjectStoreRecords/*"]))
  })

  test("no function can update, overwrite or delete an audit event", () => {
    const onAudit = functions
      .flatMap(({ statements }) => permissionsOf(statements))
      .filter((p) => p.includes("AuditTrail"))
    expect(new Set(onAudit)).toEqual(
      new Set([
        "dynamodb:PartiQLInsert on AuditTrailTable",
        "dynamodb:Query on AuditTrailTable",
        "dynamodb:Query on AuditTrailTable/index/changes",
      ]),
    )
  })

  test("nobody but the sealer adds to the checkpoints, and nobody can take from them", () => {
    const onSeals = (name: string) =>
      functions
        .filter((fn) => fn.name === name || name === "")
        .flatMap(({ statements }) => permissionsOf(statements))
        .filter((p) => p.includes("AuditCheckpoints"))
    expect(
      functions.filter(({ name }) => onSeals(name).some((p) => p.startsWith("s3:Put"))).map(({ name }) => name),
    ).toEqual(["system/sign-checkpoint"])
    expect(new Set(onSeals("").map((p) => p.split(" ")[0]))).toEqual(
      new Set(["s3:GetObject", "s3:ListBucket", "s3:PutObject"]),
    )
  })

  test("a key of the provider's signs for consents, receipts and checkpoints alone", () => {
    const signing = functions.filter(({ statements }) =>
      permissionsOf(statements).includes(`kms:Sign on ${providerKeyArn}`),
    )
    expect(signing.map(({ name }) => name).sort()).toEqual([
      "hcp/contribute",
      "hcp/session",
      "patient/revoke-consent",
      "patient/sign-consent",
      "practice/contribute",
      "system/sign-checkpoint",
    ])
  })
})
