import { writeFileSync } from "node:fs"
import * as z from "zod/mini"
import { type Category, categories, category } from "../../protocol/primitives.ts"
import { cardSvg } from "../../sdk/card-image.ts"
import { makeCard, revokeCard } from "../../sdk/patient/cards.ts"
import { listCards } from "../../sdk/patient/held-cards.ts"
import { cardPng } from "./card-png.ts"
import { asPatient, type Command, type Given, textOf } from "./command.ts"
import { UsageError } from "./exit.ts"

/** The categories of `--categories a,b`; all of them where there is none. */
export const categoriesOf = (given: Given): readonly Category[] => {
  const text = textOf(given, "categories")
  if (text === undefined) return categories
  const parsed = z.safeParse(z.array(category).check(z.minLength(1)), text.split(","))
  if (!parsed.success) throw new UsageError(`--categories takes some of ${categories.join(",")}.`)
  return categories.filter((each) => parsed.data.includes(each))
}

/** A card's picture, as the file's ending says; for its owner's eyes alone. */
const writeCard = (file: string, text: string) => {
  const picture = file.endsWith(".png")
    ? cardPng(text)
    : cardSvg(text, {
        heading: "EMERGENCY HEALTH CARD",
        lines: ["Opens my health record", "to a certified professional."],
      })
  writeFileSync(file, picture, { mode: 0o600 })
}

/** Makes, lists and revokes emergency cards. */
export const cardCommand: Command = {
  usage: [
    "[--categories A,B] [--index URL] [--output FILE.svg|.png] | --list | --revoke CARD",
    "Makes an emergency card, lists the cards, or makes one worthless.",
  ],
  options: {
    categories: { type: "string" },
    index: { type: "string" },
    output: { type: "string", default: "card.svg" },
    list: { type: "boolean" },
    revoke: { type: "string" },
  },
  positionals: [0, 0],
  run: (given, context) =>
    asPatient(context, async (session, profile) => {
      const revoked = textOf(given, "revoke")
      if (revoked !== undefined) {
        await revokeCard(session, revoked)
        return { value: { cardId: revoked, status: "revoked" }, lines: [`Card ${revoked} opens nothing any more.`] }
      }
      if (given.values["list"] === true) {
        const cards = (await listCards(session)).map(({ cardId, status, categories, createdAt }) => ({
          cardId,
          status,
          categories,
          createdAt,
        }))
        return {
          value: { cards },
          lines: cards.map((card) => `${card.cardId}  ${card.status.padEnd(8)}  ${card.categories.join(", ")}`),
        }
      }
      const hri = textOf(given, "index") ?? profile.index
      if (hri === undefined) throw new UsageError("Which index leads to this cloud? Pass --index URL.")
      const opened = categoriesOf(given)
      const output = textOf(given, "output") ?? "card.svg"
      const { cardId, text } = await makeCard(session, { hri, categories: opened })
      writeCard(output, text)
      return {
        value: { cardId, categories: opened, file: output },
        lines: [`Card ${cardId} opens ${opened.join(", ")}. Print ${output}, and keep no copy of it.`],
      }
    }),
}
