import { Enumerated, IA5String, Null, ObjectIdentifier, OctetString, Utf8String } from "asn1js"
import {
  BasicOCSPResponse,
  Certificate,
  Extension,
  GeneralName,
  GeneralSubtree,
  NameConstraints,
  OCSPResponse,
} from "pkijs"
import { describe, expect, test } from "vitest"
import { type Applicant, type Certification, certify } from "../../certify/certify.ts"
import { opensslKeys } from "../../certify/openssl-keys.ts"
import { RevocationMemory } from "../../certify/revocation-memory.ts"
import type { RevocationPort } from "../../certify/revocation-port.ts"
import { readCertificate } from "../../protocol/certification/certificate.ts"
import type { Profession } from "../../protocol/primitives.ts"
import type { Anchor } from "../../protocol/trust-policy.ts"
import { attribute, type CertificateOptions, day, type KeyedCertificate, nameOf } from "../kit/certificate.ts"
import {
  admission,
  authorityExtensions,
  basicConstraints,
  extension,
  keyUsage,
  noCheck,
  ocspAt,
  oid,
  policies,
  profession,
  professionalExtensions,
  professionalPolicy,
  purpose,
  purposes,
  responderExtensions,
  unknownExtension,
  without,
} from "../kit/certificate-extensions.ts"
import { anchorOf, noLists } from "../kit/certification.ts"
import { type AnswerOptions, Issuer, signedAgain } from "../kit/issuer.ts"

const root = Issuer.root("Root")
const authority = root.issuer("Issuing Authority")
const responder = authority.responder()
const anchor = anchorOf(root, [authority])
const physicianExtensions = professionalExtensions([profession.physician])
const physicianWith = (options: Parameters<typeof professionalExtensions>[1]) =>
  professionalExtensions([profession.physician], options)
/** A critical name constraint: of names that have this one alone. */
const onlyNamed = (name: string) => {
  const permitted = new GeneralSubtree({
    base: new GeneralName({ type: 4, value: nameOf([[attribute.commonName, name]]) }),
  })
  return extension("2.5.29.30", new NameConstraints({ permittedSubtrees: [permitted] }).toSchema(), true)
}
const physician = authority.issue("Physician", { extensions: physicianExtensions })
const revoked = authority.issue("Revoked", { extensions: physicianExtensions })
authority.revoke(revoked)

const minute = 60 * 1000
const nonceOf = (byte: number) => new Uint8Array(32).fill(byte)

type Options = Partial<Omit<Applicant, "policy" | "revocation">> & { anchors?: Anchor[] } & Partial<RevocationPort>

/** Certifies with everything in order but what is given. */
const certifying = (
  held: KeyedCertificate,
  { anchors = [anchor], ask, fetchCrl, ...given }: Options = {},
): Promise<Certification> =>
  certify({
    chain: [held.der, authority.self.der],
    alg: "ES256",
    policy: { version: 1, anchors },
    now: new Date(),
    nonce: nonceOf(7),
    memory: new RevocationMemory(),
    revocation: {
      ask: ask ?? ((_, request) => authority.answer(request, responder)),
      fetchCrl: fetchCrl ?? noLists.fetchCrl,
    },
    ...given,
  })
const outcome = async (...args: Parameters<typeof certifying>) => (await certifying(...args)).outcome

const issue = (extensions: readonly Extension[], wanted: Partial<CertificateOptions> = {}, issuer = authority) =>
  issuer.issue("Professional", { extensions, ...wanted })

/** An answer that would be good for anybody: what is refused with it is refused for another reason than its revocation. */
const goodFrom = (issuer: Issuer): Options => {
  const signer = issuer.responder()
  return { ask: (_, request) => issuer.answer(request, signer) }
}

describe("a professional", () => {
  test("is certified, with profession, thumbprint, anchor, the certificate's end and what the authority answered", async () => {
    const answers: Uint8Array[] = []
    const ask: Options["ask"] = async (_, request) => {
      const answer = await authority.answer(request, responder)
      answers.push(answer)
      return answer
    }
    const held = issue(physicianExtensions, { to: new Date("2031-02-03T04:05:06Z") })
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", held.der))
    expect(await certifying(held, { ask })).toEqual({
      outcome: "certified",
      profession: "physician",
      thumbprint: Buffer.from(digest).toString("hex"),
      anchor: "test",
      notAfter: new Date("2031-02-03T04:05:06Z"),
      ocsp: answers[0],
    })
    expect(answers).toHaveLength(1)
  })

  test("is certified no longer than every certificate of the path lasts", async () => {
    const end = new Date("2029-01-01T00:00:00Z")
    const short = root.issuer("Short-lived Authority", { to: end })
    const held = issue(physicianExtensions, { to: new Date("2031-01-01T00:00:00Z") }, short)
    expect(await certifying(held, { anchors: [anchorOf(root, [short])], ...goodFrom(short) })).toMatchObject({
      notAfter: end,
    })
  })

  test.for([
    ["P-256", "ES256"],
    ["P-384", "ES384"],
    ["RSA-2048", "RS256"],
    ["RSA-2048", "PS256"],
  ] as const)("with a %s key may sign %s", async ([key, alg]) => {
    expect(await outcome(issue(physicianExtensions, { key }), { alg })).toBe("certified")
  })

  test.for([
    ["P-256", "ES384"],
    ["P-256", "RS256"],
    ["P-384", "ES256"],
    ["RSA-2048", "ES256"],
    ["RSA-2048", "RS512"],
    ["P-256", "HS256"],
    ["P-256", "none"],
    ["P-256", ""],
    ["P-256", "toString"],
    ["secp256k1", "ES256"],
    ["secp256k1", "ES256K"],
    ["RSA-1024", "RS256"],
  ] as const)("with a %s key may not sign %s", async ([key, alg]) => {
    expect(await outcome(issue(physicianExtensions, { key }), { alg })).toBe("certificate-untrusted")
  })

  test("may not sign by an algorithm the anchor does not allow", async () => {
    const anchors = [{ ...anchor, signatureAlgorithms: ["ES384" as const] }]
    expect(await outcome(physician, { anchors })).toBe("certificate-untrusted")
  })

  test("with a certificate signed by SHA-1 is refused", async () => {
    expect(await outcome(issue(physicianExtensions, { digest: "sha1" }))).toBe("certificate-untrusted")
    expect(await outcome(issue(physicianExtensions, { digest: "sha512" }))).toBe("certified")
  })

  test("whose certificate has been revoked is refused", async () => {
    expect(await outcome(revoked)).toBe("certificate-revoked")
  })
})

describe("the profession", () => {
  test.for(["physician", "dentist", "pharmacist", "paramedic", "nurse", "midwife"] as const satisfies Profession[])(
    "%s is read from the admission extension",
    async (name) => {
      expect(await certifying(issue(professionalExtensions([profession[name]])))).toMatchObject({
        outcome: "certified",
        profession: name,
      })
    },
  )

  test("is found beside the optional fields of the extension", async () => {
    const extensions = professionalExtensions([profession.nurse], { shape: { authority: true, naming: true } })
    expect(await certifying(issue(extensions))).toMatchObject({ profession: "nurse" })
  })

  test("is the first that is allowed", async () => {
    const extensions = professionalExtensions(["1.2.3.4", profession.dentist, profession.physician])
    expect(await certifying(issue(extensions))).toMatchObject({ profession: "dentist" })
  })

  test("is not read from a profession the anchor does not allow", async () => {
    const anchors: Anchor[] = [{ ...anchor, profession: { from: "admission", allow: { [profession.nurse]: "nurse" } } }]
    expect(await outcome(physician, { anchors })).toBe("profession-not-allowed")
    expect(await outcome(issue(professionalExtensions(["1.2.3.4"])))).toBe("profession-not-allowed")
  })

  test("is missing without an admission extension", async () => {
    expect(await outcome(issue(professionalExtensions([])))).toBe("profession-not-allowed")
  })

  test.for([
    ["a string", new Utf8String({ value: profession.physician })],
    ["a bare identifier", new ObjectIdentifier({ value: profession.physician })],
  ] as const)("is missing where the admission extension is %s", async ([, value]) => {
    const more = [extension(oid.admission, value)]
    expect(await outcome(issue(professionalExtensions([], { more })))).toBe("profession-not-allowed")
  })

  test("is missing where the admission extension is followed by anything", async () => {
    const whole = new Uint8Array(admission([profession.physician]).toBER())
    const given = (bytes: Uint8Array) =>
      outcome(issue(professionalExtensions([], { more: [extension(oid.admission, bytes)] })))
    expect(await given(whole)).toBe("certified")
    expect(await given(Uint8Array.of(...whole, 5, 0))).toBe("profession-not-allowed")
    expect(await given(whole.subarray(0, -1))).toBe("profession-not-allowed")
  })

  test.for(["admission", "admissions", "info", "oids"] as const)(
    "is missing where the extension's %s has more than it may",
    async (tooMuchIn) => {
      const extensions = professionalExtensions([profession.physician], { shape: { tooMuchIn } })
      expect(await outcome(issue(extensions))).toBe("profession-not-allowed")
    },
  )

  const insured: string = profession.insuredPerson
  test.for<[string, string[]]>([
    ["alone", [insured]],
    ["beside a physician", [profession.physician, insured]],
    ["before a physician", [insured, profession.physician]],
  ])("insured person is refused, %s", async ([, oids]) => {
    expect(await outcome(issue(professionalExtensions(oids)))).toBe("profession-not-allowed")
  })

  test("insured person is refused even where the policy allows it", async () => {
    const allow = { [insured]: "physician" as const, [profession.physician]: "physician" as const }
    const anchors: Anchor[] = [{ ...anchor, profession: { from: "admission", allow } }]
    expect(await outcome(physician, { anchors })).toBe("certified")
    expect(await outcome(issue(professionalExtensions([insured])), { anchors })).toBe("profession-not-allowed")
  })

  test("insured person is refused in a further profession info", async () => {
    const beside = (further: string) =>
      professionalExtensions([profession.physician], { shape: { further: [further] } })
    expect(await outcome(issue(beside(insured)))).toBe("profession-not-allowed")
    expect(await outcome(issue(beside(profession.nurse)))).toBe("certified")
  })
})

describe("the path", () => {
  test("needs every policy that is required", async () => {
    const otherPolicy = "1.2.276.0.76.4.99"
    const withPolicies = (...policy: string[]) => issue(professionalExtensions([profession.physician], { policy }))
    expect(await outcome(withPolicies(otherPolicy))).toBe("certificate-untrusted")
    expect(await outcome(withPolicies())).toBe("certificate-untrusted")
    expect(await outcome(withPolicies("2.5.29.32.0"))).toBe("certificate-untrusted")
    expect(await outcome(withPolicies(otherPolicy, professionalPolicy))).toBe("certified")
    const anchors = [{ ...anchor, requiredPolicies: [professionalPolicy, otherPolicy] }]
    expect(await outcome(physician, { anchors })).toBe("certificate-untrusted")
    const both = withPolicies(otherPolicy, professionalPolicy)
    expect(await outcome(both, { anchors })).toBe("certificate-untrusted")
    expect(await outcome(physician, { anchors: [{ ...anchor, requiredPolicies: [] }] })).toBe("certified")
  })

  test.for([
    ["1.2.276.0.76.4.99", "certificate-untrusted"],
    ["2.5.29.32.0", "certified"],
  ] as const)("an authority for policy %s makes it %s", async ([policy, expected]) => {
    const limited = root.issuer("Limited", { extensions: authorityExtensions(policies(policy)) })
    const held = issue(physicianExtensions, {}, limited)
    expect(await outcome(held, { anchors: [anchorOf(root, [limited])], ...goodFrom(limited) })).toBe(expected)
  })

  test("that has ended, or not begun, is called expired", async () => {
    const now = Date.now()
    const past = issue(physicianExtensions, { from: new Date(now - 9 * day), to: new Date(now - minute) })
    const future = issue(physicianExtensions, { from: new Date(now + minute), to: new Date(now + 9 * day) })
    expect(await outcome(past)).toBe("certificate-expired")
    expect(await outcome(past, { now: new Date(now - 5 * minute) })).not.toBe("certificate-expired")
    expect(await outcome(future)).toBe("certificate-expired")
    expect(await outcome(physician, { now: new Date(now + 400 * day) })).toBe("certificate-expired")
  })

  test("that ended before its root began is called expired", async () => {
    const young = Issuer.root("Young Root", { from: new Date() })
    const held = issue(physicianExtensions, { to: new Date(Date.now() - minute) }, young)
    expect(await outcome(held, { anchors: [anchorOf(young, [])] })).toBe("certificate-expired")
    const wrong = issue(
      professionalExtensions([profession.physician], { policy: ["1.2.3.4"] }),
      { to: new Date(Date.now() - minute) },
      young,
    )
    expect(await outcome(wrong, { anchors: [anchorOf(young, [])] })).toBe("certificate-untrusted")
  })

  test("that has ended above the professional is called expired", async () => {
    const old = root.issuer("Old", { to: new Date(Date.now() - minute) })
    expect(
      await outcome(issue(physicianExtensions, {}, old), { anchors: [anchorOf(root, [old])], ...goodFrom(old) }),
    ).toBe("certificate-expired")
  })

  test("that is broken and has ended is called untrusted", async () => {
    const past = { from: new Date(Date.now() - 9 * day), to: new Date(Date.now() - minute) }
    const wrong = professionalExtensions([profession.physician], { policy: ["1.2.3.4"] })
    expect(await outcome(issue(wrong, past))).toBe("certificate-untrusted")
    const stranger = Issuer.root("Stranger")
    expect(await outcome(issue(physicianExtensions, past, stranger))).toBe("certificate-untrusted")
  })

  test("to another root is refused, whatever its name", async () => {
    const impostor = Issuer.root("Root")
    const below = impostor.issuer("Issuing Authority")
    const held = issue(physicianExtensions, {}, below)
    const chain = [held.der, below.self.der, impostor.self.der]
    expect(await outcome(held, { chain, ...goodFrom(below) })).toBe("certificate-untrusted")
    expect(await outcome(held, { chain, anchors: [anchorOf(impostor, [below])], ...goodFrom(below) })).toBe("certified")
  })

  test("through an authority the policy does not list is refused", async () => {
    const unlisted = root.issuer("Unlisted")
    const held = issue(physicianExtensions, {}, unlisted)
    const chain = [held.der, unlisted.self.der, root.self.der]
    expect(await outcome(held, { chain, ...goodFrom(unlisted) })).toBe("certificate-untrusted")
    expect(
      await outcome(held, { chain, anchors: [anchorOf(root, [authority, unlisted])], ...goodFrom(unlisted) }),
    ).toBe("certified")
  })

  test("through a professional is refused, even where the policy lists them", async () => {
    const acting = new Issuer(physician)
    const held = issue(physicianExtensions, {}, acting)
    const chain = [held.der, physician.der, authority.self.der]
    expect(await outcome(held, { chain, ...goodFrom(acting) })).toBe("certificate-untrusted")
    const anchors = [anchorOf(root, [authority, acting], { maxPathLength: 2 })]
    expect(await outcome(held, { chain, anchors, ...goodFrom(acting) })).toBe("certificate-untrusted")
  })

  test("may not be longer than the anchor, or an authority of it, allows", async () => {
    const build = (pathLength?: number) => {
      const constraints = basicConstraints(true, pathLength === undefined ? {} : { pathLength })
      const usage = keyUsage(["keyCertSign", "cRLSign"])
      const upper = root.issuer("Upper", { extensions: [constraints, usage, policies(professionalPolicy)] })
      const lower = upper.issuer("Lower")
      const held = issue(physicianExtensions, {}, lower)
      return (maxPathLength: number) =>
        outcome(held, { anchors: [anchorOf(root, [upper, lower], { maxPathLength })], ...goodFrom(lower) })
    }
    const unlimited = build()
    expect(await unlimited(2)).toBe("certified")
    expect(await unlimited(1)).toBe("certificate-untrusted")
    expect(await build(1)(2)).toBe("certified")
    expect(await build(0)(2)).toBe("certificate-untrusted")
  })

  test("from the root itself is allowed where the anchor says so", async () => {
    const direct = issue(physicianExtensions, {}, root)
    expect(
      await outcome(direct, {
        chain: [direct.der],
        anchors: [anchorOf(root, [], { maxPathLength: 0 })],
        ...goodFrom(root),
      }),
    ).toBe("certified")
    expect(await outcome(physician, { anchors: [anchorOf(root, [authority], { maxPathLength: 0 })] })).toBe(
      "certificate-untrusted",
    )
  })

  test("through an authority with an unknown critical extension is refused", async () => {
    const build = (critical: boolean) => {
      const odd = root.issuer("Odd", { extensions: authorityExtensions(unknownExtension(critical)) })
      return outcome(issue(physicianExtensions, {}, odd), { anchors: [anchorOf(root, [odd])], ...goodFrom(odd) })
    }
    expect(await build(false)).toBe("certified")
    expect(await build(true)).toBe("certificate-untrusted")
  })

  test("obeys an authority's name constraints", async () => {
    const build = (permitted: string) => {
      const constrained = root.issuer("Constrained", {
        extensions: authorityExtensions(onlyNamed(permitted)),
      })
      const held = issue(physicianExtensions, {}, constrained)
      return outcome(held, { anchors: [anchorOf(root, [constrained])], ...goodFrom(constrained) })
    }
    expect(await build("Professional")).toBe("certified")
    expect(await build("Somebody else")).toBe("certificate-untrusted")
  })

  test("of a self-signed certificate is refused", async () => {
    const self = Issuer.root("Dr. Self", { extensions: physicianExtensions })
    expect(await outcome(self.self, { chain: [self.self.der] })).toBe("certificate-untrusted")
    expect(await outcome(self.self, { chain: [self.self.der], anchors: [anchorOf(self, [])], ...goodFrom(self) })).toBe(
      "certificate-untrusted",
    )
  })

  test.for([
    ["keyUsage without digitalSignature", physicianWith({ usage: keyUsage(["nonRepudiation", "keyEncipherment"]) })],
    ["no keyUsage", without(physicianExtensions, oid.keyUsage)],
    ["keyCertSign", physicianWith({ usage: keyUsage(["digitalSignature", "keyCertSign"]) })],
    ["CA:TRUE", physicianWith({ constraints: basicConstraints(true) })],
    ["an unknown critical extension", [...physicianExtensions, unknownExtension(true)]],
    ["an unreadable extension", [...physicianExtensions, extension("2.5.29.17", new Null())]],
  ] as const)("of a certificate with %s is refused", async ([, extensions]) => {
    expect(await outcome(issue(extensions))).toBe("certificate-untrusted")
  })

  test("needs no basicConstraints of the professional, but of every authority", async () => {
    const unconstrained = without(physicianExtensions, oid.basicConstraints)
    expect(unconstrained).not.toEqual(physicianExtensions)
    expect(await outcome(issue(unconstrained))).toBe("certified")
    const mute = root.issuer("Mute", { extensions: without(authorityExtensions(), oid.basicConstraints) })
    const held = issue(physicianExtensions, {}, mute)
    expect(await certifying(held, { anchors: [anchorOf(root, [mute])], ...goodFrom(mute) })).toEqual({
      outcome: "certificate-untrusted",
      because: ["path-invalid"],
    })
  })

  test("of a certificate without any extension is refused", async () => {
    expect(await outcome(issue([]))).toBe("certificate-untrusted")
  })

  test.for([
    [
      "keyUsage with more than digitalSignature",
      physicianWith({ usage: keyUsage(["digitalSignature", "nonRepudiation"], false) }),
    ],
    ["no critical basicConstraints", physicianWith({ constraints: basicConstraints(false, { critical: false }) })],
    ["an unknown extension that isn't critical", [...physicianExtensions, unknownExtension(false)]],
    ["an address for OCSP of its own", [...physicianExtensions, ocspAt("http://evil.invalid/")]],
  ] as const)("of a certificate with %s is accepted, and only the anchor's address asked", async ([, extensions]) => {
    const asked: string[] = []
    const ask: Options["ask"] = (url, request) => {
      asked.push(url)
      return authority.answer(request, responder)
    }
    expect(await outcome(issue(extensions), { ask })).toBe("certified")
    expect(asked).toEqual([anchor.revocation.ocspUrl])
  })

  test("of a certificate whose unsigned part has been changed is refused", async () => {
    const remade = Certificate.fromBER(physician.der)
    const der = () => new Uint8Array(remade.toSchema().toBER())
    expect(await outcome(physician, { chain: [der()] })).toBe("certified")
    remade.signatureAlgorithm.algorithmParams = new Null()
    expect(await outcome(physician, { chain: [der()] })).toBe("certificate-untrusted")
  })

  test("of a certificate with an extension twice is refused", async () => {
    const made = issue(physicianExtensions, {}, root)
    const key = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"])
    const remade = async (change: (extensions: Extension[]) => Extension[]) => {
      const own = Certificate.fromBER(root.self.der)
      await own.subjectPublicKeyInfo.importKey(key.publicKey)
      await own.sign(key.privateKey, "SHA-256")
      const held = Certificate.fromBER(made.der)
      held.issuer = own.subject
      held.extensions = change(held.extensions ?? [])
      await held.sign(key.privateKey, "SHA-256")
      const [ownDer, der] = [own, held].map((made) => new Uint8Array(made.toSchema(true).toBER()))
      const anchors = [{ ...anchor, certificate: Buffer.from(ownDer!).toString("base64"), intermediates: [] }]
      return outcome(physician, { chain: [der!], anchors, ask: () => Promise.reject(new Error("down")) })
    }
    expect(await remade((extensions) => extensions)).toBe("revocation-unavailable")
    expect(await remade((extensions) => [...extensions, extensions[0]!])).toBe("certificate-untrusted")
  })
})

describe("the operator is told of a refusal", () => {
  const garbage = new Uint8Array([1, 2, 3])
  const under = (issuer: Issuer, rules: Partial<Anchor> = {}) =>
    certifying(issue(physicianExtensions, {}, issuer), { anchors: [anchorOf(root, [issuer], rules)] })
  const withPolicy = (only: string) => issue(professionalExtensions([profession.physician], { policy: [only] }))
  const at = (days: number) => certifying(physician, { now: new Date(Date.now() + days * day) })
  const stranger = Issuer.root("Unknown")
  test.for<[Certification["outcome"], string, () => Promise<Certification>]>([
    ["certificate-untrusted", "chain-too-long", () => certifying(physician, { chain: Array(7).fill(physician.der) })],
    ["certificate-untrusted", "certificate-unreadable", () => certifying(physician, { chain: [garbage] })],
    ["certificate-untrusted", "chain-unreadable", () => certifying(physician, { chain: [physician.der, garbage] })],
    ["certificate-untrusted", "is-an-authority", () => certifying(authority.self)],
    ["certificate-untrusted", "no-path", () => certifying(issue(physicianExtensions, {}, stranger))],
    ["certificate-untrusted", "several-anchors", () => certifying(physician, { anchors: [anchor, anchor] })],
    [
      "certificate-untrusted",
      "path-too-long",
      () => under(root.issuer("Odd", { extensions: authorityExtensions(unknownExtension(true)) })),
    ],
    ["certificate-untrusted", "policy-missing", () => certifying(withPolicy("1.2.3.4"))],
    [
      "certificate-untrusted",
      "path-invalid",
      () =>
        under(
          root.issuer("Constrained", {
            extensions: authorityExtensions(onlyNamed("Nobody")),
          }),
        ),
    ],
    ["certificate-expired", "not-yet-valid", () => at(-40)],
    ["certificate-expired", "expired", () => at(400)],
    [
      "certificate-expired",
      "authority-not-valid",
      () => under(root.issuer("Old", { to: new Date(Date.now() - minute) })),
    ],
  ])("(%s) by one word: %s", async ([expected, word, refused]) => {
    expect(await refused()).toEqual({ outcome: expected, because: [word] })
  })
})

describe("the anchors", () => {
  const otherRoot = Issuer.root("Other Root")
  const otherAuthority = otherRoot.issuer("Other Authority")
  const other = anchorOf(otherRoot, [otherAuthority], { id: "other" })
  const foreign = issue(physicianExtensions, {}, otherAuthority)
  const good = goodFrom(otherAuthority)

  test("each certify their own", async () => {
    expect(await certifying(physician, { anchors: [other, anchor] })).toMatchObject({ anchor: "test" })
    expect(await certifying(foreign, { anchors: [other, anchor], ...good })).toMatchObject({ anchor: "other" })
  })

  test.for<[string, Partial<Anchor>, Certification["outcome"]]>([
    ["policies", { requiredPolicies: ["1.2.3.4"] }, "certificate-untrusted"],
    ["algorithms", { signatureAlgorithms: ["RS256"] }, "certificate-untrusted"],
    [
      "professions",
      { profession: { from: "admission", allow: { [profession.nurse]: "nurse" } } },
      "profession-not-allowed",
    ],
    ["path length", { maxPathLength: 0 }, "certificate-untrusted"],
    ["authorities", { intermediates: anchor.intermediates }, "certificate-untrusted"],
  ])("keep their %s to themselves", async ([, rules, expected]) => {
    const strict = { ...other, ...rules }
    expect(await outcome(foreign, { anchors: [anchor, strict], ...good })).toBe(expected)
    expect(await outcome(physician, { anchors: [anchor, strict] })).toBe("certified")
  })

  test("ask at their own addresses", async () => {
    const asked: string[] = []
    const ask: Options["ask"] = (url) => {
      asked.push(url)
      return Promise.reject(new Error("down"))
    }
    const there = { ...other, revocation: { ...other.revocation, ocspUrl: "https://there.invalid/" } }
    await certifying(foreign, { anchors: [anchor, there], ask })
    await certifying(physician, { anchors: [anchor, there], ask })
    expect(asked).toEqual(["https://there.invalid/", anchor.revocation.ocspUrl])
  })

  test("that can't be used are told by name, whoever asks", async () => {
    const unreadable = { ...anchor, id: "garbled", certificate: "AAAA" }
    await expect(certifying(physician, { anchors: [unreadable] })).rejects.toThrow(/garbled/)
    const crls = [{ issuer: "0".repeat(64), url: "http://lists.invalid/" }]
    const foreignList = { ...anchor, id: "strange", revocation: { ...anchor.revocation, crls } }
    await expect(certifying(physician, { anchors: [foreignList] })).rejects.toThrow(/strange/)
    const own = crls.map((list) => ({ ...list, issuer: readCertificate(root.self.der, opensslKeys)?.thumbprint ?? "" }))
    const ownList = { ...anchor, revocation: { ...anchor.revocation, crls: own } }
    expect(await outcome(physician, { anchors: [ownList] })).toBe("certified")
  })

  test("that both lead to a certificate leave it untrusted", async () => {
    const twice = { ...anchor, id: "again" }
    expect(await outcome(physician, { anchors: [anchor, twice] })).toBe("certificate-untrusted")
  })

  test("that can't be read are an error, not a refusal", async () => {
    await expect(certifying(physician, { anchors: [{ ...anchor, certificate: "MAA=" }] })).rejects.toThrow(
      "anchor test",
    )
  })
})

describe("the chain", () => {
  test("needs only the professional's certificate, and is not led astray by more", async () => {
    expect(await outcome(physician, { chain: [physician.der] })).toBe("certified")
    expect(await outcome(physician, { chain: [physician.der, root.self.der, authority.self.der] })).toBe("certified")
    const unrelated = Issuer.root("Unrelated").self
    expect(await outcome(physician, { chain: [physician.der, unrelated.der, revoked.der, physician.der] })).toBe(
      "certified",
    )
  })

  test("must begin with the professional's certificate", async () => {
    expect(await outcome(physician, { chain: [authority.self.der, physician.der] })).toBe("certificate-untrusted")
    expect(await outcome(physician, { chain: [root.self.der, authority.self.der, physician.der] })).toBe(
      "certificate-untrusted",
    )
    expect(await outcome(physician, { chain: [revoked.der, physician.der] })).toBe("certificate-revoked")
    expect(await outcome(physician, { chain: [] })).toBe("certificate-untrusted")
  })

  test("may not be long, nor a certificate of it large", async () => {
    const padded = (length: number) => [physician.der, ...Array<Uint8Array>(length - 1).fill(authority.self.der)]
    expect(await outcome(physician, { chain: padded(6) })).toBe("certified")
    expect(await outcome(physician, { chain: padded(7) })).toBe("certificate-untrusted")
    expect(await outcome(physician, { chain: padded(20) })).toBe("certificate-untrusted")
    const comment = (length: number) =>
      issue([...physicianExtensions, extension("2.16.840.1.113730.1.13", new IA5String({ value: "a".repeat(length) }))])
    expect(await outcome(comment(6000))).toBe("certified")
    expect(await outcome(comment(9000))).toBe("certificate-untrusted")
    expect(await outcome(physician, { chain: [new Uint8Array(1024 * 1024).fill(0x30)] })).toBe("certificate-untrusted")
    expect(await outcome(physician, { chain: [physician.der, new Uint8Array(1024 * 1024)] })).toBe(
      "certificate-untrusted",
    )
  })

  const spoiled: [string, Uint8Array][] = [
    ["nothing", new Uint8Array()],
    ["text", new TextEncoder().encode("O=InteropEHRate CA,C=IT")],
    ["random bytes", new Uint8Array(700).map((_, i) => (i * 197 + 31) % 251)],
    ["deep nesting", new Uint8Array(8000).map((_, i) => (i % 2 === 0 ? 0x30 : 0x80))],
    ["a byte after it", new Uint8Array([...physician.der, 0])],
    ["itself twice", new Uint8Array([...physician.der, ...physician.der])],
  ]
  test.for(spoiled)("of %s is refused, first or further on", async ([, bytes]) => {
    expect(await outcome(physician, { chain: [bytes] })).toBe("certificate-untrusted")
    expect(await outcome(physician, { chain: [physician.der, bytes] })).toBe("certificate-untrusted")
  })

  test("with a certificate cut off anywhere is refused", async () => {
    for (let length = 0; length < physician.der.length; length += 50)
      expect(await outcome(physician, { chain: [physician.der.subarray(0, length)] }), `${length}`).toBe(
        "certificate-untrusted",
      )
  })

  test("of a stranger makes nothing be fetched", async () => {
    const stranger = Issuer.root("Stranger")
    const held = issue([...physicianExtensions, ocspAt("http://evil.invalid/")], {}, stranger)
    let asked = 0
    const ask = () => {
      asked++
      return Promise.reject(new Error("down"))
    }
    expect(await outcome(held, { ask })).toBe("certificate-untrusted")
    expect(await outcome(issue(professionalExtensions(["1.2.3.4"])), { ask })).toBe("profession-not-allowed")
    expect(await outcome(physician, { alg: "ES384", ask })).toBe("certificate-untrusted")
    expect(asked).toBe(0)
    expect(await outcome(physician, { ask })).toBe("revocation-unavailable")
    expect(asked).toBe(1)
  })
})

describe("the revocation answer", () => {
  const signedBy = (signer: KeyedCertificate, options?: AnswerOptions, from = authority): Options => ({
    ask: (_, request) => from.answer(request, signer, options),
  })
  const answering = (answer: Uint8Array<ArrayBuffer>): Options => ({ ask: () => Promise.resolve(answer) })

  test("may be signed by the issuer itself, with or without its certificate", async () => {
    expect(await outcome(physician, signedBy(authority.self))).toBe("certified")
    expect(await outcome(physician, signedBy(authority.self, { certificates: [] }))).toBe("certified")
    expect(await outcome(revoked, signedBy(authority.self))).toBe("certificate-revoked")
  })

  test("may name its signer by key", async () => {
    expect(await outcome(physician, signedBy(responder, { byKey: true }))).toBe("certified")
  })

  const foreign = Issuer.root("Issuing Authority")
  const expired = authority.issue("Expired Responder", {
    to: new Date(Date.now() - minute),
    extensions: responderExtensions(noCheck()),
  })
  const wrongUsage = authority.issue("Responder", {
    extensions: [keyUsage(["keyAgreement"]), purposes([purpose.ocspSigning]), noCheck()],
  })
  const otherPurpose = authority.issue("Responder", {
    extensions: [keyUsage(["digitalSignature"]), purposes([purpose.clientAuth]), noCheck()],
  })
  const renamed = root.issue("Renamed Authority", { keyOf: authority.self, extensions: authorityExtensions() })
  const refused: [string, KeyedCertificate, Issuer?][] = [
    ["an ordinary professional", authority.issue("Colleague", { extensions: physicianExtensions })],
    ["the professional in question", physician],
    ["a foreign authority of the same name", foreign.self],
    ["a responder of a foreign authority of the same name", foreign.responder()],
    ["a responder of the root", root.responder()],
    ["the root", root.self],
    ["a responder made by a professional", new Issuer(physician).responder()],
    ["a responder that has expired", expired],
    ["a responder whose key is for something else", wrongUsage],
    ["a certificate for another purpose", otherPurpose],
    ["a responder of another authority with the same key", new Issuer(renamed).responder()],
  ]
  test.for(refused)("may not be signed by %s", async ([, signer]) => {
    expect(await outcome(physician, signedBy(signer))).toBe("revocation-unavailable")
    expect(await outcome(revoked, signedBy(signer))).toBe("revocation-unavailable")
  })

  test("without its signer's certificate is refused", async () => {
    expect(await outcome(physician, signedBy(responder, { certificates: [] }))).toBe("revocation-unavailable")
  })

  test("must be for this certificate of this issuer", async () => {
    const other = authority.issue("Other", { extensions: physicianExtensions })
    const forOther = await authority.answer(authority.request(other), responder)
    expect(await outcome(other, answering(forOther))).toBe("certified")
    expect(await outcome(physician, answering(forOther))).toBe("revocation-unavailable")
    expect(await outcome(revoked, answering(forOther))).toBe("revocation-unavailable")
  })

  test("is read for this certificate where it is for several", async () => {
    const both = await authority.answer(authority.request(physician, revoked), responder)
    expect(await outcome(physician, answering(both))).toBe("certified")
    expect(await outcome(revoked, answering(both))).toBe("certificate-revoked")
    const twice = await authority.answer(authority.request(physician, physician), responder)
    expect(await outcome(physician, answering(twice))).toBe("revocation-unavailable")
  })

  test("must know the certificate", async () => {
    const forgetful = new Issuer(authority.self)
    expect(await outcome(physician, signedBy(responder, undefined, forgetful))).toBe("revocation-unavailable")
  })

  test("must be of now, give or take the skew", async () => {
    const now = Date.now()
    const at = (milliseconds: number, options: AnswerOptions = {}) =>
      outcome(physician, { ...signedBy(responder, options), now: new Date(now + milliseconds) })
    expect(await at(0)).toBe("certified")
    expect(await at(60 * minute + 30_000)).toBe("certified")
    expect(await at(60 * minute + 90_000)).toBe("revocation-unavailable")
    expect(await at(-30_000)).toBe("certified")
    expect(await at(-90_000)).toBe("revocation-unavailable")
    expect(await at(0, { lasts: null })).toBe("revocation-unavailable")
  })

  test("may not be one to another nonce", async () => {
    let answer: Uint8Array<ArrayBuffer> | undefined
    const ask: Options["ask"] = async (_, request) => (answer ??= await authority.answer(request, responder))
    expect(await outcome(physician, { ask, nonce: nonceOf(1) })).toBe("certified")
    expect(await outcome(physician, { ask, nonce: nonceOf(1) })).toBe("certified")
    expect(await outcome(physician, { ask, nonce: nonceOf(2) })).toBe("revocation-unavailable")
    expect(await outcome(physician, { ask, nonce: nonceOf(1).subarray(1) })).toBe("revocation-unavailable")
  })

  test("without a nonce may be made for longer than it counts", async () => {
    const request = authority.request(physician)
    const living = async (options: AnswerOptions) =>
      outcome(physician, answering(await authority.answer(request, responder, options)))
    expect(await living({ lasts: 60 * minute })).toBe("certified")
    expect(await living({ lasts: 7 * day })).toBe("certified")
    expect(await living({ lasts: null })).toBe("revocation-unavailable")
  })

  test.for([1, 2, 3, 5, 6])(
    "of status %i (malformed, internal error, try later, sign first, unauthorized) is no answer",
    async (status) => {
      expect(await outcome(physician, answering(new Uint8Array([0x30, 3, 0x0a, 1, status])))).toBe(
        "revocation-unavailable",
      )
    },
  )

  /** The responder's answer, changed, and signed again where the change is in the signed part. */
  const remade = async (change: (basic: BasicOCSPResponse, outer: OCSPResponse) => void, signAgain = false) => {
    const outer = OCSPResponse.fromBER(await authority.answer(authority.request(physician), responder))
    const basic = BasicOCSPResponse.fromBER(outer.responseBytes!.response.valueBlock.valueHexView.slice())
    change(basic, outer)
    if (signAgain) signedAgain(basic, responder)
    outer.responseBytes!.response = new OctetString({ valueHex: basic.toSchema().toBER() })
    return answering(new Uint8Array(outer.toSchema().toBER()))
  }

  test("with an extension that must be understood, and isn't, is no answer", async () => {
    const unknown = (critical: boolean) => [
      new Extension({ extnID: "1.2.3.4", critical, extnValue: new Null().toBER() }),
    ]
    for (const critical of [false, true]) {
      const expected = critical ? "revocation-unavailable" : "certified"
      expect(
        await outcome(
          physician,
          await remade((basic) => (basic.tbsResponseData.responseExtensions = unknown(critical)), true),
        ),
      ).toBe(expected)
      expect(
        await outcome(
          physician,
          await remade((basic) => (basic.tbsResponseData.responses[0]!.singleExtensions = unknown(critical)), true),
        ),
      ).toBe(expected)
    }
  })

  test("whose unsigned part contradicts the signed one is no answer", async () => {
    expect(await outcome(physician, await remade(() => {}))).toBe("certified")
    expect(
      await outcome(physician, await remade((_, outer) => (outer.responseStatus = new Enumerated({ value: 3 })))),
    ).toBe("revocation-unavailable")
    expect(await outcome(physician, await remade((_, outer) => (outer.responseBytes!.responseType = "1.2.3.5")))).toBe(
      "revocation-unavailable",
    )
    const rsa = await remade((basic) => (basic.signatureAlgorithm.algorithmId = "1.2.840.113549.1.1.11"))
    expect(await outcome(physician, rsa)).toBe("revocation-unavailable")
  })

  test("that is empty, garbage, cut off, or followed by more is no answer", async () => {
    const answer = await authority.answer(authority.request(physician), responder)
    expect(await outcome(physician, answering(answer))).toBe("certified")
    for (let length = 0; length < answer.length; length += 50)
      expect(await outcome(physician, answering(answer.slice(0, length))), `${length}`).toBe("revocation-unavailable")
    expect(await outcome(physician, answering(new Uint8Array([...answer, 0])))).toBe("revocation-unavailable")
    expect(await outcome(physician, answering(new Uint8Array(64 * 1024).fill(0x30)))).toBe("revocation-unavailable")
    expect(await outcome(physician, answering(new Uint8Array([0x30, 3, 0x0a, 1, 0])))).toBe("revocation-unavailable")
  })

  test("that does not come is no answer", async () => {
    expect(await outcome(physician, { ask: () => Promise.reject(new Error("ECONNREFUSED")) })).toBe(
      "revocation-unavailable",
    )
    expect(
      await outcome(physician, {
        ask: () => {
          throw new Error("at once")
        },
      }),
    ).toBe("revocation-unavailable")
  })
})
