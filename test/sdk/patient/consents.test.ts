import { afterEach, expect, test, vi } from "vitest"
import { jsonReply, type Network } from "../../../attack/network.ts"
import { getConsent, revokeConsent, signConsent } from "../../../sdk/patient/consents.ts"
import { secondDevice, useWorld } from "../world.ts"

const world = useWorld()
const online = world.over
afterEach(() => {
  vi.useRealTimers()
})
const clockOff = (seconds: number) => {
  const now = Date.now()
  vi.useFakeTimers({ toFake: ["Date"], now: now + seconds * 1000 })
}

const kind = "emergency-share"

test("a consent that was withdrawn is not given again by its earlier statement, however short a time lies between", async () => {
  const { session } = await world.patient()
  const given = await online(() => getConsent(session, kind))
  await online(() => revokeConsent(session, given))
  const { iat, statementHash } = session.memory.consents?.[kind] ?? {}
  const replaying = (network: Network) => async (asked: Parameters<Network>[0]) =>
    asked.route === "patient/get-consent" ? jsonReply(given) : network(asked)
  for (let time = 1; time <= 2; time++)
    await expect(online(() => getConsent(session, kind), replaying)).rejects.toMatchObject({ code: "consent-invalid" })
  expect(session.memory.consents?.[kind]).toEqual({ iat, statementHash })
  expect(await online(() => getConsent(session, kind))).toMatchObject({ status: "inactive" })
})

test("a device whose clock is behind withdraws and gives a consent so that every other device takes it for the newest", async () => {
  const account = await world.patient()
  const { session } = account
  const other = await online(() => secondDevice(account))
  await online(() => getConsent(session, kind))
  clockOff(-100)
  await online(async () => revokeConsent(other, await getConsent(other, kind)))
  expect(await online(() => getConsent(session, kind))).toMatchObject({ status: "inactive" })
  await online(async () => signConsent(other, await getConsent(other, kind)))
  vi.useRealTimers()
  expect(await online(() => getConsent(session, kind))).toMatchObject({ status: "active" })
})
