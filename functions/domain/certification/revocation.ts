import type { Anchor, RevocationMethod } from "../../../contract/trust-policy.ts"
import type { LoggedWord } from "../logged-detail.ts"
import { type Crl, readCrl, serialOf } from "./crl.ts"
import { ocspRequest, type Question, readOcsp } from "./ocsp.ts"
import type { RevocationMemory } from "./revocation-memory.ts"
import { faultOf, type RevocationPort } from "./revocation-port.ts"

export interface Asking extends Question {
  readonly rules: Anchor["revocation"]
  readonly port: RevocationPort
  readonly memory: RevocationMemory
  /** The OCSP answer (DER) that came with the request. */
  readonly stapled?: Uint8Array<ArrayBuffer> | undefined
}

export type Revocation =
  | { status: "good" }
  /** `because` says by what it is known; or, of each method that was tried, what was amiss. */
  | { status: "certificate-revoked" | "revocation-unavailable"; because: readonly LoggedWord[] }

type Finding = { status: "good" | "revoked" | "unknown"; until: Date } | { because: LoggedWord }

const stapled = async ({ stapled: answer, ...question }: Asking): Promise<Finding> => {
  if (answer === undefined) return { because: "stapled-missing" }
  const finding = await readOcsp(answer, question, { brought: true })
  if (!("fault" in finding)) return finding
  // It had no question of ours to answer.
  return { because: finding.fault === "nonce" ? "stapled-stale" : `stapled-${finding.fault}` }
}

const ocsp = async ({ rules: { ocspUrl }, port, ...question }: Asking): Promise<Finding> => {
  if (ocspUrl === undefined) return { because: "ocsp-unreachable" }
  const request = await ocspRequest(question)
  let answer: Uint8Array<ArrayBuffer>
  try {
    answer = await port.ask(ocspUrl, request)
  } catch (error) {
    return { because: `ocsp-${faultOf(error)}` }
  }
  const finding = await readOcsp(answer, question, { brought: false })
  return "fault" in finding ? { because: `ocsp-${finding.fault}` } : finding
}

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
  const crl = readCrl(der, issuer)
  if ("fault" in crl) return { because: `crl-${crl.fault}` }
  return memory.rememberList(issuer.thumbprint, crl, now) ? crl : { because: "crl-rolled-back" }
}

const crl = async (asking: Asking): Promise<Finding> => {
  const { rules, issuer, certificate, now, skewMilliseconds } = asking
  const listed = rules.crls?.find((list) => list.issuer === issuer.thumbprint)
  if (listed === undefined) return { because: "crl-not-listed" }
  const found = await currentCrl(listed.url, asking)
  if ("because" in found) return found
  const [from, to, at] = [found.thisUpdate.getTime(), found.nextUpdate.getTime(), now.getTime()]
  if (!(from <= at + skewMilliseconds && to >= at - skewMilliseconds)) return { because: "crl-stale" }
  return { status: found.revoked.has(serialOf(certificate)) ? "revoked" : "good", until: found.nextUpdate }
}

const methods = { stapled, ocsp, crl } satisfies Record<RevocationMethod, (asking: Asking) => Promise<Finding>>

/**
 * Whether `issuer` has revoked `certificate`, by the anchor's methods in their order, until one gives an answer that can be relied
 * on. "Revoked" and "unknown" are such answers: nothing is asked after them. Anything else is "revocation-unavailable", unless a
 * good answer is remembered and the anchor grants it some grace.
 */
export const checkRevocation = async (asking: Asking): Promise<Revocation> => {
  const { rules, issuer, certificate, memory, now } = asking
  const of = `${issuer.thumbprint}#${serialOf(certificate)}`
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
    const { status, until } = finding
    memory.remember(of, status, now, { answerEnds: until, grace })
    if (status === "good") return { status }
    if (status === "revoked") return { status: "certificate-revoked", because: [`revoked-${method}`] }
    return { status: "revocation-unavailable", because: [method === "stapled" ? "stapled-unknown" : "ocsp-unknown"] }
  }
  return known === "good" ? { status: "good" } : { status: "revocation-unavailable", because: causes }
}
