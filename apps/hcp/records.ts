import { type Category, categories } from "../../protocol/primitives.ts"
import { type Listed, listCategory, readRecord } from "../../sdk/hcp/records.ts"
import { opened } from "./opened.ts"
import {
  type Encounter,
  isPractice,
  leave,
  lists,
  type OpenedRecord,
  type RecordList,
  read,
  stage,
  viewed,
} from "./state.ts"

const codeOf = (error: unknown): unknown =>
  typeof error === "object" && error !== null && "code" in error ? error.code : undefined

const isLeft = ({ left }: Encounter): boolean => left.signal.aborted

/** Asks the cloud within the access; when that has ended, so does everything of the patient here. A session that has run out is opened anew, once. */
export const within = async <T>(encounter: Encounter, ask: () => Promise<T>): Promise<T> => {
  try {
    return await ask()
  } catch (error) {
    const { access } = encounter
    const code = codeOf(error)
    if (code === "grant-expired") leave("expired")
    if (code === "grant-halted") leave("halted")
    if (code !== "unauthenticated" || isLeft(encounter) || isPractice(access) || access.opening === undefined)
      throw error
    delete access.opening
    return ask()
  }
}

const setList = (encounter: Encounter, category: Category, list: RecordList): void => {
  if (stage.value.kind === "open" && stage.value.encounter === encounter)
    lists.value = { ...lists.value, [category]: list }
}

/** Loads what is shown of an earlier state of the record anew: what moved from one list to another would be on neither. */
const refreshOthers = async (encounter: Encounter, manifest: string): Promise<void> => {
  for (const category of categories) {
    const list = lists.value[category]
    if (list?.manifest !== undefined && list.manifest !== manifest) await loadList(encounter, category)
  }
}

export const loadList = async (encounter: Encounter, category: Category): Promise<void> => {
  const before = lists.value[category]
  const { access } = encounter
  if (isPractice(access)) return setList(encounter, category, { listed: [], loading: false })
  if (isLeft(encounter) || before?.loading === true) return
  setList(encounter, category, { ...before, loading: true })
  try {
    const { listed, manifest } = await within(encounter, () => listCategory(access, category, encounter.left))
    setList(encounter, category, { listed, manifest, loading: false })
    await refreshOthers(encounter, manifest)
  } catch (error) {
    setList(encounter, category, { ...before, loading: false, error })
  }
}

const placeOf = ({ descriptor: { recordId, version } }: Listed): string => `${recordId}/${version}`

/** Reads a record, once. */
export const readOnce = async (
  encounter: Encounter,
  listed: Listed,
  options: Parameters<typeof readRecord>[2] = {},
): Promise<OpenedRecord> => {
  const known =
    read.get(placeOf(listed)) ??
    encounter.summaries.find(({ descriptor }) => placeOf({ descriptor }) === placeOf(listed))
  if (known !== undefined) return known
  const { access } = encounter
  if (isPractice(access)) throw new Error("nobody's record has no more")
  const record = await opened(
    await within(encounter, () =>
      readRecord(access, listed, { ...options, signal: options.signal ?? encounter.left.signal }),
    ),
    encounter.left.signal,
  )
  if (isLeft(encounter)) {
    record.bytes.fill(0)
    encounter.left.signal.throwIfAborted()
  }
  read.set(placeOf(listed), record)
  return record
}

let viewing: AbortController | undefined

/** Puts a record on the screen; what is on its way, for another one or an earlier try of this, is given up. */
export const view = async (encounter: Encounter, listed: Listed): Promise<void> => {
  viewing?.abort()
  const stop = new AbortController()
  viewing = stop
  const signal = AbortSignal.any([stop.signal, encounter.left.signal])
  const isCurrent = () => viewed.value?.listed === listed && !signal.aborted
  viewed.value = { listed }
  const unsubscribe = viewed.subscribe((value) => {
    if (value?.listed !== listed) stop.abort()
  })
  try {
    const record = await readOnce(encounter, listed, {
      signal,
      onProgress: (progress) => {
        if (isCurrent()) viewed.value = { listed, progress }
      },
    })
    if (isCurrent()) viewed.value = { listed, record }
  } catch (error) {
    if (isCurrent()) viewed.value = { listed, error }
  } finally {
    unsubscribe()
  }
}
