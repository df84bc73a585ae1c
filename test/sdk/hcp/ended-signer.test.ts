import { afterEach, beforeAll, describe, expect, test, vi } from "vitest"
import * as z from "zod/mini"
import {
  type Card,
  cardHash,
  cardKey,
  categoryWrappingKey,
  deriveCardKeys,
  locatorHash,
  makeCard,
} from "../../../protocol/card.ts"
import { statements } from "../../../protocol/claims.ts"
import { fromStandardBase64, toBase64url } from "../../../protocol/crypto/bytes.ts"
import { canonicalHash } from "../../../protocol/crypto/canonical.ts"
import { randomKey, wrapKey } from "../../../protocol/crypto/primitives.ts"
import { answerSealer } from "../../../protocol/emergency-answer.ts"
import { namedPages } from "../../../protocol/manifest.ts"
import { grantSeconds } from "../../../protocol/primitives.ts"
import type { PageLists } from "../../../protocol/record.ts"
import { readStatement, statementHash } from "../../../protocol/statement.ts"
import { type Access, type Credential, emergencyAccess } from "../../../sdk/hcp/emergency-access.ts"
import { listRecords } from "../../../sdk/hcp/records.ts"
import {
  aHash,
  cloudId,
  type Holder,
  integrityOf,
  listed,
  listOf,
  manifestOf,
  newHolder,
  now,
  patientId,
  signBy,
} from "../../kit/holders.ts"
import { newProvider } from "../../kit/provider.ts"
import { pageListsOf } from "../../kit/sealed.ts"
import vectors from "../../protocol/crypto/vectors.json" with { type: "json" }

/**
 * A phone was lost and ended: the second list of signers says so, and the index was shown it. The phone's finder and the cloud work together: the phone
 * signs a manifest on top of the newest, and the cloud shows it under the first list, which still names the phone.
 */
const cardId = "kJGSk5SVlpeYmZqbnJ2enw"
let phone: Holder
let tablet: Holder
let card: Card
let credential: Credential
let before: string
let lists: readonly string[]
let cards: { cardId: string; hash: string }[]
const [cloudShare, category] = [randomKey(), randomKey()]

let pageLists: PageLists

const manifestBy = async (by: Holder, signers: { number: number; hash: string }, previous: string | null) =>
  signBy(
    by,
    "manifest",
    manifestOf(previous === null ? 1 : 2, signers, {
      previous,
      cards,
      account: { number: 1, thumbprint: tablet.sealing },
      pages: await namedPages(pageLists),
    }),
  )
const shown = async (lists: readonly string[]) => ({
  number: lists.length,
  hash: await statementHash(lists.at(-1) ?? ""),
})

beforeAll(async () => {
  pageLists = pageListsOf({ summary: [await canonicalHash([])] })
  const root = await newHolder()
  ;[phone, tablet] = await Promise.all([newHolder(), newHolder()])
  const first = await listOf(root, root, [listed(phone), listed(tablet)])
  lists = [first, await listOf(tablet, root, [listed(phone, { until: now }), listed(tablet)], first)]
  card = makeCard({ fingerprint: root.id, hri: "https://hri.example.org/" })
  const proofKey = toBase64url((await deriveCardKeys(card.secret)).proofKey)
  const half = { cloudShare: toBase64url(cloudShare), locatorHash: await locatorHash(card.locator) }
  const keys = [{ category: "summary", epoch: 1 }] as const
  cards = [{ cardId, hash: await cardHash({ cardId, keys, proofKey, hri: card.hri, sealedHash: aHash("s"), ...half }) }]
  before = await manifestBy(tablet, await shown(lists), null)
  const [of] = vectors.statement.professionals
  const algorithm = { name: "ECDSA", namedCurve: "P-256" }
  const pkcs8 = fromStandardBase64(of!.privateKey)
  const privateKey = await crypto.subtle.importKey("pkcs8", pkcs8, algorithm, false, ["sign"])
  credential = { alg: "ES256", chain: [fromStandardBase64(of!.certificate)], privateKey }
})
afterEach(() => vi.unstubAllGlobals())

const wrapped = async () => {
  const whole = await cardKey((await deriveCardKeys(card.secret)).qrHalf, cloudShare)
  return toBase64url(await wrapKey(await categoryWrappingKey(whole, "summary", 1), category))
}

/** The access, where the cloud answers with this manifest under these lists. */
const accessWith = async (manifest: string, signers: readonly string[]): Promise<Access> => {
  vi.stubGlobal("fetch", async (_: URL, { body }: { body: string }) => {
    const { statement }: { statement: string } = JSON.parse(body)
    const claims = z.parse(statements["emergency-access"], readStatement(statement).payload)
    const asked = { cloudId, patientId, statementHash: await statementHash(statement) }
    const seal = await answerSealer(asked, claims.ephemeral)
    const sealed = await seal({
      grantId: cardId,
      expiresAt: new Date(Date.now() + grantSeconds * 1000).toISOString(),
      ticket: aHash("T"),
      cloudShare: toBase64url(cloudShare),
      wrappedCategoryKeys: [{ category: "summary", epoch: 1, wrappedKey: await wrapped() }],
      sealedHash: aHash("s"),
      keyHistory: [{ category: "summary", epoch: 1, previous: [] }],
      signers: [...signers],
      account: tablet.publicKeys.sealing,
      manifest,
      pageList: pageLists.summary,
      links: [],
      summary: [],
      urls: [],
    })
    return Response.json({ sealed })
  })
  const entry = {
    cloud: "https://cloud.example.org/",
    cloudId,
    patientId,
    cardId,
    provider: "A".repeat(43),
    manifest: { number: 1, hash: await statementHash(before) },
    signers: await shown(lists),
  }
  return emergencyAccess(card, entry, credential)
}

describe("a device that was ended", () => {
  test("can't speak to a professional, though the cloud shows its old list of signers", async () => {
    const honest = await manifestBy(tablet, await shown(lists), await statementHash(before))
    expect(await accessWith(honest, lists)).toMatchObject({ manifest: { number: 2 }, categories: ["summary"] })
    const old = lists.slice(0, 1)
    const forged = await manifestBy(phone, await shown(old), await statementHash(before))
    expect(await integrityOf(accessWith(forged, old))).toBe("signers-invalid")
  })

  test("can't do so later within the grant either", async () => {
    const access = await accessWith(before, lists)
    const { keys: provider } = await newProvider()
    const pageOf = (manifest: string, signers: readonly string[]): Access => ({
      ...access,
      opening: Promise.resolve({ accessToken: "a", expiresAt: "", provider }),
      api: {
        address: access.api.address,
        call: async () =>
          ({
            manifest,
            links: [],
            signers,
            pageList: pageLists.summary,
            descriptors: [],
            keyHistory: { epoch: 1, previous: [] },
            decided: [],
            contributions: [],
          }) as never,
      },
    })
    const honest = await manifestBy(tablet, await shown(lists), await statementHash(before))
    expect(await integrityOf(listRecords(pageOf(honest, lists), "summary"))).toBe("taken")
    const old = lists.slice(0, 1)
    const forged = await manifestBy(phone, await shown(old), await statementHash(before))
    expect(await integrityOf(listRecords(pageOf(forged, old), "summary"))).toBe("signers-invalid")
  })
})
