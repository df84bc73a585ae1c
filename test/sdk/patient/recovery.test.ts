import { describe, expect, test } from "vitest"
import { nextAccountKey, shareAccountKey } from "../../../protocol/account-key.ts"
import { maxListedSigners, maxSignerLists, maxSigners, type SignerListClaims } from "../../../protocol/claims.ts"
import { toBase64url } from "../../../protocol/crypto/bytes.ts"
import { randomBytes } from "../../../protocol/crypto/primitives.ts"
import { nextEpochs } from "../../../protocol/key-ring.ts"
import { generateKeyPairs, publicKeysOf, thumbprint } from "../../../protocol/keys.ts"
import { consentKinds } from "../../../protocol/primitives.ts"
import { sealingKeyThumbprint } from "../../../protocol/sealing.ts"
import { activeSigners, verifySigners } from "../../../protocol/signers.ts"
import { signStatement, statementHash } from "../../../protocol/statement.ts"
import { lookUp } from "../../../sdk/hcp/card.ts"
import { contribute } from "../../../sdk/hcp/contribute.ts"
import { getConsent } from "../../../sdk/patient/consents.ts"
import { type Contents, readContents } from "../../../sdk/patient/contents.ts"
import { approveContribution, listContributions, rejectContribution } from "../../../sdk/patient/contributions.ts"
import { listCards } from "../../../sdk/patient/held-cards.ts"
import { listRecords } from "../../../sdk/patient/listed.ts"
import { prepare, publish, type Revision } from "../../../sdk/patient/publication.ts"
import { downloadRecord, uploadRecord } from "../../../sdk/patient/records.ts"
import { type Recovered, recover } from "../../../sdk/patient/recovery.ts"
import { callAsPatient, type PatientSession, placeOf } from "../../../sdk/patient/session.ts"
import { endSigner } from "../../../sdk/patient/signers.ts"
import { witnessesBehind } from "../../../sdk/patient/witness.ts"
import { stamp } from "../../../sdk/stamp.ts"
import { jsonOf, jsonReply, type Network, type Reply } from "../../kit/network.ts"
import { documentOf } from "../../kit/people.ts"
import { newProvider } from "../../kit/provider.ts"
import {
  again,
  before,
  changed,
  counting,
  newCard,
  physician,
  secondDevice,
  useWorld,
  without,
} from "../../kit/world.ts"

const world = useWorld()
const online = world.over

const now = () => Math.floor(Date.now() / 1000)

/** The thumbprints of signers, sorted. */
const signerNames = async (signers: SignerListClaims["signers"]) =>
  (await Promise.all(signers.map(({ signing }) => thumbprint(signing)))).toSorted()

const opened = (recovered: Recovered) => {
  if (recovered.outcome !== "ok") throw new Error(recovered.outcome)
  return recovered
}

/** Answers every GET as it was answered when it was first asked so. */
const rewinding = () => {
  const first = new Map<string, Reply>()
  let frozen = false
  const between =
    (network: Network): Network =>
    async (asked) => {
      const known = first.get(`${asked.method} ${asked.url.pathname}`)
      if (frozen && known !== undefined) return known
      const reply = await network(asked)
      if (!frozen && ["patient/get-manifest", "patient/recover"].includes(asked.route))
        first.set(`${asked.method} ${asked.url.pathname}`, reply)
      return reply
    }
  return { between, freeze: () => (frozen = true) }
}

const patientWithRecord = async () => {
  const account = await world.patient()
  const { card, text, cardId } = await online(async () => {
    await uploadRecord(account.session, documentOf("document", "kept"))
    return newCard(account.session)
  })
  return { ...account, card, text, cardId }
}

describe("recovery on a new device", () => {
  test("where the others are kept makes it one more signer, which reads, adds, and witnesses for the cards", async () => {
    const { login, phrase, session: lost, text, card } = await patientWithRecord()
    const { session, witnessed } = opened(
      await online(() => recover(lost.cloud, login, phrase, { card: text, keepOthers: true })),
    )
    expect(witnessed).toBe(true)
    const [record] = await online(() => listRecords(session))
    if (record === undefined) throw new Error("nothing is listed")
    expect(Buffer.from((await online(() => downloadRecord(session, record))).bytes).toString()).toBe("kept")
    await online(() => uploadRecord(session, documentOf("document", "from the new device")))
    expect(witnessesBehind(session)).toEqual([])
    expect((await online(() => lookUp(card))).manifest.hash).toBe(session.memory.manifest?.hash)
    const { signers } = await online(() => readContents(again(session)))
    expect(signers.claims.signers).toHaveLength(2)
    expect(activeSigners(signers.claims)).toHaveLength(2)
    expect(session.keys.signing.privateKey.extractable).toBe(false)
    expect(await online(() => listRecords(again(lost)))).toHaveLength(2)
  })

  test("witnesses for the card that it was shown, whatever the cloud says of the cards", async () => {
    const { login, phrase, session: lost, text, card } = await patientWithRecord()
    const withheld = without("patient/list-cards")
    const shown = { card: text, keepOthers: true }
    const { session } = opened(await online(() => recover(lost.cloud, login, phrase, shown), withheld))
    await online(() => uploadRecord(session, documentOf("document", "after the recovery")), withheld)
    expect(witnessesBehind(session)).toEqual([])
    expect((await online(() => lookUp(card))).manifest.hash).toBe(session.memory.manifest?.hash)
  })

  test("says that nothing vouches for the newest state where no card was shown", async () => {
    const { login, phrase, session } = await patientWithRecord()
    expect(opened(await online(() => recover(session.cloud, login, phrase))).witnessed).toBe(false)
  })

  test("is refused where the cloud shows an older state than the card's index knows, and signs nothing", async () => {
    const { login, phrase, session, text } = await patientWithRecord()
    const { between, freeze } = rewinding()
    await online(() => readContents(again(session)), between)
    await online(() => uploadRecord(session, documentOf("document", "what the cloud hides")))
    freeze()
    const { asked, between: counted } = counting()
    await expect(
      online(
        () => recover(session.cloud, login, phrase, { card: text }),
        (network) => counted(between(network)),
      ),
    ).rejects.toMatchObject({ code: "manifest-rolled-back" })
    expect(asked).not.toContain("patient/publish-manifest")
    // Or the patient would be left without any device that signs.
    expect(asked).not.toContain("patient/end-signer")
    await online(() => uploadRecord(session, documentOf("document", "the other device signs on")))
  })

  test("ends others who publish between any two of its questions before it holds what they published against the card", async () => {
    const account = await patientWithRecord()
    const { login, phrase, session, text } = account
    const thief = await online(() => secondDevice(account))
    let published = 0
    let publishing = false
    const racing =
      (network: Network): Network =>
      async (asked) => {
        const reply = await network(asked)
        if (asked.route !== "patient/get-manifest" || publishing) return reply
        publishing = true
        const tried = uploadRecord(thief, documentOf("document", `racing ${published}`))
        await tried.then(
          () => published++,
          () => undefined,
        )
        publishing = false
        return reply
      }
    const recovered = opened(await online(() => recover(session.cloud, login, phrase, { card: text }), racing))
    expect(recovered.witnessed).toBe(true)
    expect(published).toBeGreaterThan(4)
    await expect(online(() => uploadRecord(thief, documentOf("document", "ended")))).rejects.toThrow()
  })

  test("is refused with a card of somebody else's", async () => {
    const { login, phrase, session } = await patientWithRecord()
    const other = await patientWithRecord()
    const recovering = online(() => recover(session.cloud, login, phrase, { card: other.text }))
    await expect(recovering).rejects.toMatchObject({ code: "card-not-listed" })
  })

  test("is refused where the card's index names another key of the provider's, unless the patient overrules that", async () => {
    const { login, phrase, session, text } = await patientWithRecord()
    const { keys: provider } = await newProvider()
    const cloud = { ...session.cloud, provider: { ...provider, cloudId: session.cloud.cloudId } }
    const { asked, between } = counting()
    const recovering = (options: object) =>
      online(() => recover(cloud, login, phrase, { card: text, ...options }), between)
    await expect(recovering({})).rejects.toMatchObject({ code: "provider-changed" })
    expect(asked).not.toContain("patient/end-signer")
    expect(opened(await recovering({ overrule: true })).witnessed).toBe(false)
  })

  test("signs no empty record where the cloud says that there is none", async () => {
    const { login, phrase, session } = await patientWithRecord()
    const gone = changed("patient/get-manifest", () =>
      jsonReply({ type: "about:blank", status: 404, code: "not-found", requestId: "-" }, 404),
    )
    const { asked, between } = counting()
    await expect(
      online(
        () => recover(session.cloud, login, phrase),
        (network) => between(gone(network)),
      ),
    ).rejects.toMatchObject({ code: "manifest-missing" })
    expect(asked).not.toContain("patient/publish-manifest")
  })

  test("is refused under a list by which one who was ended could sign on, where the card's index knows a newer one", async () => {
    const account = await world.patient()
    const { login, phrase, session } = account
    const ended = await online(() => secondDevice(account))
    const { signers, signerLists } = await online(() => readContents(ended))
    await online(() => endSigner(session, ended.signerId))
    const { text } = await online(() => newCard(session))
    const newest = await online(() => readContents(session))
    const { publication } = await prepare(ended, { ...newest, signers, signerLists }, {})
    const { manifest } = publication
    const older =
      (network: Network): Network =>
      async (asked) => {
        const reply = await network(asked)
        if (asked.route === "patient/recover") return jsonReply({ ...(jsonOf(reply) as object), signers: signerLists })
        if (asked.route !== "patient/get-manifest") return reply
        return jsonReply({ ...(jsonOf(reply) as object), manifest, links: [], signers: signerLists })
      }
    await expect(online(() => recover(session.cloud, login, phrase, { card: text }), older)).rejects.toMatchObject({
      code: "signers-invalid",
    })
  })

  test("with other words opens nothing, and says so", async () => {
    const { login, session } = await patientWithRecord()
    const { phrase } = await patientWithRecord()
    expect(await online(() => recover(session.cloud, login, phrase))).toMatchObject({ outcome: "phrase-of-another" })
  })

  test("is refused under lists of signers that lead to another root", async () => {
    const { login, phrase, session } = await patientWithRecord()
    const other = await patientWithRecord()
    const { signerLists } = await online(() => readContents(other.session))
    const theirs = changed("patient/recover", (reply) =>
      jsonReply({ ...(jsonOf(reply) as object), signers: signerLists }),
    )
    await expect(online(() => recover(session.cloud, login, phrase), theirs)).rejects.toMatchObject({
      code: "signers-invalid",
    })
  })
})

/** What a device that was stolen, and signs still, does: fills the list with active signers and ended ones, as far as it goes, in one publication. */
const fillSigners = async (thief: PatientSession) => {
  const pairs = await Promise.all(
    Array.from({ length: maxListedSigners - 1 }, () => generateKeyPairs({ extractable: true })),
  )
  const entries = await Promise.all(
    pairs.map(async (pair) => {
      const { signing, sealing } = await publicKeysOf(pair)
      return { signing, sealing: await sealingKeyThumbprint(sealing), since: now() }
    }),
  )
  await publish(
    thief,
    async ({ signers, signerLists, accountKey, account }) => {
      const { claims } = signers
      let { number, hash } = signers
      const lists = [...signerLists]
      const until = now()
      // Each list ends those whom the one before began.
      for (const to of [12, 24, 36, 48, entries.length]) {
        const from = Math.min(to - 12, 48)
        const added = entries.slice(0, to).map((each, i) => (i < from ? { ...each, until } : each))
        const list = await signStatement({
          typ: "signer-list",
          alg: "ES256",
          privateKey: thief.keys.signing.privateKey,
          kid: thief.signerId,
          payload: { ...claims, ...stamp(), number: ++number, previous: hash, signers: [...claims.signers, ...added] },
        })
        hash = await statementHash(list)
        lists.push(list)
      }
      const place = { cloudId: thief.cloud.cloudId, patientId: thief.patientId }
      const list = await verifySigners(lists, { fingerprint: thief.fingerprint, record: place })
      const active = pairs.slice(48).map(({ sealing }) => sealing.publicKey)
      const holders = [...accountKey.sealed.map(({ to }) => to), ...active]
      const shared = await shareAccountKey(place, accountKey, account, holders)
      return { signers: { list, lists }, account: { accountKey: shared, pair: account } }
    },
    (publication) => callAsPatient(thief, "patient/publish-manifest", { publication }),
  )
}

describe("recovery after a device was lost", () => {
  test("ends every other device and every card, under new keys, in one publication", async () => {
    const { login, phrase, session: lost, text } = await patientWithRecord()
    const { asked, between } = counting()
    const { session } = opened(await online(() => recover(lost.cloud, login, phrase, { card: text }), between))
    expect(asked.filter((route) => route === "patient/publish-manifest")).toHaveLength(1)
    expect(asked).not.toContain("patient/revoke-card")
    const { signers, accountKey, keyRing, manifest } = await online(() => readContents(again(session)))
    expect(await signerNames(activeSigners(signers.claims))).toEqual([session.signerId])
    expect(accountKey.number).toBe(2)
    expect(Object.values(keyRing.categories).map(({ epoch }) => epoch)).toEqual([2, 2, 2, 2, 2, 2])
    expect(manifest.claims.cards).toEqual([])
    expect(await online(() => listCards(session))).toMatchObject([{ status: "revoked" }])
    await expect(online(() => uploadRecord(lost, documentOf("document", "by the thief")))).rejects.toMatchObject({
      code: expect.any(String),
    })
    await expect(online(() => readContents(again(lost)))).rejects.toMatchObject({ code: "account-key-invalid" })
  })

  test("takes the dead cards' entries out of the index", async () => {
    const { login, phrase, session: lost, card } = await patientWithRecord()
    await online(() => recover(lost.cloud, login, phrase))
    await expect(online(() => lookUp(card))).rejects.toMatchObject({ code: "hri-entry-unknown" })
  })

  test("begins anew where the lost device filled the list of signers", async () => {
    const { login, phrase, session: thief } = await patientWithRecord()
    await online(() => fillSigners(thief))
    expect((await online(() => readContents(thief))).signers.claims.signers).toHaveLength(maxListedSigners)
    const { session } = opened(await online(() => recover(thief.cloud, login, phrase)))
    const { signers } = await online(() => readContents(again(session)))
    expect(await signerNames(activeSigners(signers.claims))).toEqual([session.signerId])
    await online(() => uploadRecord(session, documentOf("document", "after the theft")))
    expect(await online(() => listRecords(session))).toHaveLength(2)
  })

  test("keeps on a full list those whose consents and decisions stand, and they verify as before", async () => {
    const { login, phrase, session: thief, card } = await patientWithRecord()
    const access = await online(() => physician(world, card))
    await online(async () => {
      for (const word of ["approved", "rejected"]) await contribute(access, documentOf("document", word))
      for (const each of await listContributions(thief))
        await (each.metadata?.title.includes("approved") ? approveContribution : rejectContribution)(thief, each)
      await fillSigners(thief)
    })
    const { session } = opened(await online(() => recover(thief.cloud, login, phrase)))
    const { signers } = await online(() => readContents(session))
    expect(await signerNames(signers.claims.signers)).toEqual([thief.signerId, session.signerId].toSorted())
    for (const kind of consentKinds)
      expect(await online(() => getConsent(session, kind))).toMatchObject({ status: "active" })
    const statuses = (await online(() => listContributions(session))).map(({ status }) => status)
    expect(statuses.toSorted()).toEqual(["approved", "rejected"])
  })

  test("succeeds more often than devices may sign at once; where others are kept, a full list is refused", async () => {
    const { login, phrase, session: first } = await world.patient()
    for (let time = 1; time <= maxSigners + 1; time++)
      expect(opened(await online(() => recover(first.cloud, login, phrase))).witnessed).toBe(false)
    for (let time = 1; time < maxSigners; time++)
      await online(() => recover(first.cloud, login, phrase, { keepOthers: true }))
    const refused = online(() => recover(first.cloud, login, phrase, { keepOthers: true }))
    await expect(refused).rejects.toMatchObject({ code: "quota-exceeded" })
    expect(opened(await online(() => recover(first.cloud, login, phrase))).outcome).toBe("ok")
  })

  const junk = (length: number) => `H1.${toBase64url(randomBytes(length))}`
  const publishAs = (thief: PatientSession, revise: (contents: Contents) => Promise<Revision>) =>
    publish(thief, revise, (publication) => callAsPatient(thief, "patient/publish-manifest", { publication }))

  /** What a stolen device leaves, so that nobody opens what would end it. */
  const locks: Record<string, (thief: PatientSession, contents: Contents) => Promise<Revision>> = {
    "a key ring that nobody opens": async (_, { keyRing, keys }) => ({
      ring: { keyRing: { ...keyRing, sealed: junk(1361) }, keys, keyPages: [] },
    }),
    "an account key that it sealed to itself alone": async (thief, contents) => {
      const holders = contents.accountKey.sealed.map(({ to }) => to)
      const { accountKey, pair } = await nextAccountKey(placeOf(thief), contents.accountKey, contents.account, holders)
      const own = thief.keys.sealing.publicKey.mlkem768
      const sealed = accountKey.sealed.map((each) =>
        each.to.mlkem768 === own ? each : { ...each, sealed: junk(1400) },
      )
      const ring = await nextEpochs(placeOf(thief), contents.keyRing, contents.keys, {
        renewed: [],
        holder: accountKey,
        now: now(),
      })
      return {
        account: { accountKey: { ...accountKey, sealed }, pair },
        ring: { keyRing: ring.ring, keys: ring.keys, keyPages: ring.keyPages },
      }
    },
  }

  test.each(Object.keys(locks))("begins anew where a stolen device left %s", async (lock) => {
    const account = await patientWithRecord()
    const { login, phrase, session: owner, card } = account
    const thief = await online(() => secondDevice(account))
    await online(async () => {
      await contribute(await physician(world, card), documentOf("document", "sealed to the patient"))
      await readContents(thief)
      await publishAs(thief, async (contents) => (await locks[lock]?.(thief, contents)) ?? {})
    })
    const { session, begunAnew } = opened(await online(() => recover(owner.cloud, login, phrase)))
    expect(begunAnew).toBe(true)
    const { signers } = await online(() => readContents(again(session)))
    expect(await signerNames(activeSigners(signers.claims))).toEqual([session.signerId])
    await online(async () => {
      await uploadRecord(session, documentOf("document", "after the theft"))
      const [lost, added] = await listRecords(again(session))
      if (lost === undefined || added === undefined) throw new Error("a document isn't listed")
      await expect(downloadRecord(again(session), lost)).rejects.toMatchObject({ code: "record-unreadable" })
      expect(Buffer.from((await downloadRecord(again(session), added)).bytes).toString()).toBe("after the theft")
      await expect(listContributions(again(session))).resolves.toMatchObject([{ status: "pending" }])
      const next = await secondDevice({ ...account, session })
      await endSigner(session, next.signerId)
    })
    expect(opened(await online(() => recover(owner.cloud, login, phrase))).begunAnew).toBe(false)
  })

  test.each([{ keepOthers: true }, { keepOthers: false }])(
    "comes after another one of the same moment, on the list of that one: %j",
    async (options) => {
      const { login, phrase, session: lost } = await patientWithRecord()
      let first: PatientSession | undefined
      const meanwhile = async () => {
        first = opened(await online(() => recover(lost.cloud, login, phrase, options))).session
      }
      const recovering = online(
        () => recover(lost.cloud, login, phrase, options),
        before("patient/publish-manifest", meanwhile),
      )
      const { session } = opened(await recovering)
      const { signers } = await online(() => readContents(again(session)))
      expect(signers.number).toBe(1 + 2 * maxSignerLists)
      const active = options.keepOthers ? [lost.signerId, first?.signerId ?? "", session.signerId] : [session.signerId]
      expect(await signerNames(activeSigners(signers.claims))).toEqual(active.toSorted())
      expect(await online(() => listRecords(session))).toHaveLength(1)
    },
  )
})
