import { AdminGetUserCommand } from "@aws-sdk/client-cognito-identity-provider"
import { beforeAll, expect, test } from "vitest"
import { routeNames, routes } from "../../contract/routes.ts"
import { lookUp } from "../../sdk/hcp/card.ts"
import { contribute } from "../../sdk/hcp/contribute.ts"
import { type Access, emergencyAccess } from "../../sdk/hcp/emergency-access.ts"
import { listRecords } from "../../sdk/hcp/records.ts"
import { signIn } from "../../sdk/patient/account.ts"
import { verifyAuditTrail } from "../../sdk/patient/audit-trail.ts"
import { makeCard, startEpoch } from "../../sdk/patient/cards.ts"
import { approveContribution, listContributions } from "../../sdk/patient/contributions.ts"
import { deactivateAccount } from "../../sdk/patient/deactivation.ts"
import { deleteRecord, uploadRecord } from "../../sdk/patient/records.ts"
import { callAsPatient } from "../../sdk/patient/session.ts"
import { cardIn, documentOf } from "../kit/people.ts"
import { expectRefusal, secretsOf, send } from "./answers.ts"
import { cognito, itemsOf, objectsOf, outputOf, trailOf } from "./engine.ts"
import { accessBy, cloud, newPatientWithCard, professional } from "./people.ts"
import { emergencyRequest, patientSays, rootSays } from "./statements.ts"

type Patient = Awaited<ReturnType<typeof newPatientWithCard>>
let patient: Patient
let access: Access
let entry: Awaited<ReturnType<typeof lookUp>>
let secondCard: ReturnType<typeof cardIn>
let secrets: string[]
let eventsBefore: number

beforeAll(async () => {
  patient = await newPatientWithCard()
  const { session, card } = patient
  access = await accessBy("physician", card)
  await contribute(access, documentOf("document", "approved"))
  const [contribution] = await listContributions(session)
  if (contribution !== undefined) await approveContribution(session, contribution)
  await contribute(access, documentOf("document", "pending"))
  await uploadRecord(session, documentOf("imaging", "the second version"), { replaces: patient.image })
  const deleted = await uploadRecord(session, documentOf("laboratory", "deleted before"))
  await deleteRecord(session, deleted.recordId)
  for (let i = 0; i < 12; i++) await uploadRecord(session, documentOf("laboratory", `result ${i}`))
  secondCard = cardIn((await makeCard(session, { hri: cloud.hri, categories: ["summary"] })).text)
  await startEpoch(session, ["summary"])
  entry = await lookUp(card, { local: true })
  secrets = await secretsOf(patient)
  eventsBefore = (await trailOf(session)).length
  expect((await objectsOf(session, "records")).length).toBeGreaterThan(15)
  expect((await objectsOf(session, "pending")).length).toBeGreaterThan(1)
  await deactivateAccount(session, patient.account.recoveryPhrase)
})

test("nothing is left but a tombstone without keys, with the signed deactivation", async () => {
  const items = await itemsOf(patient.session)
  expect(items).toHaveLength(1)
  expect(items[0]).toMatchObject({ kind: "patient", status: "deactivated", statement: expect.any(String) })
  const { pk, sk, format, kind, revision, patientId, status, statement, createdAt, ...others } = items[0] ?? {}
  expect([pk, sk, format, kind, revision, patientId, status, statement, createdAt]).not.toContain(undefined)
  expect(others).toEqual({})
})

test("no version of any object is left, in either bucket", async () => {
  for (const bucket of ["records", "pending"] as const) expect(await objectsOf(patient.session, bucket)).toEqual([])
})

test("the index knows none of the cards", async () => {
  for (const card of [patient.card, secondCard])
    await expect(lookUp(card, { local: true })).rejects.toMatchObject({ code: "hri-entry-unknown" })
})

test("the account is gone from the identity manager, and nobody signs in to it", async () => {
  const { session, login, account } = patient
  const user = { UserPoolId: outputOf(session, "PatientPoolId"), Username: session.patientId }
  await expect(cognito.send(new AdminGetUserCommand(user))).rejects.toMatchObject({ name: "UserNotFoundException" })
  await expect(signIn(session.cloud, login, account.keys, account.memory)).rejects.toMatchObject({
    code: "email-or-password-wrong",
  })
})

test("a token from before gets nothing on any route", async () => {
  const { session, image, cardId } = patient
  const ids = {
    recordId: image.recordId,
    version: "1",
    cardId,
    grantId: access.grantId,
    category: "imaging",
    page: "0",
  }
  for (const name of routeNames.filter((name) => routes[name].actor === "patient")) {
    const request = { ...(routes[name].path.includes("{") ? ids : {}), kind: "store" }
    const known = Object.entries(request).filter(([field]) => routes[name].path.includes(`{${field}}`))
    const answer = await send(name, Object.fromEntries(known), { token: session.accessToken })
    expect(secrets.filter((secret) => answer.text.includes(secret))).toEqual([])
    if (answer.status !== 200) continue
    // What only lists finds nothing to list.
    expect(Object.values(JSON.parse(answer.text) as object)).toEqual([[]])
  }
})

test("the card, and the access it had opened, are refused", async () => {
  const { card, session } = patient
  const doctor = await professional("physician")
  await expect(emergencyAccess(card, entry, doctor)).rejects.toMatchObject({ code: "card-refused" })
  const request = await emergencyRequest(card, entry, doctor)
  expectRefusal(await send("hcp/emergency-access", request), "card-refused", secrets)
  await expect(listRecords(access, "imaging")).rejects.toMatchObject({ code: "not-found" })
  expect(await itemsOf(session)).toHaveLength(1)
})

test("the audit trail stays, whole and without a name", async () => {
  const { session, login } = patient
  const events = await trailOf(session)
  expect(events.length).toBeGreaterThan(eventsBefore)
  await verifyAuditTrail(events, session.memory.audit)
  expect(events.filter(({ action }) => action === "deactivate")).toMatchObject([{ outcome: "permitted" }])
  expect(JSON.stringify(events)).not.toContain(login.email)
})

test("asking again, by the same statement or a new one, is answered as done", async () => {
  const [{ statement } = { statement: "" }] = await itemsOf(patient.session)
  for (const signed of [String(statement), await patientSays(patient.session, "deactivation", {})])
    expect(await callAsPatient(patient.session, "patient/deactivate", { statement: signed })).toEqual({
      status: "done",
    })
  expect(await itemsOf(patient.session)).toHaveLength(1)
})

test("two requests at once end in one account gone", async () => {
  const other = await newPatientWithCard()
  const statement = await rootSays(other, "deactivation", {})
  const answers = await Promise.all(
    [1, 2].map(() => send("patient/deactivate", { statement }, { token: other.session.accessToken })),
  )
  for (const answer of answers) if (answer.status !== 200) expectRefusal(answer, "busy")
  expect(answers.some(({ status }) => status === 200)).toBe(true)
  expect(await callAsPatient(other.session, "patient/deactivate", { statement })).toEqual({ status: "done" })
  expect(await itemsOf(other.session)).toHaveLength(1)
})
