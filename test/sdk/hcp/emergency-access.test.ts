import { describe, expect, test } from "vitest"
import type { ResponseOf } from "../../../contract/routes.ts"
import { deriveCardKeys, locatorHash } from "../../../protocol/card.ts"
import { toBase64url, utf8 } from "../../../protocol/crypto/bytes.ts"
import { sealUnder } from "../../../protocol/crypto/envelope.ts"
import { signStatement } from "../../../protocol/statement.ts"
import { certifiedBy } from "../../../sdk/certified.ts"
import { lookUp } from "../../../sdk/hcp/card.ts"
import { contribute } from "../../../sdk/hcp/contribute.ts"
import { emergencyAccess, readSummaryRecords } from "../../../sdk/hcp/emergency-access.ts"
import { keptOf, resumeAccess } from "../../../sdk/hcp/kept-access.ts"
import { listRecords } from "../../../sdk/hcp/records.ts"
import { endAccess } from "../../../sdk/hcp/session.ts"
import { exportAuditTrail, verifyAuditExport } from "../../../sdk/patient/audit-export.ts"
import { startEpoch } from "../../../sdk/patient/cards.ts"
import { readContents } from "../../../sdk/patient/contents.ts"
import { listGrants } from "../../../sdk/patient/grants.ts"
import { uploadRecord } from "../../../sdk/patient/records.ts"
import { stamp } from "../../../sdk/stamp.ts"
import { jsonOf, jsonReply, type Network } from "../../kit/network.ts"
import { accessBy, documentOf } from "../../kit/people.ts"
import { changed, counting, newCard, useWorld, without } from "../../kit/world.ts"

const world = useWorld()
const online = world.over

const patientWithCard = async () => {
  const account = await world.patient()
  const made = await online(async () => {
    await uploadRecord(account.session, documentOf("summary", "allergic to penicillin"))
    return newCard(account.session)
  })
  return { ...account, ...made }
}

describe("a card that a thief has printed anew", () => {
  test("with the victim's secret under another fingerprint or locator opens nothing: the victim's cloud compares both", async () => {
    const victim = await patientWithCard()
    const thief = await patientWithCard()
    const entry = await online(() => lookUp(victim.card))
    for (const forged of [
      { ...victim.card, fingerprint: thief.card.fingerprint },
      { ...victim.card, locator: thief.card.locator },
    ])
      await expect(online(() => emergencyAccess(forged, entry, world.memory.physician))).rejects.toMatchObject({
        code: "card-refused",
      })
  })
})

describe("the answer to an access", () => {
  test("comes in one request, sealed: what passes on the way names and opens nothing", async () => {
    const { card } = await patientWithCard()
    const { asked, between } = counting()
    let passed = ""
    const access = await online(
      () => accessBy(card, world.memory.physician),
      (network) =>
        between(
          changed("hcp/emergency-access", (reply) => {
            passed = new TextDecoder().decode(reply.body)
            return reply
          })(network),
        ),
    )
    expect(asked).toEqual(["hri/look-up", "hcp/emergency-access"])
    expect(Object.keys(JSON.parse(passed) as object)).toEqual(["sealed"])
    for (const secret of [access.ticket, access.grantId]) expect(passed).not.toContain(secret)
    const [summary] = await online(() => readSummaryRecords(access))
    expect(Buffer.from(summary?.bytes ?? []).toString()).toBe("allergic to penicillin")
  })

  test("is good for its statement alone: another's is refused", async () => {
    const { card } = await patientWithCard()
    let first: unknown
    await online(
      () => accessBy(card, world.memory.physician),
      changed("hcp/emergency-access", (reply) => {
        first = jsonOf(reply)
        return reply
      }),
    )
    const replayed = changed("hcp/emergency-access", () => jsonReply(first))
    await expect(online(() => accessBy(card, world.memory.physician), replayed)).rejects.toMatchObject({
      name: "IntegrityFailure",
      code: "reply-invalid",
    })
  })

  test("brings the newest keys of the card, of an epoch that began a moment ago", async () => {
    const { session, card } = await patientWithCard()
    const access = await online(() => accessBy(card, world.memory.physician))
    await online(() => startEpoch(session, ["summary"]))
    const renewed = await online(() => accessBy(card, world.memory.physician))
    expect(renewed.keys.newest("summary").epoch).toBe(access.keys.newest("summary").epoch + 1)
    expect(renewed.manifest.number).toBeGreaterThan(access.manifest.number)
  })
})

describe("an index entry", () => {
  test("by a thief, for the victim's record under the thief's fingerprint, is refused before anything is signed", async () => {
    const victim = await patientWithCard()
    const thief = await patientWithCard()
    const { secret } = victim.card
    const forged = { ...victim.card, fingerprint: thief.card.fingerprint, locator: thief.card.locator }
    const { signers: _, ...entry } = await online(() => lookUp(victim.card))
    const { signerLists } = await online(() => readContents(thief.session))
    const { entryKey } = await deriveCardKeys(secret)
    const by = async (led: object) => {
      const sealed = await sealUnder(entryKey, utf8(JSON.stringify({ ...entry, ...led })))
      return signStatement({
        typ: "hri-entry",
        alg: "ES256",
        privateKey: thief.session.keys.signing.privateKey,
        kid: thief.session.signerId,
        payload: {
          aud: "index.example",
          ...stamp(),
          locatorHash: await locatorHash(forged.locator),
          sequence: 1,
          parent: null,
          signers: signerLists,
          action: "put",
          entry: sealed,
        },
      })
    }
    for (const led of [{}, { cloud: "https://evil.example" }]) {
      const statement = await by(led)
      const { asked, between } = counting()
      const shown = (network: Network) => between(changed("hri/look-up", () => jsonReply({ statement }))(network))
      await expect(online(() => accessBy(forged, world.memory.physician), shown)).rejects.toMatchObject({
        code: "entry-invalid",
      })
      expect(asked).toEqual(["hri/look-up"])
    }
    // Of the thief's own record it is believed, and leads to nobody else's.
    const own = await by({ patientId: thief.session.patientId })
    const leading = changed("hri/look-up", () => jsonReply({ statement: own }))
    expect(await online(() => lookUp(forged), leading)).toMatchObject({ patientId: thief.session.patientId })
  })
})

describe("receipts", () => {
  test("come with the session and with each addition, and the patient's trail is held against them", async () => {
    const { session, card } = await patientWithCard()
    const access = await online(() => accessBy(card, world.memory.physician))
    expect(access.receipts).toEqual([])
    await online(() => listRecords(access, "document"))
    expect(access.receipts).toHaveLength(1)
    await online(() => contribute(access, documentOf("document", "a finding")))
    expect(access.receipts).toHaveLength(2)
    expect(access.receipts[0]?.statement).toBe(access.statement)
    await world.memory.sign()
    const whole = await online(() => exportAuditTrail(session))
    const verdict = await verifyAuditExport(whole, { receipts: access.receipts })
    expect(verdict).toMatchObject({ signed: [{ did: "access" }, { did: "addition" }], unsigned: 0 })
    // Each with the authority's answer for the access.
    for (const each of verdict.signed)
      expect(await certifiedBy(world.memory.trustPolicy, each)).toMatchObject({ outcome: "certified", wasValid: true })
    const [opened, added] = whole.signed
    if (opened === undefined || added === undefined) throw new Error("a signature is missing")
    expect(await verifyAuditExport({ ...whole, signed: [added] })).toMatchObject({ unsigned: 1, signed: [{}] })
    for (const signed of [[opened, opened], [{ ...opened, statement: access.statement.replace(/.$/, "!") }]])
      await expect(verifyAuditExport({ ...whole, signed })).rejects.toMatchObject({ name: "IntegrityFailure" })
    const [first, second] = access.receipts
    if (first === undefined || second === undefined) throw new Error("a receipt is missing")
    const swapped = [{ ...first, receipt: second.receipt }]
    await expect(verifyAuditExport(whole, { receipts: swapped })).rejects.toMatchObject({ code: "receipt-invalid" })
    const other = await patientWithCard()
    const theirs = await online(() => exportAuditTrail(other.session))
    await expect(verifyAuditExport(theirs, { receipts: [second] })).rejects.toMatchObject({ name: "IntegrityFailure" })
    await expect(verifyAuditExport({ ...theirs, signed: [opened] })).rejects.toMatchObject({ code: "access-differs" })
  })

  test("delay no summary: it is read though no session can be had", async () => {
    const { card } = await patientWithCard()
    const access = await online(() => accessBy(card, world.memory.physician), without("hcp/session"))
    expect(await online(() => readSummaryRecords(access), without("hcp/session"))).toHaveLength(1)
  })

  test("of another statement, or of another place in the trail, are refused", async () => {
    const { card } = await patientWithCard()
    const one = await online(() => accessBy(card, world.memory.physician))
    const two = await online(() => accessBy(card, world.memory.paramedic))
    await online(() => listRecords(one, "document"))
    const [kept] = one.receipts
    const swapped = changed("hcp/session", (reply) =>
      jsonReply({ ...(jsonOf(reply) as ResponseOf<"hcp/session">), receipt: kept?.receipt }),
    )
    await expect(online(() => listRecords(two, "document"), swapped)).rejects.toMatchObject({ code: "receipt-invalid" })
    expect(two.receipts).toEqual([])
  })
})

describe("an access that is kept for a page loaded anew", () => {
  test("goes on: it reads, lists and adds as before, and ends", async () => {
    const { card, session } = await patientWithCard()
    const access = await online(() => accessBy(card, world.memory.physician))
    const kept = keptOf(access)
    access.keys.forget()
    const { asked, between } = counting()
    const resumed = await online(() => resumeAccess(kept, world.memory.physician), between)
    expect(asked).toEqual([])
    const [summary] = await online(() => readSummaryRecords(resumed))
    expect(summary?.bytes).toEqual(documentOf("summary", "allergic to penicillin").content)
    expect(await online(() => listRecords(resumed, "summary"))).toHaveLength(1)
    await online(() => contribute(resumed, documentOf("document", "a note")))
    await online(() => endAccess(resumed))
    expect(await online(() => listGrants(session))).toMatchObject([{ grantId: access.grantId, status: "ended" }])
  })

  test("holds nothing by which another access could be asked for, and no professional's key", async () => {
    const { card } = await patientWithCard()
    const kept = new TextDecoder().decode(keptOf(await online(() => accessBy(card, world.memory.physician))))
    const { qrHalf, proofKey, entryKey } = await deriveCardKeys(card.secret)
    for (const secret of [card.secret, card.locator, qrHalf, proofKey, entryKey])
      expect(kept).not.toContain(toBase64url(secret))
    expect(kept).not.toMatch(/privateKey|credential/)
  })

  test("is refused where it isn't one", async () => {
    for (const other of ["{}", "[]", "", "null"])
      await expect(resumeAccess(utf8(other), world.memory.physician)).rejects.toMatchObject({ code: "reply-invalid" })
  })
})
