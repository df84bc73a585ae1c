/** The end of an account that a device asks for: it waits, so that a stolen one destroys nothing unseen (docs/protocol.md, "Deactivation"). */
import * as z from "zod/mini"
import { statements } from "./claims.ts"
import { namesOfActive, recordHash, rootNumber, type SignerList, verifyBySigner } from "./signers.ts"
import { readStatement } from "./statement.ts"

export const deactivationWaitSeconds = 7 * 24 * 60 * 60

/** An account's end that is to come. */
export interface WaitingDeactivation {
  /** The name of the signer that asked for it. */
  readonly by: string
  /** When it asked, and from when on it is carried out; seconds. */
  readonly askedAt: number
  readonly dueAt: number
}

/**
 * Returns what a request comes to under the newest list; undefined once it is void: its signer may sign no more, or the root has begun a new list since.
 * `ended`: who may not sign, though the list has them active. Throws where it is of another record, or isn't signed by whom it says.
 */
export const standingRequest = async (
  compact: string,
  list: SignerList,
  ended: ReadonlySet<string>,
): Promise<WaitingDeactivation | undefined> => {
  const { header, payload } = readStatement(compact)
  const { under, iat, aud, patientId } = z.parse(statements["deactivation-request"], payload)
  if ((await recordHash({ cloudId: aud, patientId })) !== list.claims.record) throw new Error("of another record")
  const by = header.kid ?? ""
  if (under !== rootNumber(list) || ended.has(by) || !(await namesOfActive(list.claims)).includes(by)) return undefined
  await verifyBySigner(compact, "deactivation-request", list, ended)
  return { by, askedAt: iat, dueAt: iat + deactivationWaitSeconds }
}
