import { useEffect, useRef, useState } from "preact/hooks"
import { fileWords } from "../../shared/files/words.ts"
import { Button } from "../../shared/parts/Button.tsx"
import { words } from "../words/words.ts"
import { ItemPanel } from "./FilePanel.tsx"
import { moved, type Page, type PagesItem } from "./items.ts"
import "./pages.css"

const useFileUrl = (file: Blob): string | undefined => {
  const [url, setUrl] = useState<string>()
  useEffect(() => {
    const made = URL.createObjectURL(file)
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [file])
  return url
}

const PageRow = ({
  page,
  number,
  count,
  onMove,
  onLeaveOut,
}: {
  page: Page
  number: number
  count: number
  onMove: (by: -1 | 1) => void
  onLeaveOut: () => void
}) => {
  const { pages: says } = fileWords.value
  const url = useFileUrl(page.prepared.file)
  return (
    <li class="page-row" id={`page-${page.key}`}>
      {url === undefined ? <span class="page-picture" /> : <img class="page-picture" src={url} alt="" />}
      <span class="page-name">{says.page(number, page.name)}</span>
      <div class="row">
        <Button aria-label={says.earlier(number)} disabled={number === 1} onClick={() => onMove(-1)}>
          ↑
        </Button>
        <Button aria-label={says.later(number)} disabled={number === count} onClick={() => onMove(1)}>
          ↓
        </Button>
        <Button look="plain" aria-label={says.leaveOut(number)} onClick={onLeaveOut}>
          ✕
        </Button>
      </div>
    </li>
  )
}

/** Pictures that become one document: in which order, and which of them. */
export const PagesPanel = ({
  item,
  fixed,
  onChange,
  onRemove,
  onPart,
}: {
  item: PagesItem
  fixed: boolean
  onChange: (item: PagesItem) => void
  onRemove: () => void
  onPart: () => void
}) => {
  const { pages: says } = fileWords.value
  const { add } = words.value
  const { title, pages } = item
  const [told, setTold] = useState("")
  const list = useRef<HTMLOListElement>(null)
  const move = ({ key, name }: Page, by: -1 | 1) => {
    const changed = moved(pages, key, by)
    setTold(says.moved(name, changed.findIndex((page) => page.key === key) + 1))
    onChange({ ...item, pages: changed })
    // The row stands elsewhere now, and the button that was pressed may be at its end.
    requestAnimationFrame(() => {
      const buttons = [...(list.current?.querySelectorAll<HTMLButtonElement>(`#page-${key} button`) ?? [])]
      const [earlier, later] = buttons
      const pressed = by === -1 ? earlier : later
      const other = by === -1 ? later : earlier
      ;(pressed?.disabled === false ? pressed : other)?.focus()
    })
  }
  const leaveOut = (key: number) => {
    const rest = pages.filter((page) => page.key !== key)
    if (rest.length === 0) onRemove()
    else onChange({ ...item, pages: rest })
  }
  return (
    <ItemPanel
      item={item}
      legend={says.label(title, pages.length)}
      fixed={fixed}
      onChange={onChange}
      actions={
        <>
          <Button look="plain" onClick={onPart}>
            {says.part}
          </Button>
          <Button look="plain" onClick={onRemove}>
            {add.remove}
          </Button>
        </>
      }
    >
      <p class="small muted">{says.kind(pages.length)}</p>
      <ol class="list" ref={list}>
        {pages.map((page, i) => (
          <PageRow
            key={page.key}
            page={page}
            number={i + 1}
            count={pages.length}
            onMove={(by) => move(page, by)}
            onLeaveOut={() => leaveOut(page.key)}
          />
        ))}
      </ol>
      <p class="hidden-visually" role="status">
        {told}
      </p>
    </ItemPanel>
  )
}
