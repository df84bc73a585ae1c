/** What a practice sends to a patient who gave it a delivery address: a contribution that nobody else sees before they decide (docs/protocol.md, "Delivery address"). */
import * as z from "zod/mini"
import { type AuditActor, type AuditEvent, receiptedEvent } from "../../contract/audit.ts"
import { Problem } from "../../contract/errors.ts"
import { type ItemOf, objectKey } from "../../contract/items.ts"
import { certifiedSeconds, daySeconds, deliveriesPerAddressDay, hourSeconds } from "../../contract/limits.ts"
import type { RequestOf, ResponseOf } from "../../contract/routes.ts"
import { deliveryEpoch } from "../../protocol/delivery-address.ts"
import { thumbprint } from "../../protocol/keys.ts"
import { statementHash } from "../../protocol/statement.ts"
import type { CloudIdentity } from "./consents.ts"
import { contributionVersion } from "./contribution-uploads.ts"
import type { SignedInMember } from "./member-names.ts"
import type { Renewed } from "./named-changes.ts"
import { type ActivePatient, requireActive } from "./patients.ts"
import type { Call, Change, Provider, StoreReads } from "./ports.ts"
import { requireClinical, requireMember } from "./practice-account.ts"
import { professionalStatement, signedStatement } from "./professionals.ts"
import { countedUsage, usageAfter, usageRef } from "./quotas.ts"
import { countDelivery, deliveryRate } from "./rates.ts"
import { signReceipt } from "./receipts.ts"
import { consentChecked, requireConsent } from "./records.ts"
import { defineUseCase } from "./runner.ts"
import { isUsed, useOnce } from "./statements.ts"
import { changing, type Step } from "./step.ts"
import { requireObject } from "./uploads.ts"

type Address = ItemOf<"delivery-address">
type Member = ItemOf<"practice-member">

/** What a delivery that waits for the patient adds to what they have. */
const deliveryAdded = (size: number) => ({ deliveries: 1, deliveryBytes: size })

/** The address in force for this practice, and whose it is. Of any other nothing is told, not even that it is there. */
const requireAddress = async (
  store: StoreReads,
  actor: SignedInMember,
  addressId: string,
): Promise<{ address: Address; patient: ActivePatient }> => {
  const { practiceId } = actor
  const [practice, locator] = await store.read([
    { kind: "practice", practiceId },
    { kind: "delivery-locator", addressId },
  ])
  requireClinical(requireMember(practice, actor))
  if (locator === undefined) throw new Problem("not-found")
  const { patientId } = locator
  const [patient, address] = await store.read([
    { kind: "patient", patientId },
    { kind: "delivery-address", patientId, addressId },
  ])
  const isOthers = address?.practiceId !== undefined && address.practiceId !== practiceId
  if (patient?.status !== "active" || address?.status !== "active" || isOthers) throw new Problem("not-found")
  const active = requireActive(patient)
  if (address.account !== active.accountKey.number) throw new Problem("not-found")
  return { address, patient: active }
}

/** Whom an address is about, and the key that is sealed to; the address's secret alone opens the former. */
export const getDeliveryAddress = async (
  { store }: { store: StoreReads },
  actor: SignedInMember,
  { addressId }: RequestOf<"practice/get-delivery-address">,
): Promise<ResponseOf<"practice/get-delivery-address">> => {
  const { address, patient } = await requireAddress(store, actor, addressId)
  return { sealed: address.sealed, accountKey: patient.accountKey.publicKey }
}

/** What is found around it; refuses what is there already, and one that isn't consented to. */
const readAround = async (store: StoreReads, { patientId, addressId }: Address, contributionId: string) => {
  const [existing, record, consent, usage, rate] = await store.read([
    { kind: "contribution", patientId, contributionId },
    { kind: "record", patientId, recordId: contributionId },
    { kind: "consent", patientId, consent: "store" },
    usageRef(patientId),
    deliveryRate(addressId),
  ])
  if (existing !== undefined || record !== undefined) throw new Problem("record-conflict")
  return { consent: requireConsent(consent), usage, rate }
}

export const contributionUploadUrl = defineUseCase(
  "practice/contribution-upload-url",
  async (
    { store }: { store: StoreReads },
    actor: SignedInMember,
    { addressId, contributionId, objectId, size, sha256 }: RequestOf<"practice/contribution-upload-url">,
    { now }: Call,
  ): Promise<
    Step<"practice/contribution-upload-url", ResponseOf<"practice/contribution-upload-url">, { objects: "uploadUrl" }>
  > => {
    const { address } = await requireAddress(store, actor, addressId)
    const { patientId } = address
    const { usage, rate } = await readAround(store, address, contributionId)
    countDelivery(addressId, contributionId, rate, now)
    usageAfter(patientId, usage, deliveryAdded(size), now)
    const key = objectKey(patientId, { recordId: contributionId, version: contributionVersion, objectId })
    return {
      because: "no-record-yet",
      act: async ({ ports }) => ({ done: await ports.objects.uploadUrl("pending", key, { size, sha256 }, now) }),
    }
  },
)

interface Delivering {
  readonly store: StoreReads
  readonly cloud: CloudIdentity
  readonly provider: Provider
}
type Request = RequestOf<"practice/contribute">

/**
 * As whom the member signed in: asking the authority is signing in's, of which a token lasts an hour. `unauthenticated` where that is longer ago, or was before they were let in.
 */
const requireProfessional = (member: Member | undefined, now: Date) => {
  const { certificate, certified } = member ?? {}
  if (certificate === undefined) throw new Problem("certificate-untrusted")
  if (certified === undefined || now.getTime() > Date.parse(certified.at) + certifiedSeconds * 1000)
    throw new Problem("unauthenticated")
  return { shown: certificate, certified }
}

/** What was signed, verified: by the very certificate that the member signs in with, about this contribution by this address. */
const requireSigned = async (
  { store, cloud }: Delivering,
  { practiceId, memberId }: SignedInMember,
  { address, patient }: Awaited<ReturnType<typeof requireAddress>>,
  { contributionId, statement }: Request,
  { now }: Call,
) => {
  const said = await professionalStatement("contribution", statement, { audience: cloud.cloudId, now })
  const { claims, certificate, alg } = said
  const { descriptor } = claims
  if (!("addressId" in claims) || claims.addressId !== address.addressId || claims.practiceId !== practiceId)
    throw new Problem("statement-invalid")
  if (claims.patientId !== patient.patientId || claims.account !== patient.accountKey.number)
    throw new Problem("statement-invalid")
  if (claims.fingerprint !== (await thumbprint(patient.root.signing))) throw new Problem("statement-invalid")
  const { recordId, version, replaces, epoch } = descriptor
  const isFirst = version === contributionVersion && replaces === null && epoch === deliveryEpoch
  if (recordId !== contributionId || !isFirst) throw new Problem("statement-invalid")
  const [member] = await store.read([{ kind: "practice-member", practiceId, memberId }])
  const { shown, certified } = requireProfessional(member, now)
  // Or one member would send in the name of another, or by an algorithm that the authority forbids.
  const own = await signedStatement("practice-member", shown)
  if (own.certificate !== certificate || own.alg !== alg) throw new Problem("statement-invalid")
  return { ...said, certified }
}
type Signed = Awaited<ReturnType<typeof requireSigned>>

const deliveryChanges = (
  { patientId, addressId }: Address,
  { claims, account, certified }: Signed,
  { practiceId }: SignedInMember,
  { contributionId, statement }: Request,
  event: AuditEvent,
) => {
  const contribution: ItemOf<"contribution"> = {
    kind: "contribution",
    revision: 1,
    patientId,
    contributionId,
    addressId,
    practiceId,
    status: "pending",
    descriptor: claims.descriptor,
    profession: certified.profession,
    statement,
    certifiedAt: certified.at,
    ...(certified.ocsp !== undefined && { ocsp: certified.ocsp }),
    contributedAt: event.at,
    event: z.parse(receiptedEvent, event),
  }
  return {
    contribution: { put: contribution },
    used: useOnce(account, claims),
  }
}

/** The address is in force at this moment, and this practice's from the first thing on that it sends. */
const addressChange = (address: Address, practiceId: string): Change => {
  const { patientId, addressId, revision } = address
  if (address.practiceId === undefined) return { put: { ...address, revision: revision + 1, practiceId } }
  return { check: { kind: "delivery-address", patientId, addressId }, revision }
}

/** Of two things that are sent first at one moment, one makes the address its practice's, and the other finds it so. */
const addressHeld = (store: StoreReads, actor: SignedInMember, address: Address): Renewed => ({
  change: addressChange(address, actor.practiceId),
  attempts: 2,
  anew: async () => addressChange((await requireAddress(store, actor, address.addressId)).address, actor.practiceId),
})

/** By what the patient is told, once for all that comes by one address within an hour. */
const toldOf = async (store: StoreReads, { patientId, addressId }: Address, now: Date): Promise<Change[]> => {
  const hour = Math.floor(now.getTime() / 1000 / hourSeconds) * hourSeconds
  const ref = { kind: "delivery", patientId, addressId, hour } as const
  const [told] = await store.read([ref])
  return told === undefined ? [{ put: { ...ref, revision: 1, ttl: hour + daySeconds } }] : []
}

/** What others send by the same address at this moment is no conflict. */
const countedDelivery = (
  store: StoreReads,
  addressId: string,
  of: string,
  found: ItemOf<"rate"> | undefined,
  now: Date,
) =>
  ({
    change: countDelivery(addressId, of, found, now),
    attempts: deliveriesPerAddressDay,
    anew: async () => {
      const [last] = await store.read([deliveryRate(addressId)])
      return countDelivery(addressId, of, last, now)
    },
  }) satisfies Renewed

type Answer = ResponseOf<"practice/contribute">
type Next = Step<"practice/contribute", Answer, { objects: "inspect" }>

const deliver = async (
  deps: Delivering,
  actor: SignedInMember,
  request: Request,
  call: Call,
  again: () => Promise<Answer | undefined>,
): Promise<Next> => {
  const { store, cloud, provider } = deps
  const { addressId, contributionId, statement } = request
  const found = await requireAddress(store, actor, addressId)
  const { patientId } = found.address
  const { consent, usage, rate } = await readAround(store, found.address, contributionId)
  const signed = await requireSigned(deps, actor, found, request, call)
  const { claims, account, certificate, certified } = signed
  if (await isUsed(store, account, claims)) throw new Problem("statement-replayed")
  const { category, size } = claims.descriptor
  const added = deliveryAdded(size)
  const usageCounted = countedUsage(store, { patientId, now: call.now, before: usage, added })
  const counted = countedDelivery(store, addressId, contributionId, rate, call.now)
  const anew = () => toldOf(store, found.address, call.now)
  const told: Renewed = { change: await anew(), attempts: 2, anew }
  const subject = { addressId, contributionId, category, statementHash: await statementHash(statement) }
  const by: AuditActor = { kind: "hcp", account, certificate, profession: certified.profession }
  const next: Next = {
    patientId,
    now: call.now,
    also: {
      patientId: actor.practiceId,
      event: { action: "contribute", actor: { kind: "member", memberId: actor.memberId }, subject },
    },
    event: { action: "contribute", actor: by, subject },
    changing: (event) =>
      changing(
        {
          ...deliveryChanges(found.address, signed, actor, request, event),
          address: addressHeld(store, actor, found.address),
          consent: consentChecked(consent),
          counted,
          told,
          usage: usageCounted,
        },
        { used: "statement-replayed", consent: "consent-missing", contribution: "record-conflict" },
      ),
    again,
    answer: async (_, event) => ({
      event: z.parse(receiptedEvent, event),
      receipt: await signReceipt(provider, cloud, { statement, event }, call.now),
    }),
  }
  return {
    because: "no-record-yet",
    act: async (acting) => {
      await requireObject(acting, { bucket: "pending", patientId }, claims.descriptor)
      return next
    },
    again,
  }
}

/** Puts what a practice sends before the patient, once, and returns the provider's receipt for it. Idempotent for the same statement. */
export const contribute = defineUseCase(
  "practice/contribute",
  async (deps: Delivering, actor: SignedInMember, request: Request, call: Call): Promise<Next> => {
    const { store, cloud, provider } = deps
    const { addressId, contributionId, statement } = request
    const again = async () => {
      const { address } = await requireAddress(store, actor, addressId)
      const { patientId } = address
      const [existing] = await store.read([{ kind: "contribution", patientId, contributionId }])
      if (existing?.statement !== statement) return undefined
      const { event } = existing
      return { event, receipt: await signReceipt(provider, cloud, { statement, event }, call.now) }
    }
    return { decide: () => deliver(deps, actor, request, call, again), again }
  },
)
