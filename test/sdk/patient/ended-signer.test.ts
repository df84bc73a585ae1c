import { describe, expect, test } from "vitest"
import { rewrittenTrail } from "../../../attack/long-trail.ts"
import type { ResponseOf } from "../../../contract/routes.ts"
import { generateKeyPairs, type KeyPairs, publicKeysOf, thumbprint } from "../../../protocol/keys.ts"
import { verifySigners } from "../../../protocol/signers.ts"
import { signStatement, statementHash } from "../../../protocol/statement.ts"
import { contribute } from "../../../sdk/hcp/contribute.ts"
import { revokeCard } from "../../../sdk/patient/cards.ts"
import { getConsent, revokeConsent } from "../../../sdk/patient/consents.ts"
import { listContributions, rejectContribution } from "../../../sdk/patient/contributions.ts"
import { listCards } from "../../../sdk/patient/held-cards.ts"
import { setOpenPart } from "../../../sdk/patient/open-part.ts"
import { asSigner, signAsRoot } from "../../../sdk/patient/root-list.ts"
import { callAsPatient, type PatientSession, placeOf, signAsPatient } from "../../../sdk/patient/session.ts"
import { endedSince, signEnd } from "../../../sdk/patient/signer-end.ts"
import { endSigner } from "../../../sdk/patient/signers.ts"
import { stamp } from "../../../sdk/stamp.ts"
import { lying, type Network } from "../../kit/network.ts"
import { documentOf, openPartOf } from "../../kit/people.ts"
import { again, newCard, physician, secondDevice, useWorld } from "../../kit/world.ts"

const world = useWorld()
const online = world.over

const fingerprintOf = async (root: KeyPairs) => thumbprint((await publicKeysOf(root)).signing)

const theft = async () => {
  const account = await world.patient()
  const thief = await online(() => secondDevice(account))
  return { phone: account.session, thief }
}

/** A statement of a device that was ended, dated to before that: its time is the signer's own word. */
const datedBack = (
  { keys, signerId, cloud, patientId }: PatientSession,
  typ: string,
  own: object,
  iat = stamp().iat - 60,
): Promise<string> =>
  signStatement({
    typ,
    alg: "ES256",
    privateKey: keys.signing.privateKey,
    kid: signerId,
    payload: { aud: cloud.cloudId, ...stamp(), iat, patientId, ...own },
  })

type Listed = ResponseOf<"patient/list-cards">["cards"][number]
const listing =
  (told: (card: Listed) => Listed) =>
  (network: Network): Network =>
    lying(network, { "patient/list-cards": ({ cards }) => ({ cards: cards.map(told) }) })

describe("a device that was stolen and ended, together with the cloud", () => {
  test("revokes no card that was made since, whatever time it writes", async () => {
    const { phone, thief } = await theft()
    await online(() => endSigner(phone, thief.signerId))
    const { cardId } = await online(() => newCard(phone))
    const revocation = await datedBack(thief, "card-revocation", { cardId })
    const revoked = listing((card) => ({ ...card, keys: undefined, sealed: undefined, status: "revoked", revocation }))
    await expect(online(() => listCards(again(phone)), revoked)).rejects.toMatchObject({ code: "cards-differ" })
  })

  test("takes nothing back that a card made since says to anybody", async () => {
    const { phone, thief } = await theft()
    await online(() => endSigner(phone, thief.signerId))
    const { cardId } = await online(() => newCard(phone))
    const device = again(phone)
    await online(() => setOpenPart(phone, cardId, openPartOf("Eleni")))
    const statement = await datedBack(thief, "open-part", { cardId, number: 2, action: "remove" })
    const takenBack = listing((card) => ({ ...card, openPart: { statement } }))
    await expect(online(() => listCards(device), takenBack)).rejects.toMatchObject({ code: "cards-differ" })
    expect(device.memory.cards?.[cardId]?.front?.openPart).toBeUndefined()
  })

  test("gives no consent that its owner has withdrawn, by an event behind all others", async () => {
    const { phone, thief } = await theft()
    const kind = "emergency-share"
    await online(async () => revokeConsent(phone, await getConsent(phone, kind)))
    const iat = (phone.memory.consents?.[kind]?.iat ?? 0) + 1
    await online(() => endSigner(phone, thief.signerId))
    const { documentHash } = await online(() => getConsent(phone, kind))
    const statement = await datedBack(thief, "consent", { kind, status: "active", documentHash }, iat)
    const claims = { iss: phone.cloud.cloudId, iat, statementHash: await statementHash(statement) }
    const receipt = await world.memory.provider.state("consent-receipt", claims)
    const told = (at: number) => {
      const subject = { consent: kind, statementHash: claims.statementHash } as const
      const event = { action: "sign-consent", outcome: "permitted", actor: { kind: "patient" }, subject } as const
      const trail = rewrittenTrail(world.memory.network, (events) => [
        ...events,
        { ...event, at: new Date(at).toISOString() },
      ])
      return lying(trail.rewritten, {
        "patient/get-consent": (answer) => ({ ...answer, status: "active", statement, receipt }),
      })
    }
    const read = (at: number) =>
      online(
        () => getConsent(again(phone), kind),
        () => told(at),
      )
    const hour = 60 * 60 * 1000
    await expect(read(Date.now() + hour)).rejects.toMatchObject({ code: "consent-invalid" })
    await expect(read(Date.now() - hour)).rejects.toMatchObject({ code: "audit-trail-broken" })
  })

  test("decides in its owner's name on nothing of which the trail doesn't tell", async () => {
    const { phone, thief } = await theft()
    await online(() => endSigner(phone, thief.signerId))
    const { card } = await online(() => newCard(phone))
    await online(async () => contribute(await physician(world, card), documentOf("document", "an addition")))
    const [added] = await online(() => listContributions(phone))
    if (added?.statement === undefined) throw new Error("nothing was added")
    await online(() => rejectContribution(phone, added))
    const { contributionId, descriptor, statement } = added
    const own = { contributionId, statementHash: await statementHash(statement), decision: "approved", descriptor }
    const decision = await datedBack(thief, "decision", own)
    const approved = (network: Network): Network =>
      lying(network, {
        "patient/list-contributions": ({ contributions }) => ({
          contributions: contributions.map((each) => ({ ...each, status: "approved", decision })),
        }),
      })
    await expect(online(() => listContributions(again(phone)), approved)).rejects.toMatchObject({
      code: "decision-invalid",
    })
  })
})

test("a card is revoked though a device that signs has made it so that no list of cards can be read", async () => {
  const { phone, thief } = await theft()
  const { cardId } = await online(() => newCard(phone))
  const unreadable = { locatorHash: "A".repeat(43), proofHash: "A".repeat(43), sealedHash: "A".repeat(43) }
  const listed = () => online(() => callAsPatient(phone, "patient/list-cards", {}))
  const statement = await signAsPatient(thief, "open-part", { cardId, number: 1, action: "set", ...unreadable })
  const garbled = listing((card) => ({ ...card, ...(card.status === "active" && { openPart: { statement } }) }))
  await expect(online(() => listCards(phone), garbled)).rejects.toMatchObject({ code: "cards-differ" })
  await online(() => revokeCard(phone, cardId), garbled)
  expect((await listed()).cards).toMatchObject([{ cardId, status: "revoked" }])
})

test("an end that the root's list has overruled ends nobody again, whoever kept it", async () => {
  const { phone, thief: tablet } = await theft()
  const end = { by: phone.signerId, signers: [tablet.signerId] }
  const root = await generateKeyPairs({ extractable: true })
  const devices = await Promise.all([phone, tablet].map(async ({ keys }) => asSigner(await publicKeysOf(keys))))
  const listBegun = async (later: number) => {
    const signers = devices.map((device) => ({ ...device, since: device.since - 600 }))
    const list = await signAsRoot(root, placeOf(phone), { number: 17, previous: null, signers })
    const verified = await verifySigners([list], { fingerprint: await fingerprintOf(root) })
    return { ...verified, begunAt: verified.begunAt + later }
  }
  const statement = await signEnd(phone, phone.keys, end)
  expect(await endedSince(await listBegun(0), [statement])).toEqual(new Set([tablet.signerId]))
  await expect(endedSince(await listBegun(300), [statement])).rejects.toMatchObject({ code: "signers-invalid" })
})
