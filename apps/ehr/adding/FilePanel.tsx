import type { ComponentChildren } from "preact"
import { PreparedFacts } from "../../shared/files/PreparedFacts.tsx"
import { formatBytes } from "../../shared/format.ts"
import { Button } from "../../shared/parts/Button.tsx"
import { Field, SelectField } from "../../shared/parts/Field.tsx"
import { sharedWords } from "../../shared/words/shared.ts"
import { words } from "../words/words.ts"
import type { FileItem, Item } from "./items.ts"

/** What every item is called, and where it belongs. */
export const ItemPanel = <T extends Item>({
  item,
  legend,
  fixed,
  onChange,
  children,
  actions,
}: {
  item: T
  legend: string
  /** A new version stays in the category of the old. */
  fixed: boolean
  onChange: (item: T) => void
  children: ComponentChildren
  actions: ComponentChildren
}) => {
  const { add: says } = words.value
  return (
    <li class="panel">
      <fieldset class="stack">
        <legend>{legend}</legend>
        {children}
        <Field
          label={says.name}
          value={item.title}
          onValue={(title) => onChange({ ...item, title })}
          maxLength={200}
          required
        />
        {!fixed && (
          <SelectField
            label={says.category}
            value={item.category}
            options={sharedWords.value.categories}
            onValue={(category) => onChange({ ...item, category })}
          />
        )}
        <div class="row">{actions}</div>
      </fieldset>
    </li>
  )
}

export const FilePanel = ({
  item,
  fixed,
  onChange,
  onRemove,
}: {
  item: FileItem
  fixed: boolean
  onChange: (item: FileItem) => void
  onRemove: () => void
}) => {
  const { add: says } = words.value
  const { name, prepared, asItIs } = item
  return (
    <ItemPanel
      item={item}
      legend={says.document(name)}
      fixed={fixed}
      onChange={onChange}
      actions={
        <Button look="plain" onClick={onRemove}>
          {says.remove}
        </Button>
      }
    >
      <p class="small muted">
        {says.kinds[prepared.detected.kind]} · {formatBytes(prepared.file.size)}
      </p>
      <PreparedFacts prepared={prepared} asItIs={asItIs} onAsItIs={(wanted) => onChange({ ...item, asItIs: wanted })} />
    </ItemPanel>
  )
}
