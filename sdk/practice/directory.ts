/** The directory of a practice in a device's memory: searched there, with no request, by the same code online and off (docs/protocol.md, "Practice"). */
import type { Entry } from "../../protocol/practice/entry.ts"
import { type DirectoryLine, lineOf, type Manner, mannerOf, manners } from "./directory-line.ts"
import { NameSpellings } from "./name-spellings.ts"
import { type Reading, readTyped } from "./typed-query.ts"

export interface Hit {
  readonly entry: Entry
  readonly manner: Manner
  /** The entry that was found, where it was merged into this one. */
  readonly through?: Entry
}
export interface Found {
  /** Better manners first, then by name; at most as many as were asked for. */
  readonly hits: readonly Hit[]
  /** How many there are in all. */
  readonly count: number
}

const nothingFound: Found = { hits: [], count: 0 }

/** By name, then by id, so that the order is the same on every device. */
const inOrder = (one: DirectoryLine, other: DirectoryLine): number => {
  if (one.words !== other.words) return one.words < other.words ? -1 : 1
  return one.entry.fileId < other.entry.fileId ? -1 : one.entry.fileId > other.entry.fileId ? 1 : 0
}

export class Directory {
  readonly spellings = new NameSpellings()
  readonly #byFile = new Map<string, DirectoryLine>()
  /** In their order; made when it is first asked for, then kept. */
  #ordered: DirectoryLine[] | undefined

  /** Takes entries in, whatever order they come in: of one file that with the higher version stays. */
  add(entries: Iterable<Entry>): void {
    for (const entry of entries) {
      const known = this.#byFile.get(entry.fileId)
      if (known !== undefined && known.entry.version >= entry.version) continue
      if (known !== undefined) this.#take(known)
      this.#put(lineOf(entry, this.spellings))
    }
  }

  /** Forgets a file that was destroyed. */
  remove(fileId: string): void {
    const known = this.#byFile.get(fileId)
    if (known === undefined) return
    this.#take(known)
    this.#byFile.delete(fileId)
  }

  get(fileId: string): Entry | undefined {
    return this.#byFile.get(fileId)?.entry
  }

  /** How many patients there are: files that are neither deleted nor merged into another. */
  count(): number {
    let count = 0
    for (const { entry } of this.#byFile.values())
      if (entry.deletedAt === undefined && entry.mergedInto === undefined) count++
    return count
  }

  /** Every entry, in their order; those that were merged and those that were deleted, too. */
  *entries(): Iterable<Entry> {
    for (const { entry } of this.#lines()) yield entry
  }

  /**
   * The entry that a file's merges lead to: its own, where it was merged into none, or into one that isn't there. Two files that were each merged into the
   * other, by devices that didn't know of one another, stay apart.
   */
  standingFor(fileId: string): Entry | undefined {
    const start = this.get(fileId)
    const passed = new Set([fileId])
    let at = start
    while (at?.mergedInto !== undefined) {
      const next = this.get(at.mergedInto)
      if (next === undefined || next.deletedAt !== undefined) return at
      if (passed.has(next.fileId)) return start
      passed.add(next.fileId)
      at = next
    }
    return at
  }

  /**
   * The entries that have all that was typed: words, or beginnings of them, in any order, in Greek or Latin letters, and numbers and dates as people write
   * them. Only where there is none, those that have it but for one typo. None for nothing.
   */
  search(typed: string, most = 50): Found {
    const readings = readTyped(typed).filter(({ words, runs }) => words.length + runs.length > 0)
    if (readings.length === 0) return nothingFound
    const found = this.#scan(readings, most, false)
    return found.count > 0 ? found : this.#scan(readings, most, true)
  }

  #scan(readings: readonly Reading[], most: number, typos: boolean): Found {
    const byManner = new Map<Manner, Hit[]>(manners.map((manner) => [manner, []]))
    const shown = new Set<string>()
    for (const line of this.#lines()) {
      if (line.entry.deletedAt !== undefined) continue
      const manner = bestOf(line, readings, typos)
      if (manner === undefined) continue
      const hit = this.#hitOf(line.entry, manner)
      if (shown.has(hit.entry.fileId)) continue
      shown.add(hit.entry.fileId)
      byManner.get(manner)?.push(hit)
    }
    return { hits: manners.flatMap((manner) => byManner.get(manner) ?? []).slice(0, most), count: shown.size }
  }

  #hitOf(entry: Entry, manner: Manner): Hit {
    const standing = entry.mergedInto === undefined ? entry : (this.standingFor(entry.fileId) ?? entry)
    return standing === entry ? { entry, manner } : { entry: standing, manner, through: entry }
  }

  #lines(): readonly DirectoryLine[] {
    return (this.#ordered ??= [...this.#byFile.values()].sort(inOrder))
  }

  #put(line: DirectoryLine): void {
    this.#byFile.set(line.entry.fileId, line)
    this.#ordered?.splice(placeOf(this.#ordered, line), 0, line)
  }

  #take(line: DirectoryLine): void {
    if (this.#ordered !== undefined) this.#ordered.splice(placeOf(this.#ordered, line), 1)
  }
}

const bestOf = (line: DirectoryLine, readings: readonly Reading[], typos: boolean): Manner | undefined => {
  const [only] = readings
  if (only !== undefined && readings.length === 1) return mannerOf(line, only, typos)
  const found = readings.map((reading) => mannerOf(line, reading, typos))
  return manners.find((manner) => found.includes(manner))
}

/** Where a line stands, or is to stand, in the order. */
const placeOf = (lines: readonly DirectoryLine[], line: DirectoryLine): number => {
  let [low, high] = [0, lines.length]
  while (low < high) {
    const middle = (low + high) >> 1
    const at = lines[middle]
    if (at !== undefined && inOrder(at, line) < 0) low = middle + 1
    else high = middle
  }
  return low
}
