import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest"
import type { Held } from "../../attack/access-statement.ts"
import { flipped } from "../../attack/mutations.ts"
import { internet, over } from "../../attack/network.ts"
import { lyingInClear } from "../../attack/operator.ts"
import { freshly } from "../../attack/people.ts"
import type { RequestOf, ResponseOf } from "../../contract/routes.ts"
import { sealToAccount } from "../../protocol/account-key.ts"
import { encodeCard, locatorHash, makeCard as newCard } from "../../protocol/card.ts"
import { toBase64url, utf8 } from "../../protocol/crypto/bytes.ts"
import { randomBytes } from "../../protocol/crypto/primitives.ts"
import type { EmergencyAnswer } from "../../protocol/emergency-answer.ts"
import { generateKeyPairs } from "../../protocol/keys.ts"
import { signStatement, statementHash } from "../../protocol/statement.ts"
import { lookUp } from "../../sdk/hcp/card.ts"
import { contribute } from "../../sdk/hcp/contribute.ts"
import { readSummaryRecords } from "../../sdk/hcp/emergency-access.ts"
import { listRecords as listGranted, readRecord } from "../../sdk/hcp/records.ts"
import { readAuditTrail } from "../../sdk/patient/audit-trail.ts"
import { makeCard, startEpoch } from "../../sdk/patient/cards.ts"
import { getConsent, signConsent } from "../../sdk/patient/consents.ts"
import { readContents } from "../../sdk/patient/contents.ts"
import { listContributions, rejectContribution } from "../../sdk/patient/contributions.ts"
import { listGrants } from "../../sdk/patient/grants.ts"
import { listCards } from "../../sdk/patient/held-cards.ts"
import { listRecords } from "../../sdk/patient/listed.ts"
import { downloadRecord, uploadRecord } from "../../sdk/patient/records.ts"
import { callAsPatient, type Memory, placeOf } from "../../sdk/patient/session.ts"
import { overwriteObject } from "./engine.ts"
import { accessBy, cardOf, cloud, documentOf, newPatientWithCard, professional } from "./people.ts"
import { type Mutations, type Proxy, startProxy } from "./proxy.ts"
import { altered, patientSays } from "./statements.ts"

/** An EHR cloud and an index that lie. Whatever they change of what patients and professionals signed or sealed is noticed. */
let ehrCloud: Proxy
let index: Proxy
let patient: Awaited<ReturnType<typeof newPatientWithCard>>
let other: Awaited<ReturnType<typeof newPatientWithCard>>
let older: ResponseOf<"patient/get-manifest">
/** What another device of the patient's knows, that was away since. */
let early: Memory

beforeAll(async () => {
  const [real] = cloud.clouds
  if (real === undefined) throw new Error("there is no EHR cloud")
  ;[ehrCloud, index] = await Promise.all([startProxy(real.address), startProxy(cloud.hri)])
  const behind = { ...real, address: ehrCloud.address }
  ;[patient, other] = await Promise.all([newPatientWithCard(undefined, behind), newPatientWithCard(undefined, behind)])
  older = await callAsPatient(patient.session, "patient/get-manifest", {})
  early = structuredClone(patient.session.memory)
  await uploadRecord(patient.session, documentOf("imaging", "another image"))
  await uploadRecord(patient.session, documentOf("summary", "another summary"))
})
afterEach(() => {
  ehrCloud.mutations = {}
  index.mutations = {}
})
afterAll(() => Promise.all([ehrCloud.stop(), index.stop()]))

const lying = (mutations: Mutations) => {
  ehrCloud.mutations = mutations
}
const access = () => accessBy("physician", patient.card)
/** An access of which the cloud changes the answer before it seals it to the key in the statement. */
const accessUnder = async (lie: (answer: EmergencyAnswer) => unknown, held: Held = patient) =>
  over(lyingInClear(internet, held, await professional("paramedic"), lie), () => accessBy("physician", held.card))
const theirManifest = () => callAsPatient(other.session, "patient/get-manifest", {})

test("what an honest cloud answers through the same proxy is believed", async () => {
  const read = await readSummaryRecords(await access())
  expect(read.map(({ bytes }) => Buffer.from(bytes).toString())).toContain("another summary")
  expect(await listRecords(patient.session)).toHaveLength(4)
})

describe("a professional notices", () => {
  test("another patient's manifest, signers or account key", async () => {
    const { manifest, signers, accountKey } = await theirManifest()
    const lies: [string, object][] = [
      ["manifest-invalid", { manifest }],
      ["signers-invalid", { signers }],
      ["signers-invalid", { manifest, signers }],
      ["account-key-invalid", { account: accountKey.publicKey }],
    ]
    for (const [code, lie] of lies)
      await expect(accessUnder((answer) => ({ ...answer, ...lie }))).rejects.toMatchObject({ code })
  })

  test("an older manifest than the index has witnessed", async () => {
    const rolledBack = accessUnder((answer) => ({ ...answer, manifest: older.manifest }))
    await expect(rolledBack).rejects.toMatchObject({ code: "manifest-rolled-back" })
  })

  test("another manifest of the same number", async () => {
    const { manifest } = await readContents(patient.session)
    const { aud: _aud, iat: _iat, jti: _jti, ...claims } = manifest.claims
    const twin = await patientSays(patient.session, "manifest", claims)
    const forked = accessUnder((answer) => ({ ...answer, manifest: twin }))
    await expect(forked).rejects.toMatchObject({ code: "manifest-rolled-back" })
  })

  test("an altered manifest", async () => {
    const changed = accessUnder((answer) => ({ ...answer, manifest: altered(answer.manifest) }))
    await expect(changed).rejects.toMatchObject({ code: "manifest-invalid" })
  })

  test("a summary that was left out, put in another order, or is another patient's", async () => {
    const changes = [
      (summary: EmergencyAnswer["summary"]) => summary.slice(1),
      (summary: EmergencyAnswer["summary"]) => summary.toReversed(),
      () => [],
      () => [other.summary],
    ]
    for (const change of changes) {
      const differing = accessUnder((answer) => ({ ...answer, summary: change(answer.summary) }))
      await expect(differing).rejects.toMatchObject({ code: "page-differs" })
    }
  })

  test("another record in place of a summary that the card doesn't open", async () => {
    const { text, cardId } = await makeCard(patient.session, { hri: cloud.hri, categories: ["imaging"] })
    const held = { session: patient.session, card: cardOf(text), cardId }
    expect((await accessBy("physician", held.card)).summary).toEqual([])
    const added = accessUnder((answer) => ({ ...answer, summary: [patient.image] }), held)
    await expect(added).rejects.toMatchObject({ code: "page-differs" })
  })

  test("categories, a share or keys that aren't those of the card", async () => {
    const changes: ((answer: EmergencyAnswer) => Partial<EmergencyAnswer>)[] = [
      () => ({ cloudShare: toBase64url(randomBytes(32)) }),
      ({ wrappedCategoryKeys }) => ({ wrappedCategoryKeys: wrappedCategoryKeys.slice(1), summary: [] }),
    ]
    for (const change of changes)
      await expect(accessUnder((answer) => ({ ...answer, ...change(answer) }))).rejects.toMatchObject({
        code: "card-not-listed",
      })
    const swapping = accessUnder((answer) => {
      const [first, second, ...others] = answer.wrappedCategoryKeys
      if (first === undefined || second === undefined) return answer
      const swapped = [
        { ...first, wrappedKey: second.wrappedKey },
        { ...second, wrappedKey: first.wrappedKey },
      ]
      return { ...answer, wrappedCategoryKeys: [...swapped, ...others] }
    })
    await expect(swapping).rejects.toMatchObject({ code: "record-unreadable" })
  })

  test("an address that leads to another record", async () => {
    const misled = await accessUnder((answer) => ({
      ...answer,
      urls: answer.urls.map((each, i) => ({ ...each, url: answer.urls[(i + 1) % answer.urls.length]?.url ?? "" })),
    }))
    await expect(readSummaryRecords(misled)).rejects.toMatchObject({ code: "record-differs" })
  })

  test("a page of a list that was swapped, emptied, or is of before", async () => {
    const running = await access()
    const lies: Mutations[] = [
      { "hcp/list-records": (answer) => ({ ...answer, descriptors: [other.image] }) },
      { "hcp/list-records": (answer) => ({ ...answer, descriptors: [] }) },
      { "hcp/list-records": (answer) => ({ ...answer, descriptors: answer.descriptors.slice(0, 1) }) },
    ]
    for (const lie of lies) {
      lying(lie)
      await expect(listGranted(running, "imaging")).rejects.toMatchObject({ code: "page-differs" })
    }
    lying({ "hcp/list-records": (answer) => ({ ...answer, manifest: older.manifest }) })
    await expect(listGranted(running, "imaging")).rejects.toMatchObject({ code: "manifest-rolled-back" })
    const { signers } = await theirManifest()
    lying({ "hcp/list-records": (answer) => ({ ...answer, signers }) })
    await expect(listGranted(running, "imaging")).rejects.toMatchObject({ code: "signers-invalid" })
  })

  test("a newer manifest that doesn't lead back to the one of the access", async () => {
    const running = await access()
    for (const name of ["fifth", "sixth", "seventh"])
      await uploadRecord(patient.session, documentOf("laboratory", `${name} result`))
    let led = 0
    lying({
      "hcp/list-records": (answer) => {
        led = answer.links.length
        return { ...answer, links: answer.links.map(() => older.manifest) }
      },
    })
    await expect(listGranted(running, "imaging")).rejects.toMatchObject({ code: "manifest-rolled-back" })
    expect(led).toBeGreaterThan(0)
    lying({ "hcp/list-records": (answer) => ({ ...answer, links: [] }) })
    await expect(listGranted(running, "imaging")).rejects.toMatchObject({ code: "manifest-rolled-back" })
    lying({})
    expect(await listGranted(running, "imaging")).toHaveLength(2)
  })

  test("an addition that isn't what a professional signed", async () => {
    const running = await access()
    await contribute(running, documentOf("document", "a note"))
    type Listed = ResponseOf<"hcp/list-records">["contributions"][number]
    const changes: ((each: Listed) => Listed)[] = [
      (each) => ({ ...each, statement: altered(each.statement) }),
      (each) => ({ ...each, contributionId: other.image.recordId }),
    ]
    for (const change of changes) {
      lying({ "hcp/list-records": (answer) => ({ ...answer, contributions: answer.contributions.map(change) }) })
      await expect(listGranted(running, "document")).rejects.toMatchObject({ code: "contribution-invalid" })
      lying({
        "patient/list-contributions": (answer) => ({
          contributions: answer.contributions.map((each) => ({ ...each, ...change(each) })),
        }),
      })
      await expect(listContributions(patient.session)).rejects.toMatchObject({ code: "contribution-invalid" })
    }
  })

  test("an addition that the patient has rejected, told as if it waited", async () => {
    const running = await access()
    const { contributionId } = await contribute(running, documentOf("document", "a rejected note"))
    let before: ResponseOf<"hcp/list-records">["contributions"] = []
    lying({
      "hcp/list-records": (answer) => {
        before = answer.contributions
        return answer
      },
    })
    await listGranted(running, "document")
    expect(before.map((each) => each.contributionId)).toContain(contributionId)
    lying({})
    const waiting = (await listContributions(patient.session)).find((each) => each.contributionId === contributionId)
    if (waiting === undefined) throw new Error("there is no such contribution")
    await rejectContribution(patient.session, waiting)
    lying({ "hcp/list-records": (answer) => ({ ...answer, contributions: before }) })
    await expect(listGranted(running, "document")).rejects.toMatchObject({ code: "contribution-invalid" })
    lying({ "hcp/list-records": (answer) => ({ ...answer, contributions: before, decided: [] }) })
    await expect(listGranted(running, "document")).rejects.toMatchObject({ code: "decided-differs" })
  })

  test("an answer that isn't one", async () => {
    lying({ "hcp/emergency-access": () => ({}) as ResponseOf<"hcp/emergency-access"> })
    await expect(access()).rejects.toMatchObject({ code: "reply-invalid" })
    lying({})
    await expect(accessUnder(() => ({}))).rejects.toMatchObject({ code: "reply-invalid" })
  })

  test("an answer that was sealed for another request, or was altered on the way", async () => {
    let before = ""
    lying({
      "hcp/emergency-access": (answer) => {
        before = answer.sealed
        return answer
      },
    })
    await access()
    lying({ "hcp/emergency-access": () => ({ sealed: before }) })
    await expect(access()).rejects.toMatchObject({ code: "reply-invalid" })
    lying({ "hcp/emergency-access": ({ sealed }) => ({ sealed: flipped(sealed, sealed.length >> 1) }) })
    await expect(access()).rejects.toMatchObject({ code: "reply-invalid" })
  })

  test("a receipt for another access, or none", async () => {
    let before = ""
    lying({
      "hcp/session": (answer) => {
        before = answer.receipt
        return answer
      },
    })
    await listGranted(await access(), "imaging")
    lying({ "hcp/session": (answer) => ({ ...answer, receipt: before }) })
    await expect(access().then((running) => listGranted(running, "imaging"))).rejects.toMatchObject({
      code: "receipt-invalid",
    })
    lying({ "hcp/session": (answer) => ({ ...answer, receipt: undefined }) as unknown as ResponseOf<"hcp/session"> })
    await expect(access().then((running) => listGranted(running, "imaging"))).rejects.toMatchObject({
      code: "reply-invalid",
    })
  })

  test("an index entry of somebody else, or one that was altered", async () => {
    const { statement } = await ask(other.card.locator)
    const card = { ...patient.card, hri: index.address }
    const lies: NonNullable<Mutations["hri/look-up"]>[] = [
      () => ({ statement }),
      (answer) => ({ statement: altered(answer.statement) }),
      () => ({ statement: older.manifest }),
    ]
    for (const lie of lies) {
      index.mutations = { "hri/look-up": lie }
      await expect(lookUp(card, { local: true })).rejects.toMatchObject({ code: "entry-invalid" })
    }
    index.mutations = {}
    expect((await lookUp(card, { local: true })).patientId).toBe(patient.session.patientId)
  })
  const ask = async (locator: Uint8Array): Promise<ResponseOf<"hri/look-up">> => {
    const body = JSON.stringify({ locator: toBase64url(locator) } satisfies RequestOf<"hri/look-up">)
    const headers = { "content-type": "application/json" }
    const answer = await fetch(`${index.address}/hri/look-up`, { method: "POST", headers, body })
    return (await answer.json()) as ResponseOf<"hri/look-up">
  }
})

describe("the patient's device notices", () => {
  test("another patient's manifest, an older one, and another key ring", async () => {
    const { session } = patient
    const theirs = await theirManifest()
    const lies: [string, NonNullable<Mutations["patient/get-manifest"]>][] = [
      ["signers-invalid", () => theirs],
      ["signers-invalid", (answer) => ({ ...answer, signers: theirs.signers })],
      ["manifest-invalid", (answer) => ({ ...answer, manifest: theirs.manifest })],
      ["manifest-invalid", (answer) => ({ ...answer, manifest: altered(answer.manifest) })],
      ["manifest-rolled-back", () => older],
      ["key-ring-differs", (answer) => ({ ...answer, keyRing: theirs.keyRing })],
      ["account-key-invalid", (answer) => ({ ...answer, accountKey: theirs.accountKey })],
    ]
    for (const [code, lie] of lies) {
      lying({ "patient/get-manifest": lie })
      await expect(listRecords(session)).rejects.toMatchObject({ code })
      await expect(uploadRecord(freshly(session), documentOf("imaging", "never sent"))).rejects.toMatchObject({ code })
    }
  })

  test("copies of the account key that aren't of it, or are sealed to others alone", async () => {
    const theirs = await theirManifest()
    type Copies = ResponseOf<"patient/get-manifest">["accountKey"]["sealed"]
    const changes: ((copies: Copies) => Copies)[] = [
      (copies) => copies.map(({ to }, i) => ({ to, sealed: theirs.accountKey.sealed[i]?.sealed ?? "" })),
      () => theirs.accountKey.sealed,
    ]
    for (const change of changes) {
      lying({
        "patient/get-manifest": ({ accountKey, ...answer }) => ({
          ...answer,
          accountKey: { ...accountKey, sealed: change(accountKey.sealed) },
        }),
      })
      await expect(listRecords(freshly(patient.session))).rejects.toMatchObject({ code: "account-key-invalid" })
    }
  })

  test("a manifest that doesn't lead back to the one this device knows", async () => {
    const away = () => freshly(patient.session, early)
    let led = 0
    lying({
      "patient/get-manifest": (answer) => {
        led = answer.links.length
        return { ...answer, links: answer.links.map(() => older.manifest) }
      },
    })
    await expect(listRecords(away())).rejects.toMatchObject({ code: "manifest-rolled-back" })
    expect(led).toBeGreaterThan(0)
    lying({ "patient/get-manifest": (answer) => ({ ...answer, links: [] }) })
    await expect(listRecords(away())).rejects.toMatchObject({ code: "manifest-rolled-back" })
    lying({})
    expect(await listRecords(away())).toEqual(await listRecords(patient.session))
  })

  test("a page that was swapped or emptied", async () => {
    for (const descriptors of [[other.image], []]) {
      lying({ "patient/get-manifest-page": () => ({ descriptors }) })
      await expect(listRecords(freshly(patient.session))).rejects.toMatchObject({ code: "page-differs" })
    }
  })

  test("a countersignature that is forged, of another consent, or missing", async () => {
    const { session } = patient
    const consent = await getConsent(session, "store")
    const { signing } = await generateKeyPairs({ extractable: false })
    const forged = await signStatement({
      typ: "consent-receipt",
      alg: "ES256",
      privateKey: signing.privateKey,
      payload: { iss: session.cloud.cloudId, iat: 1, statementHash: await statementHash(consent.statement ?? "") },
    })
    const share = await getConsent(session, "emergency-share")
    for (const receipt of [forged, share.receipt ?? "", undefined]) {
      lying({ "patient/get-consent": (answer) => ({ ...answer, receipt }) })
      await expect(getConsent(session, "store")).rejects.toMatchObject({ code: "consent-receipt-invalid" })
    }
    lying({ "patient/sign-consent": () => ({ receipt: forged }) })
    await expect(signConsent(session, consent)).rejects.toMatchObject({ code: "consent-receipt-invalid" })
    lying({ "patient/get-consent": (answer) => ({ ...answer, document: { ...answer.document, status: "active" } }) })
    await expect(getConsent(session, "store")).rejects.toMatchObject({ code: "reply-invalid" })
  })

  test("an audit trail that was cut, that lacks an event, or in which one was changed", async () => {
    const { session } = patient
    const events = await readAuditTrail(session)
    expect(events.length).toBeGreaterThan(10)
    type Trail = ResponseOf<"patient/read-audit-trail">
    const lies: [string, (answer: Trail) => Trail][] = [
      ["audit-trail-cut", ({ events: [first] }) => ({ events: first === undefined ? [] : [first] })],
      ["audit-trail-cut", () => ({ events: [] })],
      ["audit-trail-broken", ({ events: all, ...rest }) => ({ ...rest, events: all.toSpliced(2, 1) })],
      [
        "audit-trail-broken",
        ({ events: all, ...rest }) => ({
          ...rest,
          events: all.map((event, i) => (i === 3 ? { ...event, outcome: "card-refused" } : event)),
        }),
      ],
    ]
    for (const [code, lie] of lies) {
      lying({ "patient/read-audit-trail": lie })
      await expect(readAuditTrail(freshly(session))).rejects.toMatchObject({ code })
    }
    const theirs = await callAsPatient(other.session, "patient/read-audit-trail", {})
    lying({ "patient/read-audit-trail": () => theirs })
    await expect(readAuditTrail(freshly(session))).rejects.toMatchObject({
      code: expect.stringMatching(/^audit-trail-/),
    })
  })

  test("an emergency access in another professional's name", async () => {
    await access()
    lying({
      "patient/list-grants": (answer) => ({
        grants: answer.grants.map((grant) => ({ ...grant, statement: altered(grant.statement) })),
      }),
    })
    await expect(listGrants(patient.session)).rejects.toMatchObject({ name: "IntegrityFailure" })
  })

  test("a card that isn't one of theirs", async () => {
    const { session } = patient
    const { accountKey } = await readContents(session)
    const sealedFor = (cardId: string, text: string) =>
      sealToAccount(placeOf(session), accountKey.publicKey, { kind: "card", object: cardId, epoch: 0 }, utf8(text))
    for (const text of ["https://example.org", encodeCard(other.card), encodeCard(newCard(patient.card))]) {
      lying({
        "patient/list-cards": async ({ cards }) => ({
          cards: await Promise.all(
            cards.map(async (card) => ({ ...card, sealed: await sealedFor(card.cardId, text) })),
          ),
        }),
      })
      await expect(startEpoch(session, ["summary"])).rejects.toMatchObject({ code: "cards-differ" })
    }
  })

  test("a card that is withheld, told to be revoked, or opens something else", async () => {
    type Cards = ResponseOf<"patient/list-cards">["cards"]
    const lies: ((cards: Cards) => Cards)[] = [
      () => [],
      (cards) => cards.slice(1),
      (cards) => [...cards, ...cards],
      (cards) => cards.map((card) => ({ ...card, status: "revoked" as const })),
      (cards) => cards.map((card) => ({ ...card, sealed: undefined })),
      (cards) => cards.map((card) => ({ ...card, cloudShare: toBase64url(randomBytes(32)) })),
      // Of the card that opens several.
      (cards) =>
        cards.map(({ wrappedCategoryKeys: keys = [], ...card }) => ({
          ...card,
          wrappedCategoryKeys: keys.slice(keys.length > 1 ? 1 : 0),
        })),
    ]
    for (const lie of lies) {
      lying({ "patient/list-cards": ({ cards }) => ({ cards: lie(cards) }) })
      await expect(listCards(patient.session)).rejects.toMatchObject({ code: "cards-differ" })
    }
    lying({})
    expect((await listCards(patient.session)).map(({ cardId }) => cardId)).toContain(patient.cardId)
  })

  // Sealing to the patient takes no more than their account key's public half.
  test("a card that the cloud made up, and gives it no key", async () => {
    const { session } = other
    const card = newCard({ fingerprint: session.fingerprint, hri: cloud.hri })
    const cardId = toBase64url(randomBytes(16))
    const { accountKey, keyRing } = await readContents(session)
    const object = { kind: "card", object: cardId, epoch: 0 } as const
    const sealed = await sealToAccount(placeOf(session), accountKey.publicKey, object, utf8(encodeCard(card)))
    const { epoch } = keyRing.categories.imaging
    const madeUp: ResponseOf<"patient/list-cards">["cards"][number] = {
      cardId,
      status: "active",
      createdAt: new Date().toISOString(),
      categories: ["imaging"],
      locatorHash: await locatorHash(card.locator),
      hri: cloud.hri,
      wrappedCategoryKeys: [{ category: "imaging", epoch, wrappedKey: toBase64url(randomBytes(40)) }],
      sealed,
      cloudShare: toBase64url(randomBytes(32)),
    }
    lying({ "patient/list-cards": ({ cards }) => ({ cards: [...cards, madeUp] }) })
    let sent: RequestOf<"patient/publish-manifest"> | undefined
    const { api } = session.cloud
    const spying = {
      ...session,
      cloud: {
        ...session.cloud,
        api: {
          ...api,
          call: ((name, request, token) => {
            if (name === "patient/publish-manifest") sent = request as RequestOf<"patient/publish-manifest">
            return api.call(name, request, token)
          }) as typeof api.call,
        },
      },
    }
    await startEpoch(spying, ["imaging"])
    expect(sent?.publication.cards.map((each) => each.cardId)).toEqual([other.cardId])
  })
})

test("swapped, cut or lengthened bytes in the object store are noticed by both", async () => {
  const { session, card } = await newPatientWithCard()
  const { text } = await makeCard(session, { hri: cloud.hri, categories: ["imaging"] })
  const changes: ((bytes: Uint8Array) => Uint8Array)[] = [
    (bytes) => bytes.map((byte, i) => (i === 60 ? byte ^ 1 : byte)),
    (bytes) => bytes.slice(0, -1),
    (bytes) => new Uint8Array([...bytes, 0]),
  ]
  for (const [i, change] of changes.entries()) {
    const image = await uploadRecord(session, documentOf("imaging", `image ${i}`))
    await overwriteObject(session, image, change)
    await expect(downloadRecord(session, image)).rejects.toMatchObject({ code: "record-differs" })
    for (const each of [card, cardOf(text)]) {
      const running = await accessBy("physician", each)
      await expect(readRecord(running, { descriptor: image })).rejects.toMatchObject({ code: "record-differs" })
    }
  }
})
