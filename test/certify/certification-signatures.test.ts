import { constants, generateKeyPairSync, type KeyObject, sign } from "node:crypto"
import { Any, BitString, Integer, Null, ObjectIdentifier } from "asn1js"
import { AlgorithmIdentifier, RSASSAPSSParams } from "pkijs"
import { describe, expect, test } from "vitest"
import { opensslKeys } from "../../certify/openssl-keys.ts"
import { deviceKeys } from "../../protocol/certification/device-keys.ts"
import { type Keys, signedBy } from "../../protocol/certification/keys.ts"

const bytes = new TextEncoder().encode("what an authority signs")
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 })
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" })
const oids = {
  "ecdsa-with-SHA256": "1.2.840.10045.4.3.2",
  sha256WithRSAEncryption: "1.2.840.113549.1.1.11",
  sha1WithRSAEncryption: "1.2.840.113549.1.1.5",
  "RSASSA-PSS": "1.2.840.113549.1.1.10",
  mgf1: "1.2.840.113549.1.1.8",
  sha1: "1.3.14.3.2.26",
  sha256: "2.16.840.1.101.3.4.2.1",
  sha384: "2.16.840.1.101.3.4.2.2",
} as const
const algorithm = (algorithmId: string, algorithmParams?: unknown) =>
  new AlgorithmIdentifier({ algorithmId, ...(algorithmParams === undefined ? {} : { algorithmParams }) })
const spkiOf = (key: KeyObject) => Uint8Array.from(key.export({ format: "der", type: "spki" }))
const verifiedBy = (keys: Keys) => (key: KeyObject, by: AlgorithmIdentifier, signature: Uint8Array) =>
  signedBy(keys.ofInfo(spkiOf(key)), {
    bytes,
    algorithm: by,
    signature: new BitString({ valueHex: Uint8Array.from(signature).buffer }),
  })
const engines = [
  ["in the cloud", opensslKeys],
  ["on a device", deviceKeys],
] as const

describe.each(engines)("a signature, verified %s,", (_, keys) => {
  const verified = verifiedBy(keys)
  const pkcs1 = sign("sha256", bytes, rsa.privateKey)
  const ecdsa = sign("sha256", bytes, ec.privateKey)

  test("is what its algorithm says, of these bytes", async () => {
    expect(await verified(rsa.publicKey, algorithm(oids.sha256WithRSAEncryption), pkcs1)).toBe(true)
    expect(await verified(ec.publicKey, algorithm(oids["ecdsa-with-SHA256"]), ecdsa)).toBe(true)
    expect(
      await verified(ec.publicKey, algorithm(oids["ecdsa-with-SHA256"]), sign("sha384", bytes, ec.privateKey)),
    ).toBe(false)
    expect(await verified(ec.publicKey, algorithm(oids["ecdsa-with-SHA256"]), pkcs1)).toBe(false)
  })

  test.for(["P-256", "P-384", "P-521", "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1"])(
    "on the curve %s holds with any of the hashes, and over no other bytes",
    async (namedCurve) => {
      const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve })
      const of = { sha256: "1.2.840.10045.4.3.2", sha384: "1.2.840.10045.4.3.3", sha512: "1.2.840.10045.4.3.4" }
      for (const [hash, oid] of Object.entries(of)) {
        expect(await verified(publicKey, algorithm(oid), sign(hash, bytes, privateKey))).toBe(true)
        expect(await verified(publicKey, algorithm(oid), sign(hash, bytes.subarray(1), privateKey))).toBe(false)
      }
    },
  )

  test("by a key of another kind than its algorithm's is none, even where the mathematics would hold", async () => {
    expect(await verified(rsa.publicKey, algorithm(oids["ecdsa-with-SHA256"]), pkcs1)).toBe(false)
    expect(await verified(ec.publicKey, algorithm(oids.sha256WithRSAEncryption), ecdsa)).toBe(false)
  })

  test("by an algorithm that isn't accepted is none", async () => {
    const sha1 = sign("sha1", bytes, rsa.privateKey)
    expect(await verified(rsa.publicKey, algorithm(oids.sha1WithRSAEncryption), sha1)).toBe(false)
    expect(await verified(rsa.publicKey, algorithm("1.2.3.4"), pkcs1)).toBe(false)
  })

  test("by a key too weak, or on a curve that isn't accepted, is none", async () => {
    const weak = generateKeyPairSync("rsa", { modulusLength: 1024 })
    const signature = sign("sha256", bytes, weak.privateKey)
    expect(await verified(weak.publicKey, algorithm(oids.sha256WithRSAEncryption), signature)).toBe(false)
    const koblitz = generateKeyPairSync("ec", { namedCurve: "secp256k1" })
    expect(
      await verified(
        koblitz.publicKey,
        algorithm(oids["ecdsa-with-SHA256"]),
        sign("sha256", bytes, koblitz.privateKey),
      ),
    ).toBe(false)
  })
})

describe.each(engines)("a PSS signature, verified %s,", (_, keys) => {
  const verified = verifiedBy(keys)
  const pss = (hash: string, saltLength: number) =>
    sign(hash, bytes, { key: rsa.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength })
  interface Values {
    hash?: string
    mask?: string
    mgf?: string
    salt?: number
    trailer?: number
  }
  const params = ({ hash = oids.sha256, mask = hash, mgf = oids.mgf1, salt = 32, trailer = 1 }: Values) =>
    new RSASSAPSSParams({
      hashAlgorithm: new AlgorithmIdentifier({ algorithmId: hash, algorithmParams: new Null() }),
      maskGenAlgorithm: new AlgorithmIdentifier({
        algorithmId: mgf,
        algorithmParams: new AlgorithmIdentifier({ algorithmId: mask, algorithmParams: new Null() }).toSchema(),
      }),
      saltLength: salt,
      trailerField: trailer,
    }).toSchema()
  const holds = (of: Values, signature = pss("sha256", of.salt ?? 32)) =>
    verified(rsa.publicKey, algorithm(oids["RSASSA-PSS"], params(of)), signature)

  test("has a salt as long as its hash, or longer", async () => {
    expect(await holds({})).toBe(true)
    expect(await holds({ salt: 40 })).toBe(true)
    expect(await holds({ salt: 31 })).toBe(false)
    expect(await holds({ salt: 40 }, pss("sha256", 32))).toBe(false)
  })

  test("has one hash for the message and the mask, of those accepted", async () => {
    expect(await holds({ hash: oids.sha384, salt: 48 }, pss("sha384", 48))).toBe(true)
    expect(await holds({ mask: oids.sha384 })).toBe(false)
    expect(await holds({ hash: oids.sha1 }, pss("sha1", 32))).toBe(false)
  })

  test("has the one mask and trailer there are", async () => {
    expect(await holds({ mgf: "1.2.3.4" })).toBe(false)
    expect(await holds({ trailer: 2 })).toBe(false)
  })

  test("is by a key for PSS alone too, within the limits that the key has", async () => {
    const free = generateKeyPairSync("rsa-pss", { modulusLength: 2048 })
    const limited = generateKeyPairSync("rsa-pss", {
      modulusLength: 2048,
      hashAlgorithm: "sha256",
      mgf1HashAlgorithm: "sha256",
    })
    const by = ({ privateKey, publicKey }: typeof free, hash: string, salt: number) => {
      const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: salt }
      const named = params({ hash: hash === "sha384" ? oids.sha384 : oids.sha256, salt })
      return verified(
        publicKey,
        algorithm(oids["RSASSA-PSS"], named),
        sign(hash, bytes, { key: privateKey, ...padding }),
      )
    }
    expect(await by(free, "sha256", 32)).toBe(true)
    expect(await by(limited, "sha256", 40)).toBe(true)
    const pkcs1 = sign("sha256", bytes, rsa.privateKey)
    expect(await verified(free.publicKey, algorithm(oids.sha256WithRSAEncryption), pkcs1)).toBe(false)
  })

  test("by default values, which are SHA-1's, is none, nor one without values", async () => {
    const byDefault = new RSASSAPSSParams().toSchema()
    expect(await verified(rsa.publicKey, algorithm(oids["RSASSA-PSS"], byDefault), pss("sha1", 20))).toBe(false)
    for (const none of [
      undefined,
      new Null(),
      new Integer({ value: 1 }),
      new ObjectIdentifier({ value: oids.sha256 }),
      new Any(),
    ])
      expect(await verified(rsa.publicKey, algorithm(oids["RSASSA-PSS"], none), pss("sha256", 32))).toBe(false)
  })
})

describe.each(engines)("a key, read %s,", (_, keys) => {
  const kindOf = (key: KeyObject) => keys.ofInfo(spkiOf(key)).kind
  test.for([
    ["P-256", "P-256"],
    ["P-384", "P-384"],
    ["P-521", "P-521"],
    ["brainpoolP256r1", "brainpoolP256r1"],
    ["brainpoolP384r1", "brainpoolP384r1"],
    ["brainpoolP512r1", "brainpoolP512r1"],
    ["secp256k1", undefined],
    ["P-224", undefined],
  ] as const)("on the curve %s is of the kind %s", ([namedCurve, kind]) => {
    expect(kindOf(generateKeyPairSync("ec", { namedCurve }).publicKey)).toBe(kind)
  })

  test("of RSA has 2048 bits at least, and says whether it is for PSS alone", async () => {
    expect(kindOf(rsa.publicKey)).toBe("RSA")
    expect(kindOf(generateKeyPairSync("rsa-pss", { modulusLength: 2048 }).publicKey)).toBe("RSA-PSS")
    expect(kindOf(generateKeyPairSync("rsa", { modulusLength: 2040 }).publicKey)).toBeUndefined()
  })

  test("of any other kind is none, however long", async () => {
    expect(kindOf(generateKeyPairSync("ed25519").publicKey)).toBeUndefined()
    expect(kindOf(generateKeyPairSync("dsa", { modulusLength: 2048, divisorLength: 256 }).publicKey)).toBeUndefined()
  })
})
