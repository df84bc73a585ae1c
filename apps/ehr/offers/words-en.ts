/** The words of what a document offers to the patient's summary. `words-el.ts` has the same keys, or the build fails. */
const en = {
  titleOf: (document: string) => `For your summary: ${document}`,
  lead: "Choose what is right, one by one. It goes into the draft of your summary, and counts when you have saved that.",
  link: "Use it for my summary",
  panel: {
    title: "New in your record",
    lead: "These documents may say what your emergency summary doesn't.",
    open: (document: string) => `Look it through: ${document}`,
  },
  otherTitle: "This document is about somebody else",
  otherText: "Nothing of it can go into your summary.",
  severalText: "It speaks of several people, or of another one than you.",
  asks: {
    title: "Is this document about you?",
    lead: "Your name and date of birth don't both stand in it as in your summary. Something of somebody else in your summary could harm you.",
    theirs: "The document says",
    yours: "Your summary says",
    nobody: "It names nobody.",
    yes: "Yes, it is about me",
    no: "No, leave it",
  },
  nameNotStated: "name not stated",
  born: (date: string) => `born ${date}`,
  birthNotStated: "date of birth not stated",
  unreadable: "Nothing for a summary can be read from this document.",
  own: "This is your summary itself.",
  nothing: "It says nothing that your summary doesn't say.",
  differs: "It differs from your summary",
  differsLead: "Only one of them may be right. If you aren't sure, ask your physician or pharmacist, and leave yours.",
  news: "Your summary doesn't say this",
  same: (count: number) =>
    count === 1 ? "1 entry stands in your summary already" : `${count} entries stand in your summary already`,
  left: (count: number) => (count === 1 ? "1 entry can't be taken over" : `${count} entries can't be taken over`),
  leftLead: "They are plans, mistakes that were taken back, unclear, or old. The document has them as they are.",
  openDocument: "Open the document",
  yours: "Your summary now",
  theirs: "The document",
  noneInYours: "You state that there are none.",
  nothingInYours: "Nothing of this kind.",
  saysNone: "It says that there are none.",
  incomplete: "Your summary can't hold all that the document says of it. It would say:",
  take: "Take it over",
  replace: "Put it in place of mine",
  beside: "Have both",
  leave: "Leave it",
  taken: "In the draft of your summary",
  leftOne: "Left as it is",
  undo: "Undo",
  status: (taken: number) =>
    taken === 0
      ? "Nothing is taken over yet."
      : taken === 1
        ? "1 entry is taken over into the draft of your summary."
        : `${taken} entries are taken over into the draft of your summary.`,
  done: "Done: check and save my summary",
  doneWithout: "Done",
  draftFirst: "The form of your summary can't be opened. Look at it first.",
  toSummary: "My summary",
  later: "Later",
}

export default en
