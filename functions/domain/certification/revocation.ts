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
import { signedBy, strictEngine } from "./engine.ts"

export interface RevocationPort {
  /** Posts a DER OCSPRequest, answers with what came back, 64 KiB at most; throws where nothing usable did. */
  ask(url: string, request: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>
}

export type RevocationStatus = "good" | "certificate-revoked" | "revocation-unavailable"

const basicResponse = "1.3.6.1.5.5.7.48.1.1"
const nonceOid = "1.3.6.1.5.5.7.48.1.2"
/** Longest life of an answer without our nonce, milliseconds: as old as a replayed one can be. */
const maxLifeWithoutNonce = 24 * 60 * 60 * 1000

interface Question {
  readonly certificate: ReadCertificate
  readonly issuer: ReadCertificate
  readonly now: Date
  readonly skewMilliseconds: number
  /** Fresh and random, 16 to 32 bytes (RFC 8954). */
  readonly nonce: Uint8Array<ArrayBuffer>
}

/** By SHA-1, the one digest every responder knows (RFC 5019, 2.1.1): it names the issuer, and protects nothing. */
const certIdOf = ({ certificate, issuer }: Question): Promise<CertID> =>
  CertID.create(certificate.pki, { hashAlgorithm: "SHA-1", issuerCertificate: issuer.pki }, strictEngine)

const requestOf = (reqCert: CertID, nonce: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> => {
  const extnValue = new OctetString({ valueHex: nonce }).toBER()
  const tbsRequest = new TBSRequest({
    requestList: [new Request({ reqCert })],
    requestExtensions: [new Extension({ extnID: nonceOid, extnValue })],
  })
  return new Uint8Array(new OCSPRequest({ tbsRequest }).toSchema(true).toBER())
}

/** The signed part of a successful answer; throws for everything else. */
const readAnswer = (answer: Uint8Array<ArrayBuffer>): BasicOCSPResponse => {
  const outer = fromBER(answer)
  if (outer.offset !== answer.length) throw new Error("not one DER value")
  const { responseStatus, responseBytes } = new OCSPResponse({ schema: outer.result })
  if (responseStatus.valueBlock.valueDec !== 0 || responseBytes?.responseType !== basicResponse)
    throw new Error("not successful")
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

const isFresh = (
  data: ResponseData,
  { thisUpdate, nextUpdate }: SingleResponse,
  { now, skewMilliseconds, nonce }: Question,
) => {
  if (nextUpdate === undefined) return false
  const [from, to, at] = [thisUpdate.getTime(), nextUpdate.getTime(), now.getTime()]
  if (!(from <= at + skewMilliseconds && to >= at - skewMilliseconds)) return false
  const answered = nonceIn(data)
  return answered === undefined ? to - from <= maxLifeWithoutNonce : Buffer.from(nonce).equals(answered)
}

/** [0] IMPLICIT NULL; [1] is revoked, [2] unknown. */
const statusOf = ({ certStatus }: SingleResponse): RevocationStatus => {
  switch (certStatus?.idBlock?.tagNumber) {
    case 0:
      return "good"
    case 1:
      return "certificate-revoked"
    default:
      return "revocation-unavailable"
  }
}

const judge = (answer: BasicOCSPResponse, asked: CertID, question: Question): RevocationStatus => {
  if (!isAuthentic(answer, question)) return "revocation-unavailable"
  const { tbsResponseData: data } = answer
  const [ours, ...others] = data.responses.filter(({ certID }) => certID.isEqual(asked))
  if (ours === undefined || others.length > 0) return "revocation-unavailable"
  const extensions = [...(data.responseExtensions ?? []), ...(ours.singleExtensions ?? [])]
  if (extensions.some(({ critical, extnID }) => critical && extnID !== nonceOid)) return "revocation-unavailable"
  return isFresh(data, ours, question) ? statusOf(ours) : "revocation-unavailable"
}

/**
 * Asks by OCSP (RFC 6960) whether `issuer` has revoked `certificate`. Anything but an authentic, fresh, matching answer is
 * "revocation-unavailable". An answer without a nonce is taken where its life is at most 24 hours, since many responders sign in advance.
 */
export const askRevocation = async (
  port: RevocationPort,
  url: string,
  question: Question,
): Promise<RevocationStatus> => {
  const asked = await certIdOf(question)
  try {
    return judge(readAnswer(await port.ask(url, requestOf(asked, question.nonce))), asked, question)
  } catch {
    return "revocation-unavailable"
  }
}
