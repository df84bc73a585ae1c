import * as z from "zod/mini"
import { type TrustPolicy, trustPolicy } from "../../protocol/trust-policy.ts"
import { type Certified, certifiedBy, type SignedStatement } from "../../sdk/certified.ts"

/** Whom this app takes for a professional: told by whoever serves it, as where its clouds are, and not by a cloud. */
const readPolicy = async (): Promise<TrustPolicy> => {
  // oxlint-disable-next-line eslint/no-restricted-globals -- the app's own file, from its own origin
  const response = await fetch("/trust-policy.json", { credentials: "omit", redirect: "error" })
  return z.parse(trustPolicy, await response.json())
}

let policy: Promise<TrustPolicy> | undefined

/** Who signed, by the app's own trust policy; throws where it can't be read. */
export const certifiedHere = async (signed: SignedStatement): Promise<Certified> => {
  policy ??= readPolicy().catch((error: unknown) => {
    policy = undefined
    throw error
  })
  return certifiedBy(await policy, signed)
}
