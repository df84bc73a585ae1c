const en = {
  title: "About this app",
  version: (version: string) => `Version ${version}`,
  privacy: "Privacy",
  sealed:
    "Records are encrypted on the patient's device. Whoever runs the cloud can't read them; a certified professional can, for an hour, by the patient's card.",
  known:
    "The cloud knows the patient's e-mail address, when and how much is stored, and who accessed a record when, by their certificate. It writes each access into the patient's log.",
  nothing:
    "Whoever serves this app hasn't said who is responsible, or there is no network. Ask whoever gave you the app.",
  responsible: "Responsible",
  region: "Kept in",
  trail: "The log",
  trailKept: (days: string) => `Nobody can delete it for ${days} days. It names nobody.`,
  help: "Help",
}

export default en
export type AboutWords = typeof en
