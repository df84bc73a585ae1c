import { afterAll, describe, expect, test } from "vitest"
import { RevocationMemory } from "../../functions/domain/certification/revocation-memory.ts"
import { type Certification, certify } from "../../functions/domain/certification.ts"
import type { Profession } from "../../protocol/primitives.ts"
import { type Anchor, insuredPerson, type ProfessionRule } from "../../protocol/trust-policy.ts"
import { noLists } from "../fakes/revocation.ts"
import {
  anchorOf,
  authorityExtensions,
  type Held,
  type KeyType,
  OpensslIssuer,
  profession,
  professionalExtensions,
  professionalPolicy,
  temporaryFolder,
  type Wanted,
} from "./openssl-authority.ts"

/** What an anchor's rules say of a certificate: where the profession stands, what the key is for, which keys there may be. */

const { folder, remove } = temporaryFolder()
afterAll(remove)

const root = OpensslIssuer.root(`${folder}/root`, "Root")
const authority = root.issuer("Issuing Authority", {
  extensions: authorityExtensions("certificatePolicies=2.5.29.32.0"),
})
const responder = authority.responder()
const anchor = anchorOf(root, [authority])

const certifying = async (
  held: Held,
  rules: Partial<Anchor> = {},
  alg = "ES256",
  [issuer, signer, of]: readonly [OpensslIssuer, Held, Anchor] = [authority, responder, anchor],
): Promise<Certification> =>
  certify({
    chain: [held.der],
    alg,
    policy: { version: 1, anchors: [{ ...of, ...rules }] },
    now: new Date(),
    nonce: new Uint8Array(32).fill(1),
    memory: new RevocationMemory(),
    revocation: { ask: (_, request) => issuer.answer(request, signer), ...noLists },
  })
const issue = (extensions: string, wanted: Partial<Wanted> = {}) =>
  authority.issue("Professional", { extensions, ...wanted })
const certified = (as: Profession) => ({ outcome: "certified", profession: as })
const notAllowed = (because: string) => ({ outcome: "profession-not-allowed", because: [because] })
const untrusted = (because: string) => ({ outcome: "certificate-untrusted", because: [because] })

/** subjectDirectoryAttributes with hcRole (ISO 17090-2), as openssl writes it; each role is `[2] free text` or `[1] code`. */
const hcRoles = (
  roles: readonly { scheme: string; code?: string; text?: string }[],
  { data = "SET", type = "1.0.17090.0.1" } = {},
) => `2.5.29.9=ASN1:SEQUENCE:attributes
[attributes]
role=SEQUENCE:attribute
[attribute]
type=OID:${type}
values=SET:values
[values]
actors=SET:actors
[actors]
${roles.map((_, i) => `a${i}=SEQUENCE:actor${i}`).join("\n")}
${roles
  .map(
    ({ scheme, code, text }, i) => `[actor${i}]
coded=EXP:0,${data}:coded${i}
[coded${i}]
scheme=EXP:0,OID:${scheme}
${code === undefined ? "" : `code=EXP:1,NUMERICSTRING:${code}`}
${text === undefined ? "" : `text=EXP:2,UTF8String:${text}`}`,
  )
  .join("\n")}
`
const scheme = "1.2.392.100495.1.6.1.1"
const withRoles = (...args: Parameters<typeof hcRoles>) => professionalExtensions([], { more: hcRoles(...args) })
/** The rule of a certificate's role in words. */
const byRole: ProfessionRule = {
  from: "hcRole",
  codingScheme: scheme,
  allow: { "Medical Doctor": "physician", Nurse: "nurse", "21": "paramedic" },
}

describe("the profession from a policy", () => {
  const byPolicy: ProfessionRule = { from: "policy", allow: { "1.2.3.1": "physician", "1.2.3.2": "nurse" } }
  const asserting = (policies: string) => issue(professionalExtensions([], { policies }))

  test("is the one whose policy the certificate asserts", async () => {
    const both = (policy: string) => `${professionalPolicy},${policy}`
    expect(await certifying(asserting(both("1.2.3.1")), { profession: byPolicy })).toMatchObject(certified("physician"))
    expect(await certifying(asserting(both("1.2.3.2")), { profession: byPolicy })).toMatchObject(certified("nurse"))
  })

  test("is none without such a policy, whatever the admission extension says", async () => {
    const held = issue(professionalExtensions([profession.physician]))
    expect(await certifying(held, { profession: byPolicy })).toEqual(notAllowed("profession-missing"))
    expect(await certifying(asserting("1.2.3.3"), { profession: byPolicy, requiredPolicies: [] })).toEqual(
      notAllowed("profession-missing"),
    )
  })

  test("is none by anyPolicy", async () => {
    const held = asserting("2.5.29.32.0")
    expect(await certifying(held, { profession: byPolicy, requiredPolicies: [] })).toEqual(
      notAllowed("profession-missing"),
    )
  })
})

describe("the profession from hcRole", () => {
  test.for([
    [{ scheme, text: "Medical Doctor" }, "physician"],
    [{ scheme, code: "21" }, "paramedic"],
    [{ scheme, code: "99", text: "Nurse" }, "nurse"],
  ] as const)("%j makes a %s", async ([role, as]) => {
    expect(await certifying(issue(withRoles([role])), { profession: byRole })).toMatchObject(certified(as))
    expect(await certifying(issue(withRoles([role], { data: "SEQUENCE" })), { profession: byRole })).toMatchObject(
      certified(as),
    )
  })

  test("is found among several", async () => {
    const held = issue(
      withRoles([
        { scheme, text: "Librarian" },
        { scheme, text: "Nurse" },
      ]),
    )
    expect(await certifying(held, { profession: byRole })).toMatchObject(certified("nurse"))
  })

  test.for([
    ["another coding scheme", withRoles([{ scheme: "1.2.3", text: "Medical Doctor" }])],
    ["another attribute", withRoles([{ scheme, text: "Medical Doctor" }], { type: "1.0.17090.0.2" })],
    ["other words", withRoles([{ scheme, text: "medical doctor" }])],
    ["a word that every object knows", withRoles([{ scheme, text: "constructor" }])],
    ["no words", withRoles([{ scheme }])],
    ["no such extension", professionalExtensions([profession.physician])],
  ] as [string, string][])("is none by %s", async ([, extensions]) => {
    expect(await certifying(issue(extensions), { profession: byRole })).toEqual(notAllowed("profession-missing"))
  })

  test("is none where it can't be read", async () => {
    for (const value of ["ASN1:UTF8String:Medical Doctor", "DER:30:05:31:03:02"]) {
      const held = issue(professionalExtensions([], { more: `2.5.29.9=${value}` }))
      expect((await certifying(held, { profession: byRole })).outcome).not.toBe("certified")
    }
    const loose = hcRoles([{ scheme, text: "Nurse" }]).replace("coded=EXP:0,SET:coded0", "coded=SET:coded0")
    expect(await certifying(issue(professionalExtensions([], { more: loose })), { profession: byRole })).toEqual(
      notAllowed("profession-unreadable"),
    )
  })
})

describe("the profession from the subject's name", () => {
  const byTitle: ProfessionRule = { from: "subject", attribute: "2.5.4.12", allow: { Physician: "physician" } }
  const titled = (subject: string) => issue(professionalExtensions([]), { subject })

  test("is the attribute's, letter for letter", async () => {
    expect(await certifying(titled("title=Physician"), { profession: byTitle })).toMatchObject(certified("physician"))
    expect(await certifying(titled("title=physician"), { profession: byTitle })).toEqual(
      notAllowed("profession-missing"),
    )
    expect(await certifying(titled("title=Physicians"), { profession: byTitle })).toEqual(
      notAllowed("profession-missing"),
    )
  })

  test("is none by another attribute", async () => {
    expect(await certifying(titled("OU=Physician"), { profession: byTitle })).toEqual(notAllowed("profession-missing"))
  })
})

describe("an insured person", () => {
  const rules: [string, ProfessionRule][] = [
    ["admission", anchor.profession],
    ["policy", { from: "policy", allow: { [professionalPolicy]: "physician" } }],
    ["hcRole", byRole],
    ["subject", { from: "subject", attribute: "2.5.4.12", allow: { Physician: "physician" } }],
  ]
  /** A certificate that any of the rules would take for a professional's. */
  const extensions = (more: { oids?: string[]; policies?: string; role?: string } = {}) =>
    professionalExtensions([profession.physician, ...(more.oids ?? [])], {
      policies: [professionalPolicy, ...(more.policies === undefined ? [] : [more.policies])].join(","),
      more: hcRoles([
        { scheme, text: "Medical Doctor" },
        ...(more.role === undefined ? [] : [{ scheme: more.role, text: "Insured" }]),
      ]),
    })
  const subject = "title=Physician"

  test.for(rules)("is none of whom the rule of %s takes, whatever else stands there", async ([, rule]) => {
    expect(await certifying(issue(extensions(), { subject }), { profession: rule })).toMatchObject(
      certified("physician"),
    )
    for (const more of [{ oids: [insuredPerson] }, { policies: insuredPerson }, { role: insuredPerson }])
      expect(await certifying(issue(extensions(more), { subject }), { profession: rule })).toEqual(
        notAllowed("insured-person"),
      )
  })

  test("may be hidden in what can't be read, which is refused by every rule", async () => {
    const unreadable = professionalExtensions([], { more: "1.3.36.8.3.3=ASN1:UTF8String:Arzt" })
    for (const [, rule] of rules)
      expect(await certifying(issue(unreadable, { subject }), { profession: rule })).toEqual(
        notAllowed("profession-unreadable"),
      )
  })
})

describe("key usage and purposes", () => {
  const physician = (options: Parameters<typeof professionalExtensions>[1]) =>
    issue(professionalExtensions([profession.physician], options))

  test("the key must be for all that the anchor asks, or else for signatures", async () => {
    const [signing, both, repudiation] = ["digitalSignature", "digitalSignature,nonRepudiation", "nonRepudiation"].map(
      (usage) => physician({ keyUsage: `critical,${usage}` }),
    ) as [Held, Held, Held]
    expect(await certifying(signing)).toMatchObject(certified("physician"))
    expect(await certifying(repudiation)).toEqual(untrusted("key-usage"))
    const asks = (...keyUsage: ("digitalSignature" | "nonRepudiation")[]) => ({ keyUsage })
    expect(await certifying(repudiation, asks("nonRepudiation"))).toMatchObject(certified("physician"))
    expect(await certifying(signing, asks("nonRepudiation"))).toEqual(untrusted("key-usage"))
    expect(await certifying(both, asks("digitalSignature", "nonRepudiation"))).toMatchObject(certified("physician"))
    expect(await certifying(signing, asks("digitalSignature", "nonRepudiation"))).toEqual(untrusted("key-usage"))
  })

  const [clientAuth, emailProtection] = ["1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.4"]
  test("one of the purposes that the anchor names must be the certificate's", async () => {
    const rules = { ekuAnyOf: [clientAuth, "1.2.276.0.76.4.1"] }
    const purposed = (purposes: string) => physician({ more: `extendedKeyUsage=${purposes}` })
    expect(await certifying(purposed("clientAuth"), rules)).toMatchObject(certified("physician"))
    expect(await certifying(purposed("critical,emailProtection,clientAuth"), rules)).toMatchObject(
      certified("physician"),
    )
    expect(await certifying(purposed(emailProtection), rules)).toEqual(untrusted("extended-key-usage"))
    expect(await certifying(purposed("anyExtendedKeyUsage"), rules)).toEqual(untrusted("extended-key-usage"))
    expect(await certifying(physician({}), rules)).toEqual(untrusted("extended-key-usage"))
  })

  test("a purpose that must be understood is none that nobody asked for", async () => {
    const held = physician({ more: "extendedKeyUsage=critical,clientAuth" })
    expect(await certifying(held)).toEqual(untrusted("critical-extension"))
  })
})

describe("what tells one professional from another", () => {
  test("is the registration number, once", async () => {
    const rules: Partial<Anchor> = { subjectId: { from: "admission" } }
    const held = issue(professionalExtensions([profession.physician], { shape: { registration: "1-HBA-4711" } }))
    expect(await certifying(held, rules)).toMatchObject({ outcome: "certified", subjectId: "1-HBA-4711" })
    expect(await certifying(held)).not.toHaveProperty("subjectId")
    const without = professionalExtensions([profession.physician]).replace(/registration=.*\n/, "")
    expect(await certifying(issue(without))).toMatchObject(certified("physician"))
    expect(await certifying(issue(without), rules)).toEqual(untrusted("subject-id-missing"))
  })

  test("is an attribute of the subject's name, once", async () => {
    const rules: Partial<Anchor> = { subjectId: { from: "subject", attribute: "2.5.4.5" } }
    const named = (subject: string) => issue(professionalExtensions([profession.physician]), { subject })
    expect(await certifying(named("serialNumber=80276"), rules)).toMatchObject({ subjectId: "80276" })
    expect(await certifying(named("OU=80276"), rules)).toEqual(untrusted("subject-id-missing"))
    expect(await certifying(named("0.serialNumber=1\n1.serialNumber=2"), rules)).toEqual(
      untrusted("subject-id-missing"),
    )
  })
})

describe("authorities with keys of another kind", () => {
  /** Root, issuing authority and responder with such keys, and a professional of theirs with a P-256 key. */
  const of = (name: string, key: KeyType, signature: string[] = [], digest = "sha256") => {
    const wanted = { key, signature, digest }
    const top = OpensslIssuer.root(`${folder}/${name}`, `${name} Root`, wanted)
    const below = top.issuer(`${name} Authority`, wanted)
    const held = (leaf: KeyType) =>
      below.issue("Professional", {
        extensions: professionalExtensions([profession.physician]),
        key: leaf,
        signature,
        digest,
      })
    const signer = below.issue("Responder", {
      extensions: "keyUsage=critical,digitalSignature\nextendedKeyUsage=critical,OCSPSigning\nnoCheck=ignored",
      key,
      signature,
      digest,
    })
    return { held, chain: [below, signer, anchorOf(top, [below])] as const }
  }
  const pss = (salt: string, more: string[] = []) => ["rsa_padding_mode:pss", `rsa_pss_saltlen:${salt}`, ...more]

  test.for([
    ["brainpoolP256r1", "brainpoolP256r1"],
    ["brainpoolP384r1", "brainpoolP384r1", [], "sha384"],
    ["P-384", "P-384", [], "sha384"],
    ["RSA with PKCS#1 signatures", "RSA-2048"],
    ["RSA with PSS signatures", "RSA-2048", pss("32")],
    ["RSA with PSS signatures by SHA-512", "RSA-2048", pss("64"), "sha512"],
    ["RSA for PSS alone", "RSA-PSS-2048", pss("32")],
  ] as [string, KeyType, string[]?, string?][])("certify by %s", async ([name, key, signature, digest]) => {
    const { held, chain } = of(name.replaceAll(/\W/g, "-"), key, signature, digest)
    expect(await certifying(held("P-256"), {}, "ES256", chain)).toMatchObject(certified("physician"))
    const professional = held("P-256")
    const spoiled = Uint8Array.from(professional.der)
    spoiled.set([spoiled.at(-1)! ^ 1], spoiled.length - 1)
    expect(await certifying({ ...professional, der: spoiled }, {}, "ES256", chain)).toEqual(untrusted("no-path"))
  })

  test.for([
    ["a salt shorter than the hash", pss("20")],
    ["another hash for the mask", pss("32", ["rsa_mgf1_md:sha1"])],
  ] as const)("don't certify by PSS with %s", async ([name, signature]) => {
    const { held, chain } = of(name.replaceAll(" ", "-"), "RSA-2048", [...signature])
    expect(await certifying(held("P-256"), {}, "ES256", chain)).toEqual(untrusted("no-path"))
  })

  test("don't certify by PSS with SHA-1", async () => {
    const { held, chain } = of("pss-sha1", "RSA-2048", pss("20"), "sha1")
    expect(await certifying(held("P-256"), {}, "ES256", chain)).toEqual(untrusted("no-path"))
  })

  test("don't make a professional of a key that JOSE has no algorithm for", async () => {
    const { held, chain } = of("bp-leaf", "brainpoolP256r1")
    for (const alg of ["ES256", "ES384", "BP256R1", "ESB256"])
      expect(await certifying(held("brainpoolP256r1"), {}, alg, chain)).toEqual(untrusted("algorithm"))
    for (const alg of ["PS256", "RS256"])
      expect(await certifying(held("RSA-PSS-2048"), {}, alg, chain)).toEqual(untrusted("algorithm"))
  })
})
