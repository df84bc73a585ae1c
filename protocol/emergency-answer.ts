/** What a cloud answers to an emergency access, sealed to the key inside the professional's statement (docs/protocol.md, "Emergency access"). */
import * as z from "zod/mini"
import { manifestStatement, signerLists } from "./claims.ts"
import { utf8 } from "./crypto/bytes.ts"
import { parseJson } from "./crypto/strict-json.ts"
import { orFail } from "./integrity.ts"
import { categories, category, hash, identifier, instant, key32, ordinal } from "./primitives.ts"
import { descriptor, keyHistory, pageList, wrappedCategoryKeys } from "./record.ts"
import { openSealed, type SealingKeyPair, sealerTo, sealInfo, sealingKeyThumbprint } from "./sealing.ts"
import { type SealingKey, sealingKey } from "./sealing-key.ts"

const url = z.string().check(z.maxLength(8192), z.startsWith("http"))

export const emergencyAnswer = z.object({
  grantId: identifier,
  expiresAt: instant,
  /** Opens `hcp/session`, once granted, for this grant alone. */
  ticket: key32,
  cloudShare: key32,
  wrappedCategoryKeys,
  /** Of what is sealed of the card for its patient: the manifest's hash of the card names it. */
  sealedHash: hash,
  /** Of each category of the card: of `summary` as far back as its first page needs, of the others as far as the ring has the keys itself. */
  keyHistory: z.array(z.extend(keyHistory, { category })).check(z.maxLength(categories.length)),
  signers: signerLists,
  /** What contributions are sealed to: the account key that the manifest names. */
  account: sealingKey,
  manifest: manifestStatement,
  /** The manifests on the way back to the one that the index has witnessed. */
  links: z.array(manifestStatement).check(z.maxLength(64)),
  /** Of the category `summary`; absent where the card does not include it. */
  pageList: z.optional(pageList),
  /** The first page of the category `summary`; empty where the card does not include it. */
  summary: z.array(descriptor),
  urls: z.array(z.object({ recordId: identifier, version: ordinal, url })),
})
export type EmergencyAnswer = z.infer<typeof emergencyAnswer>

/** Whose access it is: the statement, by its hash, and whom it was sent to. */
export type Asked = { readonly cloudId: string; readonly patientId: string; readonly statementHash: string }

const infoOf = async ({ cloudId, patientId, statementHash }: Asked, ephemeral: SealingKey) =>
  sealInfo({
    kind: "emergency-access",
    aud: cloudId,
    subject: patientId,
    recipient: await sealingKeyThumbprint(ephemeral),
    object: statementHash,
    epoch: 0,
  })

/**
 * What seals the one answer to the key in the statement: who only forwarded the statement reads nothing. Made before there is an answer, so
 * that nobody waits for it then.
 */
export async function answerSealer(
  asked: Asked,
  ephemeral: SealingKey,
): Promise<(answer: EmergencyAnswer) => Promise<string>> {
  const seal = await sealerTo(ephemeral, await infoOf(asked, ephemeral))
  return (answer) => seal(utf8(JSON.stringify(answer)))
}

/** The answer to this very statement. `reply-invalid` for anything else. */
export function openAnswer(asked: Asked, ephemeral: SealingKeyPair, sealed: string): Promise<EmergencyAnswer> {
  return orFail("reply-invalid", async () => {
    const opened = await openSealed(ephemeral, await infoOf(asked, ephemeral.publicKey), sealed)
    return z.parse(emergencyAnswer, parseJson(opened))
  })
}
