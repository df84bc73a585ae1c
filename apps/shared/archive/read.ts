import { type Detected, detect, headLength } from "../detect.ts"
import { readZip, unpackEntry, type ZipEntry, ZipFailure, type ZipFailureCode } from "../files/zip.ts"

/** Files of an archive that are listed; the rest are counted. */
const mostListed = 500
/** Bytes of one file that is unpacked to be shown. */
const mostUnpacked = 64 * 1024 * 1024

/** What systems put beside people's files. */
const isAside = ({ path }: ZipEntry): boolean => /(?:^|\/)(?:__MACOSX\/|\.[^/]*$|Thumbs\.db$|desktop\.ini$)/i.test(path)

export type Listing =
  | { readonly outcome: "files"; readonly files: readonly ZipEntry[]; readonly more: number }
  | { readonly outcome: ZipFailureCode }

const failureOf = (error: unknown): { readonly outcome: ZipFailureCode } => {
  if (error instanceof ZipFailure) return { outcome: error.code }
  throw error
}

/** The files in an archive, by their names, without what a system put there. */
export const listArchive = async (archive: Blob): Promise<Listing> => {
  try {
    const files = (await readZip(archive)).filter((entry) => !isAside(entry))
    return {
      outcome: "files",
      files: files.toSorted((one, other) => one.path.localeCompare(other.path)).slice(0, mostListed),
      more: Math.max(0, files.length - mostListed),
    }
  } catch (error) {
    return failureOf(error)
  }
}

export type Unpacked =
  | { readonly outcome: "file"; readonly bytes: Uint8Array<ArrayBuffer>; readonly detected: Detected }
  | { readonly outcome: ZipFailureCode }

/** The last part of a file's path, which is a name and never a place. */
export const nameOf = ({ path }: Pick<ZipEntry, "path">): string => path.split(/[/\\]/).at(-1) ?? path

/** One file of an archive, and what it is. */
export const unpackFile = async (archive: Blob, entry: ZipEntry): Promise<Unpacked> => {
  try {
    const bytes = await unpackEntry(archive, entry, mostUnpacked)
    return { outcome: "file", bytes, detected: detect(bytes.subarray(0, headLength), bytes, nameOf(entry)) }
  } catch (error) {
    return failureOf(error)
  }
}
