import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { beforeAll, describe, expect, test, vi } from "vitest"
import { type RouteName, routeNames, routes } from "../../contract/routes.ts"
import { localDirectory } from "../../local/directories.ts"
import { accountId, region } from "../../local/environment.ts"
import { openAccountWithConsents } from "../../local/local-cloud.ts"
import { contribute } from "../../sdk/hcp/contribute.ts"
import { readSummaryRecords } from "../../sdk/hcp/emergency-access.ts"
import { listRecords, readRecord } from "../../sdk/hcp/records.ts"
import { sessionOf } from "../../sdk/hcp/session.ts"
import { readAuditTrail } from "../../sdk/patient/audit-trail.ts"
import { makeCard } from "../../sdk/patient/cards.ts"
import { approveContribution, listContributions, readContribution } from "../../sdk/patient/contributions.ts"
import { uploadRecord } from "../../sdk/patient/records.ts"
import { recover } from "../../sdk/patient/recovery.ts"
import { canariesIn, canaryOf } from "../functions/canary-values.ts"
import { cardIn, documentOf } from "../kit/people.ts"
import { send } from "./answers.ts"
import { trailOf } from "./engine.ts"
import { accessBy, cloud, newPractice } from "./people.ts"

/** What may stand anywhere, for it says nothing: words of the contract, and what is too short to be told from chance. */
const shortest = 12
const isTelling = (text: string) => text.length >= shortest && !/^[a-z-]+$/.test(text)

/** Names of fields that the audit trail may repeat: identifiers and hashes of what the cloud can't read. */
const audited = /(^|[a-z])(id|hash|prev|account|certificate|thumbprint|at)$/i

/** Everything that travelled, and the name of the field it was first in. */
const told = new Map<string, string>()
const errorBodies: { status: number; text: string }[] = []

const hear = (name: string, value: unknown): void => {
  if (typeof value === "string") {
    if (isTelling(value) && !told.has(value)) told.set(value, name)
    // The signature of a URL is what makes it a secret.
    if (value.includes("X-Amz-Signature"))
      for (const [parameter, text] of new URL(value).searchParams)
        if (/Signature|Token/.test(parameter)) told.set(text, parameter)
  } else if (typeof value === "object" && value !== null)
    for (const [inner, each] of Object.entries(value)) hear(Number.isNaN(Number(inner)) ? inner : name, each)
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const listen = () => {
  const real = globalThis.fetch
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    hear("authorization", new Headers(init?.headers).get("authorization")?.replace("Bearer ", ""))
    if (typeof init?.body === "string") hear("body", parsed(init.body))
    const response = await real(input, init)
    const type = response.headers.get("content-type") ?? ""
    if (response.status >= 400) errorBodies.push({ status: response.status, text: await response.clone().text() })
    else if (type.includes("json")) hear("answer", parsed(await response.clone().text()))
    return response
  })
}

/** A key in the other spellings of its bytes. */
const spellings = (text: string): string[] => {
  if (!/^[\w-]{22,86}$/.test(text)) return [text]
  const bytes = Buffer.from(text, "base64url")
  return [text, bytes.toString("hex"), bytes.toString("base64").replaceAll("=", "")]
}

const login = { email: `canary-${process.pid}@canary.example`, password: "CANARY-password-7!" }
const recordText = "CANARY of the record's bytes"
const plain: string[] = [login.email, login.password, recordText]
let trail: string
let patientToken: string
let hcpToken: string
let memberToken: string

beforeAll(async () => {
  listen()
  const on = cloud.clouds[0]
  if (on === undefined) throw new Error("there is no EHR cloud")
  const engine = { name: cloud.engine, version: "", endpoint: cloud.endpoint, stop: async () => {} }
  const { session, account } = await openAccountWithConsents(engine, on, login)
  patientToken = session.accessToken
  const words = account.recoveryPhrase.split(" ")
  plain.push(...words.slice(2).map((_, i) => words.slice(i, i + 3).join(" ")))

  await uploadRecord(session, { ...documentOf("summary", recordText), title: "CANARY of a title" })
  await uploadRecord(session, documentOf("imaging", recordText))
  const { text } = await makeCard(session, { hri: cloud.hri, categories: ["summary", "imaging", "document"] })
  const card = cardIn(text)
  plain.push(text, ...[card.secret, card.locator].flatMap((part) => spellings(Buffer.from(part).toString("base64url"))))

  const access = await accessBy("otherPhysician", card)
  await readSummaryRecords(access)
  const [listed] = await listRecords(access, "imaging")
  if (listed !== undefined) await readRecord(access, listed)
  await contribute(access, documentOf("document", "CANARY of a note"))
  hcpToken = (await sessionOf(access)).accessToken
  memberToken = (await newPractice()).session.accessToken
  const [contribution] = await listContributions(session)
  if (contribution === undefined) throw new Error("there is no contribution")
  await readContribution(session, contribution)
  await approveContribution(session, contribution)
  await readAuditTrail(session)
  await recover(session.cloud, login, account.recoveryPhrase, { keepOthers: true })

  const tokenFor = (name: RouteName) =>
    ({ patient: patientToken, hcp: hcpToken, member: memberToken, nobody: undefined })[routes[name].actor]
  for (const name of routeNames) {
    const token = tokenFor(name)
    const request = canaryOf(routes[name].request)
    // The record of the scenario is left as it is; whoever asks of another learns nothing.
    await send(name, request, { token })
    if (routes[name].method !== "GET") {
      await send(name, { ...request, CANARY: "CANARY" }, { token })
      await send(name, request, { token, body: '{"CANARY": "CANARY' })
    }
    await send(name, request, { token: `${token ?? ""}CANARY` })
  }
  // A line that the engine reads too late for one call, it files with the function's next.
  for (const name of routeNames) await send(name, canaryOf(routes[name].request), { token: tokenFor(name) })
  trail = JSON.stringify(await trailOf(session))
  // What is read from here on is what we search.
  vi.restoreAllMocks()
})

/** CloudWatch Logs as the engine keeps it: of each function, the lines of its every call. */
const askLogs = async (target: string, body: object): Promise<unknown> => {
  const response = await fetch(cloud.endpoint, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `Logs_20140328.${target}`,
      authorization: `AWS4-HMAC-SHA256 Credential=${accountId}/20260101/${region}/logs/aws4_request, SignedHeaders=host, Signature=0`,
    },
    body: JSON.stringify(body),
  })
  return response.json()
}

const logLines = async (): Promise<string[]> => {
  const groups: string[] = []
  let after: string | undefined
  do {
    const page = (await askLogs("DescribeLogGroups", { limit: 50, ...(after && { nextToken: after }) })) as {
      logGroups: { logGroupName: string }[]
      nextToken?: string
    }
    groups.push(...page.logGroups.map(({ logGroupName }) => logGroupName))
    after = page.nextToken
  } while (after !== undefined)
  const lines: string[] = []
  for (const logGroupName of groups) {
    let nextToken: string | undefined
    do {
      const page = (await askLogs("FilterLogEvents", { logGroupName, ...(nextToken && { nextToken }) })) as {
        events: { message: string }[]
        nextToken?: string
      }
      lines.push(...page.events.map(({ message }) => message))
      nextToken = page.nextToken
    } while (nextToken !== undefined)
  }
  return lines
}

/** What of all that was told, or of the patient's own, is in a text; the names of the fields rather than what is in them. */
const leaksIn = (text: string, repeated: (field: string) => boolean = () => false): string[] => [
  ...[...told]
    .filter(([value, field]) => !repeated(field) && spellings(value).some((each) => text.includes(each)))
    .map(([, field]) => field),
  ...plain.filter((each) => text.includes(each)).map(() => "plain text of the patient's"),
  ...canariesIn(text),
]

describe("after the scenario, with a canary in every input of every route", () => {
  test("what was told is known, so that it could be found", () => {
    expect(told.size).toBeGreaterThan(100)
    const fields = new Set(told.values())
    for (const field of [
      "accessToken",
      "ticket",
      "cloudShare",
      "proofKey",
      "password",
      "recoveryBundle",
      "statement",
      "X-Amz-Signature",
    ])
      expect(fields).toContain(field)
  })

  test("no function's log has any of it, and each line of ours is of the allowed fields", async () => {
    const lines = await logLines()
    const ours = lines.filter((line) => line.startsWith("{"))
    const names = new Set(ours.map((line) => (JSON.parse(line) as { useCase?: string }).useCase))
    expect([...names]).toEqual(expect.arrayContaining([...routeNames]))
    expect(leaksIn(lines.join("\n"))).toEqual([])
  })

  test("the engine's own log has none of it", () => {
    const { port } = new URL(cloud.endpoint)
    const logs = readdirSync(join(localDirectory, "logs")).filter((name) => name.endsWith(`-${port}.log`))
    if (cloud.engine !== "given") expect(logs).not.toEqual([])
    for (const log of logs) expect(leaksIn(readFileSync(join(localDirectory, "logs", log), "utf8"))).toEqual([])
  })

  test("no refusal has any of it", () => {
    expect(errorBodies.length).toBeGreaterThan(routeNames.length)
    for (const { text } of errorBodies) expect({ text, leaks: leaksIn(text) }).toEqual({ text, leaks: [] })
  })

  test("the audit trail has none of it but identifiers and hashes", () => {
    const withoutIdentifiers = trail.replaceAll(/"(record|card|grant|contribution)Id":"[\w-]{22}"/g, "")
    expect(leaksIn(withoutIdentifiers, (field) => audited.test(field))).toEqual([])
  })

  test("what was deployed has none of it", () => {
    const files = readdirSync(cloud.assemblies, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    )
    expect(files.length).toBeGreaterThan(routeNames.length)
    const secrets = Object.values(cloud.credentials).map(({ privateKeyPem }) => privateKeyPem.split("\n")[1] ?? "")
    for (const { parentPath, name } of files) {
      const text = readFileSync(join(parentPath, name), "utf8")
      const leaks = [...plain, ...secrets, "CANARY"].filter((each) => text.includes(each))
      expect({ name, leaks }).toEqual({ name, leaks: [] })
    }
  })
})
