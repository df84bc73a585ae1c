import type { Crl } from "./crl.ts"

/** Certificates that are remembered, and lists. */
const maxCertificates = 1000
const maxLists = 8
/** A policy lets an answer without a nonce count for a day at most: for as long as an older one could be replayed, a revocation is remembered. */
const revokedMilliseconds = 24 * 60 * 60 * 1000
const unknownMilliseconds = 5 * 60 * 1000
/** How long a fetched list is used again, so that an outage of OCSP doesn't fetch it for each access. */
const listMilliseconds = 5 * 60 * 1000

type Status = "good" | "revoked" | "unknown"
interface Remembered {
  readonly status: Status
  readonly until: number
}

/**
 * What was learnt about revocation while this process lives, bounded in number and time. What was revoked or unknown is not good
 * before its time is over, whoever says so; "good" is kept only for as long as the policy's grace and the answer itself allow.
 */
export class RevocationMemory {
  readonly #certificates = new Map<string, Remembered>()
  readonly #lists = new Map<string, { readonly crl: Crl; readonly at: number }>()
  /** Of every authority whose list was ever taken: as many as the policy lists. */
  readonly #numbers = new Map<string, bigint>()

  /** `of` names a certificate by issuer and serial number. */
  recall(of: string, now: Date): Status | undefined {
    const found = this.#certificates.get(of)
    if (found === undefined) return undefined
    if (now.getTime() < found.until) return found.status
    this.#certificates.delete(of)
    return undefined
  }

  /** `answerEnds`: when the answer stops counting. */
  remember(of: string, status: Status, now: Date, { answerEnds, grace }: { answerEnds: Date; grace: number }): void {
    const [at, end] = [now.getTime(), answerEnds.getTime()]
    const until = {
      good: Math.min(end, at + grace),
      revoked: Math.max(end, at + revokedMilliseconds),
      unknown: at + unknownMilliseconds,
    }[status]
    const known = this.recall(of, now)
    if (until <= at || (status === "good" && known !== undefined && known !== "good")) return
    if (status === "unknown" && known === "revoked") return
    this.#certificates.delete(of)
    if (this.#certificates.size >= maxCertificates) this.#forgetOne(at)
    this.#certificates.set(of, { status, until })
  }

  /** What matters least: what is over, else the oldest good, else the oldest. */
  #forgetOne(at: number): void {
    const entries = [...this.#certificates]
    const found =
      entries.find(([, { until }]) => until <= at) ?? entries.find(([, { status }]) => status === "good") ?? entries[0]
    if (found !== undefined) this.#certificates.delete(found[0])
  }

  get size(): number {
    return this.#certificates.size
  }

  /** `issuer` is the SHA-256 of the authority's certificate. */
  recallList(issuer: string, now: Date): Crl | undefined {
    const found = this.#lists.get(issuer)
    return found !== undefined && now.getTime() < found.at + listMilliseconds ? found.crl : undefined
  }

  /** False, and nothing is remembered, where the authority has issued a later list already: this one was kept back. */
  rememberList(issuer: string, crl: Crl, now: Date): boolean {
    if (crl.number < (this.#numbers.get(issuer) ?? 0n)) return false
    this.#numbers.set(issuer, crl.number)
    this.#lists.delete(issuer)
    const [oldest] = this.#lists.keys()
    if (this.#lists.size >= maxLists && oldest !== undefined) this.#lists.delete(oldest)
    this.#lists.set(issuer, { crl, at: now.getTime() })
    return true
  }
}
