/**
 * What a cloud's operator has that stands between nobody and a network: the provider's key, and what it answers an access with, before it is sealed to the
 * key in the professional's statement. Here the operator gets at that by an access of its own, with the card at hand.
 */
import * as z from "zod/mini"
import { statements } from "../protocol/claims.ts"
import { utf8 } from "../protocol/crypto/bytes.ts"
import { canonicalHash } from "../protocol/crypto/canonical.ts"
import { type EmergencyAnswer, openAnswer } from "../protocol/emergency-answer.ts"
import { generateSealingKeyPair, sealInfo, sealingKeyThumbprint, sealTo } from "../protocol/sealing.ts"
import { readStatement, statementHash } from "../protocol/statement.ts"
import type { Credential } from "../sdk/hcp/emergency-access.ts"
import { type Asked, jsonOf, jsonReply, type Network } from "../test/kit/network.ts"
import { accessStatement, type Held } from "./access-statement.ts"

/** The provider's key in the operator's hands: a statement by it, whatever it says. */
export type ProviderSigns = (typ: string, claims: object) => Promise<string>

const sent = ({ body }: Pick<Asked, "body">): { statement: string } =>
  z.parse(z.object({ statement: z.string() }), jsonOf({ body }))

const accessIn = (statement: string) => z.parse(statements["emergency-access"], readStatement(statement).payload)

/** An answer of the operator's own making, whatever stands in it, to this very statement. */
export const sealedFor = async (statement: string, answer: unknown): Promise<string> => {
  const { aud, patientId, ephemeral } = accessIn(statement)
  const recipient = await sealingKeyThumbprint(ephemeral)
  const object = await statementHash(statement)
  const info = sealInfo({ kind: "emergency-access", aud, subject: patientId, recipient, object, epoch: 0 })
  return sealTo(ephemeral, info, utf8(JSON.stringify(answer)))
}

/** What the cloud answers an access by this card with, in clear. */
export const answerInClear = async (
  network: Network,
  held: Held,
  credential: Credential,
  asked: Asked,
): Promise<EmergencyAnswer | { readonly refused: Awaited<ReturnType<Network>> }> => {
  const ephemeral = await generateSealingKeyPair()
  const statement = await accessStatement(held, credential, { ephemeral })
  const body = utf8(JSON.stringify({ ...(jsonOf(asked) as object), statement }))
  const reply = await network({ ...asked, body })
  if (reply.status !== 200) return { refused: reply }
  const { cloudId } = held.session.cloud
  const place = { cloudId, patientId: held.session.patientId, statementHash: await statementHash(statement) }
  return openAnswer(place, ephemeral, z.parse(z.object({ sealed: z.string() }), jsonOf(reply)).sealed)
}

/** The cloud, with what it answers an access by this card with changed before it is sealed. */
export const lyingInClear =
  (network: Network, held: Held, credential: Credential, lie: (answer: EmergencyAnswer) => unknown): Network =>
  async (asked) => {
    if (asked.route !== "hcp/emergency-access") return network(asked)
    const answer = await answerInClear(network, held, credential, asked)
    if ("refused" in answer) return answer.refused
    return jsonReply({ sealed: await sealedFor(sent(asked).statement, lie(answer)) })
  }

/** The operator of the cloud behind a network, with the cards that are scanned there at hand. */
export const operatorOf = (network: Network, cards: readonly Held[], credential: Credential, signs: ProviderSigns) => {
  return {
    signs,
    /** The cloud, its accesses answered in clear. */
    inClear: (async (asked) => {
      if (asked.route === "hcp/emergency-access") {
        const { cardId } = accessIn(sent(asked).statement)
        const held = cards.find((card) => card.cardId === cardId)
        if (held === undefined) throw new Error("a card that is not at hand")
        const answer = await answerInClear(network, held, credential, asked)
        return "refused" in answer ? answer.refused : jsonReply(answer)
      }
      return network(asked)
    }) satisfies Network,
    sealing: (inner: Network, tampering: Tampering = {}) => sealingFor(signs, inner, tampering),
  }
}
export type Operator = ReturnType<typeof operatorOf>

export type ReceiptOf = { readonly typ: string; readonly claims: Readonly<Record<string, unknown>> }

/** How an operator changes what comes sealed, or by its own signature. */
export interface Tampering {
  /** The session whose event and receipt are replaced by those for the statement at hand; any, where it isn't given. */
  readonly standIn?: Session | undefined
  readonly spoil?: (sealed: string) => unknown
  readonly forge?: (honest: ReceiptOf) => ReceiptOf
}

interface Told {
  readonly at?: unknown
  readonly hash?: unknown
  readonly subject?: { readonly statementHash?: unknown }
  readonly seq?: unknown
}
/** The event as it is of this statement, a moment ago: what of it isn't as the cloud told it stays. */
const eventFor = async (statement: string, told: Told, honest: Told): Promise<Told> => {
  const ownHash = await statementHash(statement)
  const { hash, ...event } = {
    ...told,
    ...(told.at === honest.at ? { at: new Date().toISOString() } : {}),
    ...(told.subject !== undefined && told.subject?.statementHash === honest.subject?.statementHash
      ? { subject: { ...told.subject, statementHash: ownHash } }
      : {}),
  }
  return { ...event, hash: hash === honest.hash ? await canonicalHash(event) : hash }
}

export interface Session {
  readonly receipt?: unknown
  readonly event?: Told
}
/** What reaches the professional: the answer in clear sealed to the key they named, and event and receipt of their access made for their statement. */
const sealingFor = (signs: ProviderSigns, inner: Network, { standIn, spoil, forge }: Tampering): Network => {
  let statement: string | undefined
  return async (asked) => {
    const reply = await inner(asked)
    if (reply.status !== 200) return reply
    if (asked.route === "hcp/emergency-access") {
      statement = sent(asked).statement
      const sealed = await sealedFor(statement, jsonOf(reply))
      return jsonReply({ sealed: spoil === undefined ? sealed : spoil(sealed) })
    }
    if (asked.route !== "hcp/session" || statement === undefined) return reply
    const session = jsonOf(reply) as Session | null
    if (standIn !== undefined && session?.receipt !== standIn.receipt) return reply
    const told = session?.event
    const event =
      typeof told === "object" && told !== null ? await eventFor(statement, told, standIn?.event ?? told) : told
    const own = { iss: accessIn(statement).aud, iat: Math.floor(Date.now() / 1000) }
    const signed = { ...own, statementHash: await statementHash(statement), seq: event?.seq, eventHash: event?.hash }
    const honest = { typ: "receipt", claims: signed }
    const { typ, claims } = forge === undefined ? honest : forge(honest)
    return jsonReply({ ...session, event, receipt: await signs(typ, claims) })
  }
}
