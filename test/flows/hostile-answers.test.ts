import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest"
import { sealedFor } from "../../attack/operator.ts"
import type { RequestOf, ResponseOf } from "../../contract/routes.ts"
import { sealToAccount } from "../../protocol/account-key.ts"
import {
  cardKey,
  categoryWrappingKey,
  deriveCardKeys,
  encodeCard,
  locatorHash,
  makeCard as newCard,
  sealedCard,
} from "../../protocol/card.ts"
import { fromBase64url, toBase64url } from "../../protocol/crypto/bytes.ts"
import { randomBytes, unwrapKey } from "../../protocol/crypto/primitives.ts"
import { type EmergencyAnswer, openAnswer } from "../../protocol/emergency-answer.ts"
import { generateKeyPairs } from "../../protocol/keys.ts"
import { generateSealingKeyPair } from "../../protocol/sealing.ts"
import type { SealingKey } from "../../protocol/sealing-key.ts"
import { namedBy } from "../../protocol/skip-links.ts"
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
import { callAsPatient, type Memory, type PatientSession, placeOf } from "../../sdk/patient/session.ts"
import { cardIn, documentOf, freshly } from "../kit/people.ts"
import { send } from "./answers.ts"
import { overwriteObject } from "./engine.ts"
import { accessBy, cloud, newPatientWithCard, professional } from "./people.ts"
import { type Mutations, type Proxy, startProxy } from "./proxy.ts"
import { altered, emergencyRequest, patientSays } from "./statements.ts"

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
const access = (card = patient.card) => accessBy("physician", card)
/** What the cloud answers an access with before it is sealed, which its operator sees: here they look by an access of their own. */
const inClear = async (card = patient.card): Promise<EmergencyAnswer> => {
  const entry = await lookUp(card, { local: true })
  const ephemeral = await generateSealingKeyPair()
  const claims = { ephemeral: ephemeral.publicKey }
  const asked = await emergencyRequest(card, entry, await professional("otherPhysician"), claims)
  const request = { ...asked, witness: entry.manifest.number }
  const { sealed }: ResponseOf<"hcp/emergency-access"> = JSON.parse((await send("hcp/emergency-access", request)).text)
  const { cloudId, patientId } = entry
  const place = { cloudId, patientId, statementHash: await statementHash(request.statement) }
  return openAnswer(place, ephemeral, sealed)
}
/** The operator seals another answer to whoever asks. */
const answering = (answer: object) =>
  lying({ "hcp/emergency-access": async (_, { statement }) => ({ sealed: await sealedFor(statement, answer) }) })
/** The patient's device, which has read nothing yet today. */
const device = (of = patient) => freshly(of.session)
const theirManifest = () => callAsPatient(other.session, "patient/get-manifest", {})

test("what an honest cloud answers through the same proxy is believed", async () => {
  const read = await readSummaryRecords(await access())
  expect(read.map(({ bytes }) => Buffer.from(bytes).toString())).toContain("another summary")
  expect(await listRecords(patient.session)).toHaveLength(4)
  // So is the answer that its operator opened and sealed again: what is refused below, is refused for what was changed.
  answering(await inClear())
  expect(await readSummaryRecords(await access())).toHaveLength(2)
})

describe("a professional notices", () => {
  test("another patient's manifest", async () => {
    const { manifest } = await theirManifest()
    answering({ ...(await inClear()), manifest })
    await expect(access()).rejects.toMatchObject({ code: "manifest-forged" })
  })

  test("another patient's signers, or none", async () => {
    const { signers } = await theirManifest()
    const answer = await inClear()
    for (const other of [signers, [...answer.signers, ...signers]]) {
      answering({ ...answer, signers: other })
      await expect(access()).rejects.toMatchObject({ code: "signers-invalid" })
    }
    answering({ ...answer, signers: [] })
    await expect(access()).rejects.toMatchObject({ name: "IntegrityFailure" })
  })

  test("another key in the place of the account key, which additions would be sealed to", async () => {
    const { publicKey } = await generateSealingKeyPair()
    answering({ ...(await inClear()), account: publicKey })
    await expect(access()).rejects.toMatchObject({ name: "IntegrityFailure" })
  })

  test("an older manifest than the index has witnessed", async () => {
    answering({ ...(await inClear()), manifest: older.manifest })
    await expect(access()).rejects.toMatchObject({ code: "manifest-rolled-back" })
  })

  test("another manifest of the same number", async () => {
    const { manifest } = await readContents(patient.session)
    const { aud: _aud, iat: _iat, jti: _jti, ...claims } = manifest.claims
    const twin = await patientSays(patient.session, "manifest", claims)
    answering({ ...(await inClear()), manifest: twin })
    await expect(access()).rejects.toMatchObject({ code: "manifest-rolled-back" })
  })

  test("an altered manifest", async () => {
    const answer = await inClear()
    answering({ ...answer, manifest: altered(answer.manifest) })
    await expect(access()).rejects.toMatchObject({ code: "manifest-forged" })
  })

  test("a summary that was left out, put in another order, or is another patient's", async () => {
    const answer = await inClear()
    for (const summary of [answer.summary.slice(1), answer.summary.toReversed(), [], [other.summary]]) {
      answering({ ...answer, summary })
      await expect(access()).rejects.toMatchObject({ code: "page-differs" })
    }
  })

  test("another record in place of a summary that the card doesn't open", async () => {
    const { text } = await makeCard(patient.session, { hri: cloud.hri, categories: ["imaging"] })
    const card = cardIn(text)
    expect((await access(card)).summary).toEqual([])
    answering({ ...(await inClear(card)), summary: [patient.image] })
    await expect(access(card)).rejects.toMatchObject({ code: "page-differs" })
  })

  test("categories, a share or keys that aren't those of the card", async () => {
    const answer = await inClear()
    const { wrappedCategoryKeys } = answer
    const changes: Partial<EmergencyAnswer>[] = [
      { cloudShare: toBase64url(randomBytes(32)) },
      { sealedHash: toBase64url(randomBytes(32)) },
      { wrappedCategoryKeys: wrappedCategoryKeys.slice(1), summary: [] },
    ]
    for (const change of changes) {
      answering({ ...answer, ...change })
      await expect(access()).rejects.toMatchObject({ code: "card-not-listed" })
    }
    const [first, second, ...others] = wrappedCategoryKeys
    if (first === undefined || second === undefined) throw new Error("the card opens several categories")
    const swapped = [
      { ...first, wrappedKey: second.wrappedKey },
      { ...second, wrappedKey: first.wrappedKey },
    ]
    answering({ ...answer, wrappedCategoryKeys: [...swapped, ...others] })
    await expect(access()).rejects.toMatchObject({ code: "record-unreadable" })
  })

  test("an address that leads to another record", async () => {
    const answer = await inClear()
    const { urls } = answer
    answering({ ...answer, urls: urls.map((each, i) => ({ ...each, url: urls[(i + 1) % urls.length]?.url ?? "" })) })
    await expect(readSummaryRecords(await access())).rejects.toMatchObject({ code: "record-differs" })
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
    answering({})
    await expect(access()).rejects.toMatchObject({ code: "reply-invalid" })
  })

  test("an answer that was sealed to another key, or for another request", async () => {
    const entry = await lookUp(patient.card, { local: true })
    const [doctor, answer] = [await professional("physician"), await inClear()]
    const another = await emergencyRequest(patient.card, entry, doctor)
    const sealed = await sealedFor(another.statement, answer)
    lying({ "hcp/emergency-access": () => ({ sealed }) })
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

/** Sealing to the patient takes no more than their account's public key. */
const sealingCards =
  (session: PatientSession, to: SealingKey, cloudShare = randomBytes(32)) =>
  (cardId: string, text: string): Promise<string> =>
    sealToAccount(
      placeOf(session),
      to,
      { kind: "card", object: cardId, epoch: 0 },
      sealedCard({ cloudShare, frontSecret: randomBytes(16), name: "", text }),
    )

describe("the patient's device notices", () => {
  test("another patient's manifest, an older one, and another key ring", async () => {
    const { session } = patient
    const theirs = await theirManifest()
    lying({ "patient/get-manifest": () => theirs })
    await expect(listRecords(session)).rejects.toMatchObject({ code: "signers-invalid" })
    lying({ "patient/get-manifest": (answer) => ({ ...answer, manifest: theirs.manifest }) })
    await expect(listRecords(session)).rejects.toMatchObject({ code: "manifest-forged" })
    lying({ "patient/get-manifest": () => older })
    await expect(listRecords(session)).rejects.toMatchObject({ code: "manifest-rolled-back" })
    lying({ "patient/get-manifest": (answer) => ({ ...answer, keyRing: theirs.keyRing }) })
    await expect(uploadRecord(device(), documentOf("imaging", "never sent"))).rejects.toMatchObject({
      code: "key-ring-differs",
    })
    const { accountKey } = theirs
    lying({ "patient/get-manifest": (answer) => ({ ...answer, accountKey }) })
    await expect(readContents(device())).rejects.toMatchObject({ name: "IntegrityFailure" })
  })

  test("another history that leads to a manifest of a later number", async () => {
    const { session } = patient
    const { manifest } = await readContents(session)
    const { aud: _aud, iat: _iat, jti: _jti, ...claims } = manifest.claims
    const { number } = claims
    const twin = await patientSays(session, "manifest", claims)
    const previous = await statementHash(twin)
    const skips = namedBy(number + 1)
      .slice(1)
      .map(() => previous)
    const later = await patientSays(session, "manifest", { ...claims, number: number + 1, previous, skips })
    for (const forked of [twin, later]) {
      lying({ "patient/get-manifest": (answer) => ({ ...answer, manifest: forked, links: [] }) })
      await expect(readContents(device())).rejects.toMatchObject({ code: "manifest-rolled-back" })
    }
  })

  test("an addition that was decided and is said to wait, or the reverse", async () => {
    const running = await access()
    await contribute(running, documentOf("document", "decided"))
    const [waiting] = (await listContributions(device())).filter(({ status }) => status === "pending")
    if (waiting === undefined) throw new Error("nothing waits")
    await rejectContribution(patient.session, waiting)
    const { contributionId } = waiting
    type Additions = ResponseOf<"patient/list-contributions">
    const saying = (status: "pending" | "approved" | "rejected") => (answer: Additions) => ({
      contributions: answer.contributions.map((each) =>
        each.contributionId === contributionId ? { ...each, status } : each,
      ),
    })
    for (const status of ["pending", "approved"] as const) {
      lying({ "patient/list-contributions": saying(status) })
      await expect(listContributions(device())).rejects.toMatchObject({ code: "decision-invalid" })
    }
    lying({ "patient/get-decided": () => ({ decided: [] }) })
    await expect(listContributions(device())).rejects.toMatchObject({ code: "decided-differs" })
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
      await expect(listRecords(device())).rejects.toMatchObject({ code: "account-key-invalid" })
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
      await expect(listRecords(device())).rejects.toMatchObject({ code: "page-differs" })
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
      await expect(readAuditTrail(device())).rejects.toMatchObject({ code })
    }
    const theirs = await callAsPatient(other.session, "patient/read-audit-trail", {})
    lying({ "patient/read-audit-trail": () => theirs })
    await expect(readAuditTrail(device())).rejects.toMatchObject({ code: expect.stringMatching(/^audit-trail-/) })
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
    const sealedCard = sealingCards(session, (await readContents(session)).accountKey.publicKey)
    lying({
      "patient/list-cards": async ({ cards }) => ({
        cards: await Promise.all(
          cards.map(async (card) => ({ ...card, sealed: await sealedCard(card.cardId, "https://example.org") })),
        ),
      }),
    })
    await expect(startEpoch(session, ["summary"])).rejects.toMatchObject({ code: "cards-differ" })
  })

  test("a card that is withheld, told to be revoked, or opens something else", async () => {
    type Cards = ResponseOf<"patient/list-cards">["cards"]
    const lies: ((cards: Cards) => Cards)[] = [
      () => [],
      (cards) => cards.slice(1),
      (cards) => [...cards, ...cards],
      (cards) => cards.map((card) => ({ ...card, status: "revoked" as const })),
      (cards) => cards.map((card) => ({ ...card, sealed: undefined })),
      (cards) => cards.map((card) => ({ ...card, keys: undefined })),
      // Of the card that opens several.
      (cards) =>
        cards.map(({ keys = [], ...card }) => ({
          ...card,
          keys: keys.slice(keys.length > 1 ? 1 : 0),
        })),
    ]
    for (const lie of lies) {
      lying({ "patient/list-cards": ({ cards }) => ({ cards: lie(cards) }) })
      await expect(listCards(patient.session)).rejects.toMatchObject({ code: "cards-differ" })
    }
    lying({})
    expect((await listCards(patient.session)).map(({ cardId }) => cardId)).toContain(patient.cardId)
  })

  test("a card that the cloud made up, before it is given any key", async () => {
    const { session } = other
    const card = newCard({ fingerprint: session.fingerprint, hri: cloud.hri })
    const cloudShare = randomBytes(32)
    const cardId = toBase64url(randomBytes(16))
    const { accountKey } = await readContents(session)
    const sealed = await sealingCards(session, accountKey.publicKey, cloudShare)(cardId, encodeCard(card))
    const madeUp: ResponseOf<"patient/list-cards">["cards"][number] = {
      cardId,
      status: "active",
      createdAt: new Date().toISOString(),
      categories: ["imaging"],
      sealed,
      locatorHash: await locatorHash(card.locator),
      hri: card.hri,
      keys: [{ category: "imaging", epoch: 1 }],
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
    await startEpoch(spying, ["imaging"]).catch(() => undefined)
    expect(sent).toBeDefined()
    const leaked = sent?.publication.cards.find((each) => each.cardId === cardId)?.wrappedCategoryKeys[0]
    if (leaked === undefined) return
    const whole = await cardKey((await deriveCardKeys(card.secret)).qrHalf, cloudShare)
    const wrapping = await categoryWrappingKey(whole, leaked.category, leaked.epoch)
    const key = await unwrapKey(wrapping, fromBase64url(leaked.wrappedKey))
    expect(key.length, "the cloud has the patient's newest key of this category").toBe(0)
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
    for (const each of [card, cardIn(text)]) {
      const running = await accessBy("physician", each)
      await expect(readRecord(running, { descriptor: image })).rejects.toMatchObject({ code: "record-differs" })
    }
  }
})
