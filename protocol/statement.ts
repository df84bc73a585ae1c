/**
 * Statements: compact JWS (RFC 7515) with a strict header (docs/protocol.md, "Statements"). Whom a statement is for, whether it is
 * fresh and used once is the caller's to check, after the signature.
 */
import { CompactSign } from "jose/jws/compact/sign"
import { compactVerify } from "jose/jws/compact/verify"
import { importX509 } from "jose/key/import"
import { fromBase64url, fromStandardBase64, toBase64url, toStandardBase64, utf8 } from "./crypto/bytes.ts"
import { CryptoFailure, orFailure } from "./crypto/failure.ts"
import { publicPart } from "./crypto/p256.ts"
import { sha256 } from "./crypto/primitives.ts"
import { parseJson } from "./crypto/strict-json.ts"
import { thumbprint } from "./keys.ts"
import type { EcPublicJwk } from "./primitives.ts"

const statementAlgorithms = ["ES256", "ES384", "RS256", "PS256"] as const
/** What patients (ES256) and professionals sign with. */
export type StatementAlgorithm = (typeof statementAlgorithms)[number]

/** `x5c`: the professional's certificate first, DER in base64. `kid`: of a patient's statement, the thumbprint of the key that signed it. */
export type StatementHeader = {
  readonly alg: StatementAlgorithm
  readonly typ: string
  readonly x5c?: readonly string[]
  readonly kid?: string
}
export type Statement = { readonly header: StatementHeader; readonly payload: unknown }

/** Characters of the longest statement that is read at all, a manifest. */
export const maxStatementLength = 128 * 1024
const maxCertificates = 8
const noBytes = new Uint8Array(0)

/** `payload` as it is: `aud`, `iat` and `jti` are the caller's. `x5c`: DER, the signer's certificate first. */
export function signStatement(statement: {
  typ: string
  alg: StatementAlgorithm
  privateKey: CryptoKey
  payload: object
  x5c?: readonly Uint8Array[]
  kid?: string
}): Promise<string> {
  const { typ, alg, privateKey, payload, x5c, kid } = statement
  return new CompactSign(utf8(JSON.stringify(payload)))
    .setProtectedHeader({
      alg,
      typ,
      ...(x5c === undefined ? {} : { x5c: x5c.map((certificate) => toStandardBase64(certificate)) }),
      ...(kid === undefined ? {} : { kid }),
    })
    .sign(privateKey)
}

/**
 * What a statement says, **unverified**. `CryptoFailure` for whatever isn't a statement: too long, not base64url to the last
 * bit, not JSON, a name twice in an object, a header with anything but `alg`, `typ`, `x5c`, `kid`.
 */
export function readStatement(compact: string): Statement {
  try {
    if (compact.length > maxStatementLength) throw new RangeError("too long")
    const [header = noBytes, payload = noBytes, ...signatures] = compact.split(".").map((part) => fromBase64url(part))
    if (signatures.length !== 1) throw new TypeError("not a compact JWS")
    return { header: readHeader(parseJson(header)), payload: parseJson(payload) }
  } catch {
    throw new CryptoFailure()
  }
}

/**
 * The statement, if it is of this type and signed by this key with one of these algorithms; `CryptoFailure` otherwise. The key
 * is a patient's or provider's public key, or a professional's certificate (DER). A certificate must be the first of `x5c`,
 * and whether to trust it is the caller's to check; a `kid` must be the key's.
 */
export function verifyStatement(
  compact: string,
  expected: {
    typ: string
    key: EcPublicJwk | CryptoKey | { certificate: Uint8Array }
    algorithms: readonly StatementAlgorithm[]
  },
): Promise<Statement> {
  return orFailure(async () => {
    const { typ, key, algorithms } = expected
    const statement = readStatement(compact)
    const { header } = statement
    if (header.typ !== typ) throw new TypeError("another type of statement")
    if (!algorithms.includes(header.alg)) throw new TypeError("another algorithm")
    if ("certificate" in key) {
      const certificate = toStandardBase64(key.certificate)
      if (header.x5c?.[0] !== certificate) throw new TypeError("another certificate")
      const pem = `-----BEGIN CERTIFICATE-----\n${certificate}\n-----END CERTIFICATE-----`
      await compactVerify(compact, await importX509(pem, header.alg), { algorithms: [header.alg] })
      return statement
    }
    if (header.x5c !== undefined) throw new TypeError("a certificate nobody asked for")
    if (header.kid !== undefined && (!("kty" in key) || header.kid !== (await thumbprint(key))))
      throw new TypeError("another key")
    await compactVerify(compact, "kty" in key ? publicPart(key) : key, { algorithms: [header.alg] })
    return statement
  })
}

/**
 * SHA-256 of what is signed (RFC 7515's JWS signing input), base64url: what receipts, decisions and manifests refer to. Without the
 * signature, since an ECDSA signature has a second valid form.
 */
export async function statementHash(compact: string): Promise<string> {
  return toBase64url(await sha256(utf8(compact.slice(0, compact.lastIndexOf(".")))))
}

function readHeader(header: unknown): StatementHeader {
  // Neither null nor a list has an algorithm.
  if (typeof header !== "object") throw new TypeError("no object")
  const { alg, typ, x5c, kid, ...others }: Record<string, unknown> = { ...header }
  if (Object.keys(others).length > 0) throw new TypeError("a foreign member")
  if (!isStatementAlgorithm(alg) || typeof typ !== "string" || typ === "") throw new TypeError("no algorithm or type")
  if (kid !== undefined && (typeof kid !== "string" || fromBase64url(kid).length !== 32))
    throw new TypeError("no thumbprint")
  if (kid !== undefined && x5c !== undefined) throw new TypeError("two signers")
  return {
    alg,
    typ,
    ...(x5c === undefined ? {} : { x5c: readCertificates(x5c) }),
    ...(kid === undefined ? {} : { kid }),
  }
}

function readCertificates(x5c: unknown): readonly string[] {
  if (!Array.isArray(x5c) || x5c.length === 0 || x5c.length > maxCertificates) throw new TypeError("no certificates")
  return x5c.map((certificate: unknown) => {
    if (typeof certificate !== "string" || fromStandardBase64(certificate).length === 0) throw new TypeError("no DER")
    return certificate
  })
}

function isStatementAlgorithm(alg: unknown): alg is StatementAlgorithm {
  return statementAlgorithms.some((known) => known === alg)
}
