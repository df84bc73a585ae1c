import { createHash } from "node:crypto"
import type { Credential } from "../../sdk/hcp/emergency-access.ts"
import { certify, type KeyedCertificate } from "./certificate.ts"
import { type KeyPair, newKeyPair } from "./key-pairs.ts"

export interface Professional extends Credential {
  readonly keys: KeyPair
  /** Hex SHA-256 of the public key. */
  readonly account: string
  /** Hex SHA-256 of the certificate. */
  readonly certificate: string
}

const hexOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex")

/** A P-256 key as the SDK takes it. */
export const webKeyOf = ({ privateKey }: Pick<KeyPair, "privateKey">): CryptoKey =>
  privateKey.toCryptoKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign"]) as CryptoKey

/** Whoever holds this certificate of a P-256 key, and brings along those of their authorities. */
export const professionalOf = (
  held: KeyedCertificate,
  authorities: readonly Pick<KeyedCertificate, "der">[] = [],
): Professional => ({
  keys: held,
  account: hexOf(held.publicKey.export({ type: "spki", format: "der" })),
  certificate: hexOf(held.der),
  chain: [held.der, ...authorities.map(({ der }) => der)],
  privateKey: webKeyOf(held),
  alg: "ES256",
})

/** Whoever makes a certificate for themselves, of a new key or of this one: enough where the grant is what counts. */
export const selfMadeProfessional = (keys: KeyPair = newKeyPair()): Professional =>
  professionalOf(certify(keys, "Professional", { extensions: [] }, { key: keys.privateKey, usual: [0, 30] }))
