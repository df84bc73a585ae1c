import type { ReadCertificate } from "../protocol/certification/certificate.ts"
import { freshnessOf, type OcspFinding, ocspRequest, type Question, readOcsp } from "../protocol/certification/ocsp.ts"
import type { Anchor, RevocationMethod } from "../protocol/trust-policy.ts"
import { type Crl, readCrl, serialOf } from "./crl.ts"
import type { LoggedWord } from "./logged-words.ts"
import { opensslKeys } from "./openssl-keys.ts"
import type { RevocationMemory } from "./revocation-memory.ts"
import { faultOf, type RevocationPort } from "./revocation-port.ts"

/** Seconds that "good" counts in a list, where the anchor doesn't say: as long as one of TLS certificates may live (CA/Browser Forum, 4.9.7). */
const usualCrlAge = 10 * 24 * 60 * 60

export interface Asking extends Pick<Question, "certificate" | "issuer" | "now" | "nonce"> {
  readonly rules: Anchor["revocation"]
  readonly port: RevocationPort
  readonly memory: RevocationMemory
  /** The OCSP answer (DER) that came with the request. */
  readonly stapled?: Uint8Array<ArrayBuffer> | undefined
}

export type Revocation =
  /** `answer`: the OCSP answer (DER) that says so, where one does. */
  | { status: "good"; answer?: Uint8Array<ArrayBuffer> }
  /** `because` says by what it is known; or, of each method that was tried, what was amiss. */
  | { status: "certificate-revoked" | "revocation-unavailable"; because: readonly LoggedWord[] }

type Finding =
  | { status: "good" | "revoked" | "unknown"; until: Date; answer?: Uint8Array<ArrayBuffer> }
  | { because: LoggedWord }

/** The newest list of the issuer that can be had, whatever its dates. */
const currentCrl = async (
  url: string,
  { port, memory, issuer, now }: Asking,
): Promise<Crl | { because: LoggedWord }> => {
  const known = memory.recallList(issuer.thumbprint, now)
  if (known !== undefined) return known
  let der: Uint8Array<ArrayBuffer>
  try {
    der = await port.fetchCrl(url)
  } catch (error) {
    return { because: `crl-${faultOf(error)}` }
  }
  const crl = await readCrl(der, issuer)
  if ("fault" in crl) return { because: `crl-${crl.fault}` }
  return memory.rememberList(issuer.thumbprint, crl, now) ? crl : { because: "crl-rolled-back" }
}

/** What the newest list of `issuer` that can be had says about one of its certificates. */
const listed = async (certificate: ReadCertificate, asking: Asking): Promise<Finding> => {
  const { rules, issuer, now } = asking
  const list = rules.crls?.find((each) => each.issuer === issuer.thumbprint)
  if (list === undefined) return { because: "crl-not-listed" }
  const found = await currentCrl(list.url, asking)
  if ("because" in found) return found
  const [from, to, at, skew] = [found.thisUpdate.getTime(), found.nextUpdate.getTime(), now.getTime(), skewOf(rules)]
  if (!(from <= at + skew && to >= at - skew)) return { because: "crl-stale" }
  // A revocation doesn't grow old.
  if (found.revoked.has(serialOf(certificate))) return { status: "revoked", until: found.nextUpdate }
  const end = from + (rules.maxCrlAgeSeconds ?? usualCrlAge) * 1000
  return end >= at - skew ? { status: "good", until: new Date(Math.min(to, end)) } : { because: "crl-stale" }
}

const crl = (asking: Asking): Promise<Finding> => listed(asking.certificate, asking)

const idOf = (certificate: ReadCertificate, issuer: ReadCertificate) => `${issuer.thumbprint}#${serialOf(certificate)}`

/**
 * Whether the issuer has revoked whom it made a responder: by the list that the anchor names, signed by the issuer itself, so that no
 * further responder is ever to be asked about.
 */
const responderStatus = async (
  responder: ReadCertificate,
  asking: Asking,
): Promise<"good" | "revoked" | "unchecked"> => {
  const { issuer, memory, now } = asking
  const of = idOf(responder, issuer)
  if (memory.recall(of, now) === "revoked") return "revoked"
  const finding = await listed(responder, asking)
  if ("because" in finding) return "unchecked"
  if (finding.status === "good") return "good"
  memory.remember(of, "revoked", now, { answerEnds: finding.until, grace: 0 })
  return "revoked"
}

const byResponder = async (
  method: "ocsp" | "stapled",
  answer: Uint8Array<ArrayBuffer>,
  { responder, ...finding }: Exclude<OcspFinding, { fault: unknown }>,
  asking: Asking,
): Promise<Finding> => {
  const status = responder === undefined ? "good" : await responderStatus(responder, asking)
  return status === "good" ? { ...finding, answer } : { because: `${method}-responder-${status}` }
}

const skewOf = ({ maxClockSkewSeconds }: Anchor["revocation"]) => maxClockSkewSeconds * 1000

const questionOf = ({ rules, certificate, issuer, now, nonce }: Asking): Question => ({
  keys: opensslKeys,
  certificate,
  issuer,
  now,
  nonce,
  ...freshnessOf(rules),
})

const stapled = async (asking: Asking): Promise<Finding> => {
  if (asking.stapled === undefined) return { because: "stapled-missing" }
  const finding = await readOcsp(asking.stapled, questionOf(asking), "brought")
  if (!("fault" in finding)) return byResponder("stapled", asking.stapled, finding, asking)
  // It had no question of ours to answer.
  return { because: finding.fault === "nonce" ? "stapled-stale" : `stapled-${finding.fault}` }
}

const ocsp = async (asking: Asking): Promise<Finding> => {
  const { rules, port } = asking
  if (rules.ocspUrl === undefined) return { because: "ocsp-unreachable" }
  const question = questionOf(asking)
  const request = await ocspRequest(question)
  let answer: Uint8Array<ArrayBuffer>
  try {
    answer = await port.ask(rules.ocspUrl, request)
  } catch (error) {
    return { because: `ocsp-${faultOf(error)}` }
  }
  const finding = await readOcsp(answer, question, "asked")
  return "fault" in finding ? { because: `ocsp-${finding.fault}` } : byResponder("ocsp", answer, finding, asking)
}

const methods = { stapled, ocsp, crl } satisfies Record<RevocationMethod, (asking: Asking) => Promise<Finding>>

/**
 * Whether `issuer` has revoked `certificate`, by the anchor's methods in their order, until one gives an answer that can be relied
 * on. "Revoked" and "unknown" are such answers: nothing is asked after them. Anything else is "revocation-unavailable", unless a
 * good answer is remembered and the anchor grants it some grace.
 */
export const checkRevocation = async (asking: Asking): Promise<Revocation> => {
  const { rules, issuer, certificate, memory, now } = asking
  const of = idOf(certificate, issuer)
  const known = memory.recall(of, now)
  if (known === "revoked") return { status: "certificate-revoked", because: ["revoked-remembered"] }
  if (known === "unknown") return { status: "revocation-unavailable", because: ["unknown-remembered"] }
  const grace = (rules.graceSeconds ?? 0) * 1000
  const causes: LoggedWord[] = []
  for (const method of rules.order ?? ["ocsp"]) {
    const finding = await methods[method](asking)
    if ("because" in finding) {
      causes.push(finding.because)
      continue
    }
    const { status, until, answer } = finding
    memory.remember(of, status, now, { answerEnds: until, grace })
    if (status === "good") return { status, ...(answer && { answer }) }
    if (status === "revoked") return { status: "certificate-revoked", because: [`revoked-${method}`] }
    return { status: "revocation-unavailable", because: [method === "stapled" ? "stapled-unknown" : "ocsp-unknown"] }
  }
  return known === "good" ? { status: "good" } : { status: "revocation-unavailable", because: causes }
}
