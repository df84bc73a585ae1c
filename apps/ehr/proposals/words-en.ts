/** The words of what a professional proposes of the patient's summary. `words-el.ts` has the same keys, or the build fails. */
const en = {
  lead: "Decide on each. Only what you approve is put into your emergency summary, with the name of who proposed it.",
  approve: "Approve",
  reject: "Reject",
  approved: "You approve it",
  rejected: "You reject it",
  states: {
    changed:
      "Your summary has changed since the professional saw it. Approving puts all of their version in the place of what stands there now.",
    gone: "This entry isn't in your summary any more. Nothing can be changed.",
    there: "Your summary says this already.",
    contradicts: "It doesn't say what it claims to change. It can't be approved.",
    invalid: "Your summary can't hold this. It can't be approved.",
  },
  unread: (count: number) =>
    count === 1
      ? "1 more entry can't be taken into a summary, or says two things at once. Nothing of it is taken over."
      : `${count} more entries can't be taken into a summary, or say two things at once. Nothing of them is taken over.`,
  none: "It proposes nothing that your summary could hold.",
  uncertified: "Nobody that this app trusts says who proposes this. It can't be put into your summary.",
  unknown: "somebody whom nobody vouches for",
  status: (open: number) =>
    open === 0 ? "You have decided on all." : open === 1 ? "1 decision is left." : `${open} decisions are left.`,
  sign: "Sign my decisions",
  signTitle: "Sign your decisions?",
  signs: (approved: number, rejected: number) => `You approve ${approved} and reject ${rejected}.`,
  signsApproval:
    "What you approved becomes a new version of your summary. The document of the proposals is kept in your record.",
  signsRejection: "Your summary stays as it is. The document is destroyed; the log keeps that it was proposed.",
  saved:
    "What you approved is put into your emergency summary. Its date of confirmation stays: it is the day on which you said that all of it holds.",
  drafted:
    "What you approved stands in the draft of your emergency summary, with other changes that you had not saved. It counts when you save it.",
  toDraft: "Check and save my summary",
}

export default en
