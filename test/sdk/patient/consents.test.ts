import { afterEach, expect, test, vi } from "vitest"
import { headOf, linkEvent } from "../../../functions/domain/audit-chain.ts"
import { canonicalHash } from "../../../protocol/crypto/canonical.ts"
import { readAuditTrail } from "../../../sdk/patient/audit-trail.ts"
import { getConsent, revokeConsent, signConsent } from "../../../sdk/patient/consents.ts"
import { jsonReply, type Network } from "../../kit/network.ts"
import { again, before, changed, secondDevice, useWorld } from "../../kit/world.ts"

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
  expect(await online(() => getConsent(other, kind), replying(given))).toMatchObject({ status: "unsettled" })
  // Nor is it as if it had never been given.
  const never = { kind, status: "none", document: given.document, documentHash: given.documentHash }
  expect(await online(() => getConsent(other, kind), replying(never))).toMatchObject({ status: "unsettled" })
  expect(other.memory.consents).toBeUndefined()
  expect(await online(() => getConsent(other, kind))).toMatchObject({ status: "inactive" })
})

test("a consent that two devices change at one moment is signed anew, and then stands for both", async () => {
  const account = await world.patient()
  const { session } = account
  const other = await online(() => secondDevice(account))
  const [one, two] = await online(() => Promise.all([getConsent(session, kind), getConsent(other, kind)]))
  const outcomes = await online(() => Promise.allSettled([revokeConsent(session, one), signConsent(other, two)]))
  expect(outcomes.map((outcome) => outcome.status).toSorted()).toEqual(["fulfilled", "rejected"])
  for (const device of [session, other])
    expect(await online(() => getConsent(again(device), kind))).toMatchObject({ status: "unsettled" })
  await online(async () => signConsent(other, await getConsent(other, kind)))
  for (const device of [session, other])
    expect(await online(() => getConsent(again(device), kind))).toMatchObject({ status: "active" })
})

test("a consent whose function ended after its event is signed anew, also where it would have been the first", async () => {
  const { session } = await world.patient()
  const events = await online(() => readAuditTrail(again(session)))
  const last = events.findLast(({ subject }) => subject.consent === kind)
  if (last === undefined) throw new Error("nothing was signed")
  const { actor, outcome } = last
  const subject = { consent: kind, statementHash: "A".repeat(43) } as const
  const cutShort = await linkEvent(
    headOf(events.slice(-1)),
    { action: "revoke-consent", outcome, actor, subject },
    new Date(),
  )
  const telling = changed("patient/read-audit-trail", (_, { url }) =>
    jsonReply({ events: url.searchParams.has("after") ? [] : [...events, cutShort] }),
  )
  expect(await online(() => getConsent(again(session), kind), telling)).toMatchObject({ status: "unsettled" })
  const { document, documentHash } = await online(() => getConsent(again(session), kind))
  const never = { kind, status: "none", document, documentHash }
  const device = { ...again(session), memory: { fingerprint: session.fingerprint } }
  const shown = await online(() => getConsent(device, kind), replying(never))
  expect(shown).toMatchObject({ status: "unsettled" })
  await online(() => signConsent(device, shown))
  expect(await online(() => getConsent(again(device), kind))).toMatchObject({ status: "active" })
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
