import type { ComponentChildren } from "preact"
import { useState } from "preact/hooks"
import type { ZipEntry } from "../files/zip.ts"
import { formatBytes } from "../format.ts"
import { Banner } from "../parts/Banner.tsx"
import { Button } from "../parts/Button.tsx"
import { Loading } from "../parts/Progress.tsx"
import { useRead } from "../summary/useRead.ts"
import { sharedWords } from "../words/shared.ts"
import { type Listing, listArchive, nameOf, type Unpacked, unpackFile } from "./read.ts"
import { archiveWords } from "./words.ts"

/** A file of an archive, as it is shown: by whoever shows documents of its kind. */
export interface ArchivedFile {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly contentType: string
  readonly title: string
}

type Show = (file: ArchivedFile) => ComponentChildren

const list = (bytes: Uint8Array): Promise<Listing> => listArchive(new Blob([Uint8Array.from(bytes)]))

const Opened = ({ unpacked, name, show }: { unpacked: Unpacked; name: string; show: Show }) => {
  if (unpacked.outcome !== "file")
    return (
      <Banner tone="warn">
        <p>{archiveWords.value.failures[unpacked.outcome]}</p>
      </Banner>
    )
  const { bytes, detected } = unpacked
  if (detected.unshown !== undefined)
    return (
      <Banner tone="warn">
        <p>{sharedWords.value.unshown[detected.unshown]}</p>
      </Banner>
    )
  return <>{show({ bytes, contentType: detected.contentType, title: name })}</>
}

const One = ({ archive, entry, show }: { archive: Uint8Array; entry: ZipEntry; show: Show }) => {
  const says = archiveWords.value
  const [state, setState] = useState<"closed" | "opening" | Unpacked>("closed")
  const open = async () => {
    setState("opening")
    setState(await unpackFile(new Blob([Uint8Array.from(archive)]), entry))
  }
  const name = nameOf(entry)
  const isClosed = state === "closed"
  return (
    <li class="stack stack-s">
      <p class="row row-between">
        <span>
          {entry.path} <span class="small muted">{formatBytes(entry.size)}</span>
        </span>
        <Button
          aria-expanded={!isClosed}
          aria-label={isClosed ? says.open(name) : says.close(name)}
          onClick={() => (isClosed ? void open() : setState("closed"))}
        >
          {isClosed ? says.show : says.hide}
        </Button>
      </p>
      {state === "opening" && <Loading />}
      {typeof state !== "string" && <Opened unpacked={state} name={name} show={show} />}
    </li>
  )
}

/** The files of an archive, each unpacked when somebody opens it. `show`: shows one. */
export const ArchiveView = ({ bytes, show }: { bytes: Uint8Array; show: Show }) => {
  const says = archiveWords.value
  const listing = useRead(bytes, list)
  if (listing === undefined) return <Loading />
  if (listing.outcome !== "files")
    return (
      <Banner tone="warn">
        <p>{says.failures[listing.outcome]}</p>
      </Banner>
    )
  return (
    <section class="panel" aria-label={says.files}>
      <p>{says.lead}</p>
      {listing.files.length === 0 && <p>{says.none}</p>}
      <ul class="stack">
        {listing.files.map((entry) => (
          <One key={`${entry.offset} ${entry.path}`} archive={bytes} entry={entry} show={show} />
        ))}
      </ul>
      {listing.more > 0 && <p class="small muted">{says.more(listing.more)}</p>}
    </section>
  )
}
