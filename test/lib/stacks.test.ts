import { Annotations, Match } from "aws-cdk-lib/assertions"
import { describe, expect, test } from "vitest"
import { environmentNames } from "../../contract/environment.ts"
import { routeNames, routes } from "../../contract/routes.ts"
import { rewriting } from "../../lib/audit-trail.ts"
import { functionsOf, type Json, referred, resourcesOf, synthesize } from "./stacks.ts"

const templates = synthesize()
const both = [templates.cloud, templates.index]

describe("functions", () => {
  const functions = both.flatMap((template) => functionsOf(template))

  test("run on Node 24 on arm64 for at most 10 s, and log what they write themselves", () => {
    for (const { fn } of functions) {
      expect(fn.Properties).toMatchObject({
        Runtime: "nodejs24.x",
        Architectures: ["arm64"],
        Handler: "index.handler",
        LoggingConfig: { LogFormat: "Text" },
      })
      expect(fn.Properties.Timeout).toBeLessThanOrEqual(10)
      expect(fn.Properties.MemorySize).toBeGreaterThanOrEqual(512)
    }
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
        Properties.Dimensions.some(({ Value }: Json) => Value.Ref === fn.id),
      )
      expect(own).toMatchObject([
        { Properties: { MetricName: "Errors", Threshold: 1, TreatMissingData: "notBreaching" } },
      ])
      const route = routeNames.find((route) => route === name)
      if (route) expect(own[0]?.Properties.AlarmDescription).toBe(routes[route].impact)
      else expect(own[0]?.Properties.AlarmDescription).toMatch(/temporary accounts/)
    }
  })

  test("the sweep of temporary accounts runs every quarter of an hour", () => {
    templates.cloud.hasResourceProperties("AWS::Events::Rule", {
      ScheduleExpression: "rate(15 minutes)",
      State: "ENABLED",
    })
  })
})

describe("at rest", () => {
  test("everything is encrypted under the stack's own rotating key", () => {
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
      for (const { Properties } of resourcesOf(template, "AWS::S3::Bucket"))
        expect(Properties.BucketEncryption.ServerSideEncryptionConfiguration).toEqual([
          { BucketKeyEnabled: true, ServerSideEncryptionByDefault: { KMSMasterKeyID: arn, SSEAlgorithm: "aws:kms" } },
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
      const logs = key?.Properties.KeyPolicy.Statement.filter(({ Principal }: Json) => Principal.Service !== undefined)
      expect(logs).toHaveLength(1)
      expect(logs[0].Condition.ArnLike).toHaveProperty("kms:EncryptionContext:aws:logs:arn")
      expect(JSON.stringify(logs[0].Action)).not.toContain("*")
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
        expect(table.DeletionPolicy).toBe("Retain")
      }
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
      ],
      ResourcePolicy: {
        PolicyDocument: { Statement: [{ Effect: "Deny", Principal: { AWS: "*" }, Action: rewriting }] },
      },
    })
    for (const action of ["PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "PartiQLUpdate", "PartiQLDelete"])
      expect(rewriting).toContain(`dynamodb:${action}`)
  })

  test("the provider's key signs and does nothing else", () => {
    templates.cloud.hasResourceProperties("AWS::KMS::Key", { KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" })
  })
})

describe("object store", () => {
  const buckets = resourcesOf(templates.cloud, "AWS::S3::Bucket")
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
            },
          ],
        },
      })
      expect(DeletionPolicy).toBe("Retain")
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

  test("only accepting a contribution copies over that rule, and only into records", () => {
    const { role } = functionsOf(templates.cloud).find(({ name }) => name === "patient/approve-contribution")!
    const exempt = (bucket: string) =>
      statementsOf(bucket).flatMap(({ Condition }) => Condition.ArnNotEquals?.["aws:PrincipalArn"] ?? [])
    expect(exempt("ObjectStoreRecords")).toEqual([{ "Fn::GetAtt": [role, "Arn"] }])
    expect(exempt("ObjectStorePending")).toEqual([])
  })

  test("web apps may PUT and GET from the configured origins alone", () => {
    for (const { Properties } of buckets) expect(Properties.CorsConfiguration).toBeUndefined()
    const { cloud } = synthesize({ allowedOrigins: "https://ehr.example" })
    for (const { Properties } of resourcesOf(cloud, "AWS::S3::Bucket"))
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
          ExposedHeaders: ["etag"],
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
      AccountRecoverySetting: { RecoveryMechanisms: [{ Name: "verified_email", Priority: 1 }] },
      MfaConfiguration: "OPTIONAL",
      EnabledMfas: ["SOFTWARE_TOKEN_MFA"],
      DeletionProtection: "ACTIVE",
      Policies: { PasswordPolicy: password },
    })
  })

  test("nobody signs up as a professional, and no such account can be recovered", () => {
    expect(pool("Hcps")?.Properties).toMatchObject({
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
      AccountRecoverySetting: { RecoveryMechanisms: [{ Name: "admin_only", Priority: 1 }] },
      DeletionProtection: "ACTIVE",
      Policies: { PasswordPolicy: password },
    })
    expect(pool("Hcps")?.Properties.AliasAttributes).toBeUndefined()
  })

  test("only our functions sign anybody in, for an hour, and a wrong name looks like a wrong password", () => {
    const clients = resourcesOf(templates.cloud, "AWS::Cognito::UserPoolClient")
    expect(clients).toHaveLength(2)
    for (const { Properties } of clients) {
      expect(Properties).toMatchObject({
        ExplicitAuthFlows: ["ALLOW_ADMIN_USER_PASSWORD_AUTH"],
        GenerateSecret: false,
        AllowedOAuthFlowsUserPoolClient: false,
        PreventUserExistenceErrors: "ENABLED",
        EnableTokenRevocation: true,
        AccessTokenValidity: 60,
        TokenValidityUnits: { AccessToken: "minutes" },
      })
      expect(Properties.AllowedOAuthFlows).toBeUndefined()
    }
  })
})

describe("stacks", () => {
  test("tell what was deployed", () => {
    expect(Object.keys(templates.cloud.findOutputs("*")).sort()).toEqual([
      "ApiId",
      "AuditTable",
      "HcpClientId",
      "HcpPoolId",
      "MainTable",
      "PatientClientId",
      "PatientPoolId",
      "PendingBucket",
      "RecordsBucket",
      "Url",
    ])
    expect(Object.keys(templates.index.findOutputs("*")).sort()).toEqual(["ApiId", "HriTable", "Url"])
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

  test.each([
    ["cloud", "1st"],
    ["cloud", "HealthRecordIndex"],
    ["retain", "no"],
    ["title", ""],
  ])("-c %s=%s is refused by name", (name, value) => {
    expect(() => synthesize({ [name]: value })).toThrow(`-c ${name}:`)
  })
})
