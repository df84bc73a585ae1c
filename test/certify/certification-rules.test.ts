import { type BaseBlock, Sequence, Set, Utf8String } from "asn1js"
import type { Extension } from "pkijs"
import { describe, expect, test } from "vitest"
import { type Certification, certify } from "../../certify/certify.ts"
import { RevocationMemory } from "../../certify/revocation-memory.ts"
import type { Profession } from "../../protocol/primitives.ts"
import { type Anchor, insuredPerson, type ProfessionRule } from "../../protocol/trust-policy.ts"
import { attribute, type CertificateOptions, type KeyedCertificate } from "../kit/certificate.ts"
import {
  authorityExtensions,
  explicit,
  extension,
  keyUsage,
  noCheck,
  oid,
  policies,
  profession,
  professionalExtensions,
  professionalPolicy,
  purpose,
  purposes,
  responderExtensions,
} from "../kit/certificate-extensions.ts"
import { anchorOf, noLists } from "../kit/certification.ts"
import { hcRoles } from "../kit/hc-roles.ts"
import { Issuer } from "../kit/issuer.ts"
import { type SignatureOptions } from "../kit/issuer-signature.ts"
import { type KeyType } from "../kit/key-pairs.ts"

/** What an anchor's rules say of a certificate: where the profession stands, what the key is for, which keys there may be. */

const root = Issuer.root("Root")
const authority = root.issuer("Issuing Authority", {
  extensions: authorityExtensions(policies("2.5.29.32.0")),
})
const responder = authority.responder()
const anchor = anchorOf(root, [authority])

const certifying = async (
  held: KeyedCertificate,
  rules: Partial<Anchor> = {},
  alg = "ES256",
  [issuer, signer, of]: readonly [Issuer, KeyedCertificate, Anchor] = [authority, responder, anchor],
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
const issue = (extensions: readonly Extension[], wanted: Partial<CertificateOptions> = {}) =>
  authority.issue("Professional", { extensions, ...wanted })
const certified = (as: Profession) => ({ outcome: "certified", profession: as })
const notAllowed = (because: string) => ({ outcome: "profession-not-allowed", because: [because] })
const untrusted = (because: string) => ({ outcome: "certificate-untrusted", because: [because] })

const scheme = "1.2.392.100495.1.6.1.1"
const withRoles = (...args: Parameters<typeof hcRoles>) => professionalExtensions([], { more: [hcRoles(...args)] })
/** The rule of a certificate's role in words. */
const byRole: ProfessionRule = {
  from: "hcRole",
  codingScheme: scheme,
  allow: { "Medical Doctor": "physician", Nurse: "nurse", "21": "paramedic" },
}

describe("the profession from a policy", () => {
  const byPolicy: ProfessionRule = { from: "policy", allow: { "1.2.3.1": "physician", "1.2.3.2": "nurse" } }
  const asserting = (...policy: string[]) => issue(professionalExtensions([], { policy }))

  test("is the one whose policy the certificate asserts", async () => {
    const both = (policy: string) => asserting(professionalPolicy, policy)
    expect(await certifying(both("1.2.3.1"), { profession: byPolicy })).toMatchObject(certified("physician"))
    expect(await certifying(both("1.2.3.2"), { profession: byPolicy })).toMatchObject(certified("nurse"))
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
    const coded = (value: BaseBlock[]) => explicit(0, new Sequence({ value }))
    expect(await certifying(issue(withRoles([role], { coded })), { profession: byRole })).toMatchObject(certified(as))
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
  ] as [string, Extension[]][])("is none by %s", async ([, extensions]) => {
    expect(await certifying(issue(extensions), { profession: byRole })).toEqual(notAllowed("profession-missing"))
  })

  test("is none where it can't be read", async () => {
    for (const value of [new Utf8String({ value: "Medical Doctor" }), Uint8Array.of(0x30, 5, 0x31, 3, 2)]) {
      const more = [extension(oid.subjectDirectoryAttributes, value)]
      const held = issue(professionalExtensions([], { more }))
      expect((await certifying(held, { profession: byRole })).outcome).not.toBe("certified")
    }
    const loose = [hcRoles([{ scheme, text: "Nurse" }], { coded: (value) => new Set({ value }) })]
    expect(await certifying(issue(professionalExtensions([], { more: loose })), { profession: byRole })).toEqual(
      notAllowed("profession-unreadable"),
    )
  })
})

describe("the profession from the subject's name", () => {
  const byTitle: ProfessionRule = { from: "subject", attribute: "2.5.4.12", allow: { Physician: "physician" } }
  const titled = (type: string, value: string) => issue(professionalExtensions([]), { subject: [[type, value]] })

  test("is the attribute's, letter for letter", async () => {
    expect(await certifying(titled(attribute.title, "Physician"), { profession: byTitle })).toMatchObject(
      certified("physician"),
    )
    expect(await certifying(titled(attribute.title, "physician"), { profession: byTitle })).toEqual(
      notAllowed("profession-missing"),
    )
    expect(await certifying(titled(attribute.title, "Physicians"), { profession: byTitle })).toEqual(
      notAllowed("profession-missing"),
    )
  })

  test("is none by another attribute", async () => {
    expect(await certifying(titled(attribute.unit, "Physician"), { profession: byTitle })).toEqual(
      notAllowed("profession-missing"),
    )
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
      policy: [professionalPolicy, ...(more.policies === undefined ? [] : [more.policies])],
      more: [
        hcRoles([
          { scheme, text: "Medical Doctor" },
          ...(more.role === undefined ? [] : [{ scheme: more.role, text: "Insured" }]),
        ]),
      ],
    })
  const subject = [[attribute.title, "Physician"]] as const

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
    const unreadable = professionalExtensions([], {
      more: [extension(oid.admission, new Utf8String({ value: "Arzt" }))],
    })
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
    const [signing, both, repudiation] = [
      physician({ usage: keyUsage(["digitalSignature"]) }),
      physician({ usage: keyUsage(["digitalSignature", "nonRepudiation"]) }),
      physician({ usage: keyUsage(["nonRepudiation"]) }),
    ]
    expect(await certifying(signing)).toMatchObject(certified("physician"))
    expect(await certifying(repudiation)).toEqual(untrusted("key-usage"))
    const asks = (...keyUsage: ("digitalSignature" | "nonRepudiation")[]) => ({ keyUsage })
    expect(await certifying(repudiation, asks("nonRepudiation"))).toMatchObject(certified("physician"))
    expect(await certifying(signing, asks("nonRepudiation"))).toEqual(untrusted("key-usage"))
    expect(await certifying(both, asks("digitalSignature", "nonRepudiation"))).toMatchObject(certified("physician"))
    expect(await certifying(signing, asks("digitalSignature", "nonRepudiation"))).toEqual(untrusted("key-usage"))
  })

  const { clientAuth, emailProtection } = purpose
  test("one of the purposes that the anchor names must be the certificate's", async () => {
    const rules = { ekuAnyOf: [clientAuth, "1.2.276.0.76.4.1"] }
    const purposed = (...named: string[]) => physician({ more: [purposes(named)] })
    expect(await certifying(purposed(clientAuth), rules)).toMatchObject(certified("physician"))
    expect(await certifying(physician({ more: [purposes([emailProtection, clientAuth], true)] }), rules)).toMatchObject(
      certified("physician"),
    )
    expect(await certifying(purposed(emailProtection), rules)).toEqual(untrusted("extended-key-usage"))
    expect(await certifying(purposed(purpose.any), rules)).toEqual(untrusted("extended-key-usage"))
    expect(await certifying(physician({}), rules)).toEqual(untrusted("extended-key-usage"))
  })

  test("a purpose that must be understood is none that nobody asked for", async () => {
    const held = physician({ more: [purposes([clientAuth], true)] })
    expect(await certifying(held)).toEqual(untrusted("critical-extension"))
  })
})

describe("what tells one professional from another", () => {
  test("is the registration number, once", async () => {
    const rules: Partial<Anchor> = { subjectId: { from: "admission" } }
    const held = issue(professionalExtensions([profession.physician], { shape: { registration: "1-HBA-4711" } }))
    expect(await certifying(held, rules)).toMatchObject({ outcome: "certified", subjectId: "1-HBA-4711" })
    expect(await certifying(held)).not.toHaveProperty("subjectId")
    const without = professionalExtensions([profession.physician], { shape: { registration: null } })
    expect(await certifying(issue(without))).toMatchObject(certified("physician"))
    expect(await certifying(issue(without), rules)).toEqual(untrusted("subject-id-missing"))
  })

  test("is an attribute of the subject's name, once", async () => {
    const rules: Partial<Anchor> = { subjectId: { from: "subject", attribute: "2.5.4.5" } }
    const named = (...subject: [string, string][]) => issue(professionalExtensions([profession.physician]), { subject })
    expect(await certifying(named([attribute.serialNumber, "80276"]), rules)).toMatchObject({ subjectId: "80276" })
    expect(await certifying(named([attribute.unit, "80276"]), rules)).toEqual(untrusted("subject-id-missing"))
    const twice = named([attribute.serialNumber, "1"], [attribute.serialNumber, "2"])
    expect(await certifying(twice, rules)).toEqual(untrusted("subject-id-missing"))
  })
})

describe("authorities with keys of another kind", () => {
  /** Root, issuing authority and responder with such keys, and a professional of theirs with a P-256 key. */
  const of = (key: KeyType, signature: SignatureOptions = {}) => {
    const options = { key, ...signature }
    const top = Issuer.root("Root", options)
    const below = top.issuer("Authority", options)
    const held = (leaf: KeyType) =>
      below.issue("Professional", {
        extensions: professionalExtensions([profession.physician]),
        ...signature,
        key: leaf,
      })
    const signer = below.issue("Responder", { extensions: responderExtensions(noCheck()), ...options })
    return { held, chain: [below, signer, anchorOf(top, [below])] as const }
  }

  test.for([
    ["brainpoolP256r1", "brainpoolP256r1"],
    ["brainpoolP384r1", "brainpoolP384r1", { digest: "sha384" }],
    ["P-384", "P-384", { digest: "sha384" }],
    ["RSA with PKCS#1 signatures", "RSA-2048"],
    ["RSA with PSS signatures", "RSA-2048", { pss: { saltLength: 32 } }],
    ["RSA with PSS signatures by SHA-512", "RSA-2048", { digest: "sha512", pss: { saltLength: 64 } }],
    ["RSA for PSS alone", "RSA-PSS-2048", { pss: { saltLength: 32 } }],
  ] as [string, KeyType, SignatureOptions?][])("certify by %s", async ([, key, signature]) => {
    const { held, chain } = of(key, signature)
    expect(await certifying(held("P-256"), {}, "ES256", chain)).toMatchObject(certified("physician"))
    const professional = held("P-256")
    const spoiled = Uint8Array.from(professional.der)
    spoiled.set([spoiled.at(-1)! ^ 1], spoiled.length - 1)
    expect(await certifying({ ...professional, der: spoiled }, {}, "ES256", chain)).toEqual(untrusted("no-path"))
  })

  test.for([
    ["a salt shorter than the hash", { saltLength: 20 }],
    ["another hash for the mask", { saltLength: 32, maskDigest: "sha1" }],
  ] as const)("don't certify by PSS with %s", async ([, pss]) => {
    const { held, chain } = of("RSA-2048", { pss })
    expect(await certifying(held("P-256"), {}, "ES256", chain)).toEqual(untrusted("no-path"))
  })

  test("don't certify by PSS with SHA-1", async () => {
    const { held, chain } = of("RSA-2048", { digest: "sha1", pss: { saltLength: 20 } })
    expect(await certifying(held("P-256"), {}, "ES256", chain)).toEqual(untrusted("no-path"))
  })

  test("don't make a professional of a key that JOSE has no algorithm for", async () => {
    const { held, chain } = of("brainpoolP256r1")
    for (const alg of ["ES256", "ES384", "BP256R1", "ESB256"])
      expect(await certifying(held("brainpoolP256r1"), {}, alg, chain)).toEqual(untrusted("algorithm"))
    for (const alg of ["PS256", "RS256"])
      expect(await certifying(held("RSA-PSS-2048"), {}, alg, chain)).toEqual(untrusted("algorithm"))
  })
})
