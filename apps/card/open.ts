import type { CardFront } from "../../protocol/card-front.ts"
import { IntegrityFailure } from "../../protocol/integrity.ts"
import type { OpenPart } from "../../protocol/open-part.ts"
import { readCard } from "../../sdk/card/open-part.ts"
import { readIndexAddress } from "./config.ts"

/** What the owner of a card tells everybody. `invalid`: what came isn't theirs, or is older than the index knows. `signedAt`: seconds. */
export type OpenAnswer =
  | { readonly outcome: "open"; readonly said: OpenPart; readonly signedAt: number }
  | { readonly outcome: "nothing" | "invalid" | "unreachable" }

/** Asks index and cloud. Never rejects. */
export const askOpenPart = async (front: CardFront): Promise<OpenAnswer> => {
  try {
    const found = await readCard(front, await readIndexAddress())
    return found === undefined ? { outcome: "nothing" } : { outcome: "open", ...found }
  } catch (error) {
    return { outcome: error instanceof IntegrityFailure ? "invalid" : "unreachable" }
  }
}
