import type { Cloud, Service } from "./cloud.ts"
import { cognito } from "./contracts/cognito.ts"
import { dynamodb } from "./contracts/dynamodb.ts"
import { kms } from "./contracts/kms.ts"
import { s3 } from "./contracts/s3.ts"
import { ses } from "./contracts/ses.ts"
import { signedUrls } from "./contracts/signed-urls.ts"

const all = { S3: s3, "S3 signed URLs": signedUrls, KMS: kms, DynamoDB: dynamodb, Cognito: cognito, SES: ses }

export interface Clause {
  readonly service: Service
  readonly says: string
  /** Throws where it doesn't hold. */
  hold(cloud: Partial<Cloud>): Promise<void>
}

const clausesOf = <S extends Service>(
  service: S,
  contract: Readonly<Record<string, (cloud: Cloud[S]) => Promise<void>>>,
): Clause[] =>
  Object.entries(contract).map(([says, hold]) => ({
    service,
    says,
    hold: async (cloud) => {
      const given = cloud[service]
      if (given === undefined) throw new Error(`there is no ${service} here`)
      await hold(given)
    },
  }))

/** Everything the adapters count on. */
export const clauses: readonly Clause[] = [
  ...clausesOf("S3", all.S3),
  ...clausesOf("S3 signed URLs", all["S3 signed URLs"]),
  ...clausesOf("KMS", all.KMS),
  ...clausesOf("DynamoDB", all.DynamoDB),
  ...clausesOf("Cognito", all.Cognito),
  ...clausesOf("SES", all.SES),
]
