import { Problem } from "../../contract/errors.ts"
import type { ItemOf } from "../../contract/items.ts"
import { codesPerAccountDay, daySeconds, registrationsPerAddressDay } from "../../contract/limits.ts"
import type { RequestOf, ResponseOf } from "../../contract/routes.ts"
import { toBase64url, utf8 } from "../../protocol/crypto/bytes.ts"
import { sha256 } from "../../protocol/crypto/primitives.ts"
import { isPublicKey } from "../../protocol/keys.ts"
import type { AuditTrail, Call, Change, PatientAccounts, Store } from "./ports.ts"
import { codeRate, counted, recent, registrationRate } from "./rates.ts"

/** How long an account waits for its confirmation, seconds. */
const unconfirmedSeconds = 24 * 60 * 60

export type ActivePatient = ItemOf<"patient"> & { keys: NonNullable<ItemOf<"patient">["keys"]> }

/** The patient, where the account is in force; refuses what can't be one. */
export const requireActive = (patient: ItemOf<"patient"> | undefined): ActivePatient => {
  if (patient === undefined) throw new Problem("not-found")
  const { keys, status } = patient
  if (status === "deactivating" || status === "deactivated" || keys === undefined)
    throw new Problem("account-deactivated")
  if (status === "unconfirmed") throw new Problem("not-found")
  return { ...patient, keys }
}

/** The account must still be what it was when it was read: nothing is written for one that is being destroyed. */
export const unchanged = (patient: ItemOf<"patient">): Change => ({
  check: { kind: "patient", patientId: patient.patientId },
  revision: patient.revision,
})

/**
 * Opens an account under a random id. What the identity manager says of the e-mail address stays there: the answer is the
 * same whether or not somebody has an account by it. How often an address is registered is counted alike for both: each time it is
 * mailed, and whoever guesses codes gets new ones to guess.
 */
export const register = async (
  { store, accounts }: { store: Store; accounts: PatientAccounts },
  { email, password, keys, recoveryBundle }: RequestOf<"patient/register">,
  call: Call,
): Promise<ResponseOf<"patient/register">> => {
  // Nobody could use the account, nor seal anything to it.
  for (const key of [keys.signing, keys.agreement]) if (!(await isPublicKey(key))) throw new Problem("request-invalid")
  const patientId = call.id()
  const addressRate = registrationRate(toBase64url(await sha256(utf8(email))))
  const [registrations] = await store.read([addressRate])
  const counting = recent(registrations, daySeconds, call.now)
  if (counting.length >= registrationsPerAddressDay) throw new Problem("rate-exceeded")
  // The keys first: an account without keys could be confirmed and would be of no use.
  const written = await store.write([
    {
      put: {
        kind: "patient",
        revision: 1,
        patientId,
        status: "unconfirmed",
        keys,
        recoveryBundle,
        createdAt: call.now.toISOString(),
        ttl: Math.floor(call.now.getTime() / 1000) + unconfirmedSeconds,
      },
    },
    counted(addressRate, registrations, counting, "", daySeconds, call.now),
  ])
  if (written.outcome === "conflict") throw new Problem("busy")
  const signedUp = await accounts.signUp(patientId, email, password)
  if (signedUp === "password-too-weak") throw new Problem("password-too-weak")
  return { patientId }
}

/** The account, once this guess at its code is counted: before it is asked about, so that a thousand guesses at once are not one. */
const countGuess = async (store: Store, patientId: string, now: Date): Promise<ItemOf<"patient"> | undefined> => {
  for (let attempt = 1; attempt <= codesPerAccountDay; attempt++) {
    const [patient, found] = await store.read([{ kind: "patient", patientId }, codeRate(patientId)])
    if (patient?.status !== "unconfirmed") return patient
    const guesses = recent(found, daySeconds, now)
    if (guesses.length >= codesPerAccountDay) throw new Problem("rate-exceeded")
    const written = await store.write([counted(codeRate(patientId), found, guesses, "", daySeconds, now)])
    if (written.outcome === "written") return patient
  }
  throw new Problem("busy")
}

/**
 * Idempotent: a second confirmation of a confirmed account is answered as the first. Only whoever registered knows the account's id, so
 * that too many codes lock out nobody else: the person mailed registers anew.
 */
export const confirm = async (
  { store, accounts, audit }: { store: Store; accounts: PatientAccounts; audit: AuditTrail },
  { patientId, code }: RequestOf<"patient/confirm">,
  call: Call,
): Promise<ResponseOf<"patient/confirm">> => {
  const patient = await countGuess(store, patientId, call.now)
  if (patient === undefined) throw new Problem("confirmation-code-wrong")
  if ((await accounts.confirm(patientId, code)) !== "confirmed") throw new Problem("confirmation-code-wrong")
  if (patient.status !== "unconfirmed") return {}
  await audit.append(
    patientId,
    { action: "confirm", outcome: "permitted", actor: { kind: "patient" }, subject: {} },
    call.now,
  )
  const { ttl: _, ...kept } = patient
  const written = await store.write([{ put: { ...kept, status: "active", revision: patient.revision + 1 } }])
  if (written.outcome === "written") return {}
  // Lost to the same confirmation sent twice: it is confirmed all the same. Lost to the account's end: it is not.
  const [now] = await store.read([{ kind: "patient", patientId }])
  if (now === undefined) throw new Problem("confirmation-code-wrong")
  if (now.status === "unconfirmed") throw new Problem("busy")
  return {}
}

export const signIn = async (
  { accounts }: { accounts: PatientAccounts },
  { email, password }: RequestOf<"patient/sign-in">,
  call: Call,
): Promise<ResponseOf<"patient/sign-in">> => {
  const session = await accounts.signIn(email, password)
  if (session === undefined) throw new Problem("email-or-password-wrong")
  const { patientId, accessToken, expiresIn } = session
  return { patientId, accessToken, expiresAt: new Date(call.now.getTime() + expiresIn * 1000).toISOString() }
}

/** Hands the patient their recovery bundle, which only their recovery phrase opens. */
export const recover = async (
  { store, audit }: { store: Store; audit: AuditTrail },
  patientId: string,
  call: Call,
): Promise<ResponseOf<"patient/recover">> => {
  const [found] = await store.read([{ kind: "patient", patientId }])
  const { recoveryBundle } = requireActive(found)
  if (recoveryBundle === undefined) throw new Problem("not-found")
  await audit.append(
    patientId,
    { action: "recover", outcome: "permitted", actor: { kind: "patient" }, subject: {} },
    call.now,
  )
  return { recoveryBundle }
}
