/** One entry as it travels with a change, sealed for all who may use the directory (docs/protocol.md, "Practice"). */
import type { Bytes } from "../crypto/bytes.ts"
import { openUnder, sealUnder } from "../crypto/envelope.ts"
import { CryptoFailure, orFailure } from "../crypto/failure.ts"
import { derive } from "../crypto/primitives.ts"
import { jwe } from "../primitives.ts"
import type { Entry } from "./entry.ts"
import { entryPadding, packEntries, unpackEntries } from "./packed-entries.ts"

/** Four names in full, eight numbers and four telephones, of three bytes a letter, take less. */
export const sealedEntry = jwe(16 * 1024)

const keyOf = (directory: Bytes, { fileId, version }: Pick<Entry, "fileId" | "version">): Promise<Bytes> =>
  derive(directory, "entry", fileId, version)

/** `directory`: the directory's key of the epoch that the change names. */
export const sealEntry = async (directory: Bytes, entry: Entry): Promise<string> =>
  sealUnder(await keyOf(directory, entry), await packEntries([entry], entryPadding))

/** The entry that was sealed as this version of this file's; `CryptoFailure` for any other. */
export const openEntry = (directory: Bytes, of: Pick<Entry, "fileId" | "version">, sealed: string): Promise<Entry> =>
  orFailure(async () => {
    const [entry, ...others] = await unpackEntries(await openUnder(await keyOf(directory, of), sealed))
    if (entry === undefined || others.length > 0 || entry.fileId !== of.fileId || entry.version !== of.version)
      throw new CryptoFailure()
    return entry
  })
