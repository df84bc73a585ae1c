import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as pause } from "node:timers/promises"
import { afterAll, beforeAll, expect, test } from "vitest"
import { transferFile } from "../../bin/ehr/profile.ts"
import { writePkcs12 } from "../../local/authority/pkcs12.ts"
import { eleniPapadaki } from "../../local/samples/eleni-papadaki.ts"
import { readCheckedTrail } from "../../sdk/patient/audit-trail.ts"
import { cloud, newPatient } from "./people.ts"

const folder = mkdtempSync(join(tmpdir(), "ehr-command-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const at = (name: string) => join(folder, name)

const certificatePassword = "Local-Cloud-Only-1"

let patient: Awaited<ReturnType<typeof newPatient>>
const environment = (more: Record<string, string> = {}) => ({
  PATH: process.env["PATH"],
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

test("each way to fail has its exit code and a sentence, and tells no secret", async () => {
  const [first] = cloud.clouds
  const address = first?.address ?? ""
  mkdirSync(at("folder"), { recursive: true })
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

test("signing out leaves nothing of the person behind", async () => {
  await done("sign-out")
  expect(existsSync(at("profile"))).toBe(false)
})
