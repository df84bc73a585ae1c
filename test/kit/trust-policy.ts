import type { TrustPolicy } from "../../protocol/trust-policy.ts"

/** A policy as a deployment has it, whose anchor is nobody's: for what handles a policy as data. */
export const plainPolicy = {
  version: 1,
  anchors: [
    {
      id: "de-hba",
      certificate: "MAA=",
      intermediates: [],
      signatureAlgorithms: ["ES256"],
      requiredPolicies: [],
      profession: { from: "admission", allow: { "1.2.276.0.76.4.30": "physician" } },
      maxPathLength: 1,
      revocation: { ocspUrl: "https://ocsp.example/", maxClockSkewSeconds: 60 },
    },
  ],
} as const satisfies TrustPolicy
