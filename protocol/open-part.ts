/** What the patient says to anybody who holds the card, and how whoever reads it knows it is theirs (docs/protocol.md, "Open part"). */
import * as z from "zod/mini"
import { sealedHash } from "./card.ts"
import { type CardFront, isOwner } from "./card-front.ts"
import { signerListClaims, statements } from "./claims.ts"
import { fromUtf8, utf8 } from "./crypto/bytes.ts"
import { openUnder, sealUnder } from "./crypto/envelope.ts"
import { derive } from "./crypto/primitives.ts"
import { parseJson } from "./crypto/strict-json.ts"
import { orFail } from "./integrity.ts"
import { thumbprint } from "./keys.ts"
import { type SignerList, verifyBySigner, verifyNotOlder, verifySigners } from "./signers.ts"
import { readStatement, statementHash } from "./statement.ts"

/** What a line is about; the reader's language has a word for each. */
export const openLineKinds = [
  "allergy",
  "medicine",
  "implant",
  "illness",
  "contact",
  "language",
  "birth-date",
  "other",
] as const
export type OpenLineKind = (typeof openLineKinds)[number]

/** Lines of an open part. */
export const maxOpenLines = 24
/** Bytes of its JSON. */
const maxOpenPartSize = 4096

/** Words as somebody wrote them: no control characters, no direction marks that would turn a line around. */
const words = (length: number) =>
  z.string().check(
    z.minLength(1),
    z.maxLength(length),
    z.refine((text) => text.isWellFormed() && !/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u.test(text)),
  )

/** A telephone number as people write it: digits, each group after one separator at most. */
export const openPhone = z.string().check(z.regex(/^\+?[0-9](?:[ ()/-]?[0-9]){2,19}$/))

/** What the patient opens to anybody; nothing of it is asked for. */
export const openPart = z.strictObject({
  name: z.optional(words(80)),
  /** Of the words that the patient wrote (BCP 47), such as `el`. */
  language: z.string().check(z.regex(/^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}$/)),
  /** The first five are those for paper. */
  lines: z.array(z.strictObject({ about: z.enum(openLineKinds), text: words(120) })).check(z.maxLength(maxOpenLines)),
  /** Whom to call. */
  contact: z.optional(z.strictObject({ name: words(80), phone: openPhone })),
})
export type OpenPart = z.infer<typeof openPart>

/** Which open part it is: the key under which it is sealed is made for this one place and number. */
export interface OpenPartPlace {
  readonly cloudId: string
  readonly patientId: string
  readonly cardId: string
  readonly number: number
}

const keyOf = ({ secret }: CardFront, { cloudId, patientId, cardId, number }: OpenPartPlace) =>
  derive(secret, "open-part", cloudId, patientId, cardId, number)

/** JWE; `TypeError` for what isn't an open part or has more than 4,096 bytes. */
export const sealOpenPart = async (front: CardFront, place: OpenPartPlace, said: OpenPart): Promise<string> => {
  const parsed = z.safeParse(openPart, said)
  const bytes = utf8(JSON.stringify(said))
  if (!parsed.success || bytes.length > maxOpenPartSize) throw new TypeError("not an open part, or too long for one")
  return sealUnder(await keyOf(front, place), bytes)
}

/** What `sealOpenPart` sealed for this place. Throws for anything else. */
export const openOpenPart = async (front: CardFront, place: OpenPartPlace, sealed: string): Promise<OpenPart> => {
  const bytes = await openUnder(await keyOf(front, place), sealed)
  if (bytes.length > maxOpenPartSize) throw new RangeError("too long for an open part")
  return z.parse(openPart, parseJson(utf8(fromUtf8(bytes))))
}

/** Whose lists of signers these are, verified to be those of whom the front names. Throws otherwise. */
export const signersOfFront = async (
  front: CardFront,
  chain: readonly string[],
  record: { readonly cloudId?: string; readonly patientId?: string } = {},
): Promise<SignerList> => {
  const [first] = chain
  if (first === undefined) throw new Error("no signers")
  const { root } = z.parse(signerListClaims, readStatement(first).payload)
  const fingerprint = await thumbprint(root.signing)
  if (!isOwner(front, fingerprint)) throw new Error("of another patient")
  return verifySigners(chain, { fingerprint, ...record })
}

/** What the index says of a front: where its open part is, and which one is the newest that the patient's device told it of. */
export interface KnownOpenPart extends Omit<OpenPartPlace, "number"> {
  readonly openPart: { readonly number: number; readonly hash: string }
  readonly signers: { readonly number: number; readonly hash: string }
}

const newestSigners = async (front: CardFront, known: KnownOpenPart, chain: readonly string[]): Promise<SignerList> => {
  try {
    const list = await signersOfFront(front, chain, known)
    verifyNotOlder(list, known.signers)
    return list
  } catch (cause) {
    throw new Error("by nobody who may sign now", { cause })
  }
}

/**
 * The open part that the cloud gave for a front, by one of the patient's signers, and no older than the index has witnessed; `signedAt` in seconds, the
 * signer's word. `open-part-invalid` for any other.
 */
export const readOpenPart = (
  front: CardFront,
  known: KnownOpenPart,
  answer: { readonly statement: string; readonly signers: readonly string[]; readonly sealed: string },
): Promise<{ said: OpenPart; signedAt: number; number: number }> =>
  orFail("open-part-invalid", async () => {
    const { cloudId, patientId, cardId } = known
    const list = await newestSigners(front, known, answer.signers)
    const claims = z.parse(statements["open-part"], await verifyBySigner(answer.statement, "open-part", list))
    if (claims.action !== "set" || claims.aud !== cloudId) throw new Error("nothing is open")
    if (claims.patientId !== patientId || claims.cardId !== cardId) throw new Error("of another card")
    const { number } = claims
    const same = number === known.openPart.number && (await statementHash(answer.statement)) === known.openPart.hash
    if (!same && number <= known.openPart.number) throw new Error("an older one")
    if (claims.sealedHash !== (await sealedHash(answer.sealed))) throw new Error("another text than was signed")
    const said = await openOpenPart(front, { cloudId, patientId, cardId, number }, answer.sealed)
    return { said, signedAt: claims.iat, number }
  })
