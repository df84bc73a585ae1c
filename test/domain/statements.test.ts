import { CompactSign } from "jose/jws/compact/sign"
import { generateKeyPair } from "jose/key/generate/keypair"
import { beforeAll, describe, expect, test } from "vitest"
import { Problem } from "../../contract/errors.ts"
import type { ActivePatient } from "../../functions/domain/patients.ts"
import { professionalStatement } from "../../functions/domain/professionals.ts"
import { patientStatement, requireUnused, rootStatement, useOnce } from "../../functions/domain/statements.ts"
import { fromBase64url, toBase64url, toStandardBase64, utf8 } from "../../protocol/crypto/bytes.ts"
import { CryptoFailure } from "../../protocol/crypto/failure.ts"
import { generateKeyPairs, publicJwk, thumbprint } from "../../protocol/keys.ts"
import { generateSealingKeyPair } from "../../protocol/sealing.ts"
import { signStatement } from "../../protocol/statement.ts"
import { newId } from "../fakes/call.ts"
import { noon, refusalOf } from "../fakes/cloud.ts"
import { memoryStore } from "../fakes/store.ts"
import { registration } from "../kit/patients.ts"
import { type Professional, selfMadeProfessional } from "../kit/professional.ts"
import {
  firstSigners,
  listedSigner,
  nextSigners,
  signedBy,
  signedByProfessional,
  stampAt,
  type TestPatient,
} from "../kit/statements.ts"

const cloud = { cloud: { cloudId: "cloud.example", title: "Example Cloud" }, now: noon }
let patient: TestPatient
let account: Pick<ActivePatient, "patientId" | "root" | "signers">
let patientId: string
let professional: Professional
/** As every statement of the device's begins. */
let header: { alg: string; typ: string; kid: string }
beforeAll(async () => {
  const made = await registration(cloud, "anna@example.org")
  patient = made.patient
  account = made.request
  patientId = patient.patientId
  professional = selfMadeProfessional()
  header = {
    alg: "ES256",
    typ: "deactivation-cancellation",
    kid: await thumbprint(await publicJwk(patient.keys.signing.publicKey)),
  }
})

const cancellation = (claims: object = {}) => signedBy(patient, cloud, "deactivation-cancellation", claims)
const reading = async (compact: string, now = noon, of = account) =>
  patientStatement("deactivation-cancellation", compact, {
    audience: "cloud.example",
    patient: of,
    ends: [undefined, undefined],
    now,
  })
const json = (value: unknown) => toBase64url(utf8(JSON.stringify(value)))
const bySeconds = (seconds: number) => new Date(noon.getTime() + seconds * 1000)
/** Signed whatever the header says. */
const signedWith = async (header: object, payload: object, key = patient.keys.signing.privateKey) => {
  const input = `${json(header)}.${json(payload)}`
  const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key, utf8(input))
  return `${input}.${toBase64url(new Uint8Array(signature))}`
}
const payload = () => ({ aud: "cloud.example", ...stampAt(noon), patientId })

describe("a patient's statement", () => {
  test("that is theirs, for this cloud and of this moment is taken as it is", async () => {
    const claims = payload()
    expect(await reading(await cancellation(claims))).toEqual(claims)
  })

  test("may carry the newest checkpoint that its signer knows, whatever that is: the cloud knows its own", async () => {
    const checkpoint = "e30.e30.c2ln"
    expect(await reading(await cancellation({ checkpoint }))).toMatchObject({ checkpoint })
    for (const none of ["", "no checkpoint", 1])
      expect(await refusalOf(reading(await cancellation({ checkpoint: none })))).toBe("statement-invalid")
  })

  test.for([-120, 120])("is taken %i s from the server's clock", async (seconds) => {
    expect(await reading(await cancellation(), bySeconds(seconds))).toMatchObject({ patientId })
  })

  test.for([-121, 121, -86_400, 86_400])("is stale %i s from the server's clock", async (seconds) => {
    expect(await refusalOf(reading(await cancellation(), bySeconds(seconds)))).toBe("statement-stale")
  })

  test("with an altered payload is refused", async () => {
    const [header, , signature] = (await cancellation()).split(".")
    expect(await refusalOf(reading(`${header}.${json(payload())}.${signature}`))).toBe("statement-invalid")
  })

  test("with any bit of its signature altered is refused", async () => {
    const [header, claims, signature = ""] = (await cancellation()).split(".")
    for (const bit of [0, 7, 255, 256, 511]) {
      const bytes = fromBase64url(signature)
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(await refusalOf(reading(`${header}.${claims}.${toBase64url(bytes)}`))).toBe("statement-invalid")
    }
  })

  test.for(["", "a", "a.b", "a.b.c", "....", "e30.e30.", "e30.e30.AAAA", ".e30.AAAA"])(
    "that is none is refused: %j",
    async (compact) => expect(await refusalOf(reading(compact))).toBe("statement-invalid"),
  )

  test("with a signature cut short or spelled another way is refused", async () => {
    const compact = await cancellation()
    for (const other of [compact.slice(0, -2), `${compact}=`, `${compact}A`, `${compact}.`, ` ${compact}`])
      expect(await refusalOf(reading(other))).toBe("statement-invalid")
  })

  test.for(["consent", "manifest", "decision", "JWT", "deactivation", "Deactivation-Cancellation", ""])(
    "of type %j is refused",
    async (typ) => {
      expect(await refusalOf(reading(await signedWith({ ...header, typ }, payload())))).toBe("statement-invalid")
    },
  )

  test.for(["other.example", "", "cloud.example.evil", "CLOUD.EXAMPLE"])("for %j is refused", async (aud) => {
    expect(await refusalOf(reading(await cancellation({ aud })))).toBe("statement-invalid")
  })

  test("for several clouds at once is refused", async () => {
    expect(await refusalOf(reading(await cancellation({ aud: ["cloud.example"] })))).toBe("statement-invalid")
  })

  test("about another patient is refused, though the key is right", async () => {
    expect(await refusalOf(reading(await cancellation({ patientId: newId() })))).toBe("statement-invalid")
  })

  test("by another patient's key is refused", async () => {
    const other = await generateKeyPairs({ extractable: true })
    const compact = await signedBy({ keys: other, patientId }, cloud, "deactivation-cancellation", {})
    expect(await refusalOf(reading(compact))).toBe("statement-invalid")
  })

  test("that names the key of somebody who may sign, and is signed by another, is refused", async () => {
    const { privateKey } = (await generateKeyPairs({ extractable: true })).signing
    expect(await refusalOf(reading(await signedWith(header, payload(), privateKey)))).toBe("statement-invalid")
  })

  test("that names no key, or only the root's, is refused", async () => {
    const { kid: _, ...unnamed } = header
    expect(await refusalOf(reading(await signedWith(unnamed, payload())))).toBe("statement-invalid")
    const byRoot = await signedBy({ keys: patient.root, patientId }, cloud, "deactivation-cancellation", {})
    expect(await refusalOf(reading(byRoot))).toBe("statement-invalid")
  })

  test.for(["none", "None", "HS256", "ES384", "RS256", "PS256", "EdDSA", "ECDH-ES", ""])(
    "with alg %j is refused",
    async (alg) => {
      expect(await refusalOf(reading(await signedWith({ ...header, alg }, payload())))).toBe("statement-invalid")
    },
  )

  test("without signature and alg none is refused", async () => {
    const compact = `${json({ ...header, alg: "none" })}.${json(payload())}.`
    expect(await refusalOf(reading(compact))).toBe("statement-invalid")
  })

  test("by HMAC under the public key is refused", async () => {
    const { x } = await publicJwk(patient.keys.signing.publicKey)
    const compact = await new CompactSign(utf8(JSON.stringify(payload())))
      .setProtectedHeader({ ...header, alg: "HS256" })
      .sign(fromBase64url(x))
    expect(await refusalOf(reading(compact))).toBe("statement-invalid")
  })

  test.for([
    ["kid", "1"],
    ["jwk", {}],
    ["crit", ["exp"]],
    ["b64", false],
    ["jku", "https://keys.example"],
    ["x5u", "https://keys.example"],
    ["cty", "json"],
    ["zip", "DEF"],
    ["__proto__", {}],
  ] as const)("with %s in its header is refused", async ([name, value]) => {
    const added = `,${JSON.stringify(name)}:${JSON.stringify(value)}}`
    const more = JSON.parse(JSON.stringify(header).replace("}", added)) as object
    expect(await refusalOf(reading(await signedWith(more, payload())))).toBe("statement-invalid")
  })

  test("that brings its own key or certificate is refused", async () => {
    const jwk = await publicJwk(patient.keys.signing.publicKey)
    const x5c = professional.chain.map(toStandardBase64)
    for (const more of [{ jwk }, { x5c }])
      expect(await refusalOf(reading(await signedWith({ ...header, ...more }, payload())))).toBe("statement-invalid")
  })

  test.for([
    { more: 1 },
    { exp: 1 },
    { iat: "1772366400" },
    { iat: 1_772_366_400.5 },
    { iat: -1 },
    { iat: null },
    { jti: "short" },
    { jti: undefined },
    { aud: 1 },
    { patientId: null },
  ])("with claims that aren't the contract's is refused: %j", async (claims) => {
    expect(await refusalOf(reading(await signedWith(header, { ...payload(), ...claims })))).toBe("statement-invalid")
  })

  test("with a claim twice is refused, whichever a parser would take", async () => {
    const twice = JSON.stringify(payload()).replace("{", `{"patientId":"${newId()}",`)
    const input = `${json(header)}.${toBase64url(utf8(twice))}`
    const { privateKey } = patient.keys.signing
    const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, privateKey, utf8(input))
    expect(await refusalOf(reading(`${input}.${toBase64url(new Uint8Array(signature))}`))).toBe("statement-invalid")
  })

  test("is refused as a problem that tells nothing but its code", async () => {
    const error: unknown = await reading("a.b.c").catch((error: unknown) => error)
    expect(error).toBeInstanceOf(Problem)
    expect(error).toMatchObject({ status: 400, message: "statement-invalid" })
  })
})

describe("who may sign for a patient", () => {
  const second = { keys: undefined as unknown as TestPatient["keys"] }
  beforeAll(async () => {
    second.keys = await generateKeyPairs({ extractable: true })
  })
  const listed = async (...devices: { keys: TestPatient["keys"]; until?: number }[]) =>
    Promise.all(
      devices.map(async ({ keys, until }) => ({
        ...(await listedSigner(keys, noon)),
        ...(until === undefined ? {} : { until }),
      })),
    )
  const withNext = async (by: TestPatient["keys"], claims: object) => {
    const next = await nextSigners({ ...patient, keys: by }, cloud, account.signers, claims)
    return { ...account, signers: [...account.signers, next] }
  }
  const bySecond = () => signedBy({ keys: second.keys, patientId }, cloud, "deactivation-cancellation", {})

  test("is whom the newest list names: a device that another listed, beside it", async () => {
    const both = await withNext(patient.keys, { signers: await listed(patient, second) })
    expect(await reading(await bySecond(), noon, both)).toMatchObject({ patientId })
    expect(await reading(await cancellation(), noon, both)).toMatchObject({ patientId })
    expect(await refusalOf(reading(await bySecond()))).toBe("statement-invalid")
  })

  test("is nobody that the newest list has ended, and nobody at all where it leaves one out", async () => {
    const until = Math.floor(noon.getTime() / 1000)
    const ended = await withNext(patient.keys, { signers: await listed({ ...patient, until }, second) })
    expect(await refusalOf(reading(await cancellation(), noon, ended))).toBe("statement-invalid")
    expect(await reading(await bySecond(), noon, ended)).toMatchObject({ patientId })
    const leftOut = await withNext(patient.keys, { signers: await listed(second) })
    for (const statement of [await cancellation(), await bySecond()])
      expect(await refusalOf(reading(statement, noon, leftOut))).toBe("statement-invalid")
  })

  test("is nobody by a list that somebody unlisted has signed, or that doesn't follow", async () => {
    const signers = await listed(patient, second)
    const wrong = [
      await withNext(second.keys, { signers }),
      await withNext(patient.keys, { signers, number: 3 }),
      await withNext(patient.keys, { signers, previous: "A".repeat(43) }),
    ]
    for (const account of wrong)
      expect(await refusalOf(reading(await bySecond(), noon, account))).toBe("statement-invalid")
  })

  test("is nobody by the list of another patient, cloud or root", async () => {
    const other = await registration(cloud, "bob@example.org")
    const devices = [patient.keys]
    const wrong = [
      await firstSigners(patient, cloud, devices, { patientId: newId() }),
      await firstSigners(patient, cloud, devices, { aud: "other.example" }),
      await firstSigners(other.patient, cloud, devices, { patientId }),
      await firstSigners({ ...patient, root: second.keys }, cloud, devices),
    ]
    for (const list of wrong)
      expect(await refusalOf(reading(await cancellation(), noon, { ...account, signers: [list] }))).toBe(
        "statement-invalid",
      )
  })

  test("is whom a list by the root names, whatever devices signed before", async () => {
    const signers = await listed(second)
    const overruling = await firstSigners(patient, cloud, [], { number: 7, previous: "A".repeat(43), signers })
    const overruled = { ...account, signers: [overruling] }
    expect(await reading(await bySecond(), noon, overruled)).toMatchObject({ patientId })
    expect(await refusalOf(reading(await cancellation(), noon, overruled))).toBe("statement-invalid")
  })
})

describe("a statement of the root's", () => {
  const byRoot = (claims: object = {}, by = patient.root) =>
    signedBy({ keys: by, patientId }, cloud, "deactivation", claims)
  const readingRoots = (compact: string, now = noon) =>
    rootStatement("deactivation", compact, { audience: "cloud.example", patient: account, now })

  test("that is theirs, for this cloud and of this moment is taken as it is", async () => {
    const claims = payload()
    expect(await readingRoots(await byRoot(claims))).toEqual(claims)
    expect(await refusalOf(readingRoots(await byRoot(), bySeconds(121)))).toBe("statement-stale")
  })

  test("is by no device, no other root, in no other's name and without no name, and of nobody else", async () => {
    const other = await generateKeyPairs({ extractable: true })
    const kid = await thumbprint(await publicJwk(patient.root.signing.publicKey))
    const rootHeader = { alg: "ES256", typ: "deactivation", kid }
    const { kid: _, ...unnamed } = rootHeader
    for (const compact of [
      await byRoot({}, patient.keys),
      await byRoot({}, other),
      await signedWith(rootHeader, payload()),
      await signedWith(unnamed, payload(), patient.root.signing.privateKey),
      await signedWith({ ...rootHeader, typ: "deactivation-cancellation" }, payload(), patient.root.signing.privateKey),
      await byRoot({ patientId: newId() }),
      await byRoot({ aud: "other.example" }),
      await byRoot({ more: 1 }),
    ])
      expect(await refusalOf(readingRoots(compact))).toBe("statement-invalid")
  })
})

const wantedAccess = async () => ({
  patientId,
  cardId: newId(),
  fingerprint: "A".repeat(43),
  locatorHash: "A".repeat(43),
  ephemeral: (await generateSealingKeyPair()).publicKey,
  proof: "A".repeat(43),
})

test("a refused statement carries what was wrong as its cause, for whoever looks for it", async () => {
  const compact = await cancellation()
  const altered = `${compact.slice(0, -10)}${compact.at(-10) === "A" ? "B" : "A"}${compact.slice(-9)}`
  for (const attempt of [
    () => reading("a.b.c"),
    () => reading(altered),
    () => professionalStatement("contribution", "a.b.c", { audience: "cloud.example", now: noon }),
  ])
    expect(await attempt().catch((error: unknown) => error)).toMatchObject({
      code: "statement-invalid",
      cause: expect.any(CryptoFailure),
    })
  const without = { aud: "cloud.example", ...stampAt(noon), ...(await wantedAccess()) }
  const unnamed = await signedWith({ alg: "ES256", typ: "emergency-access" }, without)
  const refused = professionalStatement("emergency-access", unnamed, { audience: "cloud.example", now: noon })
  expect(await refused.catch((error: unknown) => error)).toMatchObject({ cause: expect.any(Error) })
})

describe("a professional's statement", () => {
  const access = async (claims: object = {}, by = professional) =>
    signedByProfessional(by, cloud, "emergency-access", { ...(await wantedAccess()), ...claims })
  const readingAccess = (compact: string, now = noon) =>
    professionalStatement("emergency-access", compact, { audience: "cloud.example", now })

  test("is by the first certificate of its chain", async () => {
    const { claims, alg, chain } = await readingAccess(await access())
    expect([claims.patientId, alg, chain]).toEqual([patientId, "ES256", professional.chain])
  })

  test("signed by a key that isn't the certificate's is refused", async () => {
    const { privateKey } = await generateKeyPair("ES256")
    expect(await refusalOf(readingAccess(await access({}, { ...professional, privateKey })))).toBe("statement-invalid")
  })

  test("whose signer is only the second certificate is refused", async () => {
    const other = selfMadeProfessional()
    const chain = [...other.chain, ...professional.chain]
    expect(await refusalOf(readingAccess(await access({}, { ...professional, chain })))).toBe("statement-invalid")
  })

  test("without a certificate, or with something that is none, is refused", async () => {
    const wanted = { aud: "cloud.example", ...stampAt(noon), ...(await wantedAccess()) }
    const sign = (more: object) =>
      signedWith({ alg: "ES256", typ: "emergency-access", ...more }, wanted, professional.privateKey)
    for (const more of [{}, { x5c: [] }, { x5c: "" }, { x5c: ["AAAA"] }, { x5c: [""] }, { x5c: Array(9).fill("AAAA") }])
      expect(await refusalOf(readingAccess(await sign(more)))).toBe("statement-invalid")
  })

  test("of another type is refused", async () => {
    const compact = await signStatement({
      ...professional,
      typ: "contribution",
      payload: payload(),
      x5c: professional.chain,
    })
    expect(await refusalOf(readingAccess(compact))).toBe("statement-invalid")
  })

  test.for([-121, 121])("is stale %i s from the server's clock", async (seconds) => {
    expect(await refusalOf(readingAccess(await access(), bySeconds(seconds)))).toBe("statement-stale")
  })

  test("for another cloud, or with a claim too many, is refused", async () => {
    expect(await refusalOf(readingAccess(await access({ aud: "other.example" })))).toBe("statement-invalid")
    expect(await refusalOf(readingAccess(await access({ more: 1 })))).toBe("statement-invalid")
  })
})

describe("a statement", () => {
  const claims = { jti: newId(), iat: 1_772_366_400 }

  test("is accepted once of a signer", async () => {
    const { store } = memoryStore()
    await requireUnused(store, "signer", claims)
    expect(await store.write([useOnce("signer", claims)])).toEqual({ outcome: "written" })
    expect(await store.write([useOnce("signer", claims)])).toEqual({ outcome: "conflict", at: [0] })
    expect(await refusalOf(requireUnused(store, "signer", claims))).toBe("statement-replayed")
    expect(await store.write([useOnce("another", claims)])).toEqual({ outcome: "written" })
  })

  test("is remembered for longer than it could be accepted again", () => {
    const change = useOnce("signer", claims)
    expect(change).toMatchObject({ put: { ttl: claims.iat + 240 } })
  })
})
