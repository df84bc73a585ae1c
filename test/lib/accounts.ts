import type { AwsAccount } from "../../lib/preflight.ts"
import { newProvider } from "../kit/provider.ts"

/** Whose first key the accounts have. */
export const provider = await newProvider()
/** Where that is. */
export const keyArn = "arn:aws:kms:eu-central-1:123456789012:key/first"

/** An account with all that a deployment stands on, but for what is said. */
export const account = (changed: Partial<AwsAccount> = {}): AwsAccount => ({
  bootstrapVersion: async () => 28,
  emailIdentity: async () => "verified",
  emailSending: async () => ({ production: true, enabled: true }),
  functionsAtOnce: async () => 5000,
  identityRate: async () => 240,
  certificate: async () => ({ issued: true, names: ["*.example.org"] }),
  publicKey: async () => provider.keys.list.first,
  deployedKeys: async () => [provider.kid],
  table: async () => ({ active: true, recovery: true, deletionProtection: true, timeToLive: true, policy: true }),
  ...changed,
})

/** An account that was opened just now. */
export const bareAccount = (): AwsAccount =>
  account({
    bootstrapVersion: async () => undefined,
    emailIdentity: async () => undefined,
    emailSending: async () => ({ production: false, enabled: true }),
    functionsAtOnce: async () => 10,
    identityRate: async () => undefined,
    certificate: async () => undefined,
    publicKey: async () => undefined,
    deployedKeys: async () => [],
    table: async () => undefined,
  })
