import { createAuthority } from "../local/authority.ts"
import { makeScratchDirectory } from "../local/directories.ts"
import { type LocalCloud, openAccountWithConsents, startLocalCloud } from "../local/local-cloud.ts"
import { runStep, type TimedStep } from "../local/progress.ts"
import { credentialFromPem } from "../sdk/hcp/credential.ts"
import { internet } from "../test/kit/network.ts"
import { type Account, type FullPatient, fullPatient } from "../test/kit/people.ts"
import { adversaries, type Battlefield, seenFrom } from "./adversaries.ts"
import { codesFor, harmlessFor } from "./expectations.ts"
import type { Ground } from "./ground.ts"
import { journeys } from "./journeys.ts"
import { attacksOn, record, verdictOn } from "./play.ts"
import { playedElsewhere, stories } from "./stories.ts"

/**
 * `npm run attack`: a malicious operator and everybody without a right to a record, played against the SDK and a running local cloud. Prints
 * each attack, the refusal expected and the refusal seen; exit code 0 only if all held.
 */
interface Row {
  readonly attack: string
  readonly expected: string
  readonly seen: string
  readonly held: boolean
}

const steps: TimedStep[] = []
const day = 24 * 60 * 60 * 1000
const inDays = (days: number) => new Date(Date.now() + days * day)

const certificatesFrom = async ({ authority }: LocalCloud): Promise<Battlefield["credentials"]> => {
  const stranger = await createAuthority(makeScratchDirectory("stranger"), { name: "Stranger" })
  const doctor = { commonName: "Dr. A", profession: "physician", registrationNumber: "LOCAL-1" } as const
  const revoked = await authority.issue(doctor)
  await authority.revoke(revoked)
  return {
    physician: await authority.issue(doctor),
    otherPhysician: await authority.issue({ ...doctor, commonName: "Dr. B" }),
    insuredPerson: await authority.issue({ ...doctor, profession: "insured" }),
    wrongPolicy: await authority.issue({ ...doctor, policy: "1.3.6.1.4.1.99999.9" }),
    expired: await authority.issue({ ...doctor, notBefore: inDays(-20), notAfter: inDays(-10) }),
    notYetValid: await authority.issue({ ...doctor, notBefore: inDays(10), notAfter: inDays(20) }),
    revoked,
    uncertified: await stranger.issue(doctor),
  }
}

/** A professional of their own, who has read no patient yet. */
const professionalOf = async ({ authority }: Pick<LocalCloud, "authority">, commonName: string) => {
  const { chainPem, privateKeyPem } = await authority.issue({
    commonName,
    profession: "physician",
    registrationNumber: `LOCAL-${commonName}`,
  })
  return credentialFromPem(chainPem, privateKeyPem, "ES256")
}

const openingIn =
  ({ engine, clouds: [cloud] }: LocalCloud) =>
  async (name: string): Promise<Account> => {
    const email = `${name.replace(/[^a-z]+/g, "-")}-${Date.now()}@example.org`
    const login = { email, password: "Correct-Horse-7-Battery" }
    const { session, account } = await openAccountWithConsents(engine, cloud, login)
    return { login, phrase: account.recoveryPhrase, session }
  }

/** Of every field of every reply the SDK reads, as many changes as there is time for: one of each kind of outcome at least. */
const hostileCloud = async (on: Ground, patient: FullPatient, other: FullPatient): Promise<Row[]> => {
  const rows = new Map<string, { expected: Set<string>; seen: Map<string, number>; held: boolean }>()
  for (const journey of journeys) {
    const recorded = await record(on, journey, patient, other)
    const tried = new Map<string, number>()
    for (const attack of attacksOn(recorded, patient)) {
      const { route, path, kind, valid, item } = attack
      const name = `${route} ${path}`
      const times = tried.get(`${name} ${valid}`) ?? 0
      if (times >= (valid ? 3 : 1)) continue
      tried.set(`${name} ${valid}`, times + 1)
      const seen = await attack.play()
      const row = rows.get(name) ?? { expected: new Set(), seen: new Map(), held: true }
      rows.set(name, row)
      const harmless = valid ? harmlessFor(route, path, kind, item) : []
      for (const code of codesFor(route, path, valid)) row.expected.add(code)
      if (harmless.length > 0) row.expected.add("harmless")
      const what = seen.outcome === "refused" ? seen.code : seen.outcome === "shown" ? "harmless" : String(seen.error)
      row.seen.set(what, (row.seen.get(what) ?? 0) + 1)
      const verdict = verdictOn(attack, seen, recorded.honest)
      if (verdict !== undefined) row.held = false
    }
  }
  return [...rows].map(([attack, { expected, seen, held }]) => ({
    attack,
    expected: [...expected].join(", "),
    seen: [...seen].map(([code, times]) => `${code} (${times})`).join(", "),
    held,
  }))
}

const told = async (on: Ground): Promise<Row[]> => {
  const rows: Row[] = []
  for (const { attack, name, expected, play } of stories) {
    const seen = await play(on).catch((error: unknown) => `failed: ${String(error)}`)
    rows.push({ attack: `${String(attack).padStart(2)}  ${name}`, expected, seen, held: seen === expected })
  }
  return rows
}

const byPeople = async (on: Battlefield): Promise<Row[]> => {
  const rows: Row[] = []
  for (const adversary of adversaries) {
    const seen = await seenFrom(adversary, on)
    rows.push({ attack: adversary.name, expected: adversary.expected, seen, held: seen === adversary.expected })
  }
  return rows
}

const print = (title: string, rows: readonly Row[], widths: readonly [number, number] = [72, 44]) => {
  console.log(`\n${title}\n`)
  console.log(`     ${"attack".padEnd(widths[0])} ${"expected".padEnd(widths[1])} seen`)
  for (const { attack, expected, seen, held } of rows)
    console.log(`${held ? "held" : "LOST"} ${attack.padEnd(widths[0])} ${expected.padEnd(widths[1])} ${seen}`)
}

const attack = async (local: LocalCloud): Promise<boolean> => {
  const credentials = await runStep("certify professionals, and others", steps, () => certificatesFrom(local))
  const open = openingIn(local)
  const stranger = await professionalOf({ authority: await local.makeStranger() }, "Dr. C")
  const newGround = async (): Promise<Ground> => ({
    network: internet,
    signs: local.signs,
    cloud: local.clouds[0].address,
    hri: local.hri,
    physician: await professionalOf(local, "Dr. C"),
    stranger,
    trust: local.trustPolicy,
    paramedic: await professionalOf(local, "Dr. D"),
    open,
  })
  const ground = await newGround()
  const newPatient = async (name: string) =>
    fullPatient(await open(name), local.hri, { ...ground, sign: async () => undefined })
  const [patient, other] = await runStep("open records for two patients", steps, async () => [
    await newPatient("patient"),
    await newPatient("other"),
  ])
  const byCloud = await runStep("let the cloud lie about every field", steps, () =>
    hostileCloud(ground, patient, other),
  )
  const byStory = await runStep("play the attacks that worked once", steps, async () => told(await newGround()))
  const on: Battlefield = { hri: local.hri, victim: patient, bystander: other, credentials }
  const byOthers = await runStep("let everybody try who has no right", steps, () => byPeople(on))
  print("A hostile cloud, against the SDK: changes of a field", byCloud)
  print("Adversaries, against the cloud", byOthers)
  print("Attacks that worked once", byStory, [92, 60])
  for (const { attack, name, tests } of playedElsewhere)
    console.log(`     ${String(attack).padStart(2)}  ${name}: by ${tests.join(", ")}`)
  const rows = [...byCloud, ...byOthers, ...byStory]
  const lost = rows.filter(({ held }) => !held).length
  console.log(`\n${rows.length - lost} of ${rows.length} held.`)
  return lost === 0
}

const local = await runStep("start a local cloud and deploy both stacks", steps, (log) => startLocalCloud({ log }))
try {
  if (!(await attack(local))) process.exitCode = 1
} finally {
  await local.stop()
}
