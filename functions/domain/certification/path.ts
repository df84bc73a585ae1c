import { Certificate, CertificateChainValidationEngine, Time } from "pkijs"
import type { Anchor, TrustPolicy } from "../../../contract/trust-policy.ts"
import { allowsBelow, isIssuedBy, isValidAt, policiesOf, type ReadCertificate, readCertificate } from "./certificate.ts"
import { strictEngine } from "./engine.ts"

/** From a professional's certificate up to the root: `[leaf, ...authorities, root]`. */
export type Path = readonly [leaf: ReadCertificate, issuer: ReadCertificate, ...above: ReadCertificate[]]

/** `notAfter` is when the first certificate of the path ends. */
export type Trust =
  | { outcome: "trusted"; anchor: Anchor; issuer: ReadCertificate; notAfter: Date }
  | { outcome: "certificate-untrusted" }
  | { outcome: "certificate-expired" }

interface ReadAnchor {
  readonly rules: Anchor
  readonly root: ReadCertificate
  readonly intermediates: readonly ReadCertificate[]
}

const readAnchor = (rules: Anchor): ReadAnchor => {
  const read = (base64: string) => {
    const certificate = readCertificate(Buffer.from(base64, "base64"))
    if (certificate === undefined)
      throw new Error(`the trust policy's anchor ${rules.id} lists a certificate that can't be read`)
    return certificate
  }
  return { rules, root: read(rules.certificate), intermediates: rules.intermediates.map(read) }
}

const anchorsOf = new WeakMap<TrustPolicy, readonly ReadAnchor[]>()

/**
 * Reads the certificates the policy lists, once per policy object: done when a function starts, no request pays for it. Throws,
 * naming the anchor, where one can't be read.
 */
export const readAnchors = (policy: TrustPolicy): readonly ReadAnchor[] => {
  const known = anchorsOf.get(policy)
  if (known !== undefined) return known
  const anchors = policy.anchors.map(readAnchor)
  anchorsOf.set(policy, anchors)
  return anchors
}

/**
 * Every way by name and signature to the anchor's root. Only certificates that the policy lists are on the way, so that a
 * stranger can neither lead the search astray nor bring an authority whose revocation nobody has checked.
 */
const waysUp = (from: ReadCertificate, { rules, root, intermediates }: ReadAnchor): ReadCertificate[][] => {
  const climb = (certificate: ReadCertificate, passed: readonly ReadCertificate[]): ReadCertificate[][] => {
    const ways = isIssuedBy(certificate, root) ? [[root]] : []
    if (passed.length >= rules.maxPathLength) return ways
    const issuers = intermediates.filter((issuer) => !passed.includes(issuer) && isIssuedBy(certificate, issuer))
    return [...ways, ...issuers.flatMap((issuer) => climb(issuer, [...passed, issuer]).map((way) => [issuer, ...way]))]
  }
  return climb(from, [])
}

/** As if it were valid at that moment and no other; its signed bytes stay what they are. */
const validJustAt = (at: Date, { der }: ReadCertificate): Certificate => {
  const copy = Certificate.fromBER(der)
  copy.notBefore = new Time({ value: at })
  copy.notAfter = new Time({ value: at })
  return copy
}

/** Whether the path holds by RFC 5280, 6.1, and by the anchor's required policies, but for the dates. */
const holdsButForDates = async (path: Path, { requiredPolicies }: Anchor, now: Date): Promise<boolean> => {
  const [leaf, ...authorities] = path
  // pkijs leaves pathLenConstraint to its caller, and critical extensions it can read but does not process.
  if (!authorities.every((authority, below) => allowsBelow(authority, below))) return false
  const asserted = policiesOf(leaf)
  if (!requiredPolicies.every((policy) => asserted.includes(policy))) return false
  // pkijs looks at the dates first, and then at nothing else.
  const certificates = path.map((certificate) =>
    isValidAt(certificate, now) ? certificate.pki : validJustAt(now, certificate),
  )
  const [end, ...above] = certificates
  const engine = new CertificateChainValidationEngine({
    trustedCerts: above.slice(-1),
    // pkijs takes the last one for the end of the path.
    certs: [...above.slice(0, -1), ...(end === undefined ? [] : [end])],
    checkDate: now,
  })
  const { result, userConstrPolicies = [] } = await engine.verify(
    requiredPolicies.length === 0 ? {} : { initialPolicySet: requiredPolicies },
    strictEngine,
  )
  return result && requiredPolicies.every((policy) => userConstrPolicies.includes(policy))
}

/**
 * Leads a professional's certificate to the one anchor it belongs to, by that anchor's rules alone. "Expired" (or not yet valid)
 * is said only of a path that holds but for the date.
 */
export const findTrust = async (leaf: ReadCertificate, policy: TrustPolicy, now: Date): Promise<Trust> => {
  const found = readAnchors(policy)
    .map((anchor) => ({ anchor: anchor.rules, ways: waysUp(leaf, anchor) }))
    .filter(({ ways }) => ways.length > 0)
  const [only, ...others] = found
  if (only === undefined || others.length > 0) return { outcome: "certificate-untrusted" }
  let expired = false
  for (const way of only.ways) {
    const [issuer, ...above] = way
    if (issuer === undefined) continue
    const path: Path = [leaf, issuer, ...above]
    if (!(await holdsButForDates(path, only.anchor, now))) continue
    if (path.every((certificate) => isValidAt(certificate, now))) {
      const notAfter = new Date(Math.min(...path.map((certificate) => certificate.notAfter.getTime())))
      return { outcome: "trusted", anchor: only.anchor, issuer, notAfter }
    }
    expired = true
  }
  return { outcome: expired ? "certificate-expired" : "certificate-untrusted" }
}
