import { extname } from "node:path"
import * as z from "zod/mini"
import { Problem } from "../../contract/errors.ts"
import { isCardName } from "../../protocol/card.ts"
import { type CardFront, frontAddress, makeFront } from "../../protocol/card-front.ts"
import { maxOpenLines, type OpenPart } from "../../protocol/open-part.ts"
import { type Category, categories, category } from "../../protocol/primitives.ts"
import { cardSheetSvg, cardSvg } from "../../sdk/card-image.ts"
import { openIndex } from "../../sdk/cloud.ts"
import { makeCard, revokeCard } from "../../sdk/patient/cards.ts"
import { changeCard } from "../../sdk/patient/change-card.ts"
import { listCards } from "../../sdk/patient/held-cards.ts"
import { removeOpenPart, setOpenPart } from "../../sdk/patient/open-part.ts"
import type { PatientSession } from "../../sdk/patient/session.ts"
import { cardPng } from "./card-png.ts"
import { addressOf, asPatient, type Command, type Given, type Outcome, textOf } from "./command.ts"
import { UsageError } from "./exit.ts"
import { openLines, openPartOf } from "./open-part.ts"
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
const frontSvg = (address: string, said: OpenPart | undefined): string =>
  cardSvg(address, {
    heading: said?.name ?? "IN AN EMERGENCY",
    lines: said === undefined ? [] : openLines(said),
    under: ["Scan with any camera.", "Professionals: turn the card round."],
  })

/** `front`: the text of the front's code, where the card page is known: both sides are on one sheet then, to fold it. */
type Picture = (text: string, front: string | undefined, said?: OpenPart) => Uint8Array | string
const pictures: Readonly<Record<string, Picture>> = {
  ".png": (text) => cardPng(text),
  ".svg": (text, front, said) =>
    front === undefined ? backSvg(text) : cardSheetSvg(frontSvg(front, said), backSvg(text)),
}

/** Draws a card, as the file's ending asks for. */
const pictureFor = (file: string): Picture => {
  const picture = pictures[extname(file).toLowerCase()]
  if (picture === undefined) throw new UsageError(`${file}: a card is written as .svg or as .png.`)
  return picture
}

/** Where a card is written, and how. */
const outputFor = (given: Given) => {
  const path = textOf(given, "output") ?? "card.svg"
  return { path, picture: pictureFor(path), output: outputAt(path, { force: given.values["force"] === true }) }
}

/** What can fail on this machine and at the index has been tried before the cloud makes a card; one that can't be handed over is revoked. */
const make = async (session: PatientSession, hri: string, given: Given): Promise<Outcome> => {
  const categories = categoriesOf(given)
  const { path, picture, output } = outputFor(given)
  await openIndex(hri, { local: true })
  await tryOutput(output)
  frontOfCard(given, makeFront(session))
  const { cardId, text, front } = await makeCard(session, { hri, categories, ...nameIn(given) })
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

/** What the patient calls the card, by `--name`. */
const nameIn = (given: Given): { readonly name?: string } => {
  const name = textOf(given, "name")
  if (name === undefined) return {}
  if (!isCardName(name)) throw new UsageError("--name takes one line of at most 95 bytes.")
  return { name }
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

/** What a printed card opens, and what it is called, without printing it again. */
const change = async (session: PatientSession, cardId: string, given: Given): Promise<Outcome> => {
  const opens = textOf(given, "categories") === undefined ? {} : { categories: categoriesOf(given) }
  const changes = { ...opens, ...nameIn(given) }
  if (Object.keys(changes).length === 0) throw new UsageError("--change takes --categories, --name or both.")
  await changeCard(session, cardId, changes)
  const said = [
    ...(changes.categories === undefined ? [] : [`opens ${changes.categories.join(", ")}`]),
    ...(changes.name === undefined ? [] : [changes.name === "" ? "has no name" : `is called "${changes.name}"`]),
  ]
  return { value: { cardId, ...changes }, lines: [`Card ${cardId} ${said.join(" and ")} now. It needs no new print.`] }
}

const revoke = async (session: PatientSession, cardId: string): Promise<Outcome> => {
  await revokeCard(session, cardId)
  return { value: { cardId, status: "revoked" }, lines: [`Card ${cardId} opens nothing any more.`] }
}

const list = async (session: PatientSession): Promise<Outcome> => {
  const cards = (await listCards(session)).map(({ cardId, name, status, categories, createdAt, openPart }) => ({
    cardId,
    ...((name ?? "") !== "" && { name }),
    status,
    categories,
    createdAt,
    ...(openPart?.said && { says: openPart.said }),
  }))
  return {
    value: { cards },
    lines: cards.flatMap(({ cardId, name, status, categories, says }) => [
      `${cardId}  ${status.padEnd(8)}  ${categories.join(", ")}${(name ?? "") === "" ? "" : `  "${name}"`}`,
      ...(says === undefined
        ? []
        : [...(says.name === undefined ? [] : [`Name: ${says.name}`]), ...openLines(says)].map(
            (line) => `    ${line}`,
          )),
    ]),
  }
}

const whoReads = "Anybody who holds the front of the card, and whoever runs the card page, can read it."

const say = async (session: PatientSession, cardId: string, { positionals }: Given): Promise<Outcome> => {
  const said = openPartOf(positionals)
  await setOpenPart(session, cardId, said)
  return { value: { cardId, says: said }, lines: [`Card ${cardId} says this now. ${whoReads}`] }
}

const silence = async (session: PatientSession, cardId: string): Promise<Outcome> => {
  await removeOpenPart(session, cardId)
  return { value: { cardId }, lines: [`Card ${cardId} says nothing any more. What is printed stays on the paper.`] }
}

const print = async (session: PatientSession, cardId: string, given: Given): Promise<Outcome> => {
  const { path, picture, output } = outputFor(given)
  const card = (await listCards(session)).find((each) => each.cardId === cardId)
  if (card?.secrets === undefined) throw new Problem("not-found")
  await tryOutput(output)
  const { text, front } = card.secrets
  await writeOutput(output, picture(text, frontOfCard(given, front), card.openPart?.said))
  return { value: { cardId, file: path }, lines: [`Print ${path}, and keep no copy of it.`] }
}

/** What else than making one is done with a card, by the option that names it. */
const deeds = { revoke, say, silence, print, change } as const
type Deed = keyof typeof deeds
const isDeed = (option: string): option is Deed => Object.hasOwn(deeds, option)

/** The one thing that is asked for; words belong to `--say` alone. */
const deedOf = ({ values, positionals }: Given): Deed | "list" | "make" => {
  const asked = Object.keys(values).filter((option) => isDeed(option) || option === "list")
  if (asked.length > 1) throw new UsageError(`One of ${asked.map((option) => `--${option}`).join(", ")} at a time.`)
  const [deed = "make"] = asked
  if (positionals.length > 0 && deed !== "say") throw new UsageError("Only --say takes words.")
  return isDeed(deed) || deed === "list" ? deed : "make"
}

/** Makes, prints, lists and revokes emergency cards, and changes what they say to anybody. */
export const cardCommand: Command = {
  usage: [
    "[--categories A,B] [--name TEXT] [--index URL] [--page URL] [--output FILE.svg|.png] [--force] | --list | --print CARD | --change CARD [--categories A,B] [--name TEXT] | --say CARD KIND=TEXT... | --silence CARD | --revoke CARD",
    "Makes an emergency card, lists the cards, prints one again, changes what one opens, is called or says to anybody, or makes one worthless.",
  ],
  options: {
    categories: { type: "string" },
    name: { type: "string" },
    index: { type: "string" },
    page: { type: "string" },
    output: { type: "string", default: "card.svg" },
    force: { type: "boolean" },
    list: { type: "boolean" },
    print: { type: "string" },
    change: { type: "string" },
    say: { type: "string" },
    silence: { type: "string" },
    revoke: { type: "string" },
  },
  positionals: [0, maxOpenLines + 2],
  run: (given, context) => {
    const deed = deedOf(given)
    if (deed === "say") openPartOf(given.positionals)
    return asPatient(context, async (session, profile) => {
      if (deed === "list") return list(session)
      if (deed !== "make") return deeds[deed](session, textOf(given, deed) ?? "", given)
      const hri = addressOf(given, "index") ?? profile.index
      if (hri === undefined) throw new UsageError("Which index leads to this cloud? Pass --index URL.")
      return make(session, hri, given)
    })
  },
}
