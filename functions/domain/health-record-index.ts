import { Problem } from "../../contract/errors.ts"
import type { HriItem } from "../../contract/items.ts"
import type { RequestOf, ResponseOf } from "../../contract/routes.ts"
import { toBase64url } from "../../protocol/crypto/bytes.ts"
import { sha256 } from "../../protocol/crypto/primitives.ts"
import { thumbprint } from "../../protocol/keys.ts"
import { readStatement, verifyStatement } from "../../protocol/statement.ts"
import { decoded } from "./decode.ts"
import type { Call } from "./ports.ts"
import { claimsOf, requireFresh } from "./statements.ts"

export interface IndexEntries {
  find(locatorHash: string): Promise<HriItem | undefined>
  /** Only over nothing, or over an entry of the same owner and a lower sequence. */
  put(entry: HriItem): Promise<"put" | "conflict">
}
interface Index {
  readonly entries: IndexEntries
  readonly hriId: string
}

/** The owner of a statement: the thumbprint of the key it names and was signed by. */
const verifiedOwner = async (compact: string): Promise<string> => {
  try {
    const { jwk } = readStatement(compact).header
    if (jwk === undefined) throw new Error("there is no key")
    await verifyStatement(compact, { typ: "hri-entry", key: jwk, algorithms: ["ES256"] })
    return await thumbprint(jwk)
  } catch (error) {
    throw new Problem("statement-invalid", { cause: error })
  }
}

const change = async (
  { entries, hriId }: Index,
  action: "put" | "remove",
  statement: string,
  call: Call,
): Promise<void> => {
  const claims = claimsOf("hri-entry", statement)
  if (claims.action !== action) throw new Problem("statement-invalid")
  requireFresh(claims, hriId, call.now)
  const owner = await verifiedOwner(statement)
  const { locatorHash, sequence } = claims
  const entry: HriItem =
    action === "put" ? { locatorHash, owner, sequence, statement } : { locatorHash, owner, sequence }
  if ((await entries.put(entry)) === "put") return
  const stored = await entries.find(locatorHash)
  // The answer got lost and the app asks again.
  if (stored?.owner === owner && stored.sequence === sequence && stored.statement === entry.statement) return
  throw new Problem("hri-entry-conflict")
}

/** Any patient of any EHR cloud may register a card: who signs a locator first owns it. */
export const putEntry = async (
  index: Index,
  { statement }: RequestOf<"hri/put-entry">,
  call: Call,
): Promise<ResponseOf<"hri/put-entry">> => {
  await change(index, "put", statement, call)
  return {}
}

/** Leaves the owner's mark, so that nobody else can take the locator of a printed card. */
export const removeEntry = async (
  index: Index,
  { statement }: RequestOf<"hri/remove-entry">,
  call: Call,
): Promise<ResponseOf<"hri/remove-entry">> => {
  await change(index, "remove", statement, call)
  return {}
}

/** The same answer for a locator that never was and one whose entry was removed. */
export const lookUp = async (
  { entries }: Pick<Index, "entries">,
  { locator }: RequestOf<"hri/look-up">,
): Promise<ResponseOf<"hri/look-up">> => {
  const entry = await entries.find(toBase64url(await sha256(decoded(locator))))
  if (entry?.statement === undefined) throw new Problem("hri-entry-unknown")
  return { statement: entry.statement }
}
