import * as z from "zod/mini"
import { isLocal, serviceAddress } from "../../protocol/address.ts"
import { type Card, deriveCardKeys, locatorHash } from "../../protocol/card.ts"
import { type HriEntry, hriEntry, statements } from "../../protocol/claims.ts"
import { fromUtf8, toBase64url } from "../../protocol/crypto/bytes.ts"
import { openUnder } from "../../protocol/crypto/envelope.ts"
import { orFail } from "../../protocol/integrity.ts"
import { thumbprint } from "../../protocol/keys.ts"
import { readStatement, verifyStatement } from "../../protocol/statement.ts"
import { apiAt } from "../api.ts"

export { decodeCard } from "../../protocol/card.ts"

/**
 * Asks the index printed on the card where the record is; believes only what the patient's key signed for this card. `local`: whoever reads the
 * card is on the machine of the cloud and the index, as at a developer's; of any other, a card that names this machine is refused.
 */
export const lookUp = async (card: Card, named: { readonly local?: boolean } = {}): Promise<HriEntry> => {
  const { statement } = await apiAt(card.hri, named).call("hri/look-up", { locator: toBase64url(card.locator) })
  return orFail("entry-invalid", async () => {
    const { header, payload } = readStatement(statement)
    if (header.jwk === undefined || (await thumbprint(header.jwk)) !== card.fingerprint)
      throw new Error("another owner")
    await verifyStatement(statement, { typ: "hri-entry", key: header.jwk, algorithms: ["ES256"] })
    const claims = z.parse(statements["hri-entry"], payload)
    if (claims.action !== "put" || claims.locatorHash !== (await locatorHash(card.locator)))
      throw new Error("of another card")
    const { entryKey } = await deriveCardKeys(card.secret)
    const entry = z.parse(hriEntry, JSON.parse(fromUtf8(await openUnder(entryKey, claims.entry))))
    if (serviceAddress(entry.cloud, { local: isLocal(card.hri) }) === undefined) throw new Error("of no public cloud")
    return entry
  })
}
