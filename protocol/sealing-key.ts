/** The public key that others seal to, and what is sealed to it, as they travel (docs/protocol.md). */
import * as z from "zod/mini"
import { base64urlOf, ecPublicJwk } from "./primitives.ts"

/** Both public halves. What is sealed to the key stays secret as long as either half holds. */
export const sealingKey = z.strictObject({
  p256: ecPublicJwk,
  /** FIPS 203's encapsulation key, base64url of 1,184 bytes. */
  mlkem768: base64urlOf(1184),
})
export type SealingKey = z.infer<typeof sealingKey>

/** Both private halves, for the recovery bundle. */
export const sealingPrivateKey = z.strictObject({
  p256: z.strictObject({ ...ecPublicJwk.shape, d: base64urlOf(32) }),
  /** FIPS 203's `d` and `z`, base64url of 64 bytes. */
  seed: base64urlOf(64),
})
export type SealingPrivateKey = z.infer<typeof sealingPrivateKey>

/** What `sealTo` makes, of at most `max` characters. The prefix names the construction, so that another can follow. */
export const sealedText = (max: number) => z.string().check(z.maxLength(max), z.regex(/^H1\.[\w-]+$/))
