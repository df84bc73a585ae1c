import { Certificate, CertificateChainValidationEngine, Time } from "pkijs"
import { fromStandardBase64 } from "../crypto/bytes.ts"
import type { Anchor, TrustPolicy } from "../trust-policy.ts"
import { allowsBelow, isIssuedBy, isValidAt, policiesOf, type ReadCertificate, readCertificate } from "./certificate.ts"
import { type Keys, strictEngine } from "./keys.ts"

/** From a professional's certificate up to the root: `[leaf, ...authorities, root]`. */
export type Path = readonly [leaf: ReadCertificate, issuer: ReadCertificate, ...above: ReadCertificate[]]

/** `notAfter` is when the first certificate of the path ends. */
export type Trust =
  | { outcome: "trusted"; anchor: Anchor; issuer: ReadCertificate; notAfter: Date }
  | {
      outcome: "certificate-untrusted"
      because: "no-path" | "several-anchors" | "path-too-long" | "policy-missing" | "path-invalid"
    }
  | {
      outcome: "certificate-expired"
      because: "not-yet-valid" | "expired" | "authority-not-valid"
      anchor: Anchor
      issuer: ReadCertificate
    }

interface ReadAnchor {
  readonly rules: Anchor
  readonly root: ReadCertificate
  readonly intermediates: readonly ReadCertificate[]
}

const readAnchor = (rules: Anchor, keys: Keys): ReadAnchor => {
  const read = (base64: string) => {
    const certificate = readCertificate(fromStandardBase64(base64), keys)
    if (certificate === undefined)
      throw new Error(`the trust policy's anchor ${rules.id} lists a certificate that can't be read`)
    return certificate
  }
  const [root, intermediates] = [read(rules.certificate), rules.intermediates.map(read)]
  const authorities = new Set([root, ...intermediates].map(({ thumbprint }) => thumbprint))
  if (rules.revocation.crls?.some(({ issuer }) => !authorities.has(issuer)))
    throw new Error(`the trust policy's anchor ${rules.id} has a CRL of an authority it doesn't list`)
  return { rules, root, intermediates }
}

const anchorsOf = new WeakMap<TrustPolicy, { readonly keys: Keys; readonly anchors: readonly ReadAnchor[] }>()

/**
 * Reads the certificates the policy lists, once per policy object: done when a function starts, no request pays for it. Throws,
 * naming the anchor, where one can't be read, or a CRL is none of theirs.
 */
export const readAnchors = (policy: TrustPolicy, keys: Keys): readonly ReadAnchor[] => {
  const known = anchorsOf.get(policy)
  if (known?.keys === keys) return known.anchors
  const anchors = policy.anchors.map((rules) => readAnchor(rules, keys))
  anchorsOf.set(policy, { keys, anchors })
  return anchors
}

/**
 * Every way by name and signature to the anchor's root. Only certificates that the policy lists are on the way, so that a
 * stranger can neither lead the search astray nor bring an authority whose revocation nobody has checked.
 */
const waysUp = (from: ReadCertificate, { rules, root, intermediates }: ReadAnchor): Promise<ReadCertificate[][]> => {
  const climb = async (
    certificate: ReadCertificate,
    passed: readonly ReadCertificate[],
  ): Promise<ReadCertificate[][]> => {
    const ways = (await isIssuedBy(certificate, root)) ? [[root]] : []
    if (passed.length >= rules.maxPathLength) return ways
    for (const issuer of intermediates) {
      if (passed.includes(issuer) || !(await isIssuedBy(certificate, issuer))) continue
      const above = await climb(issuer, [...passed, issuer])
      ways.push(...above.map((way) => [issuer, ...way]))
    }
    return ways
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

/** What breaks the path by RFC 5280, 6.1, or by the anchor's required policies, but for the dates; undefined where it holds. */
const brokenBy = async (
  path: Path,
  { requiredPolicies }: Anchor,
  now: Date,
  keys: Keys,
): Promise<"path-too-long" | "policy-missing" | "path-invalid" | undefined> => {
  const [leaf, ...authorities] = path
  // pkijs leaves pathLenConstraint to its caller, and critical extensions it can read but does not process.
  if (!authorities.every((authority, below) => allowsBelow(authority, below))) return "path-too-long"
  const asserted = policiesOf(leaf)
  if (!requiredPolicies.every((policy) => asserted.includes(policy))) return "policy-missing"
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
    strictEngine(keys),
  )
  if (!result) return "path-invalid"
  return requiredPolicies.every((policy) => userConstrPolicies.includes(policy)) ? undefined : "policy-missing"
}

const outOfDate = (path: Path, now: Date): "not-yet-valid" | "expired" | "authority-not-valid" | undefined => {
  const [leaf, ...authorities] = path
  if (!isValidAt(leaf, now)) return now < leaf.notBefore ? "not-yet-valid" : "expired"
  return authorities.every((authority) => isValidAt(authority, now)) ? undefined : "authority-not-valid"
}

/**
 * Leads a professional's certificate to the one anchor it belongs to, by that anchor's rules alone. "Expired" (or not yet valid)
 * is said only of a path that holds but for the date.
 */
export const findTrust = async (leaf: ReadCertificate, policy: TrustPolicy, now: Date, keys: Keys): Promise<Trust> => {
  const tried = await Promise.all(
    readAnchors(policy, keys).map(async (anchor) => ({ anchor: anchor.rules, ways: await waysUp(leaf, anchor) })),
  )
  const found = tried.filter(({ ways }) => ways.length > 0)
  const [only, ...others] = found
  if (only === undefined) return { outcome: "certificate-untrusted", because: "no-path" }
  if (others.length > 0) return { outcome: "certificate-untrusted", because: "several-anchors" }
  let refusal: Trust = { outcome: "certificate-untrusted", because: "path-invalid" }
  for (const way of only.ways) {
    const [issuer, ...above] = way
    if (issuer === undefined) continue
    const path: Path = [leaf, issuer, ...above]
    const broken = await brokenBy(path, only.anchor, now, keys)
    const late = outOfDate(path, now)
    if (broken === undefined && late === undefined) {
      const notAfter = new Date(Math.min(...path.map((certificate) => certificate.notAfter.getTime())))
      return { outcome: "trusted", anchor: only.anchor, issuer, notAfter }
    }
    if (broken === undefined && late !== undefined)
      refusal = { outcome: "certificate-expired", because: late, anchor: only.anchor, issuer }
    else if (broken !== undefined && refusal.outcome === "certificate-untrusted")
      refusal = { outcome: "certificate-untrusted", because: broken }
  }
  return refusal
}
