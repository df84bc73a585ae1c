import type { ZipFailureCode } from "../files/zip.ts"

/** The words of an archive of files. `words-el.ts` has the same keys, or the build fails. */
const en = {
  lead: "An archive of files. Each is unpacked on this device when you open it.",
  files: "Files in this archive",
  none: "There are no files in it.",
  more: (count: number) => (count === 1 ? "1 more file isn't listed." : `${count} more files aren't listed.`),
  show: "Show",
  hide: "Close",
  open: (name: string) => `Show: ${name}`,
  close: (name: string) => `Close: ${name}`,
  failures: {
    "not-zip": "This isn't an archive, or it is cut off.",
    damaged: "This archive is damaged, or made to do harm. Nothing of it is unpacked.",
    "too-many": "This archive has more files than can be listed here. Save it and unpack it elsewhere.",
    encrypted: "This file has a password. It can't be opened here.",
    unsupported: "This file is packed by a method that isn't read here. Save the archive and unpack it elsewhere.",
    "too-large": "This file is too large to be unpacked here. Save the archive and unpack it elsewhere.",
  } satisfies Record<ZipFailureCode, string>,
}

export default en
