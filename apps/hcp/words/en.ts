import type { OpeningStep } from "../open-card.ts"
import type { Ending } from "../state.ts"

/** Words of the HCP App. `el.ts` has the same keys, or the build fails. */
const en = {
  name: "Emergency Record",
  places: "Parts of the record",

  certificate: {
    title: "Your certificate",
    lead: "To open a record in an emergency, the patient's cloud must know that you are a healthcare professional. Load your certificate once; its key then stays in this browser and can't be copied out of it.",
    file: "Certificate file",
    fileHint: "A PKCS #12 file, ending in .p12 or .pfx, from the authority that certified you",
    choose: "Choose a file",
    chosen: (name: string) => `Chosen: ${name}`,
    noFile: "Choose the file first.",
    password: "Password of the file",
    load: "Load the certificate",
    unreadable: "The certificate in this file can't be read.",
    notKept:
      "This browser keeps nothing for this page, perhaps because its window is private. The certificate is loaded until you close the page.",
    holder: "Name",
    profession: "Profession",
    issuer: "Issued by",
    validity: "Valid",
    between: (from: string, to: string) => `${from} to ${to}`,
    expired: "Your certificate has expired. No cloud will open a record with it.",
    notYet: "Your certificate is not valid yet. No cloud will open a record with it.",
    remove: "Remove the certificate",
    removeTitle: "Remove the certificate from this device?",
    removeText: "Its key is deleted here. To open a record from this device again, you need the file and its password.",
    removed: "The certificate and its key have been deleted from this device.",
    noName: "No name in the certificate",
  },

  start: {
    title: "Open a record",
    lead: "Scan the emergency card the patient carries. Opening it is an emergency access: it is written into the patient's log, with your name.",
    steps: {
      index: "Asking the index where the record is…",
      access: "Asking the patient's cloud for access…",
      summary: "Fetching and decrypting the summary…",
    } satisfies Record<OpeningStep, string>,
    noSummaryYet: "The access is open, but the summary has not come through.",
    giveUp: "Stop and close",
    offline: "There is no network. A card can be read, but no record can be opened.",
    untold: (end: string) =>
      `The patient's cloud could not be told yet. The access ends by itself on ${end}, if there is no network until then.`,
    endings: {
      closed: ["The record is closed", "Nothing of the patient is left on this device."],
      "not-this-patient": [
        "The record of another person was closed",
        "Nothing of it was shown but name, date of birth and picture, and nothing is left on this device. The access stays in that person's log.",
      ],
      expired: [
        "The access has ended",
        "An emergency access lasts an hour. Everything of the patient was deleted from this device. In a new emergency, scan the card again.",
      ],
      halted: [
        "The patient has ended the access",
        "Everything of the patient was deleted from this device, and nothing more can be read or added.",
      ],
    } satisfies Record<Ending, readonly [title: string, text: string]>,
  },

  confirm: {
    title: "Is this the patient?",
    lead: "Compare with the person in front of you, their papers or wristband. Nothing else of the record is shown before you confirm.",
    photo: "Picture of the patient in the record",
    noPhoto: "No picture in the record",
    yes: "This is the patient",
    no: "Not this patient",
    unknown:
      "The record doesn't say who the patient is. Be sure of it by other means before you go on: whose card is it, and where was it found?",
    notIncluded: "This card doesn't open the summary, where the patient's name stands.",
    severalIdentities: "Documents of this record name different people. Go on only if you are sure whose record it is.",
  },

  strip: {
    label: "Patient and access",
    left: (time: string) => `${time} left`,
    leftLabel: "Time left on this access",
    close: "Close record",
    closeTitle: "Close this record?",
    closeText:
      "Everything of the patient is deleted from this device, and the access ends. To open the record again, scan the card.",
    soon: "The access ends in less than 5 minutes",
    soonText: "Then everything of the patient is deleted from this device. Send what you want to add now.",
    offline: "No network. What is open stays readable; nothing more can be fetched or sent.",
    printed: (moment: string) => `Printed ${moment} during an emergency access. Confidential.`,
  },

  record: {
    title: "Summary",
    place: "Summary",
    confirmed: (date: string) => `last confirmed by the patient on ${date}`,
    from: (document: string) => `From: ${document}. What names no source of its own is from here.`,
    noSummary: "There is no summary to show",
    notIncluded: "The patient's card doesn't open the summary.",
    empty: "The patient has stored no summary.",
    notFhir: "The summary isn't a document this app can read. It is shown as the file it is.",
    unreviewedTitle: (count: number) =>
      count === 1 ? "1 addition not reviewed by the patient" : `${count} additions not reviewed by the patient`,
    unreviewedText:
      "Other professionals added it in an emergency. It may be newer than the summary, such as an allergy found since. Read it before you decide.",
    sections: "The whole summary",
    openFile: "Show the file",
  },

  results: {
    title: "Laboratory",
    place: "Laboratory",
    reports: "Laboratory reports",
    trends: "Values over time",
    none: "No numeric results were found in what has been read.",
    reading: (count: number) => (count === 1 ? "Reading 1 report…" : `Reading ${count} reports…`),
    notRead: (count: number) =>
      count === 1 ? "1 report could not be read for the trends." : `${count} reports could not be read for the trends.`,
    ofOthers: (count: number) =>
      count === 1
        ? "1 report names another patient. Its values are left out; open it below to see whom."
        : `${count} reports name other patients. Their values are left out; open them below to see whom.`,
    find: "Find a value",
    shown: (count: number, all: number) => `${count} of ${all} shown`,
  },

  lists: {
    images: "Images",
    documents: "Documents",
    imagesPlace: "Images",
    documentsPlace: "Documents",
    none: "Nothing here.",
    notIncluded: "The patient's card doesn't open this part.",
    unreviewed: "Not reviewed by the patient",
    addedBy: (who: string) => `Added by ${who}`,
    certificateEnded: (day: string) => `Certificate ended on ${day}: only its author says when this was added`,
    unopenable: "Can't be opened",
    unopenableHint: "It was sealed under a key that this card doesn't open, or wrongly. Ask whoever added it.",
    untitled: "Untitled",
    refresh: "Look again",
    sensitiveTitle: "Sensitive documents",
    sensitiveText:
      "What the patient keeps apart, such as mental or sexual health. Look only if you need it for this emergency; the patient's log says that you did.",
    sensitiveShow: "Show the list",
  },

  view: {
    back: "Back to the list",
    loading: "Fetching and decrypting",
    stop: "Stop",
    file: "This kind of document can't be shown here",
    fileText: (type: string) => `It is of the type ${type}. Save it to open it in a program that can.`,
    save: "Save the file…",
    saveTitle: "Save this file outside the app?",
    saveText:
      "The file is written to this device unencrypted, and this app can't delete it when the access ends. Save it only if you need it, and delete it afterwards.",
    saveYes: "Save it",
    newTab: "Open in a new tab",
    pdf: (title: string) => `PDF document: ${title}`,
    pdfHint: "If you see nothing here, open it in a new tab or save it.",
    image: (title: string) => `Image: ${title}`,
    unknownType: "not stated",
    unreviewedText: "The patient has not seen this addition. Who added it signed it; nobody else has checked it.",
    whose: "This document names another patient",
    whoseText: (name: string) =>
      `It names ${name}. That is not the patient you confirmed. Use nothing of it before that is clear.`,
  },

  receipts: {
    save: "Save the receipts of this access",
    hint: "What the patient's cloud signed of this access and of what you added. It shows that you asked and when, should the patient's log not tell of it, and holds nothing of the record. It is gone when you close this page or open another record.",
  },

  add: {
    title: "Add to the record",
    place: "Add",
    lead: "What you add is encrypted to the patient and signed with your certificate. It waits until the patient approves it; until then, other professionals see it as not reviewed.",
    kind: "What do you want to add?",
    kinds: { note: "Note", observation: "Measurement", medication: "Medicine given", file: "File" },
    noteTitle: "Title",
    noteTitleDefault: "Emergency note",
    noteText: "Note",
    noteHint: "What you found, what you did, what the patient or the next professional must know",
    measurement: "Measurement",
    value: "Value",
    unit: "Unit",
    what: "What was measured",
    valueFault: "Enter a number, such as 5.4.",
    missing: "This is needed.",
    medicine: "Medicine",
    medicineHint: "Substance or product, as you would write it in the chart",
    dose: "Dose and route",
    doseHint: "For example: 0.5 mg intramuscularly",
    at: (zone: string) => `When (${zone})`,
    atFault: "Enter a date and a time that is not in the future.",
    remark: "Remark",
    file: "File",
    chooseFile: "Choose a file",
    noFile: "Choose a file first.",
    unread: "This file can't be read on this device. Save it to the device first, and choose it again.",
    notAsItIs: "Tick that it is added as it is, or choose another file.",
    fileTitle: "Title",
    category: "Belongs to",
    categoryHint: "Only parts that this card opens",
    review: "Check and sign",
    reviewTitle: "Sign and send this?",
    reviewText: (who: string) =>
      `It is signed as ${who} and can't be taken back. The patient decides whether it becomes part of the record.`,
    sign: "Sign and send",
    sending: "Encrypting and sending",
    stop: "Stop sending",
    sent: "Sent. It waits for the patient's decision.",
    sentTitle: "Added in this access",
    waits: "Waits for the patient's decision",
    seen: "The cloud lists it, as not reviewed.",
    noCategory: "The patient's card opens no part that something could be added to.",
    discard: "Clear the form",
  },
}

export default en
export type Words = typeof en
