import { CfnOutput, Stack, type StackProps } from "aws-cdk-lib"
import { Key, KeySpec, KeyUsage } from "aws-cdk-lib/aws-kms"
import type { Construct } from "constructs"
import type { Config } from "./config.ts"
import { keepKey } from "./lasting-key.ts"
import { removalPolicy } from "./removal-policy.ts"

/** The stack that a cloud's provider has its keys in. */
export const providerKeysStackOf = (cloud: string): string => `${cloud}ProviderKeys`
/** The output with a key's ARN. */
export const keyOutput = (number: number): string => `Key${number}`

/** The keys of an EHR cloud's provider: a stack of their own, since the cloud's id is made of the first, and they outlive whatever signs by them. */
export class ProviderKeysStack extends Stack {
  constructor(scope: Construct, { config, ...props }: StackProps & { config: Config }) {
    super(scope, providerKeysStackOf(config.cloud), props)
    for (let number = 1; number <= config.providerKeyCount; number++) {
      const key = new Key(this, `ProviderKey${number}`, {
        description: "Countersigns consents, signs receipts and checkpoints of the audit trail",
        keySpec: KeySpec.ECC_NIST_P256,
        keyUsage: KeyUsage.SIGN_VERIFY,
        removalPolicy: removalPolicy(config.retain),
      })
      keepKey(key, config)
      new CfnOutput(this, keyOutput(number), { value: key.keyArn })
    }
  }
}
