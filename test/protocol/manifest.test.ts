import { beforeAll, describe, expect, test } from "vitest"
import type { ManifestClaims } from "../../protocol/claims.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import {
  type Manifest,
  namedPages,
  verifyAccount,
  verifyDecided,
  verifyDescent,
  verifyKeyRing,
  verifyManifest,
  verifyPage,
  verifyPageList,
} from "../../protocol/manifest.ts"
import { categories } from "../../protocol/primitives.ts"
import type { Descriptor, KeyRing, PageLists } from "../../protocol/record.ts"
import { sealingKeyThumbprint } from "../../protocol/sealing.ts"
import { type SignerList, verifySigners } from "../../protocol/signers.ts"
import { linksBetween, namedBy } from "../../protocol/skip-links.ts"
import { statementHash } from "../../protocol/statement.ts"
import {
  aHash,
  cloudId,
  type Holder,
  integrityOf,
  listed,
  listOf,
  manifestOf,
  newHolder,
  noPages,
  patientId,
  signBy,
  tampered,
} from "../kit/holders.ts"
import { pageListsOf } from "../kit/sealed.ts"

let root: Holder
let phone: Holder
let tablet: Holder
let one: SignerList
let two: SignerList
/** Ten manifests: 1 to 6 under the first list, by the phone; 7 to 10 under the second, by the tablet. */
let line: string[]
let hashes: string[]

const linksOf = (number: number, of = hashes) => {
  const [previous = null, ...skips] = namedBy(number).map((named) => of[named - 1]!)
  return { previous, skips }
}
const extend = async (texts: string[], more: (number: number) => Promise<string>, length: number) => {
  const made = [...texts]
  while (made.length < length) made.push(await more(made.length + 1))
  return made
}
const signed = (number: number, more: Partial<ManifestClaims> = {}, of = hashes, [by, list] = signerAt(number)) =>
  signBy(by, "manifest", manifestOf(number, list, { ...linksOf(number, of), ...more }))
const signerAt = (number: number): [Holder, SignerList] => (number <= 6 ? [phone, one] : [tablet, two])
const verify = async (
  compact: string,
  signers = two,
  links: readonly string[] = [],
  witness?: { number: number; hash: string },
): Promise<Manifest> => {
  const manifest = await verifyManifest(compact, { signers, patientId, cloudId })
  if (witness !== undefined) await verifyDescent(manifest, links, witness)
  return manifest
}
const way = (from: number, to: number, of = line) => linksBetween(from, to).map((number) => of[number - 1]!)
const known = (number: number, of = hashes) => ({ number, hash: of[number - 1]! })

beforeAll(async () => {
  ;[root, phone, tablet] = await Promise.all([newHolder(), newHolder(), newHolder()])
  const first = await listOf(root, root, [listed(phone)])
  const second = await listOf(phone, root, [listed(phone), listed(tablet)], first)
  one = await verifySigners([first], { fingerprint: root.id, record: { cloudId, patientId } })
  two = await verifySigners([first, second], { fingerprint: root.id, record: { cloudId, patientId } })
  hashes = []
  line = await extend(
    [],
    async (number) => {
      const text = await signed(number)
      hashes.push(await statementHash(text))
      return text
    },
    10,
  )
})

describe("a manifest", () => {
  test("is verified by the list that it names, with number and hash", async () => {
    expect(await verify(line[0]!, one)).toMatchObject({ number: 1, hash: hashes[0] })
    const newest = await verify(line[9]!)
    expect(newest).toMatchObject({ number: 10, hash: hashes[9] })
    expect(newest.claims).toMatchObject({ patientId, signers: { number: 2, hash: two.hash } })
  })

  test("is invalid under any other list, older or newer, or another of the same number", async () => {
    expect(await integrityOf(verify(line[9]!, one))).toBe("manifest-forged")
    expect(await integrityOf(verify(line[5]!, two))).toBe("manifest-forged")
    expect(await integrityOf(verify(line[9]!, { ...two, hash: aHash("x") }))).toBe("manifest-forged")
    const elsewhere = await signed(10, { signers: { number: 2, hash: aHash("x") } })
    expect(await integrityOf(verify(elsewhere))).toBe("manifest-forged")
    const later = await signed(10, { signers: { number: 3, hash: two.hash } })
    expect(await integrityOf(verify(later))).toBe("manifest-forged")
  })

  test("is invalid by anybody but an active signer", async () => {
    for (const by of [root, await newHolder()]) {
      const claims = manifestOf(10, two, linksOf(10))
      expect(await integrityOf(verify(await signBy(by, "manifest", claims)))).toBe("manifest-forged")
      expect(await integrityOf(verify(await signBy(by, "manifest", claims, tablet.id)))).toBe("manifest-forged")
    }
    expect(await integrityOf(verify(await signed(10, {}, hashes, [phone, two])))).toBe("taken")
  })

  test("is invalid for another patient or cloud, as another type, or as no statement", async () => {
    const other = { signers: two, patientId: "kJGSk5SVlpeYmZqbnJ2enw", cloudId }
    expect(await integrityOf(verifyManifest(line[9]!, other))).toBe("manifest-forged")
    const cloud = { signers: two, patientId, cloudId: "other.example" }
    expect(await integrityOf(verifyManifest(line[9]!, cloud))).toBe("manifest-forged")
    const typed = await signBy(tablet, "decision", manifestOf(10, two, linksOf(10)))
    expect(await integrityOf(verify(typed))).toBe("manifest-forged")
    expect(await integrityOf(verify(""))).toBe("manifest-forged")
  })

  test("is invalid with any claim changed under the signature", async () => {
    const { claims } = await verify(line[9]!)
    for (const [name, value] of Object.entries(claims)) {
      const changed = typeof value === "number" ? value + 1 : typeof value === "string" ? `${value}A` : null
      expect(await integrityOf(verify(tampered(line[9]!, { [name]: changed }))), name).toBe("manifest-forged")
    }
    const swapped = tampered(line[9]!, { account: { number: 1, thumbprint: aHash("x") } })
    expect(await integrityOf(verify(swapped))).toBe("manifest-forged")
  })

  test.each<[string, Partial<Record<keyof ManifestClaims | "more", unknown>>]>([
    ["a claim more", { more: 1 }],
    ["number zero", { number: 0 }],
    ["a category less", { pages: { summary: aHash("P") } }],
    ["a card without its id", { cards: [{ hash: aHash("C") }] }],
    ["21 cards", { cards: Array.from({ length: 21 }, () => ({ cardId: patientId, hash: aHash("C") })) }],
    ["a category's pages themselves", { pages: { ...noPages, summary: [aHash("P")] } }],
    ["65 pages of decided ids", { decided: Array(65).fill(aHash("D")) }],
    ["an account key without a number", { account: { thumbprint: aHash("K") } }],
    ["nothing before it", { previous: null }],
    ["a link too few", { skips: [] }],
    ["a link too many", { skips: [aHash("S"), aHash("S")] }],
  ])("is invalid with %s, though a signer signed it", async (_, more) => {
    expect(await integrityOf(verify(await signed(10, more as Partial<ManifestClaims>)))).toBe("manifest-forged")
  })

  test("that is the first names nothing before it", async () => {
    expect(await integrityOf(verify(await signed(1, { previous: aHash("x") }), one))).toBe("manifest-forged")
    expect(await integrityOf(verify(await signed(1, { skips: [aHash("x")] }), one))).toBe("manifest-forged")
  })
})

describe("what is known already", () => {
  test("lies in the past of what is verified, however far apart they are", async () => {
    for (let to = 1; to <= 10; to++)
      expect(await verify(line[9]!, two, way(10, to), known(to))).toMatchObject({ number: 10 })
    const first = await verify(line[0]!, one)
    await verifyDescent(first, [], { number: 0, hash: null })
    await verifyDescent(await verify(line[9]!), way(10, 0), { number: 0, hash: null })
  })

  test("is a rollback where it is newer, another of the same number, or isn't reached", async () => {
    const rolledBack = async (attempt: Promise<unknown>) =>
      expect(await integrityOf(attempt)).toBe("manifest-rolled-back")
    await rolledBack(verify(line[8]!, two, [], known(10)))
    await rolledBack(verify(await signed(10, { decided: [aHash("x")] }), two, [], known(10)))
    await rolledBack(verify(line[9]!, two, [], known(3)))
    await rolledBack(verify(line[9]!, two, way(10, 3).toReversed(), known(3)))
    await rolledBack(verify(line[9]!, two, way(10, 3), { number: 3, hash: hashes[3]! }))
    await rolledBack(verify(line[9]!, two, ["", ...way(10, 3).slice(1)], known(3)))
  })

  test("is never reached from a fork, though each of its manifests is signed", async () => {
    const forkedHashes = hashes.slice(0, 3)
    const fork = await extend(
      line.slice(0, 3),
      async (number) => {
        const text = await signed(number, { cards: [{ cardId: patientId, hash: aHash("F") }] }, forkedHashes)
        forkedHashes.push(await statementHash(text))
        return text
      },
      10,
    )
    expect(await verify(fork[9]!, two, way(10, 3, fork), known(3))).toMatchObject({ number: 10 })
    for (let to = 4; to <= 9; to++) {
      expect(await integrityOf(verify(fork[9]!, two, way(10, to, fork), known(to)))).toBe("manifest-rolled-back")
      expect(await integrityOf(verify(fork[9]!, two, way(10, to), known(to)))).toBe("manifest-rolled-back")
    }
  })

  test("was never under a newer list of signers, or a newer account key", async () => {
    const back = async (more: Partial<ManifestClaims>, of: [Holder, SignerList], list: SignerList) => {
      const text = await signed(11, { previous: hashes[9]!, skips: [], ...more }, hashes, of)
      const manifest = await verify(text, list)
      return integrityOf(verifyDescent(manifest, way(11, 9), known(9)))
    }
    expect(await back({}, [tablet, two], two)).toBe("taken")
    // By a device that only the older list names, on top of the newest manifest.
    expect(await back({}, [phone, one], one)).toBe("manifest-rolled-back")
    const renewed = await signed(10, { account: { number: 2, thumbprint: aHash("L") } })
    const next = async (number: number) => {
      const links = { previous: await statementHash(renewed), skips: [] }
      const text = await signed(11, { ...links, account: { number, thumbprint: aHash("L") } })
      return integrityOf(verifyDescent(await verify(text), [renewed], known(9)))
    }
    expect([await next(1), await next(2), await next(3)]).toEqual(["manifest-rolled-back", "taken", "taken"])
  })
})

describe("what a manifest names", () => {
  const descriptor = (recordId: string) => ({ recordId }) as Descriptor
  const page = [descriptor("a"), descriptor("b")]
  const ring = { account: 3, sealed: "H1.AAAA" } as KeyRing
  const decided = [["a", "b"], ["c"]]
  let manifest: Manifest
  let lists: PageLists
  beforeAll(async () => {
    lists = pageListsOf({
      summary: [await canonicalHash(page)],
      laboratory: [await canonicalHash(page), await canonicalHash([])],
    })
    manifest = await verify(
      await signed(10, {
        pages: await namedPages(lists),
        keyRing: await canonicalHash(ring),
        account: { number: 3, thumbprint: await sealingKeyThumbprint(phone.publicKeys.sealing) },
        decided: await Promise.all(decided.map((ids) => canonicalHash(ids))),
      }),
    )
  })

  test("are the lists of its pages, and no others", async () => {
    for (const category of categories) {
      const list = lists[category]
      await verifyPageList(manifest, category, list)
      const { salt, hashes } = list
      for (const other of [
        { salt, hashes: [...hashes, aHash("P")] },
        { salt: aHash("S"), hashes },
      ])
        expect(await integrityOf(verifyPageList(manifest, category, other))).toBe("page-differs")
    }
    expect(await integrityOf(verifyPageList(manifest, "summary", lists.laboratory))).toBe("page-differs")
  })

  test("are pages by these lists: no other is one of them, and none that isn't named has anything", async () => {
    const { summary, laboratory, imaging } = lists
    await verifyPage(summary, 0, page)
    await verifyPage(laboratory, 1, [])
    await verifyPage(imaging, 0, [])
    for (const other of [[], [page[0]!], page.toReversed(), [...page, page[0]!]])
      expect(await integrityOf(verifyPage(summary, 0, other))).toBe("page-differs")
    expect(await integrityOf(verifyPage(laboratory, 1, page))).toBe("page-differs")
    expect(await integrityOf(verifyPage(imaging, 0, page))).toBe("page-differs")
    expect(await integrityOf(verifyPage(summary, 1, page))).toBe("page-differs")
  })

  test("is its key ring, sealed to its account key", async () => {
    await verifyKeyRing(manifest, ring)
    expect(await integrityOf(verifyKeyRing(manifest, { ...ring, sealed: "H1.AAAB" }))).toBe("key-ring-differs")
    const other = { ...manifest, claims: { ...manifest.claims, account: { ...manifest.claims.account, number: 4 } } }
    expect(await integrityOf(verifyKeyRing(other, ring))).toBe("key-ring-differs")
  })

  test("is its account key", async () => {
    await verifyAccount(manifest, phone.publicKeys.sealing)
    expect(await integrityOf(verifyAccount(manifest, tablet.publicKeys.sealing))).toBe("account-key-invalid")
    const halves = { p256: phone.publicKeys.sealing.p256, mlkem768: tablet.publicKeys.sealing.mlkem768 }
    expect(await integrityOf(verifyAccount(manifest, halves))).toBe("account-key-invalid")
  })

  test("are the decided contributions, all of them and in order", async () => {
    expect(await verifyDecided(manifest, decided)).toEqual(new Set(["a", "b", "c"]))
    for (const pages of [
      [],
      [["a", "b"]],
      [["a"], ["b", "c"]],
      [["c"], ["a", "b"]],
      [["a", "b"], ["d"]],
      [...decided, []],
    ])
      expect(await integrityOf(verifyDecided(manifest, pages))).toBe("decided-differs")
  })
})
