import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import path from "node:path"
import { stdin, stdout } from "node:process"
import { createInterface } from "node:readline/promises"
import { deployToAws } from "../lib/aws-deployment.ts"

const repository = path.join(import.meta.dirname, "..")
const cli = path.join(path.dirname(createRequire(import.meta.url).resolve("aws-cdk/package.json")), "bin/cdk")

const done = await deployToAws(process.argv.slice(2), {
  env: process.env,
  cdk: (args, env) =>
    spawnSync(process.execPath, [cli, ...args], { cwd: repository, env, stdio: "inherit" }).status === 0,
  read: (file) => readFileSync(path.join(repository, file), "utf8"),
  say: (text) => console.log(text),
  ask: async (question) => {
    if (!stdin.isTTY) return undefined
    const terminal = createInterface({ input: stdin, output: stdout })
    try {
      return await terminal.question(question)
    } finally {
      terminal.close()
    }
  },
})
process.exitCode = done ? 0 : 1
