import { lineKindsEn } from "../../shared/words/line-kinds-en.ts"

/** The words of the cards' screen alone. */
const en = {
  kinds: lineKindsEn,
  form: {
    name: "What you call this card",
    nameHint: "For you alone, such as “Wallet” or “Mother's copy”. Nobody else can read it. You may leave it empty.",
    nameFault: "Shorter, please: some 47 letters are the most.",
    count: (count: number) =>
      count === 0
        ? "None yet; what is added later is opened too."
        : count === 1
          ? "1 document."
          : `${count} documents.`,
    opens: (documents: number, categories: number) =>
      `This card opens ${documents === 1 ? "1 document" : `${documents} documents`} of ${categories === 1 ? "1 category" : `${categories} categories`}, and what you add to them later.`,
    loses: (categories: string) =>
      `It opens no more at once, also to somebody who is reading now: ${categories}. What was read before can't be taken back.`,
    preview: "What a professional sees first",
    noSummary: "You have no summary that can be shown. A professional sees the list of documents alone.",
    summaryClosed: "This card doesn't open the summary. A professional sees the list of documents alone.",
    rest: "Fetched one by one, after a press:",
    change: "Change",
    changeLead:
      "Both printed codes stay as they are, so there is no need to print it again. You change what the back opens.",
    changeGo: "Change the card",
    changed:
      "The card is changed. The words on the printed back still name what it opened before: print it again when you like.",
  },
  lock: {
    open: "Picture for the lock screen",
    title: "A picture for the lock screen",
    which: "Which code?",
    sides: { front: "For anybody", back: "For professionals", both: "Both" },
    meaning: {
      front: "Any camera opens the page of your card: the emergency number, and what you chose to say to anybody.",
      back: "A certified professional reads what the card opens. Nobody else can do anything with it.",
      both: "Above, the code for anybody; below, the code for certified professionals.",
    },
    locked:
      "It can be scanned while the phone is locked, and without a network of its own. Whoever photographs it has the code: if the phone is lost, revoke the card.",
    frontLine: "In an emergency: scan with any camera",
    backLine: "Healthcare professionals: scan with the app",
    save: "Save the picture",
  },
  kept: {
    title: "Your cards on this device",
    asOf: (when: string) =>
      `As of ${when}. What was changed or revoked elsewhere since shows when you are signed in and online.`,
  },
  unnamed: (made: string) => `Card of ${made}`,
  revokeNamed: (name: string) => `Revoke “${name}”?`,
  replaceNamed: (name: string) => `Replace “${name}”?`,
  open: {
    title: "What this card says to anybody",
    silent: "Nothing: the front shows a code alone, and the page behind it the emergency number.",
    said: "On the front, and on the page that its code opens:",
    begin: "Say something to anybody",
    change: "Change what it says",
    whoReads:
      "Anybody who holds or photographs the front can read it, without certificate, and so can whoever runs the card page. You are told when the page is opened.",
    offers: "From your emergency summary: tap what anybody may know.",
    noOffers: "What stands in your emergency summary can be taken over with one tap. It has nothing for the card yet.",
    offersFailed: "Your emergency summary can't be read now. You can write what the card says yourself.",
    summary: "My emergency summary",
    add: (line: string) => `Add: ${line}`,
    name: "Name",
    line: (place: number) => `Line ${place}`,
    about: (place: number) => `What line ${place} is about`,
    own: "Write a line of your own",
    remove: "Remove",
    call: "Whom to call",
    callHint: "The page shows a button that calls this number.",
    addCall: "Add a number to call",
    phone: "Telephone number",
    full: "Five lines are what can be read on paper. Remove one to add another.",
    faults: {
      long: "At most 80 characters: longer lines can't be read on paper.",
      phone: "Write the number with its country code, such as +30 210 1234567.",
      who: "Who answers there?",
    },
    save: "Say this to anybody",
    stop: "Say nothing any more",
    stopTitle: "Take back what this card says?",
    stopText:
      "The page behind the code says nothing any more at once. What is printed on paper stays on the paper: print the card again and destroy the old paper. The code itself stays valid.",
    saved: "The page behind the code says this now. For the paper, print the card again: the codes stay the same.",
    consent: "It takes the consent to show your record in an emergency.",
  },
}

export type CardWords = typeof en
export default en
