import { fromBER, OctetString } from "asn1js"
import {
  BasicOCSPResponse,
  CertID,
  Extension,
  OCSPRequest,
  OCSPResponse,
  Request,
  type ResponseData,
  type SingleResponse,
  TBSRequest,
} from "pkijs"
import { equal } from "../crypto/bytes.ts"
import type { Anchor } from "../trust-policy.ts"
import {
  isIssuedBy,
  isNeverRevoked,
  isResponder,
  isValidAt,
  type ReadCertificate,
  readCertificate,
} from "./certificate.ts"
import { onlyValue } from "./elements.ts"
import { type Keys, signedBy, strictEngine } from "./keys.ts"

const basicResponse = "1.3.6.1.5.5.7.48.1.1"
const nonceOid = "1.3.6.1.5.5.7.48.1.2"

export interface Question {
  readonly keys: Keys
  readonly certificate: ReadCertificate
  readonly issuer: ReadCertificate
  readonly now: Date
  readonly skewMilliseconds: number
  /** Oldest "good" without our nonce: for that long a replayed or a brought one can hide a revocation. */
  readonly maxAgeWithoutNonceMilliseconds: number
  /** Fresh and random, 16 to 32 bytes (RFC 8954). */
  readonly nonce: Uint8Array<ArrayBuffer>
}

/** Seconds that "good" counts in an OCSP answer without our nonce, where the anchor doesn't say. */
const usualAgeWithoutNonce = 60 * 60

/** How fresh an anchor wants an answer to be. */
export const freshnessOf = ({
  maxClockSkewSeconds,
  maxAgeWithoutNonceSeconds = usualAgeWithoutNonce,
}: Anchor["revocation"]): Pick<Question, "skewMilliseconds" | "maxAgeWithoutNonceMilliseconds"> => ({
  skewMilliseconds: maxClockSkewSeconds * 1000,
  maxAgeWithoutNonceMilliseconds: maxAgeWithoutNonceSeconds * 1000,
})

/**
 * Who got an answer: we `asked` with our nonce; the professional `brought` it along; or it was `kept` as evidence by whoever had asked, with a nonce that nobody
 * knows any more.
 */
export type AnswerOrigin = "asked" | "brought" | "kept"

export type OcspFinding =
  /**
   * Authentic, fresh, and of this certificate; `until` is when the answer stops counting. Where a `responder` is named, it signed, and
   * the answer counts only once it is known that the issuer hasn't revoked it.
   */
  | { status: "good" | "revoked" | "unknown"; until: Date; responder?: ReadCertificate }
  | {
      fault:
        | "malformed"
        | "unsuccessful"
        | "signature"
        | "other-certificate"
        | "extension"
        | "stale"
        /** Answers another question than ours. */
        | "nonce"
    }

/** By SHA-1, the one digest every responder knows (RFC 5019, 2.1.1): it names the issuer, and protects nothing. */
const certIdOf = ({ keys, certificate, issuer }: Pick<Question, "keys" | "certificate" | "issuer">): Promise<CertID> =>
  CertID.create(certificate.pki, { hashAlgorithm: "SHA-1", issuerCertificate: issuer.pki }, strictEngine(keys))

/** DER of the OCSPRequest, with the nonce. */
export const ocspRequest = async (
  question: Pick<Question, "keys" | "certificate" | "issuer" | "nonce">,
): Promise<Uint8Array<ArrayBuffer>> => {
  const extnValue = new OctetString({ valueHex: question.nonce }).toBER()
  const tbsRequest = new TBSRequest({
    requestList: [new Request({ reqCert: await certIdOf(question) })],
    requestExtensions: [new Extension({ extnID: nonceOid, extnValue })],
  })
  return new Uint8Array(new OCSPRequest({ tbsRequest }).toSchema(true).toBER())
}

/** The signed part of a successful answer; undefined of any other; throws for what is no answer. */
const readAnswer = (answer: Uint8Array<ArrayBuffer>): BasicOCSPResponse | undefined => {
  const { responseStatus, responseBytes } = new OCSPResponse({ schema: onlyValue(answer) })
  if (responseStatus.valueBlock.valueDec !== 0 || responseBytes?.responseType !== basicResponse) return undefined
  return BasicOCSPResponse.fromBER(Uint8Array.from(responseBytes.response.valueBlock.valueHexView))
}

const allOf = async <T>(items: readonly T[], holds: (item: T) => Promise<boolean>): Promise<T[]> => {
  const held = await Promise.all(items.map(holds))
  return items.filter((_, i) => held[i])
}

/**
 * Who signed: the issuer itself, or whom the issuer itself made a responder. Nobody else may answer (RFC 6960, 4.2.2.2). Of several
 * certificates of the signing key, one that is never revoked goes first.
 */
const signerOf = async (
  answer: BasicOCSPResponse,
  { keys, issuer, now }: Question,
): Promise<ReadCertificate | undefined> => {
  const { certs = [], tbsResponseData, signatureAlgorithm: algorithm, signature } = answer
  const named = certs
    .map((certificate) => readCertificate(new Uint8Array(certificate.toSchema().toBER()), keys))
    .filter((read) => read !== undefined)
    .filter((read) => isResponder(read) && isValidAt(read, now))
  const delegates = await allOf(named, (read) => isIssuedBy(read, issuer))
  const signed = { bytes: tbsResponseData.tbsView, algorithm, signature }
  const signers = await allOf([issuer, ...delegates], (signer) => signedBy(signer.key, signed))
  return signers.find((signer) => signer === issuer || isNeverRevoked(signer)) ?? signers[0]
}

/** Undefined where there is none. */
const nonceIn = ({ responseExtensions = [] }: ResponseData): Uint8Array | undefined => {
  const given = responseExtensions.find(({ extnID }) => extnID === nonceOid)
  if (given === undefined) return undefined
  const { result } = fromBER(given.extnValue.valueBlock.valueHexView)
  return result instanceof OctetString ? result.valueBlock.valueHexView : new Uint8Array()
}

/** [0] IMPLICIT NULL; [1] is revoked, [2] unknown. */
const statuses = ["good", "revoked", "unknown"] as const
const statusOf = ({ certStatus }: SingleResponse) => statuses[certStatus?.idBlock?.tagNumber] ?? "unknown"

/** When the answer stops counting, or why it doesn't count. */
const timely = (
  data: ResponseData,
  single: SingleResponse,
  { now, skewMilliseconds, maxAgeWithoutNonceMilliseconds, nonce }: Question,
  origin: AnswerOrigin,
): Date | "stale" | "nonce" => {
  const { thisUpdate, nextUpdate } = single
  if (nextUpdate === undefined) return "stale"
  const [from, to, at] = [thisUpdate.getTime(), nextUpdate.getTime(), now.getTime()]
  if (!(from <= at + skewMilliseconds && to >= at - skewMilliseconds)) return "stale"
  const answered = origin === "brought" ? undefined : nonceIn(data)
  if (answered !== undefined && origin === "asked") return equal(nonce, answered) ? nextUpdate : "nonce"
  // A revocation doesn't grow old.
  if (statusOf(single) === "revoked") return nextUpdate
  const produced = data.producedAt.getTime()
  // What answers a nonce, whosever it was, was signed then, and not in advance.
  const end = (answered === undefined ? Math.min(from, produced) : produced) + maxAgeWithoutNonceMilliseconds
  return end >= at - skewMilliseconds ? new Date(Math.min(to, end)) : "stale"
}

/**
 * What an OCSP answer (DER, RFC 6960) says about the certificate in question. Without our nonce, which an answer that the professional
 * brought along can't have, "good" counts from when it was true or was signed, whichever is earlier, for as long as the question says; where it was kept, and
 * answered somebody's nonce, from when it was signed.
 */
export const readOcsp = async (
  answer: Uint8Array<ArrayBuffer>,
  question: Question,
  origin: AnswerOrigin,
): Promise<OcspFinding> => {
  const asked = await certIdOf(question)
  try {
    const basic = readAnswer(answer)
    if (basic === undefined) return { fault: "unsuccessful" }
    const signer = await signerOf(basic, question)
    if (signer === undefined) return { fault: "signature" }
    const { tbsResponseData: data } = basic
    const [ours, ...others] = data.responses.filter(({ certID }) => certID.isEqual(asked))
    if (ours === undefined || others.length > 0) return { fault: "other-certificate" }
    const extensions = [...(data.responseExtensions ?? []), ...(ours.singleExtensions ?? [])]
    if (extensions.some(({ critical, extnID }) => critical && extnID !== nonceOid)) return { fault: "extension" }
    const until = timely(data, ours, question, origin)
    if (!(until instanceof Date)) return { fault: until }
    const unchecked = signer !== question.issuer && !isNeverRevoked(signer)
    return { status: statusOf(ours), until, ...(unchecked ? { responder: signer } : {}) }
  } catch {
    return { fault: "malformed" }
  }
}
