import * as z from "zod/mini"
import { accessStatement } from "../../attack/access-statement.ts"
import { statements } from "../../protocol/claims.ts"
import { toBase64url } from "../../protocol/crypto/bytes.ts"
import { type EmergencyAnswer, openAnswer } from "../../protocol/emergency-answer.ts"
import { generateSealingKeyPair, type SealingKeyPair } from "../../protocol/sealing.ts"
import { readStatement, statementHash } from "../../protocol/statement.ts"
import { apiAt } from "../../sdk/api.ts"
import { lookUp } from "../../sdk/hcp/card.ts"
import type { People } from "./deployment.ts"

let made: Promise<SealingKeyPair> | undefined
/** What the answers of a test file are sealed to, so that it can be seen what was released. */
const ephemeralPair = (): Promise<SealingKeyPair> => (made ??= generateSealingKeyPair())

/** Asks for an emergency access as the SDK does, for an answer that `openedAccess` opens. */
export const askForAccess = async ({ card, cardId, patient, physician, ocsp }: People): Promise<unknown> => {
  const { cloud, manifest } = await lookUp(card)
  const statement = await accessStatement({ session: patient, card, cardId }, physician, {
    ephemeral: await ephemeralPair(),
  })
  const request = { statement, ocsp: toBase64url(ocsp), witness: manifest.number }
  return apiAt(cloud, { local: false }).call("hcp/emergency-access", request)
}

const asked = z.object({ statement: z.string() })
const answered = z.object({ sealed: z.string() })

/** What was answered, opened: `sealed` alone says nothing of what it releases. */
export const openedAccess = async (request: object, answer: object): Promise<EmergencyAnswer> => {
  const { statement } = z.parse(asked, request)
  const { aud, patientId } = z.parse(statements["emergency-access"], readStatement(statement).payload)
  const place = { cloudId: aud, patientId, statementHash: await statementHash(statement) }
  return openAnswer(place, await ephemeralPair(), z.parse(answered, answer).sealed)
}
