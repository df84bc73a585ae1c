import { toBase64url } from "../../protocol/crypto/bytes.ts"
import type { Entry } from "../../protocol/practice/entry.ts"
import { Directory } from "../../sdk/practice/directory.ts"

let made = 0
/** An id of the right form, another each time. */
const nextId = (): string => {
  const bytes = new Uint8Array(16)
  new DataView(bytes.buffer).setUint32(12, ++made)
  return toBase64url(bytes)
}

export const entryOf = (said: Partial<Entry>): Entry => ({
  fileId: nextId(),
  version: 1,
  names: [],
  sex: "unknown",
  identifiers: [],
  phones: [],
  ...said,
})

/** `family given`, as they stand on a list. */
export const named = (family: string, given: string, said: Partial<Entry> = {}): Entry =>
  entryOf({ names: [{ family, given }], ...said })

export const directoryOf = (...entries: readonly Entry[]): Directory => {
  const directory = new Directory()
  directory.add(entries)
  return directory
}

/** The first names that a search finds, `Family Given`, in their order. */
export const namesFound = (directory: Directory, typed: string): string[] =>
  directory
    .search(typed)
    .hits.map(({ entry: { names } }) => [names[0]?.family, names[0]?.given].filter(Boolean).join(" "))
