import { openCloud } from "../../sdk/cloud.ts"
import { lookUp } from "../../sdk/hcp/card.ts"
import { signIn } from "../../sdk/patient/account.ts"
import { makeCard, revokeCard, startEpoch } from "../../sdk/patient/cards.ts"
import { listCards } from "../../sdk/patient/held-cards.ts"
import { listRecords } from "../../sdk/patient/listed.ts"
import { uploadRecord } from "../../sdk/patient/records.ts"
import { callAsPatient } from "../../sdk/patient/session.ts"
import { witnessesBehind } from "../../sdk/patient/witness.ts"
import { over } from "../../test/kit/network.ts"
import { accessBy, documentOf } from "../../test/kit/people.ts"
import { forkedCloud, notingManifests } from "../forked-cloud.ts"
import { type Ground, newPatient, outcomeOf, type Story } from "../ground.ts"
import { lyingInClear } from "../operator.ts"

/** A phone and a tablet of one patient, led apart for several manifests: the phone in the honest cloud, the tablet on a branch. */
const ledApart = async (on: Ground, name: string) => {
  const { noting, manifests } = notingManifests(on.network)
  const patient = await newPatient({ ...on, network: noting }, name, ["summary", "document"])
  const { session: phone, login } = patient
  const stolen = await over(noting, () => makeCard(phone, { hri: on.hri, categories: ["summary"] }))
  const { start, tablet } = await over(noting, async () => ({
    start: await callAsPatient(phone, "patient/get-manifest", { after: "0" }),
    tablet: await signIn(await openCloud(on.cloud), login, phone.keys, structuredClone(phone.memory)),
  }))
  await over(on.network, async () => {
    await uploadRecord(phone, documentOf("summary", "ALLERGY to penicillin"))
    await revokeCard(phone, stolen.cardId)
  })
  const fork = forkedCloud(on.network, start, manifests)
  await over(fork.network, async () => {
    for (let n = 1; n <= 6; n++) await uploadRecord(tablet, documentOf("document", `tablet ${n}`))
  })
  return { patient, phone, tablet, fork }
}

const toldToTheOther: Story = {
  attack: 2,
  name: "a fork of many manifests, told to the device that was on the other branch",
  expected: "manifest-rolled-back, manifest-rolled-back, manifest-rolled-back",
  play: async (on) => {
    const { phone, fork } = await ledApart(on, "forked")
    const seen = [
      await outcomeOf(fork.network, () => listRecords(phone)),
      await outcomeOf(fork.network, () => listCards(phone)),
      await outcomeOf(fork.network, () => startEpoch(phone, ["summary"])),
    ]
    return seen.join(", ")
  },
}

const witnessed: Story = {
  attack: 2,
  name: "a fork, written over what the index has witnessed",
  expected: "behind, the entry names the other branch",
  play: async (on) => {
    const { patient, phone, tablet } = await ledApart(on, "overwritten")
    const { manifest } = await over(on.network, () => lookUp(patient.card, { local: true }))
    const behind = witnessesBehind(tablet).includes(patient.cardId) ? "behind" : "IN STEP"
    return `${behind}, the entry names ${manifest.hash === phone.memory.manifest?.hash ? "the other branch" : "THE FORK"}`
  },
}

const shownToAProfessional: Story = {
  attack: 2,
  name: "a fork, shown to a professional under an honest index",
  expected: "manifest-rolled-back",
  play: async (on) => {
    const { patient, fork } = await ledApart(on, "shown")
    const { manifest: witness } = await over(on.network, () => lookUp(patient.card, { local: true }))
    const { manifest } = fork.newest()
    const links = fork.linksTo(witness.number)
    const lying = lyingInClear(on.network, patient, on.paramedic, (answer) => ({ ...answer, manifest, links }))
    return outcomeOf(lying, () => accessBy(patient.card, on.physician))
  },
}

export const forkStories: readonly Story[] = [toldToTheOther, witnessed, shownToAProfessional]
