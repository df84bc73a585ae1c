import { existsSync, readFileSync } from "node:fs"
import { type Card, decodeCard } from "../../protocol/card.ts"
import { fromUtf8 } from "../../protocol/crypto/bytes.ts"
import { UsageError, unusable } from "./exit.ts"
import { scanCard, UnreadableCard } from "./scan-card.ts"

/** The text of the code in a picture, or of any other file; none where it is neither. */
const textIn = async (bytes: Uint8Array<ArrayBuffer>): Promise<string> => {
  const isPng = bytes[0] === 0x89 && bytes[1] === 0x50
  const isJpeg = bytes[0] === 0xff && bytes[1] === 0xd8
  if (isPng || isJpeg) return scanCard(bytes)
  try {
    return fromUtf8(bytes).trim()
  } catch {
    return ""
  }
}

/** The card that a file shows, as a picture of its code or as its text; `UsageError` where it shows none. */
export const readCard = async (file: string): Promise<{ card: Card; text: string }> => {
  if (!existsSync(file)) throw new UsageError(`There is no file ${file}.`)
  try {
    const text = await textIn(new Uint8Array(readFileSync(file)))
    const reading = decodeCard(text)
    if (reading.outcome === "ok") return { card: reading.card, text }
    throw unusable(reading.outcome)
  } catch (error) {
    throw error instanceof UnreadableCard ? new UsageError(error.message) : error
  }
}
