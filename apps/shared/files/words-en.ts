/** What is said of a file before it is added. */
const en = {
  /** Sizes in pixels. */
  drawn: (from: string, to: string) =>
    `Where, when and by what it was taken is removed. It is made smaller: ${from} pixels become ${to}.`,
  cleaned: "Where, when and by what it was taken is removed.",
  uncleanedTitle: "This picture can't be cleaned",
  uncleaned: {
    undecodable:
      "This browser can't open it. Where and when it was taken may stand in it, and can't be removed. Better: share or save it as JPEG and add that.",
    "too-large":
      "It is too large to be opened here. Where and when it was taken may stand in it, and can't be removed. Better: make it smaller and add that.",
  },
  asItIs: "Add it as it is",
  asItIsHint: "Everybody who may read it can see what stands in it.",
  preparing: "The file is being prepared",
  isProtected:
    "This PDF is protected. If it asks for a password when it is opened, whoever reads it needs that password.",
  /** What is said of a text when it is read. */
  text: {
    guessed: "This text doesn't say how its letters are encoded. If some look wrong, they are.",
    cut: "Only the beginning is shown. Save the file to read all of it.",
  },
  /** What is said of an office program's document when it is read. */
  office: {
    wordsOnly: "Only the words are shown, without their looks. The file itself has all of it.",
    tablesOnly: "Only the values are shown; numbers may have looked otherwise, or had a unit, in their own program.",
    beside: {
      pictures: "It has pictures that aren't shown here.",
      changes: "It has marked changes that nobody has accepted: it is shown as if they were.",
      hidden: "It has hidden words that aren't shown here.",
      symbols: "Where � stands, it has a symbol that can't be shown here.",
    },
    struck: "struck out:",
    table: (number: number, name: string) => (name === "" ? `Table ${number}` : `Table: ${name}`),
    noTable: "It has no values.",
    encrypted: "It has a password. Save the file to open it in its own program.",
    unreadable: "It can't be read here: it may be damaged, or too large. Save the file to open it in its own program.",
  },
  /** A picture that is made larger. */
  zoom: {
    in: "Larger",
    out: "Smaller",
    whole: "Whole picture",
    frame: "Picture: + and − make it larger and smaller, arrows move it",
  },
  /** Pictures that become one document. */
  pages: {
    join: (count: number) => `Make one document of the ${count} pictures`,
    label: (title: string, count: number) => `Document of ${count} pages: ${title}`,
    kind: (count: number) => `PDF, ${count} ${count === 1 ? "page" : "pages"}`,
    page: (number: number, name: string) => `Page ${number}: ${name}`,
    earlier: (number: number) => `Move page ${number} forward`,
    later: (number: number) => `Move page ${number} back`,
    leaveOut: (number: number) => `Leave out page ${number}`,
    moved: (name: string, number: number) => `${name} is now page ${number}.`,
    part: "Make each a document of its own",
  },
}

export default en
export type FileWords = typeof en
