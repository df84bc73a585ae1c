import { useEffect, useState } from "preact/hooks"
import type { Bytes } from "../../../protocol/crypto/bytes.ts"
import { Banner } from "../parts/Banner.tsx"
import { Loading } from "../parts/Progress.tsx"
import { type OfficeReading, readOffice } from "./office/office.ts"
import type { Table } from "./office/table.ts"
import type { Paragraph, Run, Written } from "./office/written.ts"
import { fileWords } from "./words.ts"
import "./files.css"

const OneRun = ({ text, struck }: Run) => {
  const { office } = fileWords.value
  if (!struck) return <>{text.toWellFormed()}</>
  return (
    <s>
      <span class="hidden-visually">{office.struck} </span>
      {text.toWellFormed()}
    </s>
  )
}

const OneParagraph = ({ paragraph }: { paragraph: Paragraph }) => (
  <p class="words">
    {paragraph.map((run, i) => (
      <OneRun key={`${i}`} {...run} />
    ))}
  </p>
)

const Words = ({ written: { paragraphs, beside, cut }, title }: { written: Written; title: string }) => {
  const { office, text } = fileWords.value
  return (
    <>
      <Banner tone={beside.length > 0 || cut ? "warn" : "note"}>
        <p>{office.wordsOnly}</p>
        {beside.map((each) => (
          <p key={each}>{office.beside[each]}</p>
        ))}
        {cut && <p>{text.cut}</p>}
      </Banner>
      <div class="panel" tabIndex={0} role="region" aria-label={title}>
        {paragraphs.map((paragraph, i) => (
          <OneParagraph key={`${i}`} paragraph={paragraph} />
        ))}
      </div>
    </>
  )
}

const OneTable = ({ table: { name, rows, cut }, number }: { table: Table; number: number }) => {
  const { office, text } = fileWords.value
  const label = office.table(number, name)
  const columns = Math.max(...rows.map((cells) => cells.length), 0)
  return (
    <section class="stack stack-s">
      <h2>{label}</h2>
      {cut && (
        <Banner tone="warn">
          <p>{text.cut}</p>
        </Banner>
      )}
      {columns === 0 ? (
        <p>{office.noTable}</p>
      ) : (
        <div class="panel table-frame" tabIndex={0} role="region" aria-label={label}>
          <table class="values">
            <tbody>
              {rows.map((cells, row) => (
                <tr key={`${row}`}>
                  {Array.from({ length: columns }, (_, column) => (
                    <td key={`${column}`}>{cells[column]?.toWellFormed()}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}

const Tables = ({ tables }: { tables: readonly Table[] }) => (
  <>
    <Banner>
      <p>{fileWords.value.office.tablesOnly}</p>
    </Banner>
    {tables.map((table, i) => (
      <OneTable key={`${i}`} table={table} number={i + 1} />
    ))}
  </>
)

const Read = ({ reading, title }: { reading: OfficeReading; title: string }) => {
  const { office, text } = fileWords.value
  if (reading.outcome === "encrypted" || reading.outcome === "unreadable")
    return (
      <Banner tone="warn">
        <p>{office[reading.outcome]}</p>
      </Banner>
    )
  return (
    <>
      {reading.guessed === true && (
        <Banner tone="warn">
          <p>{text.guessed}</p>
        </Banner>
      )}
      {reading.outcome === "words" ? (
        <Words written={reading.written} title={title} />
      ) : (
        <Tables tables={reading.tables} />
      )}
    </>
  )
}

/** The words or tables of an office program's document. */
export const OfficeView = ({ bytes, contentType, title }: { bytes: Bytes; contentType: string; title: string }) => {
  const [reading, setReading] = useState<OfficeReading>()
  useEffect(() => {
    let wanted = true
    setReading(undefined)
    const read = async () => {
      const found = await readOffice(bytes, contentType)
      if (wanted) setReading(found)
    }
    void read()
    return () => {
      wanted = false
    }
  }, [bytes, contentType])
  return reading === undefined ? <Loading /> : <Read reading={reading} title={title} />
}
