import { beforeAll, expect, test } from "vitest"
import { sentences } from "../../bin/sentences.ts"
import { utf8 } from "../../protocol/crypto/bytes.ts"
import { generatePhrase } from "../../protocol/recovery.ts"
import { readSummaryRecords } from "../../sdk/hcp/emergency-access.ts"
import { signIn } from "../../sdk/patient/account.ts"
import { readAuditTrail } from "../../sdk/patient/audit-trail.ts"
import { listCards } from "../../sdk/patient/held-cards.ts"
import { listRecords } from "../../sdk/patient/listed.ts"
import { describeRecord, downloadRecord, uploadRecord } from "../../sdk/patient/records.ts"
import { recover } from "../../sdk/patient/recovery.ts"
import { endSigner } from "../../sdk/patient/signers.ts"
import { documentOf } from "../kit/people.ts"
import { stateOf } from "./engine.ts"
import { accessBy, newPatientWithCard, type Session } from "./people.ts"

let patient: Awaited<ReturnType<typeof newPatientWithCard>>
let phrase: string
beforeAll(async () => {
  patient = await newPatientWithCard()
  phrase = patient.account.recoveryPhrase
})

const recovered = async (typed: string): Promise<Session> => {
  const recovery = await recover(patient.session.cloud, patient.login, typed, { keepOthers: true })
  if (recovery.outcome !== "ok") throw new Error(recovery.outcome)
  return recovery.session
}

test("on a new device, password and recovery phrase bring the whole record back", async () => {
  const session = await recovered(phrase)
  expect(session).toMatchObject({ patientId: patient.session.patientId, fingerprint: patient.session.fingerprint })
  const records = await listRecords(session)
  expect(records).toEqual([patient.summary, patient.image])
  const [summary, image] = await Promise.all(records.map((descriptor) => downloadRecord(session, descriptor)))
  expect(summary?.bytes).toEqual(utf8(`summary of ${patient.login.email}`))
  expect(image?.bytes).toEqual(utf8(`image of ${patient.login.email}`))
  expect(summary?.metadata).toMatchObject({ title: `title of summary of ${patient.login.email}` })
})

test("the keys that a new device signs and opens with can't be read out of it", async () => {
  const { keys } = await recovered(phrase)
  for (const privateKey of [keys.signing.privateKey, keys.sealing.p256]) expect(privateKey.extractable).toBe(false)
})

test("the printed card vouches that the new device is shown the newest state; another patient's vouches for nothing", async () => {
  const { cloud } = patient.session
  const [card] = await listCards(patient.session)
  const text = card?.secrets?.text ?? ""
  expect(await recover(cloud, patient.login, phrase, { card: text, keepOthers: true })).toMatchObject({
    outcome: "ok",
    witnessed: true,
  })
  expect(await recover(cloud, patient.login, phrase, { keepOthers: true })).toMatchObject({
    outcome: "ok",
    witnessed: false,
  })
  const other = await newPatientWithCard()
  const [others] = await listCards(other.session)
  const before = await stateOf(patient.session)
  await expect(recover(cloud, patient.login, phrase, { card: others?.secrets?.text ?? "" })).rejects.toMatchObject({
    code: "card-not-listed",
  })
  expect(await stateOf(patient.session)).toEqual(before)
})

test("a new device signs beside the old one, until one of them is ended", async () => {
  const own = await newPatientWithCard()
  const { cloud, login, account } = { ...own, cloud: own.session.cloud }
  const recovery = await recover(cloud, login, account.recoveryPhrase, { keepOthers: true })
  if (recovery.outcome !== "ok") throw new Error(recovery.outcome)
  const { session } = recovery
  await uploadRecord(own.session, documentOf("document", "by the old device"))
  await uploadRecord(session, documentOf("document", "by the new device"))
  await endSigner(session, own.session.signerId)
  await expect(uploadRecord(own.session, documentOf("document", "too late"))).rejects.toMatchObject({ code: /./ })
  const after = await uploadRecord(session, documentOf("document", "after the end"))
  expect(after.epoch).toBe(2)
  const listed = await listRecords(session, ["document"])
  const titles = await Promise.all(listed.map(async (each) => (await describeRecord(session, each)).metadata.title))
  expect(titles).toEqual(["by the old device", "by the new device", "after the end"].map((text) => `title of ${text}`))
  await expect(accessBy("physician", own.card)).rejects.toMatchObject({ code: "hri-entry-unknown" })
})

test("the new device has the cards, and what it uploads is in the next emergency access and on the old device", async () => {
  const session = await recovered(phrase)
  const [card] = await listCards(session)
  expect(card?.secrets?.card).toEqual(patient.card)
  const added = await uploadRecord(session, documentOf("summary", "from the new device"))
  const access = await accessBy("physician", patient.card)
  expect((await readSummaryRecords(access)).map(({ bytes }) => bytes)).toContainEqual(utf8("from the new device"))
  expect((await describeRecord(patient.session, added)).metadata.title).toBe("title of from the new device")
  expect(await listRecords(patient.session)).toContainEqual(added)
})

test("the phrase is read with any spacing and capitals", async () => {
  const typed = `  ${phrase.toUpperCase().split(" ").join(" \n ")} `
  expect((await recovered(typed)).fingerprint).toBe(patient.session.fingerprint)
})

test("another phrase, a mistyped word, an exchanged or a missing one each get a sentence, and change nothing", async () => {
  const before = await stateOf(patient.session)
  const words = phrase.split(" ")
  const typed = {
    [generatePhrase()]: "phrase-of-another",
    [phrase.replace(words[3] ?? "", "hospitall")]: "phrase-word-unknown",
    [words.slice(1).join(" ")]: "phrase-length-wrong",
    "": "phrase-length-wrong",
  }
  for (const [text, outcome] of Object.entries(typed)) {
    const recovery = await recover(patient.session.cloud, patient.login, text)
    if (recovery.outcome === "ok") throw new Error("another phrase is taken")
    expect(recovery.outcome).toBe(outcome)
    expect(sentences[recovery.outcome]).toMatch(/^[A-Z].{20,}\.$/)
    for (const word of words) expect(JSON.stringify(recovery)).not.toContain(`"${word}"`)
  }
  expect(await stateOf(patient.session)).toEqual(before)
})

test("the phrase without the password brings nothing back", async () => {
  const { cloud } = patient.session
  const login = { ...patient.login, password: "Wrong-Horse-7-Battery" }
  await expect(recover(cloud, login, phrase)).rejects.toMatchObject({ code: "email-or-password-wrong" })
  const { keys, memory } = patient.account
  await expect(signIn(cloud, login, keys, memory)).rejects.toMatchObject({ code: "email-or-password-wrong" })
})

test("each recovery is an event the patient sees", async () => {
  const events = await readAuditTrail(await recovered(phrase))
  expect(events.filter(({ action }) => action === "recover").length).toBeGreaterThan(1)
})
