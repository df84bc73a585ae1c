import * as z from "zod/mini"
import { isLocal, serviceAddress } from "../protocol/address.ts"
import { type Card, deriveCardKeys, locatorHash } from "../protocol/card.ts"
import { type HriEntry, hriEntry, statements } from "../protocol/claims.ts"
import { openUnder } from "../protocol/crypto/envelope.ts"
import { parseJson } from "../protocol/crypto/strict-json.ts"
import { orFail } from "../protocol/integrity.ts"
import { recordHash, verifyBySigner, verifySigners } from "../protocol/signers.ts"
import { readStatement } from "../protocol/statement.ts"

/** What the index keeps of a card, and the newest list of signers that it was shown: whoever reads the record takes no older one. */
export interface IndexEntry extends HriEntry {
  readonly signers: { readonly number: number; readonly hash: string }
}

/** What the index keeps of a card: believed only as far as a signer of the patient's signed it for this card. `entry-invalid` otherwise. */
export const readIndexEntry = (
  statement: string,
  card: Card,
  fingerprint: string,
): Promise<{ entry: IndexEntry; sequence: number }> =>
  orFail("entry-invalid", async () => {
    const claims = z.parse(statements["hri-entry"], readStatement(statement).payload)
    const [signers, locator, { entryKey }] = await Promise.all([
      verifySigners(claims.signers, { fingerprint }).catch((cause: unknown) => {
        throw new Error("another owner", { cause })
      }),
      locatorHash(card.locator),
      deriveCardKeys(card.secret),
    ])
    await verifyBySigner(statement, "hri-entry", signers)
    if (claims.action !== "put" || claims.locatorHash !== locator) throw new Error("of another card")
    const entry = z.parse(hriEntry, parseJson(await openUnder(entryKey, claims.entry)))
    if (serviceAddress(entry.cloud, { local: isLocal(card.hri) }) === undefined) throw new Error("of no public cloud")
    if (signers.claims.record !== (await recordHash(entry))) throw new Error("signers of another record")
    const { number, hash } = signers
    return { entry: { ...entry, signers: { number, hash } }, sequence: claims.sequence }
  })
