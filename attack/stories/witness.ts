import type { EmergencyAnswer } from "../../protocol/emergency-answer.ts"
import { uploadRecord } from "../../sdk/patient/records.ts"
import { renewWitnesses, witnessesBehind } from "../../sdk/patient/witness.ts"
import { type Network, over } from "../../test/kit/network.ts"
import { accessBy, documentOf } from "../../test/kit/people.ts"
import { busy, type Ground, newPatient, outcomeOf, type Patient, type Story } from "../ground.ts"
import { lyingInClear } from "../operator.ts"

/** What the cloud answers now, to be told again later. */
const answerNow = async (on: Ground, patient: Patient): Promise<EmergencyAnswer> => {
  const kept: EmergencyAnswer[] = []
  const keeping = lyingInClear(on.network, patient, on.paramedic, (answer) => (kept.push(answer), answer))
  await over(keeping, () => accessBy(patient.card, on.physician))
  const [answer] = kept
  if (answer === undefined) throw new Error("nothing was answered")
  return answer
}

const toldAgain = (on: Ground, patient: Patient, old: EmergencyAnswer) =>
  outcomeOf(
    lyingInClear(on.network, patient, on.paramedic, () => old),
    () => accessBy(patient.card, on.physician),
  )

const byTheCloudAlone: Story = {
  attack: 3,
  name: "the index's witness kept behind by a cloud that is busy for whatever follows a publication",
  expected: "in step, manifest-rolled-back",
  play: async (on) => {
    const patient = await newPatient(on, "kept behind")
    const old = await answerNow(on, patient)
    let published = false
    const operator: Network = async (asked) => {
      if (published && asked.url.href.startsWith(on.cloud)) return busy()
      const reply = await on.network(asked)
      if (asked.route === "patient/commit") published = true
      return reply
    }
    await over(operator, () => uploadRecord(patient.session, documentOf("summary", "ALLERGY to penicillin")))
    const behind = witnessesBehind(patient.session).length === 0 ? "in step" : "BEHIND"
    return `${behind}, ${await toldAgain(on, patient, old)}`
  },
}

const byTheNetwork: Story = {
  attack: 3,
  name: "the index's witness kept behind by whoever keeps the device from the index",
  expected: "shown, in step once it is tried again, manifest-rolled-back",
  play: async (on) => {
    const patient = await newPatient(on, "cut off")
    const { session, cardId } = patient
    const old = await answerNow(on, patient)
    const cutOff: Network = async (asked) => (asked.route.startsWith("hri/") ? busy() : on.network(asked))
    await over(cutOff, () => uploadRecord(session, documentOf("summary", "ALLERGY to penicillin")))
    const shown = witnessesBehind(session).includes(cardId) ? "shown" : "NOT SHOWN"
    await over(on.network, () => renewWitnesses(session))
    const after = witnessesBehind(session).length === 0 ? "in step" : "BEHIND"
    return `${shown}, ${after} once it is tried again, ${await toldAgain(on, patient, old)}`
  },
}

export const witnessStories: readonly Story[] = [byTheCloudAlone, byTheNetwork]
