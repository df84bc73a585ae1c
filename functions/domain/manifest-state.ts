import type { ManifestClaims } from "../../protocol/claims.ts"
import { sealingKeyThumbprint } from "../../protocol/sealing.ts"
import { linksBetween } from "../../protocol/skip-links.ts"
import { statementHash } from "../../protocol/statement.ts"
import { type ActivePatient, requireActive } from "./patients.ts"
import type { StoreReads } from "./ports.ts"

/**
 * Returns the manifests on the way from the newest back to an earlier one, both left out. None where there is no such way: whoever asked for it finds
 * that out. `account-deactivated` where the account is being destroyed meanwhile.
 */
export const manifestLinks = async (
  store: Pick<StoreReads, "read">,
  patientId: string,
  newest: number,
  known: number,
): Promise<string[]> => {
  const numbers = linksBetween(newest, known)
  if (numbers.length === 0) return []
  const links = await store.read(numbers.map((number) => ({ kind: "manifest-version" as const, patientId, number })))
  const missing = links.indexOf(undefined)
  if (missing >= 0) {
    // Of an account that has begun to be destroyed since it was read, there is less and less.
    requireActive((await store.read([{ kind: "patient", patientId }]))[0])
    throw new Error(`the manifest ${numbers[missing]} is missing`)
  }
  return links.flatMap((link) => link?.manifest ?? [])
}

/** Whether the account is the one that the manifest names: what is read item by item may be of before and after a publication. */
export const isOfOnePublication = async (
  { signers, accountKey }: Pick<ActivePatient, "signers" | "accountKey">,
  claims: Pick<ManifestClaims, "signers" | "account">,
): Promise<boolean> => {
  const newest = signers.at(-1)
  if (newest === undefined || claims.signers.hash !== (await statementHash(newest))) return false
  return claims.account.thumbprint === (await sealingKeyThumbprint(accountKey.publicKey))
}
