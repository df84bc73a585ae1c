import { lineKindsEn } from "../../shared/words/line-kinds-en.ts"

/** The words of the card page. Each other language has the same keys, or the build fails. */
const en = {
  title: "Emergency card",
  what: "You hold the emergency card of somebody who may need help.",
  call: (number: string) => `Call ${number}`,
  callHint: "Ambulance. Say where you are and what has happened.",
  contact: (name: string) => `Call ${name}`,
  contactHint: "The person of this card asks you to call.",
  says: "What this person tells everybody",
  name: "Name",
  kinds: lineKindsEn,
  signedAt: (moment: string) => `Written by the person themselves; signed on ${moment}. No physician has checked it.`,
  told: "They are told that their card was opened.",
  nothing: "This card tells nothing to everybody, or it is no longer valid.",
  professionals: "Doctors, nurses, paramedics: turn the card round",
  professionalsHint:
    "The code on the back opens the health record, in the professionals' app, with your certificate. An ordinary camera shows nothing.",
  loading: "Asking what this person tells everybody…",
  offline: "There is no network. The number above works all the same.",
  retry: "Try again",
  foreign: "This address has no card's code. Scan the front of the card.",
  damaged: "The code was not read whole. Scan the front of the card again.",
  newer: "This card is newer than this page. Load the page again when there is a network.",
  invalid: "The answer was not signed by the person of this card. It is not shown.",
  language: "Language",
}

export type CardWords = typeof en
export default en
