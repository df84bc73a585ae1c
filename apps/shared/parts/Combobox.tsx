import { useId, useState } from "preact/hooks"

/** One that can be chosen: `text` as it is written, `also` what else it is called. */
export interface Option<T> {
  readonly value: T
  readonly text: string
  readonly also?: string
}

/**
 * A field that suggests while somebody types, after the ARIA combobox pattern with a list that opens by itself. What was typed is always the last
 * option, so that nobody has to find their own words in a list. The field is empty again after a choice.
 */
export const Combobox = <T,>({
  label,
  hint,
  suggest,
  asTyped,
  onChoose,
}: {
  label: string
  hint?: string
  /** Options for what was typed, the likeliest first. */
  suggest: (typed: string) => readonly Option<T>[]
  /** The option that takes what was typed as it is. */
  asTyped: (typed: string) => Option<T>
  onChoose: (value: T) => void
}) => {
  const id = useId()
  const [typed, setTyped] = useState("")
  const [at, setAt] = useState(-1)
  const [closed, setClosed] = useState(false)
  const text = typed.trim()
  const options = text === "" || closed ? [] : [...suggest(text), asTyped(text)]
  const choose = (option: Option<T> | undefined) => {
    if (option === undefined) return
    onChoose(option.value)
    setTyped("")
    setAt(-1)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing) return
    if (event.key === "Enter") {
      event.preventDefault()
      choose(options[at] ?? options.at(-1))
    } else if (event.key === "Escape" && options.length > 0) {
      event.preventDefault()
      setClosed(true)
      setAt(-1)
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && options.length > 0) {
      event.preventDefault()
      const step = event.key === "ArrowDown" ? 1 : -1
      setAt((at + step + options.length + (at === -1 && step === -1 ? 1 : 0)) % options.length)
    }
  }
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {hint !== undefined && (
        <div class="field-hint" id={`${id}-hint`}>
          {hint}
        </div>
      )}
      <input
        id={id}
        class="input"
        type="text"
        role="combobox"
        autocomplete="off"
        autocapitalize="sentences"
        maxLength={200}
        value={typed}
        aria-expanded={options.length > 0}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={options[at] === undefined ? undefined : `${id}-${at}`}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        onInput={({ currentTarget }) => {
          setTyped(currentTarget.value)
          setClosed(false)
          setAt(-1)
        }}
        onKeyDown={onKeyDown}
      />
      <div role="listbox" id={`${id}-list`} class="options" aria-label={label} hidden={options.length === 0}>
        {options.map((option, index) => (
          <div
            key={`${index}-${option.text}`}
            id={`${id}-${index}`}
            role="option"
            class="option"
            tabIndex={-1}
            aria-selected={index === at}
            // The field keeps the focus, so that the keyboard of a phone stays.
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => choose(option)}
            onKeyDown={onKeyDown}
          >
            <span>{option.text}</span>
            {option.also !== undefined && <span class="small muted">{option.also}</span>}
          </div>
        ))}
      </div>
    </div>
  )
}
