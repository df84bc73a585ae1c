import { extname } from "node:path"
import * as z from "zod/mini"
import { type CardFront, frontAddress, makeFront } from "../../protocol/card-front.ts"
import { type Category, categories, category } from "../../protocol/primitives.ts"
import { cardSheetSvg, cardSvg } from "../../sdk/card-image.ts"
import { openIndex } from "../../sdk/cloud.ts"
import { makeCard, revokeCard } from "../../sdk/patient/cards.ts"
import { listCards } from "../../sdk/patient/held-cards.ts"
import type { PatientSession } from "../../sdk/patient/session.ts"
import { cardPng } from "./card-png.ts"
import { asPatient, type Command, type Given, type Outcome, textOf } from "./command.ts"
import { UsageError } from "./exit.ts"
import { outputAt, tryOutput, writeOutput } from "./output.ts"

/** The categories of `--categories a,b`; all of them where there is none. */
export const categoriesOf = (given: Given): readonly Category[] => {
  const text = textOf(given, "categories")
  if (text === undefined) return categories
  const parsed = z.safeParse(z.array(category).check(z.minLength(1)), text.split(","))
  if (!parsed.success) throw new UsageError(`--categories takes some of ${categories.join(",")}.`)
  return categories.filter((each) => parsed.data.includes(each))
}

const backSvg = (text: string): string =>
  cardSvg(text, {
    heading: "EMERGENCY HEALTH CARD",
    lines: ["Opens my health record", "to a certified professional."],
  })
const frontSvg = (address: string): string =>
  cardSvg(address, {
    heading: "IN AN EMERGENCY",
    lines: ["Scan with any camera.", "Professionals: turn the card round."],
  })

/** `front`: the text of the front's code, where the card page is known: both sides are on one sheet then, to fold it. */
type Picture = (text: string, front: string | undefined) => Uint8Array | string
const pictures: Readonly<Record<string, Picture>> = {
  ".png": (text) => cardPng(text),
  ".svg": (text, front) => (front === undefined ? backSvg(text) : cardSheetSvg(frontSvg(front), backSvg(text))),
}

/** Draws a card, as the file's ending asks for. */
const pictureFor = (file: string): Picture => {
  const picture = pictures[extname(file).toLowerCase()]
  if (picture === undefined) throw new UsageError(`${file}: a card is written as .svg or as .png.`)
  return picture
}

/** What can fail on this machine and at the index has been tried before the cloud makes a card; one that can't be handed over is revoked. */
const make = async (session: PatientSession, hri: string, given: Given): Promise<Outcome> => {
  const categories = categoriesOf(given)
  const path = textOf(given, "output") ?? "card.svg"
  const picture = pictureFor(path)
  const output = outputAt(path, { force: given.values["force"] === true })
  await openIndex(hri, { local: true })
  await tryOutput(output)
  frontOfCard(given, makeFront(session))
  const { cardId, text, front } = await makeCard(session, { hri, categories })
  try {
    await writeOutput(output, picture(text, frontOfCard(given, front)))
  } catch (error) {
    await revokeCard(session, cardId)
    throw error
  }
  return {
    value: { cardId, categories, file: path },
    lines: [`Card ${cardId} opens ${categories.join(", ")}. Print ${path}, and keep no copy of it.`],
  }
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
    "[--categories A,B] [--index URL] [--page URL] [--output FILE.svg|.png] [--force] | --list | --revoke CARD",
    "Makes an emergency card, lists the cards, or makes one worthless.",
  ],
  options: {
    categories: { type: "string" },
    index: { type: "string" },
    page: { type: "string" },
    output: { type: "string", default: "card.svg" },
    force: { type: "boolean" },
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
      return make(session, hri, given)
    }),
}
