import { httpRevocation } from "../../certify/revocation.http.ts"
import { RevocationMemory } from "../../certify/revocation-memory.ts"
import type { ProfessionalTrust } from "../domain/professionals.ts"
import { readTrustPolicy } from "./trust-policy.file.ts"

/**
 * By what a function certifies professionals: gives it to whoever waits. The policy is read once, at cold start; without a usable one the function ends
 * there.
 */
export const professionalTrust = (): (() => Promise<ProfessionalTrust>) => {
  const trust = readTrustPolicy()
  const learnt = { revocation: httpRevocation, memory: new RevocationMemory() }
  return async () => ({ ...learnt, trust: await trust })
}
