import { OctetString } from "asn1js"
import {
  type AuthenticatedSafe,
  CertBag,
  Certificate,
  EncryptedContentInfo,
  EncryptedData,
  PFX,
  PKCS8ShroudedKeyBag,
  PrivateKeyInfo,
  SafeContents,
} from "pkijs"
import { type Bytes, utf8 } from "../../protocol/crypto/bytes.ts"
import { randomBytes } from "../../protocol/crypto/primitives.ts"
import type { StatementAlgorithm } from "../../protocol/statement.ts"
import type { Credential } from "./emergency-access.ts"
import { isMacBearable, maxRounds, roundsOf } from "./pkcs12-work.ts"

/** Why a file gives no credential. */
export const credentialFaults = [
  "credential-unreadable",
  /** Where the file has no check of its own, a wrong password can't be told from a broken file. */
  "credential-password-wrong",
  /** Would keep the device busy: more rounds, salt, keys or certificates than any program writes. */
  "credential-too-much-work",
  /** Protected by what Web Crypto doesn't have, such as the 3DES or RC2 of older programs. */
  "credential-protection-unsupported",
  /** No private key, or none that belongs to a certificate of the file. */
  "credential-key-missing",
  /** Neither P-256, P-384 nor RSA. */
  "credential-key-unsupported",
] as const
export type CredentialFault = (typeof credentialFaults)[number]

/** What a file with a certificate and its key gives. */
export type Pkcs12Reading =
  | { readonly outcome: "ok"; readonly credential: Credential }
  | { readonly outcome: CredentialFault }

class Failure extends Error {
  override readonly name = "Pkcs12Failure"
  readonly outcome: CredentialFault
  constructor(outcome: Failure["outcome"], options?: ErrorOptions) {
    super(outcome, options)
    this.outcome = outcome
  }
}

const orFail = async <T>(outcome: Failure["outcome"], read: () => Promise<T> | T): Promise<T> => {
  try {
    return await read()
  } catch (cause) {
    if (cause instanceof Failure) throw cause
    throw new Failure(outcome, { cause })
  }
}

/** Larger than any chain with a key; what is larger isn't read. */
const maxFileBytes = 256 * 1024
const maxChain = 8
/** Of the whole file: each key is tried, and held against each certificate. */
const maxKeys = 8
const maxCertificates = 64

const oids = {
  data: "1.2.840.113549.1.7.1",
  encryptedData: "1.2.840.113549.1.7.6",
  pbes2: "1.2.840.113549.1.5.13",
  x509: "1.2.840.113549.1.9.22.1",
}
const macHashes = new Set([
  "1.3.14.3.2.26",
  "2.16.840.1.101.3.4.2.1",
  "2.16.840.1.101.3.4.2.2",
  "2.16.840.1.101.3.4.2.3",
])

/** How a key signs: by its own kind. An RSA key makes either padding; PSS is the one that is recommended. */
const kinds: readonly {
  readonly alg: StatementAlgorithm
  readonly key: EcKeyImportParams | RsaHashedImportParams
  readonly signature: EcdsaParams | RsaPssParams
}[] = [
  { alg: "ES256", key: { name: "ECDSA", namedCurve: "P-256" }, signature: { name: "ECDSA", hash: "SHA-256" } },
  { alg: "ES384", key: { name: "ECDSA", namedCurve: "P-384" }, signature: { name: "ECDSA", hash: "SHA-384" } },
  { alg: "PS256", key: { name: "RSA-PSS", hash: "SHA-256" }, signature: { name: "RSA-PSS", saltLength: 32 } },
]

/** `signed`: the challenge, by this key. */
type Opened = Pick<Credential, "alg" | "privateKey"> & { readonly challenge: Bytes; readonly signed: ArrayBuffer }

const bytesOf = (block: OctetString): Bytes => new Uint8Array(block.getValue())

/** The key, as something that signs; unless it is `extractable`, it can't be taken out again. */
const openKey = async (pkcs8: Bytes, extractable: boolean): Promise<Opened | undefined> => {
  for (const { alg, key, signature } of kinds) {
    const privateKey = await crypto.subtle.importKey("pkcs8", pkcs8, key, extractable, ["sign"]).catch(() => undefined)
    if (privateKey === undefined) continue
    const challenge = randomBytes(32)
    return { alg, privateKey, challenge, signed: await crypto.subtle.sign(signature, privateKey, challenge) }
  }
  return undefined
}

const belongs = async (certificate: Certificate, { alg, challenge, signed }: Opened): Promise<boolean> => {
  const kind = kinds.find((other) => other.alg === alg)
  if (kind === undefined) return false
  try {
    const spki = certificate.subjectPublicKeyInfo.toSchema().toBER()
    const key = await crypto.subtle.importKey("spki", spki, kind.key, false, ["verify"])
    return await crypto.subtle.verify(kind.signature, key, signed, challenge)
  } catch {
    // Of another kind than the key.
    return false
  }
}

interface Found {
  readonly certificates: { readonly der: Bytes; readonly certificate: Certificate }[]
  readonly keys: Bytes[]
}

/** `failing`: what it means when something can't be decrypted with the password; `rounds`: how many have been taken. */
interface Opening {
  readonly password: ArrayBuffer
  rounds: number
  readonly failing: "credential-password-wrong" | "credential-protection-unsupported"
}

const decrypted = async ({ encryptedContentInfo }: EncryptedData, opening: Opening): Promise<ArrayBuffer> => {
  const { contentEncryptionAlgorithm: algorithm } = encryptedContentInfo
  if (algorithm.algorithmId !== oids.pbes2) throw new Failure("credential-protection-unsupported")
  const rounds = await orFail("credential-protection-unsupported", () => roundsOf(algorithm))
  if (rounds === "too-much" || opening.rounds + rounds > maxRounds) throw new Failure("credential-too-much-work")
  opening.rounds += rounds
  return orFail(opening.failing, () =>
    new EncryptedData({ encryptedContentInfo }).decrypt({ password: opening.password }),
  )
}

const collect = async (contents: SafeContents, opening: Opening, found: Found): Promise<void> => {
  for (const { bagValue } of contents.safeBags) {
    if (bagValue instanceof CertBag) {
      const { certId, certValue } = bagValue
      if (certId !== oids.x509 || !(certValue instanceof OctetString)) continue
      const der = bytesOf(certValue)
      found.certificates.push({ der, certificate: Certificate.fromBER(der) })
    } else if (bagValue instanceof PKCS8ShroudedKeyBag) {
      const { encryptionAlgorithm: contentEncryptionAlgorithm, encryptedData: encryptedContent } = bagValue
      const encryptedContentInfo = new EncryptedContentInfo({ contentEncryptionAlgorithm, encryptedContent })
      found.keys.push(new Uint8Array(await decrypted(new EncryptedData({ encryptedContentInfo }), opening)))
    } else if (bagValue instanceof PrivateKeyInfo) {
      found.keys.push(new Uint8Array(bagValue.toSchema().toBER()))
    } else if (bagValue instanceof SafeContents) {
      await collect(bagValue, opening, found)
    }
    if (found.keys.length > maxKeys || found.certificates.length > maxCertificates)
      throw new Failure("credential-too-much-work")
  }
}

const contentsOf = async (safe: AuthenticatedSafe, opening: Opening): Promise<SafeContents[]> => {
  const all: SafeContents[] = []
  for (const { contentType, content } of safe.safeContents) {
    if (contentType === oids.data && content instanceof OctetString) {
      all.push(SafeContents.fromBER(content.getValue()))
    } else if (contentType === oids.encryptedData) {
      const contents = await decrypted(new EncryptedData({ schema: content }), opening)
      all.push(await orFail(opening.failing, () => SafeContents.fromBER(contents)))
    } else throw new Failure("credential-protection-unsupported")
  }
  return all
}

/** The file's contents, once its own check says that they are what its maker, who knew the password, put there. */
const verified = async (pfx: PFX, password: ArrayBuffer): Promise<AuthenticatedSafe> => {
  const { macData, authSafe } = pfx
  if (authSafe.contentType !== oids.data) throw new Failure("credential-protection-unsupported")
  if (macData !== undefined) {
    if (!macHashes.has(macData.mac.digestAlgorithm.algorithmId)) throw new Failure("credential-protection-unsupported")
    if (!isMacBearable(macData)) throw new Failure("credential-too-much-work")
  }
  await orFail(macData === undefined ? "credential-unreadable" : "credential-password-wrong", () =>
    pfx.parseInternalValues({ password, checkIntegrity: macData !== undefined }),
  )
  const safe = pfx.parsedValue?.authenticatedSafe
  if (safe === undefined) throw new Failure("credential-unreadable")
  return safe
}

/** Leaf first, then whoever issued the one before, as far as the file has them. */
const chainFrom = (leaf: Found["certificates"][number], { certificates }: Found): Bytes[] => {
  const chain = [leaf]
  for (let last = leaf; chain.length < maxChain; ) {
    const { issuer, subject } = last.certificate
    const next = certificates.find((other) => !chain.includes(other) && other.certificate.subject.isEqual(issuer))
    if (next === undefined || subject.isEqual(issuer)) break
    chain.push(next)
    last = next
  }
  return chain.map(({ der }) => der)
}

const read = async (file: Bytes, password: ArrayBuffer, extractable: boolean): Promise<Credential> => {
  if (file.length > maxFileBytes) throw new Failure("credential-unreadable")
  const pfx = await orFail("credential-unreadable", () => PFX.fromBER(file))
  const safe = await verified(pfx, password)
  const opening: Opening = {
    password,
    rounds: 0,
    failing: pfx.macData === undefined ? "credential-password-wrong" : "credential-protection-unsupported",
  }
  const found: Found = { certificates: [], keys: [] }
  try {
    const contents = await contentsOf(safe, opening)
    for (const each of contents) await orFail("credential-unreadable", () => collect(each, opening, found))
    if (found.keys.length === 0) throw new Failure("credential-key-missing")
    const opened = await Promise.all(found.keys.map((key) => openKey(key, extractable)))
    if (opened.every((key) => key === undefined)) throw new Failure("credential-key-unsupported")
    for (const key of opened)
      for (const each of found.certificates)
        if (key !== undefined && (await belongs(each.certificate, key)))
          return { chain: chainFrom(each, found), alg: key.alg, privateKey: key.privateKey }
    throw new Failure("credential-key-missing")
  } finally {
    for (const key of found.keys) key.fill(0)
  }
}

/**
 * Opens a PKCS #12 file (RFC 7292), such as a `.p12` or `.pfx`: the certificate whose key is in it, its issuers, and the key itself, which stays in
 * Web Crypto and can't be exported, unless it is to be `extractable`, for who wraps it at once. Never throws for what is wrong with the file or the
 * password.
 */
export const readPkcs12 = async (
  file: Bytes,
  password: string,
  { extractable = false }: { readonly extractable?: boolean } = {},
): Promise<Pkcs12Reading> => {
  const secret = utf8(password)
  try {
    return { outcome: "ok", credential: await read(file, secret.buffer, extractable) }
  } catch (error) {
    if (error instanceof Failure) return { outcome: error.outcome }
    throw error
  } finally {
    secret.fill(0)
  }
}
