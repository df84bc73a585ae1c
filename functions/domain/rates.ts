import { Problem, type ProblemCode } from "../../contract/errors.ts"
import type { ItemOf } from "../../contract/items.ts"
import {
  accessesPerProfessionalHour,
  codesPerAccountDay,
  contributionsPerGrant,
  daySeconds,
  deliveriesPerAddressDay,
  deliveryAddressesPerDay,
  deniedEventsPerCardHour,
  hourSeconds,
  patientsPerProfessionalHour,
  professionalsPerCardHour,
  registrationsPerAddressDay,
} from "../../contract/limits.ts"
import { toBase64url, utf8 } from "../../protocol/crypto/bytes.ts"
import { sha256 } from "../../protocol/crypto/primitives.ts"
import { grantSeconds } from "../../protocol/primitives.ts"
import type { RefOf } from "./ports.ts"
import type { Acting, Teller } from "./step.ts"

/**
 * How often somebody may do something within a window that slides. Each rate is one item with what was counted lately; its length is
 * bounded by its limit. Of two changes at once the revision lets one win.
 */
type Rate = ItemOf<"rate">
type RateRef = RefOf<"rate">

const rate = (subject: string): RateRef => ({ kind: "rate", subject })
/** `account`: the hash of the professional's public key, so that a second certificate of a stolen key counts with the first. */
export const professionalRate = (account: string) => rate(`professional#${account}`)
export const cardRate = (patientId: string, cardId: string) => rate(`card#${patientId}#${cardId}`)
/** Apart from the card's rate: whoever knows only its id changes this one, and never meets those who have the card. */
export const deniedRate = (patientId: string, cardId: string) => rate(`denied#${patientId}#${cardId}`)
export const grantRate = (patientId: string, grantId: string) => rate(`grant#${patientId}#${grantId}`)
/** What the trail has told of a grant, or of the front of a card: whose trail, and the item that remembers it. */
export const toldOfGrant = ({ patientId, grantId }: { patientId: string; grantId: string }) => ({
  patientId,
  remembered: rate(`told#${patientId}#${grantId}`),
})
export const toldOfFront = ({ patientId, cardId }: { patientId: string; cardId: string }) => ({
  patientId,
  remembered: rate(`front#${patientId}#${cardId}`),
})
/** Requests for the end of an account, by one signer: no other uses them up. */
export const deactivationRate = (patientId: string, signer: string) => rate(`deactivation#${patientId}#${signer}`)
export const deliveryRate = (addressId: string) => rate(`delivery#${addressId}`)
export const deliveryAddressRate = (patientId: string) => rate(`delivery-address#${patientId}`)
const codeRate = (patientId: string) => rate(`code#${patientId}`)
/** Of an e-mail address, which can't be read from it. */
export const registrationRate = async (email: string): Promise<RateRef> =>
  rate(`registration#${toBase64url(await sha256(utf8(email)))}`)

const secondsOf = (now: Date) => Math.floor(now.getTime() / 1000)

/** What counts at this moment. DynamoDB may take days to remove an item whose time is over. */
export const recent = (found: Rate | undefined, windowSeconds: number, now: Date): Rate["entries"] =>
  (found?.entries ?? []).filter(({ at }) => at > secondsOf(now) - windowSeconds)

/** The rate with one more; `entries`: what of it counts. */
export const counted = (
  ref: RateRef,
  found: Rate | undefined,
  entries: Rate["entries"],
  of: string,
  windowSeconds: number,
  now: Date,
): { put: Rate } => {
  const at = secondsOf(now)
  const put: Rate = {
    ...ref,
    revision: (found?.revision ?? 0) + 1,
    entries: [...entries, { at, of }],
    ttl: at + windowSeconds,
  }
  return { put }
}

/** The rate of an e-mail address with one registration more; `rate-exceeded` where it had enough of them in a day. */
export const countRegistration = (ref: RateRef, found: Rate | undefined, now: Date): { put: Rate } =>
  countDaily(ref, registrationsPerAddressDay, "", found, now)

/** The rate with one more of what a day has room for so often; `rate-exceeded` for one too many. */
const countDaily = (ref: RateRef, most: number, of: string, found: Rate | undefined, now: Date): { put: Rate } => {
  const entries = recent(found, daySeconds, now)
  if (entries.length >= most) throw new Problem("rate-exceeded")
  return counted(ref, found, entries, of, daySeconds, now)
}
/** Counts what a practice sends by an address. */
export const countDelivery = (addressId: string, of: string, found: Rate | undefined, now: Date): { put: Rate } =>
  countDaily(deliveryRate(addressId), deliveriesPerAddressDay, of, found, now)
/** Counts an address that a patient makes. */
export const countDeliveryAddress = (
  patientId: string,
  of: string,
  found: Rate | undefined,
  now: Date,
): { put: Rate } => countDaily(deliveryAddressRate(patientId), deliveryAddressesPerDay, of, found, now)

const distinct = (entries: Rate["entries"]) => new Set(entries.map(({ of }) => of))

/** The changes that count an emergency access, by its professional and by its card; undefined where either has had enough. */
export const countAccess = (
  { account, patientId, cardId }: { account: string; patientId: string; cardId: string },
  [ofProfessional, ofCard]: readonly [Rate | undefined, Rate | undefined],
  now: Date,
): { put: Rate }[] | undefined => {
  const accesses = recent(ofProfessional, hourSeconds, now)
  const patients = distinct(accesses)
  if (accesses.length >= accessesPerProfessionalHour) return undefined
  if (!patients.has(patientId) && patients.size >= patientsPerProfessionalHour) return undefined
  const others = recent(ofCard, hourSeconds, now).filter(({ of }) => of !== account)
  if (others.length >= professionalsPerCardHour) return undefined
  return [
    counted(professionalRate(account), ofProfessional, accesses, patientId, hourSeconds, now),
    counted(cardRate(patientId, cardId), ofCard, others, account, hourSeconds, now),
  ]
}

/** The change that counts a contribution of a grant; refuses one too many. */
export const countContribution = (
  { patientId, grantId }: { patientId: string; grantId: string },
  contributionId: string,
  found: Rate | undefined,
  now: Date,
): { put: Rate } => {
  const entries = recent(found, grantSeconds, now)
  if (entries.length >= contributionsPerGrant) throw new Problem("rate-exceeded")
  return counted(grantRate(patientId, grantId), found, entries, contributionId, grantSeconds, now)
}

/** Attempts to count what others count at the same moment. */
const attempts = 5

/**
 * Counts a refusal by a card and says under which code it is to be an event, if at all: whoever sends refusals without end adds
 * `deniedEventsPerCardHour` of them to the trail in an hour, and one `rate-exceeded` that says there were more. That a professional has had
 * enough is one event in an hour, however often they ask. Where counting is lost to others again and again, there is an event.
 */
export const countDenial = async (
  teller: Teller,
  ref: RateRef,
  denial: { code: ProblemCode; account: string },
  found: Rate | undefined,
  now: Date,
): Promise<ProblemCode | undefined> => {
  const of = `${denial.code}#${denial.account}`
  let last = found
  for (let attempt = 1; ; attempt++) {
    const entries = recent(last, hourSeconds, now)
    if (entries.length > deniedEventsPerCardHour) return undefined
    if (denial.code === "rate-exceeded" && distinct(entries).has(of)) return undefined
    const code = entries.length < deniedEventsPerCardHour ? denial.code : "rate-exceeded"
    const outcome = await teller.count(counted(ref, last, entries, of, hourSeconds, now))
    if (outcome === "counted" || attempt === attempts) return code
    ;[last] = await teller.read([ref])
  }
}

/**
 * The account, once this guess at its code is counted where something is left to confirm (`isOpen`): before the code is asked about, so that a
 * thousand guesses at once are not one. `of`: the patient, or the member's name; `read`: the account and the rate, as they are at one moment. Throws
 * `rate-exceeded` once the day's are used up.
 */
export const countGuess = async <Account>(
  acting: Acting,
  of: string,
  now: Date,
  read: (rate: RateRef) => Promise<{ account: Account; isOpen: boolean; found: Rate | undefined }>,
): Promise<Account> => {
  for (let attempt = 1; attempt <= codesPerAccountDay; attempt++) {
    const { account, isOpen, found } = await read(codeRate(of))
    if (!isOpen) return account
    const guesses = recent(found, daySeconds, now)
    if (guesses.length >= codesPerAccountDay) throw new Problem("rate-exceeded")
    const guess = counted(codeRate(of), found, guesses, "", daySeconds, now)
    if ((await acting.change({ guess })).outcome === "written") return account
  }
  throw new Problem("busy")
}
