import { useRef, useState } from "preact/hooks"
import { useLocation } from "preact-iso"
import { prepareFile } from "../../shared/files/prepare.ts"
import { fileWords } from "../../shared/files/words.ts"
import { healthCardWords } from "../../shared/health-cards/words.ts"
import { Banner, TroubleBanner } from "../../shared/parts/Banner.tsx"
import { Button, LinkButton } from "../../shared/parts/Button.tsx"
import { Screen } from "../../shared/parts/Frame.tsx"
import { Icon } from "../../shared/parts/Icon.tsx"
import { later } from "../../shared/parts/later.tsx"
import { Busy } from "../../shared/parts/Progress.tsx"
import { useDeed } from "../../shared/use-deed.ts"
import { useFragment } from "../../shared/use-fragment.ts"
import { sharedWords } from "../../shared/words/shared.ts"
import { FilePanel } from "../adding/FilePanel.tsx"
import { documentOf, type Item, joined, pagesOf, parted, titleOf } from "../adding/items.ts"
import { PagesPanel } from "../adding/PagesPanel.tsx"
import { addDocument } from "../outbox.ts"
import { documents } from "../record-store.ts"
import { words } from "../words/words.ts"

const HealthCodePanel = later(async () => (await import("../adding/HealthCodePanel.tsx")).HealthCodePanel)

let keys = 0

export const Add = () => {
  const { add: says } = words.value
  const { route } = useLocation()
  const fragment = useFragment()
  const replaced = documents.value?.find(({ descriptor }) => descriptor.recordId === fragment)
  const [chosen, setChosen] = useState<readonly Item[]>([])
  const [refused, setRefused] = useState<readonly string[]>([])
  const [preparing, setPreparing] = useState(0)
  const [scanning, setScanning] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  const { busy, error, run } = useDeed()
  const takeOne = async (file: File) => {
    if (file.size === 0) return setRefused((others) => [...others, says.empty(file.name)])
    setPreparing((others) => others + 1)
    try {
      const prepared = await prepareFile(file)
      const { detected } = prepared
      const one: Item = {
        kind: "file",
        key: keys++,
        name: file.name,
        prepared,
        title: replaced?.metadata?.title ?? detected.title ?? titleOf(file.name),
        category: replaced?.descriptor.category ?? detected.category,
        asItIs: false,
      }
      setChosen((before) => (replaced === undefined ? [...before, one] : [one]))
    } catch {
      setRefused((others) => [...others, says.unread(file.name)])
    } finally {
      setPreparing((others) => others - 1)
    }
  }
  /** One after the other: a decoded photograph takes much memory. */
  const take = async (files: readonly File[]) => {
    setRefused([])
    for (const file of files) await takeOne(file)
  }
  const change = (changed: Item) => setChosen((all) => all.map((each) => (each.key === changed.key ? changed : each)))
  const remove = (item: Item) => setChosen((all) => all.filter((each) => each.key !== item.key))
  const pictures = chosen.filter((item) => pagesOf(item).length > 0)
  const oldTitle = replaced?.metadata?.title
  return (
    <Screen title={oldTitle === undefined ? says.title : says.newVersionOf(oldTitle)} lead={says.lead} narrow>
      <div
        class="drop"
        onDragOver={(event) => event.preventDefault()}
        onDrop={(event) => {
          event.preventDefault()
          void take([...(event.dataTransfer?.files ?? [])])
        }}
      >
        <Button look={chosen.length === 0 ? "main" : "normal"} onClick={() => input.current?.click()}>
          <Icon name="add" />
          {says.choose}
        </Button>
        <span class="muted">{says.drop}</span>
        <input
          ref={input}
          type="file"
          multiple={replaced === undefined}
          class="hidden-visually"
          tabIndex={-1}
          aria-hidden="true"
          onChange={({ currentTarget }) => {
            const files = [...(currentTarget.files ?? [])]
            // So that the same file can be chosen again.
            currentTarget.value = ""
            void take(files)
          }}
        />
      </div>
      {replaced === undefined && (
        <div>
          <Button aria-expanded={scanning} onClick={() => setScanning(!scanning)}>
            <Icon name="scan" />
            {healthCardWords.value.scan}
          </Button>
        </div>
      )}
      {scanning && (
        <HealthCodePanel
          onFiles={(files: readonly File[]) => {
            setScanning(false)
            void take(files)
          }}
        />
      )}
      {refused.length > 0 && (
        <Banner tone="warn" alert>
          {refused.map((sentence) => (
            <p key={sentence}>{sentence}</p>
          ))}
        </Banner>
      )}
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault()
          run(async () => {
            const made: { item: Item; file: Blob; contentType: string }[] = []
            // Before the first is taken in: all of them are made, or none is sent.
            for (const item of chosen) made.push({ item, ...(await documentOf(item)) })
            for (const { item, file, contentType } of made) {
              const { title, category } = item
              const replaces = replaced === undefined ? {} : { replaces: replaced.descriptor }
              await addDocument({ title: title.trim(), category, contentType, ...replaces }, file)
              remove(item)
            }
            route("/record")
          })
        }}
      >
        <ul class="stack">
          {chosen.map((item) =>
            item.kind === "file" ? (
              <FilePanel
                key={item.key}
                item={item}
                fixed={replaced !== undefined}
                onChange={change}
                onRemove={() => remove(item)}
              />
            ) : (
              <PagesPanel
                key={item.key}
                item={item}
                fixed={replaced !== undefined}
                onChange={change}
                onRemove={() => remove(item)}
                onPart={() => setChosen((all) => parted(all, item))}
              />
            ),
          )}
        </ul>
        {pictures.length > 1 && pictures.some((item) => item.kind === "file") && (
          <div>
            <Button onClick={() => setChosen(joined)}>
              {fileWords.value.pages.join(pictures.flatMap(pagesOf).length)}
            </Button>
          </div>
        )}
        {preparing > 0 && <Busy>{fileWords.value.preparing}</Busy>}
        <TroubleBanner error={error} />
        <div class="row">
          {chosen.length > 0 && preparing === 0 && (
            <Button look="main" type="submit" busy={busy}>
              <Icon name="lock" />
              {says.go}
            </Button>
          )}
          <LinkButton href="/record">{sharedWords.value.cancel}</LinkButton>
        </div>
      </form>
    </Screen>
  )
}
