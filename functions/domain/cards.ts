import { Problem } from "../../contract/errors.ts"
import type { ItemOf } from "../../contract/items.ts"
import type { RequestOf, ResponseOf } from "../../contract/routes.ts"
import { decoded } from "./decode.ts"
import { requireActive, unchanged } from "./patients.ts"
import type { AuditTrail, Call, Store } from "./ports.ts"
import { usageAfter, usageRef, writeCounted } from "./quotas.ts"
import { requireConsent } from "./records.ts"

/** Keeps the server half of a card; at most `maxCards` are in force at once. Idempotent for the same card sent again. */
export const makeCard = async (
  { store, audit }: { store: Store; audit: AuditTrail },
  patientId: string,
  request: RequestOf<"patient/make-card">,
  call: Call,
): Promise<ResponseOf<"patient/make-card">> => {
  const { cardId, proofKey, cloudShare, wrappedCategoryKeys, sealed } = request
  const categories = wrappedCategoryKeys.map(({ category }) => category)
  if (new Set(categories).size !== categories.length) throw new Problem("request-invalid")
  // Kept as text, and decoded in an emergency: too late to find that it can't be.
  for (const key of [proofKey, cloudShare]) decoded(key)
  const [found, consent, existing, usage] = await store.read([
    { kind: "patient", patientId },
    { kind: "consent", patientId, consent: "emergency-share" },
    { kind: "card", patientId, cardId },
    usageRef(patientId),
  ])
  const patient = requireActive(found)
  const shareConsent = requireConsent(consent)
  const isSame = (card: ItemOf<"card"> | undefined) => card?.sealed === sealed && card.cloudShare === cloudShare
  if (isSame(existing)) return {}
  if (existing !== undefined) throw new Problem("card-conflict")
  const counting = { patientId, now: call.now, before: usage, added: { cards: 1 } }
  usageAfter(patientId, usage, counting.added, call.now)
  await audit.append(
    patientId,
    { action: "make-card", outcome: "permitted", actor: { kind: "patient" }, subject: { cardId, categories } },
    call.now,
  )
  const written = await writeCounted(store, counting, [
    {
      put: {
        kind: "card",
        revision: 1,
        patientId,
        cardId,
        status: "active",
        categories,
        createdAt: call.now.toISOString(),
        proofKey,
        cloudShare,
        wrappedCategoryKeys,
        sealed,
      },
    },
    unchanged(patient),
    { check: { kind: "consent", patientId, consent: "emergency-share" }, revision: shareConsent.revision },
  ])
  if (written.outcome === "written") return {}
  // The same card sent twice at this moment: the other one was first.
  const [now] = await store.read([{ kind: "card", patientId, cardId }])
  if (isSame(now)) return {}
  throw new Problem(written.at.includes(0) ? "card-conflict" : "busy")
}

export const listCards = async (
  { store }: { store: Store },
  patientId: string,
  { after }: RequestOf<"patient/list-cards">,
): Promise<ResponseOf<"patient/list-cards">> => {
  const { items, next } = await store.list("card", patientId, { after })
  return { cards: items, next }
}

/** Destroys the cloud's half: the printed card is dead for good. Idempotent. */
export const revokeCard = async (
  { store, audit }: { store: Store; audit: AuditTrail },
  patientId: string,
  { cardId }: RequestOf<"patient/revoke-card">,
  call: Call,
): Promise<ResponseOf<"patient/revoke-card">> => {
  const [patient, card, usage] = await store.read([
    { kind: "patient", patientId },
    { kind: "card", patientId, cardId },
    usageRef(patientId),
  ])
  requireActive(patient)
  if (card === undefined) throw new Problem("not-found")
  if (card.status === "revoked") return {}
  await audit.append(
    patientId,
    { action: "revoke-card", outcome: "permitted", actor: { kind: "patient" }, subject: { cardId } },
    call.now,
  )
  const { categories, createdAt, revision } = card
  const counting = { patientId, now: call.now, before: usage, added: { cards: -1 } }
  const written = await writeCounted(store, counting, [
    { put: { kind: "card", revision: revision + 1, patientId, cardId, status: "revoked", categories, createdAt } },
  ])
  if (written.outcome === "conflict") throw new Problem("busy")
  return {}
}
