import { spawn } from "node:child_process"
import { once } from "node:events"
import {
  existsSync,
  lstatSync,
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
import path from "node:path"
import { afterEach, beforeEach, expect, test } from "vitest"
import { failureOf, UsageError } from "../../bin/ehr/exit.ts"
import { outputAt, tryOutput, writeOutput, writeStream } from "../../bin/ehr/output.ts"

let folder = ""
const at = (name: string) => path.join(folder, name)
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "output-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test("a new file gets what is written, for its owner alone", async () => {
  await writeOutput(outputAt(at("new"), { force: false }), "text")
  expect(readFileSync(at("new"), "utf8")).toBe("text")
  expect(statSync(at("new")).mode & 0o777).toBe(0o600)
  expect(readdirSync(folder)).toEqual(["new"])
})

test("a file or a link that is there is replaced only when that is asked for", async () => {
  writeFileSync(at("old"), "old")
  symlinkSync(at("old"), at("link"))
  symlinkSync(at("nowhere"), at("loose"))
  for (const name of ["old", "link", "loose"])
    expect(() => outputAt(at(name), { force: false })).toThrow(/is there already.*--force/)
  await writeOutput(outputAt(at("link"), { force: true }), "new")
  expect(readFileSync(at("old"), "utf8")).toBe("new")
  expect(lstatSync(at("link")).isSymbolicLink()).toBe(true)
})

test("a folder, a folder that isn't there and a file in a file's place are refused before anything is written", () => {
  mkdirSync(at("folder"))
  writeFileSync(at("file"), "x")
  expect(() => outputAt(at("folder"), { force: true })).toThrow(/is a folder/)
  expect(() => outputAt(at("nowhere/file"), { force: true })).toThrow(UsageError)
  let thrown: unknown
  try {
    outputAt(at("file/inside"), { force: true })
  } catch (error) {
    thrown = error
  }
  expect(failureOf(thrown).message).toMatch(/A part of the path is no folder\.$/)
})

test("a device is written to, and stays what it is", async () => {
  const before = lstatSync("/dev/null")
  const output = outputAt("/dev/null", { force: false })
  expect(output).toMatchObject({ isDevice: true, isStandardOutput: false })
  await writeOutput(output, "text")
  expect(lstatSync("/dev/null")).toMatchObject({ mode: before.mode, ino: before.ino })
})

/** Runs a program of this repository that writes to /dev/stdout as `ehr download --output /dev/stdout` does. */
const writing = (...stdio: ["ignore", "pipe" | "ignore", "inherit"]) =>
  spawn(
    process.execPath,
    [
      "--input-type=module-typescript",
      "-e",
      `import { outputAt, writeOutput } from "./bin/ehr/output.ts"
       const output = outputAt("/dev/stdout", { force: false })
       if (!output.isStandardOutput) throw new Error("not standard output")
       await writeOutput(output, "a record")`,
    ],
    { stdio, cwd: path.join(import.meta.dirname, "../..") },
  )

test("standard output is known as such, and gets the bytes", async () => {
  const child = writing("ignore", "pipe", "inherit")
  let out = ""
  child.stdout?.on("data", (chunk) => (out += chunk))
  expect(await once(child, "close")).toEqual([0, null])
  expect(out).toBe("a record")
})

test("what fails on the way leaves neither the file nor a part of it", async () => {
  const output = outputAt(at("file"), { force: false })
  const failing = new ReadableStream({
    pull: (controller) => {
      controller.enqueue(new Uint8Array(10))
      controller.error(new Error("cut"))
    },
  })
  await expect(writeStream(output, failing)).rejects.toThrow("cut")
  await tryOutput(output)
  expect(readdirSync(folder)).toEqual([])
})

test.runIf(existsSync("/dev/full"))("a full disk is said to be full", async () => {
  const thrown = await writeOutput(outputAt("/dev/full", { force: false }), "text").catch((error: unknown) => error)
  expect(failureOf(thrown)).toMatchObject({ code: "system", exitCode: 5 })
  expect(failureOf(thrown).message).toMatch(/The disk is full\. Make room/)
})
