/** The walk of a doctor through their own patients, on a fresh local cloud: `npm run demo -- practice`. */
import * as z from "zod/mini"
import { Problem } from "../contract/errors.ts"
import { contributionDocument } from "../fhir/contribution-document.ts"
import { joinedDocuments } from "../fhir/joined-documents.ts"
import { equal, utf8 } from "../protocol/crypto/bytes.ts"
import { parseJson } from "../protocol/crypto/strict-json.ts"
import { openCloud } from "../sdk/cloud.ts"
import { credentialFromPem } from "../sdk/hcp/credential.ts"
import type { Credential } from "../sdk/hcp/emergency-access.ts"
import { approveContribution, listContributions, readContribution } from "../sdk/patient/contributions.ts"
import { makeDeliveryAddress, revokeDeliveryAddress } from "../sdk/patient/delivery-addresses.ts"
import { listRecords } from "../sdk/patient/listed.ts"
import { confirm, register, signIn } from "../sdk/practice/account.ts"
import { openArchive, sealedArchive } from "../sdk/practice/archive.ts"
import { readPracticeTrail } from "../sdk/practice/audit-trail.ts"
import { guessMapping, patientsInCsv, readCsv, writeCsv } from "../sdk/practice/csv.ts"
import { duplicatesOf } from "../sdk/practice/duplicates.ts"
import { exportFile } from "../sdk/practice/export.ts"
import {
  addFile,
  changeFile,
  deleteFile,
  mergeFiles,
  readFile,
  restoreFile,
  takeFileApart,
} from "../sdk/practice/files.ts"
import { importPatients, previewImport } from "../sdk/practice/import.ts"
import {
  acceptMember,
  inviteMember,
  joinPractice,
  listInvitations,
  readInvitation,
  removeMember,
} from "../sdk/practice/members.ts"
import { openPractice, type Practice } from "../sdk/practice/practice.ts"
import { readVersion, savedVersion } from "../sdk/practice/saved-merge.ts"
import { keptDeliveryAddress, readDeliveryAddress, sendToPatient } from "../sdk/practice/send.ts"
import { type Merged, mergeVersions, settledContent, settledVersion } from "../sdk/practice/three-way-merge.ts"
import { type LocalCloud, openAccountWithConsents, practiceCode, startLocalCloud } from "./local-cloud.ts"
import { runStep, type TimedStep } from "./progress.ts"
import { patientOf } from "./samples/document.ts"
import { eleniPapadaki } from "./samples/eleni-papadaki.ts"
import { practicePatient } from "./samples/practice-patients.ts"

const patients = 200

const ensure = (holds: boolean, what: string): void => {
  if (!holds) throw new Error(`the demo found that ${what}`)
}

const password = "Correct-Horse-7-Battery"
const loginOf = (name: string) => ({ email: `${name.toLowerCase()}@example.org`, password })

const certified = async ({ authority }: LocalCloud, name: string, registrationNumber: string) => {
  const issued = await authority.issue({ commonName: `Dr. ${name}`, profession: "physician", registrationNumber })
  return credentialFromPem(issued.chainPem, issued.privateKeyPem, "ES256")
}

const openNew = async (local: LocalCloud, name: string, credential: Credential): Promise<Practice> => {
  const { engine, clouds } = local
  const [of] = clouds
  const cloud = await openCloud(of.address)
  const login = loginOf(name)
  const { keys, memory } = await register(cloud, login, credential)
  await confirm(cloud, memory, await practiceCode(engine, of, login.email, memory))
  return openPractice(await signIn(cloud, login, keys, memory))
}

/** A colleague comes by words that are told them, and is let in once their keys are vouched for. */
const letIn = async (local: LocalCloud, owner: Practice, name: string): Promise<Practice> => {
  const { engine, clouds } = local
  const [of] = clouds
  const cloud = await openCloud(of.address)
  const login = loginOf(name)
  const { words, memberId } = await inviteMember(owner, "clinician")
  const credential = await certified(local, name, "DEMO-2")
  const { keys, memory } = await joinPractice(cloud, await readInvitation(cloud, words), login, credential)
  await confirm(cloud, memory, await practiceCode(engine, of, login.email, memory))
  const session = await signIn(cloud, login, keys, memory)
  const waiting = (await listInvitations(owner)).find((each) => each.memberId === memberId)
  ensure(waiting?.state === "vouched", "a colleague's keys aren't vouched for")
  await acceptMember(owner, waiting?.invitationId ?? "")
  return openPractice(session)
}

/** Shuts the colleague out: they reach nothing, and what is new is under keys that they never had. */
const shutOut = async (owner: Practice, colleague: Practice): Promise<void> => {
  const { epoch } = owner.keys.opened
  await removeMember(owner, colleague.session.memory.memberId)
  ensure(owner.keys.opened.epoch === epoch + 1, "somebody left and the keys stayed")
  const refused = await colleague.sync().then(
    () => undefined,
    (error: unknown) => error,
  )
  ensure(refused instanceof Problem && refused.code === "not-found", "somebody who left reads on")
}

const importAll = async (practice: Practice, detail: (text: string) => void): Promise<void> => {
  const said = Array.from({ length: patients }, (_, i) => ({ ...practicePatient(i), fileId: "", version: 1 }))
  const table = readCsv(writeCsv(said))
  const options = { dates: "day-first", today: "2026-11-29", system: "urn:example:demo" } as const
  const preview = () => {
    const read = patientsInCsv(table, guessMapping(table.header), options)
    return previewImport(practice.directory, read.patients, read.refused)
  }
  const rows = preview()
  ensure(
    rows.every(({ outcome }) => outcome === "new"),
    "a row of the table isn't taken",
  )
  await importPatients(practice, rows, (done) => detail(`${done} of ${patients}`))
  ensure(
    preview().every(({ outcome }) => outcome === "known"),
    "a second run would double somebody",
  )
}

/** Two files of one person leave as one copy, each whole. */
const exportMerged = async (practice: Practice): Promise<void> => {
  const document = (text: string) => utf8(JSON.stringify({ resourceType: "Bundle", type: "document", id: text }))
  const kept = await addFile(practice, { ...practicePatient(3), fileNumber: "7001" }, document("first"))
  const twin = await addFile(practice, { ...practicePatient(3), fileNumber: "7002" }, document("second"))
  await mergeFiles(practice, twin.fileId, kept.fileId)
  const files = await exportFile(practice, twin.fileId)
  const documents = files.flatMap(({ content }) => (content === undefined ? [] : [parseJson(content)]))
  const joined = joinedDocuments(documents, new Date())
  ensure(documents.length === 2 && joined["type"] === "collection", "the copy of a file lacks what was merged into it")
}

const verifyTrail = async (practice: Practice): Promise<number> => {
  const { events } = await readPracticeTrail(practice)
  const did = new Set(events.map(({ action }) => action))
  for (const action of [
    "put-file",
    "invite",
    "join",
    "change-members",
    "download-url",
    "contribute",
    "export",
  ] as const)
    ensure(did.has(action), `the trail doesn't tell of ${action}`)
  return events.length
}

const exportAll = async (practice: Practice): Promise<void> => {
  const { phrase, lines } = sealedArchive(practice)
  let text = ""
  for await (const line of lines) text += line
  const files = await openArchive(text, phrase)
  ensure(files.length === [...practice.directory.entries()].length, "the archive lacks a file")
}

/** Another device of the same member's, which has seen nothing of today yet. */
const anotherDevice = ({ session }: Practice): Promise<Practice> =>
  openPractice({ ...session, memory: structuredClone(session.memory) })

const medicine = z.strictObject({ id: z.string(), what: z.string(), dose: z.string() })
const schemas = { field: z.string(), item: medicine }
type Sheet = Merged<string, z.infer<typeof medicine>>
const warfarin = (dose: string): Sheet =>
  settledVersion({ fields: {}, lists: { medicines: [{ id: "1", what: "warfarin", dose }] } })

/** Two devices change one medicine of one file: neither is lost, both are saved as undecided, and somebody decides. */
const changeAtOnce = async (here: Practice, there: Practice): Promise<void> => {
  const [entry] = here.directory.search("1000").hits.map((hit) => hit.entry)
  if (entry === undefined) throw new Error("the demo didn't find its first patient")
  const { fileId } = entry
  const read = async (practice: Practice) => readVersion(await readFile(practice, fileId), schemas)
  const before = warfarin("3 mg")
  const written = await changeFile(here, entry, savedVersion(before))
  await there.sync()
  await changeFile(there, written, savedVersion(warfarin("5 mg")))
  const mine = warfarin("2 mg")
  const refused = await changeFile(here, written, savedVersion(mine)).catch((error: unknown) => error)
  ensure(refused instanceof Problem && refused.code === "practice-conflict", "a device wrote over another's change")
  const merged = mergeVersions(before, mine, await read(here))
  ensure(settledContent(merged) === undefined, "one of two doses was taken without asking")
  const saved = await changeFile(here, here.directory.get(fileId) ?? entry, savedVersion(merged))
  await there.sync()
  ensure(settledContent(await read(there)) === undefined, "what was undecided isn't any more")
  await changeFile(there, saved, savedVersion(warfarin("5 mg")))
  await here.sync()
  ensure(settledContent(await read(here)) !== undefined, "what was decided is undecided")
}

const deleteAndUndo = async (practice: Practice): Promise<void> => {
  const [entry] = practice.directory.search("1001").hits.map((hit) => hit.entry)
  if (entry === undefined) throw new Error("the demo didn't find its second patient")
  const deleted = await deleteFile(practice, entry)
  ensure(practice.directory.search("1001").count === 0, "a deleted file is found")
  await restoreFile(practice, deleted)
  ensure(practice.directory.search("1001").count === 1, "a file that was brought back isn't found")
}

const mergeAndUndo = async (practice: Practice): Promise<void> => {
  const first = practicePatient(0)
  const warned = duplicatesOf(first, practice.directory)
  ensure(warned[0]?.entry.fileNumber === "1000", "nobody was warned of a patient who is there already")
  const twin = await addFile(practice, { ...first, fileNumber: "9999" })
  const into = warned[0]?.entry.fileId ?? ""
  await mergeFiles(practice, twin.fileId, into)
  ensure(practice.directory.search("9999").hits[0]?.entry.fileId === into, "a merged file doesn't lead to the other")
  await takeFileApart(practice, twin.fileId)
  ensure(practice.directory.search("9999").hits[0]?.entry.fileId === twin.fileId, "a merge that was undone stands")
}

/** A patient gives the practice an address; the doctor's note in their file is sent, waits, and is approved. */
const sendAndApprove = async (local: LocalCloud, practice: Practice, credential: Credential): Promise<void> => {
  const login = { email: "eleni@example.org", password }
  const { session } = await openAccountWithConsents(local.engine, local.clouds[0], login)
  const { words } = await makeDeliveryAddress(session, "Dr. Rossi")
  const address = await readDeliveryAddress(practice, words)
  const note = contributionDocument(
    { kind: "note", text: "Blood pressure well controlled. Next visit in May.", at: new Date().toISOString() },
    { title: "Note of a visit", author: "Dr. Rossi", patientFrom: patientOf(eleniPapadaki), now: new Date() },
  )
  const { fileId } = await addFile(
    practice,
    { ...practicePatient(2), fileNumber: "8888", delivery: address.delivery },
    utf8(JSON.stringify(note)),
  )
  const kept = practice.directory.get(fileId)?.delivery ?? ""
  const content = await readFile(practice, fileId)
  const document = { category: "document", title: "Note of a visit", contentType: "application/fhir+json" } as const
  await sendToPatient(practice, await keptDeliveryAddress(practice, kept), { ...document, content }, credential)
  const [waiting, ...others] = await listContributions(session)
  if (waiting === undefined || others.length > 0) throw new Error("the demo found that nothing waits for the patient")
  ensure(waiting.addressName === "Dr. Rossi", "the patient isn't told by which address something came")
  const bytes = await readContribution(session, waiting)
  ensure(equal(bytes, content), "the patient reads something else than was sent")
  await approveContribution(session, waiting)
  ensure((await listRecords(session, ["document"])).length === 1, "what was approved is no record")
  await revokeDeliveryAddress(session, address.addressId)
  const refused = await keptDeliveryAddress(practice, kept).catch((error: unknown) => error)
  ensure(refused instanceof Problem && refused.code === "not-found", "a revoked address is one still")
}

const searches = [
  "papadopoulos",
  "παπαδοπουλος γεωρ",
  "xatzidakis",
  "eystathiou",
  "obrien",
  "1957",
  "2/2/1931",
  "55 01",
]

/** Plays the walk and throws where something isn't as it must be. */
export const practiceDemo = async (): Promise<{ steps: readonly TimedStep[]; events: number }> => {
  const steps: TimedStep[] = []
  const step = <T>(name: string, work: (detail: (text: string) => void) => Promise<T>) => runStep(name, steps, work)
  const local = await step("start a local cloud and deploy both stacks", (log) => startLocalCloud({ log }))
  try {
    const rossi = await certified(local, "Rossi", "DEMO-1")
    const here = await step("a certified doctor opens a practice", () => openNew(local, "Rossi", rossi))
    const elsewhere = await step("another doctor opens another", async () =>
      openNew(local, "Weber", await certified(local, "Weber", "DEMO-3")),
    )
    await step(`import ${patients} patients from a table, and again without doubling one`, (detail) =>
      importAll(here, detail),
    )
    const there = await step("open the practice on another device, and verify every change", () => anotherDevice(here))
    await step(`find people by ${searches.length} ways to type them, without a request`, async () => {
      for (const typed of searches) ensure(there.directory.search(typed).count > 0, `nobody is found by "${typed}"`)
      ensure([...there.directory.entries()].length === patients, "the other device has more or fewer patients")
    })
    await step("change one medicine on both devices at once: both are kept, saved, then decided", () =>
      changeAtOnce(here, there),
    )
    await step("delete a file, and bring it back", () => deleteAndUndo(here))
    await step("merge two files of one person, and undo it", () => mergeAndUndo(here))
    await step("send a file to a patient by the address that they gave: they read and approve it", () =>
      sendAndApprove(local, here, rossi),
    )
    const colleague = await step("invite a colleague by 12 words, and let them in", () => letIn(local, here, "Bianchi"))
    await step("shut the colleague out: they reach nothing newer", () => shutOut(here, colleague))
    await step("the other practice sees nothing of it", async () => {
      await elsewhere.sync()
      ensure([...elsewhere.directory.entries()].length === 0, "a practice sees another's patients")
    })
    await step("export one file, with the one that was merged into it", () => exportMerged(here))
    await step("export all, sealed under words of its own", () => exportAll(here))
    const events = await step("verify the audit trail: its chain, and every change", () => verifyTrail(here))
    return { steps, events }
  } finally {
    await local.stop()
  }
}
