import { useRef, useState } from "preact/hooks"
import { useLocation } from "preact-iso"
import type { Category } from "../../../protocol/primitives.ts"
import { type Detected, detectFile } from "../../shared/detect.ts"
import { formatBytes } from "../../shared/format.ts"
import { Banner, TroubleBanner } from "../../shared/parts/Banner.tsx"
import { Button, LinkButton } from "../../shared/parts/Button.tsx"
import { Field, SelectField } from "../../shared/parts/Field.tsx"
import { Screen } from "../../shared/parts/Frame.tsx"
import { Icon } from "../../shared/parts/Icon.tsx"
import { sharedWords } from "../../shared/words/shared.ts"
import { addDocument } from "../outbox.ts"
import { documents } from "../record-store.ts"
import { useDeed } from "../useCloud.ts"
import { useFragment } from "../useFragment.ts"
import { words } from "../words/words.ts"

interface Chosen {
  readonly key: number
  readonly file: File
  readonly detected: Detected
  readonly title: string
  readonly category: Category
}

/** Of a file's name, what people would call the document. */
const titleOf = (name: string) => name.replace(/\.[A-Za-z0-9]{1,5}$/, "").slice(0, 200)

let keys = 0

const ChosenFile = ({
  chosen,
  fixed,
  onChange,
  onRemove,
}: {
  chosen: Chosen
  /** A new version stays in the category of the old. */
  fixed: boolean
  onChange: (chosen: Chosen) => void
  onRemove: () => void
}) => {
  const { add: says } = words.value
  const { file, detected, title, category } = chosen
  return (
    <li class="panel">
      <fieldset class="stack">
        <legend>{says.document(file.name)}</legend>
        <p class="small muted">
          {says.kinds[detected.kind]} · {formatBytes(file.size)}
        </p>
        {detected.unshown !== undefined && (
          <Banner tone="warn">
            <p>{sharedWords.value.unshown[detected.unshown]}</p>
          </Banner>
        )}
        <Field
          label={says.name}
          value={title}
          onValue={(value) => onChange({ ...chosen, title: value })}
          maxLength={200}
          required
        />
        {!fixed && (
          <SelectField
            label={says.category}
            value={category}
            options={sharedWords.value.categories}
            onValue={(value) => onChange({ ...chosen, category: value })}
          />
        )}
        <div>
          <Button look="plain" onClick={onRemove}>
            {says.remove}
          </Button>
        </div>
      </fieldset>
    </li>
  )
}

export const Add = () => {
  const { add: says } = words.value
  const { route } = useLocation()
  const fragment = useFragment()
  const replaced = documents.value?.find(({ descriptor }) => descriptor.recordId === fragment)
  const [chosen, setChosen] = useState<readonly Chosen[]>([])
  const [empty, setEmpty] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  const { busy, error, run } = useDeed()
  const take = async (files: Iterable<File>) => {
    setEmpty(false)
    for (const file of files) {
      if (file.size === 0) {
        setEmpty(true)
        continue
      }
      const detected = await detectFile(file)
      const one: Chosen = {
        key: keys++,
        file,
        detected,
        title: replaced?.metadata?.title ?? detected.title ?? titleOf(file.name),
        category: replaced?.descriptor.category ?? detected.category,
      }
      setChosen((before) => (replaced === undefined ? [...before, one] : [one]))
    }
  }
  const oldTitle = replaced?.metadata?.title
  return (
    <Screen title={oldTitle === undefined ? says.title : says.newVersionOf(oldTitle)} lead={says.lead} narrow>
      <div
        class="drop"
        onDragOver={(event) => event.preventDefault()}
        onDrop={(event) => {
          event.preventDefault()
          void take(event.dataTransfer?.files ?? [])
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
      {empty && (
        <Banner tone="warn" alert>
          <p>{says.empty}</p>
        </Banner>
      )}
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault()
          run(async () => {
            for (const { file, detected, title, category } of chosen)
              await addDocument(
                {
                  title: title.trim(),
                  category,
                  contentType: detected.contentType,
                  ...(replaced === undefined ? {} : { replaces: replaced.descriptor }),
                },
                file,
              )
            route("/record")
          })
        }}
      >
        <ul class="stack">
          {chosen.map((one) => (
            <ChosenFile
              key={one.key}
              chosen={one}
              fixed={replaced !== undefined}
              onChange={(changed) => setChosen(chosen.map((each) => (each.key === changed.key ? changed : each)))}
              onRemove={() => setChosen(chosen.filter((each) => each.key !== one.key))}
            />
          ))}
        </ul>
        <TroubleBanner error={error} />
        <div class="row">
          {chosen.length > 0 && (
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
