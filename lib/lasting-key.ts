import { AnyPrincipal, Effect, PolicyStatement } from "aws-cdk-lib/aws-iam"
import type { Key } from "aws-cdk-lib/aws-kms"
import type { Config } from "./config.ts"

/** Whatever would end a key: all that is encrypted under it, or known by its signature, would end with it. */
export const endingKey = ["kms:DisableKey", "kms:ScheduleKeyDeletion"]

/**
 * Denies everybody to end a key, administrators and the account's root among them, but for the role that is configured for it. Whoever may change the
 * key's policy can still take two steps, each of which is logged. Source: AWS KMS Developer Guide, "Control access to key deletion".
 */
export const keepKey = (key: Key, { retain, breakGlass }: Pick<Config, "retain" | "breakGlass">): void => {
  // A cloud for trial vanishes with its keys.
  if (!retain) return
  key.addToResourcePolicy(
    new PolicyStatement({
      sid: "KeyStays",
      effect: Effect.DENY,
      principals: [new AnyPrincipal()],
      actions: endingKey,
      resources: ["*"],
      ...(breakGlass !== undefined && { conditions: { ArnNotEquals: { "aws:PrincipalArn": breakGlass } } }),
    }),
  )
}
