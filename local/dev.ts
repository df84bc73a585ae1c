import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join, relative } from "node:path"
import { alone } from "../bin/ehr/alone.ts"
import { UsageError } from "../bin/ehr/exit.ts"
import { serveApps } from "./app-server.ts"
import { atExit, exitOnSignals } from "./at-exit.ts"
import { localDirectory } from "./directories.ts"
import { startLocalCloud } from "./local-cloud.ts"
import { verifyNewAddresses, watchMailbox } from "./mailbox.ts"
import { runStep } from "./progress.ts"
import { seed } from "./seed.ts"
import { terminalCode } from "./terminal-code.ts"

/** `npm run dev`: a seeded local cloud and both apps on it, up until Ctrl-C, leaving nothing running. */
const directory = join(localDirectory, "dev")

const dev = async (): Promise<void> => {
  rmSync(directory, { recursive: true, force: true })
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  atExit(() => rmSync(directory, { recursive: true, force: true }))
  // The engine ends with this process, however that ends.
  const local = await runStep("start a local cloud and deploy both stacks", [], (log) => startLocalCloud({ log }))
  const { patients, professionals } = await runStep("seed patients and professionals", [], () => seed(local, directory))
  const [cloud] = local.clouds
  const trustPolicy = join(directory, "trust-policy.json")
  writeFileSync(trustPolicy, JSON.stringify(local.trustPolicy))
  const apps = await runStep("build and serve the apps", [], () => serveApps(local))
  for (const pool of [cloud.outputs["PatientPoolId"], cloud.outputs["MemberPoolId"]])
    if (pool !== undefined) verifyNewAddresses(local.engine, pool)
  watchMailbox(local.engine, (to, text) => console.log(`\nE-mail to ${to}: ${text}`))
  console.log(`
EHR App              ${apps.ehr}
HCP App              ${apps.hcp}
Practice App         ${apps.practice}
Card page            ${apps.card}
Engine               ${local.engine.name} ${local.engine.version}, AWS_ENDPOINT_URL=${local.engine.endpoint}
EHR cloud            ${cloud.address}
Health Record Index  ${local.hri}
Trust policy         ${relative(process.cwd(), trustPolicy)}

Patients`)
  for (const { name, email, password, recoveryPhrase } of patients)
    console.log(`  ${name}\n    ${email}   ${password}\n    ${recoveryPhrase}`)
  console.log("\nProfessionals")
  for (const { name, is, certificateFile, keyFile, pkcs12File, pkcs12Password } of professionals)
    console.log(
      `  ${name} (${is})   for the HCP App: ${relative(process.cwd(), pkcs12File)}, password ${pkcs12Password}\n    ${relative(process.cwd(), certificateFile)}   ${relative(process.cwd(), keyFile)}`,
    )
  const [first] = patients
  if (first !== undefined)
    console.log(
      `\nThe card of ${first.name} (all cards: ${relative(process.cwd(), directory)})\n\n${terminalCode(first.card)}`,
    )
  console.log("\nReady. Ctrl-C ends it.")
  await new Promise(() => setInterval(() => {}, 60_000))
}

exitOnSignals()
mkdirSync(localDirectory, { recursive: true })
try {
  await alone(directory, dev, "npm run dev runs already in this clone: end that one first, or use it.")
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(error.message)
  process.exitCode = 2
}
