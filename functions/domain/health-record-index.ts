import * as z from "zod/mini"
import { Problem } from "../../contract/errors.ts"
import type { HriItem } from "../../contract/items.ts"
import type { RequestOf, ResponseOf } from "../../contract/routes.ts"
import { type StatementClaims, signerListClaims } from "../../protocol/claims.ts"
import { fromBase64url, toBase64url } from "../../protocol/crypto/bytes.ts"
import { sha256 } from "../../protocol/crypto/primitives.ts"
import { thumbprint } from "../../protocol/keys.ts"
import { leavesBehind, type SignerList, verifyBySigner, verifyNotOlder, verifySigners } from "../../protocol/signers.ts"
import { readStatement, statementHash } from "../../protocol/statement.ts"
import type { Call, IndexReads } from "./ports.ts"
import { defineUseCase } from "./runner.ts"
import { claimsOf, requireFresh } from "./statements.ts"
import type { Step } from "./step.ts"
import type { ReasonOf } from "./writing-use-cases.ts"

interface Index {
  readonly entries: IndexReads
  readonly hriId: string
}
interface Signed {
  /** The fingerprint of the root that the lists of signers begin with. */
  readonly owner: string
  readonly list: SignerList
}

/** By whom a statement is: one who may sign now, by the lists inside it, which lead back to the root that owns the entry. */
const verifiedOwner = async (compact: string, { signers }: StatementClaims<"hri-entry">): Promise<Signed> => {
  try {
    const [first] = signers
    if (first === undefined) throw new Error("there are no signers")
    const { root } = z.parse(signerListClaims, readStatement(first).payload)
    const owner = await thumbprint(root.signing)
    const list = await verifySigners(signers, { fingerprint: owner })
    await verifyBySigner(compact, "hri-entry", list)
    return { owner, list }
  } catch (error) {
    throw new Problem("statement-invalid", { cause: error })
  }
}

const signerOf = ({ statement }: HriItem): string | undefined =>
  statement === undefined ? undefined : readStatement(statement).header.kid

/**
 * An entry is replaced by its owner alone, one after the other, and by nobody whose list of signers is older than one shown before. Under a list that leaves it
 * behind the owner may also begin anew: nobody who wrote before could be quicker, again and again.
 */
const requireNext = async (
  signed: Signed,
  { sequence, parent }: StatementClaims<"hri-entry">,
  stored: HriItem | undefined,
): Promise<void> => {
  const { owner, list } = signed
  const follows = sequence === (stored?.sequence ?? 0) + 1 && parent === (stored?.statementHash ?? null)
  const begins = async () =>
    sequence === 1 &&
    parent === null &&
    stored !== undefined &&
    leavesBehind(list, { number: stored.signers.number, by: signerOf(stored) })
  if (!(follows || (await begins())) || (stored !== undefined && stored.owner !== owner))
    throw new Problem("hri-entry-conflict")
  try {
    verifyNotOlder(list, stored?.signers)
  } catch (error) {
    throw new Problem("hri-entry-conflict", { cause: error })
  }
}

/** As often as others write at the same moment what the entry overrules. */
const attempts = 20

type IndexName = "hri/put-entry" | "hri/remove-entry"

const change = async <N extends IndexName>(
  { entries, hriId }: Index,
  { action, because }: { action: "put" | "remove"; because: ReasonOf<N> },
  { statement }: RequestOf<IndexName>,
  call: Call,
): Promise<Step<N, ResponseOf<IndexName>, { entries: "put" }>> => {
  const claims = claimsOf("hri-entry", statement)
  if (claims.action !== action) throw new Problem("statement-invalid")
  const { locatorHash, sequence } = claims
  const hash = await statementHash(statement)
  const stored = await entries.find(locatorHash)
  // The answer got lost and the app asks again, however late: it was verified the first time, and nothing changes.
  if (stored?.statementHash === hash) return { done: {} }
  requireFresh(claims, hriId, call.now)
  const signed = await verifiedOwner(statement, claims)
  await requireNext(signed, claims, stored)
  const { owner, list } = signed
  const entry: HriItem = {
    locatorHash,
    owner,
    sequence,
    statementHash: hash,
    signers: { number: list.number, hash: list.hash },
    ...(action === "put" ? { statement } : {}),
  }
  return {
    because,
    act: async ({ ports }) => {
      let before = stored
      for (let attempt = 1; attempt <= attempts; attempt++) {
        if ((await ports.entries.put(entry, before)) === "put") return { done: {} }
        before = await entries.find(locatorHash)
        await requireNext(signed, claims, before)
      }
      throw new Problem("hri-entry-conflict")
    },
    // The same statement sent twice at this moment: the other was first.
    again: async () => {
      const now = await entries.find(locatorHash)
      return now?.statementHash === hash ? {} : undefined
    },
  }
}

/** Any patient of any EHR cloud may register a card: who signs a locator first owns it. */
export const putEntry = defineUseCase(
  "hri/put-entry",
  (index: Index, request: RequestOf<"hri/put-entry">, call: Call) =>
    change<"hri/put-entry">(index, { action: "put", because: "own-chain" }, request, call),
)

/** Leaves the owner's mark and place, so that nobody else can take the locator of a printed card, nor anybody go back behind its end. */
export const removeEntry = defineUseCase(
  "hri/remove-entry",
  (index: Index, request: RequestOf<"hri/remove-entry">, call: Call) =>
    change<"hri/remove-entry">(index, { action: "remove", because: "own-chain" }, request, call),
)

/** The same answer for a locator that never was and one whose entry was removed. */
export const lookUp = async (
  { entries }: Pick<Index, "entries">,
  { locator }: RequestOf<"hri/look-up">,
): Promise<ResponseOf<"hri/look-up">> => {
  const entry = await entries.find(toBase64url(await sha256(fromBase64url(locator))))
  if (entry?.statement === undefined) throw new Problem("hri-entry-unknown")
  return { statement: entry.statement }
}
