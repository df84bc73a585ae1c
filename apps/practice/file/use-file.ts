import { useEffect, useState } from "preact/hooks"
import type { Entry } from "../../../protocol/practice/entry.ts"
import { localDay } from "../../shared/typed-date.ts"
import { language } from "../../shared/words.ts"
import { inPractice, isClinical, known, practice, token } from "../state.ts"
import { type Facts, factsIn, type Version } from "./content.ts"
import { newestNumber, versionAt } from "./save.ts"

/** A file as it is on the screen. */
export type OpenedFile =
  | { readonly state: "absent" }
  | { readonly state: "reading"; readonly entry: Entry }
  | { readonly state: "failed"; readonly entry: Entry; readonly error: unknown }
  /** Who works here isn't shown what is clinical. */
  | { readonly state: "person"; readonly entry: Entry }
  | {
      readonly state: "ready"
      readonly entry: Entry
      readonly version: Version
      readonly facts: Facts
      /** Of the content; 0 for none. */
      readonly number: number
    }

/** The day on which something was last written into a file. */
const writtenOn = (fileId: string, number: number): string => {
  const event = practice.value?.history.get(fileId)?.findLast(({ version }) => version === number)
  return localDay(event === undefined ? new Date() : new Date(event.at * 1000))
}

/** A file, read and read again whenever it changes; `wanted`: an earlier version of its content. */
export const useFile = (fileId: string, wanted?: number): OpenedFile & { readonly retry: () => void } => {
  const [read, setRead] = useState<{ readonly of: string; readonly version?: Version; readonly error?: unknown }>()
  const [round, setRound] = useState(0)
  const current = known()
  const entry = current?.directory.get(fileId)
  const number = wanted ?? (current === undefined ? 0 : newestNumber(current, fileId))
  const of = `${fileId}/${number}`
  const isIn = token.value !== undefined
  useEffect(() => {
    if (entry === undefined || !isClinical.value) return undefined
    let isWanted = true
    const read = number === 0 ? versionAtOnce() : inPractice((each) => versionAt(each, fileId, number))
    read.then(
      (version) => isWanted && setRead({ of, version }),
      (error: unknown) => isWanted && setRead({ of, error }),
    )
    return () => {
      isWanted = false
    }
  }, [of, entry === undefined, isIn, round])
  const retry = () => setRound(round + 1)
  if (entry === undefined) return { state: "absent", retry }
  if (!isClinical.value) return { state: "person", entry, retry }
  if (read?.of !== of) return { state: "reading", entry, retry }
  const { version, error } = read
  if (version === undefined) return { state: "failed", entry, error, retry }
  try {
    const facts = factsIn(version, language.value, writtenOn(fileId, number))
    return { state: "ready", entry, version, facts, number, retry }
  } catch (unshown) {
    return { state: "failed", entry, error: unshown, retry }
  }
}

const versionAtOnce = async (): Promise<Version> => ({ fields: {}, lists: {} })
