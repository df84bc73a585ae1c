import type { Deployed, DeployedFunction, Policy, Statement } from "./deployed.ts"

/** A mistake in a policy, and how it is found out. */
export interface Mutation {
  readonly name: string
  readonly found: RegExp
  readonly make: (deployed: Deployed) => Deployed
}

type Change = (statement: Statement) => Statement | undefined

/** Throws where nothing changes: a mistake that isn't made can't be found. */
const changed = (policy: Policy, change: Change): Policy => {
  const Statement = policy.Statement.flatMap((statement) => change(statement) ?? [])
  if (JSON.stringify(Statement) === JSON.stringify(policy.Statement)) throw new Error("nothing was changed")
  return { ...policy, Statement }
}

const inRole = (deployed: Deployed, name: string, change: (fn: DeployedFunction) => DeployedFunction): Deployed => ({
  ...deployed,
  functions: deployed.functions.map((fn) => (fn.name === name ? change(fn) : fn)),
})
const inStatements =
  (name: string, change: Change) =>
  (deployed: Deployed): Deployed =>
    inRole(deployed, name, (fn) => ({ ...fn, policy: changed(fn.policy, change) }))

/** Of the resource whose ARN holds `id`. */
const onResource =
  (id: string, change: Change) =>
  (deployed: Deployed): Deployed => {
    const [arn] = [...deployed.resourcePolicies.keys()].filter((one) => one.includes(id))
    const policy = deployed.resourcePolicies.get(arn ?? "")
    if (arn === undefined || policy === undefined) throw new Error(`nothing is called ${id}`)
    return { ...deployed, resourcePolicies: new Map(deployed.resourcePolicies).set(arn, changed(policy, change)) }
  }

const omitting = <T>(from: Readonly<Record<string, T>>, name: string): Record<string, T> =>
  Object.fromEntries(Object.entries(from).filter(([other]) => other !== name))

const has = ({ Action }: Statement, action: string) => [Action].flat().includes(action)
const without =
  (action: string): Change =>
  (statement) => {
    if (!has(statement, action)) return statement
    const Action = [statement.Action].flat().filter((one) => one !== action)
    return Action.length === 0 ? undefined : { ...statement, Action }
  }
const withoutStatement =
  (sid: string): Change =>
  (statement) =>
    statement.Sid === sid ? undefined : statement
/** Statements of an action, with a text in them replaced. */
const replacing =
  (action: string, from: string | RegExp, to: string): Change =>
  (statement) =>
    has(statement, action) ? JSON.parse(JSON.stringify(statement).replace(from, to)) : statement

const granting = (name: string, statement: Omit<Statement, "Sid" | "Effect">) => (deployed: Deployed) =>
  inRole(deployed, name, (fn) => ({
    ...fn,
    policy: { ...fn.policy, Statement: [...fn.policy.Statement, { Sid: "More", Effect: "Allow", ...statement }] },
  }))

export const mutations: readonly Mutation[] = [
  {
    name: "emergency access may not append its event",
    make: inStatements("hcp/emergency-access", without("dynamodb:PartiQLInsert")),
    found: /^hcp\/emergency-access is denied dynamodb:PartiQLInsert/,
  },
  {
    name: "emergency access may read objects, but not by their key",
    make: inStatements("hcp/emergency-access", replacing("kms:Decrypt", "s3.eu-central-1", "s3.us-east-1")),
    found: /^hcp\/emergency-access is denied kms:Decrypt/,
  },
  {
    name: "a professional may sign the upload of a record",
    make: (deployed) => {
      const bucket = `arn:aws:s3:::${deployed.functions.find(({ name }) => name === "patient/commit")?.environment["RECORDS_BUCKET"]}`
      return granting("hcp/contribution-upload-url", { Action: "s3:PutObject", Resource: `${bucket}/*` })(deployed)
    },
    found: /^hcp\/contribution-upload-url needs no s3:PutObject/,
  },
  {
    name: "a permission is for the bucket, and not for what is in it",
    make: inStatements("patient/download-url", replacing("s3:GetObject", "/*", "")),
    found: /^patient\/download-url is denied s3:GetObject/,
  },
  {
    name: "a function may read every table",
    make: granting("patient/list-cards", { Action: "dynamodb:Query", Resource: "arn:aws:dynamodb:*:*:table/*" }),
    found: /^patient\/list-cards needs no dynamodb:Query/,
  },
  {
    name: "the sealer reads the trail, and not its index of changes",
    make: inStatements("system/sign-checkpoint", replacing("dynamodb:Query", "/index/changes", "")),
    found: /^system\/sign-checkpoint is denied dynamodb:Query/,
  },
  {
    name: "a function isn't told of a bucket that it uses",
    make: (deployed) =>
      inRole(deployed, "patient/upload-url", (fn) => ({
        ...fn,
        environment: omitting(fn.environment, "RECORDS_BUCKET"),
      })),
    found: /^patient\/upload-url is not told RECORDS_BUCKET/,
  },
  {
    name: "records may be overwritten",
    make: onResource("objectstorerecords", withoutStatement("OnlyCreate")),
    found: /^an administrator may s3:PutObject on .*objectstorerecords.*: put where something may be$/,
  },
  {
    name: "approving a contribution may not copy over that rule",
    make: onResource("objectstorerecords", (statement) => {
      return { ...statement, Condition: omitting(statement.Condition ?? {}, "ArnNotEquals") }
    }),
    found: /^patient\/approve-contribution is denied s3:PutObject/,
  },
  {
    name: "URLs of the pending bucket are good for longer than they say",
    make: onResource("objectstorepending", replacing("s3:GetObject", "900000", "9000000")),
    found: /^an administrator may s3:GetObject on .*objectstorepending.*: read by an old signature$/,
  },
  {
    name: "events may be overwritten by PutItem",
    make: onResource("audittrail", without("dynamodb:PutItem")),
    found: /^an administrator may dynamodb:PutItem on .*audittrail/,
  },
  {
    name: "a checkpoint may be hidden",
    make: onResource("auditcheckpoints", withoutStatement("CheckpointsStay")),
    found: /^an administrator may s3:DeleteObject on .*auditcheckpoints.*: hide a checkpoint$/,
  },
  {
    name: "the key of everything may be scheduled for deletion",
    make: onResource("cloud-datakey", without("kms:ScheduleKeyDeletion")),
    found: /^an administrator may kms:ScheduleKeyDeletion on .*cloud-datakey.*: end a key$/,
  },
  {
    name: "the account no longer vouches for who may use the key of everything",
    make: onResource("cloud-datakey", (statement) => (has(statement, "kms:*") ? undefined : statement)),
    found: /^patient\/commit is denied kms:Decrypt/,
  },
  {
    name: "a bucket denies what no probe tries",
    make: onResource("objectstorepending", (statement) =>
      statement.Sid === "OnlyCreate" ? { ...statement, Action: ["s3:PutObject", "s3:PutObjectTagging"] } : statement,
    ),
    found: /objectstorepending.* denies s3:PutObjectTagging on .*, and no probe shows it$/,
  },
]
