/**
 * What a cloud's operator has that stands between nobody and a network: the provider's key, and what it answers an access with, before it is sealed to the
 * key in the professional's statement. Here the operator gets at that by an access of its own, with the card at hand.
 */
import { generateKeyPair } from "jose/key/generate/keypair"
import * as z from "zod/mini"
import { statements } from "../protocol/claims.ts"
import { utf8 } from "../protocol/crypto/bytes.ts"
import { type EmergencyAnswer, openAnswer } from "../protocol/emergency-answer.ts"
import { publicJwk } from "../protocol/keys.ts"
import type { EcPublicJwk } from "../protocol/primitives.ts"
import { generateSealingKeyPair, sealInfo, sealingKeyThumbprint, sealTo } from "../protocol/sealing.ts"
import { readStatement, signStatement, statementHash } from "../protocol/statement.ts"
import type { Credential } from "../sdk/hcp/emergency-access.ts"
import { type Asked, jsonOf, jsonReply, type Network } from "../test/kit/network.ts"
import { accessStatement, type Held } from "./access-statement.ts"

/** A provider's key in the operator's hands. */
export interface ProviderKey {
  readonly publicKey: EcPublicJwk
  sign(typ: string, claims: object): Promise<string>
}

export const newProviderKey = async (): Promise<ProviderKey> => {
  const { privateKey, publicKey } = await generateKeyPair("ES256")
  return {
    publicKey: await publicJwk(publicKey),
    sign: (typ, payload) => signStatement({ typ, alg: "ES256", privateKey, payload }),
  }
}

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
export const operatorOf = async (network: Network, cards: readonly Held[], credential: Credential) => {
  const key = await newProviderKey()
  return {
    key,
    /** The cloud, its accesses answered in clear, and its provider's key the operator's. */
    inClear: (async (asked) => {
      if (asked.route === "hcp/emergency-access") {
        const { cardId } = accessIn(sent(asked).statement)
        const held = cards.find((card) => card.cardId === cardId)
        if (held === undefined) throw new Error("a card that is not at hand")
        const answer = await answerInClear(network, held, credential, asked)
        return "refused" in answer ? answer.refused : jsonReply(answer)
      }
      const reply = await network(asked)
      if (asked.route !== "system/well-known" || reply.status !== 200) return reply
      return jsonReply({ ...(jsonOf(reply) as object), providerKey: key.publicKey })
    }) satisfies Network,
    sealing: (inner: Network, tampering: Tampering = {}) => sealingFor(key, inner, tampering),
  }
}
export type Operator = Awaited<ReturnType<typeof operatorOf>>

export type ReceiptOf = { readonly typ: string; readonly claims: Readonly<Record<string, unknown>> }

/** How an operator changes what comes sealed, or by its own signature. */
export interface Tampering {
  /** The receipt that is replaced by one for the statement at hand; any, where it isn't given. */
  readonly standIn?: unknown
  readonly spoil?: (sealed: string) => unknown
  readonly forge?: (honest: ReceiptOf) => ReceiptOf
}

/** What reaches the professional: the answer in clear sealed to the key they named, and the receipt of their access signed for their statement. */
const sealingFor = (key: ProviderKey, inner: Network, { standIn, spoil, forge }: Tampering): Network => {
  let last: { statement: string; event: EmergencyAnswer["event"]; cloudId: string } | undefined
  return async (asked) => {
    const reply = await inner(asked)
    if (reply.status !== 200) return reply
    if (asked.route === "hcp/emergency-access") {
      const { statement } = sent(asked)
      const answer = jsonOf(reply) as EmergencyAnswer
      last = { statement, event: answer?.event, cloudId: accessIn(statement).aud }
      const sealed = await sealedFor(statement, answer)
      return jsonReply({ sealed: spoil === undefined ? sealed : spoil(sealed) })
    }
    if (asked.route !== "hcp/session" || last === undefined) return reply
    const session = jsonOf(reply) as { receipt?: unknown } | null
    if (standIn !== undefined && session?.receipt !== standIn) return reply
    const { statement, event, cloudId } = last
    const own = { iss: cloudId, iat: Math.floor(Date.now() / 1000), statementHash: await statementHash(statement) }
    const honest = { typ: "receipt", claims: { ...own, seq: event.seq, eventHash: event.hash } }
    const { typ, claims } = forge === undefined ? honest : forge(honest)
    return jsonReply({ ...session, receipt: await key.sign(typ, claims) })
  }
}
