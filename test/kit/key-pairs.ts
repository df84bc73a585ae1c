import { generateKeyPairSync, type KeyObject } from "node:crypto"

export type KeyType =
  | "P-256"
  | "P-384"
  | "secp256k1"
  | "brainpoolP256r1"
  | "brainpoolP384r1"
  | "RSA-2048"
  | "RSA-PSS-2048"
  | "RSA-1024"

export interface KeyPair {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

const generate = (type: KeyType): KeyPair => {
  switch (type) {
    case "RSA-2048":
    case "RSA-1024":
      return generateKeyPairSync("rsa", { modulusLength: Number(type.slice(4)) })
    case "RSA-PSS-2048":
      return generateKeyPairSync("rsa-pss", { modulusLength: 2048 })
    case "P-256":
    case "P-384":
    case "secp256k1":
    case "brainpoolP256r1":
    case "brainpoolP384r1":
      return generateKeyPairSync("ec", { namedCurve: type })
    default:
      return type satisfies never
  }
}

/** RSA keys take long to make: four of a kind, in turn, so that root, authority, responder and professional have different ones. */
const rsaKeys = new Map<KeyType, KeyPair[]>()

export const newKeyPair = (type: KeyType = "P-256"): KeyPair => {
  if (!type.startsWith("RSA")) return generate(type)
  const made = rsaKeys.get(type) ?? []
  const next = (made.length < 4 ? undefined : made.shift()) ?? generate(type)
  rsaKeys.set(type, [...made, next])
  return next
}
