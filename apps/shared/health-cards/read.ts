import { jsonText } from "../../../fhir/json-text.ts"
import { parseFhir } from "../../../fhir/parse.ts"
import type { Summary } from "../../../fhir/summary.ts"
import { field } from "../../../fhir/value.ts"
import { type Bytes, utf8 } from "../../../protocol/crypto/bytes.ts"
import {
  type HealthCardIssuer,
  healthCardsOf,
  type OpenedHealthCard,
  openHealthCard,
} from "../../../sdk/health-card.ts"
import { summaryOf } from "../summary/read.ts"
import { decodeText } from "../text-encoding.ts"

type Open = Extract<OpenedHealthCard, { outcome: "open" }>

/** A card as it is shown. Absent `summary`: what it says isn't shown, since its signature is wrong, or it holds no FHIR. */
export interface ShownHealthCard extends Pick<Open, "issuer" | "signature" | "issuedAt" | "expiresAt"> {
  readonly summary?: Summary
  /** The FHIR bundle that was signed, as JSON. */
  readonly bundle?: Bytes
}

/** `unread`: cards that can't be opened at all. */
export interface ShownHealthCards {
  readonly cards: readonly ShownHealthCard[]
  readonly unread: number
}

const bundleIn = (payload: Bytes): Bytes | undefined => {
  const parsed = parseFhir(payload)
  if (parsed.outcome !== "parsed") return undefined
  const bundle = field(field(field(parsed.value, "vc"), "credentialSubject"), "fhirBundle")
  return bundle === undefined ? undefined : utf8(jsonText(bundle))
}

const shown = async (
  { payload, issuer, signature, issuedAt, expiresAt }: Open,
  left: AbortSignal | undefined,
): Promise<ShownHealthCard> => {
  const facts = {
    issuer,
    signature,
    ...(issuedAt === undefined ? {} : { issuedAt }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  }
  // Somebody made it look as if a known issuer had said this.
  const bundle = signature === "wrong" ? undefined : bundleIn(payload)
  return bundle === undefined ? facts : { ...facts, bundle, summary: await summaryOf(bundle, issuer, left) }
}

/** The cards in a file, each with what its signature is worth. Rejects only where `left` is aborted. */
export const readHealthCards = async (
  bytes: Uint8Array,
  issuers: readonly HealthCardIssuer[],
  left?: AbortSignal,
): Promise<ShownHealthCards> => {
  const cards: ShownHealthCard[] = []
  let unread = 0
  for (const card of healthCardsOf(decodeText(bytes).text) ?? []) {
    const opened = await openHealthCard(card, issuers)
    if (opened.outcome === "open") cards.push(await shown(opened, left))
    else unread += 1
  }
  return { cards, unread: cards.length + unread === 0 ? 1 : unread }
}
