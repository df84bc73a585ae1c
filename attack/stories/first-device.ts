import type { ResponseOf } from "../../contract/routes.ts"
import { createAccountKey } from "../../protocol/account-key.ts"
import { openCloud } from "../../sdk/cloud.ts"
import { beginRecord } from "../../sdk/patient/account.ts"
import { uploadRecord } from "../../sdk/patient/records.ts"
import { recover } from "../../sdk/patient/recovery.ts"
import { callAsPatient } from "../../sdk/patient/session.ts"
import { type Network, over } from "../../test/kit/network.ts"
import { documentOf } from "../../test/kit/people.ts"
import { forkedCloud, notingManifests } from "../forked-cloud.ts"
import { type Ground, newPatient, notFound, outcomeOf, type Patient, type Story } from "../ground.ts"

const recovering = async ({ cloud }: Ground, { login, phrase }: Patient, card?: string) =>
  recover(await openCloud(cloud), login, phrase, { keepOthers: true, ...(card === undefined ? {} : { card }) })

const nothingThere: Story = {
  attack: 9,
  name: "a new device that is told there is no record, to sign an empty one",
  expected: "manifest-missing, manifest-missing, 0 signed",
  play: async (on) => {
    const patient = await newPatient(on, "empty")
    let signed = 0
    const liar: Network = async (asked) => {
      if (asked.route === "patient/publish-manifest") signed++
      return asked.route === "patient/get-manifest" ? notFound() : on.network(asked)
    }
    const seen = await outcomeOf(liar, () => recovering(on, patient))
    const { manifest: _, ...forgetful } = structuredClone(patient.session.memory)
    const emptied = await outcomeOf(liar, () => beginRecord({ ...patient.session, memory: forgetful }))
    return `${seen}, ${emptied}, ${signed} signed`
  },
}

const olderThanTheCard: Story = {
  attack: 9,
  name: "a new device that is shown an older record than the printed card's entry names",
  expected: "manifest-rolled-back",
  play: async (on) => {
    const { noting, manifests } = notingManifests(on.network)
    const patient = await newPatient({ ...on, network: noting }, "older")
    const old = await over(on.network, () => callAsPatient(patient.session, "patient/get-manifest", { after: "0" }))
    await over(on.network, () => uploadRecord(patient.session, documentOf("summary", "ALLERGY to penicillin")))
    // What the new device publishes upon it, this cloud takes.
    const fork = forkedCloud(on.network, old, manifests)
    return outcomeOf(fork.network, () => recovering(on, patient, patient.text))
  },
}

/** The operator's own key in the place of the account key that the device made: sealed to the device, as anybody can. */
const swapped = async (
  { accountKey, ...answer }: ResponseOf<"patient/recover">,
  place: { cloudId: string; patientId: string },
) => {
  const holders = accountKey.sealed.map(({ to }) => to)
  return { ...answer, accountKey: (await createAccountKey(place, holders)).accountKey }
}

const keyOfItsOwn: Story = {
  attack: 9,
  name: "an account key of the cloud's own making, at the first sign-in",
  expected: "account-key-invalid",
  play: async (on) => {
    const place = { cloudId: "", patientId: "" }
    const operator: Network = async (asked) => {
      const reply = await on.network(asked)
      const text = () => JSON.parse(new TextDecoder().decode(reply.body)) as never
      if (asked.route === "system/well-known") place.cloudId = (text() as { cloudId: string }).cloudId
      if (asked.route === "patient/sign-in") place.patientId = (text() as { patientId: string }).patientId
      if (asked.route !== "patient/recover") return reply
      const body = new TextEncoder().encode(JSON.stringify(await swapped(text(), place)))
      return { ...reply, body }
    }
    return outcomeOf(operator, () => on.open("swapped"))
  },
}

export const firstDeviceStories: readonly Story[] = [nothingThere, olderThanTheCard, keyOfItsOwn]
