import type { Entry } from "../../../protocol/practice/entry.ts"
import { resultLines } from "../../../sdk/practice/result-lines.ts"
import { words } from "../words/words.ts"
import { asideOf } from "./EntryLine.tsx"

/** Whose file this is, in sight on every part of it. */
export const FileHead = ({ entry }: { entry: Entry }) => {
  const { file: says } = words.value
  const [line] = resultLines([entry])
  return (
    <section class="file-head" aria-label={says.title}>
      <p class="strip-name">
        {line?.name ?? says.unidentified}
        {line?.otherName !== undefined && <span class="muted"> ({line.otherName})</span>}
      </p>
      <p class="small muted">{line !== undefined && asideOf(line)}</p>
    </section>
  )
}
