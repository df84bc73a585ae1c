import { useMemo, useRef, useState } from "preact/hooks"
import { plainArchive, sealedArchive } from "../../../sdk/practice/archive.ts"
import {
  type Column,
  type CsvOptions,
  type CsvTable,
  columns,
  csvTemplate,
  guessMapping,
  type Mapping,
  patientsInCsv,
  writeCsv,
} from "../../../sdk/practice/csv.ts"
import { tellExport } from "../../../sdk/practice/files.ts"
import { importPatients, type PreviewedRow, previewImport } from "../../../sdk/practice/import.ts"
import { resultLines } from "../../../sdk/practice/result-lines.ts"
import { Banner, TroubleBanner } from "../../shared/parts/Banner.tsx"
import { Button } from "../../shared/parts/Button.tsx"
import { ConfirmDialog } from "../../shared/parts/ConfirmDialog.tsx"
import { SelectField } from "../../shared/parts/Field.tsx"
import { Screen } from "../../shared/parts/Frame.tsx"
import { Progress } from "../../shared/parts/Progress.tsx"
import { Words } from "../../shared/phrase/Phrase.tsx"
import { saveBlob, saveFile } from "../../shared/save-file.ts"
import { localDay } from "../../shared/typed-date.ts"
import { useDeed } from "../../shared/use-deed.ts"
import { type ReadFile, readImport } from "../import/read.ts"
import { importWords } from "../import/words.ts"
import { asideOf, nameOfLine } from "../parts/EntryLine.tsx"
import { inPractice, known, ownMember } from "../state.ts"

/** Whose numbers a table's are, where it doesn't say: those of the system that it came from. */
const system = "urn:ehr-cloud:imported-number"

const Columns = ({
  table,
  mapping,
  onMapping,
}: {
  table: CsvTable
  mapping: Mapping
  onMapping: (mapping: Mapping) => void
}) => {
  const { columns: title, column: columnOf, left, names } = importWords.value
  const options: Readonly<Record<string, string>> = Object.fromEntries([
    ["", left],
    ...columns.map((each) => [each, names[each]] as const),
  ])
  return (
    <fieldset class="stack">
      <legend class="stated-name">{title}</legend>
      <div class="row fields">
        {table.header.map((name, at) => {
          const column: Column | "" = columns.find((each) => mapping[each] === at) ?? ""
          return (
            <SelectField
              key={at}
              label={columnOf(name)}
              value={column}
              options={options}
              onValue={(next) => {
                const others = Object.fromEntries(
                  Object.entries(mapping).filter(([each, place]) => place !== at && each !== next),
                )
                onMapping(next === "" ? others : { ...others, [next]: at })
              }}
            />
          )
        })}
      </div>
    </fieldset>
  )
}

/** Rows of the preview that are drawn; those that can't be taken first. */
const mostShown = 100
const weight = { refused: 0, similar: 1, new: 2, known: 3 } as const

const PreviewLine = ({ row, isSkipped, onSkip }: { row: PreviewedRow; isSkipped: boolean; onSkip: () => void }) => {
  const says = importWords.value
  const entry =
    row.outcome === "known"
      ? row.entry
      : row.outcome === "refused"
        ? undefined
        : { ...row.said, fileId: String(row.at), version: 1 }
  const [line] = entry === undefined ? [] : resultLines([entry])
  return (
    <li class="row row-between">
      <div>
        <p>
          <span class="muted small">{says.row(row.at)}</span>{" "}
          <span class="strong">{line === undefined ? "" : nameOfLine(line)}</span>{" "}
          <span
            class={
              row.outcome === "refused" ? "badge badge-bad" : row.outcome === "similar" ? "badge badge-warn" : "badge"
            }
          >
            {says.outcomes[row.outcome]}
          </span>
        </p>
        {line !== undefined && <p class="small muted">{asideOf({ ...line, aside: undefined })}</p>}
        {row.outcome === "refused" && (
          <p class="field-fault">
            {row.field === "" ? "" : `${row.field}: `}
            {says.faults[row.fault]}
          </p>
        )}
        {row.outcome === "similar" && (
          <p class="small">
            {resultLines(row.to.map(({ entry: each }) => each))
              .map((each) => `${nameOfLine(each)}, ${asideOf(each)}`)
              .join("; ")}
          </p>
        )}
      </div>
      {row.outcome === "similar" && (
        <Button aria-label={`${isSkipped ? says.take : says.skip}: ${says.row(row.at)}`} onClick={onSkip}>
          {isSkipped ? says.take : says.skip}
        </Button>
      )}
    </li>
  )
}

const Preview = ({ rows, onDone }: { rows: readonly PreviewedRow[]; onDone: (count: number) => void }) => {
  const says = importWords.value
  const [skipped, setSkipped] = useState<ReadonlySet<number>>(new Set())
  const [imported, setImported] = useState<number>()
  const { busy, error, run } = useDeed()
  const counted = (outcome: PreviewedRow["outcome"]) => rows.filter((row) => row.outcome === outcome).length
  const taken = rows.filter((row) => !(row.outcome === "similar" && skipped.has(row.at)))
  const added = taken.filter(({ outcome }) => outcome === "new" || outcome === "similar").length
  const isRefused = counted("refused") > 0
  const shown = rows.toSorted((one, other) => weight[one.outcome] - weight[other.outcome]).slice(0, mostShown)
  const start = async () => {
    setImported(0)
    const entries = await inPractice((practice) => importPatients(practice, taken, setImported))
    onDone(entries.length)
  }
  const toggle = (at: number) => {
    const next = new Set(skipped)
    if (!next.delete(at)) next.add(at)
    setSkipped(next)
  }
  return (
    <section class="stack" aria-labelledby="preview">
      <h3 id="preview">{says.preview}</h3>
      <p role="status">{says.counts(counted("new"), counted("similar"), counted("known"), counted("refused"))}</p>
      <ul class="list">
        {shown.map((row) => (
          <PreviewLine key={row.at} row={row} isSkipped={skipped.has(row.at)} onSkip={() => toggle(row.at)} />
        ))}
      </ul>
      {isRefused && (
        <Banner tone="warn">
          <p>{says.nothingYet}</p>
        </Banner>
      )}
      {busy && imported !== undefined && <Progress label={says.running} bytes={imported} total={added} />}
      <TroubleBanner error={error} />
      {error !== undefined && <p>{says.interrupted}</p>}
      <div>
        <Button look="main" busy={busy} disabled={isRefused || added === 0} onClick={() => run(start)}>
          {says.go(added)}
        </Button>
      </div>
    </section>
  )
}

const OfTable = ({ table, onDone }: { table: CsvTable; onDone: (count: number) => void }) => {
  const says = importWords.value
  const [mapping, setMapping] = useState<Mapping>(() => guessMapping(table.header))
  const [dates, setDates] = useState<CsvOptions["dates"]>("day-first")
  const directory = known()?.directory
  const rows = useMemo(() => {
    const { patients, refused } = patientsInCsv(table, mapping, { dates, today: localDay(new Date()), system })
    return directory === undefined ? [] : previewImport(directory, patients, refused)
  }, [table, mapping, dates, directory])
  return (
    <>
      <Columns table={table} mapping={mapping} onMapping={setMapping} />
      <SelectField label={says.dates} value={dates} options={says.orders} onValue={setDates} />
      <Preview rows={rows} onDone={onDone} />
    </>
  )
}

const OfBundle = ({
  read,
  onDone,
}: {
  read: Extract<ReadFile, { kind: "bundle" }>
  onDone: (count: number) => void
}) => {
  const directory = known()?.directory
  const rows = useMemo(
    () => (directory === undefined ? [] : previewImport(directory, read.patients)),
    [read, directory],
  )
  return (
    <>
      {read.leftOut > 0 && (
        <Banner tone="warn">
          <p>{importWords.value.leftOut(read.leftOut)}</p>
        </Banner>
      )}
      <Preview rows={rows} onDone={onDone} />
    </>
  )
}

const Import = () => {
  const says = importWords.value
  const picker = useRef<HTMLInputElement>(null)
  const [chosen, setChosen] = useState<{ readonly name: string; readonly read: ReadFile }>()
  const [done, setDone] = useState<number>()
  const { busy, error, run } = useDeed()
  const choose = async (file: File) => {
    setDone(undefined)
    setChosen({ name: file.name, read: await readImport(file) })
  }
  const finish = (count: number) => {
    setDone(count)
    setChosen(undefined)
  }
  return (
    <section class="panel" aria-labelledby="import">
      <h2 id="import">{says.importTitle}</h2>
      <p>{says.lead}</p>
      {done !== undefined && (
        <Banner tone="good" alert>
          <p>{says.done(done)}</p>
        </Banner>
      )}
      <TroubleBanner error={error} />
      <div class="row">
        <Button busy={busy} onClick={() => picker.current?.click()}>
          {says.choose}
        </Button>
        <Button look="plain" onClick={() => saveFile(csvTemplate, "patients.csv", "text/csv")}>
          {says.template}
        </Button>
        <span role="status">{chosen !== undefined && says.chosen(chosen.name)}</span>
      </div>
      <input
        ref={picker}
        type="file"
        accept=".csv,.json,text/csv,application/json,application/fhir+json"
        class="hidden-visually"
        tabIndex={-1}
        aria-label={says.choose}
        onChange={({ currentTarget }) => {
          const [file] = currentTarget.files ?? []
          currentTarget.value = ""
          if (file !== undefined) run(() => choose(file))
        }}
      />
      {chosen?.read.kind === "unreadable" && (
        <p class="field-fault" role="alert">
          {says.unreadable}
        </p>
      )}
      {chosen?.read.kind === "table" && <OfTable key={chosen.name} table={chosen.read.table} onDone={finish} />}
      {chosen?.read.kind === "bundle" && <OfBundle read={chosen.read} onDone={finish} />}
    </section>
  )
}

const collected = async (lines: AsyncIterable<string>): Promise<string[]> => {
  const texts: string[] = []
  for await (const line of lines) texts.push(line)
  return texts
}

const Export = () => {
  const says = importWords.value
  const [phrase, setPhrase] = useState<string>()
  const [asking, setAsking] = useState(false)
  const { busy, error, run } = useDeed()
  const day = localDay(new Date())
  const saveSealed = async () => {
    const made = await inPractice(async (practice) => {
      const { phrase, lines } = sealedArchive(practice)
      return { phrase, texts: await collected(lines) }
    })
    saveBlob(new Blob(made.texts), `practice-${day}.sealed`)
    setPhrase(made.phrase)
  }
  const savePlain = async () => {
    const texts = await inPractice((practice) => collected(plainArchive(practice)))
    saveBlob(new Blob(texts, { type: "application/x-ndjson" }), `practice-${day}.ndjson`)
    setAsking(false)
  }
  const saveTable = async () => {
    const text = await inPractice(async (practice) => {
      await tellExport(practice)
      const entries = [...practice.directory.entries()]
      return writeCsv(
        entries.filter(({ deletedAt, mergedInto }) => deletedAt === undefined && mergedInto === undefined),
      )
    })
    saveFile(`\uFEFF${text}`, `patients-${day}.csv`, "text/csv")
  }
  return (
    <section class="panel" aria-labelledby="export">
      <h2 id="export">{says.exportTitle}</h2>
      <p>{says.exportLead}</p>
      {phrase !== undefined && (
        <Banner tone="warn" title={says.sealed}>
          <p>{says.phrase}</p>
          <Words text={phrase} />
        </Banner>
      )}
      <TroubleBanner error={asking ? undefined : error} />
      <ul class="list">
        <li class="row">
          <Button busy={busy} onClick={() => run(saveSealed)}>
            {says.sealed}
          </Button>
          <span class="small muted">{says.sealedHint}</span>
        </li>
        <li class="row">
          <Button busy={busy} onClick={() => run(saveTable)}>
            {says.table}
          </Button>
          <span class="small muted">{says.tableHint}</span>
        </li>
        <li class="row">
          <Button onClick={() => setAsking(true)}>{says.plain}</Button>
          <span class="small muted">{says.plainHint}</span>
        </li>
      </ul>
      <ConfirmDialog
        open={asking}
        title={says.plainTitle}
        confirm={says.plain}
        busy={busy}
        error={error}
        onConfirm={() => run(savePlain)}
        onClose={() => setAsking(false)}
      >
        <p>{says.plainText}</p>
      </ConfirmDialog>
    </section>
  )
}

/** Patients from another system, and copies for another one. */
export const ImportExport = () => {
  const says = importWords.value
  const isOwner = ownMember.value?.role === "owner"
  return (
    <Screen title={says.title} narrow>
      {isOwner ? (
        <>
          <Import />
          <Export />
        </>
      ) : (
        <p>{says.ownersOnly}</p>
      )}
    </Screen>
  )
}
