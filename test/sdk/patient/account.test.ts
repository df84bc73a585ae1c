import { describe, expect, test } from "vitest"
import { jsonOf, jsonReply, type Network, type Reply } from "../../../attack/network.ts"
import { documentOf } from "../../../attack/people.ts"
import { openCloud } from "../../../sdk/cloud.ts"
import { lookUp } from "../../../sdk/hcp/card.ts"
import {
  beginRecord,
  confirm,
  deactivateAccount,
  type Recovered,
  recover,
  register,
  signIn,
} from "../../../sdk/patient/account.ts"
import { readContents } from "../../../sdk/patient/contents.ts"
import { listRecords } from "../../../sdk/patient/listed.ts"
import { prepare } from "../../../sdk/patient/publication.ts"
import { downloadRecord, uploadRecord } from "../../../sdk/patient/records.ts"
import { endSigner } from "../../../sdk/patient/signers.ts"
import { witnessesBehind } from "../../../sdk/patient/witness.ts"
import { confirmationCode } from "../../fakes/accounts.ts"
import { cloudAddress } from "../../hostile/memory-network.ts"
import { again, changed, counting, losing, newCard, secondDevice, useWorld, without } from "../world.ts"

const world = useWorld()
const online = world.over

const opened = (recovered: Recovered) => {
  if (recovered.outcome !== "ok") throw new Error(recovered.outcome)
  return recovered
}

let count = 0
const registered = async () => {
  const cloud = await openCloud(cloudAddress)
  const login = { email: `account-${++count}@example.org`, password: "Correct-Horse-7-Battery" }
  const account = await register(cloud, login)
  await confirm(cloud, account.patientId, confirmationCode)
  return { cloud, login, account, session: await signIn(cloud, login, account.keys, account.memory) }
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

describe("the first manifest", () => {
  test("is signed by the device that made the account, once", async () => {
    const { session } = await online(registered)
    await online(() => beginRecord(session))
    expect(session.memory).not.toHaveProperty("begins")
    expect((await online(() => readContents(session))).manifest.number).toBe(1)
    await expect(online(() => beginRecord(session))).rejects.toMatchObject({ code: "manifest-missing" })
  })

  test("is signed by no other device, whatever the cloud says that there is", async () => {
    const { session } = await world.patient()
    const unknowing = { ...again(session), memory: { fingerprint: session.fingerprint } }
    const { asked, between } = counting()
    await expect(online(() => beginRecord(unknowing), between)).rejects.toMatchObject({ code: "manifest-missing" })
    expect(asked).toEqual([])
  })

  test("whose answer was lost is found there, and not signed again", async () => {
    const { session } = await online(registered)
    await expect(online(() => beginRecord(session), losing("patient/publish-manifest"))).rejects.toMatchObject({
      name: "Unreachable",
    })
    expect(session.memory.begins).toBe(true)
    await online(() => beginRecord(session))
    expect(session.memory).not.toHaveProperty("begins")
    expect((await online(() => readContents(session))).manifest.number).toBe(1)
  })

  test("that was read before it was known to be there leaves nothing to begin", async () => {
    const { session } = await online(registered)
    await expect(online(() => beginRecord(session), losing("patient/publish-manifest"))).rejects.toThrow()
    await online(() => readContents(session))
    await online(() => beginRecord(session))
    expect(session.memory).not.toHaveProperty("begins")
    expect(session.memory.manifest?.number).toBe(1)
  })
})

describe("signing in", () => {
  test("is refused without what the device knows of its patient", async () => {
    const { cloud, login, account } = await online(registered)
    await expect(online(() => signIn(cloud, login, account.keys, {}))).rejects.toMatchObject({
      code: "account-changed",
    })
  })

  test("is refused where the cloud answers for another account, or isn't the one that was registered with", async () => {
    const { cloud, login, account } = await online(registered)
    const other = await online(registered)
    const memory = () => structuredClone(account.memory)
    await expect(online(() => signIn(cloud, other.login, account.keys, memory()))).rejects.toMatchObject({
      code: "account-changed",
    })
    const elsewhere = { ...cloud, cloudId: "another.example" }
    await expect(online(() => signIn(elsewhere, login, account.keys, memory()))).rejects.toMatchObject({
      code: "provider-changed",
    })
  })
})

const patientWithRecord = async () => {
  const account = await world.patient()
  const { card, text, cardId } = await online(async () => {
    await uploadRecord(account.session, documentOf("document", "kept"))
    return newCard(account.session)
  })
  return { ...account, card, text, cardId }
}

describe("recovery on a new device", () => {
  test("makes it a signer, which reads, adds, and witnesses for the cards", async () => {
    const { login, phrase, session: lost, text, card } = await patientWithRecord()
    const { session, witnessed } = opened(await online(() => recover(lost.cloud, login, phrase, { card: text })))
    expect(witnessed).toBe(true)
    const [record] = await online(() => listRecords(session))
    if (record === undefined) throw new Error("nothing is listed")
    expect(Buffer.from((await online(() => downloadRecord(session, record))).bytes).toString()).toBe("kept")
    await online(() => uploadRecord(session, documentOf("document", "from the new device")))
    expect(witnessesBehind(session)).toEqual([])
    expect((await online(() => lookUp(card))).manifest.hash).toBe(session.memory.manifest?.hash)
    const { signers } = await online(() => readContents(again(session)))
    expect(signers.claims.signers).toHaveLength(2)
    expect(session.keys.signing.privateKey.extractable).toBe(false)
  })

  test("witnesses for the card that it was shown, whatever the cloud says of the cards", async () => {
    const { login, phrase, session: lost, text, card } = await patientWithRecord()
    const withheld = without("patient/list-cards")
    const { session } = opened(await online(() => recover(lost.cloud, login, phrase, { card: text }), withheld))
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
  })

  test("is refused with a card of somebody else's", async () => {
    const { login, phrase, session } = await patientWithRecord()
    const other = await patientWithRecord()
    const recovering = online(() => recover(session.cloud, login, phrase, { card: other.text }))
    await expect(recovering).rejects.toMatchObject({ code: "card-not-listed" })
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

describe("deactivation", () => {
  test("takes the cards' entries out of the index, and counts those that stay", async () => {
    const { session, card } = await patientWithRecord()
    expect(await online(() => deactivateAccount(session))).toEqual({ indexEntriesLeft: 0 })
    await expect(online(() => lookUp(card))).rejects.toMatchObject({ code: "hri-entry-unknown" })
    const other = await patientWithRecord()
    expect(await online(() => deactivateAccount(other.session), without("hri/remove-entry"))).toEqual({
      indexEntriesLeft: 1,
    })
  })
})
