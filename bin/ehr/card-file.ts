import { existsSync, readFileSync } from "node:fs"
import { type Card, decodeCard } from "../../protocol/card.ts"
import { fromUtf8 } from "../../protocol/crypto/bytes.ts"
import { pastedCard } from "../../sdk/pasted-card.ts"
import { modulesPng } from "./card-png.ts"
import { modulesInSvg } from "./card-svg.ts"
import { UsageError, unusable } from "./exit.ts"
import { scanCard, UnreadableCard } from "./scan-card.ts"

/** The text of the code in a picture, or of a file that is a text. */
const textIn = async (bytes: Uint8Array<ArrayBuffer>): Promise<string> => {
  const text = decoded(bytes)
  if (text === undefined) return scanCard(bytes)
  // The back is drawn last.
  const modules = modulesInSvg(text).at(-1)
  return modules === undefined ? pastedCard(text) : scanCard(modulesPng(modules))
}

const decoded = (bytes: Uint8Array<ArrayBuffer>): string | undefined => {
  try {
    return fromUtf8(bytes)
  } catch {
    return undefined
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
