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

test.for([
  ["an unknown member", { ekuAnyOf: [] }],
  ["no algorithm", { signatureAlgorithms: [] }],
  ["a symmetric algorithm", { signatureAlgorithms: ["HS256"] }],
  ["a policy that is no OID", { requiredPolicies: ["physician"] }],
  ["a certificate in PEM", { certificate: "-----BEGIN CERTIFICATE-----" }],
  ["another source of the profession", { profession: { from: "subject", allow: {} } }],
  ["a profession we don't know", { profession: { from: "admission", allow: { "1.2.3": "patient" } } }],
  [
    "the insured person among the professions",
    { profession: { from: "admission", allow: { "1.2.276.0.76.4.49": "physician" } } },
  ],
  ["an address that is not HTTP", { revocation: { ocspUrl: "file:///etc/passwd", maxClockSkewSeconds: 60 } }],
  ["a skew of an hour", { revocation: { ocspUrl: "https://ocsp.example/", maxClockSkewSeconds: 3600 } }],
  ["a negative path length", { maxPathLength: -1 }],
] as const)("%s is refused", ([, change]) => {
  expect(accepts({ ...anchor, ...change })).toBe(false)
})
