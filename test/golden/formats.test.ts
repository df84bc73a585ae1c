import { createHash } from "node:crypto"
import { beforeAll, describe, expect, test } from "vitest"
import * as z from "zod/mini"
import { publication } from "../../contract/publication.ts"
import { accountKey, accountKeyOf, openAccountKey, openFromAccount } from "../../protocol/account-key.ts"
import {
  type Card,
  cardHash,
  cardKey,
  cardProof,
  categoryWrappingKey,
  decodeCard,
  deriveCardKeys,
  encodeCard,
  locatorHash,
  readSealedCard,
  sealedHash,
} from "../../protocol/card.ts"
import { deriveFrontKeys, frontAddress, frontOf, frontProof, readFront } from "../../protocol/card-front.ts"
import { consentReceipt, statements } from "../../protocol/claims.ts"
import { fromBase64url, toBase64url, toHex } from "../../protocol/crypto/bytes.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { sha256, unwrapKey } from "../../protocol/crypto/primitives.ts"
import { openAnswer } from "../../protocol/emergency-answer.ts"
import { IntegrityFailure } from "../../protocol/integrity.ts"
import { keyPagesAt, openKeyRing, walkBack } from "../../protocol/key-ring.ts"
import {
  type Manifest,
  verifyAccount,
  verifyDecided,
  verifyDescent,
  verifyKeyPage,
  verifyKeyRing,
  verifyManifest,
  verifyPage,
  verifyPageList,
} from "../../protocol/manifest.ts"
import { readOpenPart } from "../../protocol/open-part.ts"
import { categories } from "../../protocol/primitives.ts"
import { readProfessional } from "../../protocol/professional.ts"
import { providerKeyList, verifyByProvider, verifyProviderKeys } from "../../protocol/provider-keys.ts"
import { verifyReceipt } from "../../protocol/receipt.ts"
import { descriptor, keyPage, keyRing, pageLists as pageListsOf } from "../../protocol/record.ts"
import {
  exportSealingKeyPair,
  importSealingKeyPair,
  type SealingKeyPair,
  sealingKeyThumbprint,
} from "../../protocol/sealing.ts"
import { sealingPrivateKey } from "../../protocol/sealing-key.ts"
import { endedByStatement, verifySignerEnd } from "../../protocol/signer-end.ts"
import { type SignerList, verifyNotOlder, verifySigners } from "../../protocol/signers.ts"
import { linksBetween } from "../../protocol/skip-links.ts"
import { readStatement, statementHash } from "../../protocol/statement.ts"
import { readFrontEntry, readIndexEntry } from "../../sdk/index-entry.ts"
import { dataKeyOf, openMetadata } from "../../sdk/sealed-record.ts"
import { hashOf, recordHash } from "../../sdk/transfer/parts.ts"
import formats from "./formats.json" with { type: "json" }

/** Frozen vectors of every format, made by another implementation (make.ts). What opens one of them today has to open it for ever. */

const { patientId } = formats
const cloudId = formats.statements.audience
const place = { cloudId, patientId }
const { fingerprint } = formats.signers
const provider = await verifyProviderKeys(cloudId, z.parse(providerKeyList, formats.provider.list))
const pairOf = (exported: unknown): Promise<SealingKeyPair> =>
  importSealingKeyPair(z.parse(sealingPrivateKey, exported), { extractable: true })
const integrityOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => "taken",
    (error: unknown) => (error instanceof IntegrityFailure ? error.code : error),
  )
const signersOf = (chain: readonly string[]): Promise<SignerList> =>
  verifySigners(chain, { fingerprint, record: place })
const ring = z.parse(keyRing, formats.manifest.keyRing)
const [account, summary] = [
  z.parse(accountKey, formats.account.accountKey),
  z.parse(z.array(descriptor), formats.manifest.pages.summary[0]),
]
let signers: SignerList
beforeAll(async () => {
  signers = await signersOf(formats.signers.chain)
})

describe("the signers", () => {
  const { chain, newest, overruling, outrunning, refused } = formats.signers

  test("lead from the card's fingerprint to the newest list", async () => {
    expect(await signersOf(chain)).toMatchObject({ ...newest, byRoot: false })
    expect(await verifySigners(chain, { fingerprint })).toMatchObject(newest)
    expect(await signersOf(chain.slice(0, 1))).toMatchObject({ number: 1, byRoot: true })
  })

  test.each(refused)("are refused: $why", async ({ chain }) => {
    expect(await integrityOf(signersOf(chain))).toBe("signers-invalid")
  })

  test("are set back by nobody who was ended; the root's next list overrules", async () => {
    const outrun = await signersOf(outrunning)
    expect(outrun.number).toBe(newest.number + 1)
    expect(() => verifyNotOlder(outrun, newest)).toThrow(IntegrityFailure)
    const overruled = await signersOf([overruling])
    expect(() => verifyNotOlder(overruled, newest)).not.toThrow()
    expect(() => verifyNotOlder(signers, overruled)).toThrow(IntegrityFailure)
  })
})

describe("the end of signers", () => {
  const { chain, ended, refused, ...statements } = formats.signers.ends
  const verified = async (statement: string) => {
    const list = await signersOf(chain)
    return endedByStatement(list, [await verifySignerEnd(statement, list, new Set())])
  }

  test.each(["bySigner", "byRoot"] as const)(
    "ends those it names and whom they let in, but never who ends: %s",
    async (by) => {
      expect([...(await verified(statements[by]))].toSorted()).toEqual(ended[by].toSorted())
    },
  )

  test.each(refused)("is refused: $why", async ({ statement }) => {
    await expect(verified(statement)).rejects.toThrow()
  })
})

describe("the account key", () => {
  const { newest, before, tablet, sealedCard, cardName, refused } = formats.account

  test("opens with a signer's key, and opens the one before it", async () => {
    const pair = await openAccountKey(place, account, await pairOf(tablet.sealing))
    expect(await exportSealingKeyPair(pair)).toEqual(newest)
    expect(await exportSealingKeyPair(await accountKeyOf(place, account, pair, 1))).toEqual(before)
  })

  test("opens what was sealed to it as a card", async () => {
    const of = { kind: "card", object: formats.card.signed.cardId, epoch: 0 } as const
    const opened = readSealedCard(await openFromAccount(place, await pairOf(newest), of, sealedCard))
    expect(opened).toEqual({
      cloudShare: fromBase64url(formats.card.signed.cloudShare),
      frontSecret: fromBase64url(formats.front.secret),
      name: cardName,
      text: formats.card.text,
    })
    expect(await sealedHash(sealedCard)).toBe(formats.card.signed.sealedHash)
  })

  test.each(refused)("is refused: $why", async ({ sealed }) => {
    const own = await pairOf(tablet.sealing)
    const copies = [{ to: own.publicKey, sealed }]
    await expect(openAccountKey(place, { ...account, sealed: copies }, own)).rejects.toThrow()
  })
})

describe("the manifest", () => {
  const { all, fork, newest, newestHash, pages, pageLists, decided, refused, sameNumber } = formats.manifest
  const verify = (compact: string): Promise<Manifest> => verifyManifest(compact, { signers, patientId, cloudId })
  const way = (to: number, of = all) => linksBetween(12, to).map((number) => of[number - 1] ?? "")
  const known = async (number: number, of = all) => ({ number, hash: await statementHash(of[number - 1] ?? "") })

  test("is verified, its number and hash being what later ones are held against", async () => {
    expect(await verify(newest)).toMatchObject({ number: 12, hash: newestHash })
    for (let to = 1; to <= 12; to++) await verifyDescent(await verify(newest), way(to), await known(to))
    await verifyDescent(await verify(newest), way(0), { number: 0, hash: null })
    const first = await verifyManifest(all[0] ?? "", {
      signers: await signersOf(formats.signers.chain.slice(0, 1)),
      patientId,
      cloudId,
    })
    await verifyDescent(first, [], { number: 0, hash: null })
  })

  test("of another past is a rollback, however far apart both are", async () => {
    const forked = await verify(fork[11] ?? "")
    await verifyDescent(forked, way(6, fork), await known(6))
    for (let to = 7; to <= 12; to++)
      for (const links of [way(to), way(to, fork)])
        expect(await integrityOf(verifyDescent(forked, links, await known(to)))).toBe("manifest-rolled-back")
    const same = await verify(sameNumber)
    expect(await integrityOf(verifyDescent(same, [], await known(12)))).toBe("manifest-rolled-back")
    const later = { number: 13, hash: newestHash }
    expect(await integrityOf(verifyDescent(await verify(newest), [], later))).toBe("manifest-rolled-back")
  })

  test.each(refused)("is refused: $why", async ({ manifest }) => {
    expect(await integrityOf(verify(manifest))).toBe("manifest-forged")
  })

  test("names its pages; no other list is one of them", async () => {
    const manifest = await verify(newest)
    const lists = z.parse(pageListsOf, pageLists)
    for (const category of categories) await verifyPageList(manifest, category, lists[category])
    const { salt, hashes } = lists.summary
    for (const list of [lists.laboratory, { salt: lists.imaging.salt, hashes }, { salt, hashes: [] }])
      expect(await integrityOf(verifyPageList(manifest, "summary", list))).toBe("page-differs")
    await verifyPage(lists.summary, 0, summary)
    await verifyPage(lists.laboratory, 1, [])
    await verifyPage(lists.imaging, 0, [])
    const [a, b] = summary
    for (const other of [[], [a!], [b!, a!], [a!, a!], [a!, b!, a!], [{ ...a!, epoch: 2 }, b!]])
      expect(await integrityOf(verifyPage(lists.summary, 0, other))).toBe("page-differs")
    expect(await integrityOf(verifyPage(lists.laboratory, 0, summary))).toBe("page-differs")
    expect(await integrityOf(verifyPage(lists.imaging, 0, summary))).toBe("page-differs")
  })

  test("names its key ring, its account key and what was decided, and no others", async () => {
    const manifest = await verify(newest)
    await verifyKeyRing(manifest, ring)
    for (const category of categories) {
      const entries = { ...ring.categories, [category]: { ...ring.categories[category], epoch: 9 } }
      expect(await integrityOf(verifyKeyRing(manifest, { ...ring, categories: entries }))).toBe("key-ring-differs")
    }
    expect(await integrityOf(verifyKeyRing(manifest, { ...ring, account: 1 }))).toBe("key-ring-differs")
    await verifyAccount(manifest, account.publicKey)
    const other = await pairOf(formats.account.before)
    expect(await integrityOf(verifyAccount(manifest, other.publicKey))).toBe("account-key-invalid")
    expect(await verifyDecided(manifest, decided)).toEqual(new Set(decided.flat()))
    expect(await integrityOf(verifyDecided(manifest, decided.slice(1)))).toBe("decided-differs")
  })

  test("is what a publication takes, with ring, pages, decided contributions and account key", () => {
    const sent = {
      manifest: newest,
      keyRing: ring,
      keyPages: [{ category: "imaging", page: 0, ...formats.manifest.imagingPage }],
      pageLists,
      pages: [{ category: "summary", page: 0, descriptors: summary }],
      decided: decided.map((ids, page) => ({ page, ids })),
      cards: [{ cardId: formats.card.signed.cardId, wrappedCategoryKeys: formats.access.answer.wrappedCategoryKeys }],
      signers: formats.signers.chain,
      accountKey: account,
    }
    expect(publication.safeParse(sent).success).toBe(true)
    expect(publication.safeParse({ ...sent, more: 1 }).success).toBe(false)
  })

  test("leads from the account key to every record's metadata", async () => {
    const keys = await openKeyRing(place, ring, await pairOf(formats.account.newest))
    for (const category of categories) {
      expect(toBase64url(keys[category].key)).toBe(formats.manifest.categoryKeys[category])
      expect(keys[category].epoch).toBe({ summary: 3, imaging: 67 }[category as string] ?? 1)
    }
    const history = ring.categories.summary.previous.map(({ wrappedKey }) => wrappedKey)
    const walk = walkBack("summary", keys.summary)
    for (const [i, expected] of formats.manifest.summaryKeys.entries())
      expect(toBase64url(await walk.at(i + 1, history))).toBe(expected)
    for (const [i, one] of summary.entries()) {
      const dataKey = await dataKeyOf(one, await walk.at(one.epoch, history))
      const metadata = { contentType: "application/fhir+json", size: 900, createdAt: "2026-01-02T03:04:05.678Z" }
      const { recordId, version, replaces, category } = one
      expect(await openMetadata(one, dataKey)).toEqual({
        recordId,
        version,
        replaces,
        category,
        title: `Record ${"ab"[i]}`,
        ...metadata,
        ...(i === 1 ? { author: createHash("sha256").update("certificate").digest("hex") } : {}),
      })
    }
  })

  test("names the version before a listed one by its hash", async () => {
    expect(await canonicalHash(descriptor.parse(formats.manifest.replaced))).toBe(summary[0]?.replaces)
    expect([summary[0]?.version, formats.manifest.replaced.version]).toEqual([2, 1])
  })

  test("leads over a page of older keys to all that there were", async () => {
    const { previous, older } = ring.categories.imaging
    const page = keyPage.parse(formats.manifest.imagingPage)
    await verifyKeyPage(older, page)
    const all = [...previous, ...page.keys].map(({ wrappedKey }) => wrappedKey)
    const keys = await openKeyRing(place, ring, await pairOf(formats.account.newest))
    for (const [epoch, expected] of formats.manifest.imagingKeys)
      expect(toBase64url(await walkBack("imaging", keys.imaging).at(Number(epoch), all))).toBe(expected)
    expect(keyPagesAt(67)).toBe(1)
    expect(await integrityOf(verifyKeyPage(older, { ...page, keys: page.keys.toReversed() }))).toBe("key-ring-differs")
  })

  test("has pages whose hash is that of their canonical text", async () => {
    expect(readStatement(newest).payload).toMatchObject({ pages: { summary: await canonicalHash(pageLists.summary) } })
    expect(pageLists.summary.hashes).toEqual([await canonicalHash(pages.summary[0])])
  })
})

describe("the card", () => {
  const { text, signed, hash, ...expected } = formats.card
  const card: Card = { ...expected, secret: fromBase64url(expected.secret), locator: fromBase64url(expected.locator) }

  test("is read, and written, to the letter", () => {
    expect(decodeCard(text)).toEqual({ outcome: "ok", card })
    expect(encodeCard(card)).toBe(text)
  })

  test("has the hash that the manifest lists", async () => {
    expect(await cardHash({ ...signed, keys: formats.access.answer.wrappedCategoryKeys as never })).toBe(hash)
    expect(readStatement(formats.manifest.newest).payload).toMatchObject({ cards: [{ cardId: signed.cardId, hash }] })
    expect(toBase64url((await deriveCardKeys(card.secret)).proofKey)).toBe(signed.proofKey)
    expect(await locatorHash(card.locator)).toBe(signed.locatorHash)
  })

  test("opens its entry in the index", async () => {
    const { entry, sequence } = await readIndexEntry(formats.index.put, card, fingerprint)
    expect([entry, sequence]).toEqual([{ ...formats.index.entry, signers: formats.signers.newest }, 7])
    const { payload } = readStatement(formats.index.remove)
    const removed = z.parse(statements["hri-entry"], payload)
    expect(removed).toMatchObject({ action: "remove", sequence: 8, parent: await statementHash(formats.index.put) })
  })

  test.each(formats.index.refused)("opens no entry: $why", async ({ statement }) => {
    expect(await integrityOf(readIndexEntry(statement, card, fingerprint))).toBe("entry-invalid")
  })
})

describe("the front of a card", () => {
  const { address, page, secret, locator, proof, put, silent, entry } = formats.front
  const front = frontOf({ fingerprint, secret: fromBase64url(secret) })

  test("is read from the page's fragment, and written, to the digit", () => {
    expect(readFront(new URL(address).hash)).toEqual({ outcome: "ok", front })
    expect(frontAddress(front, page)).toBe(address)
  })

  test("leads to its entry in the index, and proves to one cloud that it is at hand", async () => {
    expect(toBase64url((await deriveFrontKeys(front.secret)).locator)).toBe(locator)
    expect(await frontProof(front.secret, cloudId)).toBe(proof)
    const read = await readFrontEntry(put, front, formats.card.hri)
    expect(read).toEqual({ entry: { ...entry, signers: formats.signers.newest }, sequence: 1 })
  })

  test("that says nothing yet has an entry that leads nowhere", async () => {
    expect(await readFrontEntry(silent, front, formats.card.hri)).toEqual({ sequence: 1 })
  })

  const known = async () => {
    const { entry } = await readFrontEntry(put, front, formats.card.hri)
    if (entry === undefined) throw new Error("it says nothing")
    return entry
  }

  test.each(formats.front.refused)("opens no entry: $why", async ({ statement }) => {
    expect(await integrityOf(readFrontEntry(statement, front, formats.card.hri))).toBe("entry-invalid")
  })

  test("opens what the patient says to anybody, of the number that the index has witnessed or a later one", async () => {
    const { said, answer } = formats.openPart
    const entry = await known()
    expect(await readOpenPart(front, entry, answer)).toEqual({ said, signedAt: formats.statements.now, number: 2 })
    const behind = { ...entry, openPart: { number: 1, hash: entry.openPart.hash } }
    expect((await readOpenPart(front, behind, answer)).number).toBe(2)
  })

  test.each(formats.openPart.refused)("opens nothing $why", async (answer) => {
    expect(await integrityOf(readOpenPart(front, await known(), answer))).toBe("open-part-invalid")
  })
})

describe("an emergency access", () => {
  const { statement, sealed, answer, refused } = formats.access
  const asked = async () => ({ ...place, statementHash: await statementHash(statement) })

  test("proves everything that it says of card, professional and key", async () => {
    const { certificate, thumbprint } = await readProfessional("emergency-access", statement)
    expect(thumbprint).toBe(toHex(await sha256(certificate)))
    const claims = z.parse(statements["emergency-access"], readStatement(statement).payload)
    const { cardId, jti, locatorHash } = claims
    const ephemeral = await sealingKeyThumbprint(claims.ephemeral)
    const of = { aud: cloudId, patientId, cardId, jti, certificate: thumbprint, fingerprint, locatorHash, ephemeral }
    expect(await cardProof(fromBase64url(formats.card.signed.proofKey), of)).toBe(claims.proof)
  })

  test("is answered to the key in the statement, with what opens the record", async () => {
    const opened = await openAnswer(await asked(), await pairOf(formats.access.ephemeral), sealed)
    expect(opened).toEqual(answer)
    const { qrHalf } = await deriveCardKeys(fromBase64url(formats.card.secret))
    const whole = await cardKey(qrHalf, fromBase64url(opened.cloudShare))
    for (const [i, { category, epoch, wrappedKey }] of opened.wrappedCategoryKeys.entries()) {
      const key = await unwrapKey(await categoryWrappingKey(whole, category, epoch), fromBase64url(wrappedKey))
      expect(toBase64url(key)).toBe(formats.access.categoryKeys[i])
    }
    const manifest = await verifyManifest(opened.manifest, { signers, patientId, cloudId })
    await verifyAccount(manifest, opened.account)
    await verifyDescent(manifest, opened.links, { number: 1, hash: await statementHash(formats.manifest.first) })
  })

  test.each(refused)("takes no answer $why", async ({ sealed }) => {
    const opening = openAnswer(await asked(), await pairOf(formats.access.ephemeral), sealed)
    expect(await integrityOf(opening)).toBe("reply-invalid")
  })

  test("is receipted by the provider", async () => {
    const { receipt, event } = formats.receipt
    expect(await verifyReceipt(receipt, { provider, statement, event })).toMatchObject({ seq: event.seq })
  })

  test.each(formats.receipt.refused)("has no receipt $why", async ({ receipt }) => {
    const { event } = formats.receipt
    const verifying = verifyReceipt(receipt, { provider, statement, event })
    expect(await integrityOf(verifying)).toBe("receipt-invalid")
  })
})

test("a contribution's key opens with the patient's account key, of the number that it names", async () => {
  const { payload } = readStatement(formats.statements.professional.contribution)
  const claims = z.parse(statements.contribution, payload)
  const newest = await pairOf(formats.account.newest)
  const pair = await accountKeyOf(place, account, newest, claims.account)
  const of = { kind: "contribution", object: claims.descriptor.recordId, epoch: claims.descriptor.epoch } as const
  const dataKey = await openFromAccount(place, pair, of, claims.sealedKey)
  expect(toBase64url(dataKey)).toBe(formats.statements.sealedKey)
  const [, , categoryKey = ""] = formats.manifest.summaryKeys
  expect(await dataKeyOf(claims.descriptor, fromBase64url(categoryKey))).toEqual(dataKey)
})

describe("the receipt of a consent", () => {
  const { consent, receipt, refused } = formats.consentReceipt
  const verify = async (compact: string) => {
    const expected = { typ: "consent-receipt", schema: consentReceipt, code: "consent-receipt-invalid" } as const
    const { statementHash: named } = await verifyByProvider(compact, provider, expected)
    if (named !== (await statementHash(consent))) throw new Error("of something else")
  }

  test("is the provider's signature over exactly this consent", async () => {
    await verify(receipt)
    expect(readStatement(receipt).header.kid).toBe(provider.keys[0]?.kid)
  })

  test.each(refused)("is refused: $why", async ({ receipt }) => {
    await expect(verify(receipt)).rejects.toThrow()
  })
})

test("a record of more parts than one has the hash of its parts' hashes", async () => {
  const { mebibytes, hashes, sha256: whole } = formats.parts
  const sealed = new Uint8Array(mebibytes * 1024 * 1024).map((_, i) => i >> 20)
  expect(await hashOf(sealed)).toBe(whole)
  expect(await recordHash(hashes)).toBe(whole)
})
