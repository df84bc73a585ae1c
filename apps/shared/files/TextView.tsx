import { useMemo } from "preact/hooks"
import { Banner } from "../parts/Banner.tsx"
import { decodeText } from "../text-encoding.ts"
import { fileWords } from "./words.ts"
import "./files.css"

/** Characters of a text that are shown; a page of more would stop a tablet. */
const longest = 200_000

/** A text in whichever encoding: where that is guessed, the reader is told. */
export const TextView = ({ bytes, title }: { bytes: Uint8Array; title: string }) => {
  const { guessed: guessedText, cut } = fileWords.value.text
  const { text, guessed } = useMemo(() => decodeText(bytes), [bytes])
  return (
    <>
      {guessed && (
        <Banner tone="warn">
          <p>{guessedText}</p>
        </Banner>
      )}
      {text.length > longest && (
        <Banner tone="warn">
          <p>{cut}</p>
        </Banner>
      )}
      <pre class="panel text" tabIndex={0} role="region" aria-label={title}>
        {text.slice(0, longest).toWellFormed()}
      </pre>
    </>
  )
}
