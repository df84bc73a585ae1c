/** How signers end at once, by a statement that waits for no list and no manifest (docs/protocol.md, "Signers"). */
import * as z from "zod/mini"
import { signerEndClaims } from "./claims.ts"
import { thumbprint } from "./keys.ts"
import { namesOfActive, type SignerList, verifyByRoot, verifyBySigner } from "./signers.ts"
import { readStatement } from "./statement.ts"

/** Who ended whom. */
export interface SignerEnd {
  /** The fingerprint of the root, or a signer's name. */
  readonly by: string
  readonly iat: number
  /** The names of those who end. */
  readonly signers: readonly string[]
}

/** What a statement says; nothing in it is verified. Throws where it is none. */
export const readSignerEnd = (compact: string): SignerEnd & { readonly record: string; readonly jti: string } => {
  const { header, payload } = readStatement(compact)
  const { kid } = header
  if (kid === undefined) throw new Error("by nobody")
  return { by: kid, ...z.parse(signerEndClaims, payload) }
}

/**
 * Verifies that a statement ends signers of this list's record, and is by the root or by one who may sign now; `ended`: who may not, though the list has
 * them active. Nobody ends the root, and no device itself. Throws otherwise.
 */
export const verifySignerEnd = async (
  compact: string,
  list: SignerList,
  ended: ReadonlySet<string>,
): Promise<ReturnType<typeof readSignerEnd>> => {
  const end = readSignerEnd(compact)
  const root = list.claims.root.signing
  const fingerprint = await thumbprint(root)
  if (end.record !== list.claims.record) throw new Error("of another record")
  if (end.signers.includes(fingerprint) || end.signers.includes(end.by)) throw new Error("ends whom it can't")
  if (end.by === fingerprint) await verifyByRoot(compact, "signer-end", root)
  else await verifyBySigner(compact, "signer-end", list, ended)
  return end
}

/**
 * The names of all who end by one end: those it names and whom they let in, by the chain, whenever that was. Never who ends them, nor, through that
 * one, whom it let in.
 */
export const endedWith = (
  { letInBy }: Pick<SignerList, "letInBy">,
  { by, signers }: Pick<SignerEnd, "by" | "signers">,
): Set<string> => {
  const ended = new Set(signers)
  for (const [signer, letIn] of letInBy) if (signer !== by && ended.has(letIn)) ended.add(signer)
  return ended
}

/** The names of those who may not sign any more by these ends, though the list has them active. */
export const endedByStatement = async (
  list: SignerList,
  ends: readonly Pick<SignerEnd, "by" | "signers">[],
): Promise<Set<string>> => {
  const active = await namesOfActive(list.claims)
  const ended = new Set(ends.flatMap((end) => [...endedWith(list, end)]))
  return new Set(active.filter((signer) => ended.has(signer)))
}
