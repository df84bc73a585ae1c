import { StringParameter } from "aws-cdk-lib/aws-ssm"
import { Construct } from "constructs"
import { deployedKeysParameter, type OwnKeys } from "./provider-keys.ts"
import type { UseCaseFunction } from "./use-case-function.ts"

/** The provider's signature, by the newest of its keys. No private key ever leaves KMS. */
export class ProviderKey extends Construct {
  /** Made of the first key. */
  readonly cloudId: string
  readonly #keyArn: string
  readonly #kid: string

  constructor(scope: Construct, id: string, { cloud, keys: own }: { cloud: string; keys: OwnKeys | undefined }) {
    super(scope, id)
    // Without a list nothing can be deployed: an error says so.
    this.cloudId = own?.verified.cloudId ?? "nobody"
    this.#keyArn = own?.arns.at(-1) ?? "arn:aws:kms:us-east-1:000000000000:key/none"
    this.#kid = own?.verified.keys.at(-1)?.kid ?? "none"
    // By it the next deployment knows which keys have signed.
    new StringParameter(this, "Deployed", {
      parameterName: deployedKeysParameter(cloud),
      stringValue: own?.verified.keys.map(({ kid }) => kid).join(" ") ?? "none",
    })
  }

  grantSign(fn: UseCaseFunction) {
    fn.tell("PROVIDER_KEY_ID", this.#keyArn)
    fn.tell("PROVIDER_KID", this.#kid)
    fn.allow(["kms:Sign"], [this.#keyArn])
  }
}
