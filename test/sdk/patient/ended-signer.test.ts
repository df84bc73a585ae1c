import { describe, expect, test } from "vitest"
import type { ResponseOf } from "../../../contract/routes.ts"
import { signStatement } from "../../../protocol/statement.ts"
import { revokeCard } from "../../../sdk/patient/cards.ts"
import { listCards } from "../../../sdk/patient/held-cards.ts"
import { setOpenPart } from "../../../sdk/patient/open-part.ts"
import { callAsPatient, type PatientSession, signAsPatient } from "../../../sdk/patient/session.ts"
import { endSigner } from "../../../sdk/patient/signers.ts"
import { stamp } from "../../../sdk/stamp.ts"
import { lying, type Network } from "../../kit/network.ts"
import { openPartOf } from "../../kit/people.ts"
import { again, newCard, secondDevice, useWorld } from "../../kit/world.ts"

const world = useWorld()
const online = world.over

const theft = async () => {
  const account = await world.patient()
  const thief = await online(() => secondDevice(account))
  return { phone: account.session, thief }
}

/** A statement of a device that was ended, dated to before that: its time is the signer's own word. */
const datedBack = ({ keys, signerId, cloud, patientId }: PatientSession, typ: string, own: object): Promise<string> =>
  signStatement({
    typ,
    alg: "ES256",
    privateKey: keys.signing.privateKey,
    kid: signerId,
    payload: { aud: cloud.cloudId, ...stamp(), iat: stamp().iat - 60, patientId, ...own },
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
    const revoked = listing(({ keys: _, sealed: __, ...card }) => ({ ...card, status: "revoked", revocation }))
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
