/** The newest checkpoint of each provider that a professional's accesses from this machine have verified: the next access carries it. */
import { existsSync, mkdirSync } from "node:fs"
import { join } from "node:path"
import * as z from "zod/mini"
import { jsonIn, writeWhole } from "./profile.ts"

/** By the cloud's id, which only its provider's keys can be of: compact statements, nothing of a patient. */
const kept = z.record(z.string(), z.string())

const checkpointsFile = (directory: string): string => join(directory, "checkpoints.json")

const readKept = (directory: string): z.infer<typeof kept> => {
  const file = checkpointsFile(directory)
  const parsed = existsSync(file) ? z.safeParse(kept, jsonIn(file)) : undefined
  return parsed?.success === true ? parsed.data : {}
}

/** None where nothing was kept, or nothing that can be read: no access waits for it. */
export const keptCheckpoint = (directory: string, cloudId: string): string | undefined => readKept(directory)[cloudId]

export const keepCheckpoint = (directory: string, cloudId: string, checkpoint: string): void => {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  writeWhole(checkpointsFile(directory), JSON.stringify({ ...readKept(directory), [cloudId]: checkpoint }))
}
