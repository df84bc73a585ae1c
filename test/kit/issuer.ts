import { createHash, randomBytes } from "node:crypto"
import { Constructed, Enumerated, GeneralizedTime, Integer, OctetString, Primitive, Sequence } from "asn1js"
import {
  AlgorithmIdentifier,
  BasicOCSPResponse,
  CertID,
  type Certificate,
  type Extension,
  Extensions,
  OCSPRequest,
  OCSPResponse,
  Request,
  ResponseBytes,
  ResponseData,
  SingleResponse,
  TBSRequest,
} from "pkijs"
import {
  type Bytes,
  type CertificateOptions,
  certify,
  hour,
  integerOf,
  type KeyedCertificate,
  parsed,
  serialOf,
  timeOf,
  wholeSecond,
} from "./certificate.ts"
import {
  authorityExtensions,
  extension,
  noCheck,
  octets,
  policies,
  professionalPolicy,
  responderExtensions,
} from "./certificate-extensions.ts"
import { signingBy } from "./issuer-signature.ts"
import { type KeyPair, newKeyPair } from "./key-pairs.ts"

type Der = Pick<KeyedCertificate, "der">

export interface AnswerOptions {
  /** Milliseconds; `null`: the answer doesn't say how long it counts. */
  readonly lasts?: number | null
  /** What it brings along to say who signed. */
  readonly certificates?: readonly Der[]
  /** It names its signer by key, not by name. */
  readonly byKey?: boolean
}

const basicResponse = "1.3.6.1.5.5.7.48.1.1"
const nonceOid = "1.3.6.1.5.5.7.48.1.2"
const sha1 = "1.3.14.3.2.26"
const digests: Record<string, string> = { [sha1]: "sha1", "2.16.840.1.101.3.4.2.1": "sha256" }

const hashed = (digest: string, bytes: ArrayBuffer | Uint8Array) =>
  createHash(digests[digest] ?? "none")
    .update(new Uint8Array(bytes))
    .digest()
const keyBits = ({ subjectPublicKeyInfo }: Certificate) => subjectPublicKeyInfo.subjectPublicKey.valueBlock.valueHexView
const tagged = (tagNumber: number) => ({ idBlock: { tagClass: 3, tagNumber } })

/** How an OCSP request names a certificate (RFC 6960, 4.1.1). */
const certIdOf = (issuer: Certificate, serial: string, digest = sha1) =>
  new CertID({
    hashAlgorithm: new AlgorithmIdentifier({ algorithmId: digest }),
    issuerNameHash: octets(hashed(digest, issuer.subject.valueBeforeDecode)),
    issuerKeyHash: octets(hashed(digest, keyBits(issuer))),
    serialNumber: integerOf(serial),
  })

/** A certification authority of this process, which issues, revokes, answers OCSP and makes lists. */
export class Issuer {
  readonly self: KeyedCertificate
  readonly #certificate: Certificate
  /** Serial numbers of what it issued, with when that was revoked. */
  readonly #issued = new Map<string, Date | undefined>()

  /** Of another's certificate: the same authority, with a register of its own. */
  constructor(self: KeyedCertificate) {
    this.self = self
    this.#certificate = parsed(self)
  }

  static root(name: string, options: Partial<CertificateOptions> = {}): Issuer {
    const keys = newKeyPair(options.key)
    const signer = { key: keys.privateKey, usual: [60, 3650] as const }
    return new Issuer(certify(keys, name, { extensions: authorityExtensions(), ...options }, signer))
  }

  issue(name: string, options: CertificateOptions, usual: readonly [number, number] = [30, 365]): KeyedCertificate {
    const signer = { name: this.#certificate.subject, key: this.self.privateKey, usual }
    const issued = certify(options.keyOf ?? newKeyPair(options.key), name, options, signer)
    this.#issued.set(serialOf(parsed(issued)), undefined)
    return issued
  }

  /** An authority below this one. */
  issuer(name: string, options: Partial<CertificateOptions> = {}): Issuer {
    const extensions = authorityExtensions(policies(professionalPolicy))
    return new Issuer(this.issue(name, { extensions, ...options }, [60, 9 * 365]))
  }

  /** Never revoked (id-pkix-ocsp-nocheck), unless `more`, in its place, says something else. */
  responder(name = "Responder", more: readonly Extension[] = [noCheck()], keyOf?: KeyPair): KeyedCertificate {
    return this.issue(name, { extensions: responderExtensions(...more), ...(keyOf === undefined ? {} : { keyOf }) })
  }

  revoke(revoked: Der): void {
    this.revokeSerials([serialOf(parsed(revoked))])
  }

  /** In hex. */
  revokeSerials(serials: readonly string[]): void {
    for (const serial of serials) this.#issued.set(serial, wholeSecond(Date.now()))
  }

  /** The list of what it has revoked, DER: number `n`, of now, for an hour unless `lasts`, in milliseconds, says otherwise. */
  crl(n: number, lasts = hour, more: readonly Extension[] = []): Bytes {
    const { algorithm, sign } = signingBy(this.self.privateKey)
    const now = Date.now()
    const revoked = [...this.#issued].flatMap(([serial, at]) =>
      at === undefined ? [] : [new Sequence({ value: [integerOf(serial), timeOf(at).toSchema()] })],
    )
    const keyIdentifier = Uint8Array.from(hashed(sha1, keyBits(this.#certificate))).buffer
    const authorityKey = new Sequence({ value: [new Primitive({ ...tagged(0), valueHex: keyIdentifier })] })
    const number = extension("2.5.29.20", new Integer({ value: n }))
    const extensions = new Extensions({ extensions: [extension("2.5.29.35", authorityKey), ...more, number] })
    const signed = new Sequence({
      value: [
        new Integer({ value: 1 }),
        algorithm.toSchema(),
        this.#certificate.subject.toSchema(),
        timeOf(new Date(now)).toSchema(),
        timeOf(new Date(now + lasts)).toSchema(),
        ...(revoked.length > 0 ? [new Sequence({ value: revoked })] : []),
        new Constructed({ ...tagged(0), value: [extensions.toSchema()] }),
      ],
    })
    const value = [signed, algorithm.toSchema(), sign(signed.toBER())]
    return new Uint8Array(new Sequence({ value }).toBER())
  }

  /** An OCSP request for these of its certificates, without a nonce. */
  request(...certificates: readonly Der[]): Bytes {
    return this.#request(certificates)
  }

  /** With a nonce that nobody else knows. */
  requestWithNonce(...certificates: readonly Der[]): Bytes {
    return this.#request(certificates, [extension(nonceOid, octets(randomBytes(16)))])
  }

  #request(certificates: readonly Der[], requestExtensions?: Extension[]): Bytes {
    const requestList = certificates.map(
      (each) => new Request({ reqCert: certIdOf(this.#certificate, serialOf(parsed(each))) }),
    )
    const tbsRequest = new TBSRequest(
      requestExtensions === undefined ? { requestList } : { requestList, requestExtensions },
    )
    return new Uint8Array(new OCSPRequest({ tbsRequest }).toSchema(true).toBER())
  }

  /** `[0]` good, `[1]` revoked, `[2]` unknown: issued by another authority, or by nobody. */
  #statusOf({ hashAlgorithm, issuerKeyHash, issuerNameHash, serialNumber }: CertID): Primitive | Constructed {
    const serial = serialOf({ serialNumber })
    const own = certIdOf(this.#certificate, serial, hashAlgorithm.algorithmId)
    const isOwn = own.issuerKeyHash.isEqual(issuerKeyHash) && own.issuerNameHash.isEqual(issuerNameHash)
    if (!isOwn || !this.#issued.has(serial)) return new Primitive(tagged(2))
    const revokedAt = this.#issued.get(serial)
    if (revokedAt === undefined) return new Primitive(tagged(0))
    return new Constructed({ ...tagged(1), value: [new GeneralizedTime({ valueDate: revokedAt })] })
  }

  /** Answers an OCSP request, with its nonce, signed by `signer`; for an hour unless `options` say otherwise. */
  async answer(
    request: Uint8Array,
    signer: KeyedCertificate,
    { lasts = hour, certificates = [signer], byKey = false }: AnswerOptions = {},
  ): Promise<Bytes> {
    const { requestList, requestExtensions = [] } = OCSPRequest.fromBER(Uint8Array.from(request)).tbsRequest
    const now = wholeSecond(Date.now())
    const data = new ResponseData()
    data.responderID = byKey ? octets(hashed(sha1, keyBits(parsed(signer)))) : parsed(signer).subject
    data.producedAt = now
    data.responses = requestList.map(({ reqCert }) => {
      const response = new SingleResponse({ certID: reqCert })
      response.certStatus = this.#statusOf(reqCert)
      response.thisUpdate = now
      if (lasts !== null) response.nextUpdate = new Date(now.getTime() + lasts)
      return response
    })
    const nonces = requestExtensions.filter(({ extnID }) => extnID === nonceOid)
    if (nonces.length > 0) data.responseExtensions = nonces
    const basic = new BasicOCSPResponse({ tbsResponseData: data })
    if (certificates.length > 0) basic.certs = certificates.map(parsed)
    return successful(signedAgain(basic, signer))
  }
}

/** The same answer, of what it says now. */
export const signedAgain = (basic: BasicOCSPResponse, { privateKey }: Pick<KeyedCertificate, "privateKey">) => {
  const { algorithm, sign } = signingBy(privateKey)
  const signed = basic.tbsResponseData.toSchema(true).toBER()
  basic.tbsResponseData.tbsView = new Uint8Array(signed)
  basic.signatureAlgorithm = algorithm
  basic.signature = sign(signed)
  return basic
}

/** An OCSP response that bears this answer, DER. */
export const successful = (basic: BasicOCSPResponse): Bytes => {
  const response = new OctetString({ valueHex: basic.toSchema().toBER() })
  const answer = new OCSPResponse({ responseBytes: new ResponseBytes({ responseType: basicResponse, response }) })
  answer.responseStatus = new Enumerated({ value: 0 })
  return new Uint8Array(answer.toSchema().toBER())
}
