/**
 * A second implementation of what docs/protocol.md builds its formats of, on node:crypto alone (ML-KEM, ECDH and SHA-3 are OpenSSL's): it imports
 * nothing of ours, of jose, of noble, nor of canonicalize.
 */
import {
  createCipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  encapsulate,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  sign,
} from "node:crypto"

export type Json = string | number | boolean | null | Json[] | { [name: string]: Json }
export type Claims = { [name: string]: Json }
export type Jwk = { kty: string; crv: string; x: string; y: string; d: string }

export const sha256 = (data: string | Buffer) => createHash("sha256").update(data).digest()
export const b64 = (data: string | Buffer) => Buffer.from(data).toString("base64url")
export const hash = (data: string | Buffer) => b64(sha256(data))
/** The same bytes for the same name. */
export const bytes = (name: string, length: number) => Buffer.from(hkdfSync("sha256", name, "", "golden", length))
export const id = (name: string) => b64(bytes(name, 16))

/** RFC 8785 for what these formats hold: ASCII names, whole numbers, texts. */
export const canonical = (value: Json): string => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`
  if (typeof value !== "object" || value === null) return JSON.stringify(value)
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(",")}}`
}

export const derive = (key: Buffer, label: string, ...parts: string[]) =>
  Buffer.from(hkdfSync("sha256", key, "", [`ehr-cloud/2 ${label}`, ...parts].join("\0"), 32))

export const hmac = (key: Buffer, text: string | Buffer) => createHmac("sha256", key).update(text).digest()

export const wrap = (under: Buffer, key: Buffer) => {
  const cipher = createCipheriv("id-aes256-wrap", under, Buffer.alloc(8, 0xa6))
  return Buffer.concat([cipher.update(key), cipher.final()])
}

const gcm = (key: Buffer, nonce: Buffer, plaintext: string | Buffer, associatedData = "") => {
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(associatedData))
  const text = Buffer.concat([cipher.update(plaintext), cipher.final()])
  return { text, tag: cipher.getAuthTag() }
}

/** Compact JWE under a shared key (RFC 7516, `dir`). */
export const sealUnder = (key: Buffer, plaintext: string, name: string, more: Claims = {}) => {
  const header = b64(JSON.stringify({ alg: "dir", enc: "A256GCM", ...more }))
  const nonce = bytes(`iv ${name}`, 12)
  const { text, tag } = gcm(key, nonce, plaintext, header)
  return [header, "", b64(nonce), b64(text), b64(tag)].join(".")
}

/** The halves of a sealing key: OpenSSL's objects, and what travels. */
export interface SealingPair {
  readonly p256: KeyObject
  readonly mlkem768: KeyObject
  readonly publicKey: { readonly p256: Claims; readonly mlkem768: string }
  readonly exported: { readonly p256: Jwk; readonly seed: string }
}

export const publicPart = ({ kty, crv, x, y }: Omit<Jwk, "d">) => ({ kty, crv, x, y })
export const privateKeyOf = (jwk: Jwk) => createPrivateKey({ key: jwk, format: "jwk" })
export const newSigningKey = () => generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey
export const publicJwkOf = (key: KeyObject) =>
  publicPart((key.type === "private" ? createPublicKey(key) : key).export({ format: "jwk" }) as Jwk)
/** RFC 7638. */
export const thumbprint = (jwk: Omit<Jwk, "d">) => hash(canonical(publicPart(jwk)))

/** PKCS #8 of an ML-KEM-768 private key as its seed (RFC 9935): what OpenSSL takes. */
const mlkemOf = (seed: Buffer) => {
  const oid = Buffer.from("300b0609608648016503040402", "hex")
  const octets = Buffer.concat([Buffer.from("04428040", "hex"), seed])
  const body = Buffer.concat([Buffer.from("020100", "hex"), oid, octets])
  const der = Buffer.concat([Buffer.of(0x30, body.length), body])
  return createPrivateKey({ key: der, format: "der", type: "pkcs8" })
}
const rawMlkem = (key: KeyObject) => createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-1184)

export const sealingPair = (jwk: Jwk, seed: Buffer): SealingPair => {
  const mlkem768 = mlkemOf(seed)
  return {
    p256: privateKeyOf(jwk),
    mlkem768,
    publicKey: { p256: publicPart(jwk), mlkem768: b64(rawMlkem(mlkem768)) },
    exported: { p256: { ...publicPart(jwk), d: jwk.d }, seed: b64(seed) },
  }
}
export const newSealingPair = (name: string) =>
  sealingPair(newSigningKey().export({ format: "jwk" }) as Jwk, bytes(`seed ${name}`, 64))
export const sealingThumbprint = ({ publicKey }: SealingPair) => hash(canonical(publicKey))

const pointOf = (key: KeyObject) => {
  const { x, y } = publicJwkOf(key)
  return Buffer.concat([Buffer.of(4), Buffer.from(x, "base64url"), Buffer.from(y, "base64url")])
}

/** MLKEM768-P256 (draft-irtf-cfrg-concrete-hybrid-kems, CG). */
const kem = (to: SealingPair) => {
  const { ciphertext, sharedKey } = encapsulate(createPublicKey(to.mlkem768))
  const ephemeral = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const agreed = diffieHellman({ privateKey: ephemeral.privateKey, publicKey: createPublicKey(to.p256) })
  const point = pointOf(ephemeral.publicKey)
  const parts = [sharedKey, agreed, point, pointOf(to.p256), Buffer.from("MLKEM768-P256")]
  return {
    enc: Buffer.concat([ciphertext, point]),
    secret: createHash("sha3-256").update(Buffer.concat(parts)).digest(),
  }
}

const suite = Buffer.concat([Buffer.from("HPKE"), Buffer.from("005000010002", "hex")])
const extract = (salt: Buffer, label: string, ikm: Buffer) =>
  hmac(salt, Buffer.concat([Buffer.from("HPKE-v1"), suite, Buffer.from(label), ikm]))
const expand = (prk: Buffer, label: string, context: Buffer, length: number) => {
  const info = [Buffer.of(0, length), Buffer.from("HPKE-v1"), suite, Buffer.from(label), context, Buffer.of(1)]
  return hmac(prk, Buffer.concat(info)).subarray(0, length)
}

/** What a sealed text belongs to. */
export type Context = { kind: string; aud: string; subject: string; object: string; epoch: number }

/** HPKE (RFC 9180), base mode, HKDF-SHA-256, AES-256-GCM. */
export const sealTo = (to: SealingPair, context: Context, plaintext: string | Buffer) => {
  const info = `ehr-cloud/2 seal\0${canonical({ ...context, recipient: sealingThumbprint(to) })}`
  const { enc, secret } = kem(to)
  const none = Buffer.alloc(0)
  const hashes = [extract(none, "psk_id_hash", none), extract(none, "info_hash", Buffer.from(info))]
  const scheduled = Buffer.concat([Buffer.of(0), ...hashes])
  const prk = extract(secret, "secret", none)
  const { text, tag } = gcm(expand(prk, "key", scheduled, 32), expand(prk, "base_nonce", scheduled, 12), plaintext)
  return `H1.${b64(Buffer.concat([enc, text, tag]))}`
}

export const es256 = (key: KeyObject) => (input: Buffer) => sign("sha256", input, { key, dsaEncoding: "ieee-p1363" })
export const jws = (header: Claims, payload: Json, signer: (input: Buffer) => Buffer) => {
  const input = `${b64(JSON.stringify(header))}.${b64(JSON.stringify(payload))}`
  return `${input}.${b64(signer(Buffer.from(input)))}`
}
/** Of what was signed, without the signature. */
export const statementHash = (compact: string) => hash(compact.slice(0, compact.lastIndexOf(".")))

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
export const base45 = (data: Buffer) => {
  let text = ""
  for (let i = 0; i < data.length; i += 2) {
    let value = i + 1 < data.length ? data.readUInt16BE(i) : data.readUInt8(i)
    for (let digit = i + 1 < data.length ? 3 : 2; digit > 0; digit--) {
      text += alphabet[value % 45]
      value = Math.floor(value / 45)
    }
  }
  return text
}
