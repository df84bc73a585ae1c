import type { ItemOf } from "../../contract/items.ts"

type Card = ItemOf<"card">

/** The card without what opens anything: the printed one is dead for good. `revocation`: the statement that ended it, where there was one. */
export const revoked = (card: Card, revocation?: string): Card => {
  const { kind, revision, patientId, cardId, categories, createdAt, locatorHash, hri } = card
  const kept = { kind, patientId, cardId, categories, createdAt, locatorHash, hri }
  return { ...kept, revision: revision + 1, status: "revoked", ...(revocation === undefined ? {} : { revocation }) }
}
