import type { AwsAccount } from "../../lib/preflight.ts"

/** An account with all that a deployment stands on, but for what is said. */
export const account = (changed: Partial<AwsAccount> = {}): AwsAccount => ({
  bootstrapVersion: async () => 28,
  emailIdentity: async () => "verified",
  emailSending: async () => ({ production: true, enabled: true }),
  functionsAtOnce: async () => 5000,
  identityRate: async () => 240,
  certificate: async () => ({ issued: true, names: ["*.example.org"] }),
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
    table: async () => undefined,
  })
