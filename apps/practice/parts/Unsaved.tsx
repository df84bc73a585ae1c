import { useEffect } from "preact/hooks"
import { resultLines } from "../../../sdk/practice/result-lines.ts"
import { Banner } from "../../shared/parts/Banner.tsx"
import { drafted, listDrafts } from "../drafts.ts"
import { known } from "../state.ts"
import { words } from "../words/words.ts"
import { nameOfLine } from "./EntryLine.tsx"

const screens = new Map([
  ["facts", "/patients/facts"],
  ["person", "/patients/person"],
  ["encounter", "/patients/encounter"],
])

/** Where a draft is written on. */
const placeOf = (name: string): { readonly href: string; readonly label: string } | undefined => {
  const { patients: says } = words.value
  if (name === "new") return { href: "/add", label: says.unsavedNew }
  const [kind = "", fileId = ""] = name.split("/")
  const entry = known()?.directory.get(fileId)
  const screen = screens.get(kind)
  if (entry === undefined || screen === undefined) return undefined
  return { href: `${screen}#${fileId}`, label: nameOfLine(resultLines([entry])[0] ?? {}) }
}

/** What was typed and never saved: a page that was closed, a session that ended, a device without power. */
export const Unsaved = () => {
  const { patients: says } = words.value
  useEffect(() => void listDrafts().catch(() => undefined), [])
  const found = drafted.value.flatMap((name) => placeOf(name) ?? [])
  if (found.length === 0) return null
  return (
    <Banner tone="warn" title={says.unsaved}>
      <ul class="list">
        {found.map(({ href, label }) => (
          <li key={href}>
            <a href={href}>{label}</a>
          </li>
        ))}
      </ul>
    </Banner>
  )
}
