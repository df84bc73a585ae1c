import { accessSync, constants, fstatSync, lstatSync, realpathSync, rmSync, type Stats, statSync } from "node:fs"
import { open, writeFile } from "node:fs/promises"
import { dirname, resolve } from "node:path"
import { pipeline } from "node:stream/promises"
import { type Given, textOf } from "./command.ts"
import { UsageError } from "./exit.ts"
import { partialOf, saveStream } from "./file-sink.ts"

/** More than any card takes. */
const trialBytes = 256 * 1024

/** Where a command writes what it was asked for. */
export interface Output {
  /** The file, its links followed. */
  readonly file: string
  /** Takes bytes as they come and keeps none: a pipe, a terminal, a device. */
  readonly isDevice: boolean
  /** It is where this process writes its answer, which must go elsewhere. */
  readonly isStandardOutput: boolean
}

const found = (path: string, look: (path: string) => Stats): Stats | undefined => {
  try {
    return look(path)
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined
    throw error
  }
}

const isStandardOutput = ({ dev, ino }: Stats): boolean => {
  const own = fstatSync(1)
  return own.dev === dev && own.ino === ino
}

/**
 * Where to write, before anything is asked of a cloud. Refuses, as `UsageError` or by the system's own error, what can't be written, and,
 * without `force`, what is there already. A device or a pipe is written to and stays what it is.
 */
export const outputAt = (path: string, { force }: { force: boolean }): Output => {
  const file = resolve(path)
  const there = found(file, statSync)
  if (there !== undefined && !there.isDirectory() && (!there.isFile() || /^\/(dev|proc)\//.test(file)))
    return { file, isDevice: true, isStandardOutput: isStandardOutput(there) }
  if (there?.isDirectory() === true) throw new UsageError(`${path} is a folder. Name a file.`)
  if (found(file, lstatSync) !== undefined && !force)
    throw new UsageError(`${path} is there already. Name another file, or pass --force to replace it.`)
  if (found(dirname(file), statSync)?.isDirectory() !== true)
    throw new UsageError(`There is no folder ${dirname(file)}.`)
  const target = there === undefined ? file : realpathSync(file)
  accessSync(dirname(target), constants.W_OK | constants.X_OK)
  return { file: target, isDevice: false, isStandardOutput: false }
}

/** The same for an option that names a file; none where it wasn't given. */
export const outputOf = (given: Given, option: string): Output | undefined => {
  const path = textOf(given, option)
  return path === undefined ? undefined : outputAt(path, { force: given.values["force"] === true })
}

const toDevice = async (file: string, stream: ReadableStream<Uint8Array>): Promise<void> => {
  const handle = await open(file, "w")
  try {
    for await (const chunk of stream) await handle.writeFile(chunk)
  } finally {
    await handle.close()
  }
}

/** Writes a stream, whole or not at all where the output is a file; for its owner's eyes alone. */
export const writeStream = async (
  { file, isDevice, isStandardOutput }: Output,
  stream: ReadableStream<Uint8Array>,
): Promise<void> => {
  // It may be a socket, which can't be opened by its name.
  if (isStandardOutput) return pipeline(stream, process.stdout, { end: false })
  if (isDevice) return toDevice(file, stream)
  try {
    await saveStream(stream, file)
  } catch (error) {
    rmSync(partialOf(file), { force: true })
    throw error
  }
}

/** Tries to write where the output will be: a full disk or a missing right shows before something is made that must be kept. */
export const tryOutput = async (output: Output): Promise<void> => {
  if (output.isDevice) return
  try {
    await writeFile(partialOf(output.file), new Uint8Array(trialBytes), { mode: 0o600, flush: true })
  } finally {
    rmSync(partialOf(output.file), { force: true })
  }
}

/** The same for bytes or text that are there. */
export const writeOutput = (output: Output, content: Uint8Array | string): Promise<void> =>
  writeStream(output, new Blob([typeof content === "string" ? content : Uint8Array.from(content)]).stream())
