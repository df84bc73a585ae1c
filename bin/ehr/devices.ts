import { endSigner, type ListedSigner, listSigners } from "../../sdk/patient/signers.ts"
import { asPatient, type Command, type Outcome } from "./command.ts"
import { UsageError } from "./exit.ts"

const states = { active: "signs for you", ending: "is being ended", ended: "ended" } satisfies Record<
  ListedSigner["status"],
  string
>

const shown = (devices: readonly ListedSigner[]): Outcome => {
  const listed = devices.map(({ since, ...device }) => ({ ...device, since: new Date(since * 1000).toISOString() }))
  return {
    value: { devices: listed },
    lines: listed.map(
      ({ signerId, since, status, isThisDevice }) =>
        `${signerId}  since ${since}  ${states[status]}${isThisDevice ? "  (this machine)" : ""}`,
    ),
  }
}

/** The devices that sign for the patient; ends another one. */
export const devicesCommand: Command = {
  usage: [
    "[end DEVICE]",
    "Lists the devices that sign for you. end DEVICE: this one signs and reads nothing more, with all that it let in; your cards end with it, and you make new ones. A device that has ended this machine is ended by your recovery phrase: ehr sign-in.",
  ],
  options: {},
  positionals: [0, 2],
  run: ({ positionals: [verb, signerId] }, context) => {
    if (verb !== undefined && (verb !== "end" || signerId === undefined))
      throw new UsageError("devices takes nothing, or end and the device that it lists.")
    return asPatient(context, async (session) => {
      if (signerId === undefined) return shown(await listSigners(session))
      const device = (await listSigners(session)).find((listed) => listed.signerId === signerId)
      if (device === undefined) throw new UsageError("This device is not on your list: ehr devices shows it.")
      if (device.isThisDevice)
        throw new UsageError("This machine can't end itself: another device does, or ehr sign-in on a new one.")
      const ended = await endSigner(session, signerId)
      return {
        value: { ended },
        lines:
          ended.length === 0
            ? ["This device had ended before: nothing has changed."]
            : [
                ...ended.map((each) => `${each} has ended.`),
                "Your cards have ended with it: ehr card makes a new one.",
              ],
      }
    })
  },
}
