import { afterEach, expect, test, vi } from "vitest"
import { canonicalHash } from "../../../protocol/crypto/canonical.ts"
import { getConsent, revokeConsent, signConsent } from "../../../sdk/patient/consents.ts"
import { jsonReply, type Network } from "../../kit/network.ts"
import { before, secondDevice, useWorld } from "../../kit/world.ts"

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
/** The cloud answers so, whatever it keeps. */
const replying = (answer: unknown) => (network: Network) => async (asked: Parameters<Network>[0]) =>
  asked.route === "patient/get-consent" ? jsonReply(answer) : network(asked)

test("a consent that was withdrawn is not given again by its earlier statement, however short a time lies between", async () => {
  const { session } = await world.patient()
  const given = await online(() => getConsent(session, kind))
  await online(() => revokeConsent(session, given))
  const { iat, statementHash } = session.memory.consents?.[kind] ?? {}
  for (let time = 1; time <= 2; time++)
    await expect(online(() => getConsent(session, kind), replying(given))).rejects.toMatchObject({
      code: "consent-invalid",
    })
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

test("a consent that one device withdrew is in force for no other device, whose memory has never heard of it", async () => {
  const account = await world.patient()
  const other = await online(() => secondDevice(account))
  const given = await online(() => getConsent(account.session, kind))
  await online(() => revokeConsent(account.session, given))
  await expect(online(() => getConsent(other, kind), replying(given))).rejects.toMatchObject({
    code: "consent-invalid",
  })
  // Nor is it as if it had never been given.
  const never = { kind, status: "none", document: given.document, documentHash: given.documentHash }
  await expect(online(() => getConsent(other, kind), replying(never))).rejects.toMatchObject({
    code: "consent-invalid",
  })
  expect(other.memory.consents).toBeUndefined()
  expect(await online(() => getConsent(other, kind))).toMatchObject({ status: "inactive" })
})

test("a consent that another device changes while it is read is read again", async () => {
  const account = await world.patient()
  const other = await online(() => secondDevice(account))
  const withdrawn = before("patient/read-audit-trail", async () =>
    online(async () => revokeConsent(other, await getConsent(other, kind))),
  )
  expect(await online(() => getConsent(account.session, kind), withdrawn)).toMatchObject({ status: "inactive" })
})

test("a consent is shown, and so signed, with a text of its own kind, patient and provider alone", async () => {
  const { session } = await world.patient()
  const given = await online(() => getConsent(session, kind))
  await online(() => revokeConsent(session, given))
  const { status, statement, receipt } = await online(() => getConsent(session, kind))
  const { document: other } = await online(() => getConsent(session, "store"))
  const changes = [{ patient: { identifier: { value: "A".repeat(22) } } }, { organization: [] }, { identifier: [] }]
  for (const document of [other, ...changes.map((change) => ({ ...given.document, ...change }))]) {
    const swapped = { kind, status, statement, receipt, document, documentHash: await canonicalHash(document) }
    await expect(online(() => getConsent(session, kind), replying(swapped))).rejects.toMatchObject({
      code: "consent-invalid",
    })
  }
})
