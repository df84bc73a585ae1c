/** What a password protects on a device that has no store of its own for keys: JWE, PBES2-HS512+A256KW, A256GCM (RFC 7518, 4.8). */
import { compactDecrypt } from "jose/jwe/compact/decrypt"
import { CompactEncrypt } from "jose/jwe/compact/encrypt"
import { type Bytes, utf8 } from "./bytes.ts"
import { orFailure } from "./failure.ts"

const alg = "PBES2-HS512+A256KW"
const enc = "A256GCM"
/** Iterations of PBKDF2. OWASP's "Password Storage Cheat Sheet" asks for 210,000 with SHA-512. */
const iterations = 600_000

/** Compact JWE. Takes some tenths of a second, as opening it does. */
export function sealUnderPassword(password: string, plaintext: Bytes): Promise<string> {
  return new CompactEncrypt(plaintext)
    .setProtectedHeader({ alg, enc })
    .setKeyManagementParameters({ p2c: iterations })
    .encrypt(utf8(password))
}

/** `CryptoFailure` for another password, and for what was not sealed so; one that asks for more iterations is not tried. */
export function openUnderPassword(password: string, jwe: string): Promise<Bytes> {
  return orFailure(async () => {
    const { plaintext } = await compactDecrypt(jwe, utf8(password), {
      keyManagementAlgorithms: [alg],
      contentEncryptionAlgorithms: [enc],
      maxPBES2Count: iterations,
    })
    return new Uint8Array(plaintext)
  })
}
