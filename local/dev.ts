import { once } from "node:events"
import { mkdirSync, rmSync } from "node:fs"
import { join, relative } from "node:path"
import { renderUnicodeCompact } from "uqr"
import { localDirectory } from "./directories.ts"
import { startLocalCloud } from "./local-cloud.ts"
import { runStep } from "./progress.ts"
import { seed } from "./seed.ts"

/** `npm run dev`: a seeded local cloud that stays up until Ctrl-C, and leaves nothing running. */
const directory = join(localDirectory, "dev")
rmSync(directory, { recursive: true, force: true })
mkdirSync(directory, { recursive: true, mode: 0o700 })

const ended = Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")])
const keepAlive = setInterval(() => {}, 60_000)
try {
  const starting = runStep("start a local cloud and deploy both stacks", [], (log) => startLocalCloud({ log }))
  const local = await starting
  try {
    const { patients, professionals } = await runStep("seed patients and professionals", [], () =>
      seed(local, directory),
    )
    const [cloud] = local.clouds
    console.log(`
Engine               ${local.engine.name} ${local.engine.version}, AWS_ENDPOINT_URL=${local.engine.endpoint}
EHR cloud            ${cloud.address}
Health Record Index  ${local.hri}

Patients`)
    for (const { name, email, password, recoveryPhrase } of patients)
      console.log(`  ${name}\n    ${email}   ${password}\n    ${recoveryPhrase}`)
    console.log("\nProfessionals")
    for (const { name, is, certificateFile, keyFile } of professionals)
      console.log(
        `  ${name} (${is})   ${relative(process.cwd(), certificateFile)}   ${relative(process.cwd(), keyFile)}`,
      )
    const [first] = patients
    if (first !== undefined)
      console.log(
        `\nThe card of ${first.name} (all cards: ${relative(process.cwd(), directory)})\n\n${renderUnicodeCompact(first.card, { ecc: "Q" })}`,
      )
    console.log("\nReady. Ctrl-C ends it.")
    await ended
    console.log("\nStopping.")
  } finally {
    await local.stop()
    rmSync(directory, { recursive: true, force: true })
  }
} finally {
  clearInterval(keepAlive)
}
