import { PutItemCommand } from "@aws-sdk/client-dynamodb"
import { marshall } from "@aws-sdk/util-dynamodb"
import { describe, expect, test } from "vitest"
import { itemFormat, itemKeys } from "../../contract/items.ts"
import {
  codesPerAccountDay,
  deniedEventsPerCardHour,
  maxRecordBytes,
  patientsPerProfessionalHour,
} from "../../contract/limits.ts"
import { messagesTo } from "../../local/mailbox.ts"
import { toBase64url } from "../../protocol/crypto/bytes.ts"
import { randomBytes } from "../../protocol/crypto/primitives.ts"
import { maxCards } from "../../protocol/primitives.ts"
import { openCloud } from "../../sdk/cloud.ts"
import { lookUp } from "../../sdk/hcp/card.ts"
import { emergencyAccess } from "../../sdk/hcp/emergency-access.ts"
import { makeCard, revokeCard } from "../../sdk/patient/cards.ts"
import { deleteRecord, uploadRecord } from "../../sdk/patient/records.ts"
import { registration } from "../kit/patients.ts"
import { documentOf } from "../kit/people.ts"
import { expectRefusal, send } from "./answers.ts"
import { dynamo, itemsOf, outputOf, trailOf } from "./engine.ts"
import { accessBy, cloud, newPatient, newPatientWithCard, professional, type Session } from "./people.ts"
import { emergencyRequest } from "./statements.ts"

const engine = { name: cloud.engine, version: "", endpoint: cloud.endpoint, stop: async () => {} }
const now = () => Math.floor(Date.now() / 1000)
const text = (bytes: number) => toBase64url(randomBytes(bytes))

/** An item as an hour of use would have left it. */
const stands = (session: Session, item: Record<string, unknown>) =>
  dynamo.send(
    new PutItemCommand({ TableName: outputOf(session, "MainTable"), Item: marshall({ ...item, format: itemFormat }) }),
  )

/** What opens an account in the first cloud by this address. */
const registrationWith = async (login: { email: string; password: string }) => {
  const { cloudId } = await openCloud(cloud.clouds[0]?.address ?? "")
  const { request } = await registration({ cloud: { cloudId, title: "" }, now: new Date() }, login.email, text(16))
  return { ...request, ...login }
}

const usageOf = async (session: Session) => (await itemsOf(session)).find(({ kind }) => kind === "usage")

describe("an emergency access", () => {
  test("is told to the patient by e-mail, without a name, an id or a word of the record", async () => {
    const patient = await newPatientWithCard()
    const { grantId } = await accessBy("nurse", patient.card)
    const noticed = async () =>
      (await messagesTo(engine, patient.login.email)).filter((message) => message.includes("emergency access"))
    await expect.poll(noticed, { timeout: 60_000, interval: 500 }).toHaveLength(1)
    const [notice = ""] = await noticed()
    expect(notice).toMatch(/began on \d{4}-\d\d-\d\d at \d\d:\d\d UTC/)
    for (const word of [grantId, patient.session.patientId, patient.cardId, "N. D", "nurse", "summary", "http"])
      expect(notice).not.toContain(word)
  })

  test("by a professional who has had a patient a minute is refused, as one event; a colleague's is not", async () => {
    const patient = await newPatientWithCard()
    const first = await accessBy("otherPhysician", patient.card)
    const { account } = (await itemsOf(patient.session)).find(({ kind }) => kind === "grant") as { account: string }
    expect(first.grantId).toBeDefined()
    const subject = `professional#${account}`
    const others = Array.from({ length: patientsPerProfessionalHour }, () => ({ at: now(), of: text(16) }))
    const kept = {
      kind: "rate",
      subject,
      revision: 7,
      entries: others,
      ttl: now() + 3600,
      ...itemKeys.rate({ subject }),
    }
    await stands(patient.session, kept)
    try {
      for (let i = 0; i < 2; i++)
        await expect(accessBy("otherPhysician", patient.card)).rejects.toMatchObject({
          code: "rate-exceeded",
          status: 429,
        })
      const denied = (await trailOf(patient.session)).filter(({ outcome }) => outcome === "rate-exceeded")
      expect(denied).toHaveLength(1)
      await accessBy("paramedic", patient.card)
    } finally {
      await stands(patient.session, { ...kept, revision: 8, entries: [] })
    }
  })

  test("with wrong proofs without end fills no trail, and shuts nobody out who has the card", async () => {
    const patient = await newPatientWithCard()
    const entry = await lookUp(patient.card, { local: true })
    const by = await professional("uncertified")
    const before = (await trailOf(patient.session)).length
    for (let i = 0; i < deniedEventsPerCardHour + 3; i++) {
      const request = await emergencyRequest(patient.card, entry, by, { proof: "A".repeat(43) })
      expectRefusal(await send("hcp/emergency-access", request), "card-refused")
    }
    const added = (await trailOf(patient.session)).slice(before)
    expect(added).toHaveLength(deniedEventsPerCardHour + 1)
    expect(added.at(-1)?.outcome).toBe("rate-exceeded")
    expect((await accessBy("physician", patient.card)).grantId).toBeDefined()
  })

  test("is granted to several professionals in the same moment", async () => {
    const patient = await newPatientWithCard()
    const entry = await lookUp(patient.card, { local: true })
    const names = ["physician", "paramedic", "nurse"] as const
    const accesses = await Promise.all(
      names.map(async (name) => emergencyAccess(patient.card, entry, await professional(name))),
    )
    expect(new Set(accesses.map(({ grantId }) => grantId)).size).toBe(3)
  })
})

describe("quotas", () => {
  test("follow what a patient adds and takes away", async () => {
    const { session, summary } = await newPatientWithCard()
    expect(await usageOf(session)).toMatchObject({ records: 2, versions: 2, cards: 1, pending: 0 })
    await deleteRecord(session, summary.recordId)
    const after = await usageOf(session)
    expect(after).toMatchObject({ records: 1, versions: 1, cards: 1 })
  })

  test("refuse a record where there is no room, and a card above what an epoch can renew", async () => {
    const { session, cardId } = await newPatientWithCard()
    const usage = await usageOf(session)
    await stands(session, { ...usage, bytes: maxRecordBytes, cards: maxCards })
    const full = { code: "quota-exceeded", status: 409 }
    await expect(uploadRecord(session, documentOf("document", "one too many"))).rejects.toMatchObject(full)
    await expect(makeCard(session, { hri: cloud.hri, categories: ["summary"] })).rejects.toMatchObject(full)
    await revokeCard(session, cardId)
    await makeCard(session, { hri: cloud.hri, categories: ["summary"] })
  })

  test("count uploads that are committed at once", async () => {
    const { session } = await newPatient()
    const documents = ["a", "b", "c"].map((name) => documentOf("document", name))
    await Promise.allSettled(documents.map((document) => uploadRecord(session, document)))
    const records = (await itemsOf(session)).filter(({ kind }) => kind === "record").length
    expect(records).toBeGreaterThan(0)
    expect(await usageOf(session)).toMatchObject({ records, versions: records })
  })
})

describe("guessing", () => {
  // The local engine takes any code; that wrong ones are counted, test/domain/rates.test.ts holds.
  test("a confirmation code ends after some guesses, also for the right one, and the address may register anew", async () => {
    const { session, login } = await newPatient()
    const registering = await registrationWith({ email: `guessed-${login.email}`, password: login.password })
    const { patientId } = registering
    expect((await send("patient/register", registering)).status).toBe(200)
    const subject = `code#${patientId}`
    const entries = Array.from({ length: codesPerAccountDay }, () => ({ at: now(), of: "" }))
    await stands(session, {
      kind: "rate",
      subject,
      revision: 1,
      entries,
      ttl: now() + 3600,
      ...itemKeys.rate({ subject }),
    })
    const [mail = ""] = await messagesTo(engine, registering.email)
    const code = /\b\d{6}\b/.exec(mail)?.[0]
    expectRefusal(await send("patient/confirm", { patientId, code }), "rate-exceeded")
    const anew = await registrationWith({ email: registering.email, password: login.password })
    expect((await send("patient/register", anew)).status).toBe(200)
    expect((await send("patient/confirm", { patientId: anew.patientId, code })).status).toBe(200)
  })

  test("an e-mail address tells nothing: registering and signing in answer alike whether it is known or not", async () => {
    const { login } = await newPatient()
    const of = (email: string) => ({ email, password: "Wrong-Horse-7-Battery" })
    const shape = ({ status, text }: { status: number; text: string }) => {
      const { requestId: _, ...rest }: Record<string, unknown> = JSON.parse(text)
      return { status, ...rest }
    }
    for (const [route, requestOf] of [
      ["patient/sign-in", of],
      ["patient/register", (email: string) => registrationWith(of(email))],
    ] as const) {
      const known = await send(route, await requestOf(login.email))
      const unknown = await send(route, await requestOf(`unknown-${login.email}`))
      expect(shape(known)).toEqual(shape(unknown))
    }
  })

  test("a locator tells nothing: one that never was and one that was removed answer alike", async () => {
    const { session, card, cardId } = await newPatientWithCard()
    await revokeCard(session, cardId)
    const removed = await send("hri/look-up", { locator: toBase64url(card.locator) })
    const never = await send("hri/look-up", { locator: text(16) })
    expectRefusal(removed, "hri-entry-unknown")
    expectRefusal(never, "hri-entry-unknown")
  })
})

test("a body of brackets, or of commas, is refused before it is parsed", async () => {
  for (const body of [`{"a":${"[".repeat(100_000)}`, `{"a":[${"1,".repeat(100_000)}1]}`])
    expectRefusal(await send("patient/sign-in", {}, { body }), "request-invalid")
})
