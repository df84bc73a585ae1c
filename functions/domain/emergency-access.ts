import * as z from "zod/mini"
import type { Certification } from "../../certify/certify.ts"
import { type AuditActor, type AuditEvent, type AuditSubject, receiptedEvent } from "../../contract/audit.ts"
import { Problem, type ProblemCode } from "../../contract/errors.ts"
import { type ItemOf, objectKey } from "../../contract/items.ts"
import type { RequestOf, ResponseOf } from "../../contract/routes.ts"
import { sealedHash } from "../../protocol/card.ts"
import { fromBase64url, toBase64url } from "../../protocol/crypto/bytes.ts"
import { sha256 } from "../../protocol/crypto/primitives.ts"
import { answerSealer, type EmergencyAnswer } from "../../protocol/emergency-answer.ts"
import { grantSeconds } from "../../protocol/primitives.ts"
import type { Descriptor } from "../../protocol/record.ts"
import { type AskedAccess, decideAccess, type FoundAccess, type OpenedAccess, readAsked } from "./asked-access.ts"
import type { CloudIdentity } from "./consents.ts"
import { historyFor } from "./key-pages.ts"
import { LoggedDetail } from "./logged-detail.ts"
import { manifestLinks } from "./manifest-state.ts"
import { unchanged } from "./patients.ts"
import type { AuditHead, AuditReads, Call, StoreReads } from "./ports.ts"
import { certifySigner, keptAnswer, type ProfessionalTrust } from "./professionals.ts"
import { cardRate, countAccess, countDenial, deniedRate, professionalRate } from "./rates.ts"
import { defineUseCase } from "./runner.ts"
import { usedStatementRef, useOnce } from "./statements.ts"
import {
  type Acting,
  type Changing,
  changing,
  type PermittedEvent,
  type Teller,
  type TellingStep,
  ToldRefusal,
} from "./step.ts"

export interface EmergencyAccess extends ProfessionalTrust {
  readonly store: StoreReads
  readonly audit: Pick<AuditReads, "head">
  readonly cloud: CloudIdentity
}

type Releasing = Acting<{ objects: "downloadUrl" }>

/** Who loses to other accesses of the same moment this often is told that we are busy. */
const attempts = 3

type Rate = ItemOf<"rate"> | undefined
interface State extends FoundAccess {
  readonly consent: ItemOf<"consent"> | undefined
  readonly denials: Rate
  readonly rates: readonly [Rate, Rate]
  /** Of the patient's trail. */
  readonly head: AuditHead
}

const rateRefs = ({ account, claims: { patientId, cardId } }: AskedAccess) =>
  [professionalRate(account), cardRate(patientId, cardId)] as const

/** Who does not know the id of a card learns nothing, and leaves nothing in the trail of a patient they may have guessed. */
const readState = async ({ store, audit }: EmergencyAccess, asked: AskedAccess): Promise<State> => {
  const { account, claims } = asked
  const { patientId, cardId } = claims
  const [[patient, card, consent, manifest, summaryPage, used, denials, ...rates], head] = await Promise.all([
    store.read([
      { kind: "patient", patientId },
      { kind: "card", patientId, cardId },
      { kind: "consent", patientId, consent: "emergency-share" },
      { kind: "manifest", patientId },
      { kind: "manifest-page", patientId, category: "summary", page: 0 },
      usedStatementRef(account, claims),
      deniedRate(patientId, cardId),
      ...rateRefs(asked),
    ]),
    audit.head(patientId),
  ])
  if (patient === undefined || card === undefined) throw new Problem("card-refused")
  return { patient, card, consent, manifest, summaryPage, used, denials, rates, head }
}

type Refusal = (code: ProblemCode, because?: { actor?: AuditActor; cause?: LoggedDetail }) => ToldRefusal

/** A refusal of this access, which leaves its event within what a card may leave. */
const refusing =
  ({ trust }: EmergencyAccess, asked: AskedAccess, { denials }: State, { now }: Call): Refusal =>
  (code, { actor, cause } = {}) => {
    const { account, certificate, claims, statementHash } = asked
    const { patientId, cardId } = claims
    const tell = async (teller: Teller) => {
      const outcome = await countDenial(teller, deniedRate(patientId, cardId), { code, account }, denials, now)
      if (outcome === undefined) return
      const subject = { cardId, statementHash, trustPolicyHash: trust.hash }
      const by: AuditActor = actor ?? { kind: "hcp", account, certificate }
      await teller.tell(patientId, { action: "emergency-access", outcome, actor: by, subject }, now)
    }
    return new ToldRefusal(code, tell, { cause })
  }

/** Everything that an access rests on, decided; what follows are its effects. */
interface Permitted {
  readonly asked: AskedAccess
  readonly opened: OpenedAccess
  readonly consent: ItemOf<"consent">
  readonly certified: Certification & { outcome: "certified" }
  readonly actor: AuditActor
  readonly grantId: string
  readonly ticket: string
  readonly expiresAt: string
}

/** Verify, certify, consent: refuses, or says all that the access rests on. */
const permit = async (
  deps: EmergencyAccess,
  asked: AskedAccess,
  state: State,
  call: Call,
  refusal: Refusal,
): Promise<Permitted> => {
  const decision = await decideAccess(asked, state)
  if ("refused" in decision) throw refusal(decision.refused)
  const { account, certificate, claims } = asked
  // Before certification, so that a key that has had enough no longer makes us ask the authority.
  if (countAccess({ ...claims, account }, state.rates, call.now) === undefined) throw refusal("rate-exceeded")
  const certified = await certifySigner(deps, asked, call)
  if (certified.outcome !== "certified")
    throw refusal(certified.outcome, { cause: new LoggedDetail(certified.because) })
  const { profession, notAfter } = certified
  const actor: AuditActor = { kind: "hcp", account, certificate, profession }
  if (state.consent?.status !== "active") throw refusal("consent-missing", { actor })
  return {
    asked,
    opened: decision.opened,
    consent: state.consent,
    certified,
    actor,
    grantId: call.id(),
    ticket: call.key(),
    expiresAt: new Date(Math.min(call.now.getTime() + grantSeconds * 1000, notAfter.getTime())).toISOString(),
  }
}

const permittedEvent = ({ asked, opened, actor, grantId, expiresAt }: Permitted, trustPolicyHash: string) => {
  const { card, manifest, summary } = opened
  const subject: AuditSubject = {
    cardId: card.cardId,
    statementHash: asked.statementHash,
    trustPolicyHash,
    grantId,
    categories: card.categories,
    expiresAt,
    records: summary.map(({ recordId, version }) => ({ recordId, version })),
    manifest: { number: manifest.number, hash: manifest.hash },
  }
  return { action: "emergency-access", actor, subject } satisfies PermittedEvent<"emergency-access">
}

const grantOf = async (permitted: Permitted, event: AuditEvent, { now }: Call): Promise<ItemOf<"grant">> => {
  const { asked, opened, consent, certified, grantId, ticket, expiresAt } = permitted
  const { profession, notAfter } = certified
  const { account, certificate, alg, statement } = asked
  const { patientId, cardId, categories } = opened.card
  return {
    kind: "grant",
    revision: 1,
    patientId,
    grantId,
    cardId,
    categories,
    account,
    certificate,
    certificateEndsAt: notAfter.toISOString(),
    alg,
    profession,
    consentRevision: consent.revision,
    statement,
    ...keptAnswer(certified),
    ticketHash: toBase64url(await sha256(fromBase64url(ticket))),
    grantedAt: now.toISOString(),
    expiresAt,
    event: z.parse(receiptedEvent, event),
  }
}

/** The grant, if all it rests on is still as it was read; counted, which only other accesses of this moment make it do again. */
const granting = (
  store: StoreReads,
  { asked, opened, consent, actor }: Permitted,
  grant: ItemOf<"grant">,
  rates: State["rates"],
  refusal: Refusal,
  { now }: Call,
): Changing => {
  const { account, claims } = asked
  const { patient, card } = opened
  const { patientId, cardId } = card
  const countsAfter = (found: State["rates"]) => {
    const counts = countAccess({ account, patientId, cardId }, found, now)
    if (counts === undefined) throw refusal("rate-exceeded", { actor })
    return counts
  }
  return changing(
    {
      grant: { put: grant },
      time: { put: { kind: "grant-time", revision: 1, patientId, grantedAt: grant.grantedAt, grantId: grant.grantId } },
      statement: useOnce(account, claims),
      account: unchanged(patient),
      card: { check: { kind: "card", patientId, cardId }, revision: card.revision },
      consent: { check: { kind: "consent", patientId, consent: "emergency-share" }, revision: consent.revision },
      counts: {
        change: countsAfter(rates),
        attempts,
        anew: async () => countsAfter(await store.read(rateRefs(asked))),
      },
    },
    { statement: () => refusal("statement-replayed", { actor }) },
    () => refusal("busy", { actor }),
  )
}

const signedUrls = (
  { ports: { objects } }: Releasing,
  patientId: string,
  summary: readonly Descriptor[],
  { now }: Call,
): Promise<EmergencyAnswer["urls"]> =>
  Promise.all(
    summary.map(async (descriptor) => ({
      recordId: descriptor.recordId,
      version: descriptor.version,
      url: await objects.downloadUrl("records", objectKey(patientId, descriptor), now),
    })),
  )

/** How to walk back from the card's keys: as far as the summary's page needs, and within the ring. */
const keyHistories = (
  store: StoreReads,
  { card: { patientId, categories }, manifest, summary }: OpenedAccess,
): Promise<EmergencyAnswer["keyHistory"]> =>
  Promise.all(
    categories.map(async (category) => {
      const listed = category === "summary" ? summary : []
      const history = await historyFor(store, patientId, category, manifest.keyRing.categories[category], listed)
      return { category, ...history }
    }),
  )

/**
 * Opens an emergency access: verify, consent, **audit**, grant, presign. Whatever fails before the end leaves no URL and no share: there may be
 * an event without an access, never an access without an event.
 *
 * Calls in sequence: the state and the trail's head at once; the manifests back to the witness, where it isn't the newest, and
 * the older keys that the summary needs; the trail; the grant.
 * `giver` prepares how the answer is given while the state is read.
 * The identity manager is not among them. Only where the same professional, or another by the same card, is granted an access at this very
 * moment, the rates are read and written once more.
 */
const grantAsked = async <A>(
  reading: EmergencyAccess,
  asked: AskedAccess,
  call: Call,
  giver: () => Promise<(answer: EmergencyAnswer) => Promise<A>>,
): Promise<TellingStep<"hcp/emergency-access", A, { objects: "downloadUrl" }>> => {
  const { store, trust } = reading
  const [state, give] = await Promise.all([readState(reading, asked), giver()])
  const refusal = refusing(reading, asked, state, call)
  const permitted = await permit(reading, asked, state, call, refusal)
  const { grantId, ticket, expiresAt } = permitted
  const { patient, card, manifest, summary } = permitted.opened
  const { patientId, cloudShare, wrappedCategoryKeys } = card
  const [links, keyHistory, hashOfSealed] = await Promise.all([
    manifestLinks(store, patientId, manifest.number, asked.witness),
    keyHistories(store, permitted.opened),
    sealedHash(card.sealed),
  ])
  return {
    patientId,
    now: call.now,
    event: permittedEvent(permitted, trust.hash),
    head: state.head,
    changing: async (event) =>
      granting(store, permitted, await grantOf(permitted, event, call), state.rates, refusal, call),
    answer: async (releasing) =>
      give({
        grantId,
        expiresAt,
        ticket,
        cloudShare,
        wrappedCategoryKeys,
        sealedHash: hashOfSealed,
        keyHistory,
        signers: patient.signers,
        account: patient.accountKey.publicKey,
        manifest: manifest.manifest,
        links,
        ...(card.categories.includes("summary") ? { pageList: manifest.pageLists.summary } : {}),
        summary,
        urls: await signedUrls(releasing, patientId, summary, call),
      }),
  }
}

/** Returns the answer to an emergency access before it is sealed. Nobody but the key in the statement may be given it. */
export const grantEmergencyAccess = defineUseCase(
  "hcp/emergency-access",
  async (reading: EmergencyAccess, request: RequestOf<"hcp/emergency-access">, call: Call) => {
    const asked = await readAsked(request, reading.cloud.cloudId, call)
    return grantAsked(reading, asked, call, async () => async (answer) => answer)
  },
)

/** Opens an emergency access and seals its answer to the key in the statement: whoever only forwarded the statement reads nothing. */
export const emergencyAccess = defineUseCase(
  "hcp/emergency-access",
  async (reading: EmergencyAccess, request: RequestOf<"hcp/emergency-access">, call: Call) => {
    const asked = await readAsked(request, reading.cloud.cloudId, call)
    const { patientId, ephemeral } = asked.claims
    return grantAsked(reading, asked, call, async () => {
      const seal = await answerSealer({ ...asked, patientId }, ephemeral)
      return async (answer): Promise<ResponseOf<"hcp/emergency-access">> => ({ sealed: await seal(answer) })
    })
  },
)
