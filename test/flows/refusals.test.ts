import { beforeAll, describe, expect, test } from "vitest"
import { cardPng } from "../../bin/ehr/card-png.ts"
import { scanCard } from "../../bin/ehr/scan-card.ts"
import { sentences } from "../../bin/sentences.ts"
import { objectKey, objectPrefix } from "../../contract/items.ts"
import { type RequestOf, type RouteName, routeNames, routes, type Upload } from "../../contract/routes.ts"
import { s3SignedUrls } from "../../functions/adapters/signed-urls.s3.ts"
import { credentials, region } from "../../local/environment.ts"
import { type Card, cardHash, encodeCard, makeCard as newCard, sealedHash } from "../../protocol/card.ts"
import { type Bytes, toBase64url, utf8 } from "../../protocol/crypto/bytes.ts"
import { randomBytes, sha256 } from "../../protocol/crypto/primitives.ts"
import { generateKeyPairs } from "../../protocol/keys.ts"
import { maxBodyBytes, partBytes, uploadUrlSeconds } from "../../protocol/primitives.ts"
import { generateSealingKeyPair } from "../../protocol/sealing.ts"
import { readStatement, statementHash } from "../../protocol/statement.ts"
import { putObject } from "../../sdk/api.ts"
import { decodeCard, lookUp } from "../../sdk/hcp/card.ts"
import { contribute } from "../../sdk/hcp/contribute.ts"
import type { Access } from "../../sdk/hcp/emergency-access.ts"
import { listRecords as listGranted } from "../../sdk/hcp/records.ts"
import { sessionOf } from "../../sdk/hcp/session.ts"
import { makeCard, revokeCard } from "../../sdk/patient/cards.ts"
import { getConsent, revokeConsent, signConsent } from "../../sdk/patient/consents.ts"
import { readContents } from "../../sdk/patient/contents.ts"
import {
  approveContribution,
  type Contribution,
  listContributions,
  rejectContribution,
} from "../../sdk/patient/contributions.ts"
import { haltGrant } from "../../sdk/patient/grants.ts"
import { callAsPatient } from "../../sdk/patient/session.ts"
import { registration } from "../kit/patients.ts"
import { cardIn, documentOf } from "../kit/people.ts"
import { someSealed } from "../kit/sealed.ts"
import { type SealedRecord, sealRecord } from "../sdk/sealed.ts"
import { type Answer, expectRefusal, refused, secretsOf, send } from "./answers.ts"
import { expireGrant, objectsOf, outputOf, stateOf, trailOf, visibleObjects } from "./engine.ts"
import { accessBy, cloud, newPatient, newPatientWithCard, newPractice, professional, type Session } from "./people.ts"
import {
  altered,
  commitRequest,
  contributionStatement,
  decisionRequest,
  deletionRequest,
  emergencyRequest,
  type IndexOwner,
  indexStatement,
  newIndexOwner,
  patientSays,
  publicationOf,
} from "./statements.ts"

type Patient = Awaited<ReturnType<typeof newPatientWithCard>>
const text = (bytes: number) => toBase64url(randomBytes(bytes))

/** A record sealed on the patient's device and not sent anywhere yet. */
const sealedFor = async (
  session: Session,
  content: string,
  recordId = text(16),
  version = 1,
): Promise<SealedRecord> => {
  const { laboratory } = (await readContents(session)).keys
  const place = { recordId, version, replaces: version === 1 ? null : text(32) }
  return sealRecord(session.patientId, place, documentOf("laboratory", content), laboratory, new Date())
}

const placeOf = ({ descriptor }: SealedRecord) => {
  const { recordId, version, objectId, category, size, sha256 } = descriptor
  return { recordId, version, objectId, category, size, sha256 }
}

/** The server half of a card nobody has printed, with the manifest that lists it. */
const cardRequest = async (session: Session, other: object = {}) => {
  const { manifest } = await readContents(session)
  const wrappedCategoryKeys = [{ category: "summary" as const, epoch: 1, wrappedKey: text(40) }]
  const card = {
    cardId: text(16),
    proofKey: text(32),
    cloudShare: text(32),
    locatorHash: text(32),
    hri: cloud.hri,
    ...other,
  }
  const hash = await cardHash({ ...card, keys: wrappedCategoryKeys, sealedHash: await sealedHash(someSealed) })
  const publication = await publicationOf(session, {
    listedCards: [...manifest.claims.cards, { cardId: card.cardId, hash }],
  })
  return { ...card, wrappedCategoryKeys, sealed: someSealed, publication }
}

const tokenOf = async (access: Access) => (await sessionOf(access)).accessToken

const asPatient = <N extends RouteName>(session: Session, name: N, request: RequestOf<N> | object, body?: string) =>
  send(name, request, { token: session.accessToken, ...(body === undefined ? {} : { body }) })

describe("what is not the request of its route", () => {
  let patient: Patient
  let access: Access
  let practice: Awaited<ReturnType<typeof newPractice>>
  beforeAll(async () => {
    patient = await newPatientWithCard()
    practice = await newPractice()
    access = await accessBy("physician", patient.card)
    await listGranted(access, "imaging")
  })

  /** The real identifiers, so that a route which read on would find something. */
  const request = async (name: RouteName) => {
    const { session, image, cardId } = patient
    const ids = { recordId: image.recordId, version: 1, contributionId: text(16), cardId, grantId: access.grantId }
    const path = {
      ...ids,
      objectId: text(16),
      fileId: text(16),
      patientId: session.patientId,
      kind: "store",
      category: "imaging",
      page: 0,
    }
    const actor = routes[name].actor
    const token = actor === "member" ? practice.session.accessToken : session.accessToken
    return { path, token: actor === "hcp" ? await tokenOf(access) : token }
  }
  const bodies = {
    "half a JSON object": '{"recordId":',
    "a list": "[]",
    "a text": '"record"',
    nothing: "null",
    "a field nobody knows": '{"admin":true}',
    "a field that can't be one": '{"__proto__":{"admin":true}}',
  }
  const withBody = routeNames.filter((name) => routes[name].method === "POST" || routes[name].method === "PUT")

  test.each(Object.entries(bodies))("%s is refused on every route that takes a body", async (_, body) => {
    const secrets = await secretsOf(patient)
    const before = await stateOf(patient.session)
    for (const name of withBody) {
      const { path, token } = await request(name)
      const answer = await send(name, path, { token, body })
      expect({ name, text: answer.text }).toMatchObject({ text: expect.stringContaining('"request-invalid"') })
      expectRefusal(answer, "request-invalid", secrets)
    }
    expect(await stateOf(patient.session)).toEqual(before)
  })

  test("a field nobody knows is refused in the query of a GET, too", async () => {
    for (const name of routeNames.filter((name) => routes[name].method === "GET")) {
      const { path, token } = await request(name)
      const { patientId, grantId, recordId, kind, category, page } = path
      const known = { patientId, grantId, recordId, kind, category, page, unknown: "1" }
      expectRefusal(await send(name, known, { token }), "request-invalid")
    }
  })

  test("a body of more than 512 KiB is refused unread", async () => {
    const body = JSON.stringify({ statement: "A".repeat(maxBodyBytes) })
    for (const name of [
      "patient/publish-manifest",
      "hcp/emergency-access",
      "hri/put-entry",
      "patient/register",
    ] as const) {
      const { path, token } = await request(name)
      await refused(patient, "request-too-large", () => send(name, path, { token, body }))
    }
  })

  test("a category that isn't one is refused", async () => {
    const { session } = patient
    const sealed = await sealedFor(session, "x")
    const place = { ...placeOf(sealed), category: "everything" }
    await refused(patient, "request-invalid", () => asPatient(session, "patient/upload-url", place))
    await refused(patient, "request-invalid", () =>
      asPatient(session, "patient/get-manifest-page", { category: "everything", page: 0 }),
    )
    const grant = { patientId: session.patientId, grantId: access.grantId }
    const token = await tokenOf(access)
    await refused(patient, "request-invalid", () =>
      send("hcp/list-records", { ...grant, category: "everything", page: 0, after: 1 }, { token }),
    )
  })

  test("a text that is no base64url to the last bit is refused", async () => {
    const { session } = patient
    const sealed = await sealedFor(session, "x")
    await refused(patient, "request-invalid", () =>
      asPatient(session, "patient/upload-url", { ...placeOf(sealed), sha256: "_".repeat(43) }),
    )
    for (const field of ["proofKey", "cloudShare", "locatorHash"]) {
      const request = { ...(await cardRequest(session)), [field]: "_".repeat(43) }
      await refused(patient, "request-invalid", () => asPatient(session, "patient/make-card", request))
    }
  })

  test("an account can't be opened in the place of another, nor with keys that its list of signers doesn't name", async () => {
    const { session } = patient
    const place = { cloud: { cloudId: session.cloud.cloudId, title: "" }, now: new Date() }
    const [{ request }, another] = await Promise.all([
      registration(place, `thief-${text(8)}@example.org`, text(16)),
      registration(place, "x@example.org", text(16)),
    ])
    const inPlace = { ...request, patientId: session.patientId }
    expect((await send("patient/register", inPlace)).status).toBeGreaterThanOrEqual(400)
    const { root, signers, accountKey } = another.request
    for (const mixed of [{ root }, { signers }, { accountKey }]) {
      const answer = await send("patient/register", { ...request, ...mixed })
      expect(answer.status).toBeGreaterThanOrEqual(400)
      expect(answer.status).toBeLessThan(500)
    }
    await refused(patient, "request-invalid", () =>
      send("patient/register", { ...request, accountKey: { ...request.accountKey, sealed: [] } }),
    )
  })

  test("a wrong password and an unknown address get the same answer", async () => {
    const { email } = patient.login
    const wrong = await send("patient/sign-in", { email, password: "Wrong-Horse-7-Battery" })
    const unknown = await send("patient/sign-in", { email: `not-${email}`, password: "Wrong-Horse-7-Battery" })
    for (const answer of [wrong, unknown]) expectRefusal(answer, "email-or-password-wrong", await secretsOf(patient))
  })
})

describe("consents", () => {
  test("without the consent to store, nothing is taken in; once it is withdrawn, nothing more", async () => {
    const patient = await newPatientWithCard()
    const { session } = patient
    const [waiting, fresh] = [await sealedFor(session, "waiting"), await sealedFor(session, "fresh")]
    await putObject(
      session.cloud.api,
      await callAsPatient(session, "patient/upload-url", placeOf(waiting)),
      waiting.sealed,
    )
    await revokeConsent(session, await getConsent(session, "store"))
    await refused(patient, "consent-missing", () => asPatient(session, "patient/upload-url", placeOf(fresh)))
    const { descriptor } = waiting
    const commit = await commitRequest(session, { descriptor })
    await refused(patient, "consent-missing", () => asPatient(session, "patient/commit", commit))
    await signConsent(session, await getConsent(session, "store"))
    expect((await asPatient(session, "patient/commit", commit)).status).toBe(200)
  })

  test("without the consent to share, there is no emergency access and no new card", async () => {
    const patient = await newPatientWithCard()
    const { session, card } = patient
    const running = await accessBy("physician", card)
    await listGranted(running, "imaging")
    const consent = await getConsent(session, "emergency-share")
    await revokeConsent(session, consent)
    const entry = await lookUp(card, { local: true })
    const request = await emergencyRequest(card, entry, await professional("physician"))
    await refused(patient, "consent-missing", () => send("hcp/emergency-access", request))
    const grant = { patientId: session.patientId, grantId: running.grantId, category: "imaging", page: 0, after: 1 }
    const token = await tokenOf(running)
    await refused(patient, "consent-missing", () => send("hcp/list-records", grant, { token }))
    const another = await cardRequest(session)
    await refused(patient, "consent-missing", () => asPatient(session, "patient/make-card", another))
    const outcomes = (await trailOf(session)).map(({ action, outcome }) => `${action} ${outcome}`)
    expect(outcomes).toContain("emergency-access consent-missing")
    expect(outcomes).toContain("list-records consent-missing")
  })

  test("a consent to another text, of another kind, or withdrawn twice is refused", async () => {
    const patient = await newPatientWithCard()
    const { session } = patient
    const { documentHash } = await getConsent(session, "store")
    const say = (claims: object) =>
      patientSays(session, "consent", { kind: "store", status: "active", documentHash, ...claims })
    const another = { kind: "store", statement: await say({ documentHash: text(32) }) }
    await refused(patient, "consent-document-changed", () => asPatient(session, "patient/sign-consent", another))
    const ofAnotherKind = { kind: "store", statement: await say({ kind: "emergency-share" }) }
    await refused(patient, "statement-invalid", () => asPatient(session, "patient/sign-consent", ofAnotherKind))
    const withdrawn = await getConsent(session, "store")
    await revokeConsent(session, withdrawn)
    // The SDK dated the withdrawal after the consent, perhaps a second ahead.
    const iat = session.memory.consents?.store?.iat
    const again = { kind: "store", statement: await say({ status: "inactive", iat }) }
    await refused(patient, "consent-missing", () => asPatient(session, "patient/revoke-consent", again))
  })
})

describe("uploads", () => {
  let patient: Patient
  let session: Session
  beforeAll(async () => {
    patient = await newPatientWithCard()
    session = patient.session
  })

  const put = async ({ url, headers }: Upload, body: Bytes) => {
    const response = await fetch(url, { method: "PUT", headers, body })
    const answer: Answer = {
      status: response.status,
      contentType: response.headers.get("content-type") ?? "",
      text: await response.text(),
    }
    return answer
  }
  const uploadFor = (sealed: SealedRecord) => callAsPatient(session, "patient/upload-url", placeOf(sealed))
  const expectNothingStored = async ({ descriptor }: SealedRecord) => {
    const key = objectKey(session.patientId, descriptor)
    expect((await objectsOf(session, "records")).filter((object) => object.key === key)).toEqual([])
  }

  test("a commit without the object is refused", async () => {
    const request = await commitRequest(session, await sealedFor(session, "never sent"))
    await refused(patient, "record-not-uploaded", () => asPatient(session, "patient/commit", request))
  })

  test("a commit that names another size or another hash than was uploaded is refused", async () => {
    const sealed = await sealedFor(session, "sent")
    await putObject(patient.session.cloud.api, await uploadFor(sealed), sealed.sealed)
    const { size } = sealed.descriptor
    for (const other of [{ size: size + 1 }, { sha256: text(32) }]) {
      const request = await commitRequest(session, sealed, other)
      await refused(patient, "upload-differs", () => asPatient(session, "patient/commit", request))
    }
  })

  test("a commit whose manifest lists something else, or nothing, is refused", async () => {
    const [sealed, another] = [await sealedFor(session, "sent"), await sealedFor(session, "another")]
    await putObject(patient.session.cloud.api, await uploadFor(sealed), sealed.sealed)
    const { recordId, descriptor } = await commitRequest(session, sealed)
    const { publication } = await commitRequest(session, another)
    for (const other of [publication, await publicationOf(session)])
      await refused(patient, "manifest-invalid", () =>
        asPatient(session, "patient/commit", { recordId, descriptor, publication: other }),
      )
  })

  test("a version that names another before it than the newest is refused", async () => {
    const { recordId } = patient.image
    const { imaging } = (await readContents(session)).keys
    const plain = documentOf("imaging", "the next version")
    const sealed = await sealRecord(
      session.patientId,
      { recordId, version: 2, replaces: text(32) },
      plain,
      imaging,
      new Date(),
    )
    const upload = await callAsPatient(session, "patient/upload-url", placeOf(sealed))
    await putObject(session.cloud.api, upload, sealed.sealed)
    const request = await commitRequest(session, sealed)
    await refused(patient, "record-conflict", () => asPatient(session, "patient/commit", request))
  })

  test("a record is deleted only by a manifest that strikes it, and no other", async () => {
    const [{ image, summary }, { publication }] = [patient, await deletionRequest(session, patient.summary.recordId)]
    for (const other of [publication, await publicationOf(session)])
      await refused(patient, "manifest-invalid", () =>
        asPatient(session, "patient/delete-record", { recordId: image.recordId, publication: other }),
      )
    for (const { recordId } of [image, summary])
      await refused(patient, "manifest-invalid", () => asPatient(session, "patient/delete-record", { recordId }))
  })

  test("a second commit is answered like the first and changes nothing; another one of the same version is refused", async () => {
    const sealed = await sealedFor(session, "committed")
    await putObject(patient.session.cloud.api, await uploadFor(sealed), sealed.sealed)
    const { descriptor } = sealed
    const commit = await commitRequest(session, sealed)
    const first = await asPatient(session, "patient/commit", commit)
    expect(first.status).toBe(200)
    const [before, events] = [await stateOf(session), (await trailOf(session)).length]
    const { seq, hash } = (await trailOf(session)).at(-1) ?? {}
    expect(JSON.parse(first.text)).toEqual({ event: { seq, hash } })
    expect(await asPatient(session, "patient/commit", commit)).toMatchObject({ status: 200, text: "{}" })
    expect(await stateOf(session)).toEqual(before)
    expect((await trailOf(session)).length).toBe(events)
    const other = await commitRequest(session, { descriptor: { ...descriptor, wrappedKey: text(40) } })
    await refused(patient, "record-conflict", () => asPatient(session, "patient/commit", other))
    const elsewhere = { ...commit, recordId: text(16) }
    await refused(patient, "request-invalid", () => asPatient(session, "patient/commit", elsewhere))
  })

  test("a version that is not the next, or moves a record to another category, is refused", async () => {
    const { recordId, version: newest } = patient.image
    for (const version of [newest, newest + 2]) {
      const place = placeOf(await sealedFor(session, "other", recordId, version))
      await refused(patient, "record-conflict", () =>
        asPatient(session, "patient/upload-url", { ...place, category: "imaging" }),
      )
    }
    const moved = placeOf(await sealedFor(session, "moved", recordId, 2))
    await refused(patient, "record-conflict", () => asPatient(session, "patient/upload-url", moved))
  })

  test("more than goes up in one piece, or nothing, is refused before anything is signed", async () => {
    const place = placeOf(await sealedFor(session, "x"))
    for (const size of [0, -1, 1.5, partBytes + 1])
      await refused(patient, "request-invalid", () => asPatient(session, "patient/upload-url", { ...place, size }))
  })

  test("a signed upload takes neither other bytes nor another length", async () => {
    const sealed = await sealedFor(session, "announced")
    const upload = await uploadFor(sealed)
    const flipped = sealed.sealed.slice()
    flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1
    expect((await put(upload, flipped)).status).toBe(400)
    for (const other of [sealed.sealed.slice(1), new Uint8Array([...sealed.sealed, 0])])
      expect((await put(upload, other)).status).toBe(403)
    await expectNothingStored(sealed)
  })

  test("a signed upload is good for nothing without the headers it was signed with", async () => {
    const sealed = await sealedFor(session, "announced")
    const { url, headers } = await uploadFor(sealed)
    const without = (name: string) => Object.fromEntries(Object.entries(headers).filter(([header]) => header !== name))
    for (const name of Object.keys(headers))
      expect((await put({ url, headers: without(name) }, sealed.sealed)).status).toBe(403)
    const other = { ...headers, "x-amz-checksum-sha256": Buffer.from(await sha256(utf8("other"))).toString("base64") }
    expect((await put({ url, headers: other }, utf8("other"))).status).toBe(403)
    await expectNothingStored(sealed)
  })

  test("a signed upload writes once", async () => {
    const sealed = await sealedFor(session, "once")
    const upload = await uploadFor(sealed)
    expect((await put(upload, sealed.sealed)).status).toBe(200)
    expect((await put(upload, sealed.sealed)).status).toBe(412)
    const key = objectKey(session.patientId, sealed.descriptor)
    expect((await objectsOf(session, "records")).filter((object) => object.key === key)).toHaveLength(1)
  })

  test("a signed upload is good for its time, its place and its method", async () => {
    const sealed = await sealedFor(session, "late")
    const { recordId, size, sha256 } = sealed.descriptor
    const names = { records: outputOf(session, "RecordsBucket") }
    const urls = s3SignedUrls({ region, credentials, endpoint: cloud.endpoint }, names)
    const key = objectKey(session.patientId, sealed.descriptor)
    const then = new Date(Date.now() - (uploadUrlSeconds + 60) * 1000)
    const late = await urls.uploadUrl("records", key, { size, sha256 }, then)
    expect((await put(late, sealed.sealed)).status).toBe(403)
    const upload = await uploadFor(sealed)
    const elsewhere = { ...upload, url: upload.url.replace(recordId, text(16)) }
    expect((await put(elsewhere, sealed.sealed)).status).toBe(403)
    await expectNothingStored(sealed)
    await putObject(patient.session.cloud.api, upload, sealed.sealed)
    expect((await fetch(upload.url)).status).toBe(403)
    expect((await fetch(upload.url, { method: "DELETE" })).status).toBe(403)
    const old = await urls.downloadUrl("records", key, then)
    expect((await fetch(old)).status).toBe(403)
  })
})

describe("the card", () => {
  let patient: Patient
  let other: Patient
  beforeAll(async () => {
    ;[patient, other] = await Promise.all([newPatientWithCard(), newPatientWithCard()])
  })
  const ask = async (by: { card: Card; ids: Parameters<typeof emergencyRequest>[1]; claims?: object }) => {
    const request = await emergencyRequest(by.card, by.ids, await professional("physician"), by.claims)
    return send("hcp/emergency-access", request)
  }

  test("an unknown card is refused and leaves no trace in anybody's trail", async () => {
    const ids = await lookUp(patient.card, { local: true })
    const events = (await trailOf(patient.session)).length
    await refused(patient, "card-refused", () => ask({ card: patient.card, ids: { ...ids, cardId: text(16) } }))
    await refused(patient, "card-refused", () => ask({ card: patient.card, ids: { ...ids, patientId: text(16) } }))
    expect((await trailOf(patient.session)).length).toBe(events)
  })

  test("another patient's card opens nothing of this one's", async () => {
    const [ids, theirs] = [await lookUp(patient.card, { local: true }), await lookUp(other.card, { local: true })]
    await refused(patient, "card-refused", () => ask({ card: other.card, ids }))
    await refused(patient, "card-refused", () => ask({ card: other.card, ids: { ...ids, cardId: theirs.cardId } }))
    await refused(other, "card-refused", () => ask({ card: other.card, ids: { ...theirs, cardId: ids.cardId } }))
  })

  test("a proof that isn't the card's, or was made for another request or professional, is refused", async () => {
    const ids = await lookUp(patient.card, { local: true })
    const [card, doctor] = [patient.card, await professional("physician")]
    await refused(patient, "card-refused", () => ask({ card, ids, claims: { proof: text(32) } }))
    const seen = await emergencyRequest(card, ids, doctor)
    const { proof, jti, ephemeral } = readStatement(seen.statement).payload as Record<string, unknown>
    await refused(patient, "card-refused", () => ask({ card, ids, claims: { proof } }))
    const taken = await emergencyRequest(card, ids, await professional("paramedic"), { proof, jti, ephemeral })
    await refused(patient, "card-refused", () => send("hcp/emergency-access", taken))
    // The same proof, for an answer that somebody else can open.
    const theirs = (await generateSealingKeyPair()).publicKey
    await refused(patient, "card-refused", () => ask({ card, ids, claims: { proof, jti, ephemeral: theirs } }))
    expect((await trailOf(patient.session)).at(-1)).toMatchObject({
      action: "emergency-access",
      outcome: "card-refused",
    })
  })

  test("a card that somebody made to lead here, with their own fingerprint or place in the index, is refused", async () => {
    const ids = await lookUp(patient.card, { local: true })
    const { fingerprint, locator } = other.card
    const made = [
      { ...patient.card, fingerprint },
      { ...patient.card, locator },
    ]
    for (const card of made) {
      await refused(patient, "card-refused", () => ask({ card, ids }))
      expect((await trailOf(patient.session)).at(-1)).toMatchObject({ outcome: "card-refused" })
    }
    // Of two cards of the same patient, each opens as itself alone.
    const { cardId, text: printed } = await makeCard(patient.session, { hri: cloud.hri, categories: ["imaging"] })
    await refused(patient, "card-refused", () => ask({ card: patient.card, ids: { ...ids, cardId } }))
    await refused(patient, "card-refused", () => ask({ card: cardIn(printed), ids }))
  })

  test("a revoked card is refused for good", async () => {
    const revoked = await newPatientWithCard()
    const ids = await lookUp(revoked.card, { local: true })
    await revokeCard(revoked.session, revoked.cardId)
    await refused(revoked, "card-refused", () => ask({ card: revoked.card, ids }))
    expect((await trailOf(revoked.session)).at(-1)).toMatchObject({ outcome: "card-refused" })
  })

  test("a code that isn't a card, or is damaged, gets a sentence a person understands", async () => {
    const whole = encodeCard(patient.card)
    const at = Math.floor(whole.length / 2)
    const cases = {
      "https://example.org/menu": "card-foreign",
      "": "card-foreign",
      "ehr1:lowercase": "card-foreign",
      [whole.slice(0, -20)]: "card-damaged",
      [`${whole.slice(0, at)}~${whole.slice(at + 1)}`]: "card-damaged",
      [whole.replace("EHR2:", "EHR3:")]: "card-unsupported",
    }
    for (const [scanned, outcome] of Object.entries(cases)) {
      const reading = decodeCard(scanned)
      if (reading.outcome === "ok") throw new Error(`${scanned} is taken for a card`)
      expect(reading.outcome).toBe(outcome)
      expect(sentences[reading.outcome]).toMatch(/^[A-Z][^{}[\]]{20,}\.$/)
      expect(JSON.stringify(reading)).not.toContain("Error")
    }
    expect(decodeCard(await scanCard(cardPng("https://example.org/menu"))).outcome).toBe("card-foreign")
    expect(decodeCard(await scanCard(cardPng(whole))).outcome).toBe("ok")
  })

  test("a damaged card that still reads as one leads nowhere and opens nothing", async () => {
    for (const part of ["secret", "locator"] as const) {
      const bytes = patient.card[part].slice()
      bytes[0] = (bytes[0] ?? 0) ^ 1
      const code = part === "locator" ? "hri-entry-unknown" : "entry-invalid"
      await expect(lookUp({ ...patient.card, [part]: bytes }, { local: true })).rejects.toMatchObject({ code })
    }
    await expect(lookUp({ ...patient.card, fingerprint: text(32) }, { local: true })).rejects.toMatchObject({
      code: "entry-invalid",
    })
  })
})

describe("professionals", () => {
  let patient: Patient
  beforeAll(async () => {
    patient = await newPatientWithCard()
  })

  test.each([
    ["uncertified", "certificate-untrusted"],
    ["wrongPolicy", "certificate-untrusted"],
    ["expired", "certificate-expired"],
    ["notYetValid", "certificate-expired"],
    ["revoked", "certificate-revoked"],
    ["insuredPerson", "profession-not-allowed"],
  ] as const)("one with a certificate that is %s is refused as %s, and the patient sees it", async (name, code) => {
    const entry = await lookUp(patient.card, { local: true })
    const request = await emergencyRequest(patient.card, entry, await professional(name))
    await refused(patient, code, () => send("hcp/emergency-access", request))
    expect((await trailOf(patient.session)).at(-1)).toMatchObject({
      action: "emergency-access",
      outcome: code,
      actor: { kind: "hcp" },
    })
  })

  test("one who signs with a key that isn't the certificate's is refused", async () => {
    const entry = await lookUp(patient.card, { local: true })
    const [certified, thief] = [await professional("physician"), await professional("uncertified")]
    const request = await emergencyRequest(patient.card, entry, { ...certified, privateKey: thief.privateKey })
    await refused(patient, "statement-invalid", () => send("hcp/emergency-access", request))
  })

  test("one who puts their own certificate before somebody's chain is refused", async () => {
    const entry = await lookUp(patient.card, { local: true })
    const [certified, thief] = [await professional("physician"), await professional("uncertified")]
    const chain = [...thief.chain.slice(0, 1), ...certified.chain]
    const request = await emergencyRequest(patient.card, entry, { ...thief, chain })
    await refused(patient, "certificate-untrusted", () => send("hcp/emergency-access", request))
  })
})

describe("statements", () => {
  let patient: Patient
  beforeAll(async () => {
    patient = await newPatientWithCard()
  })
  const now = () => Math.floor(Date.now() / 1000)

  test("an emergency access that was altered, or signed too long ago or ahead, is refused", async () => {
    const entry = await lookUp(patient.card, { local: true })
    const doctor = await professional("physician")
    const sign = async (claims: object) => (await emergencyRequest(patient.card, entry, doctor, claims)).statement
    const cases = [
      ["statement-invalid", altered(await sign({}))],
      ["statement-invalid", await sign({ aud: "somebody-else" })],
      ["statement-invalid", await sign({ admin: true })],
      ["statement-stale", await sign({ iat: now() - 130 })],
      ["statement-stale", await sign({ iat: now() + 130 })],
    ] as const
    for (const [code, statement] of cases)
      await refused(patient, code, () => send("hcp/emergency-access", { statement, witness: 1 }))
  })

  test("an emergency access is taken once; its replay is refused, and the patient sees it", async () => {
    const request = await emergencyRequest(
      patient.card,
      await lookUp(patient.card, { local: true }),
      await professional("physician"),
    )
    expect((await send("hcp/emergency-access", request)).status).toBe(200)
    await refused(patient, "statement-replayed", () => send("hcp/emergency-access", request))
    expect((await trailOf(patient.session)).at(-1)).toMatchObject({ outcome: "statement-replayed" })
  })

  test("of one statement sent twenty times at once, one opens an access", async () => {
    const request = await emergencyRequest(
      patient.card,
      await lookUp(patient.card, { local: true }),
      await professional("nurse"),
    )
    const answers = await Promise.all(Array.from({ length: 20 }, () => send("hcp/emergency-access", request)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    for (const answer of answers.filter(({ status }) => status !== 200)) expectRefusal(answer, "statement-replayed")
  })

  test("what a patient says is refused when altered, stale, of another type or by another key", async () => {
    const { session } = patient
    const kind = "emergency-share"
    const { documentHash } = await getConsent(session, kind)
    const claims = { kind, status: "inactive", documentHash }
    const keys = await generateKeyPairs({ extractable: false })
    const cases = [
      ["statement-invalid", altered(await patientSays(session, "consent", claims))],
      ["statement-invalid", await patientSays({ ...session, keys }, "consent", claims)],
      ["statement-invalid", await patientSays(session, "decision", claims)],
      ["statement-invalid", await patientSays(session, "consent", { ...claims, patientId: text(16) })],
      ["statement-stale", await patientSays(session, "consent", { ...claims, iat: now() - 130 })],
      ["request-invalid", "e30.e30"],
      ["statement-invalid", "e30.e30.e30"],
    ] as const
    for (const [code, statement] of cases)
      await refused(patient, code, () => asPatient(session, "patient/revoke-consent", { kind, statement }))
  })

  test("a withdrawal can't be replayed after the consent was given again", async () => {
    const patient = await newPatient()
    const { session } = patient
    const kind = "store"
    const { statement } = await revokeConsent(session, await getConsent(session, kind))
    await signConsent(session, await getConsent(session, kind))
    await refused(patient, "statement-replayed", () =>
      asPatient(session, "patient/revoke-consent", { kind, statement }),
    )
  })

  test("a manifest that doesn't follow the newest, or doesn't fit what it lists, is refused", async () => {
    const { session } = patient
    const { manifest } = await readContents(session)
    const { number, claims } = manifest
    const { pages } = claims
    const page = { category: "imaging" as const, page: 0, descriptors: [] }
    const wrappedCategoryKeys = [{ category: "summary" as const, epoch: 1, wrappedKey: text(40) }]
    const cases = [
      ["manifest-conflict", { number }],
      ["manifest-conflict", { number: number + 2 }],
      ["manifest-conflict", { previous: text(32) }],
      ["manifest-invalid", { keyRing: text(32) }],
      ["manifest-invalid", { skips: Array.from({ length: 8 }, () => text(32)) }],
      ["manifest-invalid", { signers: { ...claims.signers, hash: text(32) } }],
      ["manifest-invalid", { signers: { ...claims.signers, number: 2 } }],
      ["manifest-invalid", { account: { ...claims.account, thumbprint: text(32) } }],
      ["manifest-invalid", { account: { ...claims.account, number: 2 } }],
      ["manifest-invalid", { cards: [] }],
      ["manifest-invalid", { cards: [...claims.cards, { cardId: text(16), hash: text(32) }] }],
      ["manifest-invalid", { decided: [text(32)] }],
      ["manifest-invalid", { pages: { ...pages, imaging: text(32) } }],
      ["manifest-invalid", {}, { pages: [page] }],
      ["manifest-invalid", {}, { decided: [{ page: 0, ids: [text(16)] }] }],
      ["card-refused", {}, { cards: [{ cardId: text(16), wrappedCategoryKeys }] }],
      ["request-invalid", {}, { cards: [{ cardId: patient.cardId, wrappedCategoryKeys: [] }] }],
    ] as const
    for (const [code, other, more] of cases) {
      const publication = { ...(await publicationOf(session, {}, other)), ...more }
      await refused(patient, code, () => asPatient(session, "patient/publish-manifest", { publication }))
    }
  })

  test("a manifest alone lists nothing, strikes nothing and decides on nothing", async () => {
    const { session } = patient
    const made = [
      await commitRequest(session, await sealedFor(session, "by itself")),
      await deletionRequest(session, patient.image.recordId),
      { publication: await publicationOf(session, { decided: { page: 0, ids: [text(16)] } }) },
      { publication: (await cardRequest(session)).publication },
    ]
    for (const { publication } of made)
      await refused(patient, "manifest-invalid", () => asPatient(session, "patient/publish-manifest", { publication }))
  })

  test("a halt or a revocation that was altered, stale, of another thing, or by another key is refused", async () => {
    const { session, card, cardId } = patient
    const { grantId } = await accessBy("physician", card)
    const keys = await generateKeyPairs({ extractable: false })
    const kinds = [
      ["halt", "patient/halt-grant", { grantId }, { grantId: text(16) }],
      ["card-revocation", "patient/revoke-card", { cardId }, { cardId: text(16) }],
    ] as const
    for (const [typ, name, claims, others] of kinds) {
      const cases = [
        ["statement-invalid", altered(await patientSays(session, typ, claims))],
        ["statement-invalid", await patientSays({ ...session, keys }, typ, claims)],
        ["statement-invalid", await patientSays(session, typ, others)],
        ["statement-invalid", await patientSays(session, typ, { ...claims, patientId: text(16) })],
        ["statement-invalid", await patientSays(session, "deactivation-cancellation", {})],
        ["statement-stale", await patientSays(session, typ, { ...claims, iat: now() - 130 })],
      ] as const
      for (const [code, statement] of cases)
        await refused(patient, code, () => asPatient(session, name, { ...claims, statement }))
    }
  })
})

describe("emergency accesses that are over", () => {
  test("an expired one is refused wherever it is used, and the patient sees it", async () => {
    const patient = await newPatientWithCard()
    const access = await accessBy("physician", patient.card)
    await listGranted(access, "imaging")
    await expireGrant(patient.session, access.grantId)
    await everyUseRefused(patient, access, "grant-expired")
  })

  test("a halted one is refused wherever it is used, and the patient sees it", async () => {
    const patient = await newPatientWithCard()
    const access = await accessBy("physician", patient.card)
    await listGranted(access, "imaging")
    await haltGrant(patient.session, access)
    await everyUseRefused(patient, access, "grant-halted")
  })

  const everyUseRefused = async (patient: Patient, access: Access, code: "grant-expired" | "grant-halted") => {
    const grant = { patientId: patient.session.patientId, grantId: access.grantId }
    const sending = { token: await tokenOf(access) }
    const { recordId } = patient.image
    const place = { ...grant, contributionId: text(16), objectId: text(16) }
    const uses: [RouteName, object][] = [
      ["hcp/session", { ...grant, ticket: access.ticket }],
      ["hcp/list-records", { ...grant, category: "imaging", page: 0, after: "1" }],
      ["hcp/download-url", { ...grant, recordId, version: "1" }],
      ["hcp/contribution-upload-url", { ...place, category: "document", size: 1, sha256: `${text(31)}A` }],
      ["hcp/begin-contribution-upload", { ...place, category: "document", size: partBytes + 1 }],
      ["hcp/contribution-part-urls", { ...place, parts: [{ number: 1, sha256: `${text(31)}A` }] }],
      ["hcp/abort-contribution-upload", place],
    ]
    for (const [name, request] of uses) await refused(patient, code, () => send(name, request, sending))
    const denied = (await trailOf(patient.session)).filter(({ outcome }) => outcome === code)
    expect(denied.map(({ action }) => action)).toEqual(["session", "list-records", "download-url"])
  }
})

describe("contributions", () => {
  let patient: Patient
  let access: Access
  beforeAll(async () => {
    patient = await newPatientWithCard()
    access = await accessBy("physician", patient.card)
  })

  const contributed = async (note: string): Promise<Contribution> => {
    const { contributionId } = await contribute(access, documentOf("document", note))
    const found = (await listContributions(patient.session)).find((each) => each.contributionId === contributionId)
    if (found === undefined) throw new Error("the contribution is not listed")
    return found
  }
  const decide = async (contribution: Contribution, decision: "approved" | "rejected", claims: object = {}) => {
    const request = await decisionRequest(patient.session, contribution, decision, claims)
    const name = decision === "approved" ? "patient/approve-contribution" : "patient/reject-contribution"
    return { ...request, send: () => asPatient(patient.session, name, request) }
  }

  test("one that was approved can be neither approved again nor rejected", async () => {
    const contribution = await contributed("approved")
    await approveContribution(patient.session, contribution)
    for (const decision of ["approved", "rejected"] as const)
      await refused(patient, "contribution-decided", async () => (await decide(contribution, decision)).send())
  })

  test("one that was rejected can be neither rejected again nor approved", async () => {
    const contribution = await contributed("rejected")
    await rejectContribution(patient.session, contribution)
    expect(await visibleObjects(patient.session, "pending")).toEqual([])
    for (const decision of ["approved", "rejected"] as const)
      await refused(patient, "contribution-decided", async () => (await decide(contribution, decision)).send())
  })

  test("the same decision sent again is answered like the first", async () => {
    for (const decision of ["approved", "rejected"] as const) {
      const once = await decide(await contributed(decision), decision)
      expect((await once.send()).status).toBe(200)
      const before = await visible()
      expect(await once.send()).toMatchObject({ status: 200, text: "{}" })
      expect(await visible()).toEqual(before)
    }
  })

  const visible = async () => ({
    items: (await stateOf(patient.session)).items,
    records: await visibleObjects(patient.session, "records"),
    pending: await visibleObjects(patient.session, "pending"),
  })

  test("a decision about something else, or of the other kind, is refused", async () => {
    const [contribution, another] = [await contributed("one"), await contributed("another")]
    const hash = await statementHash(another.statement ?? "")
    const cases = [
      await decide(contribution, "approved", { contributionId: another.contributionId }),
      await decide(contribution, "approved", { statementHash: hash }),
      await decide(contribution, "approved", { descriptor: another.descriptor }),
      await decide(contribution, "approved", { descriptor: { ...contribution.descriptor, size: 1 } }),
      await decide(contribution, "rejected", { decision: "approved", descriptor: contribution.descriptor }),
    ]
    for (const each of cases) await refused(patient, "statement-invalid", each.send)
    for (const each of [contribution, another]) await rejectContribution(patient.session, each)
  })

  test.each([
    ["approved", "rejected"],
    ["rejected", "approved"],
  ] as const)(
    "of a hundred different decisions at once, %s first, exactly one wins, and what is kept is what it says",
    async (first, second) => {
      const contribution = await contributed("raced for")
      const { contributionId } = contribution
      const decisions = await Promise.all(
        Array.from({ length: 100 }, (_, i) => decide(contribution, i % 2 === 0 ? first : second)),
      )
      const answers = await Promise.all(decisions.map((each) => each.send()))
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
      for (const answer of answers.filter(({ status }) => status !== 200)) {
        const { code } = JSON.parse(answer.text) as { code: "contribution-decided" | "manifest-conflict" | "busy" }
        expect(["contribution-decided", "manifest-conflict", "busy"]).toContain(code)
        expectRefusal(answer, code)
      }
      const winner = decisions[answers.findIndex(({ status }) => status === 200)]
      const { items } = await stateOf(patient.session)
      const kept = items.find((item) => item["kind"] === "contribution" && item["contributionId"] === contributionId)
      expect(kept).toMatchObject({ decision: winner?.statement })
      const approved = kept?.["status"] === "approved"
      const below = (key: string) => key.startsWith(objectPrefix(patient.session.patientId, contributionId))
      expect(items.filter((item) => item["recordId"] === contributionId)).toHaveLength(approved ? 2 : 0)
      expect((await visibleObjects(patient.session, "records")).filter(below)).toHaveLength(approved ? 1 : 0)
      expect((await visibleObjects(patient.session, "pending")).filter(below)).toEqual([])
    },
  )

  test("what a professional didn't upload, or signed about something else, is not put before the patient", async () => {
    const { session } = patient
    const doctor = await professional("physician")
    const keys = access.keys.newest("document")
    const contributionId = text(16)
    const place = { recordId: contributionId, version: 1, replaces: null }
    const sealed = await sealRecord(session.patientId, place, documentOf("document", "note"), keys, new Date())
    const sign = (claims: object, by = doctor) => contributionStatement(access, sealed, by, claims)
    const grant = { patientId: session.patientId, grantId: access.grantId, contributionId }
    const token = await tokenOf(access)
    const give = (statement: string) => send("hcp/contribute", { ...grant, statement }, { token })
    await refused(patient, "record-not-uploaded", async () => give(await sign({})))

    const { objectId, size, sha256, category } = sealed.descriptor
    const upload = { ...grant, objectId, category, size, sha256 }
    await putObject(access.api, await access.api.call("hcp/contribution-upload-url", upload, token), sealed.sealed)
    const { descriptor } = sealed
    await refused(patient, "upload-differs", async () =>
      give(await sign({ descriptor: { ...descriptor, size: size + 1 } })),
    )
    await refused(patient, "category-not-granted", async () =>
      give(await sign({ descriptor: { ...descriptor, category: "sensitive" } })),
    )
    await refused(patient, "statement-invalid", async () => give(await sign({ grantId: text(16) })))
    await refused(patient, "statement-invalid", async () => give(await sign({ patientId: text(16) })))
    await refused(patient, "statement-invalid", async () =>
      give(await sign({ descriptor: { ...descriptor, recordId: text(16) } })),
    )
    await refused(patient, "statement-invalid", async () => give(await sign({ fingerprint: text(32) })))
    await refused(patient, "statement-invalid", async () => give(await sign({ account: access.account.number + 1 })))
    await refused(patient, "statement-invalid", async () => give(await sign({}, await professional("otherPhysician"))))
    await refused(patient, "statement-stale", async () => give(await sign({ iat: 1 })))
  })

  test("one that can't be opened keeps nobody from the others", async () => {
    const { session } = patient
    const good = await contributed("a good one")
    const keys = access.keys.newest("document")
    const place = { recordId: text(16), version: 1, replaces: null }
    const note = documentOf("document", "note")
    const sealed = await sealRecord(text(16), place, note, { ...keys, key: randomBytes(32) }, new Date())
    const { objectId, size, sha256, category } = sealed.descriptor
    const grant = { patientId: session.patientId, grantId: access.grantId, contributionId: place.recordId }
    const token = await tokenOf(access)
    const asked = { ...grant, objectId, category, size, sha256 }
    const upload = await access.api.call("hcp/contribution-upload-url", asked, token)
    await putObject(access.api, upload, sealed.sealed)
    const somebody = { number: 1, key: (await generateSealingKeyPair()).publicKey }
    const toSomebody = { ...access, account: somebody }
    const statement = await contributionStatement(toSomebody, sealed, await professional("physician"))
    expect((await send("hcp/contribute", { ...grant, statement }, { token })).status).toBe(200)

    const listed = await listContributions(session)
    const bad = listed.find(({ contributionId }) => contributionId === place.recordId)
    expect(bad).toMatchObject({ status: "pending" })
    expect(bad?.metadata).toBeUndefined()
    expect(listed.find(({ contributionId }) => contributionId === good.contributionId)?.metadata).toBeDefined()
    const seen = await listGranted(await accessBy("paramedic", patient.card), "document")
    expect(seen.find(({ descriptor }) => descriptor.recordId === good.contributionId)?.metadata).toBeDefined()
    if (bad === undefined) return
    await expect(approveContribution(session, bad)).rejects.toMatchObject({ code: "record-unreadable" })
    await rejectContribution(session, bad)
    expect((await listContributions(session)).find((each) => each.contributionId === bad.contributionId)?.status).toBe(
      "rejected",
    )
  })
})

describe("the index", () => {
  const put = async (
    card: Card,
    by: IndexOwner,
    {
      action = "put",
      ...claims
    }: {
      action?: "put" | "remove"
      sequence?: number
      parent?: string | null
      iat?: number
      aud?: string
      entry?: string
    } = {},
  ) => {
    const statement = await indexStatement(card, by, action, claims)
    const answer = await send(action === "put" ? "hri/put-entry" : "hri/remove-entry", { statement })
    return { ...answer, statement, parent: await statementHash(statement) }
  }
  const ask = (card: Card) => send("hri/look-up", { locator: toBase64url(card.locator) })
  const fresh = () => newCard({ fingerprint: text(31).padEnd(43, "A"), hri: cloud.hri })

  test("an entry that never was and one that was removed can't be told apart", async () => {
    const keys = await newIndexOwner()
    const card = fresh()
    const { parent, ...first } = await put(card, keys)
    expect(first.status).toBe(200)
    expect((await ask(card)).status).toBe(200)
    expect((await put(card, keys, { sequence: 2, parent, action: "remove" })).status).toBe(200)
    const [removed, unknown] = [await ask(card), await ask(fresh())]
    const withoutId = ({ text: body, ...answer }: Answer) => ({
      ...answer,
      body: body.replace(/"requestId":"[^"]*"/, ""),
    })
    expectRefusal(removed, "hri-entry-unknown")
    expect(withoutId(removed)).toEqual(withoutId(unknown))
  })

  test("nobody takes over another's locator, not even after its entry was removed", async () => {
    const [owner, thief] = [await newIndexOwner(), await newIndexOwner()]
    const card = fresh()
    const { parent, ...first } = await put(card, owner)
    expect(first.status).toBe(200)
    const before = await ask(card)
    for (const place of [{}, { sequence: 2, parent }])
      for (const action of ["put", "remove"] as const)
        expectRefusal(await put(card, thief, { ...place, action }), "hri-entry-conflict")
    expectRefusal(await put(card, { ...thief, signers: owner.signers }, { sequence: 2, parent }), "statement-invalid")
    expect((await ask(card)).text).toBe(before.text)
    const removed = await put(card, owner, { sequence: 2, parent, action: "remove" })
    expect(removed.status).toBe(200)
    for (const place of [{}, { sequence: 3, parent: removed.parent }])
      expectRefusal(await put(card, thief, place), "hri-entry-conflict")
    expectRefusal(await ask(card), "hri-entry-unknown")
  })

  test("an entry follows the one that stands there: none is left out, replaced twice or forked, and a removed one doesn't come back", async () => {
    const keys = await newIndexOwner()
    const card = fresh()
    expectRefusal(await put(card, keys, { sequence: 2 }), "hri-entry-conflict")
    expectRefusal(await put(card, keys, { parent: text(32) }), "hri-entry-conflict")
    const first = await put(card, keys)
    const second = await put(card, keys, { sequence: 2, parent: first.parent })
    expect([first.status, second.status]).toEqual([200, 200])
    const before = await ask(card)
    const places = [
      { sequence: 1, parent: null },
      { sequence: 2, parent: first.parent },
      { sequence: 3, parent: first.parent },
      { sequence: 4, parent: second.parent },
      { sequence: 3, parent: null },
    ]
    for (const place of places) expectRefusal(await put(card, keys, place), "hri-entry-conflict")
    expect((await send("hri/put-entry", { statement: second.statement })).status).toBe(200)
    expectRefusal(await send("hri/put-entry", { statement: first.statement }), "hri-entry-conflict")
    expect((await ask(card)).text).toBe(before.text)
    const removed = await put(card, keys, { sequence: 3, parent: second.parent, action: "remove" })
    expect(removed.status).toBe(200)
    for (const place of [...places, { sequence: 3, parent: second.parent }])
      expectRefusal(await put(card, keys, place), "hri-entry-conflict")
    expectRefusal(await send("hri/put-entry", { statement: second.statement }), "hri-entry-conflict")
    expectRefusal(await ask(card), "hri-entry-unknown")
  })

  test("an entry for another index, a stale one and an oversized one are refused and not kept", async () => {
    const keys = await newIndexOwner()
    const card = fresh()
    expectRefusal(await put(card, keys, { aud: "another index" }), "statement-invalid")
    expectRefusal(await put(card, keys, { iat: Math.floor(Date.now() / 1000) - 130 }), "statement-stale")
    expectRefusal(await put(card, keys, { entry: `e30..QUFB.${"A".repeat(2048)}.QUFB` }), "statement-invalid")
    expectRefusal(await put(card, keys, { entry: `e30..QUFB.${"A".repeat(128 * 1024)}.QUFB` }), "request-invalid")
    expectRefusal(await put(card, keys, { entry: `e30..QUFB.${"A".repeat(600 * 1024)}.QUFB` }), "request-too-large")
    expectRefusal(await send("hri/remove-entry", { statement: "e30.e30.e30" }), "statement-invalid")
    expectRefusal(await send("hri/look-up", { locator: "_".repeat(22) }), "request-invalid")
    expectRefusal(await ask(card), "hri-entry-unknown")
  })
})
