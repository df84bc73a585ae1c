import { expect, test } from "vitest"
import { generatePhrase } from "../../../protocol/recovery.ts"
import { lookUp } from "../../../sdk/hcp/card.ts"
import { readContents } from "../../../sdk/patient/contents.ts"
import { cancelDeactivation, deactivateAccount, requestDeactivation } from "../../../sdk/patient/deactivation.ts"
import { recover } from "../../../sdk/patient/recovery.ts"
import { callAsPatient, signAsPatient } from "../../../sdk/patient/session.ts"
import { endSigner } from "../../../sdk/patient/signers.ts"
import { jsonOf, jsonReply, type Network } from "../../kit/network.ts"
import { newCard, secondDevice, useWorld, without } from "../../kit/world.ts"

const world = useWorld()
const online = world.over

const twoDevices = async () => {
  const account = await world.patient()
  const other = await online(() => secondDevice(account))
  return { ...account, other }
}

test("an account's end that a device asks for is told to the other, which says who asked and when it is due, and stops it", async () => {
  const { session, other } = await twoDevices()
  const asked = await online(() => requestDeactivation(other))
  expect(asked).toMatchObject({ by: other.signerId, dueAt: asked.askedAt + 7 * 24 * 60 * 60 })
  expect((await online(() => readContents(session))).deactivation).toEqual(asked)
  expect(await online(() => requestDeactivation(session))).toEqual(asked)
  await online(() => cancelDeactivation(session))
  expect(await online(() => readContents(session))).not.toHaveProperty("deactivation")
  expect(session.cache.contents).not.toHaveProperty("deactivation")
})

test("an account's end that a stolen device asks for comes to nothing by its own end, and by a recovery that keeps it", async () => {
  const { session, other } = await twoDevices()
  await online(() => requestDeactivation(other))
  await online(() => endSigner(session, other.signerId))
  expect(await online(() => readContents(session))).not.toHaveProperty("deactivation")
  const { session: mine, other: thief, login, phrase } = await twoDevices()
  await online(() => requestDeactivation(thief))
  const back = await online(() => recover(mine.cloud, login, phrase, { keepOthers: true }))
  if (back.outcome !== "ok") throw new Error(back.outcome)
  expect(await online(() => readContents(back.session))).not.toHaveProperty("deactivation")
  expect(await online(() => readContents(thief))).not.toHaveProperty("deactivation")
})

test("an account's end that nobody asked for is refused, and one of somebody who doesn't sign counts for nothing", async () => {
  const { session } = await world.patient()
  const stranger = await world.patient()
  const [mine, theirs] = await online(async () => [
    await signAsPatient(session, "deactivation-request", { under: 1 }),
    await signAsPatient(stranger.session, "deactivation-request", { under: 1 }),
  ])
  const telling =
    (deactivation: string): ((honest: Network) => Network) =>
    (honest) =>
    async (asked) => {
      const reply = await honest(asked)
      return asked.route === "patient/get-manifest" ? jsonReply({ ...(jsonOf(reply) as object), deactivation }) : reply
    }
  const read = (deactivation: string) => online(() => readContents(session), telling(deactivation))
  const forged = `${mine.slice(0, mine.lastIndexOf("."))}${theirs.slice(theirs.lastIndexOf("."))}`
  for (const statement of [theirs, forged])
    await expect(read(statement)).rejects.toMatchObject({ code: "signers-invalid" })
  expect((await read(mine)).deactivation).toMatchObject({ by: session.signerId })
  const other = await signAsPatient(session, "deactivation-request", { under: 2 })
  expect(await read(other)).not.toHaveProperty("deactivation")
})

test("an account is destroyed at once by the phrase, its cards' entries first; those that stay are counted", async () => {
  const { session, phrase } = await world.patient()
  const { card } = await online(() => newCard(session))
  const typed = ` ${phrase.toUpperCase()}`
  expect(await online(() => deactivateAccount(session, typed))).toEqual({
    outcome: "ok",
    finished: true,
    indexEntriesLeft: 0,
  })
  await expect(online(() => lookUp(card))).rejects.toMatchObject({ code: "hri-entry-unknown" })
  await expect(online(() => readContents(session))).rejects.toMatchObject({ code: "account-deactivated" })
  const other = await world.patient()
  await online(() => newCard(other.session))
  expect(await online(() => deactivateAccount(other.session, other.phrase), without("hri/remove-entry"))).toMatchObject(
    {
      indexEntriesLeft: 1,
    },
  )
})

test("by a phrase that is mistyped, or another account's, nothing is destroyed, and no card's entry is gone", async () => {
  const { session, phrase } = await world.patient()
  const stranger = await world.patient()
  const { card } = await online(() => newCard(session))
  const destroy = (by: string) => online(() => deactivateAccount(session, by))
  expect(await destroy(phrase.split(" ").slice(1).join(" "))).toEqual({ outcome: "phrase-length-wrong", words: 23 })
  for (const by of [generatePhrase(), stranger.phrase])
    expect(await destroy(by)).toEqual({ outcome: "phrase-of-another" })
  await online(() => lookUp(card))
  await online(() => readContents(session))
})

test("a cloud that gives another's recovery bundle gets no statement that would end the account", async () => {
  const { session } = await world.patient()
  const stranger = await world.patient()
  const { recoveryBundle } = await online(() => callAsPatient(stranger.session, "patient/recover", {}))
  const lying: (honest: Network) => Network = (honest) => async (asked) => {
    const reply = await honest(asked)
    return asked.route === "patient/recover" ? jsonReply({ ...(jsonOf(reply) as object), recoveryBundle }) : reply
  }
  await expect(online(() => deactivateAccount(session, stranger.phrase), lying)).rejects.toMatchObject({
    code: "account-changed",
  })
})
