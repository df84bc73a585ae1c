import type { WaitingDeactivation } from "../../protocol/deactivation.ts"
import { readContents } from "../../sdk/patient/contents.ts"
import { cancelDeactivation, deactivateAccount, requestDeactivation } from "../../sdk/patient/deactivation.ts"
import type { PatientSession } from "../../sdk/patient/session.ts"
import { asPatient, type Command, type Context, type Outcome } from "./command.ts"
import { UsageError } from "./exit.ts"
import { askPhrase, wrongPhrase } from "./phrase.ts"
import { removeProfile } from "./profile.ts"

const momentOf = (seconds: number): string => new Date(seconds * 1000).toISOString()

const told = ({ signerId }: PatientSession, waiting: WaitingDeactivation | undefined): Outcome => {
  if (waiting === undefined) return { value: {}, lines: ["Nothing waits: your account stays as it is."] }
  const { by, askedAt, dueAt } = waiting
  const device = by === signerId ? "This machine" : `The device ${by}`
  return {
    value: { by, askedAt: momentOf(askedAt), dueAt: momentOf(dueAt) },
    lines: [
      `${device} asked on ${momentOf(askedAt)} to destroy your account. It is destroyed for good after ${momentOf(dueAt)}.`,
      "ehr deactivate --stop stops it. So does ending the device that asked, and a recovery with your phrase on a new one.",
    ],
  }
}

const now = async (context: Context): Promise<Outcome> => {
  const phrase = await askPhrase()
  const destroyed = await asPatient(context, (session) => deactivateAccount(session, phrase))
  if (destroyed.outcome !== "ok") throw wrongPhrase(destroyed)
  removeProfile(context.directory)
  const { finished, indexEntriesLeft } = destroyed
  return {
    value: { finished, indexEntriesLeft },
    lines: [
      finished
        ? "Your account and your record have been destroyed, and this machine's keys with them."
        : "Your account is closed, and this machine's keys are gone. The cloud destroys the rest of the record within hours.",
      ...(indexEntriesLeft > 0 ? ["An index could not be reached: entries stay there that lead nowhere."] : []),
    ],
  }
}

/** The end of the account: asked for, stopped, or at once. */
export const deactivateCommand: Command = {
  usage: [
    "[--ask | --stop | --now]",
    "Says whether your account is to be destroyed. --ask: in seven days, so that your other devices can stop it; --stop: not at all; --now: at once and for good, by the 24 words of your recovery phrase.",
  ],
  options: { ask: { type: "boolean" }, stop: { type: "boolean" }, now: { type: "boolean" } },
  positionals: [0, 0],
  run: async ({ values }, context) => {
    const chosen = ["ask", "stop", "now"].filter((option) => values[option] === true)
    if (chosen.length > 1) throw new UsageError("deactivate takes one of --ask, --stop and --now.")
    if (values["now"] === true) return now(context)
    return asPatient(context, async (session) => {
      if (values["ask"] === true) return told(session, await requestDeactivation(session))
      if (values["stop"] === true) await cancelDeactivation(session)
      return told(session, (await readContents(session)).deactivation)
    })
  },
}
