import { describe, expect, test } from "vitest"
import { generateKeyPairs, type KeyPairs, publicKeysOf, thumbprint } from "../../../protocol/keys.ts"
import { activeSigners } from "../../../protocol/signers.ts"
import { signIn } from "../../../sdk/patient/account.ts"
import { readContents } from "../../../sdk/patient/contents.ts"
import { listRecords } from "../../../sdk/patient/listed.ts"
import { publish } from "../../../sdk/patient/publication.ts"
import { uploadRecord } from "../../../sdk/patient/records.ts"
import { recover } from "../../../sdk/patient/recovery.ts"
import { callAsPatient, type PatientSession } from "../../../sdk/patient/session.ts"
import { signEnd } from "../../../sdk/patient/signer-end.ts"
import { addSigner, endSigner } from "../../../sdk/patient/signers.ts"
import { type Asked, jsonReply, type Network } from "../../kit/network.ts"
import { documentOf } from "../../kit/people.ts"
import { again, losing, newCard, secondDevice, useWorld } from "../../kit/world.ts"

const world = useWorld()
const online = world.over

/** A patient with a phone, and a tablet that is stolen. */
const theft = async () => {
  const account = await world.patient()
  const thief = await online(() => secondDevice(account))
  return { ...account, thief, phone: account.session }
}
const publishing = (thief: PatientSession) =>
  publish(
    thief,
    async () => ({}),
    (publication) => callAsPatient(thief, "patient/publish-manifest", { publication }),
  )
/** The thief acts before each request of these routes: each time they are the quicker one. */
const quicker =
  (act: () => Promise<unknown>, routes?: readonly Asked["route"][]) =>
  (network: Network): Network =>
  async (asked) => {
    const patients = asked.route.startsWith("patient/")
    if (routes === undefined ? patients : routes.includes(asked.route)) await online(act).catch(() => undefined)
    return network(asked)
  }
/** A cloud that takes no statement by which a signer ends. */
const deaf =
  (network: Network): Network =>
  async (asked) =>
    asked.route === "patient/end-signer" ? jsonReply({}) : network(asked)
const activeIn = async (session: PatientSession) => {
  const { signers } = await online(() => readContents(again(session)))
  const names = activeSigners(signers.claims).map(({ signing }) => thumbprint(signing))
  return (await Promise.all(names)).toSorted()
}

describe("a stolen device that publishes before each request of its owner", () => {
  test("is ended by another device; where the statement were missing it would starve that one", async () => {
    const { phone, thief } = await theft()
    const race = quicker(() => publishing(thief))
    const starved = online(
      () => endSigner(phone, thief.signerId),
      (network) => race(deaf(network)),
    )
    await expect(starved).rejects.toMatchObject({ code: "manifest-conflict" })
    expect(await online(() => endSigner(phone, thief.signerId), race)).toEqual([thief.signerId])
    expect(await activeIn(phone)).toEqual([phone.signerId])
    await expect(online(() => publishing(thief))).rejects.toMatchObject({ code: expect.any(String) })
  })

  test("is ended by recovery, without one conflict after the statement", async () => {
    const { login, phrase, phone, thief } = await theft()
    let conflicts = 0
    const counted = (network: Network): Network =>
      quicker(() => publishing(thief))(async (asked) => {
        const reply = await network(asked)
        if (asked.route === "patient/publish-manifest" && reply.status === 409) conflicts++
        return reply
      })
    const recovered = await online(() => recover(phone.cloud, login, phrase), counted)
    if (recovered.outcome !== "ok") throw new Error(recovered.outcome)
    expect(conflicts).toBe(0)
    expect(await activeIn(recovered.session)).toEqual([recovered.session.signerId])
  })

  test("is ended with all that it lets in between the reading of the list and the statement", async () => {
    const { login, phrase, phone, thief } = await theft()
    const accomplices: KeyPairs[] = []
    const lettingIn = async () => {
      const keys = await generateKeyPairs({ extractable: false })
      accomplices.push(keys)
      await addSigner(thief, await publicKeysOf(keys))
    }
    const race = quicker(lettingIn, ["patient/end-signer", "patient/publish-manifest"])
    const recovered = await online(() => recover(phone.cloud, login, phrase), race)
    if (recovered.outcome !== "ok") throw new Error(recovered.outcome)
    expect(await activeIn(recovered.session)).toEqual([recovered.session.signerId])
    const [first] = accomplices
    if (first === undefined) throw new Error("nobody was let in")
    const accomplice = await online(() => signIn(phone.cloud, login, first, { fingerprint: phone.fingerprint }))
    await expect(online(() => publishing(accomplice))).rejects.toMatchObject({ code: "account-key-invalid" })
  })

  test("ends its owner's device first, and is ended by the phrase all the same", async () => {
    const { login, phrase, phone, thief } = await theft()
    await online(() => newCard(phone))
    const ending = () => endSigner(thief, phone.signerId)
    await expect(online(() => endSigner(phone, thief.signerId), quicker(ending))).rejects.toMatchObject({
      code: expect.any(String),
    })
    const recovered = await online(
      () => recover(phone.cloud, login, phrase),
      quicker(() => publishing(thief)),
    )
    if (recovered.outcome !== "ok") throw new Error(recovered.outcome)
    const { session } = recovered
    expect(await activeIn(session)).toEqual([session.signerId])
    await online(() => uploadRecord(session, documentOf("document", "after the theft")))
    expect(await online(() => listRecords(session))).toHaveLength(1)
  })

  test("with requests of all kinds at once wins against neither another device nor the phrase", async () => {
    const { login, phrase, phone, thief } = await theft()
    const over = new AbortController()
    const run = async (act: () => Promise<unknown>) => {
      while (!over.signal.aborted) await act().catch(() => new Promise((done) => setTimeout(done, 1)))
    }
    const recovered = await online(async () => {
      // Runs of the thief's app, each with its own memory.
      const own = () => again(thief)
      const races = [
        run(() => publishing(own())),
        run(() => publishing(own())),
        run(async () => addSigner(own(), await publicKeysOf(await generateKeyPairs({ extractable: false })))),
      ]
      const ended = await endSigner(phone, thief.signerId)
      expect(ended).toContain(thief.signerId)
      const back = await recover(phone.cloud, login, phrase)
      over.abort()
      await Promise.all(races)
      return back
    })
    if (recovered.outcome !== "ok") throw new Error(recovered.outcome)
    expect(await activeIn(recovered.session)).toEqual([recovered.session.signerId])
  })
})

describe("an end whose publication was interrupted", () => {
  test("is finished by the next change of any device, which is made after it", async () => {
    const { phone, thief, ...account } = await theft()
    const mine = await online(() => secondDevice({ ...account, session: phone }))
    await online(() => readContents(mine))
    const interrupted =
      (network: Network): Network =>
      async (asked) => {
        if (asked.route === "patient/publish-manifest") throw new Error("not reached")
        return network(asked)
      }
    await expect(online(() => endSigner(phone, thief.signerId), interrupted)).rejects.toMatchObject({
      name: "Unreachable",
    })
    await online(() => uploadRecord(mine, documentOf("document", "after the end")))
    expect(await activeIn(mine)).toEqual([mine.signerId, phone.signerId].toSorted())
    await expect(online(() => readContents(again(thief)))).rejects.toMatchObject({ code: "account-key-invalid" })
    expect(await online(() => listRecords(phone))).toHaveLength(1)
  })

  test("is finished by the same device, though the statement's answer was lost, and by a recovery that keeps the others", async () => {
    const { login, phrase, phone, thief, ...account } = await theft()
    const losingIt = online(() => endSigner(phone, thief.signerId), losing("patient/end-signer"))
    await expect(losingIt).rejects.toMatchObject({ name: "Unreachable" })
    expect(await online(() => endSigner(phone, thief.signerId))).toEqual([thief.signerId])
    const other = await online(() => secondDevice({ ...account, login, phrase, session: phone }))
    await expect(online(() => endSigner(phone, other.signerId), losing("patient/end-signer"))).rejects.toMatchObject({
      name: "Unreachable",
    })
    const recovered = await online(() => recover(phone.cloud, login, phrase, { keepOthers: true }))
    if (recovered.outcome !== "ok") throw new Error(recovered.outcome)
    expect(await activeIn(recovered.session)).toEqual([phone.signerId, recovered.session.signerId].toSorted())
  })
})

test("a cloud that shows an end which no signer signed is refused", async () => {
  const { phone, thief } = await theft()
  const stranger = await generateKeyPairs({ extractable: false })
  const forged = [
    await signEnd(phone, stranger, { by: phone.signerId, signers: [thief.signerId] }),
    await signEnd(phone, stranger, { by: phone.fingerprint, signers: [thief.signerId] }),
    "e30.e30.e30",
  ]
  for (const statement of forged) {
    const shown =
      (network: Network): Network =>
      async (asked) => {
        const reply = await network(asked)
        if (asked.route !== "patient/get-manifest") return reply
        return jsonReply({ ...JSON.parse(Buffer.from(reply.body).toString()), ends: [statement] })
      }
    await expect(online(() => readContents(again(phone)), shown)).rejects.toMatchObject({ code: "signers-invalid" })
  }
})
