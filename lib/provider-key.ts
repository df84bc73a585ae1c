import { Key, KeySpec, KeyUsage } from "aws-cdk-lib/aws-kms"
import { Construct } from "constructs"
import type { Config } from "./config.ts"
import { keepKey } from "./lasting-key.ts"
import { removalPolicy } from "./removal-policy.ts"
import type { UseCaseFunction } from "./use-case-function.ts"

/** The provider's signature. The private key never leaves KMS. */
export class ProviderKey extends Construct {
  readonly #key: Key

  constructor(scope: Construct, id: string, config: Config) {
    super(scope, id)
    this.#key = new Key(this, "Key", {
      description: "Countersigns consents, signs receipts and checkpoints of the audit trail",
      keySpec: KeySpec.ECC_NIST_P256,
      keyUsage: KeyUsage.SIGN_VERIFY,
      removalPolicy: removalPolicy(config.retain),
    })
    keepKey(this.#key, config)
  }

  grantSign(fn: UseCaseFunction) {
    this.#grant(fn, ["kms:Sign"])
  }

  grantPublicKey(fn: UseCaseFunction) {
    this.#grant(fn, ["kms:GetPublicKey"])
  }

  #grant(fn: UseCaseFunction, actions: string[]) {
    fn.tell("PROVIDER_KEY_ID", this.#key.keyId)
    fn.allow(actions, [this.#key.keyArn])
  }
}
