import { ACMClient, DescribeCertificateCommand, ResourceNotFoundException } from "@aws-sdk/client-acm"
import { DynamoDBClient } from "@aws-sdk/client-dynamodb"
import { GetAccountSettingsCommand, LambdaClient } from "@aws-sdk/client-lambda"
import { ListServiceQuotasCommand, ServiceQuotasClient } from "@aws-sdk/client-service-quotas"
import { GetAccountCommand, GetEmailIdentityCommand, NotFoundException, SESv2Client } from "@aws-sdk/client-sesv2"
import { GetParameterCommand, ParameterNotFound, SSMClient } from "@aws-sdk/client-ssm"
import type { AwsAccount } from "../lib/preflight.ts"
import { tableState } from "./restore/table.ts"

/** The answer, or undefined where AWS says that there is no such thing. */
const orNone = async <T>(asked: Promise<T>, missing: new (...args: never[]) => Error): Promise<T | undefined> => {
  try {
    return await asked
  } catch (error) {
    if (error instanceof missing) return undefined
    throw error
  }
}

const quotas = async (client: ServiceQuotasClient, ServiceCode: string): Promise<Map<string, number>> => {
  const found = new Map<string, number>()
  let NextToken: string | undefined
  do {
    const page = await client.send(
      new ListServiceQuotasCommand({ ServiceCode, ...(NextToken === undefined ? {} : { NextToken }) }),
    )
    for (const { QuotaName, Value } of page.Quotas ?? [])
      if (QuotaName !== undefined && Value !== undefined) found.set(QuotaName, Value)
    NextToken = page.NextToken
  } while (NextToken !== undefined)
  return found
}

export interface AccountClients {
  readonly acm: ACMClient
  readonly dynamo: DynamoDBClient
  readonly lambda: LambdaClient
  readonly quotas: ServiceQuotasClient
  readonly ses: SESv2Client
  readonly ssm: SSMClient
}

/** Clients of a region, by whatever credentials this machine has. */
export const clientsIn = (region: string): AccountClients => ({
  // CloudFront looks there, wherever the stack is.
  acm: new ACMClient({ region: "us-east-1" }),
  dynamo: new DynamoDBClient({ region }),
  lambda: new LambdaClient({ region }),
  quotas: new ServiceQuotasClient({ region }),
  ses: new SESv2Client({ region }),
  ssm: new SSMClient({ region }),
})

/** An account as AWS tells of it; nothing here changes anything. */
export const awsAccount = ({ acm, dynamo, lambda, quotas: quotasClient, ses, ssm }: AccountClients): AwsAccount => {
  let rates: Promise<Map<string, number>> | undefined
  return {
    bootstrapVersion: async () => {
      const asked = ssm.send(new GetParameterCommand({ Name: "/cdk-bootstrap/hnb659fds/version" }))
      const version = (await orNone(asked, ParameterNotFound))?.Parameter?.Value
      return version === undefined ? undefined : Number(version)
    },
    emailIdentity: async (name) => {
      const asked = ses.send(new GetEmailIdentityCommand({ EmailIdentity: name }))
      const identity = await orNone(asked, NotFoundException)
      if (identity === undefined) return undefined
      return identity.VerifiedForSendingStatus === true ? "verified" : "unverified"
    },
    emailSending: async () => {
      const { ProductionAccessEnabled, SendingEnabled } = await ses.send(new GetAccountCommand({}))
      return { production: ProductionAccessEnabled === true, enabled: SendingEnabled === true }
    },
    functionsAtOnce: async () => {
      const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}))
      if (AccountLimit?.ConcurrentExecutions === undefined) throw new Error("AWS Lambda tells no limit")
      return AccountLimit.ConcurrentExecutions
    },
    identityRate: async (category) => {
      rates ??= quotas(quotasClient, "cognito-idp")
      const name = `Rate of ${category} requests`
      return (await rates).get(name)
    },
    certificate: async (CertificateArn) => {
      const asked = acm.send(new DescribeCertificateCommand({ CertificateArn }))
      const found = (await orNone(asked, ResourceNotFoundException))?.Certificate
      if (found === undefined) return undefined
      return { issued: found.Status === "ISSUED", names: found.SubjectAlternativeNames ?? [] }
    },
    table: (name) => tableState(dynamo, name),
  }
}
