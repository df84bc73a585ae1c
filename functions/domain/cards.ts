import { Problem } from "../../contract/errors.ts"
import type { ItemOf } from "../../contract/items.ts"
import type { RequestOf, ResponseOf } from "../../contract/routes.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import type { Category } from "../../protocol/primitives.ts"
import { statementHash } from "../../protocol/statement.ts"
import { invalidField } from "./invalid-field.ts"
import type { Renewed } from "./named-changes.ts"
import { requireActive } from "./patients.ts"
import type { Call, StoreReads } from "./ports.ts"
import { type PublicationPlan, type Published, type Publishing, publish } from "./publication.ts"
import { countedUsage, usageRef } from "./quotas.ts"
import { consentChecked, requireConsent } from "./records.ts"
import { revoked } from "./revoked-card.ts"
import { defineUseCase } from "./runner.ts"
import { signerEndRefs } from "./signer-ends.ts"
import { isUsed, patientStatement, useOnce } from "./statements.ts"
import { answered, changing, type Step } from "./step.ts"

type Card = ItemOf<"card">

type Wraps = RequestOf<"patient/make-card">["wrappedCategoryKeys"]

/** What the keys are of; none twice. */
const categoriesOf = (wraps: Wraps): Category[] => {
  const categories = wraps.map(({ category }) => category)
  const repeated = categories.findIndex((category, at) => categories.indexOf(category) < at)
  if (repeated >= 0)
    throw invalidField<"patient/make-card" | "patient/change-card">(`wrappedCategoryKeys.${repeated}.category`)
  return categories
}

const makingCard = (
  { store }: Publishing,
  patientId: string,
  request: Omit<RequestOf<"patient/make-card">, "publication">,
  call: Call,
): Published<"patient/make-card"> => {
  const { cardId, proofKey, cloudShare, locatorHash, hri, wrappedCategoryKeys, sealed } = request
  const categories = categoriesOf(wrappedCategoryKeys)
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
  const plan = async (): Promise<PublicationPlan<"patient/make-card">> => {
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
  return { applied, plan }
}

/** Keeps the server half of a card, which the manifest lists from then on; at most `maxCards` are in force at once. */
export const makeCard = defineUseCase(
  "patient/make-card",
  async (
    reading: Publishing,
    patientId: string,
    { publication, ...request }: RequestOf<"patient/make-card">,
    call: Call,
  ): Promise<Step<"patient/make-card", ResponseOf<"patient/make-card">>> =>
    publish(reading, patientId, publication, makingCard(reading, patientId, request, call), call),
)

const changingCard = (
  { store }: Publishing,
  patientId: string,
  { cardId, wrappedCategoryKeys, sealed }: Omit<RequestOf<"patient/change-card">, "publication">,
): Published<"patient/change-card"> => {
  const categories = categoriesOf(wrappedCategoryKeys)
  const applied = async () => {
    const [card] = await store.read([{ kind: "card", patientId, cardId }])
    return card?.sealed === sealed && (await sameKeys(card.wrappedCategoryKeys, wrappedCategoryKeys))
  }
  const plan = async (): Promise<PublicationPlan<"patient/change-card">> => {
    const [consent, before] = await store.read([
      { kind: "consent", patientId, consent: "emergency-share" },
      { kind: "card", patientId, cardId },
    ])
    if (before?.status !== "active") throw new Problem("not-found")
    const after: Card = { ...before, revision: before.revision + 1, categories, wrappedCategoryKeys, sealed }
    // To take something back, or to call a card otherwise, needs no consent.
    const isWider = categories.some((category) => !before.categories.includes(category))
    const shared = isWider
      ? { change: consentChecked(requireConsent(consent)), refusal: "consent-missing" as const }
      : undefined
    return {
      action: "change-card",
      subject: { cardId, categories },
      cards: { changed: { before, after } },
      changes: {
        card: { change: { put: after }, refusal: "manifest-conflict" },
        ...(shared && { consent: shared }),
      },
    }
  }
  return { applied, plan }
}

const sameKeys = async (one: Wraps | undefined, other: Wraps): Promise<boolean> =>
  one !== undefined && (await canonicalHash(one)) === (await canonicalHash(other))

/**
 * Changes what a card opens, and what is sealed of it for its patient, without a card printed anew. What it opens no longer has new keys with the same
 * publication. Idempotent: the same request again is answered as the first.
 */
export const changeCard = defineUseCase(
  "patient/change-card",
  async (
    reading: Publishing,
    patientId: string,
    { publication, ...request }: RequestOf<"patient/change-card">,
    call: Call,
  ): Promise<Step<"patient/change-card", ResponseOf<"patient/change-card">>> =>
    publish(reading, patientId, publication, changingCard(reading, patientId, request), call),
)

/** A card as its patient is shown it: what it was given keys of, never the keys or the share. */
const shown = ({ wrappedCategoryKeys, openPart, ...card }: Card) => ({
  ...card,
  ...(openPart && { openPart: { statement: openPart.statement, sealed: openPart.open?.sealed } }),
  keys: wrappedCategoryKeys?.map(({ category, epoch }) => ({ category, epoch })),
})

export const listCards = async (
  { store }: { store: StoreReads },
  patientId: string,
  { after }: RequestOf<"patient/list-cards">,
): Promise<ResponseOf<"patient/list-cards">> => {
  const { items, next } = await store.list("card", patientId, { after })
  return { cards: items.map(shown), next }
}

/** As often as others change the same card at the same moment: none of them keeps it alive. */
const attempts = 20

/** The revocation, whatever becomes of the card meanwhile but another revocation. */
const revocationOf = (store: StoreReads, found: Card, statement: string): Renewed => ({
  change: { put: revoked(found, statement) },
  attempts,
  anew: async () => {
    const [card] = await store.read([{ kind: "card", patientId: found.patientId, cardId: found.cardId }])
    if (card?.status !== "active") throw new Problem("busy")
    return { put: revoked(card, statement) }
  },
})

/**
 * Destroys the cloud's half of a card at once, by the patient's signed revocation, which stays: the printed card is dead for good. It waits for no
 * manifest; that the manifest lists it no more is `strikeCard`'s. Idempotent.
 */
export const revokeCard = defineUseCase(
  "patient/revoke-card",
  async (
    { store, cloud }: Publishing,
    patientId: string,
    { cardId, statement }: RequestOf<"patient/revoke-card">,
    call: Call,
  ): Promise<Step<"patient/revoke-card", ResponseOf<"patient/revoke-card">>> => {
    const [found, card, usage, ...ends] = await store.read([
      { kind: "patient", patientId },
      { kind: "card", patientId, cardId },
      usageRef(patientId),
      ...signerEndRefs(patientId),
    ])
    const patient = requireActive(found)
    if (card === undefined) throw new Problem("not-found")
    if (card.revocation === statement) return { done: {} }
    const claims = await patientStatement("card-revocation", statement, {
      audience: cloud.cloudId,
      patient,
      ends,
      now: call.now,
    })
    if (claims.cardId !== cardId) throw new Problem("statement-invalid")
    if (card.status === "revoked") return { done: {} }
    // Sent twice at this moment, or its account ended meanwhile: it is dead all the same.
    const again = async () => {
      const [now] = await store.read([{ kind: "card", patientId, cardId }])
      return now?.status === "active" ? undefined : {}
    }
    if (await isUsed(store, patientId, claims)) return answered(again, "statement-replayed")
    const counting = { patientId, now: call.now, before: usage, added: { cards: -1 } }
    return {
      patientId,
      now: call.now,
      event: {
        action: "revoke-card",
        actor: { kind: "patient" },
        subject: { cardId, statementHash: await statementHash(statement) },
      },
      changing: changing(
        {
          card: revocationOf(store, card, statement),
          used: useOnce(patientId, claims),
          usage: countedUsage(store, counting),
        },
        { used: "statement-replayed" },
      ),
      again,
      answer: () => ({}),
    }
  },
)

/**
 * Strikes a card from the manifest, with new keys for all that it could open. One that is still in force dies with it. Idempotent: the same request
 * again is answered as the first.
 */
export const strikeCard = defineUseCase(
  "patient/strike-card",
  async (
    reading: Publishing,
    patientId: string,
    { cardId, publication }: RequestOf<"patient/strike-card">,
    call: Call,
  ): Promise<Step<"patient/strike-card", ResponseOf<"patient/strike-card">>> => {
    const { store } = reading
    const cardRef = { kind: "card", patientId, cardId } as const
    const applied = async () => {
      const [card] = await store.read([cardRef])
      return card?.status === "revoked"
    }
    const plan = async (): Promise<PublicationPlan<"patient/strike-card">> => {
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
    return publish(reading, patientId, publication, { applied, plan }, call)
  },
)
