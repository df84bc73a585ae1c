import type { Publication } from "../../contract/publication.ts"
import { cardHash, sealedHash } from "../../protocol/card.ts"
import type { ManifestClaims } from "../../protocol/claims.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { namedPages } from "../../protocol/manifest.ts"
import type { Category } from "../../protocol/primitives.ts"
import type { Descriptor, KeyRing, PageLists } from "../../protocol/record.ts"
import { namedBy } from "../../protocol/skip-links.ts"
import { newKey } from "../fakes/call.ts"
import type { TestCard } from "../kit/patients.ts"
import { keyRingOf, pageListsOf, renewedRing, wrappedFor } from "../kit/sealed.ts"
import { type CardKind, type Claims, type Contents, cardKinds, noContents, opened, renewedCards } from "./model.ts"

type Said = Claims & { type: "manifest" }
/** What every manifest of a patient says of who signs it and what is sealed to. */
export type Account = Pick<ManifestClaims, "signers" | "account">

/** What the names of the model stand for. */
interface Meanings {
  id(name: string): string
  hashOf(statement: string): Promise<string>
  descriptor(listed: string, category: Category): Promise<Descriptor>
  card(name: string, made: CardKind): TestCard
  accountOf(patient: Said["patient"]): Account
}

const ringOf = ({ epochs }: Contents): KeyRing => {
  let ring = keyRingOf()
  for (const category of opened)
    for (let epoch = 1; epoch < epochs[category]; epoch++) ring = renewedRing(ring, [category])
  return ring
}

const readCard = (
  listed: string,
): { name: string; made: CardKind; wrappedCategoryKeys: ReturnType<typeof wrappedFor> } => {
  const [, name = "", made = "", opens = "", epochs = ""] = /^(.+) \((\w+)\) (\w+) ([\d.]+)$/.exec(listed) ?? []
  const isKind = (kind: string): kind is CardKind => Object.hasOwn(cardKinds, kind)
  if (!isKind(made) || !isKind(opens)) throw new Error(`${listed} is no card`)
  const numbers = epochs.split(".").map(Number)
  const wrappedCategoryKeys = cardKinds[opens].flatMap((category, i) => wrappedFor([category], numbers[i]))
  return { name, made, wrappedCategoryKeys }
}

/** The manifests of a story, as they are signed and sent. */
export class Manifests {
  readonly #said = new Map<string, Said>()
  readonly #meanings: Meanings
  constructor(meanings: Meanings) {
    this.#meanings = meanings
  }

  said(name: string, claims: Said): void {
    this.#said.set(name, claims)
  }
  contentsOf(name: string): Contents {
    return this.#said.get(name)?.contents ?? noContents
  }
  #before({ previous }: Said): Said | undefined {
    return previous === null ? undefined : this.#said.get(previous)
  }

  /** A page that was there once stays, though nothing is on it any more. */
  #hasPage(said: Said | undefined, category: (typeof opened)[number]): boolean {
    if (said === undefined) return false
    return said.contents[category].length > 0 || this.#hasPage(this.#before(said), category)
  }
  #page(said: Said, category: (typeof opened)[number]): Promise<Descriptor[]> {
    return Promise.all(said.contents[category].map((listed) => this.#meanings.descriptor(listed, category)))
  }
  #ids({ contents }: Said): string[] {
    return contents.decided.map((name) => this.#meanings.id(name))
  }

  async #pageLists(said: Said): Promise<PageLists> {
    const hashes: Partial<Record<Category, string[]>> = {}
    for (const category of opened)
      if (this.#hasPage(said, category)) hashes[category] = [await canonicalHash(await this.#page(said, category))]
    return pageListsOf(hashes)
  }

  async #skips(said: Said): Promise<string[]> {
    const names = new Map<number, string>()
    for (let { previous } = said; previous !== null; ) {
      const earlier = this.#said.get(previous)
      if (earlier === undefined) break
      names.set(earlier.number, previous)
      previous = earlier.previous
    }
    const earlier = namedBy(said.number).slice(1)
    return Promise.all(earlier.map((number) => this.#meanings.hashOf(names.get(number) ?? newKey())))
  }

  /** Its own claims, as they are signed. */
  async claims(said: Said): Promise<object> {
    const { number, previous, contents, patient } = said
    const cards = contents.cards.map(async (listed) => {
      const { name, made, wrappedCategoryKeys: keys } = readCard(listed)
      const { cardId, proofKey, cloudShare, locatorHash, hri, sealed } = this.#meanings.card(name, made)
      const signed = { cardId, keys, cloudShare, proofKey, locatorHash, hri, sealedHash: await sealedHash(sealed) }
      return { cardId, hash: await cardHash(signed) }
    })
    return {
      number,
      previous: previous === null ? null : await this.#meanings.hashOf(previous),
      skips: await this.#skips(said),
      ...this.#meanings.accountOf(patient),
      keyRing: await canonicalHash(ringOf(contents)),
      cards: await Promise.all(cards),
      pages: await namedPages(await this.#pageLists(said)),
      decided: contents.decided.length === 0 ? [] : [await canonicalHash(this.#ids(said))],
    }
  }

  /** All that travels with it: whatever is otherwise than in the one before. `changed`: a card whose keys are sent beside. */
  async publication(said: Said, manifest: string, changed?: string): Promise<Publication> {
    const before = this.#before(said)
    const contents = before?.contents ?? noContents
    const pages: Publication["pages"] = []
    for (const category of opened) {
      const same = said.contents[category].join() === contents[category].join()
      if (!same) pages.push({ category, page: 0, descriptors: await this.#page(said, category) })
    }
    const renewed = renewedCards(said.contents, contents).filter((name) => name !== changed)
    const cards = said.contents.cards.map(readCard).flatMap(({ name, wrappedCategoryKeys }) => {
      const cardId = this.#meanings.id(name)
      return renewed.includes(name) ? [{ cardId, wrappedCategoryKeys }] : []
    })
    const sameDecided = said.contents.decided.join() === contents.decided.join()
    return {
      manifest,
      keyRing: ringOf(said.contents),
      keyPages: [],
      pageLists: await this.#pageLists(said),
      pages,
      decided: sameDecided ? [] : [{ page: 0, ids: this.#ids(said) }],
      cards,
    }
  }
}
