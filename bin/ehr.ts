import { auditCommand } from "./ehr/audit.ts"
import { cardCommand } from "./ehr/card.ts"
import type { Command } from "./ehr/command.ts"
import { parseCommandLine } from "./ehr/command-line.ts"
import { deactivateCommand } from "./ehr/deactivate.ts"
import { devicesCommand } from "./ehr/devices.ts"
import { downloadCommand } from "./ehr/download.ts"
import { emergencyCommand } from "./ehr/emergency.ts"
import { exitCodes, failureOf, lineOf } from "./ehr/exit.ts"
import { listCommand } from "./ehr/list.ts"
import { profileDirectory } from "./ehr/profile.ts"
import { signInCommand, signOutCommand } from "./ehr/sign-in.ts"
import { uploadCommand } from "./ehr/upload.ts"
import { terminalJson, terminalText } from "./terminal-text.ts"

/** `npm run ehr -- COMMAND`: what a patient's or a professional's app does, for developers and hospitals' scripts. */
const commands: Readonly<Record<string, Command>> = {
  "sign-in": signInCommand,
  upload: uploadCommand,
  list: listCommand,
  download: downloadCommand,
  card: cardCommand,
  audit: auditCommand,
  emergency: emergencyCommand,
  devices: devicesCommand,
  deactivate: deactivateCommand,
  "sign-out": signOutCommand,
}

const usage = [
  "Usage: npm run ehr -- COMMAND [OPTIONS] [--profile DIRECTORY] [--json]",
  "",
  ...Object.entries(commands).flatMap(
    ([
      name,
      {
        usage: [synopsis, sentence],
      },
    ]) => [`  ${name} ${synopsis}`.trimEnd(), `      ${sentence}`],
  ),
  "",
  "Secrets are asked for, or taken from EHR_PASSWORD, EHR_RECOVERY_PHRASE and EHR_CERTIFICATE_PASSWORD; never from the command line.",
  "Exit code: 0 done, 1 refused, 2 not a command, 3 what the cloud gave does not hold, 4 no connection, 5 something else, 130 interrupted.",
].join("\n")

const main = async ([name, ...args]: readonly string[], signal: AbortSignal): Promise<number> => {
  const command = name === undefined || !Object.hasOwn(commands, name) ? undefined : commands[name]
  if (command === undefined) {
    const asked = name === undefined || name === "help" || name === "--help"
    ;(asked ? process.stdout : process.stderr).write(`${usage}\n`)
    return asked ? exitCodes.done : exitCodes.usage
  }
  const json = args.includes("--json")
  try {
    const given = parseCommandLine(command, args)
    const profile = given.values["profile"]
    const directory = profileDirectory(typeof profile === "string" ? profile : undefined)
    const { value, lines, aside } = await command.run(given, { directory, signal })
    const text = json ? terminalJson(value) : lines.map(terminalText).join("\n")
    ;(aside === true ? process.stderr : process.stdout).write(text === "" ? "" : `${text}\n`)
    return exitCodes.done
  } catch (error) {
    const { exitCode, ...failure } = failureOf(error)
    process.stderr.write(`${json ? terminalJson(failure) : terminalText(lineOf(failure))}\n`)
    return exitCode
  }
}

// Who reads our answer may have read enough of it, as `head` does.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error
})
const interruption = new AbortController()
// The second time it ends at once, as it would without us.
process.once("SIGINT", () => interruption.abort())
process.exitCode = await main(process.argv.slice(2), interruption.signal)
