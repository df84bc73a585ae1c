/** The delivery addresses of a patient: each lets one practice send to them (docs/protocol.md, "Delivery address"). */
import { Problem } from "../../contract/errors.ts"
import type { ItemOf } from "../../contract/items.ts"
import type { RequestOf, ResponseOf } from "../../contract/routes.ts"
import { sealedHash } from "../../protocol/card.ts"
import type { StatementClaims } from "../../protocol/claims.ts"
import { statementHash } from "../../protocol/statement.ts"
import type { CloudIdentity } from "./consents.ts"
import type { Renewed } from "./named-changes.ts"
import { requireActive, unchanged } from "./patients.ts"
import type { Call, StoreReads } from "./ports.ts"
import { countedUsage, usageRef } from "./quotas.ts"
import { countDeliveryAddress, deliveryAddressRate } from "./rates.ts"
import { defineUseCase } from "./runner.ts"
import { signerEndRefs } from "./signer-ends.ts"
import { patientStatement, requireUnused, useOnce } from "./statements.ts"
import { changing, type Step } from "./step.ts"

type Address = ItemOf<"delivery-address">

interface Reading {
  readonly store: StoreReads
  readonly cloud: Pick<CloudIdentity, "cloudId">
}

const locatorRef = (addressId: string) => ({ kind: "delivery-locator", addressId }) as const

/** What the patient says just now of this address, and what it is counted with. */
const readSaid = async (
  { store, cloud }: Reading,
  patientId: string,
  { addressId, statement }: { addressId: string; statement: string },
  { now }: Call,
) => {
  const [found, address, usage, rate, ...ends] = await store.read([
    { kind: "patient", patientId },
    { kind: "delivery-address", patientId, addressId },
    usageRef(patientId),
    deliveryAddressRate(patientId),
    ...signerEndRefs(patientId),
  ])
  const patient = requireActive(found)
  const verified = async (): Promise<StatementClaims<"delivery-address">> => {
    const expected = { audience: cloud.cloudId, patient, ends, now }
    const claims = await patientStatement("delivery-address", statement, expected)
    if (claims.addressId !== addressId) throw new Problem("statement-invalid")
    return claims
  }
  return { patient, address, usage, rate, verified }
}

/** Keeps an address that the patient made, for whoever is given its secret. Idempotent for the same statement. */
export const makeDeliveryAddress = defineUseCase(
  "patient/make-delivery-address",
  async (
    reading: Reading,
    patientId: string,
    request: RequestOf<"patient/make-delivery-address">,
    call: Call,
  ): Promise<Step<"patient/make-delivery-address", ResponseOf<"patient/make-delivery-address">>> => {
    const { store } = reading
    const { addressId, statement, sealed, kept } = request
    const { patient, address, usage, rate, verified } = await readSaid(reading, patientId, request, call)
    if (address?.statement === statement) return { done: {} }
    const claims = await verified()
    if (claims.action !== "make" || claims.keptHash !== (await sealedHash(kept))) throw new Problem("statement-invalid")
    // An address names the account key that it dies with.
    if (claims.account !== patient.accountKey.number) throw new Problem("manifest-conflict")
    const [taken] = await store.read([locatorRef(addressId)])
    if (address !== undefined || taken !== undefined) throw new Problem("record-conflict")
    await requireUnused(store, patientId, claims)
    const made: Address = {
      kind: "delivery-address",
      revision: 1,
      patientId,
      addressId,
      status: "active",
      account: claims.account,
      statement,
      sealed,
      kept,
      createdAt: call.now.toISOString(),
    }
    return {
      patientId,
      now: call.now,
      event: {
        action: "make-delivery-address",
        actor: { kind: "patient" },
        subject: { addressId, statementHash: await statementHash(statement) },
      },
      changing: changing(
        {
          address: { put: made },
          locator: { put: { ...locatorRef(addressId), revision: 1, patientId } },
          // An account that ends at this moment leaves nothing that leads to it.
          patient: unchanged(patient),
          used: useOnce(patientId, claims),
          rate: countDeliveryAddress(patientId, addressId, rate, call.now),
          usage: countedUsage(store, { patientId, now: call.now, before: usage, added: { addresses: 1 } }),
        },
        { used: "statement-replayed", address: "record-conflict", locator: "record-conflict" },
      ),
      again: async () => {
        const [now] = await store.read([{ kind: "delivery-address", patientId, addressId }])
        return now?.statement === statement ? {} : undefined
      },
      answer: () => ({}),
    }
  },
)

export const listDeliveryAddresses = async (
  { store }: { store: StoreReads },
  patientId: string,
  { after }: RequestOf<"patient/list-delivery-addresses">,
): Promise<ResponseOf<"patient/list-delivery-addresses">> => {
  const { items, next } = await store.list("delivery-address", patientId, { after })
  return { addresses: items, next }
}

/** As often as a practice sends by the same address at the same moment: it doesn't keep it in force. */
const attempts = 20

const revoked = (address: Address, revocation: string) => ({
  put: { ...address, revision: address.revision + 1, status: "revoked" as const, revocation },
})

const revocationOf = (store: StoreReads, found: Address, statement: string): Renewed => ({
  change: revoked(found, statement),
  attempts,
  anew: async () => {
    const { patientId, addressId } = found
    const [address] = await store.read([{ kind: "delivery-address", patientId, addressId }])
    if (address?.status !== "active") throw new Problem("busy")
    return revoked(address, statement)
  },
})

/** Lets nobody send by an address any more. What was sent stays, and is decided on as before. Idempotent. */
export const revokeDeliveryAddress = defineUseCase(
  "patient/revoke-delivery-address",
  async (
    reading: Reading,
    patientId: string,
    request: RequestOf<"patient/revoke-delivery-address">,
    call: Call,
  ): Promise<Step<"patient/revoke-delivery-address", ResponseOf<"patient/revoke-delivery-address">>> => {
    const { store } = reading
    const { addressId, statement } = request
    const { address, usage, verified } = await readSaid(reading, patientId, request, call)
    if (address === undefined) throw new Problem("not-found")
    if (address.revocation === statement) return { done: {} }
    const claims = await verified()
    if (claims.action !== "revoke") throw new Problem("statement-invalid")
    if (address.status === "revoked") return { done: {} }
    await requireUnused(store, patientId, claims)
    const [locator] = await store.read([locatorRef(addressId)])
    return {
      patientId,
      now: call.now,
      event: {
        action: "revoke-delivery-address",
        actor: { kind: "patient" },
        subject: { addressId, statementHash: await statementHash(statement) },
      },
      changing: changing(
        {
          address: revocationOf(store, address, statement),
          locator:
            locator === undefined ? [] : [{ remove: locatorRef(addressId), revision: locator.revision } as const],
          used: useOnce(patientId, claims),
          usage: countedUsage(store, { patientId, now: call.now, before: usage, added: { addresses: -1 } }),
        },
        { used: "statement-replayed" },
      ),
      again: async () => {
        const [now] = await store.read([{ kind: "delivery-address", patientId, addressId }])
        return now?.status === "revoked" ? {} : undefined
      },
      answer: () => ({}),
    }
  },
)
