import { beforeAll, describe, expect, test } from "vitest"
import * as z from "zod/mini"
import { auditEvent } from "../../contract/audit.ts"
import { routes } from "../../contract/routes.ts"
import { linkEvent } from "../../functions/domain/audit-chain.ts"
import { professionalStatement } from "../../functions/domain/professionals.ts"
import { beginRecordUpload, commit, recordPartUrls } from "../../functions/domain/records.ts"
import { claimsOf, patientStatement } from "../../functions/domain/statements.ts"
import { type Card, cardProof, decodeCard, deriveCardKeys, encodeCard, locatorHash } from "../../protocol/card.ts"
import { consentReceipt, hriEntry, type StatementType, statements } from "../../protocol/claims.ts"
import { fromBase64url, fromUtf8, toBase64url } from "../../protocol/crypto/bytes.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { openSealed, openUnder } from "../../protocol/crypto/envelope.ts"
import { IntegrityFailure } from "../../protocol/integrity.ts"
import { keyOfEpoch, openKeyRing } from "../../protocol/key-ring.ts"
import { importPatientKeys, publicPart, thumbprint } from "../../protocol/keys.ts"
import { verifyKeyRing, verifyManifest, verifyPage } from "../../protocol/manifest.ts"
import { categories } from "../../protocol/primitives.ts"
import { descriptor, keyRing } from "../../protocol/record.ts"
import { readStatement, statementHash, verifyStatement } from "../../protocol/statement.ts"
import { verifyAuditExport } from "../../sdk/patient/audit-export.ts"
import { verifyAuditTrail } from "../../sdk/patient/audit-trail.ts"
import { dataKeyOf, openMetadata } from "../../sdk/sealed-record.ts"
import { hashOf, recordHash } from "../../sdk/transfer/parts.ts"
import { memoryCloud, refusalOf } from "../fakes/cloud.ts"
import { partsOf, sendPart } from "../fakes/parts.ts"
import { descriptorOf, giveConsent, newPatient } from "../fakes/people.ts"
import { frozenKeys, frozenPublicKeys } from "../protocol/crypto/frozen-keys.ts"
import formats from "./formats.json" with { type: "json" }

/** Frozen vectors of every format, made by another implementation (make.ts). What opens one of them today has to open it for ever. */

const { patientId } = formats
const cloudId = formats.statements.audience
let agreement: CryptoKey
beforeAll(async () => {
  agreement = (await importPatientKeys(frozenKeys, { extractable: false })).agreement.privateKey
})
const integrityOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => "taken",
    (error: unknown) => (error instanceof IntegrityFailure ? error.code : error),
  )

describe("the manifest", () => {
  const { first, newest, newestHash, pages, refused, sameNumber } = formats.manifest
  const ring = z.parse(keyRing, formats.manifest.keyRing)
  const summary = z.parse(z.array(descriptor), pages.summary[0])
  const verify = async (compact: string, witness?: { number: number; hash: string }) =>
    verifyManifest(compact, { fingerprint: await thumbprint(frozenPublicKeys.signing), patientId, cloudId, witness })

  test("is verified, its number and hash being what later ones are held against", async () => {
    expect(await verify(newest)).toMatchObject({ number: 2, hash: newestHash })
    expect(await verify(newest, { number: 1, hash: await statementHash(first) })).toMatchObject({ number: 2 })
    expect(await verify(newest, { number: 2, hash: newestHash })).toMatchObject({ number: 2 })
    expect((await verify(newest)).claims.previous).toBe(await statementHash(first))
  })

  test("older than what is known, or another of the same number, is a rollback", async () => {
    const witness = { number: 2, hash: newestHash }
    expect(await integrityOf(verify(first, witness))).toBe("manifest-rolled-back")
    expect(await integrityOf(verify(sameNumber, witness))).toBe("manifest-rolled-back")
    expect(await integrityOf(verify(newest, { number: 3, hash: newestHash }))).toBe("manifest-rolled-back")
    expect(await verify(sameNumber)).toMatchObject({ number: 2 })
  })

  test("that follows another than the one known before it is a fork", async () => {
    const witness = { number: 1, hash: await statementHash(first) }
    expect(await verify(newest, witness)).toMatchObject({ number: 2 })
    expect(await integrityOf(verify(sameNumber, witness))).toBe("manifest-rolled-back")
    expect(await integrityOf(verify(newest, { number: 1, hash: newestHash }))).toBe("manifest-rolled-back")
  })

  test.each(refused)("is refused: $why", async ({ manifest }) => {
    expect(await integrityOf(verify(manifest))).toBe("manifest-invalid")
  })

  test("for another fingerprint is refused", async () => {
    const fingerprint = await thumbprint(frozenPublicKeys.agreement)
    expect(await integrityOf(verifyManifest(newest, { fingerprint, patientId, cloudId }))).toBe("manifest-invalid")
  })

  test("names its pages; no other list is one of them", async () => {
    const manifest = await verify(newest)
    await verifyPage(manifest, "summary", 0, summary)
    await verifyPage(manifest, "laboratory", 1, [])
    await verifyPage(manifest, "imaging", 0, [])
    const [a, b] = summary
    for (const other of [[], [a!], [b!, a!], [a!, a!], [a!, b!, a!], [{ ...a!, epoch: 2 }, b!]])
      expect(await integrityOf(verifyPage(manifest, "summary", 0, other))).toBe("page-differs")
    expect(await integrityOf(verifyPage(manifest, "laboratory", 0, summary))).toBe("page-differs")
    expect(await integrityOf(verifyPage(manifest, "imaging", 0, summary))).toBe("page-differs")
    expect(await integrityOf(verifyPage(manifest, "summary", 1, summary))).toBe("page-differs")
  })

  test("names its key ring, and no other", async () => {
    const manifest = await verify(newest)
    await verifyKeyRing(manifest, ring)
    for (const category of categories) {
      const other = { ...ring, [category]: { ...ring[category], epoch: 9 } }
      expect(await integrityOf(verifyKeyRing(manifest, other))).toBe("key-ring-differs")
    }
  })

  test("with ring, pages and cards is what the route takes", () => {
    const sent = { manifest: newest, keyRing: ring, pages: [{ category: "summary", page: 0, descriptors: summary }] }
    expect(routes["patient/publish-manifest"].request.safeParse({ ...sent, cards: [] }).success).toBe(true)
    expect(routes["patient/publish-manifest"].request.safeParse({ ...sent, cards: [], more: 1 }).success).toBe(false)
  })

  test("leads from the agreement key to every record's metadata", async () => {
    const keys = await openKeyRing(ring, agreement)
    for (const category of categories) {
      expect(toBase64url(keys[category].key)).toBe(formats.manifest.categoryKeys[category])
      expect(keys[category].epoch).toBe(category === "summary" ? 3 : 1)
    }
    for (const [i, expected] of formats.manifest.summaryKeys.entries())
      expect(toBase64url(await keyOfEpoch(ring.summary, keys.summary.key, i + 1))).toBe(expected)
    for (const [i, one] of summary.entries()) {
      const dataKey = await dataKeyOf(one, await keyOfEpoch(ring.summary, keys.summary.key, one.epoch))
      expect(await openMetadata(one, dataKey)).toEqual({
        title: `Record ${"ab"[i]}`,
        contentType: "application/fhir+json",
        size: 900,
        createdAt: "2026-01-02T03:04:05.678Z",
      })
    }
  })
})

describe("the card and its entry in the index", () => {
  const { text, ...expected } = formats.card
  const card: Card = { ...expected, secret: fromBase64url(expected.secret), locator: fromBase64url(expected.locator) }
  /** As a professional's device reads it. */
  const read = async (statement: string) => {
    const { header } = readStatement(statement)
    if (header.jwk === undefined || (await thumbprint(header.jwk)) !== card.fingerprint)
      throw new Error("another owner")
    const { payload } = await verifyStatement(statement, { typ: "hri-entry", key: header.jwk, algorithms: ["ES256"] })
    const claims = z.parse(statements["hri-entry"], payload)
    if (claims.action !== "put" || claims.locatorHash !== (await locatorHash(card.locator))) throw new Error("another")
    const { entryKey } = await deriveCardKeys(card.secret)
    return z.parse(hriEntry, JSON.parse(fromUtf8(await openUnder(entryKey, claims.entry))))
  }

  test("the QR text is read, and written, to the letter", () => {
    expect(decodeCard(text)).toEqual({ outcome: "ok", card })
    expect(encodeCard(card)).toBe(text)
  })

  test("the entry opens with the card", async () => {
    expect(await read(formats.index.put)).toEqual(formats.index.entry)
    expect(claimsOf("hri-entry", formats.index.remove)).toMatchObject({ action: "remove", sequence: 8 })
  })

  test.each(formats.index.refused)("an entry is refused: $why", async ({ statement }) => {
    await expect(read(statement)).rejects.toThrow()
  })
})

describe("statements", () => {
  const { audience, patient, professional, refused } = formats.statements
  const now = new Date(formats.statements.now * 1000)
  const byPatient = (type: Exclude<StatementType, "hri-entry">, statement: string) =>
    patientStatement(type, statement, { audience, patientId, signing: frozenPublicKeys.signing, now })

  test.each(Object.entries(patient).flatMap(([type, all]) => all.map((statement, i) => ({ type, i, statement }))))(
    "a patient's $type is taken ($i)",
    async ({ type, statement }) => {
      const claims = await byPatient(type as "consent", statement)
      expect(claims).toEqual(readStatement(statement).payload)
      expect(claims).toMatchObject({ patientId, aud: audience })
    },
  )

  test.each(["emergency-access", "contribution"] as const)("a professional's %s is taken", async (type) => {
    const { claims, alg, chain } = await professionalStatement(type, professional[type], { audience, now })
    expect(claims).toEqual(readStatement(professional[type]).payload)
    expect([alg, chain.length]).toEqual(["ES256", 1])
  })

  test.each(formats.statements.byEachKey)(
    "a professional's contribution by $alg is taken, and says whose key and certificate it is by",
    async ({ alg, account, certificate, statement }) => {
      const read = await professionalStatement("contribution", statement, { audience, now })
      expect(read).toMatchObject({ alg, account, certificate, claims: { patientId } })
    },
  )

  test("the proof of the card is the one that the cloud computes", async () => {
    const { proofKey, cardId, proof } = formats.statements.proof
    const { claims, certificate } = await professionalStatement("emergency-access", professional["emergency-access"], {
      audience,
      now,
    })
    const of = { aud: audience, patientId, cardId, jti: claims.jti, certificate }
    expect(await cardProof(fromBase64url(proofKey), of)).toBe(proof)
    expect(claims.proof).toBe(proof)
  })

  test("a contribution's key opens with the patient's", async () => {
    const { sealedKey } = claimsOf("contribution", professional.contribution)
    expect(toBase64url(await openSealed(agreement, sealedKey))).toBe(formats.statements.sealedKey)
  })

  test.each(refused)("refused: $why", async ({ type, statement }) => {
    const reading =
      type === "contribution"
        ? professionalStatement("contribution", statement, { audience, now })
        : byPatient(type as "consent", statement)
    expect(await refusalOf(reading)).toBe("statement-invalid")
  })
})

describe("the receipt of a consent", () => {
  const { consent } = formats.receipt
  const verify = async (receipt: string) => {
    const key = publicPart(formats.receipt.providerKey)
    const { payload } = await verifyStatement(receipt, { typ: "consent-receipt", key, algorithms: ["ES256"] })
    const { iss, statementHash: named } = z.parse(consentReceipt, payload)
    if (iss !== cloudId || named !== (await statementHash(consent))) throw new Error("of something else")
  }

  test("is the provider's signature over exactly this consent", async () => {
    await verify(formats.receipt.receipt)
  })

  test.each(formats.receipt.refused)("is refused: $why", async ({ receipt }) => {
    await expect(verify(receipt)).rejects.toThrow()
  })
})

describe("the audit trail", () => {
  const events = z.parse(z.array(auditEvent), formats.audit.events)

  test("is whole, and each link is the one we would make", async () => {
    await verifyAuditTrail(events)
    for (const [i, { seq, at, prev, hash: _, ...event }] of events.entries()) {
      const head = { seq: seq - 1, hash: prev }
      expect(await linkEvent(head, event, new Date(at))).toEqual(events[i])
    }
  })

  test("is cut where it ends before what was seen, and broken where that is another", async () => {
    const [one, two, three] = events
    await verifyAuditTrail(events, two)
    expect(await integrityOf(verifyAuditTrail([one!, two!], three))).toBe("audit-trail-cut")
    expect(await integrityOf(verifyAuditTrail([], one))).toBe("audit-trail-cut")
    expect(await integrityOf(verifyAuditTrail(events, { seq: 2, hash: three!.hash }))).toBe("audit-trail-broken")
  })

  test.each(formats.audit.broken)("is broken: $why", async ({ events }) => {
    // As it comes, so that nothing a schema drops goes unnoticed.
    expect(await integrityOf(verifyAuditTrail(events as never))).toBe("audit-trail-broken")
  })
})

describe("the export of an audit trail", () => {
  const { exported, refused } = formats.export

  test("holds by itself: chain, checkpoint, the way back to the first one, and place in the tree", async () => {
    expect(await verifyAuditExport(exported)).toEqual({
      cloudId,
      patientId,
      events: 3,
      provider: await thumbprint(publicPart(formats.receipt.providerKey)),
      checkpoint: { number: 4, signedAt: formats.statements.now, covered: 2 },
    })
  })

  test.each(refused)("is refused: $why", async ({ exported }) => {
    await expect(verifyAuditExport(exported)).rejects.toThrow(IntegrityFailure)
  })
})

describe("a record of more parts than one", () => {
  const { mebibytes, hashes, sha256 } = formats.parts
  const size = mebibytes * 1024 * 1024

  test("has the hash of its parts' hashes, by the device", async () => {
    const sealed = new Uint8Array(size).map((_, i) => i >> 20)
    expect(await hashOf(sealed)).toBe(sha256)
    expect(await recordHash(hashes)).toBe(sha256)
  })

  test("is taken by the cloud under this hash, and under no other", async () => {
    const cloud = await memoryCloud()
    const patient = await newPatient(cloud)
    await giveConsent(cloud, patient, "store")
    const { patientId } = patient
    const known = await descriptorOf({ size, sha256 })
    const { recordId, category } = known
    const place = { recordId, version: "1" }
    await beginRecordUpload(cloud, patientId, { ...place, category, size }, cloud.call)
    const parts = partsOf({ size, sha256, hashes })
    const { uploads } = await recordPartUrls(cloud, patientId, { ...place, parts }, cloud.call)
    for (const upload of uploads) sendPart(cloud, upload)
    const committing = (sha256: string) =>
      commit(cloud, patientId, { recordId, descriptor: { ...known, sha256 } }, cloud.call)
    expect(await refusalOf(committing(hashes[0] ?? ""))).toBe("record-differs")
    expect(await committing(sha256)).toEqual({})
  })
})

test("the hash of a page is that of its canonical text", async () => {
  const { payload } = readStatement(formats.manifest.newest)
  expect(payload).toMatchObject({ pages: { summary: [await canonicalHash(formats.manifest.pages.summary[0])] } })
})
