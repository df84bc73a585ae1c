import { beforeAll, describe, expect, test } from "vitest"
import { cardPng } from "../../bin/ehr/card-png.ts"
import { scanCard } from "../../bin/ehr/scan-card.ts"
import { emergencyNote } from "../../local/samples/contribution.ts"
import { dicomStudy } from "../../local/samples/dicom.ts"
import { patientOf } from "../../local/samples/document.ts"
import { eleniPapadaki } from "../../local/samples/eleni-papadaki.ts"
import type { Card } from "../../protocol/card.ts"
import { type Bytes, utf8 } from "../../protocol/crypto/bytes.ts"
import { lookUp } from "../../sdk/hcp/card.ts"
import { contribute } from "../../sdk/hcp/contribute.ts"
import { type Access, emergencyAccess, readSummaryRecords } from "../../sdk/hcp/emergency-access.ts"
import { listRecords, readRecord } from "../../sdk/hcp/records.ts"
import { sessionOf } from "../../sdk/hcp/session.ts"
import { readAuditTrail } from "../../sdk/patient/audit-trail.ts"
import { makeCard, revokeCard, startEpoch } from "../../sdk/patient/cards.ts"
import { getConsent } from "../../sdk/patient/consents.ts"
import { approveContribution, listContributions, readContribution } from "../../sdk/patient/contributions.ts"
import { haltGrant, listGrants } from "../../sdk/patient/grants.ts"
import { uploadRecord } from "../../sdk/patient/records.ts"
import { dataKeyOf } from "../../sdk/sealed-record.ts"
import { cardIn, documentOf } from "../kit/people.ts"
import { accessBy, cloud, newPatient, newPatientWithCard, professional, type Session } from "./people.ts"

const summary: Bytes = utf8(JSON.stringify(eleniPapadaki))
const image: Bytes = new Uint8Array(dicomStudy({ patient: patientOf(eleniPapadaki) }))
const note: Bytes = utf8(JSON.stringify(emergencyNote(patientOf(eleniPapadaki))))

describe("the emergency scenario, step by step", () => {
  let session: Session
  let card: Card
  let cardId: string
  let first: Access
  let second: Access

  beforeAll(async () => {
    ;({ session } = await newPatient())
    for (const kind of ["store", "emergency-share"] as const)
      expect(await getConsent(session, kind)).toMatchObject({ status: "active", receipt: expect.any(String) })
    await uploadRecord(session, {
      category: "summary",
      title: "Patient summary",
      contentType: "application/fhir+json",
      content: summary,
    })
    await uploadRecord(session, {
      category: "imaging",
      title: "CT chest",
      contentType: "application/dicom",
      content: image,
    })
    const made = await makeCard(session, { hri: cloud.hri, categories: ["summary", "imaging", "document"] })
    cardId = made.cardId
    card = cardIn(await scanCard(cardPng(made.text)))
  })

  test("the scanned card leads a professional to the summary before any session is opened", async () => {
    first = await accessBy("physician", card)
    expect(first.categories).toEqual(["summary", "imaging", "document"])
    const { number, hash } = session.memory.manifest ?? {}
    expect(first.manifest).toMatchObject({ number, hash })
    const [read, ...others] = await readSummaryRecords(first)
    expect(others).toEqual([])
    expect(read).toMatchObject({ title: "Patient summary", contentType: "application/fhir+json" })
    expect(read?.bytes).toEqual(summary)
    expect(first.opening).toBeUndefined()
  })

  test("the image is listed and read in a session, byte for byte", async () => {
    const [listed, ...others] = await listRecords(first, "imaging")
    expect(others).toEqual([])
    expect(listed?.metadata).toMatchObject({ title: "CT chest", size: image.length })
    expect((await sessionOf(first)).accessToken).toEqual(expect.any(String))
    const read = listed && (await readRecord(first, listed))
    expect(read && Buffer.from(read.bytes).equals(image)).toBe(true)
  })

  test("what the card doesn't open is refused", async () => {
    await expect(listRecords(first, "laboratory")).rejects.toMatchObject({ code: "category-not-granted" })
    await expect(contribute(first, documentOf("sensitive", "a note"))).rejects.toMatchObject({
      code: "record-unreadable",
    })
  })

  test("an addition shows to the next professional as not reviewed, with who made it", async () => {
    await contribute(first, {
      category: "document",
      title: "Emergency department note",
      contentType: "application/fhir+json",
      content: note,
    })
    second = await accessBy("paramedic", card)
    const [listed, ...others] = await listRecords(second, "document")
    expect(others).toEqual([])
    const [grant] = (await listGrants(session)).filter(({ grantId }) => grantId === first.grantId)
    expect(listed?.unreviewed?.professional.thumbprint).toBe(grant?.professional.thumbprint)
    expect((listed && (await readRecord(second, listed)))?.bytes).toEqual(note)
  })

  test("the patient sees every access and reads the addition", async () => {
    const grants = await listGrants(session)
    expect(grants).toHaveLength(2)
    expect(grants.find(({ grantId }) => grantId === first.grantId)).toMatchObject({
      profession: "physician",
      status: "active",
      categories: ["summary", "imaging", "document"],
    })
    expect(grants.find(({ grantId }) => grantId === second.grantId)).toMatchObject({ profession: "paramedic" })
    const [contribution, ...others] = await listContributions(session)
    expect(others).toEqual([])
    expect(contribution).toMatchObject({ status: "pending", metadata: { title: "Emergency department note" } })
    expect(contribution && (await readContribution(session, contribution))).toEqual(note)
  })

  test("what the patient approves is part of the record", async () => {
    const [contribution] = await listContributions(session)
    if (contribution === undefined) throw new Error("there is no contribution")
    await approveContribution(session, contribution)
    expect(await listContributions(session)).toMatchObject([{ status: "approved" }])
    const [listed, ...others] = await listRecords(second, "document")
    expect(others).toEqual([])
    expect(listed).toMatchObject({ descriptor: { recordId: contribution.contributionId } })
    expect(listed?.unreviewed).toBeUndefined()
    expect((listed && (await readRecord(second, listed)))?.bytes).toEqual(note)
  })

  test("an access that the patient halts is refused from then on; another's goes on", async () => {
    const [listed] = await listRecords(first, "imaging")
    if (listed === undefined) throw new Error("there is no image")
    await haltGrant(session, first)
    await expect(listRecords(first, "imaging")).rejects.toMatchObject({ code: "grant-halted" })
    await expect(readRecord(first, listed)).rejects.toMatchObject({ code: "grant-halted" })
    await expect(contribute(first, documentOf("document", "late"))).rejects.toMatchObject({ code: "grant-halted" })
    const { opening: _, ...again } = first
    await expect(listRecords(again, "imaging")).rejects.toMatchObject({ code: "grant-halted" })
    expect((await readRecord(second, listed)).bytes.length).toBe(image.length)
    expect((await listGrants(session)).find(({ grantId }) => grantId === first.grantId)?.status).toBe("halted")
  })

  test("after a halt, the keys a professional kept open nothing that is added later; the card opens all", async () => {
    const added = await uploadRecord(session, documentOf("imaging", "an image after the halt"))
    expect(added.epoch).toBe(2)
    const before = await first.keys.at("imaging", 1)
    await expect(first.keys.at("imaging", added.epoch)).rejects.toMatchObject({ code: "record-unreadable" })
    await expect(dataKeyOf(added, before)).rejects.toMatchObject({ code: "record-unreadable" })

    const later = await accessBy("physician", card)
    const listed = await listRecords(later, "imaging")
    expect(listed.map(({ descriptor }) => descriptor.epoch)).toEqual([1, 2])
    const texts = await Promise.all(listed.map(async (each) => (await readRecord(later, each)).bytes))
    expect(Buffer.from(texts[0] ?? []).equals(image)).toBe(true)
    expect(texts[1]).toEqual(utf8("an image after the halt"))
    expect((await readSummaryRecords(later))[0]?.bytes).toEqual(summary)
  })

  test("a revoked card opens nothing, and ends the accesses it opened", async () => {
    const entry = await lookUp(card, { local: true })
    await revokeCard(session, cardId)
    await expect(lookUp(card, { local: true })).rejects.toMatchObject({ code: "hri-entry-unknown" })
    const doctor = await professional("physician")
    await expect(emergencyAccess(card, entry, doctor)).rejects.toMatchObject({ code: "card-refused" })
    await expect(listRecords(second, "imaging")).rejects.toMatchObject({ code: "card-refused" })
  })

  test("the audit trail tells all of it, in order and unbroken, and its end is remembered", async () => {
    const events = await readAuditTrail(session)
    const told = events.map(({ action, outcome, actor }) =>
      [actor.kind === "hcp" ? actor.profession : "patient", action, ...(outcome === "permitted" ? [] : [outcome])].join(
        " ",
      ),
    )
    const inOrder = [
      "patient confirm",
      "patient publish-manifest",
      "patient sign-consent",
      "patient sign-consent",
      "patient commit",
      "patient make-card",
      "physician emergency-access",
      "physician session",
      "physician list-records",
      "physician download-url",
      "physician list-records category-not-granted",
      "physician contribute",
      "paramedic emergency-access",
      "paramedic download-url",
      "patient approve-contribution",
      "patient halt-grant",
      "patient publish-manifest",
      "physician list-records grant-halted",
      "patient commit",
      "patient revoke-card",
      "patient strike-card",
      "paramedic list-records card-refused",
    ]
    let at = 0
    for (const event of told) if (event === inOrder[at]) at++
    expect(inOrder.slice(at)).toEqual([])
    // The card is refused before anything is known of who asks but their certificate.
    expect(
      events.find(({ action, outcome }) => action === "emergency-access" && outcome === "card-refused"),
    ).toBeDefined()
    const last = events.at(-1)
    expect(session.memory.audit).toEqual({ seq: last?.seq, hash: last?.hash })
    expect((await readAuditTrail(session)).length).toBe(events.length)
  })
})

test("a new epoch alone shuts out the keys of before and renews every card", async () => {
  const { session, card } = await newPatientWithCard(["summary"])
  const { text } = await makeCard(session, { hri: cloud.hri, categories: ["summary", "laboratory"] })
  const before = await accessBy("physician", card)
  await startEpoch(session, ["summary"])
  await startEpoch(session, ["summary", "laboratory"])
  const added = await uploadRecord(session, documentOf("summary", "of the third epoch"))
  expect(added.epoch).toBe(3)
  await expect(before.keys.at("summary", 3)).rejects.toMatchObject({ code: "record-unreadable" })
  for (const each of [card, cardIn(text)]) {
    const after = await accessBy("physician", each)
    const read = await readSummaryRecords(after)
    expect(read.map(({ title }) => title)).toEqual([
      expect.stringMatching(/^title of summary of/),
      "title of of the third epoch",
    ])
  }
})
