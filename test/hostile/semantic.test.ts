import { beforeAll, beforeEach, describe, expect, test } from "vitest"
import { lyingInClear, sealedFor } from "../../attack/operator.ts"
import type { RequestOf, ResponseOf, RouteName } from "../../contract/routes.ts"
import { sealToAccount } from "../../protocol/account-key.ts"
import { encodeCard, locatorHash, makeCard as newCard, sealedCard } from "../../protocol/card.ts"
import { fromBase64url, toBase64url } from "../../protocol/crypto/bytes.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { randomBytes, sha256 } from "../../protocol/crypto/primitives.ts"
import type { EmergencyAnswer } from "../../protocol/emergency-answer.ts"
import { signStatement, statementHash } from "../../protocol/statement.ts"
import { lookUp } from "../../sdk/hcp/card.ts"
import { contribute } from "../../sdk/hcp/contribute.ts"
import { emergencyAccess, readSummaryRecords } from "../../sdk/hcp/emergency-access.ts"
import { listRecords as listAsHcp } from "../../sdk/hcp/records.ts"
import { signIn } from "../../sdk/patient/account.ts"
import { readAuditTrail } from "../../sdk/patient/audit-trail.ts"
import { makeCard, revokeCard, startEpoch } from "../../sdk/patient/cards.ts"
import { changeCard } from "../../sdk/patient/change-card.ts"
import { getConsent, revokeConsent, signConsent } from "../../sdk/patient/consents.ts"
import { readContents } from "../../sdk/patient/contents.ts"
import { approveContribution, listContributions } from "../../sdk/patient/contributions.ts"
import { deactivateAccount } from "../../sdk/patient/deactivation.ts"
import { haltGrant, listGrants } from "../../sdk/patient/grants.ts"
import { listCards } from "../../sdk/patient/held-cards.ts"
import { listRecords } from "../../sdk/patient/listed.ts"
import { listVersions, uploadRecord } from "../../sdk/patient/records.ts"
import { callAsPatient, type PatientSession, placeOf, signAsPatient } from "../../sdk/patient/session.ts"
import { stamp } from "../../sdk/stamp.ts"
import { cloudAddress, hriAddress, type MemoryNetwork, memoryNetwork } from "../kit/memory-network.ts"
import { jsonReply, lying, type Network, over, requestIn } from "../kit/network.ts"
import { newAccount } from "../kit/new-account.ts"
import { cardIn, documentOf, freshly } from "../kit/people.ts"
import { sealRecord } from "../sdk/sealed.ts"

let memory: MemoryNetwork
let honest: Network
beforeAll(async () => {
  memory = await memoryNetwork()
  honest = memory.network
})

let count = 0
let session: PatientSession
let phrase: string
let card: ReturnType<typeof cardIn>
let cardId: string
beforeEach(() =>
  over(honest, async () => {
    ;({ session, phrase } = await newAccount(cloudAddress, `semantic-${++count}@example.org`))
    await uploadRecord(session, documentOf("summary", "the summary"))
    await uploadRecord(session, documentOf("medication", "an allergy"))
    const made = await makeCard(session, { hri: hriAddress, categories: ["summary", "medication"] })
    card = cardIn(made.text)
    cardId = made.cardId
  }),
)

const access = async (by = memory.physician) => emergencyAccess(card, await lookUp(card), by)
/** What an honest cloud answers at this moment, to be told again later. */
const now = <N extends Extract<RouteName, `patient/${string}`>>(name: N, request: RequestOf<N>) =>
  over(honest, () => callAsPatient(session, name, request))
const refusedAs = (code: string, network: Network, run: () => Promise<unknown>) =>
  expect(over(network, run)).rejects.toMatchObject({ code })

/** The cloud, with what it answers an access by the patient's card with changed before it is sealed. */
const inClear = (lie: (answer: EmergencyAnswer) => unknown) =>
  lyingInClear(honest, { session, card, cardId }, memory.paramedic, lie)

/** The network, and every request of a route that went over it. */
const watching = <N extends RouteName>(name: N, network: Network) => {
  const sent: RequestOf<N>[] = []
  const watched: Network = (asked) => {
    if (asked.route === name) sent.push(requestIn(name, asked) as RequestOf<N>)
    return network(asked)
  }
  return { watched, sent }
}

describe("an older state told again", () => {
  test("an old manifest with its own key ring and pages is refused by the device that has seen a newer", async () => {
    const old = await now("patient/get-manifest", {})
    const oldPage = await now("patient/get-manifest-page", { category: "summary", page: "0" })
    await over(honest, () => uploadRecord(session, documentOf("summary", "a newer summary")))
    const replaying = lying(honest, { "patient/get-manifest": () => old, "patient/get-manifest-page": () => oldPage })
    await refusedAs("manifest-rolled-back", replaying, () => listRecords(session))
  })

  test("an old answer to a professional is refused, since the index has witnessed a newer manifest", async () => {
    let old: EmergencyAnswer | undefined
    await over(
      inClear((answer) => (old = answer)),
      () => access(),
    )
    await over(honest, () => uploadRecord(session, documentOf("summary", "a newer summary")))
    await refusedAs(
      "manifest-rolled-back",
      inClear(() => old),
      () => access(memory.paramedic),
    )
  })

  test("two pasts for two devices: what one device signed on another past is refused by the other", async () => {
    const { manifest } = await over(honest, () => readContents(session))
    const { aud: _, iat: __, jti: ___, patientId: ____, checkpoint: _____, ...claims } = manifest.claims
    const another = { ...claims, number: manifest.number + 1, previous: await canonicalHash("another past"), skips: [] }
    const signed = await signAsPatient(session, "manifest", another)
    const forking = lying(honest, { "patient/get-manifest": (answer) => ({ ...answer, manifest: signed }) })
    await refusedAs("manifest-rolled-back", forking, () => listRecords(session))
  })

  test("a consent that was withdrawn is not shown as given, nor as never given", async () => {
    const kind = "emergency-share"
    const active = await now("patient/get-consent", { kind })
    const { statement } = await over(honest, async () => revokeConsent(session, await getConsent(session, kind)))
    expect(session.memory.consents?.[kind]?.statementHash).toBe(await statementHash(statement))
    // As if an hour had passed before it: within a few minutes two devices' clocks may disagree on which came first.
    session.memory.consents = { [kind]: { iat: stamp().iat + 3600, statementHash: await statementHash(statement) } }
    const replaying = lying(honest, { "patient/get-consent": () => active })
    await refusedAs("consent-invalid", replaying, () => getConsent(session, kind))
    const forgetting = lying(honest, {
      "patient/get-consent": ({ document, documentHash }) => ({ kind, status: "none", document, documentHash }),
    })
    await refusedAs("consent-invalid", forgetting, () => getConsent(session, kind))
  })

  test("the text of one consent is not shown for the other", async () => {
    const store = await now("patient/get-consent", { kind: "store" })
    await refusedAs("consent-invalid", lying(honest, { "patient/get-consent": () => store }), () =>
      getConsent(session, "emergency-share"),
    )
  })

  test("a consent that the patient never signed is not shown as given, though the provider countersigned it", async () => {
    const consent = await now("patient/get-consent", { kind: "store" })
    const forged = lying(honest, { "patient/get-consent": () => ({ ...consent, status: "inactive" }) })
    await refusedAs("consent-invalid", forged, () => getConsent(session, "store"))
  })

  test("a countersignature of an earlier signature is not taken for one of the new", async () => {
    const { receipt } = await now("patient/get-consent", { kind: "store" })
    await refusedAs(
      "consent-receipt-invalid",
      lying(honest, { "patient/sign-consent": () => ({ receipt }) }),
      async () => signConsent(session, await getConsent(session, "store")),
    )
  })
})

describe("cards that the cloud makes up or keeps alive", () => {
  const contentOf = (text: string) =>
    sealedCard({ cloudShare: randomBytes(32), frontSecret: randomBytes(16), name: "", text })
  const madeUp = async (categories: ResponseOf<"patient/list-cards">["cards"][number]["categories"]) => {
    const forged = newCard({ fingerprint: session.fingerprint, hri: hriAddress })
    const { accountKey, keyRing } = await over(honest, () => readContents(session))
    const cardId = toBase64url(randomBytes(16))
    const object = { kind: "card", object: cardId, epoch: 0 } as const
    return {
      cardId,
      status: "active" as const,
      createdAt: new Date().toISOString(),
      categories,
      locatorHash: await locatorHash(forged.locator),
      hri: hriAddress,
      keys: categories.map((category) => ({ category, epoch: keyRing.categories[category].epoch })),
      sealed: await sealToAccount(placeOf(session), accountKey.publicKey, object, contentOf(encodeCard(forged))),
    }
  }

  test("a card that only the cloud made is given no key of a new epoch", async () => {
    const forged = await madeUp(["summary", "medication"])
    const { watched, sent } = watching(
      "patient/publish-manifest",
      lying(honest, { "patient/list-cards": ({ cards }) => ({ cards: [...cards, forged] }) }),
    )
    await over(watched, () => startEpoch(session, ["summary"]))
    expect(sent.map(({ publication }) => publication.cards.map((each) => each.cardId))).toEqual([[cardId]])
  })

  test("a card that stands in for one of the patient's is refused", async () => {
    const forged = await madeUp(["summary", "medication"])
    const { accountKey } = await over(honest, () => readContents(session))
    const object = { kind: "card", object: cardId, epoch: 0 } as const
    const text = contentOf(encodeCard(newCard({ fingerprint: session.fingerprint, hri: hriAddress })))
    const sealed = await sealToAccount(placeOf(session), accountKey.publicKey, object, text)
    const lies = lying(honest, { "patient/list-cards": () => ({ cards: [{ ...forged, cardId, sealed }] }) })
    await refusedAs("cards-differ", lies, () => startEpoch(session, ["summary"]))
  })

  test("another front's secret, or another name, in the place of a card's own is refused, though the cloud has its code", async () => {
    const [held] = await over(honest, () => listCards(session))
    if (held?.secrets === undefined) throw new Error("no card")
    const { cloudShare, front, text } = held.secrets
    const { accountKey } = await over(honest, () => readContents(session))
    const object = { kind: "card", object: cardId, epoch: 0 } as const
    const own = { cloudShare, frontSecret: front.secret, name: "", text }
    for (const change of [{ frontSecret: randomBytes(16) }, { name: "Wallet" }, {}]) {
      const sealed = await sealToAccount(
        placeOf(session),
        accountKey.publicKey,
        object,
        sealedCard({ ...own, ...change }),
      )
      const lies = lying(honest, { "patient/list-cards": ({ cards }) => ({ cards: [{ ...cards[0], sealed }] }) })
      await refusedAs("cards-differ", lies, () => listCards(session))
    }
  })

  test("a revoked card that the cloud says is in force is given no key", async () => {
    const before = await now("patient/list-cards", {})
    await over(honest, () => revokeCard(session, cardId))
    const { watched, sent } = watching(
      "patient/publish-manifest",
      lying(honest, { "patient/list-cards": () => before }),
    )
    await over(watched, () => startEpoch(session, ["summary"]))
    expect(sent.flatMap(({ publication }) => publication.cards)).toEqual([])
    expect(sent).toHaveLength(1)
    expect((await over(watched, () => listCards(session))).map(({ status }) => status)).toEqual(["unlisted"])
  })

  test("a card in force that the cloud says is revoked, or hides, is missed", async () => {
    const revoked = ({ cards }: ResponseOf<"patient/list-cards">) => ({
      cards: cards.map((each) => ({ ...each, sealed: undefined, status: "revoked" })),
    })
    await refusedAs("cards-differ", lying(honest, { "patient/list-cards": revoked }), () => listCards(session))
    await refusedAs("cards-differ", lying(honest, { "patient/list-cards": () => ({ cards: [] }) }), () =>
      listCards(session),
    )
  })

  test("a card that is said to open more than the patient chose is refused", async () => {
    const wider = lying(honest, {
      "patient/list-cards": ({ cards }) => ({
        cards: cards.map(({ keys = [], ...each }) => ({
          ...each,
          keys: [...keys, { category: "sensitive", epoch: 1 }],
        })),
      }),
    })
    await refusedAs("cards-differ", wider, () => startEpoch(session, ["sensitive"]))
  })

  test("a category that the card opens, and the cloud leaves out, is missed by the professional", async () => {
    for (const left of ["summary", "medication"] as const) {
      const silent = inClear(({ wrappedCategoryKeys, keyHistory, ...answer }) => ({
        ...answer,
        wrappedCategoryKeys: wrappedCategoryKeys.filter(({ category }) => category !== left),
        keyHistory: keyHistory.filter(({ category }) => category !== left),
        ...(left === "summary" ? { summary: [], urls: [] } : {}),
      }))
      await refusedAs("card-not-listed", silent, () => access())
    }
  })

  test("a card that the patient revoked opens nothing in the professional's hands, though the cloud kept its half", async () => {
    let kept: EmergencyAnswer | undefined
    const entry = await over(honest, () => lookUp(card))
    await over(
      inClear((answer) => (kept = answer)),
      () => access(),
    )
    await over(honest, () => revokeCard(session, cardId))
    const { manifest, links } = await now("patient/get-manifest", { after: String(entry.manifest.number) })
    const colluding: Network = async (asked) => {
      if (asked.route !== "hcp/emergency-access") return honest(asked)
      const { statement } = requestIn("hcp/emergency-access", asked) as RequestOf<"hcp/emergency-access">
      return jsonReply({ sealed: await sealedFor(statement, { ...kept, manifest, links }) })
    }
    await refusedAs("card-not-listed", colluding, () => emergencyAccess(card, entry, memory.physician))
  })

  test("a card that opens less now opens no more in the professional's hands, though the cloud kept its old keys", async () => {
    let kept: EmergencyAnswer | undefined
    const before = await over(honest, () => lookUp(card))
    await over(
      inClear((answer) => (kept = answer)),
      () => access(),
    )
    await over(honest, () => changeCard(session, cardId, { categories: ["summary"] }))
    const { manifest, links } = await now("patient/get-manifest", { after: String(before.manifest.number) })
    const colluding =
      (more: Partial<EmergencyAnswer>): Network =>
      async (asked) => {
        if (asked.route !== "hcp/emergency-access") return honest(asked)
        const { statement } = requestIn("hcp/emergency-access", asked) as RequestOf<"hcp/emergency-access">
        return jsonReply({ sealed: await sealedFor(statement, { ...kept, ...more }) })
      }
    await refusedAs("card-not-listed", colluding({ manifest, links }), () =>
      emergencyAccess(card, before, memory.physician),
    )
    const entry = await over(honest, () => lookUp(card))
    await refusedAs("manifest-rolled-back", colluding({}), () => emergencyAccess(card, entry, memory.physician))
    expect((await over(honest, () => access())).categories).toEqual(["summary"])
  })
})

describe("accesses and additions that the cloud tells otherwise", () => {
  test("an access that nobody ended is not shown as ended; one that is hidden is shown as unlisted", async () => {
    await over(honest, () => access())
    const halted = lying(honest, {
      "patient/list-grants": ({ grants }) => ({ grants: grants.map((grant) => ({ ...grant, status: "halted" })) }),
    })
    await refusedAs("access-differs", halted, () => listGrants(session))
    const ended = lying(honest, {
      "patient/list-grants": ({ grants }) => ({ grants: grants.map((grant) => ({ ...grant, status: "ended" })) }),
    })
    await refusedAs("access-differs", ended, () => listGrants(session))
    const hiding = lying(honest, { "patient/list-grants": () => ({ grants: [] }) })
    expect(await over(hiding, () => listGrants(session))).toMatchObject([
      { status: "unlisted", profession: "physician", categories: ["summary", "medication"] },
    ])
  })

  test("a halt that the cloud forgets starts a new epoch all the same; a grant it doesn't know is refused", async () => {
    const running = await over(honest, () => access())
    const forgetful = lying(honest, {
      "patient/list-grants": ({ grants }) => ({ grants: grants.map((grant) => ({ ...grant, status: "active" })) }),
    })
    await over(forgetful, () => haltGrant(session, running))
    const { keyRing } = await over(honest, () => readContents(session))
    const { summary, medication, imaging } = keyRing.categories
    expect([summary.epoch, medication.epoch, imaging.epoch]).toEqual([2, 2, 1])
    const pretending: Network = async (asked) => (asked.route === "patient/halt-grant" ? jsonReply({}) : honest(asked))
    await refusedAs("access-differs", pretending, () => haltGrant(session, { grantId: toBase64url(randomBytes(16)) }))
  })

  /** What an operator can make: a professional's statement by a key of their own, sealed to the patient's account key. */
  const fabricated = async (listed: ResponseOf<"patient/list-contributions">["contributions"][number]) => {
    const { physician } = memory
    const { patientId, cloud, fingerprint } = session
    const { accountKey } = await over(honest, () => readContents(session))
    const contributionId = toBase64url(randomBytes(16))
    const place = { recordId: contributionId, version: 1 }
    const ownKey = { epoch: 1, key: randomBytes(32) }
    const { descriptor, dataKey, sealed } = await sealRecord(
      patientId,
      place,
      documentOf("medication", "a falsified prescription"),
      ownKey,
      new Date(),
    )
    const object = { kind: "contribution", object: contributionId, epoch: ownKey.epoch } as const
    const statement = await signStatement({
      typ: "contribution",
      alg: physician.alg,
      privateKey: physician.privateKey,
      x5c: physician.chain,
      payload: {
        aud: cloud.cloudId,
        ...stamp(),
        patientId,
        grantId: listed.grantId,
        fingerprint,
        descriptor,
        account: accountKey.number,
        sealedKey: await sealToAccount(placeOf(session), accountKey.publicKey, object, dataKey),
      },
    })
    return { contribution: { ...listed, contributionId, statement }, sealed }
  }

  test("an addition that the operator made up can't be read nor approved, even with an event in the trail", async () => {
    await over(honest, async () => contribute(await access(), documentOf("medication", "a true prescription")))
    const { contributions } = await now("patient/list-contributions", {})
    const [genuine] = contributions
    if (genuine === undefined) throw new Error("there is no contribution")
    const { contribution } = await fabricated(genuine)
    const only = lying(honest, { "patient/list-contributions": () => ({ contributions: [contribution] }) })
    await refusedAs("access-differs", only, () => listContributions(session))

    // The operator writes the trail, too: what no device has seen yet can be made up.
    const events = await over(honest, () => readAuditTrail(session))
    const last = events.at(-1)
    const told = events.find(({ action }) => action === "contribute")
    const unsigned = {
      ...structuredClone(told),
      seq: (last?.seq ?? 0) + 1,
      prev: last?.hash,
      subject: {
        ...told?.subject,
        contributionId: contribution.contributionId,
        statementHash: await statementHash(contribution.statement),
      },
    }
    const { hash: _, ...event } = unsigned as { hash?: string }
    const forged = { ...event, seq: unsigned.seq, hash: await canonicalHash(event) }
    const both = lying(honest, {
      "patient/list-contributions": () => ({ contributions: [contribution] }),
      "patient/read-audit-trail": (answer, asked) =>
        Number(asked.url.searchParams.get("after") ?? 0) < forged.seq
          ? { ...answer, events: [...answer.events, forged] }
          : answer,
    })
    const [listed] = await over(both, () => listContributions(session))
    expect(listed).toMatchObject({ contributionId: contribution.contributionId })
    expect(listed?.metadata).toBeUndefined()
    if (listed !== undefined) await refusedAs("record-unreadable", both, () => approveContribution(session, listed))
  })

  test("a decision that the patient did not sign is not shown as theirs, nor that of another addition", async () => {
    await over(honest, async () => {
      const running = await access()
      await contribute(running, documentOf("medication", "one"))
      await contribute(running, documentOf("medication", "two"))
      const [first] = await listContributions(session)
      if (first !== undefined) await approveContribution(session, first)
    })
    const decided = lying(honest, {
      "patient/list-contributions": ({ contributions }) => {
        const decision = contributions.find(({ status }) => status === "approved")?.decision
        return { contributions: contributions.map((each) => ({ ...each, status: "approved", decision })) }
      },
    })
    await refusedAs("decision-invalid", decided, () => listContributions(session))
  })

  test("what the patient has approved is not shown to the next professional as unreviewed", async () => {
    const running = await over(honest, () => access())
    await over(honest, () => contribute(running, documentOf("medication", "an addition")))
    let pending: ResponseOf<"hcp/list-records">["contributions"] = []
    const noting = lying(honest, { "hcp/list-records": (answer) => ((pending = answer.contributions), answer) })
    await over(noting, () => listAsHcp(running, "medication"))
    expect(pending).toHaveLength(1)
    await over(honest, async () => {
      const [added] = await listContributions(session)
      if (added !== undefined) await approveContribution(session, added)
    })
    const replaying = lying(honest, { "hcp/list-records": (answer) => ({ ...answer, contributions: pending }) })
    await refusedAs("contribution-invalid", replaying, () => listAsHcp(running, "medication"))
    const listed = await over(honest, () => listAsHcp(running, "medication"))
    expect(listed.map(({ unreviewed }) => unreviewed)).toEqual([undefined, undefined])
  })

  test("another patient's trail is refused, by a device that has never seen its own", async () => {
    const other = await over(honest, async () => {
      const { session: theirs } = await newAccount(cloudAddress, `semantic-${++count}@example.org`)
      return callAsPatient(theirs, "patient/read-audit-trail", {})
    })
    const { audit: _, checkpoint: __, ...fresh } = session.memory
    const newcomer = freshly(session, fresh)
    const swapped = lying(honest, { "patient/read-audit-trail": () => other, "patient/get-checkpoint": () => ({}) })
    await refusedAs("audit-trail-cut", swapped, () => readAuditTrail(newcomer))
    const emptied = lying(honest, { "patient/read-audit-trail": () => ({ events: [] }) })
    await refusedAs("audit-trail-cut", emptied, () => readAuditTrail(newcomer))
  })

  test("a trail that was cut behind what the device has seen is refused", async () => {
    await over(honest, () => readAuditTrail(session))
    const cut = lying(honest, { "patient/read-audit-trail": ({ events }) => ({ events: events.slice(0, -1) }) })
    await refusedAs("audit-trail-cut", cut, () => readAuditTrail(freshly(session)))
  })
})

test("a cloud that signs a device in to another account is found out before anything is asked", async () => {
  const other = toBase64url(randomBytes(16))
  const login = { email: `semantic-${count}@example.org`, password: "Correct-Horse-7-Battery" }
  const elsewhere = lying(honest, { "patient/sign-in": (answer) => ({ ...answer, patientId: other }) })
  await refusedAs("account-changed", elsewhere, () =>
    signIn(session.cloud, login, session.keys, structuredClone(session.memory)),
  )
})

describe("lists, addresses and answers without end", () => {
  test("a list that leads back, and one that never ends, are refused", async () => {
    const [summary] = await over(honest, () => listRecords(session))
    const id = summary?.recordId ?? ""
    const circle = lying(honest, { "patient/list-versions": (answer) => ({ ...answer, next: "again" }) })
    await refusedAs("list-endless", lying(circle, {}), async () => {
      let asked = 0
      const bounded: Network = (each) => {
        if (++asked > 50) throw new Error("it asks on")
        return circle(each)
      }
      await over(bounded, () => listVersions(session, id))
    })
    let page = 0
    const endless: Network = async (asked) =>
      asked.route === "patient/list-versions" ? jsonReply({ versions: [], next: `n${++page}` }) : honest(asked)
    await refusedAs("list-endless", endless, () => listVersions(session, id))
    const { versions } = await over(honest, () => callAsPatient(session, "patient/list-versions", { recordId: id }))
    const full: Network = async (asked) =>
      asked.route === "patient/list-versions" ? jsonReply({ versions, next: `n${++page}` }) : honest(asked)
    await refusedAs("list-endless", full, () => listVersions(session, id))
    expect(page).toBeLessThan(1100)
  })

  test("a deactivation that never gets done ends, and says that it isn't", async () => {
    const never: Network = async (asked) =>
      asked.route === "patient/deactivate" ? jsonReply({ status: "in-progress" }) : honest(asked)
    expect(await over(never, () => deactivateAccount(session, phrase))).toMatchObject({
      outcome: "ok",
      finished: false,
    })
  })

  test("a device is not sent to its owner's own network, nor made to say what it isn't asked", async () => {
    const upload = (changed: Partial<ResponseOf<"patient/upload-url">>) =>
      lying(honest, { "patient/upload-url": (answer) => ({ ...answer, ...changed }) })
    const put = () => uploadRecord(session, documentOf("summary", "another summary"))
    for (const url of [
      "http://192.168.1.1/",
      "ftp://objects.example/",
      "https://user:word@objects.example/",
      "http//x",
    ])
      await refusedAs("reply-invalid", upload({ url }), put)
    for (const name of ["authorization", "cookie", "x-forwarded-for"])
      await refusedAs("reply-invalid", upload({ headers: { [name]: "x" } }), put)
    const got = inClear((answer) => ({
      ...answer,
      urls: answer.urls.map((each) => ({ ...each, url: "http://10.0.0.1/" })),
    }))
    await refusedAs("reply-invalid", got, async () => readSummaryRecords(await access()))
  })

  test("sealed bytes of an enormous size are not asked for", async () => {
    const running = await over(honest, () => access())
    const descriptor = { ...running.summary[0], size: 10 * 1024 ** 3 } as (typeof running.summary)[number]
    const asked: string[] = []
    const watched: Network = (each) => (asked.push(each.route), honest(each))
    const { keys } = running
    await refusedAs("record-differs", watched, () => readSummaryRecords({ ...running, keys, summary: [descriptor] }))
    expect(asked).toEqual([])
  })
})

test("an index entry of another card of the same patient is refused", async () => {
  const other = await over(honest, () => makeCard(session, { hri: hriAddress, categories: ["summary"] }))
  const theirs = cardIn(other.text)
  let statement = ""
  await over(lying(honest, { "hri/look-up": (answer) => ((statement = answer.statement), answer) }), () =>
    lookUp(theirs),
  )
  await refusedAs("entry-invalid", lying(honest, { "hri/look-up": () => ({ statement }) }), () => lookUp(card))
  expect(toBase64url(await sha256(theirs.locator))).not.toBe(toBase64url(await sha256(card.locator)))
  expect(fromBase64url(card.fingerprint)).toHaveLength(32)
})
