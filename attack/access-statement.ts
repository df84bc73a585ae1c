import { type Card, cardProof, deriveCardKeys, locatorHash } from "../protocol/card.ts"
import { toHex } from "../protocol/crypto/bytes.ts"
import { sha256 } from "../protocol/crypto/primitives.ts"
import { generateSealingKeyPair, type SealingKeyPair, sealingKeyThumbprint } from "../protocol/sealing.ts"
import { signStatement } from "../protocol/statement.ts"
import type { Credential } from "../sdk/hcp/emergency-access.ts"
import type { PatientSession } from "../sdk/patient/session.ts"
import { stamp } from "../sdk/stamp.ts"

/** A patient's card, and whose it is. */
export interface Held {
  readonly session: Pick<PatientSession, "cloud" | "patientId">
  readonly card: Card
  readonly cardId: string
}

/** What an adversary puts in the place of what the SDK would. */
export interface Otherwise {
  readonly claims?: object
  readonly proofBy?: { readonly card?: Card; readonly certificate?: Uint8Array }
  readonly proofOver?: object
  readonly ephemeral?: SealingKeyPair
}

/** The statement that the SDK would sign, but for what is otherwise: `claims` are changed before the proof is made, `proofOver` in the proof alone. */
export const accessStatement = async (
  { session, card, cardId }: Held,
  { chain, alg, privateKey }: Credential,
  { claims = {}, proofBy = {}, proofOver = {}, ephemeral }: Otherwise = {},
): Promise<string> => {
  const { publicKey } = ephemeral ?? (await generateSealingKeyPair())
  const own = {
    aud: session.cloud.cloudId,
    ...stamp(),
    patientId: session.patientId,
    cardId,
    fingerprint: card.fingerprint,
    locatorHash: await locatorHash(card.locator),
    ephemeral: publicKey,
    ...claims,
  }
  const { proofKey } = await deriveCardKeys((proofBy.card ?? card).secret)
  const leaf = proofBy.certificate ?? chain[0] ?? new Uint8Array()
  const certificate = toHex(await sha256(new Uint8Array(leaf)))
  const over = { ...own, certificate, ephemeral: await sealingKeyThumbprint(own.ephemeral), ...proofOver }
  const proof = await cardProof(proofKey, over)
  return signStatement({ typ: "emergency-access", alg, privateKey, x5c: chain, payload: { proof, ...own } })
}
