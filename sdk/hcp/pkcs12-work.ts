import { OctetString } from "asn1js"
import { type AlgorithmIdentifier, type MacData, PBES2Params, PBKDF2Params } from "pkijs"

/**
 * What a file may make the device compute before it gives anything: whoever made it may only want to keep the device busy. OpenSSL and
 * Windows write some 2,000 rounds, Java 10,000 to 100,000, Firefox 600,000 and once 1,000,000.
 */

/** Rounds of the file's own check, in JavaScript and on the page's own thread: 1.3 s on a desktop, 2.7 s with the slowest hash. */
const maxMacRounds = 1_000_000
/** Rounds of all keys together that are derived from the password, by Web Crypto: 0.8 s, 2.2 s with the slowest hash. Java reads no more of one. */
export const maxRounds = 5_000_000
/** Programs write 8 to 64. */
const maxSaltBytes = 128
/** Of AES-256. */
const maxKeyBytes = 32

const pbkdf2 = "1.2.840.113549.1.5.12"

/** A number that doesn't fit is read as 0, and refused with it. */
const isCount = (rounds: number, most: number) => rounds >= 1 && rounds <= most

export const isMacBearable = ({ iterations = 1, macSalt }: MacData): boolean =>
  isCount(iterations, maxMacRounds) && macSalt.valueBlock.valueHexView.length <= maxSaltBytes

/** The rounds by which PBES2 (RFC 8018, 6.2) derives its key; throws where it isn't by PBKDF2 with a salt of its own. */
export const roundsOf = (protection: AlgorithmIdentifier): number | "too-much" => {
  const { keyDerivationFunc } = new PBES2Params({ schema: protection.algorithmParams })
  if (keyDerivationFunc.algorithmId !== pbkdf2) throw new Error("another derivation than PBKDF2")
  const { salt, iterationCount, keyLength = 0 } = new PBKDF2Params({ schema: keyDerivationFunc.algorithmParams })
  if (!(salt instanceof OctetString)) throw new Error("a salt that is elsewhere")
  const isBearable = salt.getValue().byteLength <= maxSaltBytes && keyLength <= maxKeyBytes
  return isBearable && isCount(iterationCount, maxRounds) ? iterationCount : "too-much"
}
