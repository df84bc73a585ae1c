/** A part of the code that is mutated, and the tests that must notice. */
export interface Module {
  readonly mutate: readonly string[]
  readonly tests: readonly string[]
}

const domain = (...names: readonly string[]): Module => ({
  mutate: names.map((name) => `functions/domain/${name}.ts`),
  tests: names.map((name) => `test/domain/${name}.test.ts`),
})

/** What patients' safety hangs on. Patterns, so that files that join a module are taken in. */
export const modules: Readonly<Record<string, Module>> = {
  statements: {
    mutate: ["functions/domain/{statements,professionals,invalid-field,end-signer,signer-ends}.ts"],
    tests: ["test/domain/{statements,invalid-field,end-signer}.test.ts", "test/golden/*.test.ts"],
  },
  runner: {
    mutate: ["functions/domain/{runner,step,writing-*,ports,named-changes,told-events}.ts"],
    tests: ["test/domain/{runner,writing-use-cases,named-changes,granted-records}.test.ts"],
  },
  grants: domain("grants", "granted-records"),
  accounts: domain("patients", "hcp-accounts", "deactivation", "deactivation-wait", "notices", "rates"),
  // A consent and a receipt: what the provider signs.
  consents: {
    mutate: ["functions/domain/{consents,consent-*,receipts}.ts"],
    tests: ["test/domain/{consents,contribute,hcp-accounts}.test.ts"],
  },
  emergency: {
    mutate: ["functions/domain/{emergency-access,asked-access,logged-detail}.ts"],
    tests: ["test/domain/{emergency-access,grants,granted-records,hcp-accounts}.test.ts"],
  },
  manifest: {
    mutate: ["functions/domain/{manifest*,key-pages,publication*}.ts"],
    tests: [
      "test/domain/{manifest,publication,publication-signers,records,deletion,cards,quotas,granted-records}.test.ts",
      "test/golden/*.test.ts",
    ],
  },
  cards: { mutate: ["functions/domain/{cards,revoked-card}.ts"], tests: ["test/domain/{cards,quotas}.test.ts"] },
  index: domain("health-record-index"),
  "open-part": domain("open-part"),
  records: {
    mutate: ["functions/domain/{records,deletion,object-removal,quotas}.ts"],
    tests: ["test/domain/{records,deletion,quotas,contribute,decisions,uploads}.test.ts"],
  },
  contributions: {
    mutate: ["functions/domain/{contribute,contribution-uploads,decisions,deliveries,delivery-addresses}.ts"],
    tests: ["test/domain/{contribute,contribution-uploads,decisions,quotas}.test.ts"],
  },
  practices: {
    mutate: [
      "functions/domain/{practices,practice-account,practice-certificates,practice-changes,practice-deactivation,practice-deletion,practice-files,practice-members,member-names}.ts",
    ],
    tests: ["test/domain/practice{s,-members}.test.ts"],
  },
  "practice-protocol": { mutate: ["protocol/practice/*.ts"], tests: ["test/protocol/practice/*.test.ts"] },
  uploads: {
    mutate: ["functions/domain/{uploads,approval}.ts"],
    tests: ["test/domain/{uploads,contribution-uploads,decisions}.test.ts"],
  },
  // Not against Tink itself: each of its runs starts Python.
  crypto: {
    mutate: ["protocol/*.ts", "protocol/crypto/*.ts"],
    tests: ["test/protocol/*.test.ts", "test/protocol/crypto/!(tink|wycheproof).test.ts"],
  },
  // In parts, each with the tests that reach it; not with every bit flipped: each of those runs takes minutes.
  "certification-path": {
    mutate: [
      "certify/{certify,openssl-keys}.ts",
      "protocol/certification/{certificate,path,keys,device-keys,recognize}.ts",
    ],
    tests: ["test/certify/certification{,-path,-rules,-signatures}.test.ts"],
  },
  "certification-profession": {
    mutate: ["protocol/certification/{admission,elements,hc-role,profession}.ts"],
    tests: ["test/certify/certification{,-rules,-claims}.test.ts"],
  },
  "certification-revocation": {
    mutate: ["certify/{crl,der-walk,revocation{,-memory,-port}}.ts", "protocol/certification/ocsp.ts"],
    tests: ["test/certify/{certification{,-der-walk},revocation{,-age,-responder}}.test.ts"],
  },
  audit: {
    mutate: ["functions/domain/{audit*,stored-tree,trails}.ts", "sdk/patient/audit-{trail,export}.ts"],
    tests: ["test/domain/audit*.test.ts", "test/sdk/patient/audit-{trail,export}.test.ts", "test/golden/*.test.ts"],
  },
}
