import type { Card } from "../protocol/card.ts"
import type { CardFront } from "../protocol/card-front.ts"
import type { Category } from "../protocol/primitives.ts"
import type { TrustPolicy } from "../protocol/trust-policy.ts"
import type { Credential } from "../sdk/hcp/emergency-access.ts"
import { makeCard } from "../sdk/patient/cards.ts"
import { uploadRecord } from "../sdk/patient/records.ts"
import { jsonReply, type Network, over } from "../test/kit/network.ts"
import { type Account, cardIn, documentOf } from "../test/kit/people.ts"
import type { ProviderSigns } from "./operator.ts"

/** Where a story plays: an honest cloud and an honest index behind a network, with two certified professionals. */
export interface Ground {
  readonly network: Network
  readonly cloud: string
  readonly hri: string
  /** The provider's key, which the cloud's operator has. */
  readonly signs: ProviderSigns
  readonly physician: Credential
  readonly paramedic: Credential
  /** Somebody whom no authority vouches for that anybody here trusts. */
  readonly stranger: Credential
  /** Whom devices take for a professional. */
  readonly trust: TrustPolicy
  /** A new account with an empty record and both consents, over whatever network is in force. */
  open(name: string): Promise<Account>
}

/** An attack, told from its beginning to its end. */
export interface Story {
  /** Its number among the attacks that a review found. */
  readonly attack: number
  readonly name: string
  /** What is seen where it holds: codes of refusals, and what else shows. */
  readonly expected: string
  play(on: Ground): Promise<string>
}

export interface Patient extends Account {
  readonly card: Card
  readonly front: CardFront
  readonly cardId: string
  readonly text: string
}

/** A patient with a summary and a card, all of it honest. */
export const newPatient = (on: Ground, name: string, categories: readonly Category[] = ["summary"]): Promise<Patient> =>
  over(on.network, async () => {
    const account = await on.open(name)
    await uploadRecord(account.session, documentOf("summary", `summary of ${name}`))
    const { cardId, text, front } = await makeCard(account.session, { hri: on.hri, categories })
    return { ...account, cardId, text, front, card: cardIn(text) }
  })

/** What became of a deed: the code of its refusal, or that there was none. */
export const outcomeOf = async (network: Network, run: () => Promise<unknown>): Promise<string> => {
  try {
    await over(network, run)
    return "NOT REFUSED"
  } catch (error) {
    const { code } = error as { code?: unknown }
    return typeof code === "string" ? code : `failed: ${String(error)}`
  }
}

/** What a cloud says that would like to be asked again, and never gives an answer. */
export const busy = () =>
  jsonReply({ type: "about:blank", title: "The service is busy.", status: 503, code: "busy", requestId: "-" }, 503)

export const notFound = () =>
  jsonReply({ type: "about:blank", title: "There is nothing.", status: 404, code: "not-found", requestId: "-" }, 404)
