import { expect, test } from "vitest"
import * as z from "zod/mini"
import { trustPolicy } from "../../contract/trust-policy.ts"

const anchor = {
  id: "de-hba",
  certificate: "MAA=",
  intermediates: ["MAEA"],
  signatureAlgorithms: ["ES256"],
  requiredPolicies: ["1.2.276.0.76.4.75"],
  profession: { from: "admission", allow: { "1.2.276.0.76.4.30": "physician" } },
  maxPathLength: 1,
  revocation: { ocspUrl: "https://ocsp.example/", maxClockSkewSeconds: 60 },
}
const accepts = (...anchors: unknown[]) => z.safeParse(trustPolicy, { version: 1, anchors }).success

test("a trust policy lists anchors with their rules", () => {
  expect(accepts(anchor)).toBe(true)
  expect(accepts(anchor, { ...anchor, id: "other", certificate: "MAEB" })).toBe(true)
  expect(accepts()).toBe(false)
  expect(z.safeParse(trustPolicy, { version: 2, anchors: [anchor] }).success).toBe(false)
})

test("two anchors have neither the same id nor the same certificate", () => {
  expect(accepts(anchor, { ...anchor, certificate: "MAEB" })).toBe(false)
  expect(accepts(anchor, { ...anchor, id: "other" })).toBe(false)
})

const revocation = anchor.revocation
const crls = [{ issuer: "ab".repeat(32), url: "http://ca.example/list.crl" }]
test.for([
  ["the profession in a policy", { profession: { from: "policy", allow: { "1.2.3": "nurse" } } }],
  ["the profession in hcRole", { profession: { from: "hcRole", codingScheme: "1.2.3", allow: { Nurse: "nurse" } } }],
  [
    "the profession in the subject",
    { profession: { from: "subject", attribute: "2.5.4.12", allow: { Nurse: "nurse" } } },
  ],
  ["purposes", { ekuAnyOf: ["1.3.6.1.5.5.7.3.2"] }],
  ["uses of the key", { keyUsage: ["digitalSignature", "nonRepudiation"] }],
  ["a registration number", { subjectId: { from: "admission" } }],
  ["a number in the subject", { subjectId: { from: "subject", attribute: "2.5.4.5" } }],
  ["OCSP, then CRLs", { revocation: { ...revocation, order: ["stapled", "ocsp", "crl"], crls, graceSeconds: 600 } }],
  ["answers without a nonce of a minute", { revocation: { ...revocation, maxAgeWithoutNonceSeconds: 60 } }],
  ["answers without a nonce of a day", { revocation: { ...revocation, maxAgeWithoutNonceSeconds: 86_400 } }],
  ["lists of an hour", { revocation: { ...revocation, maxCrlAgeSeconds: 3600 } }],
  ["lists of thirty days", { revocation: { ...revocation, maxCrlAgeSeconds: 2_592_000 } }],
  ["CRLs alone", { revocation: { order: ["crl"], crls, maxClockSkewSeconds: 60, onUnavailable: "deny" } }],
] as [string, object][])("an anchor may ask for %s", ([, change]) => {
  expect(accepts({ ...anchor, ...change })).toBe(true)
})

test.for([
  ["an unknown member", { eku: [] }],
  ["no algorithm", { signatureAlgorithms: [] }],
  ["a symmetric algorithm", { signatureAlgorithms: ["HS256"] }],
  ["a policy that is no OID", { requiredPolicies: ["physician"] }],
  ["a certificate in PEM", { certificate: "-----BEGIN CERTIFICATE-----" }],
  ["another source of the profession", { profession: { from: "organization", allow: {} } }],
  ["a profession in no attribute", { profession: { from: "subject", allow: { Nurse: "nurse" } } }],
  ["a profession in no coding scheme", { profession: { from: "hcRole", allow: { Nurse: "nurse" } } }],
  ["the insured person among policies", { profession: { from: "policy", allow: { "1.2.276.0.76.4.49": "nurse" } } }],
  [
    "the insured person among roles",
    { profession: { from: "hcRole", codingScheme: "1.2.3", allow: { "1.2.276.0.76.4.49": "nurse" } } },
  ],
  ["no purpose at all", { ekuAnyOf: [] }],
  ["no use of the key", { keyUsage: [] }],
  ["a key that issues certificates", { keyUsage: ["keyCertSign"] }],
  ["OCSP without its address", { revocation: { maxClockSkewSeconds: 60 } }],
  ["an OCSP address that nobody asks", { revocation: { ...revocation, order: ["crl"], crls } }],
  ["CRLs without an address", { revocation: { ...revocation, order: ["ocsp", "crl"] } }],
  ["CRLs that nobody fetches", { revocation: { ...revocation, crls } }],
  ["two CRLs of an authority", { revocation: { ...revocation, order: ["ocsp", "crl"], crls: [...crls, ...crls] } }],
  ["a method twice", { revocation: { ...revocation, order: ["ocsp", "ocsp"] } }],
  ["no method", { revocation: { order: [], maxClockSkewSeconds: 60 } }],
  ["what is stapled alone", { revocation: { order: ["stapled"], maxClockSkewSeconds: 60 } }],
  ["to let in whom nobody vouches for", { revocation: { ...revocation, onUnavailable: "allow" } }],
  ["a grace of a day", { revocation: { ...revocation, graceSeconds: 86_400 } }],
  ["an answer without a nonce of less than a minute", { revocation: { ...revocation, maxAgeWithoutNonceSeconds: 59 } }],
  [
    "an answer without a nonce of more than a day",
    { revocation: { ...revocation, maxAgeWithoutNonceSeconds: 86_401 } },
  ],
  ["a list of less than an hour", { revocation: { ...revocation, maxCrlAgeSeconds: 3599 } }],
  ["a list of more than thirty days", { revocation: { ...revocation, maxCrlAgeSeconds: 2_592_001 } }],
  ["a profession we don't know", { profession: { from: "admission", allow: { "1.2.3": "patient" } } }],
  [
    "the insured person among the professions",
    { profession: { from: "admission", allow: { "1.2.276.0.76.4.49": "physician" } } },
  ],
  ["an address that is not HTTP", { revocation: { ocspUrl: "file:///etc/passwd", maxClockSkewSeconds: 60 } }],
  ["a skew of an hour", { revocation: { ocspUrl: "https://ocsp.example/", maxClockSkewSeconds: 3600 } }],
  ["a negative path length", { maxPathLength: -1 }],
] as const)("a trust policy is refused for %s", ([, change]) => {
  expect(accepts({ ...anchor, ...change })).toBe(false)
})
