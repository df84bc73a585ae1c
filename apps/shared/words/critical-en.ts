/** The words of what is read in the first seconds. */
const en = {
  title: "What to know first",
  body: "Body",
  more: (count: number) => `${count} more below`,
  anticoagulant: "Anticoagulant",
}

export type CriticalWords = typeof en
export default en
