import { Problem } from "../../contract/errors.ts"
import { isLocal } from "../../protocol/address.ts"
import { type CardFront, deriveFrontKeys, frontProof } from "../../protocol/card-front.ts"
import { toBase64url } from "../../protocol/crypto/bytes.ts"
import { type OpenPart, readOpenPart } from "../../protocol/open-part.ts"
import { apiAt } from "../api.ts"
import { readFrontEntry } from "../index-entry.ts"

/** What a card says to anybody; `signedAt`: seconds, when its patient signed that, by their device's clock. */
export interface SaidByCard {
  readonly said: OpenPart
  readonly signedAt: number
}

/** `undefined` for the refusal of this code. */
const unless = async <T>(code: "hri-entry-unknown" | "not-found", asked: Promise<T>): Promise<T | undefined> => {
  try {
    return await asked
  } catch (error) {
    if (error instanceof Problem && error.code === code) return undefined
    throw error
  }
}

/**
 * What the card of this front says to anybody, in two requests: to the index, whose address whoever serves the page gives, and to the cloud. Its patient
 * signed it, and nothing newer that the index knows of. `undefined` where nothing is open: the patient never opened anything, took it back, or
 * revoked the card. `entry-invalid` and `open-part-invalid` where somebody else's words were put in its place.
 */
export const readCard = async (front: CardFront, index: string): Promise<SaidByCard | undefined> => {
  const { locator } = await deriveFrontKeys(front.secret)
  // Whoever serves the page names the index.
  const asked = apiAt(index, { local: true }).call("hri/look-up", { locator: toBase64url(locator) })
  const found = await unless("hri-entry-unknown", asked)
  if (found === undefined) return undefined
  const { entry } = await readFrontEntry(found.statement, front, index)
  if (entry === undefined) return undefined
  const { cloud, cloudId, patientId, cardId } = entry
  const proof = await frontProof(front.secret, cloudId)
  const cloudApi = apiAt(cloud, { local: isLocal(index) })
  const answer = await unless("not-found", cloudApi.call("card/read-open-part", { patientId, cardId, proof }))
  if (answer === undefined) return undefined
  const { said, signedAt } = await readOpenPart(front, entry, answer)
  return { said, signedAt }
}
