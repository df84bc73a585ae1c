import * as z from "zod/mini"
import { isLocal } from "../../protocol/address.ts"
import { hriEntry, manifestClaims } from "../../protocol/claims.ts"
import { type Bytes, fromBase64url, toBase64url, utf8 } from "../../protocol/crypto/bytes.ts"
import { parseJson } from "../../protocol/crypto/strict-json.ts"
import { emergencyAnswer } from "../../protocol/emergency-answer.ts"
import { orFail } from "../../protocol/integrity.ts"
import { category, hash, key32, ordinal } from "../../protocol/primitives.ts"
import { sealingKey } from "../../protocol/sealing-key.ts"
import { apiAt } from "../api.ts"
import { signedReceipt } from "../receipt.ts"
import { categoryKeys } from "./category-keys.ts"
import type { Access, Credential } from "./emergency-access.ts"

const { grantId, expiresAt, ticket, summary, urls } = emergencyAnswer.shape

/** A running access, as its own app wrote it down and sealed it: nothing of it comes from elsewhere. */
const keptAccess = z.object({
  local: z.boolean(),
  entry: z.extend(hriEntry, { signers: z.object({ number: ordinal, hash }) }),
  fingerprint: hash,
  grantId,
  expiresAt,
  ticket,
  summary,
  urls,
  keys: z.array(z.object({ category, epoch: ordinal, key: key32, previous: z.array(z.string()) })),
  manifest: z.object({ claims: manifestClaims, number: ordinal, hash }),
  account: z.object({ number: ordinal, key: sealingKey }),
  statement: z.string(),
  checkpoint: z.optional(z.string()),
  receipts: z.array(signedReceipt),
})

/**
 * A running access as JSON, for a page that is loaded anew. It holds keys and the ticket, but nothing by which another access could be asked for:
 * whoever keeps it seals it, and keeps it no longer than the access lasts.
 */
export const keptOf = (access: Access): Bytes => {
  const { api, keys, credential: _credential, opening: _opening, categories: _categories, ...rest } = access
  const kept: z.infer<typeof keptAccess> = {
    ...rest,
    summary: [...rest.summary],
    local: isLocal(api.address),
    keys: keys.given().map(({ key, previous, ...each }) => ({
      ...each,
      key: toBase64url(key),
      previous: [...previous],
    })),
  }
  return utf8(JSON.stringify(kept))
}

/** The access that was kept; `reply-invalid` for what isn't one. What it had verified, it verified before it was kept. */
export const resumeAccess = (kept: Bytes, credential: Credential): Promise<Access> =>
  orFail("reply-invalid", () => {
    const { local, keys, checkpoint, ...rest } = z.parse(keptAccess, parseJson(kept))
    const given = keys.map(({ key, ...each }) => ({ ...each, key: fromBase64url(key) }))
    return {
      ...rest,
      checkpoint,
      credential,
      api: apiAt(rest.entry.cloud, { local }),
      categories: given.map((each) => each.category),
      keys: categoryKeys(given),
    }
  })
