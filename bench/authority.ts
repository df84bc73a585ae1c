import { createServer } from "node:http"
import { BitString, Integer, OctetString, Primitive, Utf8String } from "asn1js"
import {
  AttributeTypeAndValue,
  BasicConstraints,
  BasicOCSPResponse,
  Certificate,
  CertificatePolicies,
  CryptoEngine,
  Extension,
  OCSPRequest,
  OCSPResponse,
  PolicyInformation,
  ResponseBytes,
  SingleResponse,
} from "pkijs"
import type { TrustPolicy } from "../protocol/trust-policy.ts"
import type { Credential } from "../sdk/hcp/emergency-access.ts"

const ecdsa = { name: "ECDSA", namedCurve: "P-256" }
const engine = new CryptoEngine({ name: "bench", crypto })
const physicianPolicy = "1.2.276.0.76.4.30"
const oids = {
  commonName: "2.5.4.3",
  basicConstraints: "2.5.29.19",
  keyUsage: "2.5.29.15",
  policies: "2.5.29.32",
  basicResponse: "1.3.6.1.5.5.7.48.1.1",
  nonce: "1.3.6.1.5.5.7.48.1.2",
}
const day = 24 * 60 * 60 * 1000
/** Of keyUsage's first octet. */
const usage = { sign: 0x80, issue: 0x06 }

const extension = (extnID: string, critical: boolean, value: { toBER(): ArrayBuffer }) =>
  new Extension({ extnID, critical, extnValue: value.toBER() })

const keyUsage = (bits: number) =>
  extension(oids.keyUsage, true, new BitString({ valueHex: Uint8Array.of(bits).buffer, unusedBits: 0 }))

const newKeys = () => crypto.subtle.generateKey(ecdsa, true, ["sign", "verify"])

const nameOf = (certificate: Certificate, side: "issuer" | "subject", name: string) =>
  certificate[side].typesAndValues.push(
    new AttributeTypeAndValue({ type: oids.commonName, value: new Utf8String({ value: name }) }),
  )

let serial = 0

const newCertificate = async (subject: string, issuer: string, publicKey: CryptoKey, extensions: Extension[]) => {
  const certificate = new Certificate()
  certificate.version = 2
  certificate.serialNumber = new Integer({ value: ++serial })
  nameOf(certificate, "subject", subject)
  nameOf(certificate, "issuer", issuer)
  certificate.notBefore.value = new Date(Date.now() - day)
  certificate.notAfter.value = new Date(Date.now() + 30 * day)
  await certificate.subjectPublicKeyInfo.importKey(publicKey, engine)
  certificate.extensions = extensions
  return certificate
}

const derOf = (certificate: Certificate) => new Uint8Array(certificate.toSchema().toBER())

/**
 * A certification authority of this process, for a thousand professionals in a second: a root that issues by itself, and answers OCSP. What
 * certification refuses is tested with authorities made by openssl; here everybody is certified.
 */
export const makeAuthority = async () => {
  const root = "Bench Root"
  const keys = await newKeys()
  const authority = await newCertificate(root, root, keys.publicKey, [
    extension(oids.basicConstraints, true, new BasicConstraints({ cA: true }).toSchema()),
    keyUsage(usage.issue),
  ])
  await authority.sign(keys.privateKey, "SHA-256", engine)
  const der = derOf(authority)

  const issue = async (name: string): Promise<Credential> => {
    const { privateKey, publicKey } = await newKeys()
    const policy = new PolicyInformation({ policyIdentifier: physicianPolicy })
    const certificate = await newCertificate(name, root, publicKey, [
      keyUsage(usage.sign),
      extension(oids.policies, false, new CertificatePolicies({ certificatePolicies: [policy] }).toSchema()),
    ])
    await certificate.sign(keys.privateKey, "SHA-256", engine)
    return { chain: [derOf(certificate)], alg: "ES256", privateKey }
  }

  /** "Good", of whatever certificate is asked for, with the question's nonce. */
  const answerOcsp = async (question: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> => {
    const { tbsRequest } = OCSPRequest.fromBER(question)
    const basic = new BasicOCSPResponse()
    const now = Date.now()
    basic.tbsResponseData.responderID = authority.subject
    basic.tbsResponseData.producedAt = new Date(now)
    basic.tbsResponseData.responses = tbsRequest.requestList.map(({ reqCert }) => {
      const response = new SingleResponse({ certID: reqCert })
      response.certStatus = new Primitive({ idBlock: { tagClass: 3, tagNumber: 0 } })
      response.thisUpdate = new Date(now - 1000)
      response.nextUpdate = new Date(now + 60 * 60 * 1000)
      return response
    })
    basic.tbsResponseData.responseExtensions = (tbsRequest.requestExtensions ?? []).filter(
      ({ extnID }) => extnID === oids.nonce,
    )
    await basic.sign(keys.privateKey, "SHA-256", engine)
    const answer = new OCSPResponse()
    answer.responseStatus.valueBlock.valueDec = 0
    answer.responseBytes = new ResponseBytes({
      responseType: oids.basicResponse,
      response: new OctetString({ valueHex: basic.toSchema().toBER() }),
    })
    return new Uint8Array(answer.toSchema().toBER())
  }

  const trustPolicy = (ocspUrl: string): TrustPolicy => ({
    version: 1,
    anchors: [
      {
        id: "bench",
        certificate: Buffer.from(der).toString("base64"),
        intermediates: [],
        signatureAlgorithms: ["ES256"],
        requiredPolicies: [],
        profession: { from: "policy", allow: { [physicianPolicy]: "physician" } },
        maxPathLength: 0,
        revocation: { ocspUrl, maxClockSkewSeconds: 60 },
      },
    ],
  })

  /** Answers on a free port of loopback. */
  const startResponder = async () => {
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(Buffer.from(chunk))
      const answer = await answerOcsp(new Uint8Array(Buffer.concat(chunks)))
      response.writeHead(200, { "content-type": "application/ocsp-response" }).end(answer)
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()))
    const address = server.address()
    if (address === null || typeof address === "string") throw new Error("the responder has no port")
    const stop = () => {
      server.closeAllConnections()
      server.close()
    }
    return { url: `http://127.0.0.1:${address.port}/ocsp`, stop }
  }

  return { issue, answerOcsp, trustPolicy, startResponder }
}
export type BenchAuthority = Awaited<ReturnType<typeof makeAuthority>>
