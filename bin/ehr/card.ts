import { writeFileSync } from "node:fs"
import * as z from "zod/mini"
import { type CardFront, frontAddress, makeFront } from "../../protocol/card-front.ts"
import { type Category, categories, category } from "../../protocol/primitives.ts"
import { cardSheetSvg, cardSvg } from "../../sdk/card-image.ts"
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

/**
 * A card's picture, as the file's ending says; for its owner's eyes alone. `front`: the text of the front's code, where the address of the card page is
 * known: both sides are on the sheet, to fold it.
 */
const writeCard = (file: string, text: string, front: string | undefined) => {
  const back = () =>
    cardSvg(text, {
      heading: "EMERGENCY HEALTH CARD",
      lines: ["Opens my health record", "to a certified professional", "who scans it with their app."],
    })
  const sheet = (address: string) =>
    cardSheetSvg(
      cardSvg(address, {
        heading: "IN AN EMERGENCY",
        lines: ["Scan with any camera.", "Professionals:", "turn the card round."],
      }),
      back(),
    )
  const picture = file.endsWith(".png") ? cardPng(text) : front === undefined ? back() : sheet(front)
  writeFileSync(file, picture, { mode: 0o600 })
}

/** The address of the card page, by `--page`. */
const frontOfCard = (given: Given, front: CardFront): string | undefined => {
  const page = textOf(given, "page")
  if (page === undefined) return undefined
  try {
    return frontAddress(front, page)
  } catch (cause) {
    throw new UsageError("--page takes the address of a card page, of at most 38 characters.", { cause })
  }
}

/** Makes, lists and revokes emergency cards. */
export const cardCommand: Command = {
  usage: [
    "[--categories A,B] [--index URL] [--page URL] [--output FILE.svg|.png] | --list | --revoke CARD",
    "Makes an emergency card, lists the cards, or makes one worthless.",
  ],
  options: {
    categories: { type: "string" },
    index: { type: "string" },
    page: { type: "string" },
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
      // Before the card is made: an address that can't be printed makes none.
      frontOfCard(given, makeFront(session))
      const { cardId, text, front } = await makeCard(session, { hri, categories: opened })
      writeCard(output, text, frontOfCard(given, front))
      return {
        value: { cardId, categories: opened, file: output },
        lines: [`Card ${cardId} opens ${opened.join(", ")}. Print ${output}, and keep no copy of it.`],
      }
    }),
}
