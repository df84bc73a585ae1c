/** The 24 words that bring the patient's keys back (docs/protocol.md, "Recovery bundle"; BIP 39, English). */
import { entropyToMnemonic, mnemonicToEntropy } from "@scure/bip39"
import { wordlist } from "@scure/bip39/wordlists/english.js"
import * as z from "zod/mini"
import { type Bytes, utf8 } from "./crypto/bytes.ts"
import { keyIdOf, openUnder, sealUnder } from "./crypto/envelope.ts"
import { CryptoFailure } from "./crypto/failure.ts"
import { publicPart } from "./crypto/p256.ts"
import { derive, type Random, randomBytes } from "./crypto/primitives.ts"
import { parseJson } from "./crypto/strict-json.ts"
import { exportKeyPairs, importKeyPairs, type KeyPairs, thumbprint } from "./keys.ts"
import { ecPrivateJwk, sealingPrivateKey } from "./sealing-key.ts"

const phraseLength = 24

/** The bundle's plaintext. */
const privateKeys = z.strictObject({ signing: ecPrivateJwk, sealing: sealingPrivateKey })

/**
 * Why a text does not give the keys back. It has a word that no phrase has, or not 24 words, or a wrong word, or two exchanged; the last is a
 * phrase, but not the one of this bundle.
 */
export const phraseFaults = [
  "phrase-word-unknown",
  "phrase-length-wrong",
  "phrase-mistyped",
  "phrase-of-another",
] as const
export type PhraseFault = (typeof phraseFaults)[number]

/** What somebody typed that is no phrase, none of it quoted. `position`: of the first unknown word, from 1; `words`: how many there are. */
export type Mistyped =
  | { readonly outcome: "phrase-word-unknown"; readonly position: number }
  | { readonly outcome: "phrase-length-wrong"; readonly words: number }
  | { readonly outcome: "phrase-mistyped" }

export type PhraseReading = { readonly outcome: "ok"; readonly entropy: Bytes } | Mistyped

export type Unrecovered = Mistyped | { readonly outcome: "phrase-of-another" }

export type Recovery = { readonly outcome: "ok"; readonly root: KeyPairs } | Unrecovered

/** 24 words, one space between. `random` is for vectors only. */
export function generatePhrase(random: Random = randomBytes): string {
  return entropyToMnemonic(random(32), wordlist)
}

/** Takes any spacing, capitals and Unicode form. */
export function readPhrase(text: string): PhraseReading {
  const words = text
    .normalize("NFKD")
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "")
  const foreign = words.findIndex((word) => !wordlist.includes(word))
  if (foreign >= 0) return { outcome: "phrase-word-unknown", position: foreign + 1 }
  if (words.length !== phraseLength) return { outcome: "phrase-length-wrong", words: words.length }
  try {
    return { outcome: "ok", entropy: new Uint8Array(mnemonicToEntropy(words.join(" "), wordlist)) }
  } catch {
    return { outcome: "phrase-mistyped" }
  }
}

/** The root's private keys, encrypted under the phrase, for the cloud to keep. They must be extractable. `TypeError` for a bad phrase. */
export async function makeRecoveryBundle(root: KeyPairs, phrase: string): Promise<string> {
  const reading = readPhrase(phrase)
  if (reading.outcome !== "ok") throw new TypeError(reading.outcome)
  const keys = await exportKeyPairs(root)
  const kid = await thumbprint(publicPart(keys.signing))
  return sealUnder(await derive(reading.entropy, "recovery"), utf8(JSON.stringify(keys)), { kid })
}

/** The root in the bundle, extractable: it signs the next list of signers and seals the account key, and is not stored. */
export async function openRecoveryBundle(bundle: string, phrase: string): Promise<Recovery> {
  const reading = readPhrase(phrase)
  if (reading.outcome !== "ok") return reading
  try {
    const plaintext = await openUnder(await derive(reading.entropy, "recovery"), bundle)
    const { signing, sealing } = z.parse(privateKeys, parseJson(plaintext))
    if ((await thumbprint(publicPart(signing))) !== (await keyIdOf(bundle))) throw new CryptoFailure()
    return { outcome: "ok", root: await importKeyPairs({ signing, sealing }, { extractable: true }) }
  } catch {
    return { outcome: "phrase-of-another" }
  }
}
