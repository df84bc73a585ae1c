/** The cards as they lie on this device, sealed: for when there is no network, or nobody is signed in. */
import * as z from "zod/mini"
import { frontOf } from "../../../protocol/card-front.ts"
import { fromBase64url, fromUtf8, toBase64url, utf8 } from "../../../protocol/crypto/bytes.ts"
import { openPart } from "../../../protocol/open-part.ts"
import { category } from "../../../protocol/primitives.ts"
import type { CardSecrets, PatientCard } from "../../../sdk/patient/held-cards.ts"
import { keep, openKept } from "../../../sdk/patient/kept.ts"
import { readCardsCopy, writeCardsCopy } from "../device.ts"
import { keysOf } from "../device-keys.ts"
import { account } from "../state.ts"

const kept = z.object({
  /** When the cloud was last asked. */
  at: z.string(),
  cards: z.array(
    z.object({
      cardId: z.string(),
      createdAt: z.string(),
      categories: z.array(category),
      name: z.string(),
      text: z.string(),
      front: z.string(),
      openPart: z.optional(z.object({ number: z.number(), said: z.optional(openPart) })),
    }),
  ),
})

/** A card that was in force when the cloud was last asked. */
export interface KeptCard extends Pick<PatientCard, "cardId" | "createdAt" | "categories" | "name" | "openPart"> {
  readonly secrets: Pick<CardSecrets, "text" | "front">
}

const name = "cards"

const owner = async () => {
  const known = account.value
  return known === undefined ? undefined : { ...known, keys: await keysOf(known) }
}

/** Keeps those in force, in the place of all that were kept before. */
export const keepCards = async (cards: readonly PatientCard[]): Promise<void> => {
  const by = await owner()
  if (by === undefined) return
  const inForce = cards.flatMap(({ cardId, createdAt, categories, name: called = "", openPart: says, secrets }) =>
    secrets === undefined
      ? []
      : [
          {
            cardId,
            createdAt,
            categories,
            name: called,
            text: secrets.text,
            front: toBase64url(secrets.front.secret),
            ...(says && { openPart: says }),
          },
        ],
  )
  const bytes = utf8(JSON.stringify({ at: new Date().toISOString(), cards: inForce }))
  await writeCardsCopy(await keep(by, name, {}, bytes))
}

/** Those that were in force when the cloud was last asked; `undefined` where this device never saw them. */
export const readKeptCards = async (): Promise<{ at: string; cards: readonly KeptCard[] } | undefined> => {
  const [by, found] = [await owner(), await readCardsCopy()]
  if (by === undefined || found === undefined) return undefined
  const { at, cards } = z.parse(kept, JSON.parse(fromUtf8(await openKept(by, name, found))))
  const { fingerprint } = by
  return {
    at,
    cards: cards.map(({ text, front, openPart: says, ...card }) => ({
      ...card,
      ...(says && { openPart: { number: says.number, ...(says.said && { said: says.said }) } }),
      secrets: { text, front: frontOf({ fingerprint, secret: fromBase64url(front) }) },
    })),
  }
}
