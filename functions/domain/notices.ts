import { deactivationWaitSeconds } from "../../protocol/deactivation.ts"
import type { Notice } from "./ports.ts"
import { defineUseCase } from "./runner.ts"
import type { Step } from "./step.ts"

/**
 * Says that there was an access and when, and nothing of the record, the card, the place or the professional: an e-mail is read by
 * whoever holds the phone. No link either, so that nobody learns to follow one from such a message. Exact to the minute, in UTC.
 */
export const accessNotice = (at: Date): Notice => ({
  subject: "Emergency access to your health record",
  text: [
    `An emergency access to your health record began on ${at.toISOString().slice(0, 10)} at ${at.toISOString().slice(11, 16)} UTC.`,
    "Open your app to see who it is and what they read, or to end it at once.",
    "If you know of no emergency, end it, and revoke your card.",
  ].join("\n\n"),
})

/** Says that somebody read what a card says to anybody, in an hour that began then; exact to the hour, in UTC. */
export const readingNotice = (at: Date): Notice => ({
  subject: "Your card was read",
  text: [
    `Somebody read what your card says to anybody, on ${at.toISOString().slice(0, 10)} after ${at.toISOString().slice(11, 13)}:00 UTC.`,
    "Nothing else of your health record was opened by it. You are told once for all readings within an hour.",
    "If you don't have your card, or know of nobody who held it, revoke it in your app.",
  ].join("\n\n"),
})
/** Says that the account is to be destroyed, from when on, and how that is stopped; exact to the minute, in UTC. */
export const deactivationNotice = (at: Date): Notice => {
  const said = (time: Date) => `${time.toISOString().slice(0, 10)} at ${time.toISOString().slice(11, 16)} UTC`
  const due = new Date(at.getTime() + deactivationWaitSeconds * 1000)
  return {
    subject: "Your health record is to be destroyed",
    text: [
      `One of your devices asked on ${said(at)} to destroy your account and your health record. They are destroyed for good after ${said(due)}.`,
      "If you asked for it, you need do nothing.",
      "If you didn't, somebody has one of your devices: open your app on another and stop it, then end the device that asked. If you have no other, sign in on a new device with your recovery phrase: that stops it too.",
    ].join("\n\n"),
  }
}
/** Says that a practice sent something, which waits; exact to the minute, in UTC. */
export const deliveryNotice = (at: Date): Notice => ({
  subject: "A practice sent something to your health record",
  text: [
    `A practice that you gave an address to sent something to your health record on ${at.toISOString().slice(0, 10)} at ${at.toISOString().slice(11, 16)} UTC.`,
    "It is no part of your record, and nobody else is shown it, until you approve it in your app.",
    "If you know of no such practice, reject it, and revoke the address in your app.",
  ].join("\n\n"),
})
const noticeOf = {
  access: accessNotice,
  reading: readingNotice,
  delivery: deliveryNotice,
  deactivation: deactivationNotice,
} as const

/** Once for each grant, hour of readings, delivery, or request to destroy the account, or more than once where the answer to a first attempt was lost: better twice than never. */
export const notifyPatient = defineUseCase(
  "system/notify-patient",
  async (
    _reading: object,
    { patientId, at, of }: { patientId: string; at: Date; of: keyof typeof noticeOf },
  ): Promise<Step<"system/notify-patient", "sent" | "undeliverable" | "nobody", { notices: "send" }>> => ({
    because: "told-before",
    act: async ({ ports }) => ({ done: await ports.notices.send(patientId, noticeOf[of](at)) }),
  }),
)
