import { signal } from "@preact/signals"
import { useEffect, useMemo } from "preact/hooks"
import { useLocation } from "preact-iso"
import { addFile } from "../../../sdk/practice/files.ts"
import { resultLines } from "../../../sdk/practice/result-lines.ts"
import { TroubleBanner } from "../../shared/parts/Banner.tsx"
import { Button, LinkButton } from "../../shared/parts/Button.tsx"
import { Field } from "../../shared/parts/Field.tsx"
import { Screen } from "../../shared/parts/Frame.tsx"
import { useDeed } from "../../shared/use-deed.ts"
import { patientWords } from "../file/words.ts"
import { EntryLine, nameOfLine } from "../parts/EntryLine.tsx"
import { Unsaved } from "../parts/Unsaved.tsx"
import { unnamed } from "../person-form.ts"
import { inPractice, known, learnt, ownMember, practice } from "../state.ts"
import { words } from "../words/words.ts"

/** What was last looked for: whoever comes back from a file finds the list as they left it. */
const typed = signal("")

/** As many fit on a screen or two: whoever has more before them types on. */
const most = 30

/** Opens a file for somebody whom nobody knows, at once. */
const Unidentified = () => {
  const { patients: says } = words.value
  const { route } = useLocation()
  const { busy, error, run } = useDeed()
  const open = async () => {
    const { fileId } = await inPractice((current) => addFile(current, unnamed))
    route(`/patients/file#${fileId}`)
  }
  return (
    <>
      <Button busy={busy} onClick={() => run(open)}>
        {says.unidentified}
      </Button>
      <TroubleBanner error={error} />
    </>
  )
}

const Results = ({ text }: { text: string }) => {
  const { patients: says } = words.value
  const directory = practice.value?.directory
  const round = learnt.value
  const { hits, count } = useMemo(
    () => directory?.search(text, most) ?? { hits: [], count: 0 },
    [directory, text, round],
  )
  const lines = useMemo(() => resultLines(hits.map(({ entry }) => entry)), [hits])
  const isClose = hits[0]?.manner === "with-one-typo"
  return (
    <section class="stack stack-s" aria-label={says.results}>
      <p class="small muted" role="status">
        {says.found(count)}
      </p>
      {count === 0 && <p>{says.nobody}</p>}
      {isClose && <p>{says.typo}</p>}
      <ul class="list">
        {lines.map((line, i) => {
          const through = hits[i]?.through
          return (
            <EntryLine key={line.fileId} line={line}>
              {through !== undefined && (
                <span class="small muted">{says.through(nameOfLine(resultLines([through])[0] ?? {}))}</span>
              )}
            </EntryLine>
          )
        })}
      </ul>
      {count > lines.length && <p class="small muted">{says.more(lines.length)}</p>}
    </section>
  )
}

/** How many that were changed last are shown. */
const recentMost = 8

const Recent = () => {
  const { patients: says } = words.value
  const current = practice.value
  const round = learnt.value
  const lines = useMemo(() => resultLines(current?.recentlyChanged(recentMost) ?? []), [current, round])
  if (lines.length === 0) return <p>{says.empty}</p>
  return (
    <section class="stack stack-s" aria-labelledby="recent">
      <h2 id="recent">{says.recent}</h2>
      <ul class="list">
        {lines.map((line) => (
          <EntryLine key={line.fileId} line={line} />
        ))}
      </ul>
    </section>
  )
}

/** The start page: whom one looks for, and what changed. */
export const Patients = () => {
  const { patients: says, places } = words.value
  const text = typed.value
  const current = known()
  // What colleagues changed meanwhile; without a network, what is known.
  useEffect(() => void inPractice((each) => each.sync()).catch(() => undefined), [])
  const count = current?.directory.count() ?? 0
  return (
    <Screen title={says.title} lead={says.count(count)}>
      <Field
        type="search"
        label={says.search}
        hint={says.searchHint}
        value={text}
        onValue={(next) => (typed.value = next)}
      />
      <div class="row">
        <LinkButton look="main" href="/add">
          {places.add}
        </LinkButton>
        <Unidentified />
      </div>
      <Unsaved />
      {text.trim() === "" ? <Recent /> : <Results text={text} />}
      <p class="row">
        {ownMember.value?.role === "owner" && <a href="/exchange">{places.exchange}</a>}
        <a href="/deleted">{patientWords.value.remove.list}</a>
      </p>
    </Screen>
  )
}
