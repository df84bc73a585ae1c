import { spawnSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import { certificatesIn, explainCertificate } from "../../bin/certify/explain.ts"
import { sentences, steps } from "../../bin/certify/sentences.ts"
import { loggedWords } from "../../certify/logged-words.ts"
import { RevocationMemory } from "../../certify/revocation-memory.ts"
import type { Anchor } from "../../protocol/trust-policy.ts"
import { day, type KeyedCertificate, pemOf } from "../kit/certificate.ts"
import { profession, professionalExtensions } from "../kit/certificate-extensions.ts"
import { anchorOf, noLists } from "../kit/certification.ts"
import { Issuer } from "../kit/issuer.ts"
import { temporaryFolder } from "../kit/temporary-folder.ts"

const { folder, remove } = temporaryFolder()
afterAll(remove)

const root = Issuer.root("Root")
const authority = root.issuer("Issuing Authority")
const responder = authority.responder()
const extensions = professionalExtensions([profession.physician])
const physician = authority.issue("Erika Physician", { extensions })
const revoked = authority.issue("Revoked", { extensions })
authority.revoke(revoked)

const explaining = (file: Uint8Array, rules: Partial<Anchor> = {}) =>
  explainCertificate(
    file,
    { version: 1, anchors: [anchorOf(root, [authority], rules)] },
    {
      now: new Date(),
      nonce: new Uint8Array(32),
      memory: new RevocationMemory(),
      revocation: { ask: (_, request) => authority.answer(request, responder), ...noLists },
    },
  )
const told = async (held: KeyedCertificate, rules?: Partial<Anchor>) =>
  (await explaining(held.der, rules)).lines.join("\n")

describe("explaining a certificate", () => {
  test("says what stands in it, and that it passes each step", async () => {
    const { certified, lines } = await explaining(physician.der)
    expect(certified).toBe(true)
    const text = lines.join("\n")
    for (const fact of ["CN=Erika Physician", "CN=Issuing Authority", "P-256", profession.physician, "1-2-ARZT-1"])
      expect(text).toContain(fact)
    expect(lines.filter((line) => line.startsWith("  passed"))).toHaveLength(steps.length)
    expect(lines.at(-1)).toMatch(/^Certified: physician, by anchor test, until /)
  })

  test("takes PEM, with or without what precedes it and its chain, as it takes DER", async () => {
    const pem = Buffer.from(pemOf(physician))
    const chain = Buffer.from(`subject=Erika\n${pemOf(physician)}${pemOf(authority.self)}`)
    expect(certificatesIn(pem).map((der) => [...der])).toEqual([[...physician.der]])
    expect(certificatesIn(chain)).toHaveLength(2)
    expect(certificatesIn(physician.der)).toEqual([physician.der])
    for (const file of [pem, chain]) expect((await explaining(file)).certified).toBe(true)
    expect((await explaining(Buffer.from("no certificate"))).certified).toBe(false)
  })

  test.for([
    ["policy-missing", physician, { requiredPolicies: ["1.2.3"] }, 2],
    ["key-usage", physician, { keyUsage: ["nonRepudiation"] }, 3],
    ["algorithm", physician, { signatureAlgorithms: ["ES384"] }, 4],
    ["expired", authority.issue("Old", { extensions, to: new Date(Date.now() - day) }), {}, 6],
    ["profession-missing", authority.issue("Nobody", { extensions: professionalExtensions([]) }), {}, 7],
    ["revoked-ocsp", revoked, {}, 8],
    ["is-an-authority", authority.self, {}, 1],
  ] as [keyof typeof sentences, KeyedCertificate, Partial<Anchor>, number][])(
    "says where it fails, why (%s), and what was not asked any more",
    async ([word, held, rules, passed]) => {
      const { certified, lines } = await explaining(held.der, rules)
      expect(certified).toBe(false)
      const failed = lines.findIndex((line) => line.startsWith("  FAILED"))
      expect(lines[failed + 1]).toContain(sentences[word][1])
      expect(lines[failed + 1]).toContain(`[${word}]`)
      expect(lines.filter((line) => line.startsWith("  passed"))).toHaveLength(passed)
      expect(lines.filter((line) => line.startsWith("  not asked"))).toHaveLength(steps.length - passed - 1)
      expect(lines.at(-1)).toMatch(/^Refused: .*Anchors of the policy: test\.$/)
    },
  )

  test("tries each algorithm of an RSA key", async () => {
    const held = authority.issue("RSA", { extensions, key: "RSA-2048" })
    for (const alg of ["RS256", "PS256"] as const)
      expect(await told(held, { signatureAlgorithms: [alg] })).toContain("Certified: physician")
  })

  test("keeps a name from driving the terminal", async () => {
    const held = authority.issue("Eve\u001b[2J", { extensions })
    expect(await told(held)).not.toMatch(/[^\n\P{Cc}]/u)
  })

  test("has a sentence for every reason there is", () => {
    expect(Object.keys(sentences).toSorted()).toEqual([...loggedWords].toSorted())
  })
})

describe("npm run certify", () => {
  const policy = join(folder, "policy.json")
  const revocation = { ocspUrl: "http://127.0.0.1:1/", maxClockSkewSeconds: 60 }
  writeFileSync(policy, JSON.stringify({ version: 1, anchors: [anchorOf(root, [authority], { revocation })] }))
  const physicianFile = join(folder, "physician.pem")
  writeFileSync(physicianFile, pemOf(physician))
  const running = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ["bin/certify.ts", ...args], { encoding: "utf8" })
    return { status, stdout, stderr }
  }

  test("ends with 1 for a certificate that doesn't pass, here since nobody answers for it", () => {
    const { status, stdout, stderr } = running(physicianFile, "--policy", policy)
    expect({ status, stderr }).toEqual({ status: 1, stderr: "" })
    expect(stdout).toContain("[ocsp-unreachable]")
    // What is left of "--policy FILE" where npm takes the first of it for its own.
    expect(running(physicianFile, policy)).toEqual({ status: 1, stderr: "", stdout })
  })

  test("ends with 2, and says why, where nothing can be checked", () => {
    expect(running()).toMatchObject({ status: 2, stderr: expect.stringContaining("Usage: npm run certify") })
    expect(running(join(folder, "none.pem"), "--policy", policy).status).toBe(2)
    expect(running(physicianFile, "--policy", physicianFile)).toMatchObject({ status: 2, stdout: "" })
    expect(running(physicianFile, policy, "--policy", policy).status).toBe(2)
    expect(running(physicianFile, "--unknown")).toMatchObject({ status: 2, stdout: "" })
  })
})
