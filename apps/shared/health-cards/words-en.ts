/** The words of SMART Health Cards and Links. `words-el.ts` has the same keys, or the build fails. */
const en = {
  signatures: {
    verified: (issuer: string) => `Signed by ${issuer}: verified. Whether it was taken back since isn't asked.`,
    unchecked: (issuer: string) =>
      `It says that ${issuer} signed it. This app has no key of that issuer: the signature is unchecked.`,
    wrong: (issuer: string) =>
      `It says that ${issuer} signed it, and that is not so: it was changed, or made by somebody else. What it says isn't shown.`,
  },
  issued: (day: string) => `Issued on ${day}`,
  ended: (day: string) => `It has ended on ${day}.`,
  unread: (count: number) =>
    count === 1 ? "A card in this file can't be read." : `${count} cards in this file can't be read.`,
  empty: "It holds no health data that can be shown.",
  scan: "Scan a health code",
  scanLead:
    "The code of a SMART Health Card or a SMART Health Link, such as a vaccination certificate. Nothing is sent anywhere before you see what it is.",
  otherCode: "This code is neither a SMART Health Card nor a SMART Health Link.",
  part: (number: number, of: number, missing: number) =>
    missing === 1
      ? `Part ${number} of ${of} is read. 1 part is missing: scan it too.`
      : `Part ${number} of ${of} is read. ${missing} parts are missing: scan them too.`,
  partsDiffer: "These codes don't belong to one card. Begin with the first part again.",
  cardTitle: "SMART Health Card",
  linkTitle: "SMART Health Link",
  link: {
    asks: (host: string) =>
      `This link leads to ${host}. If you fetch it, that server learns that somebody fetches it now, and nothing else of you.`,
    label: (label: string) => `Its maker calls it “${label}”.`,
    passcode: "Passcode of this link",
    fetch: "Fetch it",
    leave: "Leave it",
    title: (label: string | undefined) => label ?? "Document behind a SMART Health Link",
  },
  failures: {
    expired: "This link has ended. Ask its maker for a new one.",
    "address-refused":
      "This app may not ask the server that this link names. Open the link elsewhere, save what it gives, and add the file.",
    "wrong-passcode": "The passcode is wrong.",
    gone: "There is nothing behind this link any more.",
    refused: "The server that this link names refuses it.",
    "too-large": "What lies behind this link is too large to be fetched here.",
    unreadable: "What the server gave isn't what this link promises. Nothing of it was taken.",
  },
  left: (count: number) => (count === 1 ? "1 more try." : `${count} more tries.`),
}

export default en
