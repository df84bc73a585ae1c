/**
 * Compact JWE (RFC 7516) in the one form the protocol has: under a key both sides have. Opening takes no other algorithm and no
 * other member of the header, so that nobody picks a weaker form or compression for us.
 */

import { compactDecrypt } from "jose/jwe/compact/decrypt"
import { CompactEncrypt } from "jose/jwe/compact/encrypt"
import { type Bytes, fromBase64url } from "./bytes.ts"
import { orFailure } from "./failure.ts"
import { parseJson } from "./strict-json.ts"

const alg = "dir"
const enc = "A256GCM"
const members = ["alg", "enc", "kid"]

/** Under a key both sides have: dir, A256GCM. `kid` is readable by anyone and protected against change. */
export function sealUnder(key: Bytes, plaintext: Bytes, header: { kid?: string } = {}): Promise<string> {
  return new CompactEncrypt(plaintext).setProtectedHeader({ alg, enc, ...header }).encrypt(key)
}

/** What `sealUnder` sealed. `CryptoFailure` for anything else. */
export function openUnder(key: Bytes, jwe: string): Promise<Bytes> {
  return orFailure(async () => {
    if (Object.keys(headerOf(jwe)).some((name) => !members.includes(name))) throw new TypeError("foreign header member")
    const { plaintext } = await compactDecrypt(jwe, key, {
      keyManagementAlgorithms: [alg],
      contentEncryptionAlgorithms: [enc],
    })
    return new Uint8Array(plaintext)
  })
}

/** The `kid` of a JWE, to be believed once it has been opened. */
export function keyIdOf(jwe: string): Promise<string | undefined> {
  return orFailure(async () => {
    const { kid } = headerOf(jwe)
    if (kid !== undefined && typeof kid !== "string") throw new TypeError("kid is no text")
    return kid
  })
}

/** Checks the spelling of all parts on the way, so that one envelope has one text. */
function headerOf(jwe: string): Record<string, unknown> {
  const [header] = jwe.split(".").map((part) => fromBase64url(part))
  const value = header === undefined ? undefined : parseJson(header)
  if (typeof value !== "object" || value === null) throw new TypeError("the header is no object")
  return { ...value }
}
