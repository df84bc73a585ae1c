import { readFile } from "node:fs/promises"
import { join } from "node:path"
import * as z from "zod/mini"
import { opensslKeys } from "../../certify/openssl-keys.ts"
import { readAnchors } from "../../protocol/certification/path.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { type TrustPolicy, trustPolicy } from "../../protocol/trust-policy.ts"

export const trustPolicyFile = "trust-policy.json"

/**
 * Reads the trust policy from the function's own bundle. `hash` is the base64url SHA-256 of its canonical JSON (RFC 8785): it goes
 * into each audit event. Throws where there is no policy, or one that can't be used.
 */
export const readTrustPolicy = async (
  folder = process.env["LAMBDA_TASK_ROOT"],
): Promise<{ policy: TrustPolicy; hash: string }> => {
  if (folder === undefined || folder === "") throw new Error("the environment lacks LAMBDA_TASK_ROOT")
  try {
    const policy = z.parse(trustPolicy, JSON.parse(await readFile(join(folder, trustPolicyFile), "utf8")))
    readAnchors(policy, opensslKeys)
    return { policy, hash: await canonicalHash(policy) }
  } catch (cause) {
    throw new Error(`there is no usable ${trustPolicyFile}`, { cause })
  }
}
