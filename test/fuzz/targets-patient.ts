import { isDeepStrictEqual } from "node:util"
import * as z from "zod/mini"
import { auditEvent } from "../../contract/audit.ts"
import { Problem } from "../../contract/errors.ts"
import { pathParameters, type RouteName, routes } from "../../contract/routes.ts"
import { parseFhir } from "../../fhir/parse.ts"
import { readSummary } from "../../fhir/summary.ts"
import { actorOf } from "../../functions/http/actor.ts"
import { requestOf } from "../../functions/http/request.ts"
import { eleniPapadaki } from "../../local/samples/eleni-papadaki.ts"
import { jonasLindenmeier } from "../../local/samples/jonas-lindenmeier.ts"
import { saoirseNiShampla } from "../../local/samples/saoirse-ni-shampla.ts"
import { accountKeyOf, accountKey as accountKeySchema, openAccountKey } from "../../protocol/account-key.ts"
import { decodeCard, encodeCard } from "../../protocol/card.ts"
import { fromBase45, toBase45 } from "../../protocol/crypto/base45.ts"
import { fromBase64url, utf8 } from "../../protocol/crypto/bytes.ts"
import { keyIdOf, openUnder } from "../../protocol/crypto/envelope.ts"
import { CryptoFailure } from "../../protocol/crypto/failure.ts"
import { open } from "../../protocol/crypto/streaming-aead.ts"
import { openAnswer } from "../../protocol/emergency-answer.ts"
import { IntegrityFailure } from "../../protocol/integrity.ts"
import { openKeyRing, walkBack } from "../../protocol/key-ring.ts"
import { verifyDescent, verifyKeyRing, verifyManifest, verifyPage } from "../../protocol/manifest.ts"
import { type Category, categories } from "../../protocol/primitives.ts"
import { providerKeyList, verifyProviderKeys } from "../../protocol/provider-keys.ts"
import { verifyReceipt } from "../../protocol/receipt.ts"
import { type Descriptor, descriptor, keyRing as keyRingSchema, pageLists } from "../../protocol/record.ts"
import { generatePhrase, openRecoveryBundle, readPhrase } from "../../protocol/recovery.ts"
import { importSealingKeyPair, openSealed, sealInfo, sealingKeyThumbprint } from "../../protocol/sealing.ts"
import { sealingPrivateKey } from "../../protocol/sealing-key.ts"
import { verifySigners } from "../../protocol/signers.ts"
import { statementHash } from "../../protocol/statement.ts"
import { readIndexEntry } from "../../sdk/index-entry.ts"
import { verifyAuditExport } from "../../sdk/patient/audit-export.ts"
import { verifyAuditTrail } from "../../sdk/patient/audit-trail.ts"
import { wholeDocument } from "../fhir/cda/document.ts"
import formats from "../golden/formats.json" with { type: "json" }
import vectors from "../protocol/crypto/vectors.json" with { type: "json" }
import type { Layer } from "./mutate.ts"
import { bytesOf, dotted, only, require, type Target, textOf } from "./target.ts"

const unreadable = (error: unknown) => error instanceof CryptoFailure
const integrity =
  (...codes: string[]) =>
  (error: unknown) =>
    error instanceof IntegrityFailure && codes.includes(error.code)
const problem =
  (...codes: string[]) =>
  (error: unknown) =>
    error instanceof Problem && codes.includes(error.code)

const envelopeKey = fromBase64url(vectors.envelope.key)
const phrase = generatePhrase(() => fromBase64url(vectors.recovery.entropy))
const { patientId, manifest: published } = formats
const cloudId = formats.statements.audience
const place = { cloudId, patientId }
const pairOf = (exported: unknown) => importSealingKeyPair(z.parse(sealingPrivateKey, exported), { extractable: true })
const account = await pairOf(formats.account.newest)
const tablet = await pairOf(formats.account.tablet.sealing)
const ephemeral = await pairOf(formats.access.ephemeral)
const { chain, fingerprint } = formats.signers
const signers = await verifySigners(chain, { fingerprint, record: { cloudId, patientId } })
const expected = { signers, patientId, cloudId }
const witness = { number: 12, hash: published.newestHash }
const verified = await verifyManifest(published.newest, expected)
const contributed = formats.statements.professional.contribution
const { descriptor: addition, sealedKey } = JSON.parse(
  Buffer.from(contributed.split(".")[1] ?? "", "base64url").toString(),
) as { descriptor: Descriptor; sealedKey: string }
const sealedInfo = sealInfo({
  kind: "contribution",
  aud: cloudId,
  subject: patientId,
  recipient: await sealingKeyThumbprint(account.publicKey),
  object: addition.recordId,
  epoch: addition.epoch,
})
const card = decodeCard(formats.card.text)
if (card.outcome !== "ok") throw new Error("no card")

const [summaryPage, ...laboratoryPages] = [...published.pages.summary, ...published.pages.laboratory]
const lists = z.parse(pageLists, published.pageLists)
const pages: readonly { category: Category; page: number; descriptors: unknown }[] = [
  { category: "summary", page: 0, descriptors: summaryPage },
  ...laboratoryPages.map((descriptors, page) => ({ category: "laboratory" as const, page, descriptors })),
]

/** The bytes under the base45 of a card's text. */
const cardPayload: Layer = {
  split: (input) => [fromBase45(textOf(input).slice(5))],
  join: ([payload = new Uint8Array(0)]) => bytesOf(`EHR2:${toBase45(payload)}`),
}
const cardTexts = [vectors.card.text, formats.card.text, ...vectors.cards.ok.map(({ text }) => text)]

/** The bytes of a sealed text. */
const afterPrefix: Layer = {
  split: (input) => [Uint8Array.from(Buffer.from(textOf(input).slice(3), "base64url"))],
  join: ([payload = new Uint8Array(0)]) => bytesOf(`H1.${Buffer.from(payload).toString("base64url")}`),
}
/** Each of a list's texts, as a whole. */
const inList: Layer = {
  split: (input) => (JSON.parse(textOf(input)) as string[]).map(bytesOf),
  join: (parts) => json(parts.map(textOf)),
}
const provider = await verifyProviderKeys(cloudId, z.parse(providerKeyList, formats.provider.list))
const accessHash = await statementHash(formats.access.statement)
const firstHash = await statementHash(published.first)
const linkHashes = await Promise.all([8, 4, 2].map((number) => statementHash(published.all[number - 1] ?? "")))

const sealed = fromBase64url(vectors.record.sealed)
const [dataKey, associatedData] = [fromBase64url(vectors.record.dataKey), utf8(vectors.record.associatedData)]

function json(value: unknown) {
  return bytesOf(JSON.stringify(value))
}
/** What a page or ring has to be before it is verified; anything else stops at the reply's schema. */
const parsed = <S extends z.core.$ZodType>(schema: S, input: Uint8Array): z.output<S> | undefined => {
  try {
    const read = z.safeParse(schema, JSON.parse(textOf(input)))
    return read.success ? read.data : undefined
  } catch {
    return undefined
  }
}

const requests: readonly { name: RouteName; event: object }[] = [
  {
    name: "patient/publish-manifest",
    event: {
      body: JSON.stringify({
        publication: {
          manifest: published.newest,
          keyRing: published.keyRing,
          pageLists: published.pageLists,
          pages: [{ category: "summary", page: 0, descriptors: summaryPage }],
          decided: published.decided.map((ids, page) => ({ page, ids })),
          cards: [],
          signers: chain,
          accountKey: formats.account.accountKey,
        },
      }),
    },
  },
  {
    name: "hcp/emergency-access",
    event: { body: JSON.stringify({ statement: formats.statements.professional["emergency-access"], witness: 12 }) },
  },
  {
    name: "hcp/contribute",
    event: {
      body: JSON.stringify({ statement: formats.statements.professional.contribution }),
      pathParameters: { patientId, grantId: patientId, contributionId: patientId },
    },
  },
  {
    name: "hcp/list-records",
    event: {
      queryStringParameters: { category: "summary", page: "0", after: "0" },
      pathParameters: { patientId, grantId: patientId },
    },
  },
]
const claimsOfTokens = [
  { name: "patient/list-cards", claims: { token_use: "access", username: patientId } },
  { name: "hcp/list-records", claims: { token_use: "access", username: "ab".repeat(32) } },
] as const

const spoofing = /(?![\t\n\r])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u
const textsIn = (value: unknown): string[] =>
  typeof value === "string"
    ? [value]
    : typeof value === "object" && value !== null
      ? Object.values(value).flatMap(textsIn)
      : []

export const patientTargets: readonly Target[] = [
  {
    name: "card (QR text)",
    corpus: cardTexts.map(bytesOf),
    layers: [cardPayload],
    read: (input) => {
      const text = textOf(input)
      const reading = decodeCard(text)
      if (reading.outcome !== "ok") return "refused"
      require(encodeCard(reading.card) === text.replace(/[\r\n]+$/, ""), "two texts of the same card")
      return "taken"
    },
  },
  {
    name: "sealed to a key",
    corpus: [bytesOf(sealedKey)],
    layers: [afterPrefix],
    read: (input) =>
      only(
        unreadable,
        () => openSealed(account, sealedInfo, textOf(input)),
        () => require(textOf(input) === sealedKey, "a changed sealed text was opened"),
      ),
  },
  {
    name: "envelope under a key (JWE)",
    corpus: [vectors.envelope.under, vectors.envelope.underWithKid].map(bytesOf),
    layers: [dotted],
    read: async (input, from) => {
      await only(unreadable, () => keyIdOf(textOf(input)))
      return only(
        unreadable,
        () => openUnder(envelopeKey, textOf(input)),
        () => {
          const known = [vectors.envelope.under, vectors.envelope.underWithKid][from]
          require(textOf(input) === known, "a changed envelope was opened")
        },
      )
    },
  },
  {
    name: "recovery bundle",
    corpus: [bytesOf(vectors.recovery.bundle)],
    layers: [dotted],
    read: async (input) => {
      const recovery = await openRecoveryBundle(textOf(input), phrase)
      if (recovery.outcome !== "ok") return "refused"
      require(textOf(input) === vectors.recovery.bundle, "a changed bundle was opened")
      return "taken"
    },
  },
  {
    name: "recovery phrase",
    corpus: [bytesOf(phrase), bytesOf(`${"abandon ".repeat(23)}art`)],
    read: (input) => {
      const text = textOf(input)
      const reading = readPhrase(text)
      if (reading.outcome !== "ok") return "refused"
      const words = text.normalize("NFKD").toLowerCase().trim().split(/\s+/).join(" ")
      require(generatePhrase(() => reading.entropy) === words, "two phrases of the same entropy")
      return "taken"
    },
  },
  {
    name: "sealed record",
    corpus: [sealed],
    read: (input) =>
      only(
        unreadable,
        () => open(dataKey, associatedData, input),
        () => require(Buffer.from(input).equals(Buffer.from(sealed)), "a changed record was opened"),
      ),
  },
  {
    name: "signer lists",
    corpus: [chain, chain.slice(0, 2), chain.slice(0, 1)].map(json),
    layers: [inList],
    read: (input) => {
      const lists = parsed(z.array(z.string()), input)
      if (lists === undefined) return "refused"
      return only(
        integrity("signers-invalid"),
        () => verifySigners(lists, { fingerprint, record: { cloudId, patientId } }),
        ({ number }) => require(isDeepStrictEqual(lists, chain.slice(0, number)), "other signers"),
      )
    },
  },
  {
    name: "account key",
    corpus: [json(formats.account.accountKey)],
    read: async (input) => {
      const key = parsed(accountKeySchema, input)
      if (key === undefined) return "refused"
      return only(
        unreadable,
        async () => {
          const pair = await openAccountKey(place, key, tablet)
          await accountKeyOf(place, key, pair, 1)
          return pair
        },
        ({ publicKey }) => require(isDeepStrictEqual(publicKey, account.publicKey), "another key than was sealed"),
      )
    },
  },
  {
    name: "index entry",
    corpus: [bytesOf(formats.index.put)],
    layers: [dotted],
    read: (input) =>
      only(
        integrity("entry-invalid"),
        () => readIndexEntry(textOf(input), card.card, fingerprint),
        () => require(textOf(input) === formats.index.put, "a changed entry was taken"),
      ),
  },
  {
    name: "emergency answer",
    corpus: [bytesOf(formats.access.sealed)],
    layers: [afterPrefix],
    read: (input) =>
      only(
        integrity("reply-invalid"),
        () => openAnswer({ ...place, statementHash: accessHash }, ephemeral, textOf(input)),
        () => require(textOf(input) === formats.access.sealed, "a changed answer was opened"),
      ),
  },
  {
    name: "receipt",
    corpus: [bytesOf(formats.receipt.receipt)],
    layers: [dotted],
    read: (input) =>
      only(
        integrity("receipt-invalid"),
        () =>
          verifyReceipt(textOf(input), {
            provider,
            statement: formats.access.statement,
            event: formats.receipt.event,
          }),
        () => require(textOf(input) === formats.receipt.receipt, "a changed receipt was taken"),
      ),
  },
  {
    name: "manifest",
    corpus: [published.newest, published.sameNumber].map(bytesOf),
    layers: [dotted],
    read: async (input, from) => {
      const original = [published.newest, published.sameNumber][from]
      const known = await only(integrity("manifest-forged", "manifest-rolled-back"), async () =>
        verifyDescent(await verifyManifest(textOf(input), expected), [], witness),
      )
      require(known === "refused" || textOf(input) === published.newest, "another manifest than the witness knows")
      return only(
        integrity("manifest-forged"),
        () => verifyManifest(textOf(input), expected),
        () => require(textOf(input) === original, "a changed manifest was verified"),
      )
    },
  },
  {
    name: "manifests on the way back",
    corpus: [json([8, 4, 2].map((number) => published.all[number - 1]))],
    layers: [inList],
    read: (input) => {
      const links = parsed(z.array(z.string()), input)
      if (links === undefined) return "refused"
      return only(
        integrity("manifest-rolled-back"),
        () => verifyDescent(verified, links, { number: 1, hash: firstHash }),
        // A link counts for what it signs: its signature may be another.
        async () =>
          require((await Promise.all(links.map(statementHash))).every(
            (hash, i) => hash === linkHashes[i],
          ), "another way back"),
      )
    },
  },
  {
    name: "manifest page",
    corpus: pages.map(({ descriptors }) => json(descriptors)),
    read: (input, from) => {
      const { category, page, descriptors } = pages[from] ?? pages[0]!
      const list = parsed(z.array(descriptor), input)
      if (list === undefined) return "refused"
      return only(
        integrity("page-differs"),
        () => verifyPage(lists[category], page, list),
        () => require(isDeepStrictEqual(list, descriptors), "another page than the manifest names"),
      )
    },
  },
  {
    name: "key ring",
    corpus: [json(published.keyRing)],
    read: async (input) => {
      const ring = parsed(keyRingSchema, input)
      if (ring === undefined) return "refused"
      await only(unreadable, async () => {
        const keys = await openKeyRing(place, ring, account)
        for (const category of categories) {
          const { previous } = ring.categories[category]
          await walkBack(category, keys[category]).at(
            1,
            previous.map(({ wrappedKey }) => wrappedKey),
          )
        }
      })
      return only(
        integrity("key-ring-differs"),
        () => verifyKeyRing(verified, ring),
        () => require(isDeepStrictEqual(ring, published.keyRing), "another ring than the manifest names"),
      )
    },
  },
  {
    name: "audit trail",
    corpus: [json(formats.audit.events)],
    read: (input) => {
      const events = parsed(z.array(auditEvent), input)
      if (events === undefined) return "refused"
      const last = formats.audit.events.at(-1)!
      return only(
        integrity("audit-trail-broken", "audit-trail-cut"),
        () => verifyAuditTrail(events, { seq: last.seq, hash: last.hash }),
        () => require(isDeepStrictEqual(events, formats.audit.events), "another trail than was written"),
      )
    },
  },
  {
    name: "audit export",
    corpus: [json(formats.export.exported)],
    read: (input) => {
      const value = parsed(z.any(), input)
      return only(
        integrity(
          "reply-invalid",
          "audit-trail-broken",
          "audit-trail-cut",
          "audit-trail-uncovered",
          "checkpoint-invalid",
          "provider-changed",
          "provider-forked",
        ),
        () => verifyAuditExport(value),
        ({ checkpoint, events }) => {
          // An export may have no seal, and says so; what is under one is what was sealed.
          const sent = value as typeof formats.export.exported
          if (checkpoint === undefined) return
          require(sent.newest?.checkpoint === formats.export.exported.newest.checkpoint, "another checkpoint")
          require(sent.events[1]?.hash === formats.export.exported.events[1]?.hash, "another event under the seal")
          require(checkpoint.number === 4 && events >= checkpoint.covered, "another seal")
        },
      )
    },
  },
  {
    name: "FHIR summary",
    corpus: [eleniPapadaki, jonasLindenmeier, saoirseNiShampla].map(json),
    read: (input) => {
      const summary = readSummary(input)
      require(summary.sections.length >= 3, "a section that must be there is not")
      require(!textsIn(summary).some((text) => spoofing.test(text)), "a control character came through")
      return summary.patient === undefined ? "refused" : "taken"
    },
  },
  {
    name: "CDA document",
    corpus: [bytesOf(wholeDocument)],
    read: (input) => {
      // Read as a whole it throws never: here an error would show.
      const document = parseFhir(input)
      if (document.outcome !== "parsed") return "refused"
      const summary = readSummary(document.value)
      require(summary.warnings.every(({ code }) => code !== "unreadable"), "an entry can't be read")
      require(!textsIn(summary).some((text) => spoofing.test(text)), "a control character came through")
      return "taken"
    },
  },
  {
    name: "HTTP request",
    corpus: requests.map(({ event }) => json(event)),
    layers: [
      {
        // The body, a JSON text within the event.
        split: (input) => [bytesOf((JSON.parse(textOf(input)) as { body?: string }).body ?? "")],
        join: ([body = new Uint8Array(0)]) => json({ body: textOf(body), pathParameters: { patientId } }),
      },
    ],
    read: (input, from) => {
      const { name } = requests[from] ?? requests[0]!
      const event = parsed(eventSchema, input)
      if (event === undefined) return "refused"
      return only(
        problem("request-invalid", "request-too-large"),
        () => requestOf(name, { isBase64Encoded: false, ...event }),
        (request) => {
          const named = pathParameters(routes[name].path)
          for (const parameter of named)
            require(Reflect.get(request, parameter) ===
              event.pathParameters?.[parameter], "a field of the path came from elsewhere")
          require(Object.getPrototypeOf(request) === Object.prototype, "another prototype")
          require(!("polluted" in {}), "the prototype of all objects was changed")
          z.safeParse(routes[name].request, request)
        },
      )
    },
  },
  {
    name: "token claims",
    corpus: claimsOfTokens.map(({ claims }) => json(claims)),
    read: (input, from) => {
      const { name, claims } = claimsOfTokens[from] ?? claimsOfTokens[0]
      const sent = parsed(z.record(z.string(), z.any()), input)
      if (sent === undefined) return "refused"
      return only(
        problem("unauthenticated"),
        () => actorOf(name, { requestContext: { authorizer: { jwt: { claims: sent } } } } as never),
        (actor) => {
          require(sent["token_use"] === "access", "another token than for access")
          require(isDeepStrictEqual(Object.values(actor), [sent["username"]]), `somebody else than ${claims.username}`)
        },
      )
    },
  },
]

/** What API Gateway guarantees of an event; the rest is the stranger's. */
const eventSchema = z.object({
  body: z.optional(z.string()),
  isBase64Encoded: z.optional(z.boolean()),
  queryStringParameters: z.optional(z.record(z.string(), z.string())),
  pathParameters: z.optional(z.record(z.string(), z.string())),
})
