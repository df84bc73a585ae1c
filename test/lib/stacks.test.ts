import { Annotations, Match, type Template } from "aws-cdk-lib/assertions"
import { describe, expect, test } from "vitest"
import { environmentNames } from "../../contract/environment.ts"
import { routeNames, routes } from "../../contract/routes.ts"
import { rewriting } from "../../lib/audit-trail.ts"
import { reservedAtOnce } from "../../lib/cloud-use-cases.ts"
import { endingKey } from "../../lib/lasting-key.ts"
import { functionsOf, type Json, providerKeyArn, referred, resourcesOf, synthesize } from "./stacks.ts"

const templates = synthesize()
const both = [templates.cloud, templates.index]

describe("functions", () => {
  const functions = both.flatMap((template) => functionsOf(template))

  test("run on Node 24 on arm64 for at most 10 s but where the object store needs longer, and log what they write themselves", () => {
    const longer: Record<string, number> = {
      // Nobody waits for the sealer, which ends before the next begins.
      "system/sign-checkpoint": 60,
      // Nobody waits for the sweep, of as many accounts as there are.
      "system/sweep-accounts": 300,
      // Nobody waits for what destroys accounts, some of them large.
      "system/deactivate": 600,
      // The object store puts thousands of parts together, or copies gigabytes; an HTTP API waits for 30 s.
      "patient/commit": 29,
      // All versions of a record are erased in the request that strikes it.
      "patient/delete-record": 29,
      "hcp/contribute": 29,
      "patient/approve-contribution": 29,
    }
    for (const { name, fn } of functions) {
      expect(fn.Properties).toMatchObject({
        Runtime: "nodejs24.x",
        Architectures: ["arm64"],
        Handler: "index.handler",
        LoggingConfig: { LogFormat: "Text" },
      })
      expect(fn.Properties.Timeout).toBeLessThanOrEqual(longer[name] ?? 10)
      expect(fn.Properties.MemorySize).toBeGreaterThanOrEqual(512)
    }
  })

  test("that may take half a minute leave room for the others, but in a trial, whose account may have little", () => {
    const reserved = (context?: Record<string, unknown>) => {
      const { cloud, index } = synthesize(context)
      return Object.fromEntries(
        [...functionsOf(cloud), ...functionsOf(index)].flatMap(({ name, fn }) => {
          const { ReservedConcurrentExecutions } = fn.Properties
          return ReservedConcurrentExecutions === undefined ? [] : [[name, ReservedConcurrentExecutions]]
        }),
      )
    }
    const kept = reserved()
    expect(Object.keys(kept).sort()).toEqual([
      "hcp/contribute",
      "patient/approve-contribution",
      "patient/commit",
      "patient/delete-record",
    ])
    expect(Object.values(kept).reduce((sum, each) => sum + each, 0)).toBe(reservedAtOnce)
    expect(reserved({ retain: "false" })).toEqual({})
  })

  test("are told only what the contract names", () => {
    for (const { fn } of functions)
      for (const name of Object.keys(fn.Properties.Environment?.Variables ?? {}))
        expect(environmentNames).toContain(name)
  })

  test("log to a group of their own", () => {
    const groups = functions.map(({ fn }) => referred(fn.Properties.LoggingConfig.LogGroup))
    expect(new Set(groups).size).toBe(functions.length)
  })

  test("each have an alarm that says what their failure means to people", () => {
    const alarms = both.flatMap((template) => resourcesOf(template, "AWS::CloudWatch::Alarm"))
    for (const { name, fn } of functions) {
      const own = alarms.filter(({ Properties }) =>
        Properties.Dimensions?.some(({ Value }: Json) => Value.Ref === fn.id && Properties.MetricName === "Errors"),
      )
      expect(own).toMatchObject([
        { Properties: { MetricName: "Errors", Threshold: 1, TreatMissingData: "notBreaching" } },
      ])
      const route = routeNames.find((route) => route === name)
      if (route) expect(own[0]?.Properties.AlarmDescription).toBe(routes[route].impact)
      else
        expect(own[0]?.Properties.AlarmDescription).toMatch(
          /temporary accounts|not told|not sealed|not destroyed|sign in/,
        )
    }
  })

  test("accounts whose end is due are destroyed every hour", () => {
    const [due] = functionsOf(templates.cloud).filter(({ name }) => name === "system/deactivate")
    const rules = resourcesOf(templates.cloud, "AWS::Events::Rule").filter(({ Properties }) =>
      Properties.Targets.some(({ Arn }: Json) => referred(Arn) === due?.fn.id),
    )
    expect(rules).toMatchObject([{ Properties: { ScheduleExpression: "rate(1 hour)", State: "ENABLED" } }])
  })

  test("the sweep of temporary accounts runs every quarter of an hour", () => {
    templates.cloud.hasResourceProperties("AWS::Events::Rule", {
      ScheduleExpression: "rate(15 minutes)",
      State: "ENABLED",
    })
  })
})

describe("data at rest", () => {
  test("everything is encrypted under the stack's own rotating key, but for access logs and checkpoints, which are under S3's", () => {
    for (const template of both) {
      const [key, ...others] = resourcesOf(template, "AWS::KMS::Key").filter(
        ({ Properties }) => Properties.EnableKeyRotation,
      )
      expect(others).toEqual([])
      const arn = { "Fn::GetAtt": [key?.id, "Arn"] }
      for (const { Properties } of resourcesOf(template, "AWS::DynamoDB::Table"))
        expect(Properties.SSESpecification).toEqual({ KMSMasterKeyId: arn, SSEEnabled: true, SSEType: "KMS" })
      for (const { Properties } of resourcesOf(template, "AWS::Logs::LogGroup"))
        expect(Properties.KmsKeyId).toEqual(arn)
      for (const { Properties } of resourcesOf(template, "AWS::SNS::Topic"))
        expect(Properties.KmsMasterKeyId).toEqual(arn)
      // S3 delivers its access logs, which hold nothing of an object, under a key of its own alone; checkpoints outlive every key of ours.
      const underKeysOfS3 = /^(AccessLogs|AuditCheckpoints)/
      for (const { id, Properties } of resourcesOf(template, "AWS::S3::Bucket"))
        expect(Properties.BucketEncryption.ServerSideEncryptionConfiguration).toEqual([
          underKeysOfS3.test(id)
            ? { ServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } }
            : {
                BucketKeyEnabled: true,
                ServerSideEncryptionByDefault: { KMSMasterKeyID: arn, SSEAlgorithm: "aws:kms" },
              },
        ])
    }
  })

  test("logs are kept for 90 days", () => {
    for (const template of both)
      for (const { Properties } of resourcesOf(template, "AWS::Logs::LogGroup"))
        expect(Properties.RetentionInDays).toBe(90)
  })

  test("the log service may use the key for logs of this account alone", () => {
    for (const template of both) {
      const [key] = resourcesOf(template, "AWS::KMS::Key").filter(({ Properties }) => Properties.EnableKeyRotation)
      const logs = key?.Properties.KeyPolicy.Statement.filter(({ Principal }: Json) =>
        JSON.stringify(Principal.Service ?? "").includes("logs."),
      )
      expect(logs).toHaveLength(1)
      expect(logs[0].Condition.ArnLike).toHaveProperty("kms:EncryptionContext:aws:logs:arn")
      expect(JSON.stringify(logs[0].Action)).not.toContain("*")
    }
  })

  test("the key may be used for alarms of this account alone", () => {
    for (const template of both) {
      const [key] = resourcesOf(template, "AWS::KMS::Key").filter(({ Properties }) => Properties.EnableKeyRotation)
      expect(key?.Properties.KeyPolicy.Statement).toContainEqual(
        expect.objectContaining({
          Principal: { Service: "cloudwatch.amazonaws.com" },
          Condition: { StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } } },
        }),
      )
    }
  })

  test("a key is ended by nobody but the role that is configured for it", () => {
    const denials = ({ cloud, index, keys }: Pick<typeof templates, "cloud" | "index" | "keys">) =>
      [cloud, index, keys].flatMap((template) =>
        resourcesOf(template, "AWS::KMS::Key").map(({ Properties }) =>
          Properties.KeyPolicy.Statement.filter(({ Effect }: Json) => Effect === "Deny"),
        ),
      )
    const denial = { Effect: "Deny", Principal: { AWS: "*" }, Action: endingKey, Resource: "*", Sid: "KeyStays" }
    expect(denials(templates)).toEqual([[denial], [denial], [denial]])
    const breakGlass = "arn:aws:iam::111122223333:role/break-glass"
    const Condition = { ArnNotEquals: { "aws:PrincipalArn": breakGlass } }
    expect(denials(synthesize({ breakGlass }))).toEqual([1, 2, 3].map(() => [{ ...denial, Condition }]))
    expect(denials(synthesize({ retain: "false" }))).toEqual([[], [], []])
    expect(() => synthesize({ breakGlass: "*" })).toThrow("-c breakGlass:")
  })

  test("the log of an API has a name that takes no room in the account's policy of log groups", () => {
    for (const template of both) {
      const [api] = resourcesOf(template, "AWS::ApiGatewayV2::Api")
      const [log] = resourcesOf(template, "AWS::Logs::LogGroup").filter(({ id }) => id.startsWith("HttpApiAccessLog"))
      expect(log?.Properties.LogGroupName).toEqual({ "Fn::Join": ["", ["/aws/vendedlogs/", { Ref: api?.id }]] })
    }
  })

  test("tables can be restored to any second, are paid by use, and can't be deleted by mistake", () => {
    for (const template of both)
      for (const table of resourcesOf(template, "AWS::DynamoDB::Table")) {
        expect(table.Properties).toMatchObject({
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          BillingMode: "PAY_PER_REQUEST",
          DeletionProtectionEnabled: true,
        })
        expect(table.DeletionPolicy).toBe("RetainExceptOnCreate")
      }
  })

  test("the main table takes from the first day on as much as a table may, but in a trial", () => {
    const table = (template: Template) =>
      resourcesOf(template, "AWS::DynamoDB::Table").find(({ id }) => id.startsWith("Main"))
    expect(table(templates.cloud)?.Properties.WarmThroughput).toEqual({
      ReadUnitsPerSecond: 12_000,
      WriteUnitsPerSecond: 40_000,
    })
    expect(table(synthesize({ retain: false }).cloud)?.Properties.WarmThroughput).toBeUndefined()
  })

  test("items of the main table may expire; events and index entries never do", () => {
    const expiring = both
      .flatMap((template) => resourcesOf(template, "AWS::DynamoDB::Table"))
      .filter(({ Properties }) => Properties.TimeToLiveSpecification !== undefined)
    expect(expiring).toMatchObject([
      { Properties: { TimeToLiveSpecification: { AttributeName: "ttl", Enabled: true } } },
    ])
    expect(expiring[0]?.id).toMatch(/^MainTable/)
  })

  test("the audit table itself refuses whatever could change an event, from anybody", () => {
    templates.cloud.hasResourceProperties("AWS::DynamoDB::Table", {
      AttributeDefinitions: [
        { AttributeName: "pk", AttributeType: "S" },
        { AttributeName: "sk", AttributeType: "N" },
        { AttributeName: "lane", AttributeType: "S" },
        { AttributeName: "at", AttributeType: "S" },
      ],
      ResourcePolicy: {
        PolicyDocument: { Statement: [{ Effect: "Deny", Principal: { AWS: "*" }, Action: rewriting }] },
      },
    })
    for (const action of ["PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "PartiQLUpdate", "PartiQLDelete"])
      expect(rewriting).toContain(`dynamodb:${action}`)
  })
})

describe("audit seals", () => {
  const bucketOf = (template: typeof templates.cloud) =>
    resourcesOf(template, "AWS::S3::Bucket").find(({ id }) => id.startsWith("AuditCheckpoints"))
  const lockOf = (context: Record<string, unknown>) =>
    bucketOf(synthesize(context).cloud)?.Properties.ObjectLockConfiguration.Rule.DefaultRetention

  test("are locked for ten years, and nobody may end that before", () => {
    expect(bucketOf(templates.cloud)).toMatchObject({
      DeletionPolicy: "RetainExceptOnCreate",
      Properties: {
        ObjectLockEnabled: true,
        ObjectLockConfiguration: {
          ObjectLockEnabled: "Enabled",
          Rule: { DefaultRetention: { Mode: "COMPLIANCE", Days: 3650 } },
        },
        VersioningConfiguration: { Status: "Enabled" },
      },
    })
    expect(bucketOf(templates.cloud)?.Properties.LifecycleConfiguration).toBeUndefined()
  })

  test("are locked for as long as is configured", () => {
    expect(lockOf({ checkpointRetentionDays: "400" })).toEqual({ Mode: "COMPLIANCE", Days: 400 })
    for (const days of ["0", "1.5", "-1", "ten", "40000"])
      expect(() => synthesize({ checkpointRetentionDays: days })).toThrow(/checkpointRetentionDays/)
  })

  test("of a cloud for trial can be taken away by who may bypass governance", () => {
    expect(lockOf({ retain: "false" })).toEqual({ Mode: "GOVERNANCE", Days: 3650 })
  })

  test("are never put over and never hidden, by anybody", () => {
    const policy = resourcesOf(templates.cloud, "AWS::S3::BucketPolicy").find(
      ({ Properties }) => referred(Properties.Bucket) === bucketOf(templates.cloud)?.id,
    )
    const denied: Json[] = policy?.Properties.PolicyDocument.Statement ?? []
    for (const [action, condition] of [
      ["s3:PutObject", { Null: { "s3:if-none-match": "true" } }],
      ["s3:DeleteObject", undefined],
    ] as const) {
      const [statement] = denied.filter(({ Action }) => Action === action)
      expect(statement).toMatchObject({ Effect: "Deny", Principal: { AWS: "*" } })
      expect(statement.Condition).toEqual(condition)
    }
  })

  test("are made every minute", () => {
    const [sealer] = functionsOf(templates.cloud).filter(({ name }) => name === "system/sign-checkpoint")
    const rules = resourcesOf(templates.cloud, "AWS::Events::Rule").filter(({ Properties }) =>
      Properties.Targets.some(({ Arn }: Json) => referred(Arn) === sealer?.fn.id),
    )
    expect(rules).toMatchObject([{ Properties: { ScheduleExpression: "rate(1 minute)", State: "ENABLED" } }])
  })

  test("are made from an index that tells which chains changed, and not what happened", () => {
    const [table] = resourcesOf(templates.cloud, "AWS::DynamoDB::Table").filter(({ id }) => id.startsWith("AuditTrail"))
    expect(table?.Properties.GlobalSecondaryIndexes).toEqual([
      {
        IndexName: "changes",
        KeySchema: [
          { AttributeName: "lane", KeyType: "HASH" },
          { AttributeName: "at", KeyType: "RANGE" },
        ],
        Projection: { ProjectionType: "INCLUDE", NonKeyAttributes: ["hash"] },
      },
    ])
  })
})

describe("object store", () => {
  const ofStore = (template: typeof templates.cloud) =>
    resourcesOf(template, "AWS::S3::Bucket").filter(({ id }) => id.startsWith("ObjectStore"))
  const buckets = ofStore(templates.cloud)
  const policies = resourcesOf(templates.cloud, "AWS::S3::BucketPolicy")
  const statementsOf = (bucket: string): Json[] =>
    policies.find(({ Properties }) => referred(Properties.Bucket).startsWith(bucket))?.Properties.PolicyDocument
      .Statement ?? []
  const names = ["ObjectStoreRecords", "ObjectStorePending"]

  test("there are two buckets: versioned, private, and without ACLs", () => {
    expect(buckets).toHaveLength(2)
    for (const { Properties, DeletionPolicy } of buckets) {
      expect(Properties).toMatchObject({
        VersioningConfiguration: { Status: "Enabled" },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] },
        LifecycleConfiguration: {
          Rules: [
            {
              Status: "Enabled",
              AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
              NoncurrentVersionExpiration: { NoncurrentDays: 30 },
              ExpiredObjectDeleteMarker: true,
            },
          ],
        },
      })
      expect(DeletionPolicy).toBe("RetainExceptOnCreate")
    }
  })

  test.each(names)("%s is reached over TLS 1.2 only", (bucket) => {
    expect(statementsOf(bucket)).toContainEqual(
      expect.objectContaining({ Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } }),
    )
    expect(statementsOf(bucket)).toContainEqual(
      expect.objectContaining({ Effect: "Deny", Condition: { NumericLessThan: { "s3:TlsVersion": 1.2 } } }),
    )
  })

  test.each(names)("%s refuses a URL that was signed more than 15 minutes ago", (bucket) => {
    expect(statementsOf(bucket)).toContainEqual(
      expect.objectContaining({
        Effect: "Deny",
        Principal: { AWS: "*" },
        Action: ["s3:GetObject", "s3:PutObject"],
        Condition: { NumericGreaterThan: { "s3:signatureAge": "900000" } },
      }),
    )
  })

  test.each(names)("%s takes an object only where there is none yet", (bucket) => {
    expect(statementsOf(bucket)).toContainEqual(
      expect.objectContaining({
        Effect: "Deny",
        Principal: { AWS: "*" },
        Action: "s3:PutObject",
        Condition: expect.objectContaining({
          Null: { "s3:if-none-match": "true" },
          Bool: { "s3:ObjectCreationOperation": "true" },
        }),
      }),
    )
  })

  test("only approving a contribution copies over that rule, and only into records", () => {
    const { role } = functionsOf(templates.cloud).find(({ name }) => name === "patient/approve-contribution")!
    const exempt = (bucket: string) =>
      statementsOf(bucket).flatMap(({ Condition }) => Condition.ArnNotEquals?.["aws:PrincipalArn"] ?? [])
    expect(exempt("ObjectStoreRecords")).toEqual([{ "Fn::GetAtt": [role, "Arn"] }])
    expect(exempt("ObjectStorePending")).toEqual([])
  })

  test("web apps may PUT and GET from the configured origins alone", () => {
    for (const { Properties } of buckets) expect(Properties.CorsConfiguration).toBeUndefined()
    const { cloud } = synthesize({ allowedOrigins: "https://ehr.example" })
    for (const { Properties } of ofStore(cloud))
      expect(Properties.CorsConfiguration.CorsRules).toMatchObject([
        {
          AllowedOrigins: ["https://ehr.example"],
          AllowedMethods: ["PUT", "GET"],
          AllowedHeaders: [
            "content-type",
            "x-amz-checksum-sha256",
            "x-amz-sdk-checksum-algorithm",
            "if-none-match",
            "range",
          ],
          ExposedHeaders: ["etag", "content-range"],
        },
      ])
  })
})

describe("identity manager", () => {
  const pool = (name: string) =>
    resourcesOf(templates.cloud, "AWS::Cognito::UserPool").find(({ id }) => id.startsWith(`IdentityManager${name}`))
  const password = {
    MinimumLength: 12,
    RequireLowercase: true,
    RequireUppercase: true,
    RequireNumbers: true,
    RequireSymbols: true,
  }

  test("patients sign up by an id of ours, and in by the e-mail address they confirmed", () => {
    expect(pool("Patients")?.Properties).toMatchObject({
      AliasAttributes: ["email"],
      AutoVerifiedAttributes: ["email"],
      UsernameConfiguration: { CaseSensitive: true },
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: false },
      AccountRecoverySetting: { RecoveryMechanisms: [{ Name: "admin_only", Priority: 1 }] },
      UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ["email"] },
      MfaConfiguration: "OFF",
      UserPoolTier: "ESSENTIALS",
      DeletionProtection: "ACTIVE",
      Policies: { PasswordPolicy: password },
    })
  })

  test("people confirm their address by a message of the sender's own domain; in a trial by Cognito's, of which there are 50 a day", () => {
    for (const name of ["Patients", "Members"]) {
      expect(pool(name)?.Properties.EmailConfiguration).toMatchObject({
        EmailSendingAccount: "DEVELOPER",
        From: "notices@example.org",
      })
      const source = JSON.stringify(pool(name)?.Properties.EmailConfiguration.SourceArn)
      expect(source).toContain(":identity/example.org")
      expect(source).toContain('"AWS::Region"')
    }
    for (const { Properties } of resourcesOf(synthesize({ retain: false }).cloud, "AWS::Cognito::UserPool"))
      expect(Properties.EmailConfiguration).toBeUndefined()
  })

  test("nobody signs up as a professional, and no such account can be recovered", () => {
    expect(pool("Hcps")?.Properties).toMatchObject({
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
      AccountRecoverySetting: { RecoveryMechanisms: [{ Name: "admin_only", Priority: 1 }] },
      MfaConfiguration: "OFF",
      UserPoolTier: "LITE",
      DeletionProtection: "ACTIVE",
      Policies: { PasswordPolicy: password },
    })
    expect(pool("Hcps")?.Properties.AliasAttributes).toBeUndefined()
  })

  test("only our functions sign anybody in, for an hour, and a wrong name looks like a wrong password", () => {
    const clients = resourcesOf(templates.cloud, "AWS::Cognito::UserPoolClient")
    expect(clients).toHaveLength(3)
    for (const { Properties } of clients) {
      expect(Properties).toMatchObject({
        ExplicitAuthFlows: ["ALLOW_ADMIN_USER_PASSWORD_AUTH"],
        AllowedOAuthFlowsUserPoolClient: false,
        PreventUserExistenceErrors: "ENABLED",
        EnableTokenRevocation: true,
        AccessTokenValidity: 60,
        TokenValidityUnits: { AccessToken: "minutes" },
      })
      expect(Properties.AllowedOAuthFlows).toBeUndefined()
    }
  })

  test.each(["Patients", "Members"])(
    "a token of %s goes through our function before it is given out, and that is called by the pools alone",
    (name) => {
      const [limit] = functionsOf(templates.cloud).filter(({ name }) => name === "system/limit-token")
      const lambda = { "Fn::GetAtt": [limit?.fn.id, "Arn"] }
      expect(pool(name)?.Properties.LambdaConfig).toEqual({
        PreTokenGenerationConfig: { LambdaArn: lambda, LambdaVersion: "V2_0" },
      })
      templates.cloud.hasResourceProperties("AWS::Lambda::Permission", {
        FunctionName: lambda,
        Principal: "cognito-idp.amazonaws.com",
        SourceArn: { "Fn::GetAtt": [pool(name)?.id, "Arn"] },
      })
    },
  )

  test.each(["Patients", "Members"])(
    "nobody calls Cognito's public API by the client of %s without its secret, which no template tells",
    (name) => {
      const [client] = resourcesOf(templates.cloud, "AWS::Cognito::UserPoolClient").filter(
        ({ Properties }) => referred(Properties.UserPoolId) === pool(name)?.id,
      )
      expect(client?.Properties).toMatchObject({
        GenerateSecret: true,
        ReadAttributes: ["email"],
        WriteAttributes: ["email"],
      })
      expect(JSON.stringify(templates.cloud.toJSON())).not.toContain("ClientSecret")
    },
  )
})

/** What cdk-nag passes over, held against everything there is, so that what is added later is held too. */
describe("whatever a stack has", () => {
  const resources = both.flatMap((template) =>
    Object.entries<Json>(template.toJSON()["Resources"]).map(([id, resource]) => ({ id, ...resource })),
  )
  const ofType = (type: string) => resources.filter(({ Type }) => Type === type)
  /** Every policy statement, of a role or of a resource, wherever it stands. */
  const statementsIn = (value: Json): Json[] => {
    if (typeof value !== "object" || value === null) return []
    const here = "Statement" in value ? [value.Statement].flat() : []
    return [...here, ...Object.values(value).flatMap(statementsIn)]
  }
  const allowed = resources.flatMap(({ id, Properties }) =>
    statementsIn(Properties)
      .filter(({ Effect }) => Effect === "Allow")
      .map((statement) => ({ id, statement })),
  )

  test("a table is one that the rules look at: restorable, under our key, and not deleted by mistake", () => {
    expect(ofType("AWS::DynamoDB::GlobalTable")).toEqual([])
    expect(ofType("AWS::DynamoDB::Table").length).toBeGreaterThanOrEqual(3)
    for (const { Properties } of ofType("AWS::DynamoDB::Table"))
      expect(Properties).toMatchObject({
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        SSESpecification: { SSEEnabled: true, SSEType: "KMS", KMSMasterKeyId: expect.anything() },
        DeletionProtectionEnabled: true,
      })
  })

  test("a bucket is private, versioned, without ACLs, reached over TLS 1.2 only, and logs who asks it for what", () => {
    const policies = ofType("AWS::S3::BucketPolicy")
    expect(ofType("AWS::S3::Bucket").length).toBeGreaterThanOrEqual(3)
    for (const { id, Properties, DeletionPolicy } of ofType("AWS::S3::Bucket")) {
      expect(Properties).toMatchObject({
        VersioningConfiguration: { Status: "Enabled" },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] },
        BucketEncryption: expect.anything(),
      })
      expect(DeletionPolicy).toBe("RetainExceptOnCreate")
      const conditions = policies
        .filter(({ Properties }) => referred(Properties.Bucket) === id)
        .flatMap(({ Properties }) => statementsIn(Properties))
        .map(({ Effect, Condition }) => ({ Effect, Condition }))
      expect(conditions).toContainEqual({ Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } })
      expect(conditions).toContainEqual({ Effect: "Deny", Condition: { NumericLessThan: { "s3:TlsVersion": 1.2 } } })
      if (id.startsWith("AccessLogs")) expect(Properties.LoggingConfiguration).toBeUndefined()
      else expect(referred(Properties.LoggingConfiguration.DestinationBucketName)).toMatch(/^AccessLogs/)
    }
  })

  test("nothing is open to everybody, and no function has an address of its own", () => {
    for (const { id, statement } of allowed) {
      const principal = JSON.stringify(statement.Principal ?? "")
      expect({ id, principal }).not.toEqual({ id, principal: expect.stringMatching(/^"\*"$|"AWS":"\*"|"\*"\]/) })
    }
    expect(ofType("AWS::Lambda::Url")).toEqual([])
    for (const { Properties } of ofType("AWS::Lambda::Permission"))
      expect(Properties.Principal).toMatch(/amazonaws\.com$/)
  })

  test("no statement allows an action by a wildcard, but that a key is administered by its account", () => {
    const wild = allowed.filter(({ statement }) => JSON.stringify(statement.Action).includes("*"))
    for (const { id, statement } of wild) {
      expect(ofType("AWS::KMS::Key").map((key) => key.id)).toContain(id)
      expect(statement.Action).toBe("kms:*")
      expect(JSON.stringify(statement.Principal)).toContain(":root")
    }
  })

  test("a pool's client gives tokens for an hour at most, to our functions alone, without telling who has an account", () => {
    for (const { Properties } of ofType("AWS::Cognito::UserPoolClient")) {
      expect(Properties).toMatchObject({
        ExplicitAuthFlows: ["ALLOW_ADMIN_USER_PASSWORD_AUTH"],
        PreventUserExistenceErrors: "ENABLED",
        EnableTokenRevocation: true,
        AllowedOAuthFlowsUserPoolClient: false,
        TokenValidityUnits: { AccessToken: "minutes", IdToken: "minutes", RefreshToken: "minutes" },
      })
      for (const token of ["AccessTokenValidity", "IdTokenValidity", "RefreshTokenValidity"])
        expect(Properties[token]).toBeLessThanOrEqual(60)
    }
  })

  test("an HTTP API is throttled", () => {
    expect(ofType("AWS::ApiGatewayV2::Stage")).toHaveLength(2)
    for (const { Properties } of ofType("AWS::ApiGatewayV2::Stage")) {
      expect(Properties.DefaultRouteSettings.ThrottlingBurstLimit).toBeGreaterThan(0)
      expect(Properties.DefaultRouteSettings.ThrottlingRateLimit).toBeGreaterThan(0)
    }
  })

  test("an alarm is heard, and its words, dimensions and metric are the template's: no value of anybody's", () => {
    for (const { Properties } of ofType("AWS::CloudWatch::Alarm")) {
      expect(Properties.AlarmActions.map(referred)).toEqual([expect.stringMatching(/^AlarmTopic/)])
      // Those of all functions together have none.
      for (const { Name, Value } of Properties.Dimensions ?? []) {
        expect(["FunctionName", "QueueName", "ApiId", "Stage", "TableName"]).toContain(Name)
        expect(typeof Value === "string" ? Value : referred(Value)).toMatch(/^[A-Za-z0-9$]+$/)
      }
    }
    expect(ofType("AWS::Logs::MetricFilter")).toEqual([])
  })

  test("the topic of the alarms takes what CloudWatch sends for this account, over TLS alone", () => {
    expect(ofType("AWS::SNS::Topic")).not.toEqual([])
    for (const { Properties } of ofType("AWS::SNS::TopicPolicy").filter(({ id }) => id.startsWith("AlarmTopic")))
      expect(statementsIn(Properties)).toMatchObject([
        { Effect: "Deny", Action: "sns:Publish", Condition: { Bool: { "aws:SecureTransport": "false" } } },
        {
          Effect: "Allow",
          Principal: { Service: "cloudwatch.amazonaws.com" },
          Action: "sns:Publish",
          Condition: { StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } } },
        },
      ])
  })
})

describe("stacks", () => {
  test("tell what was deployed", () => {
    expect(Object.keys(templates.cloud.findOutputs("*")).sort()).toEqual([
      "AlarmTopicArn",
      "ApiId",
      "AuditTable",
      "CheckpointsBucket",
      "DashboardName",
      "HcpClientId",
      "HcpPoolId",
      "MainTable",
      "MemberClientId",
      "MemberPoolId",
      "PatientClientId",
      "PatientPoolId",
      "PendingBucket",
      "RecordsBucket",
      "Url",
    ])
    expect(Object.keys(templates.index.findOutputs("*")).sort()).toEqual([
      "AlarmTopicArn",
      "ApiId",
      "DashboardName",
      "HriTable",
      "Url",
    ])
  })

  test("stand alone: neither refers to the other", () => {
    for (const template of both) {
      expect(JSON.stringify(template.toJSON())).not.toContain("Fn::ImportValue")
      for (const { Export } of Object.values(template.findOutputs("*"))) expect(Export).toBeUndefined()
    }
    expect(templates.stacks.cloud.dependencies).toEqual([])
    expect(templates.stacks.index.dependencies).toEqual([])
  })

  test("of a cloud for trial vanish with all they hold", () => {
    const { cloud, index } = synthesize({ retain: "false" })
    for (const template of [cloud, index]) {
      for (const { DeletionPolicy } of Object.values<Json>(template.toJSON()["Resources"]))
        expect([undefined, "Delete"]).toContain(DeletionPolicy)
      for (const { Properties } of resourcesOf(template, "AWS::DynamoDB::Table"))
        expect(Properties.DeletionProtectionEnabled).toBe(false)
      for (const { Properties } of resourcesOf(template, "AWS::Cognito::UserPool"))
        expect(Properties.DeletionProtection).toBe("INACTIVE")
    }
  })

  test("a second cloud has a name of its own beside the same index", () => {
    const { stacks } = synthesize({ cloud: "EhrCloudNorth" })
    expect(stacks.cloud.stackName).toBe("EhrCloudNorth")
    expect(stacks.index.stackName).toBe("HealthRecordIndex")
  })

  test("a cloud without a trust policy is refused; the index needs none", () => {
    const { stacks } = synthesize({ trustPolicy: undefined })
    const errors = (stack: (typeof stacks)["cloud"] | (typeof stacks)["index"]) =>
      Annotations.fromStack(stack).findError("*", Match.stringLikeRegexp("-c trustPolicy=FILE"))
    expect(errors(stacks.cloud)).toHaveLength(1)
    expect(errors(stacks.index)).toHaveLength(0)
  })

  test("a cloud without a list of its provider's keys is refused, and an index without a name of its own", () => {
    const { stacks } = synthesize({ providerKeys: undefined, hriId: undefined })
    const errors = (stack: (typeof stacks)["cloud"] | (typeof stacks)["index"]) =>
      Annotations.fromStack(stack)
        .findError("*", Match.stringLikeRegexp("-c (providerKeys|hriId)="))
        .map(({ entry }) => JSON.stringify(entry.data))
    expect(errors(stacks.cloud)).toMatchObject([expect.stringContaining("-c providerKeys=FILE")])
    expect(errors(stacks.index)).toMatchObject([expect.stringContaining("-c hriId=NAME")])
  })

  test("who a cloud and an index are comes from the provider's first key and a name, wherever they are deployed", () => {
    const { cloud, index } = synthesize()
    const told = (template: Template, name: string) =>
      new Set(functionsOf(template).flatMap(({ fn }) => fn.Properties.Environment?.Variables?.[name] ?? []))
    expect([...told(cloud, "CLOUD_ID")]).toEqual([expect.stringMatching(/^ehr-cloud:[\w-]{43}$/)])
    expect([...told(index, "HRI_ID")]).toEqual(["hri:index.example"])
    expect([...told(cloud, "PROVIDER_KEY_ID")]).toEqual([providerKeyArn])
  })

  test("a provider's keys are as many as were asked for, for signing alone, outlive their stack, and stay", () => {
    const { keys } = synthesize({ providerKeyCount: "2" })
    keys.resourceCountIs("AWS::KMS::Key", 2)
    keys.allResourcesProperties("AWS::KMS::Key", { KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" })
    keys.allResources("AWS::KMS::Key", { DeletionPolicy: "RetainExceptOnCreate", UpdateReplacePolicy: "Retain" })
    keys.hasResourceProperties("AWS::KMS::Key", {
      KeyPolicy: { Statement: Match.arrayWith([Match.objectLike({ Sid: "KeyStays", Effect: "Deny" })]) },
    })
    expect(Object.keys(keys.toJSON()["Outputs"])).toEqual(["Key1", "Key2"])
  })

  test.each([
    ["hriId", "Upper.Case"],
    ["providerKeyCount", "18"],
    ["cloud", "1st"],
    ["cloud", "HealthRecordIndex"],
    ["retain", "no"],
    ["title", ""],
  ])("-c %s=%s is refused by name", (name, value) => {
    expect(() => synthesize({ [name]: value })).toThrow(`-c ${name}:`)
  })
})
