import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, test } from "vitest"
import { keptCheckpoint } from "../../bin/ehr/checkpoints.ts"
import { emergencyCommand } from "../../bin/ehr/emergency.ts"
import { statements } from "../../protocol/claims.ts"
import { readStatement } from "../../protocol/statement.ts"
import { readCheckedTrail } from "../../sdk/patient/audit-trail.ts"
import { listGrants } from "../../sdk/patient/grants.ts"
import { uploadRecord } from "../../sdk/patient/records.ts"
import { documentOf } from "../kit/people.ts"
import { newCard, useWorld, without } from "../kit/world.ts"

const world = useWorld()
const online = world.over

let directory = ""
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "ehr-emergency-"))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const pem = (label: string, der: Uint8Array) =>
  `-----BEGIN ${label}-----\n${Buffer.from(der).toString("base64")}\n-----END ${label}-----\n`

/** A card and a physician's certificate as files, and the command line that reads by them. */
const withFiles = async () => {
  const { session } = await world.patient()
  const { text } = await online(async () => {
    await uploadRecord(session, documentOf("document", "a letter"))
    return newCard(session, ["document"])
  })
  const { chain, privateKey } = world.memory.physician
  const key = new Uint8Array(await crypto.subtle.exportKey("pkcs8", privateKey))
  const files = {
    card: text,
    certificate: chain.map((der) => pem("CERTIFICATE", der)).join(""),
    key: pem("PRIVATE KEY", key),
  }
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content)
  const values = { yes: true, ...Object.fromEntries(Object.keys(files).map((name) => [name, join(directory, name)])) }
  const { signal } = new AbortController()
  return { session, read: () => emergencyCommand.run({ values, positionals: [] }, { directory, signal }) }
}

test("an access from the command line is over when the command is, whether or not it came to something", async () => {
  const { session, read } = await withFiles()
  expect(await online(read)).toMatchObject({ value: { records: [{ title: "title of a letter" }] } })
  await expect(online(read, without("hcp/list-records"))).rejects.toThrow()
  expect(await online(() => listGrants(session))).toMatchObject([{ status: "ended" }, { status: "ended" }])
})

test("an access from the command line carries the checkpoint that the one before was given", async () => {
  const { session, read } = await withFiles()
  await world.memory.sign()
  await online(() => readCheckedTrail(session))
  // A device that has seen a checkpoint names it in what it publishes.
  await online(() => uploadRecord(session, documentOf("document", "another letter")))
  await online(read)
  expect(keptCheckpoint(directory, session.cloud.cloudId)).toBe(session.memory.checkpoint?.statement)
  await online(read)
  const [, second] = await online(() => listGrants(session))
  const { checkpoint } = statements["emergency-access"].parse(readStatement(second?.statement ?? "").payload)
  expect(checkpoint).toBe(session.memory.checkpoint?.statement)
})
