import type { Role } from "../../../protocol/practice/claims.ts"
import type { OwnInvitation } from "../../../sdk/practice/members.ts"

/** Who works in a practice, and how somebody comes to it. */
const en = {
  title: "Members",
  lead: "Every member's device holds the names, dates of birth and telephones of all patients. Remove a member as soon as they leave.",
  working: "Working here",
  numbered: (id: string) => `Member ${id}`,
  you: "you",
  role: "Role",
  hints: {
    owner: "Sees and changes everything, invites and removes members, reads the log.",
    clinician: "Sees and changes every file.",
    reception: "Sees who the patients are, and nothing clinical.",
  } satisfies Record<Role, string>,
  remove: "Remove",
  removeTitle: "Remove this member?",
  removeText:
    "They are signed out, and whatever is written from now on is under keys that they never had. What their device has seen before, it may keep.",
  waiting: "Invited",
  look: "Look again",
  states: {
    waiting: "nobody came yet",
    vouched: "came",
    unvouched: "somebody came without the words: not let in",
  } satisfies Record<OwnInvitation["state"], string>,
  until: (when: string) => `The invitation ends on ${when}.`,
  accept: "Let in",
  invite: "Invite somebody",
  inviteText: "You get twelve words and a code. Tell or show them in person, or by telephone: not by e-mail.",
  secretTitle: "The invitation, shown this once",
  secretText:
    "Whoever has these words or the code can come as the member whom you invite. They open “I was invited” in this app on their own device. Then let them in here.",
  codeAlt: "The invitation as a code",
  secretDone: "I have told them",
  ownersOnly: "Owners invite and remove members.",

  joinTitle: "I was invited",
  joinLead: "An owner of the practice told you twelve words, or shows you a code.",
  words: "The twelve words",
  wordsHint: "In their order, with a space between each",
  wordsFault: "These aren't the words of an invitation. Check each, and their order.",
  next: "Go on",
  asRole: (role: string) => `You are invited as: ${role}.`,
  certificateOptional: "For the reception, a certificate is not needed.",
  author: "Your name",
  join: "Join the practice",
}

export default en
export type MemberWords = typeof en
