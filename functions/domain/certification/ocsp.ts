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
import { isIssuedBy, isResponder, isValidAt, type ReadCertificate, readCertificate } from "./certificate.ts"
import { onlyValue } from "./elements.ts"
import { signedBy, strictEngine } from "./engine.ts"

const basicResponse = "1.3.6.1.5.5.7.48.1.1"
const nonceOid = "1.3.6.1.5.5.7.48.1.2"
/** Longest life of an answer without our nonce, milliseconds: as old as a replayed one can be. */
export const maxLifeWithoutNonce = 24 * 60 * 60 * 1000
/** Oldest answer that a professional may bring along, milliseconds: for that long they could hide that they were revoked. */
export const maxAgeStapled = 60 * 60 * 1000

export interface Question {
  readonly certificate: ReadCertificate
  readonly issuer: ReadCertificate
  readonly now: Date
  readonly skewMilliseconds: number
  /** Fresh and random, 16 to 32 bytes (RFC 8954). */
  readonly nonce: Uint8Array<ArrayBuffer>
}

export type OcspFinding =
  /** Authentic, fresh, and of this certificate; `until` is the answer's `nextUpdate`. */
  | { status: "good" | "revoked" | "unknown"; until: Date }
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
const certIdOf = ({ certificate, issuer }: Question): Promise<CertID> =>
  CertID.create(certificate.pki, { hashAlgorithm: "SHA-1", issuerCertificate: issuer.pki }, strictEngine)

/** DER of the OCSPRequest, with the nonce. */
export const ocspRequest = async (question: Question): Promise<Uint8Array<ArrayBuffer>> => {
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

/** The issuer itself, or who the issuer itself made a responder: nobody else may answer (RFC 6960, 4.2.2.2). */
const isAuthentic = (answer: BasicOCSPResponse, { issuer, now }: Question): boolean => {
  const { certs = [], tbsResponseData, signatureAlgorithm: algorithm, signature } = answer
  const delegates = certs
    .map((certificate) => readCertificate(new Uint8Array(certificate.toSchema().toBER())))
    .filter((read) => read !== undefined)
    .filter((read) => isResponder(read) && isValidAt(read, now) && isIssuedBy(read, issuer))
  const signed = { bytes: tbsResponseData.tbsView, algorithm, signature }
  return [issuer, ...delegates].some((signer) => signedBy(signer.key, signed))
}

/** Undefined where there is none. */
const nonceIn = ({ responseExtensions = [] }: ResponseData): Uint8Array | undefined => {
  const given = responseExtensions.find(({ extnID }) => extnID === nonceOid)
  if (given === undefined) return undefined
  const { result } = fromBER(given.extnValue.valueBlock.valueHexView)
  return result instanceof OctetString ? result.valueBlock.valueHexView : new Uint8Array()
}

const untimely = (
  data: ResponseData,
  { thisUpdate, nextUpdate }: SingleResponse,
  { now, skewMilliseconds, nonce }: Question,
  brought: boolean,
): "stale" | "nonce" | undefined => {
  if (nextUpdate === undefined) return "stale"
  const [from, to, at] = [thisUpdate.getTime(), nextUpdate.getTime(), now.getTime()]
  if (!(from <= at + skewMilliseconds && to >= at - skewMilliseconds)) return "stale"
  if (brought) return at - from <= maxAgeStapled + skewMilliseconds ? undefined : "stale"
  const answered = nonceIn(data)
  if (answered !== undefined) return Buffer.from(nonce).equals(answered) ? undefined : "nonce"
  return to - from <= maxLifeWithoutNonce ? undefined : "stale"
}

/** [0] IMPLICIT NULL; [1] is revoked, [2] unknown. */
const statuses = ["good", "revoked", "unknown"] as const
const statusOf = ({ certStatus }: SingleResponse) => statuses[certStatus?.idBlock?.tagNumber] ?? "unknown"

/**
 * What an OCSP answer (DER, RFC 6960) says about the certificate in question. An answer without a nonce is taken where its life is at
 * most 24 hours, since many responders sign in advance; one that the professional `brought` along where it is at most an hour old,
 * since it can't have our nonce.
 */
export const readOcsp = async (
  answer: Uint8Array<ArrayBuffer>,
  question: Question,
  { brought }: { brought: boolean },
): Promise<OcspFinding> => {
  const asked = await certIdOf(question)
  try {
    const basic = readAnswer(answer)
    if (basic === undefined) return { fault: "unsuccessful" }
    if (!isAuthentic(basic, question)) return { fault: "signature" }
    const { tbsResponseData: data } = basic
    const [ours, ...others] = data.responses.filter(({ certID }) => certID.isEqual(asked))
    if (ours === undefined || others.length > 0) return { fault: "other-certificate" }
    const extensions = [...(data.responseExtensions ?? []), ...(ours.singleExtensions ?? [])]
    if (extensions.some(({ critical, extnID }) => critical && extnID !== nonceOid)) return { fault: "extension" }
    const fault = untimely(data, ours, question, brought)
    if (fault !== undefined) return { fault }
    return { status: statusOf(ours), until: ours.nextUpdate ?? question.now }
  } catch {
    return { fault: "malformed" }
  }
}
