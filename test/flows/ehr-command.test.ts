import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as pause } from "node:timers/promises"
import { afterAll, beforeAll, expect, test } from "vitest"
import { readPicture } from "../../apps/shared/files/picture.ts"
import { transferFile } from "../../bin/ehr/profile.ts"
import { writePkcs12 } from "../../local/authority/pkcs12.ts"
import { eleniPapadaki } from "../../local/samples/eleni-papadaki.ts"
import { utf8 } from "../../protocol/crypto/bytes.ts"
import { sealUnder } from "../../protocol/crypto/envelope.ts"
import { metadataKey } from "../../protocol/record-keys.ts"
import { readCheckedTrail } from "../../sdk/patient/audit-trail.ts"
import { readContents } from "../../sdk/patient/contents.ts"
import { withDescriptor } from "../../sdk/patient/listed.ts"
import { publish } from "../../sdk/patient/publication.ts"
import { uploadRecord } from "../../sdk/patient/records.ts"
import { callAsPatient } from "../../sdk/patient/session.ts"
import { beginSealing } from "../../sdk/sealed-record.ts"
import { send } from "../../sdk/transfer/upload.ts"
import { documentOf } from "../kit/people.ts"
import { pictures, secretsIn, withSecrets } from "../kit/pictures.ts"
import { cloud, newPatient } from "./people.ts"

const folder = mkdtempSync(join(tmpdir(), "ehr-command-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const at = (name: string) => join(folder, name)

const certificatePassword = "Local-Cloud-Only-1"

let patient: Awaited<ReturnType<typeof newPatient>>
const environment = (more: Record<string, string> = {}) => ({
  PATH: process.env["PATH"],
  NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"],
  EHR_PASSWORD: patient.login.password,
  EHR_RECOVERY_PHRASE: patient.account.recoveryPhrase,
  EHR_PROFILE: at("profile"),
  ...more,
})
const started: ChildProcess[] = []
afterAll(() => started.forEach((child) => child.kill("SIGKILL")))

const start = (args: readonly string[], env: Record<string, string> = {}) => {
  const child = spawn(process.execPath, ["bin/ehr.ts", ...args], {
    env: environment(env),
    stdio: ["ignore", "pipe", "pipe"],
  })
  started.push(child)
  return child
}

/** Runs the command with `--json`. */
const ehr = async (args: readonly string[], env: Record<string, string> = {}) => {
  const child = start([...args, "--json"], env)
  let [out, err] = ["", ""]
  child.stdout?.on("data", (chunk) => (out += chunk))
  child.stderr?.on("data", (chunk) => (err += chunk))
  const [exitCode] = await once(child, "close")
  const value = out === "" ? undefined : JSON.parse(out)
  const failure = err === "" ? undefined : JSON.parse(err)
  return { exitCode, value, failure, printed: out + err }
}
const done = async (...args: string[]) => {
  const { exitCode, value, failure } = await ehr(args)
  expect(failure).toBeUndefined()
  expect(exitCode).toBe(0)
  return value
}

/** Field 22 of proc(5), as a lock has it beside the process's number. */
const beganAt = (pid: number) => readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ")[19]

/** Bytes that no two places of share. */
const bytesOf = (megabytes: number) => {
  const bytes = Buffer.alloc(megabytes * 1_000_000)
  for (let i = 0; i < bytes.length; i += 4) bytes.writeUInt32LE(Math.imul(i, 2654435761) >>> 0, i)
  return bytes
}
/** Files that begin as DICOM's do, and are of no other content. */
const dicomOf = (content: Uint8Array): Uint8Array => {
  const bytes = Uint8Array.from(content)
  bytes.set(new TextEncoder().encode("DICM"), 128)
  return bytes
}
const study = dicomOf(bytesOf(20))
const correctedStudy = dicomOf(study.subarray(1))

beforeAll(async () => {
  patient = await newPatient()
  const [first] = cloud.clouds
  writeFileSync(at("summary.json"), JSON.stringify(eleniPapadaki))
  writeFileSync(at("study.dcm"), study)
  const signedIn = await done(
    "sign-in",
    "--cloud",
    first?.address ?? "",
    "--index",
    cloud.hri,
    "--email",
    patient.login.email,
  )
  const { patientId, fingerprint } = patient.session
  expect(signedIn).toMatchObject({ patientId, fingerprint, witnessed: false })
})

test("what is kept of a person is for its owner's eyes alone, and the keys in it are sealed", () => {
  expect(statSync(at("profile")).mode & 0o777).toBe(0o700)
  expect(statSync(at("profile/profile.json")).mode & 0o777).toBe(0o600)
  const kept = readFileSync(at("profile/profile.json"), "utf8")
  for (const secret of [patient.login.password, patient.account.recoveryPhrase.split(" ").slice(0, 3).join(" "), '"d"'])
    expect(kept).not.toContain(secret)
})

test("a file of several parts goes up, is listed, and comes down as it was, as a whole and in part", async () => {
  const uploaded = await done("upload", at("study.dcm"), "--category", "imaging", "--title", "CT chest")
  expect(uploaded).toMatchObject({ version: 1, category: "imaging", resumed: false })
  const { recordId } = uploaded
  const { records } = await done("list", "--categories", "imaging")
  expect(records).toMatchObject([{ recordId, title: "CT chest", contentType: "application/dicom", size: study.length }])

  await done("download", recordId, "--output", at("again.dcm"))
  expect(readFileSync(at("again.dcm")).equals(study)).toBe(true)
  expect(existsSync(at("again.dcm.part"))).toBe(false)
  await done("download", recordId, "--output", at("range"), "--range", "9999990+1000020")
  expect(readFileSync(at("range")).equals(study.subarray(9_999_990, 11_000_010))).toBe(true)

  writeFileSync(at("corrected.dcm"), correctedStudy)
  const replaced = await done("upload", at("corrected.dcm"), "--category", "imaging", "--replaces", recordId)
  expect(replaced).toMatchObject({ recordId, version: 2 })
  await done("download", recordId, "--output", at("first.dcm"), "--version", "1")
  expect(readFileSync(at("first.dcm")).equals(study)).toBe(true)
  await done("download", recordId, "--output", at("second.dcm"))
  expect(readFileSync(at("second.dcm")).equals(correctedStudy)).toBe(true)
  expect(readdirSync(at("profile/transfers"))).toEqual([])
})

test("a title can't drive the terminal that shows it", async () => {
  writeFileSync(at("titled"), "x")
  const { recordId } = await done("upload", at("titled"), "--title", "\u001b[2Ja title\u202e\rof another")
  const shown = async (...args: string[]) => {
    const child = start(args)
    let out = ""
    child.stdout?.on("data", (chunk) => (out += chunk))
    await once(child, "close")
    return out
  }
  for (const out of [await shown("list"), await shown("download", recordId, "--output", at("titled-again"))]) {
    expect(out).toContain("[2Ja title of another")
    // oxlint-disable-next-line no-control-regex -- they are what must not be there
    expect(out).not.toMatch(/[\u001b\u202e\r]/)
  }
})

test("an upload that was killed goes on where it was, and a changed file does not pass for it", async () => {
  const large = bytesOf(40)
  writeFileSync(at("large"), large)
  const states = () => (existsSync(at("profile/transfers")) ? readdirSync(at("profile/transfers")) : [])
  const sentParts = () => {
    const file = states().find((name) => name.endsWith(".json"))
    if (file === undefined) return 0
    const { parts } = JSON.parse(readFileSync(at(`profile/transfers/${file}`), "utf8"))
    return parts.filter(({ sent }: { sent: boolean }) => sent).length
  }
  const child = start(["upload", at("large"), "--category", "imaging"])
  const ended = once(child, "close")
  while (sentParts() < 2 && child.exitCode === null) await pause(5)
  child.kill("SIGKILL")
  await ended
  const sent = sentParts()
  expect(sent).toBeGreaterThanOrEqual(2)
  const [lock] = states().filter((name) => name.endsWith(".lock"))
  const running = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"])
  started.push(running)
  const lockFile = at(`profile/transfers/${lock}`)
  writeFileSync(lockFile, `${running.pid} ${beganAt(running.pid ?? 0)}`)
  expect(await ehr(["upload", at("large"), "--category", "imaging"])).toMatchObject({ exitCode: 2 })
  running.kill("SIGKILL")
  await once(running, "close")

  writeFileSync(at("large"), Buffer.concat([Buffer.from([large[0]! ^ 1]), large.subarray(1)]))
  const changed = await ehr(["upload", at("large"), "--category", "imaging"])
  expect(changed).toMatchObject({ exitCode: 5, failure: { code: "source-changed" } })
  expect(sentParts()).toBe(sent)

  writeFileSync(at("large"), large)
  const { recordId, resumed } = await done("upload", at("large"), "--category", "imaging")
  expect(resumed).toBe(true)
  await done("download", recordId, "--output", at("large-again"))
  expect(readFileSync(at("large-again")).equals(large)).toBe(true)
  expect(states()).toEqual([])
})

test("--fresh gives up what was interrupted, and begins anew", async () => {
  writeFileSync(at("other"), bytesOf(25))
  const child = start(["upload", at("other")])
  const ended = once(child, "close")
  const folderOfStates = at("profile/transfers")
  const isBegun = () => readdirSync(folderOfStates).some((name) => name.endsWith(".json"))
  while (!isBegun() && child.exitCode === null) await pause(5)
  child.kill("SIGKILL")
  await ended
  const uploaded = await done("upload", at("other"), "--fresh")
  expect(uploaded).toMatchObject({ resumed: false, category: "document" })
  expect(readdirSync(folderOfStates)).toEqual([])
})

test("Ctrl-C ends an upload with 130, and the same command goes on", async () => {
  writeFileSync(at("interrupted"), bytesOf(40))
  const child = start(["upload", at("interrupted"), "--json"])
  const ended = once(child, "close")
  const isBegun = () => readdirSync(at("profile/transfers")).some((name) => name.endsWith(".json"))
  while (!isBegun() && child.exitCode === null) await pause(5)
  child.kill("SIGINT")
  expect(await ended).toEqual([130, null])
  expect(await done("upload", at("interrupted"))).toMatchObject({ resumed: true })
})

test("a card is made, and a professional reads the record by it and saves a study", async () => {
  await done("upload", at("summary.json"))
  const card = await done("card", "--categories", "summary,imaging", "--output", at("card.png"))
  expect(card).toMatchObject({ categories: ["summary", "imaging"], file: at("card.png") })
  expect(statSync(at("card.png")).mode & 0o777).toBe(0o600)

  const { chainPem, privateKeyPem } = cloud.credentials.physician
  writeFileSync(at("certificate.pem"), chainPem)
  writeFileSync(at("key.pem"), privateKeyPem)
  const fromAnywhere = ["--card", at("card.png"), "--certificate", at("certificate.pem"), "--key", at("key.pem")]
  expect(await ehr(["emergency", ...fromAnywhere, "--yes"])).toMatchObject({
    exitCode: 3,
    failure: { code: "address-refused" },
  })
  const by = [...fromAnywhere, "--local"]
  const unconfirmed = await ehr(["emergency", ...by])
  expect(unconfirmed).toMatchObject({ exitCode: 2, value: undefined, failure: { code: "usage" } })
  expect(unconfirmed.printed).not.toMatch(/papadaki|penicillin/i)
  const accesses = (await readCheckedTrail(patient.session)).events.filter(
    ({ action }) => action === "emergency-access",
  )
  expect(accesses).toEqual([])

  const access = await done("emergency", ...by, "--yes", "--receipts", at("receipts.json"))
  expect(JSON.parse(readFileSync(at("receipts.json"), "utf8"))).toEqual(access.receipts)
  expect(access.receipts).toHaveLength(1)
  const told = (await readCheckedTrail(patient.session)).events
  const ended = told.filter(({ action, outcome }) => action === "end-access" && outcome === "permitted")
  expect(ended.map(({ subject }) => subject.grantId)).toEqual([access.grantId])
  expect(access.summaries[0].patient.name).toMatch(/Papadaki/)
  const corrected = access.records.find(({ title }: { title: string }) => title === "corrected.dcm")
  const { recordId } = corrected
  await done("emergency", ...by, "--yes", "--record", recordId, "--output", at("read.dcm"))
  expect(readFileSync(at("read.dcm")).equals(correctedStudy)).toBe(true)

  await writePkcs12(at("professional.p12"), cloud.credentials.physician, certificatePassword)
  const byFile = ["--card", at("card.png"), "--certificate", at("professional.p12"), "--local", "--yes"]
  const opened = await ehr(["emergency", ...byFile], { EHR_CERTIFICATE_PASSWORD: certificatePassword })
  expect(opened.value.records).toEqual(access.records)
  expect(opened.printed).not.toContain(certificatePassword)
  const wrong = await ehr(["emergency", ...byFile], { EHR_CERTIFICATE_PASSWORD: "Wrong-Horse-7-Battery" })
  expect(wrong).toMatchObject({ exitCode: 2, value: undefined, failure: { code: "credential-password-wrong" } })
  expect(wrong.failure.message).toMatch(/password/)

  const second = [
    "sign-in",
    "--cloud",
    cloud.clouds[0]?.address ?? "",
    "--email",
    patient.login.email,
    "--card",
    at("card.png"),
    "--keep-others",
  ]
  const witnessed = await ehr(second, { EHR_PROFILE: at("second") })
  expect(witnessed).toMatchObject({ exitCode: 0, value: { witnessed: true } })
  expect((await ehr(["list"], { EHR_PROFILE: at("second") })).value).toEqual(await done("list"))

  const { cards } = await done("card", "--list")
  expect(cards).toMatchObject([{ cardId: card.cardId, status: "active" }])

  const changed = ["card", "--change", card.cardId, "--categories", "summary,imaging", "--name", "Wallet"]
  expect(await done(...changed)).toMatchObject({ cardId: card.cardId, name: "Wallet" })
  expect((await done("card", "--list")).cards).toMatchObject([
    { cardId: card.cardId, name: "Wallet", categories: ["summary", "imaging"] },
  ])

  await done("card", "--say", card.cardId, "allergy=Latex", "call=Nikos, +30 210 1234567")
  const [{ says }] = (await done("card", "--list")).cards
  expect(says).toMatchObject({ lines: [{ about: "allergy", text: "Latex" }], contact: { name: "Nikos" } })
  const page = ["--page", "https://card.example/", "--output", at("again.svg")]
  expect(await done("card", "--print", card.cardId, ...page)).toEqual({ cardId: card.cardId, file: at("again.svg") })
  expect(readFileSync(at("again.svg"), "utf8")).toContain(">Allergy: Latex<")
  const again = ["--card", at("again.svg"), "--certificate", at("certificate.pem"), "--key", at("key.pem"), "--local"]
  expect((await done("emergency", ...again, "--yes")).records).toEqual(access.records)
  await done("card", "--silence", card.cardId)
  expect((await done("card", "--list")).cards[0]).not.toHaveProperty("says")
  expect(await ehr(["card", "--say", "A".repeat(22), "allergy=Latex"])).toMatchObject({
    exitCode: 1,
    failure: { code: "not-found" },
  })

  await done("card", "--revoke", card.cardId)
  expect(await ehr(["emergency", ...by, "--yes"])).toMatchObject({
    exitCode: 1,
    failure: { code: "hri-entry-unknown" },
  })
})

test("the audit trail is shown as verified, and exported for others to verify", async () => {
  const { events } = await done("audit", "--export", at("trail.json"), "--fhir", at("trail.fhir.json"))
  const trail = await readCheckedTrail(patient.session)
  expect(events.at(-1)).toEqual(trail.events.at(-1))
  expect(JSON.parse(readFileSync(at("trail.json"), "utf8")).events).toHaveLength(events.length)
  expect(JSON.parse(readFileSync(at("trail.fhir.json"), "utf8"))).toMatchObject({ resourceType: "Bundle" })
  const verify = spawn(process.execPath, ["bin/audit-verify.ts", at("trail.json"), "--receipts", at("receipts.json")])
  let verdict = ""
  verify.stdout.on("data", (chunk) => (verdict += chunk))
  await once(verify, "close")
  expect(verdict).toMatch(/receipts {4}1, each of an event in the trail/)
})

test("the end of the account is asked for, told and stopped, and by the phrase alone it comes at once, with this machine's keys", async () => {
  const leaving = await newPatient()
  const env = {
    EHR_PROFILE: at("leaving"),
    EHR_PASSWORD: leaving.login.password,
    EHR_RECOVERY_PHRASE: leaving.account.recoveryPhrase,
  }
  const [first] = cloud.clouds
  const place = ["--cloud", first?.address ?? "", "--email", leaving.login.email]
  await ehr(["sign-in", ...place, "--keep-others"], env)
  const deactivate = async (...options: string[]) => (await ehr(["deactivate", ...options], env)).value
  expect(await deactivate()).toEqual({})
  const asked = await deactivate("--ask")
  expect(Date.parse(asked.dueAt) - Date.parse(asked.askedAt)).toBe(7 * 24 * 60 * 60 * 1000)
  expect(await deactivate()).toEqual(asked)
  expect((await readContents(leaving.session)).deactivation).toMatchObject({ by: asked.by })
  expect(await deactivate("--stop")).toEqual({})
  expect((await ehr(["deactivate", "--ask", "--now"], env)).failure).toMatchObject({ code: "usage" })
  const mistyped = { ...env, EHR_RECOVERY_PHRASE: "twelve words" }
  expect((await ehr(["deactivate", "--now"], mistyped)).failure).toMatchObject({ code: "phrase-word-unknown" })
  await readContents(leaving.session)
  expect(await deactivate("--now")).toEqual({ finished: true, indexEntriesLeft: 0 })
  expect(existsSync(at("leaving"))).toBe(false)
  await expect(readContents(leaving.session)).rejects.toMatchObject({ code: "account-deactivated" })
})

test("the devices that sign are listed, another one is ended with the cards, and this one and a stranger's are not", async () => {
  const owner = await newPatient()
  const env = {
    EHR_PROFILE: at("ending"),
    EHR_PASSWORD: owner.login.password,
    EHR_RECOVERY_PHRASE: owner.account.recoveryPhrase,
  }
  const [first] = cloud.clouds
  await ehr(
    ["sign-in", "--cloud", first?.address ?? "", "--index", cloud.hri, "--email", owner.login.email, "--keep-others"],
    env,
  )
  await ehr(["card", "--output", at("ending.png")], env)
  const devices = async () => (await ehr(["devices"], env)).value.devices
  const before = await devices()
  const { signerId } = owner.session
  expect(before).toMatchObject([
    { signerId, status: "active", isThisDevice: false },
    { status: "active", isThisDevice: true },
  ])
  expect(Date.parse(before[0].since)).toBeLessThanOrEqual(Date.parse(before[1].since))
  for (const refused of [["end"], ["end", before[1].signerId], ["end", "A".repeat(43)], ["begin", signerId]])
    expect((await ehr(["devices", ...refused], env)).failure).toMatchObject({ code: "usage" })
  expect(await devices()).toEqual(before)
  expect((await ehr(["devices", "end", signerId], env)).value).toEqual({ ended: [signerId] })
  expect(await devices()).toMatchObject([{ signerId, status: "ended" }, { status: "active" }])
  expect((await ehr(["card", "--list"], env)).value.cards).toMatchObject([{ status: "revoked" }])
  await expect(readContents(owner.session)).rejects.toMatchObject({ code: "account-key-invalid" })
  expect((await ehr(["devices", "end", signerId], env)).value).toEqual({ ended: [] })
})

test("each way to fail has its exit code and a sentence, and tells no secret", async () => {
  const [first] = cloud.clouds
  const address = first?.address ?? ""
  mkdirSync(at("folder"), { recursive: true })
  mkdirSync(at("folder.png"), { recursive: true })
  writeFileSync(at("folder/thesis"), "x")
  writeFileSync(at("a".repeat(240)), "x")
  mkdirSync(at("damaged"), { recursive: true })
  writeFileSync(at("damaged/profile.json"), '{"cloud":"htt')
  writeFileSync(at("damaged.pem"), "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
  const signIn = ["sign-in", "--cloud", address, "--email", patient.login.email]
  const rows: [string[], Record<string, string>, number, string][] = [
    [["nonsense"], {}, 2, ""],
    [["upload"], {}, 2, "usage"],
    [["upload", at("folder")], {}, 2, "usage"],
    [["upload", at("study.dcm"), "--category", "secret"], {}, 2, "usage"],
    [["upload", at("study.dcm"), "--colour", "red"], {}, 2, "usage"],
    [["list"], { EHR_PROFILE: at("nowhere") }, 2, "usage"],
    [["list"], { EHR_PASSWORD: "Wrong-Horse-7-Battery" }, 2, "usage"],
    [["list"], { EHR_PASSWORD: "" }, 2, "usage"],
    [["download", "A".repeat(22), "--output", at("x")], {}, 2, "usage"],
    [
      [...signIn, "--profile", at("elsewhere")],
      { EHR_PASSWORD: "Wrong-Horse-7-Battery" },
      1,
      "email-or-password-wrong",
    ],
    [[...signIn, "--profile", at("elsewhere")], { EHR_RECOVERY_PHRASE: "twelve words" }, 2, "phrase-word-unknown"],
    [["sign-in", "--cloud", "http://127.0.0.1:9", "--email", "a@example.org"], {}, 4, "unreachable"],
    [
      ["emergency", "--card", at("study.dcm"), "--certificate", at("damaged.pem"), "--key", at("damaged.pem")],
      {},
      2,
      "usage",
    ],
    [["upload", at("a".repeat(240))], {}, 2, "usage"],
    [["upload", at("study.dcm"), "--title", "a".repeat(201)], {}, 2, "usage"],
    [["upload", at("study.dcm"), "--type", `a/${"b".repeat(120)}`], {}, 2, "usage"],
    [["card", "--output", at("nowhere/card.png")], {}, 2, "usage"],
    [["card", "--output", at("card.jpg")], {}, 2, "usage"],
    [["card", "--output", at("folder.png")], {}, 2, "usage"],
    [["sign-in", "--cloud", "nonsense", "--email", "a@example.org"], {}, 2, "usage"],
    [["download", "A".repeat(22), "--output", at("folder.png")], {}, 2, "usage"],
    [["card", "--output", at("unreachable.png"), "--index", "http://127.0.0.1:9"], {}, 4, "unreachable"],
    [["audit", "--export", at("trail.json")], {}, 2, "usage"],
    [["list"], { EHR_PROFILE: at("damaged") }, 2, "usage"],
    [["sign-out"], { EHR_PROFILE: at("folder") }, 2, "usage"],
  ]
  const cards = await done("card", "--list")
  for (const [args, env, exitCode, code] of rows) {
    if (code === "") {
      const child = start(args, env)
      expect([args, (await once(child, "close"))[0]]).toEqual([args, exitCode])
      continue
    }
    const seen = await ehr(args, env)
    expect([args, seen.exitCode, seen.failure?.code]).toEqual([args, exitCode, code])
    expect(seen.failure.message.length).toBeGreaterThan(20)
    for (const secret of [patient.login.password, "Wrong-Horse-7-Battery", "twelve words"])
      expect(seen.printed).not.toContain(secret)
  }
  expect(existsSync(at("elsewhere"))).toBe(false)
  expect(existsSync(at("folder/thesis"))).toBe(true)
  expect(existsSync(at("unreachable.png"))).toBe(false)
  expect(await done("card", "--list")).toEqual(cards)
})

test.runIf(existsSync("/dev/full"))("of a disk that is full, nothing is left: no card, no trail", async () => {
  symlinkSync("/dev/full", at("full.svg"))
  const before = await done("card", "--list")
  expect(await ehr(["card", "--output", at("full.svg")])).toMatchObject({ exitCode: 5, failure: { code: "system" } })
  const { cards } = await done("card", "--list")
  const known = new Set(before.cards.map(({ cardId }: { cardId: string }) => cardId))
  const made = cards.filter(({ cardId }: { cardId: string }) => !known.has(cardId))
  expect(made).toMatchObject([{ status: "revoked" }])
  const exported = await ehr(["audit", "--export", at("full.svg")])
  expect(exported).toMatchObject({ exitCode: 5, failure: { message: expect.stringMatching(/The disk is full/) } })
})

test("a card is the kind of picture that its file's ending asks for, whatever its letters", async () => {
  const { cardId } = await done("card", "--output", at("C.PNG"))
  expect(readFileSync(at("C.PNG")).subarray(1, 4).toString()).toBe("PNG")
  await done("card", "--print", cardId, "--output", at("C.Svg"))
  expect(readFileSync(at("C.Svg"), "utf8")).toMatch(/^<svg /)
  await done("card", "--revoke", cardId)
})

test("records are listed, also where one of them can't be opened", async () => {
  const { session, login, account } = await newPatient()
  const env = {
    EHR_PROFILE: at("profile-of-another"),
    EHR_PASSWORD: login.password,
    EHR_RECOVERY_PHRASE: account.recoveryPhrase,
  }
  const signIn = ["sign-in", "--cloud", cloud.clouds[0]?.address ?? "", "--email", login.email, "--keep-others"]
  expect(await ehr(signIn, env)).toMatchObject({ exitCode: 0 })
  const { recordId: read } = await uploadRecord(session, documentOf("document", "a letter"))
  const plain = documentOf("document", "another program's")
  const place = { recordId: `${"B".repeat(21)}A`, version: 1, replaces: null }
  const { keys } = await readContents(session)
  const sealing = await beginSealing(session.patientId, place, plain, keys.document, new Date())
  const title = JSON.stringify({ ...place, category: "document", title: "a".repeat(500) })
  const metadata = await sealUnder(await metadataKey(sealing.dataKey), utf8(title))
  const described = { ...sealing.described, metadata }
  const { objectId, recordId } = described
  const none = () => Promise.reject(new Error("it is of one part"))
  const descriptor = await send(
    { ...sealing, described },
    plain.content,
    {
      signer: session.cloud.api,
      whole: (of) =>
        callAsPatient(session, "patient/upload-url", { recordId, version: 1, objectId, category: "document", ...of }),
      begin: none,
      parts: none,
    },
    {},
  )
  await publish(
    session,
    async (contents) => ({ pages: [await withDescriptor(session, contents, descriptor, { isNew: true })] }),
    (publication) => callAsPatient(session, "patient/commit", { recordId: place.recordId, descriptor, publication }),
  )
  const { records } = (await ehr(["list"], env)).value
  expect(records).toHaveLength(2)
  expect(records).toEqual(
    expect.arrayContaining([
      { recordId: place.recordId, version: 1, category: "document" },
      expect.objectContaining({ recordId: read, title: "title of a letter" }),
    ]),
  )
})

test("a record is written to standard output as it is, and the answer beside it", async () => {
  writeFileSync(at("piped"), bytesOf(1))
  const { recordId } = await done("upload", at("piped"))
  const child = start(["download", recordId, "--output", "/dev/stdout", "--json"])
  const chunks: Buffer[] = []
  let beside = ""
  child.stdout?.on("data", (chunk) => chunks.push(chunk))
  child.stderr?.on("data", (chunk) => (beside += chunk))
  expect(await once(child, "close")).toEqual([0, null])
  expect(Buffer.concat(chunks).equals(readFileSync(at("piped")))).toBe(true)
  expect(JSON.parse(beside)).toMatchObject({ recordId })
})

test("an answer that nobody reads to its end is no failure", async () => {
  const child = start(["list"])
  child.stdout?.destroy()
  let beside = ""
  child.stderr?.on("data", (chunk) => (beside += chunk))
  expect(await once(child, "close")).toEqual([0, null])
  expect(beside).toBe("")
})

test("--fresh begins anew, also where what was kept of an upload is damaged", async () => {
  writeFileSync(at("fresh"), "x")
  const stateFile = transferFile(at("profile"), "upload", `${at("fresh")} `)
  writeFileSync(stateFile, '{"recordId":"AAA')
  expect(await ehr(["upload", at("fresh")])).toMatchObject({ exitCode: 2, failure: { code: "usage" } })
  expect(await done("upload", at("fresh"), "--fresh")).toMatchObject({ version: 1, resumed: false })
  expect(existsSync(stateFile)).toBe(false)
})

test("of a picture, where and by what it was taken is removed before it is encrypted, unless it is sent as it is", async () => {
  writeFileSync(at("photo.jpg"), withSecrets("image/jpeg", pictures["image/jpeg"], 6))
  const { recordId } = await done("upload", at("photo.jpg"))
  await done("download", recordId, "--output", at("cleaned.jpg"))
  const cleaned = readFileSync(at("cleaned.jpg"))
  expect(secretsIn(cleaned)).toEqual([])
  expect(readPicture(cleaned, "image/jpeg")).toMatchObject({ width: 16, height: 8, orientation: 6 })

  writeFileSync(at("photo.heic"), "\0\0\0\x18ftypheic\0\0\0\0mif1heic")
  expect(await ehr(["upload", at("photo.heic")])).toMatchObject({ exitCode: 2 })
  await done("upload", at("photo.heic"), "--as-it-is")
})

test("signing out leaves nothing of the person behind", async () => {
  await done("sign-out")
  expect(existsSync(at("profile"))).toBe(false)
})
