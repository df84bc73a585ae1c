import { openCloud } from "../../sdk/cloud.ts"
import { recover } from "../../sdk/patient/account.ts"
import { plainText } from "../../sdk/plain-text.ts"
import { askPassword, type Command, textOf } from "./command.ts"
import { UsageError } from "./exit.ts"
import { removeProfile, sealKeys, writeProfile } from "./profile.ts"
import { askSecret } from "./terminal.ts"

/** Brings a patient's keys to this machine, by password and recovery phrase. */
export const signInCommand: Command = {
  usage: [
    "--cloud URL --email ADDRESS [--index URL]",
    "Brings your keys to this machine. Asks for the password and the 24 words.",
  ],
  options: { cloud: { type: "string" }, email: { type: "string" }, index: { type: "string" } },
  positionals: [0, 0],
  run: async (given, { directory }) => {
    const address = textOf(given, "cloud")
    const email = textOf(given, "email")
    const index = textOf(given, "index")
    if (address === undefined || email === undefined) throw new UsageError("sign-in needs --cloud and --email.")
    const cloud = await openCloud(address)
    const password = await askPassword()
    const phrase = await askSecret("EHR_RECOVERY_PHRASE", "Recovery phrase, 24 words: ")
    const recovery = await recover(cloud, { email, password }, phrase, { extractable: true })
    if (recovery.outcome !== "ok") throw new UsageError(recovery.message)
    const { session } = recovery
    const keys = await sealKeys(session.keys, password)
    writeProfile(directory, { cloud: address, index, email, keys, memory: session.memory })
    return {
      value: { patientId: session.patientId, cloudId: cloud.cloudId, fingerprint: session.fingerprint },
      lines: [`Signed in at ${plainText(cloud.name)}. Your keys are in ${directory}, sealed under your password.`],
    }
  },
}

/** Takes them away again. */
export const signOutCommand: Command = {
  usage: ["", "Takes your keys off this machine. The cloud keeps your record."],
  options: {},
  positionals: [0, 0],
  run: async (_given, { directory }) => {
    removeProfile(directory)
    return { value: {}, lines: [`Nothing is left in ${directory}.`] }
  },
}
