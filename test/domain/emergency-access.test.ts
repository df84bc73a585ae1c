import { BitString, fromBER, Integer, Sequence } from "asn1js"
import { Certificate } from "pkijs"
import { beforeEach, describe, expect, test } from "vitest"
import { RevocationMemory } from "../../certify/revocation-memory.ts"
import { RevocationFault } from "../../certify/revocation-port.ts"
import { objectKey } from "../../contract/items.ts"
import {
  deniedEventsPerCardHour,
  patientsPerProfessionalHour,
  professionalsPerCardHour,
} from "../../contract/limits.ts"
import type { RequestOf } from "../../contract/routes.ts"
import { deactivate } from "../../functions/domain/deactivation.ts"
import { emergencyAccess, grantEmergencyAccess } from "../../functions/domain/emergency-access.ts"
import { type Card, decodeCard, deriveCardKeys, encodeCard, locatorHash, makeCard } from "../../protocol/card.ts"
import { toBase64url, toHex } from "../../protocol/crypto/bytes.ts"
import { sha256 } from "../../protocol/crypto/primitives.ts"
import { openAnswer } from "../../protocol/emergency-answer.ts"
import { verifyAccount, verifyDescent, verifyManifest, verifyPage, verifyPageList } from "../../protocol/manifest.ts"
import { maxOcspBytes } from "../../protocol/primitives.ts"
import type { Descriptor } from "../../protocol/record.ts"
import { generateSealingKeyPair } from "../../protocol/sealing.ts"
import { verifySigners } from "../../protocol/signers.ts"
import { statementHash } from "../../protocol/statement.ts"
import { newId, newKey } from "../fakes/call.ts"
import { expectRefusal, type MemoryCloud, memoryCloud, refusalOf } from "../fakes/cloud.ts"
import { day, type KeyedCertificate } from "../kit/certificate.ts"
import { profession, professionalExtensions } from "../kit/certificate-extensions.ts"
import { newCertification, noLists } from "../kit/certification.ts"
import {
  accessRequest,
  ephemeralPair,
  newCard,
  newCardParts,
  openedAnswer,
  patientInOrder,
  publish,
  revoke,
  type TestCard,
  withdrawConsent,
} from "../kit/patients.ts"
import { selfMadeProfessional } from "../kit/professional.ts"
import {
  listedSigner,
  nextSigners,
  rootOf,
  signedBy,
  signedByProfessional,
  stampAt,
  type TestPatient,
} from "../kit/statements.ts"

const { authority, responder, trust, holder, ...certification } = newCertification()
const extensions = professionalExtensions([profession.physician])
const heldPhysician = certification.issue("Physician")
const physician = holder(heldPhysician)
const colleague = certification.professional("Colleague")

type Ports = Parameters<typeof emergencyAccess>[0]
let cloud: MemoryCloud
let deps: Ports
let patient: TestPatient
let card: TestCard
let summary: Descriptor
/** The number of the newest manifest, which the index has witnessed. */
let newest: number
beforeEach(async () => {
  // The responder's clock is the real one.
  cloud = await memoryCloud(new Date())
  const { store, audit, objects, calls } = cloud
  const revocation = calls.watch("revocation", {
    ...certification.revocation,
  })
  deps = { store, audit, objects, revocation, memory: new RevocationMemory(), trust, cloud: cloud.cloud }
  const made = await patientInOrder(cloud)
  patient = made.patient
  card = made.card
  summary = made.summary
  newest = (await manifestOf()).number
  calls.steps.length = 0
})

const manifestOf = async () => {
  const [manifest] = await cloud.store.read([{ kind: "manifest", patientId: patient.patientId }])
  if (manifest === undefined) throw new Error("no manifest")
  return manifest
}
const asking = async (claims: object = {}, by = physician, of: TestCard = card) => ({
  ...(await accessRequest(cloud, by, patient, of, claims)),
  witness: newest,
})
const opening = async (request: RequestOf<"hcp/emergency-access">, changed: Partial<Ports> = {}) =>
  openedAnswer(cloud, patient, request, await emergencyAccess({ ...deps, ...changed }, request, cloud.call))
const denied = (outcome: Parameters<typeof expectRefusal>[2]) => [{ action: "emergency-access" as const, outcome }]
const grants = () => cloud.item("GRANT#")
const permitted = () =>
  cloud.trail.eventsOf(patient.patientId).filter((e) => e.action === "emergency-access" && e.outcome === "permitted")

describe("an emergency access", () => {
  test("gives the share, the keys, the manifest and signed downloads of the summary, and nothing more", async () => {
    const answer = await opening(await asking())
    const { patientId } = patient
    expect(answer).toMatchObject({
      cloudShare: card.cloudShare,
      wrappedCategoryKeys: card.wrappedCategoryKeys,
      keyHistory: [{ category: "summary", epoch: 1, previous: [] }],
      summary: [summary],
      expiresAt: new Date(cloud.now.getTime() + 3_600_000).toISOString(),
    })
    expect(cloud.buckets.signed).toEqual([
      { method: "GET", bucket: "records", key: objectKey(patientId, summary), at: cloud.now },
    ])
    expect(answer.urls).toMatchObject([{ recordId: summary.recordId, version: 1 }])
    expect(JSON.stringify(answer)).not.toContain(card.proofKey)
  })

  test("keeps a grant that names the professional by thumbprint and its event, and of the ticket only its hash", async () => {
    const request = await asking()
    const { grantId, ticket } = await opening(request)
    const event = cloud.trail.all().at(-1)
    expect(grants()).toMatchObject([
      {
        grantId,
        cardId: card.cardId,
        account: physician.account,
        certificate: physician.certificate,
        alg: physician.alg,
        profession: "physician",
        consentRevision: 1,
        statement: request.statement,
        event,
      },
    ])
    expect(event).toMatchObject({ action: "emergency-access", subject: { grantId } })
    expect(JSON.stringify(cloud.snapshot())).not.toContain(ticket)
  })

  test("writes the event before the grant, and the grant before anything is signed", async () => {
    await opening(await asking())
    expect(cloud.calls.steps).toEqual([
      "store.read",
      "audit.head",
      "revocation.ask",
      "audit.append",
      "store.write",
      "objects.downloadUrl",
    ])
  })

  test("is an event that says who, by which certificate, under which policy, and what", async () => {
    const request = await asking()
    const { grantId, expiresAt } = await opening(request)
    expect(permitted()).toMatchObject([
      {
        actor: { kind: "hcp", account: physician.account, certificate: physician.certificate, profession: "physician" },
        subject: {
          grantId,
          cardId: card.cardId,
          categories: ["summary"],
          records: [{ recordId: summary.recordId, version: 1 }],
          statementHash: await statementHash(request.statement),
          trustPolicyHash: trust.hash,
          manifest: { number: newest },
          expiresAt,
        },
      },
    ])
  })

  test("with a card that does not open the summary signs no download", async () => {
    const laboratoryCard = await newCard(cloud, patient, ["laboratory"])
    const answer = await opening(await asking({}, physician, laboratoryCard))
    expect([answer.summary, answer.urls, cloud.buckets.signed]).toEqual([[], [], []])
    expect(answer.keyHistory.map(({ category }) => category)).toEqual(["laboratory"])
  })

  test("ends no later than the certificate", async () => {
    const to = new Date(Math.floor(Date.now() / 1000) * 1000 + 600_000)
    const leaving = holder(authority.issue("Leaving", { extensions, to }))
    expect((await opening(await asking({}, leaving))).expiresAt).toBe(to.toISOString())
  })

  test("may be had by several professionals at once", async () => {
    const answers = await Promise.all([opening(await asking()), opening(await asking({}, colleague))])
    expect(new Set(answers.map(({ grantId }) => grantId)).size).toBe(2)
    expect(cloud.trail.eventsOf(patient.patientId).map(({ seq }) => seq)).toEqual(
      cloud.trail.eventsOf(patient.patientId).map((_, i) => i + 1),
    )
  })
})

describe("the answer to an emergency access", () => {
  test("holds all that a professional's app verifies: who signs, what they signed, and the account key", async () => {
    const { signers, manifest, links, account, pageList, summary: listed } = await opening(await asking())
    const { patientId, fingerprint } = patient
    const { cloudId } = cloud.cloud
    const list = await verifySigners(signers, { fingerprint, record: { cloudId, patientId } })
    const { number, hash } = await manifestOf()
    const read = await verifyManifest(manifest, { signers: list, patientId, cloudId })
    await verifyDescent(read, links, { number, hash })
    await verifyAccount(read, account)
    if (pageList === undefined) throw new Error("no list of the summary's pages")
    await verifyPageList(read, "summary", pageList)
    await verifyPage(pageList, 0, listed)
  })

  test("leads back to the manifest that the index has witnessed, however far", async () => {
    const { patientId, fingerprint } = patient
    const { cloudId } = cloud.cloud
    const witness = await manifestOf()
    for (let i = 0; i < 9; i++) await publish(cloud, patient)
    const { signers, manifest, links } = await opening({ ...(await asking()), witness: witness.number })
    expect(links.length).toBeGreaterThan(1)
    const list = await verifySigners(signers, { fingerprint, record: { cloudId, patientId } })
    const read = await verifyManifest(manifest, { signers: list, patientId, cloudId })
    expect(read.number).toBe(witness.number + 9)
    await verifyDescent(read, links, witness)
    await expect(verifyDescent(read, links.slice(1), witness)).rejects.toMatchObject({ code: "manifest-rolled-back" })
  })

  test("leads nowhere from a witness that the cloud has never seen: the professional's app finds that out", async () => {
    expect(await opening({ ...(await asking()), witness: newest + 1 })).toMatchObject({ links: [] })
  })

  test("is sealed, and nothing of it stands beside the seal", async () => {
    const request = await asking()
    const response = await emergencyAccess(deps, request, cloud.call)
    expect(Object.keys(response)).toEqual(["sealed"])
    const { grantId } = await openedAnswer(cloud, patient, request, response)
    expect(JSON.stringify(response)).not.toContain(grantId)
  })

  test("opens for this statement, patient and cloud alone", async () => {
    const request = await asking()
    const { sealed } = await emergencyAccess(deps, request, cloud.call)
    const asked = {
      cloudId: cloud.cloud.cloudId,
      patientId: patient.patientId,
      statementHash: await statementHash(request.statement),
    }
    const pair = await ephemeralPair()
    expect(await openAnswer(asked, pair, sealed)).toHaveProperty("cloudShare", card.cloudShare)
    for (const other of [
      { ...asked, cloudId: "other.example" },
      { ...asked, patientId: newId() },
      { ...asked, statementHash: await statementHash((await asking()).statement) },
    ])
      await expect(openAnswer(other, pair, sealed)).rejects.toMatchObject({ code: "reply-invalid" })
  })

  test("is what is granted before it is sealed", async () => {
    const answer = await grantEmergencyAccess(deps, await asking(), cloud.call)
    expect(answer).toMatchObject({
      cloudShare: card.cloudShare,
      summary: [summary],
      manifest: (await manifestOf()).manifest,
    })
    expect(grants()).toMatchObject([{ grantId: answer.grantId, event: cloud.trail.all().at(-1) }])
  })
})

describe("a thief with a photograph of a card", () => {
  /** The victim's card in force, and its server half as the victim's device made it. */
  const photographed = async () => {
    const victims = makeCard({ fingerprint: patient.fingerprint, hri: "https://hri.example" })
    const { proofKey } = await deriveCardKeys(victims.secret)
    const parts: TestCard = {
      ...newCardParts(),
      proofKey: toBase64url(proofKey),
      locatorHash: await locatorHash(victims.locator),
    }
    await newCard(cloud, patient, parts)
    return { victims, parts }
  }
  /** What an honest professional's app signs for whatever card it scans; the entry it finds leads to the victim. */
  const scanning = async (scanned: Card, { cardId }: TestCard, ephemeral = ephemeralPair()) => {
    const { proofKey } = await deriveCardKeys(scanned.secret)
    const seen = {
      ...newCardParts(),
      cardId,
      proofKey: toBase64url(proofKey),
      locatorHash: await locatorHash(scanned.locator),
    }
    const who = { patientId: patient.patientId, fingerprint: scanned.fingerprint }
    const claims = { ephemeral: (await ephemeral).publicKey }
    return { ...(await accessRequest(cloud, physician, who, seen, claims)), witness: newest }
  }
  /** As it comes out of the thief's printer and the professional's scanner. */
  const printed = (card: Card): Card => {
    const reading = decodeCard(encodeCard(card))
    if (reading.outcome !== "ok") throw new Error(reading.outcome)
    return reading.card
  }

  test("who prints its secret under a fingerprint and a locator of their own gets nothing by the professional's statement", async () => {
    const { victims, parts } = await photographed()
    const thiefs = { ...makeCard({ fingerprint: newKey(), hri: victims.hri }), secret: victims.secret }
    const forwarded = await scanning(printed(thiefs), parts)
    await expectRefusal(cloud, () => opening(forwarded), "card-refused", denied("card-refused"))
  })

  test.for(["fingerprint", "locator"] as const)("gets nothing where only the %s is the thief's", async (part) => {
    const { victims, parts } = await photographed()
    const thiefs = makeCard({ fingerprint: newKey(), hri: victims.hri })
    const forwarded = await scanning(printed({ ...victims, [part]: thiefs[part] }), parts)
    await expectRefusal(cloud, () => opening(forwarded), "card-refused", denied("card-refused"))
  })

  test("who forwards the statement for the very card gets an answer that opens for the professional alone", async () => {
    const { victims, parts } = await photographed()
    newest = (await manifestOf()).number
    const professionals = await generateSealingKeyPair()
    const forwarded = await scanning(printed(victims), parts, Promise.resolve(professionals))
    const { sealed } = await emergencyAccess(deps, forwarded, cloud.call)
    const asked = {
      cloudId: cloud.cloud.cloudId,
      patientId: patient.patientId,
      statementHash: await statementHash(forwarded.statement),
    }
    const thiefs = await generateSealingKeyPair()
    await expect(openAnswer(asked, thiefs, sealed)).rejects.toMatchObject({ code: "reply-invalid" })
    expect(await openAnswer(asked, professionals, sealed)).toMatchObject({ cloudShare: parts.cloudShare })
  })

  test("who puts their own ephemeral key into the statement breaks the professional's signature", async () => {
    const { victims, parts } = await photographed()
    const { statement, witness } = await scanning(printed(victims), parts)
    const [header, payload = "", signature] = statement.split(".")
    const claims: object = JSON.parse(Buffer.from(payload, "base64url").toString())
    const changed = { ...claims, ephemeral: (await generateSealingKeyPair()).publicKey }
    const forged = `${header}.${Buffer.from(JSON.stringify(changed)).toString("base64url")}.${signature}`
    await expectRefusal(cloud, () => opening({ statement: forged, witness }), "statement-invalid")
  })
})

describe("an emergency access is refused", () => {
  test("for a patient or card that isn't known, and leaves no event", async () => {
    const unknown = await asking({}, physician, { ...card, cardId: newId() })
    await expectRefusal(cloud, () => opening(unknown), "card-refused")
    const nobody = await accessRequest(cloud, physician, { ...patient, patientId: newId() }, card)
    await expectRefusal(cloud, () => opening(nobody), "card-refused")
  })

  test("for another patient's card", async () => {
    const other = await patientInOrder(cloud)
    const request = await accessRequest(cloud, physician, other.patient, card)
    await expectRefusal(cloud, () => opening(request), "card-refused")
  })

  test("for a revoked card", async () => {
    await revoke(cloud, patient, card)
    const request = await asking()
    await expectRefusal(cloud, () => opening(request), "card-refused", denied("card-refused"))
  })

  test("for a card that is revoked, though its secrets were still there", async () => {
    const { patientId } = patient
    const [stored] = await cloud.store.read([{ kind: "card", patientId, cardId: card.cardId }])
    if (stored === undefined) throw new Error("no card")
    await cloud.store.write([{ put: { ...stored, status: "revoked", revision: stored.revision + 1 } }])
    const request = await asking()
    await expectRefusal(cloud, () => opening(request), "card-refused", denied("card-refused"))
  })

  test("for a patient without a manifest", async () => {
    const { patientId } = patient
    const { revision } = await manifestOf()
    await cloud.store.write([{ remove: { kind: "manifest", patientId }, revision }])
    const request = await asking()
    await expectRefusal(cloud, () => opening(request), "card-refused", denied("card-refused"))
  })

  test("for an account that is being deactivated, and once it is as if there had been none", async () => {
    const statement = await signedBy(rootOf(patient), cloud, "deactivation", {})
    const deactivating = () => deactivate(cloud, patient.patientId, { statement }, cloud.call)
    const request = await asking()
    cloud.calls.before("objects.destroySome", async () => {
      throw new Error("interrupted")
    })
    await expect(deactivating()).rejects.toThrow("interrupted")
    await expectRefusal(cloud, () => opening(request), "card-refused", denied("card-refused"))
    await deactivating()
    await expectRefusal(cloud, () => opening(request), "card-refused")
  })

  test("with a proof by another key, or for another statement, card, patient, cloud, certificate or ephemeral key", async () => {
    const { cardId } = card
    const { patientId, fingerprint } = patient
    const ephemeral = (await ephemeralPair()).publicKey
    const rest = { patientId, cardId, fingerprint, locatorHash: card.locatorHash, ephemeral }
    const wrong = [
      await asking({}, physician, { ...card, proofKey: newKey() }),
      await asking({ proof: "A".repeat(43) }),
      // The proof of one statement in another.
      await (async () => {
        const stamp = stampAt(cloud.now)
        const { statement } = await asking(stamp)
        const { proof } = JSON.parse(Buffer.from(statement.split(".")[1] ?? "", "base64url").toString()) as {
          proof: string
        }
        return asking({ proof })
      })(),
      // A colleague's proof under one's own certificate.
      await (async () => {
        const stamp = stampAt(cloud.now)
        const { statement } = await asking(stamp, colleague)
        const { proof } = JSON.parse(Buffer.from(statement.split(".")[1] ?? "", "base64url").toString()) as {
          proof: string
        }
        return {
          statement: await signedByProfessional(physician, cloud, "emergency-access", { ...rest, ...stamp, proof }),
          witness: newest,
        }
      })(),
      // The proof of an access whose answer another reads, with one's own ephemeral key.
      await (async () => {
        const stamp = stampAt(cloud.now)
        const { statement } = await asking({ ...stamp, ephemeral: (await generateSealingKeyPair()).publicKey })
        const { proof } = JSON.parse(Buffer.from(statement.split(".")[1] ?? "", "base64url").toString()) as {
          proof: string
        }
        return asking({ ...stamp, proof })
      })(),
    ]
    for (const request of wrong)
      await expectRefusal(cloud, () => opening(request), "card-refused", denied("card-refused"))
  })

  test("for an ephemeral key that is none, before anything is looked up", async () => {
    const { publicKey } = await ephemeralPair()
    const wrong = [
      { ...publicKey, p256: { ...publicKey.p256, y: publicKey.p256.x } },
      // A coefficient of the lattice is below 3329.
      { ...publicKey, mlkem768: "_".repeat(publicKey.mlkem768.length) },
    ]
    for (const ephemeral of wrong) {
      const request = await asking({ ephemeral })
      cloud.calls.steps.length = 0
      await expectRefusal(cloud, () => opening(request), "statement-invalid")
      expect(cloud.calls.steps).toEqual([])
    }
  })

  test("while what is read of the account is not of one publication with the manifest", async () => {
    const { patientId } = patient
    const [account, page] = await cloud.store.read([
      { kind: "patient", patientId },
      { kind: "manifest-page", patientId, category: "summary", page: 0 },
    ])
    if (account?.signers === undefined || account.accountKey === undefined || page === undefined)
      throw new Error("not in order")
    const signers = [await listedSigner(patient.keys, cloud.now)]
    const next = await nextSigners(patient, cloud, account.signers, { signers })
    const otherKey = { ...account.accountKey, publicKey: (await generateSealingKeyPair()).publicKey }
    const later = [
      { ...account, signers: [...account.signers, next] },
      { ...account, accountKey: otherKey },
      { ...page, descriptors: [...page.descriptors, ...page.descriptors] },
      { ...page, descriptors: [] },
    ]
    for (const item of later) {
      const kept = item.kind === "patient" ? account : page
      const revision = kept.revision + 1
      await cloud.store.write([{ put: { ...item, revision } }])
      const request = await asking()
      await expectRefusal(cloud, () => opening(request), "busy", denied("busy"))
      await cloud.store.write([{ remove: kept, revision }])
      for (let at = 1; at <= kept.revision; at++) await cloud.store.write([{ put: { ...kept, revision: at } }])
    }
    expect(await opening(await asking())).toHaveProperty("cloudShare")
  })

  test("without the patient's consent, never given or withdrawn", async () => {
    await withdrawConsent(cloud, patient, "emergency-share")
    const request = await asking()
    await expectRefusal(cloud, () => opening(request), "consent-missing", denied("consent-missing"))
  })

  test.for([
    ["certificate-untrusted", () => selfMadeProfessional()],
    [
      "certificate-untrusted",
      () =>
        holder(
          authority.issue("X", { extensions: professionalExtensions([profession.physician], { policy: ["1.2.3"] }) }),
        ),
    ],
    ["certificate-expired", () => holder(authority.issue("X", { extensions, to: new Date(Date.now() - day) }))],
    ["certificate-expired", () => holder(authority.issue("X", { extensions, from: new Date(Date.now() + day) }))],
    [
      "profession-not-allowed",
      () => holder(authority.issue("X", { extensions: professionalExtensions([profession.insuredPerson]) })),
    ],
    ["profession-not-allowed", () => holder(authority.issue("X", { extensions: professionalExtensions([]) }))],
    [
      "certificate-revoked",
      () => {
        const held = authority.issue("X", { extensions })
        authority.revoke(held)
        return holder(held)
      },
    ],
  ] as const)("to whom certification finds %s", async ([code, make]) => {
    const request = await asking({}, make())
    await expectRefusal(cloud, () => opening(request), code, denied(code))
  })

  test("while revocation can't be asked", async () => {
    const answers: (() => Promise<Uint8Array<ArrayBuffer>>)[] = [
      async () => {
        throw new Error("unreachable")
      },
      async () => new Uint8Array(),
      async () => new Uint8Array(100),
    ]
    for (const ask of answers) {
      const request = await asking()
      await expectRefusal(
        cloud,
        () => opening(request, { revocation: { ask, ...noLists } }),
        "revocation-unavailable",
        denied("revocation-unavailable"),
      )
      // Nothing was used up: the same statement works once the responder answers again.
      expect(await opening(request)).toHaveProperty("cloudShare")
      cloud.buckets.signed.length = 0
    }
  })

  test("for a statement that was used, also by way of another card", async () => {
    const stamp = stampAt(cloud.now)
    const request = await asking(stamp)
    await opening(request)
    await expectRefusal(cloud, () => opening(request), "statement-replayed", denied("statement-replayed"))
    const second = await newCard(cloud, patient)
    const again = await asking(stamp, physician, second)
    await expectRefusal(cloud, () => opening(again), "statement-replayed", denied("statement-replayed"))
    expect(await opening(await asking(stamp, colleague))).toHaveProperty("cloudShare")
  })

  test("for a stale or altered statement, or one for another cloud, and leaves no event", async () => {
    for (const seconds of [-121, 121]) {
      const stale = await asking({ iat: Math.floor(cloud.now.getTime() / 1000) + seconds })
      await expectRefusal(cloud, () => opening(stale), "statement-stale")
    }
    const { statement } = await asking()
    const [header, , signature] = statement.split(".")
    const other = (await asking()).statement.split(".")[1]
    await expectRefusal(
      cloud,
      () => opening({ statement: `${header}.${other}.${signature}`, witness: newest }),
      "statement-invalid",
    )
    for (const claims of [{ aud: "other.example" }, { more: 1 }]) {
      const request = await asking(claims)
      await expectRefusal(cloud, () => opening(request), "statement-invalid")
    }
  })

  test("for the statement of another kind of action", async () => {
    const statement = await signedByProfessional(physician, cloud, "contribution", { patientId: patient.patientId })
    await expectRefusal(cloud, () => opening({ statement, witness: newest }), "statement-invalid")
  })
})

describe("an emergency access that fails at any call", () => {
  test.for([1, 2, 3, 4, 5, 6].flatMap((call) => (["asked", "answered"] as const).map((when) => [call, when] as const)))(
    "(%i, %s) releases nothing, leaves no grant without its event, and works when asked anew",
    async ([call, when]) => {
      const request = await asking()
      cloud.calls.steps.length = 0
      cloud.calls.failAt(call, when)
      await expect(opening(request)).rejects.toThrow()
      cloud.calls.mend()
      expect(grants().length).toBeLessThanOrEqual(permitted().length)
      if (call < 6) expect(cloud.buckets.signed).toEqual([])
      if (call < 4) expect(permitted()).toEqual([])
      if (call < 5) expect(grants()).toEqual([])
      expect(await opening(await asking())).toMatchObject({ cloudShare: card.cloudShare, summary: [summary] })
      expect(grants().length).toBeLessThanOrEqual(permitted().length)
    },
  )
})

describe("an emergency access that races", () => {
  const racing = async (meanwhile: () => Promise<unknown>) => {
    const request = await asking()
    cloud.calls.before("store.write", meanwhile)
    const code = await refusalOf(opening(request))
    expect([grants(), cloud.buckets.signed]).toEqual([[], []])
    expect(cloud.trail.eventsOf(patient.patientId).at(-1)).toMatchObject({ action: "emergency-access", outcome: code })
    return { code, request }
  }

  test("the revocation of its card releases nothing", async () => {
    const { code, request } = await racing(() => revoke(cloud, patient, card))
    expect(code).toBe("busy")
    await expectRefusal(cloud, () => opening(request), "card-refused", denied("card-refused"))
  })

  test("the withdrawal of the consent releases nothing", async () => {
    const { code, request } = await racing(() => withdrawConsent(cloud, patient, "emergency-share"))
    expect(code).toBe("busy")
    await expectRefusal(cloud, () => opening(request), "consent-missing", denied("consent-missing"))
  })

  test("the deactivation of the account releases nothing, though only the account is closed so far", async () => {
    const statement = await signedBy(rootOf(patient), cloud, "deactivation", {})
    const { code } = await racing(async () => {
      cloud.calls.before("objects.destroySome", async () => {
        throw new Error("interrupted")
      })
      await expect(deactivate(cloud, patient.patientId, { statement }, cloud.call)).rejects.toThrow("interrupted")
    })
    expect(code).toBe("busy")
  })

  test("itself is granted once", async () => {
    const request = await asking()
    cloud.calls.before("store.write", () => opening(request))
    expect(await refusalOf(opening(request))).toBe("statement-replayed")
    expect([grants().length, cloud.buckets.signed.length]).toEqual([1, 1])
  })

  test("another event keeps its own, at the end of an unbroken chain", async () => {
    cloud.calls.before("audit.append", () => publish(cloud, patient))
    await opening(await asking())
    const chain = cloud.trail.eventsOf(patient.patientId)
    expect(chain.at(-1)).toMatchObject({ action: "emergency-access", prev: chain.at(-2)?.hash, seq: chain.length })
  })
})

describe("an emergency access too many", () => {
  const stands = async (subject: string, of: readonly string[]) => {
    const at = Math.floor(cloud.now.getTime() / 1000)
    const [found] = await cloud.store.read([{ kind: "rate", subject }])
    const entries = of.map((of) => ({ at, of }))
    const revision = (found?.revision ?? 0) + 1
    await cloud.store.write([{ put: { kind: "rate", subject, revision, entries, ttl: at + 3600 } }])
  }
  const many = (n: number) => Array.from({ length: n }, (_, i) => `${i}`)
  const ofPhysician = () => `professional#${physician.account}`
  const ofCard = () => `card#${patient.patientId}#${card.cardId}`

  test("by one professional is refused before their authority is asked, and is one event however often it is tried", async () => {
    await stands(ofPhysician(), many(patientsPerProfessionalHour))
    const request = await asking()
    cloud.calls.steps.length = 0
    await expectRefusal(cloud, () => opening(request), "rate-exceeded", denied("rate-exceeded"))
    expect(cloud.calls.steps).not.toContain("revocation.ask")
    const again = await asking()
    await expectRefusal(cloud, () => opening(again), "rate-exceeded")
    expect(await opening(await asking({}, colleague))).toHaveProperty("cloudShare")
  })

  test("by one professional stays too many with a second certificate of the same key", async () => {
    await stands(ofPhysician(), many(patientsPerProfessionalHour))
    const second = { ...selfMadeProfessional(physician.keys), account: "unused" }
    const request = await asking({}, second)
    await expectRefusal(cloud, () => opening(request), "rate-exceeded", denied("rate-exceeded"))
  })

  test("by one card is refused, and another card of the patient still opens", async () => {
    await stands(ofCard(), many(professionalsPerCardHour))
    const request = await asking()
    await expectRefusal(cloud, () => opening(request), "rate-exceeded", denied("rate-exceeded"))
    expect(await opening(await asking({}, physician, await newCard(cloud, patient)))).toHaveProperty("cloudShare")
  })

  test("is what the second of two at the same moment is, where one is left; else both are permitted, each once", async () => {
    await stands(ofCard(), many(professionalsPerCardHour - 1))
    cloud.calls.before("store.write", async () => opening(await asking({}, colleague)))
    expect(await refusalOf(opening(await asking()))).toBe("rate-exceeded")
    expect(grants()).toHaveLength(1)

    await stands(ofCard(), [])
    cloud.calls.before("store.write", async () => opening(await asking({}, colleague)))
    await opening(await asking())
    expect([grants().length, cloud.item("RATE#card#").length]).toEqual([3, 1])
    expect(cloud.item("RATE#card#")).toMatchObject([
      { entries: [{ of: colleague.account }, { of: physician.account }] },
    ])
  })

  test("is counted where it is granted, in the same write, and nowhere else", async () => {
    cloud.calls.failAt(5, "asked")
    await expect(opening(await asking())).rejects.toThrow()
    cloud.calls.mend()
    const counted = () => [
      ...cloud.item("RATE#professional#"),
      ...cloud.item("RATE#card#"),
      ...cloud.item("RATE#denied#"),
    ]
    expect(counted()).toEqual([])
    await opening(await asking())
    expect(counted()).toMatchObject([
      { entries: [{ of: patient.patientId }] },
      { entries: [{ of: physician.account }] },
    ])
  })

  test("that loses to others again and again is told that we are busy, and is not granted", async () => {
    const others = Array.from({ length: 3 }, (_, i) => many(i + 1))
    const losing = async () => {
      const next = others.shift()
      if (next === undefined) return
      await stands(ofCard(), next)
      cloud.calls.before("store.write", losing)
    }
    const request = await asking()
    cloud.calls.before("store.write", losing)
    expect(await refusalOf(opening(request))).toBe("busy")
    expect(grants()).toEqual([])
  })

  test("with wrong proofs is never: who has the card is not shut out, and the trail is not filled", async () => {
    const stranger = selfMadeProfessional()
    const wrong = () => asking({ proof: "A".repeat(43) }, stranger)
    const before = cloud.trail.all().length
    for (let i = 0; i < deniedEventsPerCardHour + 5; i++)
      expect(await refusalOf(opening(await wrong()))).toBe("card-refused")
    expect(cloud.trail.all().length - before).toBe(deniedEventsPerCardHour + 1)
    expect(await opening(await asking())).toHaveProperty("cloudShare")
  })

  test("of a card nobody has leaves nothing at all", async () => {
    const request = await asking({}, physician, { ...card, cardId: newId() })
    cloud.calls.steps.length = 0
    expect(await refusalOf(opening(request))).toBe("card-refused")
    expect(cloud.calls.steps).toEqual(["store.read", "audit.head"])
  })
})

describe("a certificate with a second form", () => {
  /** The same certificate with the other signature that is as valid, (r, n - s): another SHA-256 of the same key. */
  const secondForm = (der: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> => {
    const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
    const certificate = Certificate.fromBER(der)
    const { result } = fromBER(certificate.signatureValue.valueBlock.valueHexView)
    const [r, s] = (result as Sequence).valueBlock.value as [Integer, Integer]
    const signature = new Sequence({ value: [r, Integer.fromBigInt(order - s.toBigInt())] })
    certificate.signatureValue = new BitString({ valueHex: signature.toBER() })
    return new Uint8Array(certificate.toSchema(false).toBER())
  }

  test("is of the same professional: one account, one use of a statement's number", async () => {
    const [leaf, ...authorities] = physician.chain
    const der = secondForm(leaf!)
    const twin = { ...physician, certificate: toHex(await sha256(der)), chain: [der, ...authorities] }
    expect(twin.certificate).not.toBe(physician.certificate)
    const stamp = stampAt(cloud.now)
    await opening(await asking(stamp, physician))
    const again = await asking(stamp, twin)
    await expectRefusal(cloud, () => opening(again), "statement-replayed", denied("statement-replayed"))
    await opening(await asking({}, twin))
    const [first, second] = grants()
    expect(first).toMatchObject({ account: physician.account, certificate: physician.certificate })
    expect(second).toMatchObject({ account: physician.account, certificate: twin.certificate })
  })
})

describe("the OCSP answer that an access rests on", () => {
  const asked = (more: (answer: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer> = (answer) => answer) => {
    const answers: Uint8Array<ArrayBuffer>[] = []
    const ask = async (url: string, question: Uint8Array<ArrayBuffer>) => {
      const answer = more(await certification.revocation.ask(url, question))
      answers.push(answer)
      return answer
    }
    return { answers, revocation: { ...certification.revocation, ask } }
  }

  test("is kept with the grant, as the authority gave it", async () => {
    const { answers, revocation } = asked()
    await opening(await asking(), { revocation })
    expect(grants()).toMatchObject([{ ocsp: toBase64url(answers[0] ?? new Uint8Array()) }])
  })

  test("is not kept where it is longer than any that a device takes, and the access is given", async () => {
    const long = await authority.answer(authority.request(heldPhysician), responder, {
      certificates: [responder, ...Array.from({ length: 24 }, () => authority.self)],
    })
    expect(long.length).toBeGreaterThan(maxOcspBytes)
    const { revocation } = asked(() => long)
    await opening(await asking(), { revocation })
    expect(grants()).toHaveLength(1)
    expect(grants()[0]).not.toHaveProperty("ocsp")
  })
})

describe("an OCSP answer beside the statement", () => {
  const down = { ask: () => Promise.reject(new RevocationFault("timeout")), ...noLists }
  const stapling = () => {
    const [anchor] = trust.policy.anchors
    const order: ("stapled" | "ocsp")[] = ["stapled", "ocsp"]
    const anchors = [{ ...anchor!, revocation: { ...anchor!.revocation, order } }]
    return { revocation: down, trust: { ...trust, policy: { ...trust.policy, anchors } } }
  }
  const answerFor = async (held: KeyedCertificate) =>
    toBase64url(await authority.answer(authority.request(held), responder))

  test("opens the record while the responder is down, where the trust policy takes it", async () => {
    const ocsp = await answerFor(heldPhysician)
    expect(await opening({ ...(await asking()), ocsp }, stapling())).toHaveProperty("cloudShare")
    expect(grants()).toMatchObject([{ ocsp }])
    const request = { ...(await asking()), ocsp }
    await expectRefusal(
      cloud,
      () => opening(request, { revocation: down }),
      "revocation-unavailable",
      denied("revocation-unavailable"),
    )
  })

  test("of somebody else opens nothing, and tells the operator why by words of ours", async () => {
    const ocsp = await answerFor(authority.issue("Other", { extensions }))
    const request = { ...(await asking()), ocsp }
    const error: unknown = await opening(request, stapling()).catch((error: unknown) => error)
    expect(error).toMatchObject({
      code: "revocation-unavailable",
      cause: { words: ["stapled-other-certificate", "ocsp-timeout"] },
    })
  })
})

describe("the trail", () => {
  test("names no person, holds no key, token or address, and the certificate only by its thumbprint", async () => {
    const request = await asking()
    const { ticket, cloudShare, urls } = await opening(request)
    const text = JSON.stringify(cloud.trail.all())
    const [leaf] = physician.chain
    expect(text).toContain(leaf && toHex(await sha256(leaf)))
    for (const secret of [
      ticket,
      cloudShare,
      card.proofKey,
      request.statement,
      patient.email,
      "Physician",
      ...urls.map(({ url }) => url),
    ])
      expect(text).not.toContain(secret)
  })
})
