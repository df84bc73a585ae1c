import { compactVerify } from "jose/jws/compact/verify"
import { beforeEach, describe, expect, test } from "vitest"
import * as z from "zod/mini"
import { getConsent, revokeConsent, signConsent } from "../../functions/domain/consents.ts"
import { deactivate } from "../../functions/domain/deactivation.ts"
import { consentReceipt } from "../../protocol/claims.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { consentKinds } from "../../protocol/primitives.ts"
import { statementHash } from "../../protocol/statement.ts"
import { newId } from "../fakes/call.ts"
import { expectRefusal, type MemoryCloud, memoryCloud, refusalOf } from "../fakes/cloud.ts"
import { consentRequest, giveConsent, newPatient, withdrawConsent } from "../kit/patients.ts"
import { rootOf, signedBy, stampAt, type TestPatient } from "../kit/statements.ts"

let cloud: MemoryCloud
let patient: TestPatient
beforeEach(async () => {
  cloud = await memoryCloud()
  patient = await newPatient(cloud)
})
const sign = (request: Awaited<ReturnType<typeof consentRequest>>, patientId = patient.patientId, call = cloud.call) =>
  signConsent(cloud, patientId, request, call)
const get = (kind: "store" | "emergency-share" = "store") => getConsent(cloud, patient.patientId, { kind })

describe("a consent", () => {
  test.for(consentKinds)("to %s is shown before it is given, and the same each time", async (kind) => {
    const shown = await get(kind)
    expect(shown).toMatchObject({ kind, status: "none", document: { resourceType: "Consent" } })
    expect(shown.documentHash).toBe(await canonicalHash(shown.document))
    expect(await get(kind)).toEqual(shown)
    expect(JSON.stringify(shown.document)).toContain(patient.patientId)
  })

  test("is in force once both have signed; the provider's signature names the patient's", async () => {
    const request = await consentRequest(cloud, patient, "store")
    const { receipt } = await sign(request)
    const { payload, protectedHeader } = await compactVerify(receipt, cloud.providerKeys.list.first)
    expect(protectedHeader).toEqual({ alg: "ES256", typ: "consent-receipt", kid: cloud.provider.kid })
    expect(z.parse(consentReceipt, JSON.parse(new TextDecoder().decode(payload)))).toEqual({
      iss: cloud.cloud.cloudId,
      iat: cloud.now.getTime() / 1000,
      statementHash: await statementHash(request.statement),
    })
    expect(await get()).toMatchObject({ status: "active", statement: request.statement, receipt })
    expect(cloud.trail.eventsOf(patient.patientId).at(-1)).toMatchObject({
      action: "sign-consent",
      subject: { consent: "store", statementHash: await statementHash(request.statement) },
    })
  })

  test("keeps every signed version", async () => {
    await giveConsent(cloud, patient, "store")
    await withdrawConsent(cloud, patient, "store")
    await giveConsent(cloud, patient, "store")
    expect(cloud.item("CONSENT-VERSION#store").map((item) => "status" in item && item.status)).toEqual([
      "active",
      "inactive",
      "active",
    ])
    expect(await get()).toMatchObject({ status: "active" })
    expect(await get("emergency-share")).toMatchObject({ status: "none" })
  })

  test("sent again is answered as the first time and changes nothing", async () => {
    const request = await consentRequest(cloud, patient, "store")
    const first = await sign(request)
    const [once, events] = [cloud.snapshot(), cloud.trail.all()]
    expect(await sign(request)).toEqual(first)
    expect([cloud.snapshot(), cloud.trail.all()]).toEqual([once, events])
  })

  test("replayed after it was withdrawn is refused, and no event says otherwise", async () => {
    const request = await consentRequest(cloud, patient, "emergency-share")
    await sign(request)
    await withdrawConsent(cloud, patient, "emergency-share")
    await expectRefusal(cloud, () => sign(request), "statement-replayed")
  })

  test("replayed while it is being withdrawn is refused", async () => {
    const request = await consentRequest(cloud, patient, "emergency-share")
    // Between the first look at what has been used and the write.
    cloud.calls.before("provider.sign", async () => {
      await sign(request)
      await withdrawConsent(cloud, patient, "emergency-share")
    })
    expect(await refusalOf(sign(request))).toBe("statement-replayed")
    expect(await get("emergency-share")).toMatchObject({ status: "inactive" })
  })

  test.for(["provider.sign", "store.write"])(
    "sent twice at once, the other before the first's %s, is answered as the other",
    async (step) => {
      const request = await consentRequest(cloud, patient, "emergency-share")
      let other: unknown
      cloud.calls.before(step, async () => (other = await sign(request)))
      expect(await sign(request)).toEqual(other)
      expect(cloud.item("CONSENT-VERSION")).toHaveLength(1)
    },
  )

  test("sent twice at once, the other after the first has read, is answered as the other", async () => {
    const request = await consentRequest(cloud, patient, "emergency-share")
    let other: unknown
    cloud.calls.after("store.read", async () => (other = await sign(request)))
    expect(await sign(request)).toEqual(other)
    expect(cloud.item("CONSENT-VERSION")).toHaveLength(1)
  })

  test.for([
    ["of another kind than the path says", { kind: "emergency-share" }],
    ["that withdraws", { status: "inactive" }],
    ["with a claim too many", { more: 1 }],
    ["for another cloud", { aud: "other.example" }],
    ["about another patient", { patientId: newId() }],
  ] as const)("can't be given by a statement %s", async ([, claims]) => {
    const request = await consentRequest(cloud, patient, "store", claims)
    await expectRefusal(cloud, () => sign(request), "statement-invalid")
  })

  test("can't be withdrawn by the statement that gives it", async () => {
    await giveConsent(cloud, patient, "store")
    const request = await consentRequest(cloud, patient, "store")
    await expectRefusal(cloud, () => revokeConsent(cloud, patient.patientId, request, cloud.call), "statement-invalid")
  })

  test("to another text than the one shown is refused", async () => {
    const other = await canonicalHash({ other: "text" })
    const given = await consentRequest(cloud, patient, "store", { documentHash: other })
    await expectRefusal(cloud, () => sign(given), "consent-document-changed")
    await giveConsent(cloud, patient, "store")
    const withdrawn = await consentRequest(cloud, patient, "store", { status: "inactive", documentHash: other })
    await expectRefusal(
      cloud,
      () => revokeConsent(cloud, patient.patientId, withdrawn, cloud.call),
      "consent-document-changed",
    )
  })

  test("that was never given, or is withdrawn already, can't be withdrawn", async () => {
    const request = await consentRequest(cloud, patient, "store", { status: "inactive" })
    await expectRefusal(cloud, () => revokeConsent(cloud, patient.patientId, request, cloud.call), "consent-missing")
    await giveConsent(cloud, patient, "store")
    await withdrawConsent(cloud, patient, "store")
    const again = await consentRequest(cloud, patient, "store", { status: "inactive" })
    await expectRefusal(cloud, () => revokeConsent(cloud, patient.patientId, again, cloud.call), "consent-missing")
  })

  test("that is in force shows, and is withdrawn by, the text that was signed, whatever the provider says today", async () => {
    await giveConsent(cloud, patient, "store")
    const signed = await get()
    const renamed = { ...cloud, cloud: { ...cloud.cloud, title: "Another Title" } }
    expect(await getConsent(renamed, patient.patientId, { kind: "store" })).toEqual(signed)
    const { documentHash } = signed
    const request = await consentRequest(cloud, patient, "store", { status: "inactive", documentHash })
    await revokeConsent(renamed, patient.patientId, request, cloud.call)
    const after = await getConsent(renamed, patient.patientId, { kind: "store" })
    expect(after.status).toBe("inactive")
    expect(JSON.stringify(after.document)).toContain("Another Title")
  })

  test("is shown to nobody whose account is not active", async () => {
    const statement = await signedBy(rootOf(patient), cloud, "deactivation", {})
    cloud.calls.before("objects.destroySome", async () => {
      throw new Error("interrupted")
    })
    await expect(deactivate(cloud, patient.patientId, { statement }, cloud.call)).rejects.toThrow("interrupted")
    expect(await refusalOf(get())).toBe("account-deactivated")
  })

  test("of a stale moment, or of nobody here, is refused", async () => {
    const request = await consentRequest(cloud, patient, "store", stampAt(new Date(cloud.now.getTime() - 121_000)))
    await expectRefusal(cloud, () => sign(request), "statement-stale")
    await expectRefusal(cloud, () => sign(request, newId()), "not-found")
  })

  test("by another patient's signature is refused", async () => {
    const other = await newPatient(cloud)
    const request = await consentRequest(cloud, { ...patient, keys: other.keys }, "store")
    await expectRefusal(cloud, () => sign(request), "statement-invalid")
    await expectRefusal(cloud, () => sign(request, other.patientId), "statement-invalid")
  })

  test("given twice at once is given once", async () => {
    const [one, two] = [await consentRequest(cloud, patient, "store"), await consentRequest(cloud, patient, "store")]
    cloud.calls.before("store.write", () => sign(two))
    expect(await refusalOf(sign(one))).toBe("busy")
    expect(await get()).toMatchObject({ status: "active", statement: two.statement })
    expect(cloud.item("CONSENT-VERSION")).toHaveLength(1)
  })

  test("that fails at any call is either not given or given whole, and mended by asking again", async () => {
    for (const when of ["asked", "answered"] as const)
      for (let call = 1; call <= 5; call++) {
        cloud = await memoryCloud()
        patient = await newPatient(cloud)
        const request = await consentRequest(cloud, patient, "store")
        cloud.calls.failAt(call, when)
        await expect(sign(request)).rejects.toThrow(/failed|lost/)
        cloud.calls.mend()
        const { receipt } = await sign(request)
        expect(await get()).toMatchObject({ status: "active", receipt })
        expect(cloud.item("CONSENT-VERSION")).toHaveLength(1)
        expect(cloud.trail.all().filter(({ action }) => action === "sign-consent").length).toBeGreaterThan(0)
      }
  })

  test("is an event before it is in force", async () => {
    cloud.calls.steps.length = 0
    await giveConsent(cloud, patient, "store")
    expect(cloud.calls.steps).toEqual(["store.read", "store.read", "provider.sign", "audit.append", "store.write"])
  })
})
