import { RevocationFault, type RevocationPort } from "../../certify/revocation-port.ts"
import type { Anchor, TrustPolicy } from "../../protocol/trust-policy.ts"
import type { Bytes, KeyedCertificate } from "./certificate.ts"
import { profession, professionalExtensions, professionalPolicy } from "./certificate-extensions.ts"
import { Issuer } from "./issuer.ts"
import { type Professional, professionalOf } from "./professional.ts"

const base64 = ({ self: { der } }: Issuer) => Buffer.from(der).toString("base64")

/** How a trust policy names an authority. */
export const anchorOf = (root: Issuer, intermediates: readonly Issuer[], rules: Partial<Anchor> = {}): Anchor => ({
  id: "test",
  certificate: base64(root),
  intermediates: intermediates.map(base64),
  signatureAlgorithms: ["ES256", "ES384", "RS256", "PS256"],
  requiredPolicies: [professionalPolicy],
  profession: {
    from: "admission",
    allow: {
      [profession.physician]: "physician",
      [profession.dentist]: "dentist",
      [profession.pharmacist]: "pharmacist",
      [profession.paramedic]: "paramedic",
      [profession.nurse]: "nurse",
      [profession.midwife]: "midwife",
    },
  },
  maxPathLength: 1,
  revocation: { ocspUrl: "http://responder.invalid/ocsp", maxClockSkewSeconds: 60 },
  ...rules,
})

/** Of an authority that answers by OCSP alone. */
export const noLists: Pick<RevocationPort, "fetchCrl"> = {
  fetchCrl: () => Promise.reject(new RevocationFault("unreachable")),
}

type ProfessionName = Exclude<keyof typeof profession, "insuredPerson">

export interface Certification {
  readonly root: Issuer
  readonly authority: Issuer
  readonly responder: KeyedCertificate
  readonly trust: { readonly policy: TrustPolicy; readonly hash: string }
  readonly revocation: RevocationPort
  /** To an OCSP request. */
  answer(question: Uint8Array): Promise<Bytes>
  /** Of a cloud that asks this address for revocation. */
  policyAt(ocspUrl: string): TrustPolicy
  issue(name: string, as?: ProfessionName): KeyedCertificate
  professional(name: string, as?: ProfessionName): Professional
  /** Whoever holds a certificate of this authority. */
  holder(held: KeyedCertificate): Professional
}

/** A root, an issuing authority below it and its responder, all in order, and the trust of a cloud that accepts them. */
export const newCertification = (rules: Partial<Anchor> = {}): Certification => {
  const root = Issuer.root("Root")
  const authority = root.issuer("Issuing Authority")
  const responder = authority.responder()
  const issue = (name: string, as: ProfessionName = "physician") =>
    authority.issue(name, { extensions: professionalExtensions([profession[as]]) })
  const holder = (held: KeyedCertificate) => professionalOf(held, [authority.self])
  const answer = (question: Uint8Array) => authority.answer(question, responder)
  const policy = (more: Partial<Anchor>): TrustPolicy => ({ version: 1, anchors: [anchorOf(root, [authority], more)] })
  return {
    root,
    authority,
    responder,
    trust: { policy: policy(rules), hash: `${"T".repeat(42)}A` },
    revocation: { ask: (_, question) => answer(question), ...noLists },
    answer,
    policyAt: (ocspUrl) => policy({ ...rules, revocation: { ocspUrl, maxClockSkewSeconds: 60 } }),
    issue,
    professional: (name, as) => holder(issue(name, as)),
    holder,
  }
}
