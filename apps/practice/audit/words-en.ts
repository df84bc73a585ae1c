/** The log of a practice, for its owners. */
const en = {
  title: "Log",
  lead: "Every opening, change, export and membership, in a chain that nobody can rewrite. This device verifies all of it each time.",
  searches: "Searches are not in the log: they happen on the devices, and nobody is asked.",
  verified: (count: number) =>
    `${count} events, verified as one unbroken chain; every change of the practice is among them.`,
  covered: (when: string, count: number) => `The provider signed for the first ${count} on ${when}.`,
  ownersOnly: "Owners read the log.",
  filter: "Show",
  filters: {
    all: "Everything",
    opened: "Openings of files",
    changed: "Changes of files",
    exported: "Exports",
    members: "Members and sessions",
  },
  actions: {
    "put-file": "changed a file",
    "download-url": "opened a file",
    export: "exported",
    "sign-in": "signed in",
    "sign-out": "signed out everywhere",
    invite: "invited somebody",
    join: "joined",
    "change-members": "changed the members",
    recover: "came back by the recovery phrase",
    confirm: "confirmed the e-mail address",
  },
  other: (action: string) => `did “${action}”`,
  refused: "refused",
  you: "You",
  member: (id: string) => `Member ${id}`,
  everything: "all files",
  gone: "a file that was destroyed",
  version: (number: number) => `version ${number}`,
  none: "There is nothing of that kind.",
  more: "Show more",
}

export default en
export type AuditWords = typeof en
