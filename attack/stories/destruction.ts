import { signStatement } from "../../protocol/statement.ts"
import { readContents } from "../../sdk/patient/contents.ts"
import { cancelDeactivation, requestDeactivation } from "../../sdk/patient/deactivation.ts"
import { listRecords } from "../../sdk/patient/listed.ts"
import { downloadRecord } from "../../sdk/patient/records.ts"
import { recover } from "../../sdk/patient/recovery.ts"
import { callAsPatient, type PatientSession } from "../../sdk/patient/session.ts"
import { endSigner } from "../../sdk/patient/signers.ts"
import { stamp } from "../../sdk/stamp.ts"
import { over } from "../../test/kit/network.ts"
import { type Ground, newPatient, outcomeOf, type Patient, type Story } from "../ground.ts"
import { stolenFrom } from "./stolen.ts"

const week = 7 * 24 * 60 * 60

/** What a stolen device signs, were it not the SDK's. */
const says = ({ cloud, patientId, keys, signerId }: PatientSession, typ: string, claims: object) =>
  signStatement({
    typ,
    alg: "ES256",
    privateKey: keys.signing.privateKey,
    kid: signerId,
    payload: { aud: cloud.cloudId, ...stamp(), patientId, ...claims },
  })

const waitsFor = async (session: PatientSession, thief: PatientSession): Promise<string> => {
  const { deactivation } = await readContents(session)
  if (deactivation === undefined) return "nothing waits"
  const { by, askedAt, dueAt } = deactivation
  return `${by === thief.signerId ? "the thief's" : "ANOTHER'S"} waits ${(dueAt - askedAt) / 86_400} days`
}

const read = async (session: PatientSession): Promise<string> => {
  const listed = await listRecords(session)
  const opened = await Promise.all(listed.map((each) => downloadRecord(session, each)))
  return `${opened.length} of ${listed.length} read`
}

const theft = async (on: Ground, name: string): Promise<Patient & { thief: PatientSession }> => {
  const patient = await newPatient(on, name)
  return { ...patient, thief: await over(on.network, () => stolenFrom(patient)) }
}

const atOnce: Story = {
  attack: 17,
  name: "a stolen device that signs, to destroy the account at once, or by a request that it dates back",
  expected: "statement-invalid, statement-stale, statement-invalid, 1 of 1 read",
  play: async (on) => {
    const { session, thief } = await theft(on, "at once")
    const iat = stamp().iat - week
    const attempts = [
      ["patient/deactivate", await says(thief, "deactivation", {})],
      ["patient/request-deactivation", await says(thief, "deactivation-request", { under: 1, iat })],
      ["patient/request-deactivation", await says(thief, "deactivation-request", { under: 17 })],
    ] as const
    const seen: string[] = []
    for (const [route, statement] of attempts)
      seen.push(await outcomeOf(on.network, () => callAsPatient(thief, route, { statement })))
    return `${seen.join(", ")}, ${await over(on.network, () => read(session))}`
  },
}

const inAWeek: Story = {
  attack: 17,
  name: "a stolen device that asks for the end of the account, and ends its owner's device to keep it from being stopped",
  expected:
    "the thief's waits 7 days, nothing waits once stopped, nothing waits once ended, nothing waits once recovered, 1 of 1 read",
  play: async (on) => {
    const { session, thief, login, phrase } = await theft(on, "in a week")
    return over(on.network, async () => {
      await requestDeactivation(thief)
      const shown = await waitsFor(session, thief)
      await cancelDeactivation(session)
      const stopped = await waitsFor(session, thief)
      await requestDeactivation(thief)
      await endSigner(session, thief.signerId)
      const ended = await waitsFor(session, thief)
      const second = await stolenFrom({ session, login })
      await requestDeactivation(second)
      await endSigner(second, session.signerId)
      const back = await recover(session.cloud, login, phrase)
      if (back.outcome !== "ok") throw new Error(back.outcome)
      const recovered = await waitsFor(back.session, second)
      return `${shown}, ${stopped} once stopped, ${ended} once ended, ${recovered} once recovered, ${await read(back.session)}`
    })
  },
}

export const destructionStories: readonly Story[] = [atOnce, inAWeek]
