import { openCloud } from "../../sdk/cloud.ts"
import { recover } from "../../sdk/patient/recovery.ts"
import { plainText } from "../../text/plain-text.ts"
import { readCard } from "./card-file.ts"
import { addressOf, askPassword, type Command, textOf } from "./command.ts"
import { UsageError } from "./exit.ts"
import { askPhrase, wrongPhrase } from "./phrase.ts"
import { removeProfile, sealKeys, writeProfile } from "./profile.ts"

const unwitnessed =
  "No card was shown: whether the cloud shows your record as it is now, or an older state of it, can't be checked. An older one would lack documents added since, and count revoked cards as valid. From now on this machine notices."

/** Makes this machine one that signs for a patient, by password and recovery phrase. */
export const signInCommand: Command = {
  usage: [
    "--cloud URL --email ADDRESS [--index URL] [--card FILE [--overrule]] [--keep-others]",
    "Lets this machine sign for you, and ends your other devices and your cards, in case one was lost. Asks for the password and the 24 words; --card, a picture or the text of your card, shows which state of your record is the newest; --overrule goes on though the index of that card names what the cloud does not show, since a lost device may have written it; --keep-others leaves devices and cards as they are.",
  ],
  options: {
    cloud: { type: "string" },
    email: { type: "string" },
    index: { type: "string" },
    card: { type: "string" },
    overrule: { type: "boolean" },
    "keep-others": { type: "boolean" },
  },
  positionals: [0, 0],
  run: async (given, { directory }) => {
    const address = addressOf(given, "cloud")
    const email = textOf(given, "email")
    const index = addressOf(given, "index")
    if (address === undefined || email === undefined) throw new UsageError("sign-in needs --cloud and --email.")
    const cardFile = textOf(given, "card")
    const card = cardFile === undefined ? undefined : (await readCard(cardFile)).text
    const cloud = await openCloud(address)
    const password = await askPassword()
    const phrase = await askPhrase()
    const recovery = await recover(cloud, { email, password }, phrase, {
      extractable: true,
      overrule: given.values["overrule"] === true,
      keepOthers: given.values["keep-others"] === true,
      ...(card === undefined ? {} : { card }),
    })
    if (recovery.outcome !== "ok") throw wrongPhrase(recovery)
    const { session, witnessed, begunAnew } = recovery
    const keys = await sealKeys(session.keys, password)
    writeProfile(directory, { cloud: address, index, email, keys, memory: session.memory })
    return {
      value: { patientId: session.patientId, cloudId: cloud.cloudId, fingerprint: session.fingerprint, witnessed },
      lines: [
        `Signed in at ${plainText(cloud.name)}. This machine's keys are in ${directory}, sealed under your password.`,
        witnessed ? "The index of your card vouches that this is the newest state of your record." : unwitnessed,
        ...(begunAnew
          ? ["The record's keys opened to nobody and were begun anew: what was added before can't be read."]
          : []),
      ],
    }
  },
}

/** Takes them away again. */
export const signOutCommand: Command = {
  usage: ["", "Takes this machine's keys off it. The cloud keeps your record."],
  options: {},
  positionals: [0, 0],
  run: async (_given, { directory }) => {
    removeProfile(directory)
    return { value: {}, lines: [`Nobody is signed in at ${directory} any more.`] }
  },
}
