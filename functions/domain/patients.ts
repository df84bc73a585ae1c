import { Problem } from "../../contract/errors.ts"
import type { ItemOf } from "../../contract/items.ts"
import type { RequestOf, ResponseOf } from "../../contract/routes.ts"
import type { AccountKey } from "../../protocol/account-key.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { isPublicKey, thumbprint } from "../../protocol/keys.ts"
import { isSealingKey, sealingKeyThumbprint } from "../../protocol/sealing.ts"
import { type SignerList, verifySigners } from "../../protocol/signers.ts"
import type { CloudIdentity } from "./consents.ts"
import { invalidField } from "./invalid-field.ts"
import type { Call, Change, PatientSignIn, StoreReads } from "./ports.ts"
import { countGuess, countRegistration, registrationRate } from "./rates.ts"
import { defineUseCase } from "./runner.ts"
import { claimsOf, requireFresh } from "./statements.ts"
import { type Acting, changing, type Step } from "./step.ts"

/** How long an account waits for its confirmation, seconds. */
const unconfirmedSeconds = 24 * 60 * 60

type Patient = ItemOf<"patient">
type PatientKeys = ItemOf<"patient-keys">
export type ActivePatient = Patient & Required<Pick<Patient, "root" | "signers" | "accountKey">>

/** The patient, where the account is in force; refuses what can't be one. */
export const requireActive = (patient: ItemOf<"patient"> | undefined): ActivePatient => {
  if (patient === undefined) throw new Problem("not-found")
  const { root, signers, accountKey, status } = patient
  const ended = status === "deactivating" || status === "deactivated"
  if (ended || root === undefined || signers === undefined || accountKey === undefined)
    throw new Problem("account-deactivated")
  if (status === "unconfirmed") throw new Problem("not-found")
  return { ...patient, root, signers, accountKey }
}

/** The account must still be what it was when it was read: nothing is written for one that is being destroyed. */
export const unchanged = (patient: ItemOf<"patient">): Change => ({
  check: { kind: "patient", patientId: patient.patientId },
  revision: patient.revision,
})

type Registration = RequestOf<"patient/register">
interface Registering {
  readonly store: StoreReads
  readonly cloud: Pick<CloudIdentity, "cloudId">
}

/** Refuses keys that nobody could use, nor seal anything to. The root signs its list, and the account key is sealed to it. */
const requireKeys = async ({ accountKey }: Registration, list: SignerList): Promise<void> => {
  const signing = await Promise.all(list.claims.signers.map((signer) => isPublicKey(signer.signing)))
  if (signing.includes(false)) throw invalidField<"patient/register">("signers")
  if (!(await isSealingKey(accountKey.publicKey))) throw invalidField<"patient/register">("accountKey.publicKey")
  const sealing = await Promise.all(accountKey.sealed.map(({ to }) => isSealingKey(to)))
  const unusable = sealing.indexOf(false)
  if (unusable >= 0) throw invalidField<"patient/register">(`accountKey.sealed.${unusable}.to`)
}

/** The first account key is sealed once to the root and once to each signer, and to nobody else. */
const requireFirstAccountKey = async ({ accountKey }: Registration, { claims }: SignerList): Promise<void> => {
  const holders = [claims.root.sealing, ...claims.signers.map((signer) => signer.sealing)].sort()
  const named = (await Promise.all(accountKey.sealed.map(({ to }) => sealingKeyThumbprint(to)))).sort()
  const same = named.length === holders.length && named.every((to, i) => to === holders[i])
  if (accountKey.number !== 1) throw invalidField<"patient/register">("accountKey.number")
  if (accountKey.previous.length > 0) throw invalidField<"patient/register">("accountKey.previous")
  if (!same) throw invalidField<"patient/register">("accountKey.sealed")
}

/** The list that the root signed just now: the first of all, for this cloud and this patient. */
const firstList = async (
  { patientId, root, signers }: Registration,
  audience: string,
  now: Date,
): Promise<SignerList> => {
  const [first] = signers
  if (first === undefined) throw new Problem("statement-invalid")
  requireFresh({ aud: audience, iat: claimsOf("signer-list", first).iat }, audience, now)
  try {
    const fingerprint = await thumbprint(root.signing)
    const list = await verifySigners(signers, { fingerprint, record: { cloudId: audience, patientId } })
    const { number, previous, signers: listed } = list.claims
    if (number !== 1 || previous !== null) throw new Error("not the first")
    if (listed.length === 0 || listed.some(({ until }) => until !== undefined)) throw new Error("nobody signs")
    if (list.claims.root.sealing !== (await sealingKeyThumbprint(root.sealing))) throw new Error("another root")
    return list
  } catch (error) {
    throw new Problem("statement-invalid", { cause: error })
  }
}

/** The whole account key and the recovery bundle. Undefined where the account was read before a publication and its keys after it, or the reverse. */
export const wholeKeys = (
  { accountKey: { copies, ...named } }: Pick<ActivePatient, "accountKey">,
  keys: PatientKeys | undefined,
): { accountKey: AccountKey; recoveryBundle: string } | undefined => {
  if (keys?.revision !== copies) return undefined
  const { sealed, previous, recoveryBundle } = keys
  return { accountKey: { ...named, sealed, previous }, recoveryBundle }
}

/** Whether what waits for its confirmation came by this very request: whoever got no answer asks again. */
const isRegistered = async (
  { status, root, signers, accountKey }: Patient,
  keys: PatientKeys | undefined,
  request: Registration,
): Promise<boolean> => {
  if (status !== "unconfirmed" || root === undefined || signers === undefined || accountKey === undefined) return false
  const whole = wholeKeys({ accountKey }, keys)
  if (whole === undefined) return false
  const kept = { root, signers, ...whole }
  const sent = {
    root: request.root,
    signers: request.signers,
    accountKey: request.accountKey,
    recoveryBundle: request.recoveryBundle,
  }
  return (await canonicalHash(kept)) === (await canonicalHash(sent))
}

/**
 * Opens an account under the id that the device made; refuses an id that there is already, whoever has it. Idempotent: the same request again resumes
 * what was interrupted. What the identity manager says of the e-mail address stays there: the answer is the same whether or not somebody has an account by it. How often an address is registered is
 * counted alike for both: each time it is mailed, and whoever guesses codes gets new ones to guess.
 */
export const register = defineUseCase("patient/register", (reading: Registering, request: Registration, call: Call) =>
  registering(reading, request, call),
)

type RegisteringStep = Step<"patient/register", ResponseOf<"patient/register">, { accounts: "signUp" }>

const registering = async (reading: Registering, request: Registration, call: Call): Promise<RegisteringStep> => {
  const { store, cloud } = reading
  const { email, patientId } = request
  const list = await firstList(request, cloud.cloudId, call.now)
  await requireKeys(request, list)
  await requireFirstAccountKey(request, list)
  const addressRate = await registrationRate(email)
  const [registrations, existing, keys] = await store.read([
    addressRate,
    { kind: "patient", patientId },
    { kind: "patient-keys", patientId },
  ])
  const rate = countRegistration(addressRate, registrations, call.now)
  if (existing !== undefined && !(await isRegistered(existing, keys, request)))
    throw invalidField<"patient/register">("patientId")
  // The keys first: an account without keys could be confirmed and would be of no use. Never over another, whatever became of it.
  // One that is there is mailed again, and counts.
  const made = existing === undefined ? newAccount(request, keys, call.now) : undefined
  return {
    because: "no-account-yet",
    act: async (acting) => {
      const written = await acting.change({
        account: made === undefined ? [] : { put: made.account },
        keys: made === undefined ? [] : { put: made.keys },
        rate,
      })
      if (written.outcome === "written") return { done: await signUp(acting, request) }
      if (!written.lostTo.has("account") && !written.lostTo.has("keys")) throw new Problem("busy")
      // Another request of the same moment was first: now its account is there.
      return registering(reading, request, call)
    },
  }
}

/** `left`: keys of an account that was never confirmed, which vanished before them. */
const newAccount = (
  { patientId, root, signers, accountKey: { sealed, previous, ...named }, recoveryBundle }: Registration,
  left: PatientKeys | undefined,
  now: Date,
): { account: Patient; keys: PatientKeys } => {
  const ttl = Math.floor(now.getTime() / 1000) + unconfirmedSeconds
  const copies = (left?.revision ?? 0) + 1
  return {
    account: {
      kind: "patient",
      revision: 1,
      patientId,
      status: "unconfirmed",
      root,
      signers,
      accountKey: { ...named, copies },
      createdAt: now.toISOString(),
      ttl,
    },
    keys: { kind: "patient-keys", revision: copies, patientId, sealed, previous, recoveryBundle, ttl },
  }
}

const signUp = async (
  { ports: { accounts } }: Acting<{ accounts: "signUp" }>,
  { patientId, email, password }: Registration,
): Promise<ResponseOf<"patient/register">> => {
  const signedUp = await accounts.signUp(patientId, email, password)
  if (signedUp === "password-too-weak") throw new Problem("password-too-weak")
  return {}
}

/** The account and its keys, which no longer vanish. */
const confirmedAccount = async (
  store: StoreReads,
  unconfirmed: Patient,
): Promise<{ account: Patient; keys: PatientKeys }> => {
  const { ttl: _, ...patient } = unconfirmed
  const [keys] = await store.read([{ kind: "patient-keys", patientId: patient.patientId }])
  const { accountKey } = patient
  // They are vanishing already.
  if (accountKey === undefined || keys?.revision !== accountKey.copies) throw new Problem("confirmation-code-wrong")
  const { ttl: __, ...kept } = keys
  const copies = keys.revision + 1
  return {
    account: { ...patient, status: "active", revision: patient.revision + 1, accountKey: { ...accountKey, copies } },
    keys: { ...kept, revision: copies },
  }
}

/**
 * Idempotent: a second confirmation of a confirmed account is answered as the first. Only whoever registered knows the account's id, so
 * that too many codes lock out nobody else: the person mailed registers anew.
 */
export const confirm = defineUseCase(
  "patient/confirm",
  async (
    { store }: { store: StoreReads },
    { patientId, code }: RequestOf<"patient/confirm">,
    { now }: Call,
  ): Promise<Step<"patient/confirm", ResponseOf<"patient/confirm">, { accounts: "confirm" }>> => ({
    because: "no-account-yet",
    act: async (acting) => {
      const patient = await countGuess(acting, patientId, now, async (rate) => {
        const [account, found] = await store.read([{ kind: "patient", patientId }, rate])
        return { account, isOpen: account?.status === "unconfirmed", found }
      })
      if (patient === undefined) throw new Problem("confirmation-code-wrong")
      if ((await acting.ports.accounts.confirm(patientId, code)) !== "confirmed")
        throw new Problem("confirmation-code-wrong")
      if (patient.status !== "unconfirmed") return { done: {} }
      const confirmed = await confirmedAccount(store, patient)
      return {
        patientId,
        now,
        event: { action: "confirm", actor: { kind: "patient" }, subject: {} },
        changing: changing({ account: { put: confirmed.account }, keys: { put: confirmed.keys } }, {}),
        // Lost to the same confirmation sent twice: it is confirmed all the same. Lost to the account's end: it is not.
        again: async () => {
          const [found] = await store.read([{ kind: "patient", patientId }])
          if (found === undefined) throw new Problem("confirmation-code-wrong")
          return found.status === "unconfirmed" ? undefined : {}
        },
        answer: () => ({}),
      }
    },
  }),
)

export const signIn = async (
  { accounts }: { accounts: PatientSignIn },
  { email, password }: RequestOf<"patient/sign-in">,
  call: Call,
): Promise<ResponseOf<"patient/sign-in">> => {
  const session = await accounts.signIn(email, password)
  if (session === undefined) throw new Problem("email-or-password-wrong")
  const { patientId, accessToken, expiresIn } = session
  return { patientId, accessToken, expiresAt: new Date(call.now.getTime() + expiresIn * 1000).toISOString() }
}

/** Hands the patient their recovery bundle, which only their recovery phrase opens, with what the root in it goes on from. */
export const recover = defineUseCase(
  "patient/recover",
  async (
    { store }: { store: StoreReads },
    patientId: string,
    { now }: Call,
  ): Promise<Step<"patient/recover", ResponseOf<"patient/recover">>> => {
    const [found, keys] = await store.read([
      { kind: "patient", patientId },
      { kind: "patient-keys", patientId },
    ])
    const patient = requireActive(found)
    const { signers } = patient
    const whole = wholeKeys(patient, keys)
    if (whole === undefined) throw new Problem("busy")
    return {
      patientId,
      now,
      event: { action: "recover", actor: { kind: "patient" }, subject: {} },
      answer: () => ({ ...whole, signers }),
    }
  },
)
