import type { Card } from "../../protocol/card.ts"
import { toBase64url } from "../../protocol/crypto/bytes.ts"
import { apiAt } from "../api.ts"
import { type IndexEntry, readIndexEntry } from "../index-entry.ts"

export { decodeCard } from "../../protocol/card.ts"

/**
 * Asks the index printed on the card where the record is; believes only what one of the patient's signers signed for this card. `local`: whoever reads
 * the card is on the machine of the cloud and the index, as at a developer's; of any other, a card that names this machine is refused.
 */
export const lookUp = async (card: Card, named: { readonly local?: boolean } = {}): Promise<IndexEntry> => {
  const { statement } = await apiAt(card.hri, named).call("hri/look-up", { locator: toBase64url(card.locator) })
  return (await readIndexEntry(statement, card, card.fingerprint)).entry
}
