import { beforeAll, describe, expect, test } from "vitest"
import { objectKey } from "../../contract/items.ts"
import { type RequestOf, type RouteName, routeNames, routes, type Upload } from "../../contract/routes.ts"
import { s3SignedUrls } from "../../functions/adapters/signed-urls.s3.ts"
import { cardPng } from "../../local/card-png.ts"
import { credentials, region } from "../../local/environment.ts"
import { scanCard } from "../../local/scan-card.ts"
import { type Card, deriveCardKeys, encodeCard, locatorHash, makeCard as newCard } from "../../protocol/card.ts"
import { type Bytes, toBase64url, utf8 } from "../../protocol/crypto/bytes.ts"
import { sealTo, sealUnder } from "../../protocol/crypto/envelope.ts"
import { randomBytes, sha256 } from "../../protocol/crypto/primitives.ts"
import { generatePatientKeys, type PatientKeys, publicJwk } from "../../protocol/keys.ts"
import { maxBodyBytes, partBytes, uploadUrlSeconds, versionReach } from "../../protocol/primitives.ts"
import { signStatement, statementHash } from "../../protocol/statement.ts"
import { putObject } from "../../sdk/api.ts"
import { openIndex } from "../../sdk/cloud.ts"
import { decodeCard, lookUp } from "../../sdk/hcp/card.ts"
import { contribute } from "../../sdk/hcp/contribute.ts"
import type { Access } from "../../sdk/hcp/emergency-access.ts"
import { listRecords as listGranted } from "../../sdk/hcp/records.ts"
import { revokeCard } from "../../sdk/patient/cards.ts"
import { newestKey } from "../../sdk/patient/category-keys.ts"
import { getConsent, revokeConsent, signConsent } from "../../sdk/patient/consents.ts"
import {
  approveContribution,
  type Contribution,
  listContributions,
  rejectContribution,
} from "../../sdk/patient/contributions.ts"
import { haltGrant } from "../../sdk/patient/grants.ts"
import { readContents } from "../../sdk/patient/manifest.ts"
import { callAsPatient } from "../../sdk/patient/session.ts"
import { stamp } from "../../sdk/stamp.ts"
import { type SealedRecord, sealRecord } from "../sdk/sealed.ts"
import { type Answer, expectRefusal, refused, secretsOf, send } from "./answers.ts"
import { expireGrant, objectsOf, outputOf, stateOf, trailOf, visibleObjects } from "./engine.ts"
import { accessBy, cloud, documentOf, newPatient, newPatientWithCard, professional, type Session } from "./people.ts"
import { altered, emergencyStatement, patientSays } from "./statements.ts"

type Patient = Awaited<ReturnType<typeof newPatientWithCard>>
const text = (bytes: number) => toBase64url(randomBytes(bytes))

/** A record sealed on the patient's device and not sent anywhere yet. */
const sealedFor = async (
  session: Session,
  content: string,
  recordId = text(16),
  version = 1,
): Promise<SealedRecord> => {
  const key = await newestKey(session, await readContents(session), "laboratory")
  return sealRecord(session.patientId, { recordId, version }, documentOf("laboratory", content), key, new Date())
}

const placeOf = ({ descriptor }: SealedRecord) => {
  const { recordId, version, category, size, sha256 } = descriptor
  return { recordId, version, category, size, sha256 }
}

const asPatient = <N extends RouteName>(session: Session, name: N, request: RequestOf<N> | object, body?: string) =>
  send(name, request, { token: session.accessToken, ...(body === undefined ? {} : { body }) })

describe("what is not the request of its route", () => {
  let patient: Patient
  let access: Access
  beforeAll(async () => {
    patient = await newPatientWithCard()
    access = await accessBy("physician", patient.card)
    await listGranted(access, "imaging")
  })

  /** The real identifiers, so that a route which read on would find something. */
  const request = (name: RouteName) => {
    const { session, image, cardId } = patient
    const ids = { recordId: image.recordId, version: 1, contributionId: text(16), cardId, grantId: access.grantId }
    const path = { ...ids, patientId: session.patientId, kind: "store", category: "imaging", page: 0 }
    const actor = routes[name].actor
    return { path, token: actor === "hcp" ? access.session?.accessToken : session.accessToken }
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
      const { path, token } = request(name)
      const answer = await send(name, path, { token, body })
      expect({ name, text: answer.text }).toMatchObject({ text: expect.stringContaining('"request-invalid"') })
      expectRefusal(answer, "request-invalid", secrets)
    }
    expect(await stateOf(patient.session)).toEqual(before)
  })

  test("a field nobody knows is refused in the query of a GET, too", async () => {
    for (const name of routeNames.filter((name) => routes[name].method === "GET")) {
      const { path, token } = request(name)
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
      const { path, token } = request(name)
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
    await refused(patient, "request-invalid", () =>
      send("hcp/list-records", { ...grant, category: "everything", page: 0 }, { token: access.session?.accessToken }),
    )
  })

  test("a text that is no base64url to the last bit is refused", async () => {
    const { session } = patient
    const sealed = await sealedFor(session, "x")
    await refused(patient, "request-invalid", () =>
      asPatient(session, "patient/upload-url", { ...placeOf(sealed), sha256: "_".repeat(43) }),
    )
    const card = { cardId: text(16), cloudShare: text(32), sealed: "e30..QUFB.QUFB.QUFB" }
    const wrappedCategoryKeys = [{ category: "summary", epoch: 1, wrappedKey: text(40) }]
    await refused(patient, "request-invalid", () =>
      asPatient(session, "patient/make-card", { ...card, wrappedCategoryKeys, proofKey: "_".repeat(43) }),
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
    const commit = { recordId: descriptor.recordId, descriptor }
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
    const statement = await emergencyStatement(card, entry, await professional("physician"))
    await refused(patient, "consent-missing", () => send("hcp/emergency-access", { statement }))
    const grant = { patientId: session.patientId, grantId: running.grantId, category: "imaging", page: 0 }
    await refused(patient, "consent-missing", () =>
      send("hcp/list-records", grant, { token: running.session?.accessToken }),
    )
    const keys = { proofKey: text(32), cloudShare: text(32), sealed: "e30..QUFB.QUFB.QUFB" }
    const wrappedCategoryKeys = [{ category: "summary", epoch: 1, wrappedKey: text(40) }]
    await refused(patient, "consent-missing", () =>
      asPatient(session, "patient/make-card", { cardId: text(16), ...keys, wrappedCategoryKeys }),
    )
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
    const again = { kind: "store", statement: await say({ status: "inactive" }) }
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
    const key = objectKey(session.patientId, descriptor.recordId, descriptor.version)
    expect((await objectsOf(session, "records")).filter((object) => object.key === key)).toEqual([])
  }

  test("a commit without the object is refused", async () => {
    const { descriptor } = await sealedFor(session, "never sent")
    await refused(patient, "record-not-uploaded", () =>
      asPatient(session, "patient/commit", { recordId: descriptor.recordId, descriptor }),
    )
  })

  test("a commit that names another size or another hash than was uploaded is refused", async () => {
    const sealed = await sealedFor(session, "sent")
    await putObject(patient.session.cloud.api, await uploadFor(sealed), sealed.sealed)
    const { recordId, size } = sealed.descriptor
    for (const other of [{ size: size + 1 }, { sha256: text(32) }])
      await refused(patient, "record-differs", () =>
        asPatient(session, "patient/commit", { recordId, descriptor: { ...sealed.descriptor, ...other } }),
      )
  })

  test("a second commit is answered like the first and changes nothing; another one of the same version is refused", async () => {
    const sealed = await sealedFor(session, "committed")
    await putObject(patient.session.cloud.api, await uploadFor(sealed), sealed.sealed)
    const { descriptor } = sealed
    const commit = { recordId: descriptor.recordId, descriptor }
    expect(await asPatient(session, "patient/commit", commit)).toMatchObject({ status: 200, text: "{}" })
    const [before, events] = [await stateOf(session), (await trailOf(session)).length]
    expect(await asPatient(session, "patient/commit", commit)).toMatchObject({ status: 200, text: "{}" })
    expect(await stateOf(session)).toEqual(before)
    expect((await trailOf(session)).length).toBe(events)
    const other = { ...commit, descriptor: { ...descriptor, wrappedKey: text(40) } }
    await refused(patient, "record-conflict", () => asPatient(session, "patient/commit", other))
    const elsewhere = { ...commit, recordId: text(16) }
    await refused(patient, "request-invalid", () => asPatient(session, "patient/commit", elsewhere))
  })

  test("a version that is not newer, or far beyond the newest, or moves a record to another category, is refused", async () => {
    const { recordId, version: newest } = patient.image
    for (const version of [newest, newest + versionReach + 1]) {
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
    const key = objectKey(session.patientId, sealed.descriptor.recordId, 1)
    expect((await objectsOf(session, "records")).filter((object) => object.key === key)).toHaveLength(1)
  })

  test("a signed upload is good for its time, its place and its method", async () => {
    const sealed = await sealedFor(session, "late")
    const { recordId, size, sha256 } = sealed.descriptor
    const names = { records: outputOf(session, "RecordsBucket") }
    const urls = s3SignedUrls({ region, credentials, endpoint: cloud.endpoint }, names)
    const key = objectKey(session.patientId, recordId, 1)
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
  const ask = async (by: { card: Card; ids: Parameters<typeof emergencyStatement>[1]; claims?: object }) => {
    const statement = await emergencyStatement(by.card, by.ids, await professional("physician"), by.claims)
    return send("hcp/emergency-access", { statement })
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
    const seen = await emergencyStatement(card, ids, doctor)
    const { proof, jti } = JSON.parse(Buffer.from(seen.split(".")[1] ?? "", "base64url").toString()) as Record<
      string,
      string
    >
    await refused(patient, "card-refused", () => ask({ card, ids, claims: { proof } }))
    const statement = await emergencyStatement(card, ids, await professional("paramedic"), { proof, jti })
    await refused(patient, "card-refused", () => send("hcp/emergency-access", { statement }))
    expect((await trailOf(patient.session)).at(-1)).toMatchObject({
      action: "emergency-access",
      outcome: "card-refused",
    })
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
      "https://example.org/menu": "not-ours",
      "": "not-ours",
      "ehr1:lowercase": "not-ours",
      [whole.slice(0, -20)]: "damaged",
      [`${whole.slice(0, at)}~${whole.slice(at + 1)}`]: "damaged",
      [whole.replace("EHR1:", "EHR2:")]: "unsupported-version",
    }
    for (const [scanned, outcome] of Object.entries(cases)) {
      const reading = decodeCard(scanned)
      expect(reading).toMatchObject({ outcome, message: expect.stringMatching(/^[A-Z][^{}[\]]{20,}\.$/) })
      expect(JSON.stringify(reading)).not.toContain("Error")
    }
    expect(decodeCard(await scanCard(cardPng("https://example.org/menu"))).outcome).toBe("not-ours")
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
    const statement = await emergencyStatement(patient.card, entry, await professional(name))
    await refused(patient, code, () => send("hcp/emergency-access", { statement }))
    expect((await trailOf(patient.session)).at(-1)).toMatchObject({
      action: "emergency-access",
      outcome: code,
      actor: { kind: "hcp" },
    })
  })

  test("one who signs with a key that isn't the certificate's is refused", async () => {
    const entry = await lookUp(patient.card, { local: true })
    const [certified, thief] = [await professional("physician"), await professional("uncertified")]
    const statement = await emergencyStatement(patient.card, entry, { ...certified, privateKey: thief.privateKey })
    await refused(patient, "statement-invalid", () => send("hcp/emergency-access", { statement }))
  })

  test("one who puts their own certificate before somebody's chain is refused", async () => {
    const entry = await lookUp(patient.card, { local: true })
    const [certified, thief] = [await professional("physician"), await professional("uncertified")]
    const chain = [...thief.chain.slice(0, 1), ...certified.chain]
    const statement = await emergencyStatement(patient.card, entry, { ...thief, chain })
    await refused(patient, "certificate-untrusted", () => send("hcp/emergency-access", { statement }))
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
    const sign = (claims: object) => emergencyStatement(patient.card, entry, doctor, claims)
    const cases = [
      ["statement-invalid", altered(await sign({}))],
      ["statement-invalid", await sign({ aud: "somebody-else" })],
      ["statement-invalid", await sign({ admin: true })],
      ["statement-stale", await sign({ iat: now() - 130 })],
      ["statement-stale", await sign({ iat: now() + 130 })],
    ] as const
    for (const [code, statement] of cases)
      await refused(patient, code, () => send("hcp/emergency-access", { statement }))
  })

  test("an emergency access is taken once; its replay is refused, and the patient sees it", async () => {
    const statement = await emergencyStatement(
      patient.card,
      await lookUp(patient.card, { local: true }),
      await professional("physician"),
    )
    expect((await send("hcp/emergency-access", { statement })).status).toBe(200)
    await refused(patient, "statement-replayed", () => send("hcp/emergency-access", { statement }))
    expect((await trailOf(patient.session)).at(-1)).toMatchObject({ outcome: "statement-replayed" })
  })

  test("of one statement sent twenty times at once, one opens an access", async () => {
    const statement = await emergencyStatement(
      patient.card,
      await lookUp(patient.card, { local: true }),
      await professional("nurse"),
    )
    const answers = await Promise.all(Array.from({ length: 20 }, () => send("hcp/emergency-access", { statement })))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    for (const answer of answers.filter(({ status }) => status !== 200)) expectRefusal(answer, "statement-replayed")
  })

  test("what a patient says is refused when altered, stale, of another type or by another key", async () => {
    const { session } = patient
    const kind = "emergency-share"
    const { documentHash } = await getConsent(session, kind)
    const claims = { kind, status: "inactive", documentHash }
    const keys: PatientKeys = await generatePatientKeys()
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
    const { manifest, keyRing } = await readContents(session)
    const { number, hash: previous, claims } = manifest
    const { keys, keyRing: ring, cards, pages } = claims
    const sign = (other: object) =>
      patientSays(session, "manifest", { number: number + 1, previous, keys, keyRing: ring, cards, pages, ...other })
    const publish = (signed: string, more: object = {}) =>
      asPatient(session, "patient/publish-manifest", { manifest: signed, keyRing, pages: [], cards: [], ...more })
    const foreign = await generatePatientKeys()
    const foreignKeys = { signing: keys.signing, agreement: await publicJwk(foreign.agreement.publicKey) }
    const page = { category: "imaging", page: 0, descriptors: [] }
    const cases = [
      ["manifest-conflict", await sign({ number })],
      ["manifest-conflict", await sign({ number: number + 2 })],
      ["manifest-conflict", await sign({ previous: text(32) })],
      ["manifest-invalid", await sign({ keyRing: text(32) })],
      ["manifest-invalid", await sign({ keys: foreignKeys })],
      ["manifest-invalid", await sign({ pages: { ...pages, imaging: [text(32)] } })],
      ["manifest-invalid", await sign({ pages: { ...pages, imaging: [] } })],
      ["manifest-invalid", await sign({}), { pages: [page] }],
      ["card-refused", await sign({}), { cards: [{ cardId: text(16), wrappedCategoryKeys: [] }] }],
      ["request-invalid", await sign({}), { cards: [{ cardId: patient.cardId, wrappedCategoryKeys: [] }] }],
    ] as const
    for (const [code, signed, more] of cases) {
      if (code === "card-refused") {
        const wrappedCategoryKeys = [{ category: "summary", epoch: 1, wrappedKey: text(40) }]
        await refused(patient, code, () => publish(signed, { cards: [{ cardId: text(16), wrappedCategoryKeys }] }))
      } else await refused(patient, code, () => publish(signed, more))
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
    const sending = { token: access.session?.accessToken }
    const { recordId } = patient.image
    const uses: [RouteName, object][] = [
      ["hcp/session", { ...grant, ticket: access.ticket }],
      ["hcp/list-records", { ...grant, category: "imaging", page: 0 }],
      ["hcp/download-url", { ...grant, recordId, version: "1" }],
      [
        "hcp/contribution-upload-url",
        { ...grant, contributionId: text(16), category: "document", size: 1, sha256: `${text(31)}A` },
      ],
      [
        "hcp/begin-contribution-upload",
        { ...grant, contributionId: text(16), category: "document", size: partBytes + 1 },
      ],
      [
        "hcp/contribution-part-urls",
        { ...grant, contributionId: text(16), parts: [{ number: 1, sha256: `${text(31)}A` }] },
      ],
      ["hcp/abort-contribution-upload", { ...grant, contributionId: text(16) }],
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
    const { contributionId, descriptor } = contribution
    const statement = await patientSays(patient.session, "decision", {
      contributionId,
      statementHash: await statementHash(contribution.statement),
      decision,
      ...(decision === "approved" ? { descriptor } : {}),
      ...claims,
    })
    const name = decision === "approved" ? "patient/approve-contribution" : "patient/reject-contribution"
    return { statement, send: () => asPatient(patient.session, name, { contributionId, statement }) }
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
    const hash = await statementHash(another.statement)
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
        const { code } = JSON.parse(answer.text) as { code: "contribution-decided" | "busy" }
        expect(["contribution-decided", "busy"]).toContain(code)
        expectRefusal(answer, code)
      }
      const winner = decisions[answers.findIndex(({ status }) => status === 200)]
      const { items } = await stateOf(patient.session)
      const kept = items.find((item) => item["kind"] === "contribution" && item["contributionId"] === contributionId)
      expect(kept).toMatchObject({ decision: winner?.statement })
      const approved = kept?.["status"] === "approved"
      const key = objectKey(patient.session.patientId, contributionId, 1)
      const expected = approved ? [key] : []
      expect(items.filter((item) => item["recordId"] === contributionId)).toHaveLength(approved ? 2 : 0)
      expect((await visibleObjects(patient.session, "records")).filter((each) => each === key)).toEqual(expected)
      expect((await visibleObjects(patient.session, "pending")).filter((each) => each === key)).toEqual([])
    },
  )

  test("what a professional didn't upload, or signed about something else, is not put before the patient", async () => {
    const { session } = patient
    const doctor = await professional("physician")
    const keys = access.keys.newest("document")
    const contributionId = text(16)
    const place = { recordId: contributionId, version: 1 }
    const sealed = await sealRecord(session.patientId, place, documentOf("document", "note"), keys, new Date())
    const sign = async (claims: object, by = doctor) => {
      const grant = { patientId: session.patientId, grantId: access.grantId }
      const sealedKey = await sealTo(session.publicKeys.agreement, sealed.dataKey)
      const payload = {
        aud: session.cloud.cloudId,
        ...stamp(),
        ...grant,
        descriptor: sealed.descriptor,
        sealedKey,
        ...claims,
      }
      return signStatement({ typ: "contribution", alg: by.alg, privateKey: by.privateKey, x5c: by.chain, payload })
    }
    const grant = { patientId: session.patientId, grantId: access.grantId, contributionId }
    const give = (statement: string) =>
      send("hcp/contribute", { ...grant, statement }, { token: access.session?.accessToken })
    await refused(patient, "record-not-uploaded", async () => give(await sign({})))

    const { size, sha256, category } = sealed.descriptor
    const upload = { ...grant, category, size, sha256 }
    await putObject(
      access.api,
      await access.api.call("hcp/contribution-upload-url", upload, access.session?.accessToken),
      sealed.sealed,
    )
    const { descriptor } = sealed
    await refused(patient, "record-differs", async () =>
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
    await refused(patient, "statement-invalid", async () => give(await sign({}, await professional("otherPhysician"))))
    await refused(patient, "statement-stale", async () => give(await sign({ iat: 1 })))
  })

  test("one that can't be opened keeps nobody from the others", async () => {
    const { session } = patient
    const good = await contributed("a good one")
    const keys = access.keys.newest("document")
    const place = { recordId: text(16), version: 1 }
    const sealed = await sealRecord(
      text(16),
      place,
      documentOf("document", "note"),
      { ...keys, key: randomBytes(32) },
      new Date(),
    )
    const { size, sha256, category } = sealed.descriptor
    const grant = { patientId: session.patientId, grantId: access.grantId, contributionId: place.recordId }
    const token = access.session?.accessToken
    const upload = await access.api.call("hcp/contribution-upload-url", { ...grant, category, size, sha256 }, token)
    await putObject(access.api, upload, sealed.sealed)
    const { chain, alg, privateKey } = await professional("physician")
    const { agreement } = await generatePatientKeys()
    const sealedKey = await sealTo(await publicJwk(agreement.publicKey), sealed.dataKey)
    const { patientId, grantId } = grant
    const payload = {
      aud: session.cloud.cloudId,
      ...stamp(),
      patientId,
      grantId,
      descriptor: sealed.descriptor,
      sealedKey,
    }
    const statement = await signStatement({ typ: "contribution", alg, privateKey, x5c: chain, payload })
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
    keys: PatientKeys,
    {
      action = "put",
      sequence = Date.now(),
      ...claims
    }: { action?: "put" | "remove"; sequence?: number; iat?: number; aud?: string; entry?: string } = {},
  ) => {
    const { entryKey } = await deriveCardKeys(card.secret)
    const statement = await signStatement({
      typ: "hri-entry",
      alg: "ES256",
      privateKey: keys.signing.privateKey,
      jwk: await publicJwk(keys.signing.publicKey),
      payload: {
        aud: (await openIndex(cloud.hri, { local: true })).hriId,
        ...stamp(),
        action,
        sequence,
        locatorHash: await locatorHash(card.locator),
        ...(action === "put" ? { entry: await sealUnder(entryKey, utf8('{"where":"nowhere"}')) } : {}),
        ...claims,
      },
    })
    return send(action === "put" ? "hri/put-entry" : "hri/remove-entry", { statement })
  }
  const ask = (card: Card) => send("hri/look-up", { locator: toBase64url(card.locator) })
  const fresh = () => newCard({ fingerprint: text(31).padEnd(43, "A"), hri: cloud.hri })

  test("an entry that never was and one that was removed can't be told apart", async () => {
    const keys = await generatePatientKeys()
    const card = fresh()
    expect((await put(card, keys, { sequence: 1 })).status).toBe(200)
    expect((await ask(card)).status).toBe(200)
    expect((await put(card, keys, { sequence: 2, action: "remove" })).status).toBe(200)
    const [removed, unknown] = [await ask(card), await ask(fresh())]
    const withoutId = ({ text: body, ...answer }: Answer) => ({
      ...answer,
      body: body.replace(/"requestId":"[^"]*"/, ""),
    })
    expectRefusal(removed, "hri-entry-unknown")
    expect(withoutId(removed)).toEqual(withoutId(unknown))
  })

  test("nobody takes over another's locator, not even after its entry was removed", async () => {
    const [owner, thief] = [await generatePatientKeys(), await generatePatientKeys()]
    const card = fresh()
    expect((await put(card, owner, { sequence: 1 })).status).toBe(200)
    const before = await ask(card)
    expectRefusal(await put(card, thief, { sequence: 5 }), "hri-entry-conflict")
    expectRefusal(await put(card, thief, { sequence: 5, action: "remove" }), "hri-entry-conflict")
    expect((await ask(card)).text).toBe(before.text)
    expect((await put(card, owner, { sequence: 2, action: "remove" })).status).toBe(200)
    expectRefusal(await put(card, thief, { sequence: 9 }), "hri-entry-conflict")
    expectRefusal(await ask(card), "hri-entry-unknown")
  })

  test("an older entry doesn't replace a newer one, and a removed one doesn't come back", async () => {
    const keys = await generatePatientKeys()
    const card = fresh()
    expect((await put(card, keys, { sequence: 10 })).status).toBe(200)
    const before = await ask(card)
    for (const sequence of [9, 10]) expectRefusal(await put(card, keys, { sequence }), "hri-entry-conflict")
    expect((await ask(card)).text).toBe(before.text)
    expect((await put(card, keys, { sequence: 11, action: "remove" })).status).toBe(200)
    expectRefusal(await put(card, keys, { sequence: 10 }), "hri-entry-conflict")
    expectRefusal(await ask(card), "hri-entry-unknown")
  })

  test("an entry for another index, a stale one and an oversized one are refused and not kept", async () => {
    const keys = await generatePatientKeys()
    const card = fresh()
    expectRefusal(await put(card, keys, { aud: "another index" }), "statement-invalid")
    expectRefusal(await put(card, keys, { iat: Math.floor(Date.now() / 1000) - 130 }), "statement-stale")
    expectRefusal(await put(card, keys, { entry: `e30..QUFB.${"A".repeat(2048)}.QUFB` }), "statement-invalid")
    expectRefusal(await put(card, keys, { entry: `e30..QUFB.${"A".repeat(64 * 1024)}.QUFB` }), "request-invalid")
    expectRefusal(await put(card, keys, { entry: `e30..QUFB.${"A".repeat(600 * 1024)}.QUFB` }), "request-too-large")
    expectRefusal(await send("hri/remove-entry", { statement: "e30.e30.e30" }), "statement-invalid")
    expectRefusal(await send("hri/look-up", { locator: "_".repeat(22) }), "request-invalid")
    expectRefusal(await ask(card), "hri-entry-unknown")
  })
})
