import { Problem } from "../../contract/errors.ts"
import type { ItemOf } from "../../contract/items.ts"
import { daySeconds, hourSeconds } from "../../contract/limits.ts"
import type { RequestOf, ResponseOf } from "../../contract/routes.ts"
import { sealedHash } from "../../protocol/card.ts"
import type { StatementClaims } from "../../protocol/claims.ts"
import { fromBase64url, toBase64url } from "../../protocol/crypto/bytes.ts"
import { sha256 } from "../../protocol/crypto/primitives.ts"
import { statementHash } from "../../protocol/statement.ts"
import type { CloudIdentity } from "./consents.ts"
import type { Renewed } from "./named-changes.ts"
import { requireActive } from "./patients.ts"
import type { Call, StoreReads } from "./ports.ts"
import { toldOfFront } from "./rates.ts"
import { consentChecked, requireConsent } from "./records.ts"
import { defineUseCase } from "./runner.ts"
import { signerEndRefs } from "./signer-ends.ts"
import { isUsed, patientStatement, useOnce } from "./statements.ts"
import { answered, changing, type Step } from "./step.ts"

type Card = ItemOf<"card">
type Changed = NonNullable<Card["openPart"]>
type Claims = StatementClaims<"open-part">

interface Saying {
  readonly store: StoreReads
  readonly cloud: Pick<CloudIdentity, "cloudId">
}

/** As often as others change the same card at the same moment: new epochs above all. */
const attempts = 20

const requireCard = (card: Card | undefined): Card => {
  if (card === undefined) throw new Problem("not-found")
  if (card.status !== "active") throw new Problem("card-refused")
  return card
}

/** The card as the statement leaves it. Each has the next number: one that leaves out many would leave none to take it back by. */
const saying = (found: Card | undefined, openPart: Changed): { put: Card } => {
  const card = requireCard(found)
  if ((card.openPart?.number ?? 0) + 1 !== openPart.number) throw new Problem("card-conflict")
  return { put: { ...card, revision: card.revision + 1, openPart } }
}

const sayingOf = (store: StoreReads, card: Card, openPart: Changed): Renewed => ({
  change: saying(card, openPart),
  attempts,
  anew: async () => {
    const [now] = await store.read([{ kind: "card", patientId: card.patientId, cardId: card.cardId }])
    return saying(now, openPart)
  },
})

/** What is asked for by a statement, read and verified; `undefined` where this very statement was taken before. */
const asked = async (
  { store, cloud }: Saying,
  patientId: string,
  { cardId, statement }: { cardId: string; statement: string },
  call: Call,
): Promise<{ card: Card; claims: Claims; consent: ItemOf<"consent"> | undefined } | undefined> => {
  const [found, stored, consent, ...ends] = await store.read([
    { kind: "patient", patientId },
    { kind: "card", patientId, cardId },
    { kind: "consent", patientId, consent: "emergency-share" },
    ...signerEndRefs(patientId),
  ])
  const patient = requireActive(found)
  if (stored?.openPart?.statement === statement) return undefined
  const card = requireCard(stored)
  const claims = await patientStatement("open-part", statement, {
    audience: cloud.cloudId,
    patient,
    ends,
    now: call.now,
  })
  if (claims.cardId !== cardId) throw new Problem("statement-invalid")
  return { card, claims, consent }
}

/** Whether the card has what this very statement asked for. */
const takenAs =
  (store: StoreReads, patientId: string, cardId: string, statement: string) =>
  async (): Promise<Record<string, never> | undefined> => {
    const [now] = await store.read([{ kind: "card", patientId, cardId }])
    return now?.openPart?.statement === statement ? {} : undefined
  }

/** Keeps what the patient says to anybody who holds the front of this card, in the place of what they said before. Idempotent. */
export const setOpenPart = defineUseCase(
  "patient/set-open-part",
  async (
    reading: Saying,
    patientId: string,
    request: RequestOf<"patient/set-open-part">,
    call: Call,
  ): Promise<Step<"patient/set-open-part", ResponseOf<"patient/set-open-part">>> => {
    const { store } = reading
    const { cardId, statement, sealed } = request
    const found = await asked(reading, patientId, request, call)
    if (found === undefined) return { done: {} }
    const { card, claims } = found
    const consent = requireConsent(found.consent)
    if (claims.action !== "set" || claims.sealedHash !== (await sealedHash(sealed)))
      throw new Problem("statement-invalid")
    const { number, proofHash } = claims
    const again = takenAs(store, patientId, cardId, statement)
    if (await isUsed(store, patientId, claims)) return answered(again, "statement-replayed")
    return {
      patientId,
      now: call.now,
      event: {
        action: "set-open-part",
        actor: { kind: "patient" },
        subject: { cardId, statementHash: await statementHash(statement) },
      },
      changing: changing(
        {
          card: sayingOf(store, card, { number, statement, open: { proofHash, sealed } }),
          used: useOnce(patientId, claims),
          consent: consentChecked(consent),
        },
        { used: "statement-replayed", consent: "consent-missing" },
      ),
      again,
      answer: () => ({}),
    }
  },
)

/** Destroys what the patient said to anybody who holds the front of this card; the statement stays. It waits for no manifest. Idempotent. */
export const removeOpenPart = defineUseCase(
  "patient/remove-open-part",
  async (
    reading: Saying,
    patientId: string,
    request: RequestOf<"patient/remove-open-part">,
    call: Call,
  ): Promise<Step<"patient/remove-open-part", ResponseOf<"patient/remove-open-part">>> => {
    const { store } = reading
    const { cardId, statement } = request
    const found = await asked(reading, patientId, request, call)
    if (found === undefined) return { done: {} }
    const { card, claims } = found
    if (claims.action !== "remove") throw new Problem("statement-invalid")
    const again = takenAs(store, patientId, cardId, statement)
    if (await isUsed(store, patientId, claims)) return answered(again, "statement-replayed")
    return {
      patientId,
      now: call.now,
      event: {
        action: "remove-open-part",
        actor: { kind: "patient" },
        subject: { cardId, statementHash: await statementHash(statement) },
      },
      changing: changing(
        { card: sayingOf(store, card, { number: claims.number, statement }), used: useOnce(patientId, claims) },
        { used: "statement-replayed" },
      ),
      again,
      answer: () => ({}),
    }
  },
)

/**
 * Gives what the patient says to anybody to whoever holds the front of the card. The trail tells of it before, once in each hour of the clock,
 * and so is the patient told; nobody is refused for asking often, or a photograph of a card would close it. `not-found`, alike for whatever isn't there or
 * isn't open, and for a proof that isn't the front's, which leaves no event: nobody guesses one.
 */
export const readOpenPart = defineUseCase(
  "card/read-open-part",
  async (
    { store }: { store: StoreReads },
    { patientId, cardId, proof }: RequestOf<"card/read-open-part">,
    call: Call,
  ): Promise<Step<"card/read-open-part", ResponseOf<"card/read-open-part">>> => {
    const hour = Math.floor(call.now.getTime() / 1000 / hourSeconds) * hourSeconds
    const ref = { kind: "reading", patientId, cardId, hour } as const
    const [patient, card, consent, told] = await store.read([
      { kind: "patient", patientId },
      { kind: "card", patientId, cardId },
      { kind: "consent", patientId, consent: "emergency-share" },
      ref,
    ])
    const shown = toBase64url(await sha256(fromBase64url(proof)))
    const open = card?.status === "active" ? card.openPart?.open : undefined
    if (card?.openPart === undefined || open === undefined || open.proofHash !== shown) throw new Problem("not-found")
    if (patient?.status !== "active" || patient.signers === undefined || consent?.status !== "active")
      throw new Problem("not-found")
    const answer = { statement: card.openPart.statement, signers: patient.signers, sealed: open.sealed }
    const reading: ItemOf<"reading"> = { ...ref, revision: 1, ttl: hour + daySeconds }
    return {
      once: { ...toldOfFront({ patientId, cardId }), of: `read-open-part#${hour}`, now: call.now },
      event: { action: "read-open-part", actor: { kind: "holder" }, subject: { cardId } },
      enough: "rate-exceeded",
      answer: () => answer,
      ...(told === undefined && {
        afterwards: {
          because: "told-before",
          act: async ({ change }) => {
            if ((await change({ reading: { put: reading } })).outcome === "written") return
            // Where another reading of this hour was first, the patient is told by that one.
            const [other] = await store.read([ref])
            if (other === undefined) throw new Problem("busy")
          },
        },
      }),
    }
  },
)
