/** 16 random bytes that people pass on outside the cloud: said or written down as words, or scanned (docs/protocol.md, "Practice" and "Delivery address"). */
import { entropyToMnemonic, mnemonicToEntropy } from "@scure/bip39"
import { wordlist } from "@scure/bip39/wordlists/english.js"
import { fromBase45, toBase45 } from "./crypto/base45.ts"
import { type Bytes, toBase64url } from "./crypto/bytes.ts"
import { derive, type Random, randomBytes } from "./crypto/primitives.ts"

export const spokenSecretLength = 16

/** What a secret is for, and what its code begins with: no web address, so that an ordinary camera does nothing with it. */
export type CodePrefix = "EHR-M1:" | "EHR-A1:"

/** `random` is for vectors only. */
export const newSpokenSecret = (random: Random = randomBytes): Bytes => random(spokenSecretLength)

/** The secret as 12 words, to be said or written down. */
export const spokenWords = (secret: Bytes): string => entropyToMnemonic(secret, wordlist)

/** The secret as a code to be scanned. */
export const spokenCode = (prefix: CodePrefix, secret: Bytes): string => prefix.concat(toBase45(secret))

/** The secret in 12 words, in any spacing and capitals, or in a scanned code of that prefix; `undefined` for anything else. */
export const readSpokenSecret = (prefix: CodePrefix, text: string): Bytes | undefined => {
  try {
    const trimmed = text.trim()
    const secret = trimmed.startsWith(prefix)
      ? fromBase45(trimmed.slice(prefix.length))
      : new Uint8Array(mnemonicToEntropy(trimmed.normalize("NFKD").toLowerCase().split(/\s+/).join(" "), wordlist))
    return secret.length === spokenSecretLength ? secret : undefined
  } catch {
    return undefined
  }
}

/** By what the cloud keeps that which the secret opens: it tells nothing of the secret. */
export const spokenId = async (
  secret: Bytes,
  label: "practice-invitation-id" | "delivery-address-id",
): Promise<string> => toBase64url((await derive(secret, label)).slice(0, spokenSecretLength))
