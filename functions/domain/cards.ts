import { Problem } from "../../contract/errors.ts"
import type { ItemOf } from "../../contract/items.ts"
import type { RequestOf, ResponseOf } from "../../contract/routes.ts"
import { statementHash } from "../../protocol/statement.ts"
import { decoded } from "./decode.ts"
import { requireActive } from "./patients.ts"
import type { Call, Store } from "./ports.ts"
import { type PublicationPlan, type Publishing, publish } from "./publication.ts"
import { usageRef, writeCounted } from "./quotas.ts"
import { consentChecked, requireConsent } from "./records.ts"
import { revoked } from "./revoked-card.ts"
import { isUsed, patientStatement, useOnce } from "./statements.ts"

type Card = ItemOf<"card">

/** Keeps the server half of a card, which the manifest lists from then on; at most `maxCards` are in force at once. */
export const makeCard = async (
  deps: Publishing,
  patientId: string,
  { publication, ...request }: RequestOf<"patient/make-card">,
  call: Call,
): Promise<ResponseOf<"patient/make-card">> => {
  const { store } = deps
  const { cardId, proofKey, cloudShare, locatorHash, hri, wrappedCategoryKeys, sealed } = request
  const categories = wrappedCategoryKeys.map(({ category }) => category)
  if (new Set(categories).size !== categories.length) throw new Problem("request-invalid")
  // Kept as text, and decoded in an emergency: too late to find that it can't be.
  for (const text of [proofKey, cloudShare, locatorHash]) decoded(text)
  const made: Card = {
    kind: "card",
    revision: 1,
    patientId,
    cardId,
    status: "active",
    categories,
    createdAt: call.now.toISOString(),
    proofKey,
    cloudShare,
    locatorHash,
    hri,
    wrappedCategoryKeys,
    sealed,
  }
  const applied = async () => {
    const [card] = await store.read([{ kind: "card", patientId, cardId }])
    const fields = ["proofKey", "cloudShare", "locatorHash", "hri", "sealed"] as const
    return card !== undefined && fields.every((field) => card[field] === made[field])
  }
  const plan = async (): Promise<PublicationPlan> => {
    const [consent, existing] = await store.read([
      { kind: "consent", patientId, consent: "emergency-share" },
      { kind: "card", patientId, cardId },
    ])
    const shareConsent = requireConsent(consent)
    if (existing !== undefined) throw new Problem("card-conflict")
    return {
      action: "make-card",
      subject: { cardId, categories },
      cards: { made },
      added: { cards: 1 },
      changes: {
        card: { change: { put: made }, refusal: "card-conflict" },
        consent: { change: consentChecked(shareConsent), refusal: "consent-missing" },
      },
    }
  }
  return publish(deps, patientId, publication, { applied, plan }, call)
}

export const listCards = async (
  { store }: { store: Store },
  patientId: string,
  { after }: RequestOf<"patient/list-cards">,
): Promise<ResponseOf<"patient/list-cards">> => {
  const { items, next } = await store.list("card", patientId, { after })
  return { cards: items, next }
}

/** As often as others change the same card at the same moment: none of them keeps it alive. */
const attempts = 20

/** Writes the revocation, whatever becomes of the card meanwhile. */
const writeRevocation = async (
  store: Store,
  found: Card,
  { statement, claims, now }: { statement: string; claims: { jti: string; iat: number }; now: Date },
): Promise<void> => {
  const { patientId, cardId } = found
  let card: Card | undefined = found
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const [usage] = await store.read([usageRef(patientId)])
    const written = await writeCounted(
      store,
      { patientId, now, before: usage, added: { cards: -1 } },
      { card: { put: revoked(card, statement) }, used: useOnce(patientId, claims) },
    )
    if (written.outcome === "written") return
    ;[card] = await store.read([{ kind: "card", patientId, cardId }])
    if (card === undefined || card.revocation === statement) return
    if (written.lostTo.has("used")) throw new Problem("statement-replayed")
    if (card.status === "revoked") return
  }
  throw new Problem("busy")
}

/**
 * Destroys the cloud's half of a card at once, by the patient's signed revocation, which stays: the printed card is dead for good. It waits for no
 * manifest; that the manifest lists it no more is `strikeCard`'s. Idempotent.
 */
export const revokeCard = async (
  { store, audit, cloud }: Publishing,
  patientId: string,
  { cardId, statement }: RequestOf<"patient/revoke-card">,
  call: Call,
): Promise<ResponseOf<"patient/revoke-card">> => {
  const [found, card] = await store.read([
    { kind: "patient", patientId },
    { kind: "card", patientId, cardId },
  ])
  const patient = requireActive(found)
  if (card === undefined) throw new Problem("not-found")
  if (card.revocation === statement) return {}
  const claims = await patientStatement("card-revocation", statement, {
    audience: cloud.cloudId,
    patient,
    now: call.now,
  })
  if (claims.cardId !== cardId) throw new Problem("statement-invalid")
  if (card.status === "revoked") return {}
  if (await isUsed(store, patientId, claims)) {
    // Sent twice at this moment: the other was first.
    const [now] = await store.read([{ kind: "card", patientId, cardId }])
    if (now?.status === "revoked") return {}
    throw new Problem("statement-replayed")
  }
  await audit.append(
    patientId,
    {
      action: "revoke-card",
      outcome: "permitted",
      actor: { kind: "patient" },
      subject: { cardId, statementHash: await statementHash(statement) },
    },
    call.now,
  )
  await writeRevocation(store, card, { statement, claims, now: call.now })
  return {}
}

/**
 * Strikes a card from the manifest, with new keys for all that it could open. One that is still in force dies with it. Idempotent: the same request
 * again is answered as the first.
 */
export const strikeCard = async (
  deps: Publishing,
  patientId: string,
  { cardId, publication }: RequestOf<"patient/strike-card">,
  call: Call,
): Promise<ResponseOf<"patient/strike-card">> => {
  const { store } = deps
  const cardRef = { kind: "card", patientId, cardId } as const
  const applied = async () => {
    const [card] = await store.read([cardRef])
    return card?.status === "revoked"
  }
  const plan = async (): Promise<PublicationPlan> => {
    const [card] = await store.read([cardRef])
    if (card === undefined) throw new Problem("not-found")
    const active = card.status === "active"
    return {
      action: "strike-card",
      subject: { cardId },
      cards: { struck: card },
      added: active ? { cards: -1 } : {},
      changes: active ? { card: { change: { put: revoked(card) }, refusal: "busy" } } : {},
    }
  }
  return publish(deps, patientId, publication, { applied, plan }, call)
}
