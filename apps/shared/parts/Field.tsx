import type { ComponentChildren } from "preact"
import { useId, useState } from "preact/hooks"
import { sharedWords } from "../words/shared.ts"
import { Button } from "./Button.tsx"

interface Around {
  readonly label: string
  readonly hint?: ComponentChildren
  /** What is wrong with what was typed; shown and announced with the field. */
  readonly fault?: string | undefined
}

const describedBy = (id: string, { hint, fault }: Pick<Around, "hint" | "fault">) =>
  [hint === undefined ? "" : `${id}-hint`, fault === undefined ? "" : `${id}-fault`]
    .filter((name) => name !== "")
    .join(" ") || undefined

const FieldAround = ({ id, label, hint, fault, children }: Around & { id: string; children: ComponentChildren }) => (
  <div class="field">
    <label for={id}>{label}</label>
    {hint !== undefined && (
      <div class="field-hint" id={`${id}-hint`}>
        {hint}
      </div>
    )}
    {children}
    {fault !== undefined && (
      <div class="field-fault" id={`${id}-fault`}>
        {fault}
      </div>
    )}
  </div>
)

interface Typed extends Around {
  readonly value: string
  readonly onValue: (value: string) => void
  readonly required?: boolean
  readonly autocomplete?: string
  readonly maxLength?: number
  readonly spellcheck?: boolean
  readonly autocapitalize?: "none" | "sentences" | "words"
}

interface InputProps extends Typed {
  readonly inputMode?: "text" | "numeric" | "email" | "tel"
}

/** What an input of any type is given. */
const inputProps = (id: string, { label: _label, hint, fault, value, onValue, ...rest }: InputProps) => ({
  ...rest,
  id,
  class: "input",
  value,
  "aria-invalid": fault === undefined ? undefined : ("true" as const),
  "aria-describedby": describedBy(id, { hint, fault }),
  onInput: ({ currentTarget }: { currentTarget: HTMLInputElement }) => onValue(currentTarget.value),
})

export const Field = ({ type = "text", ...props }: InputProps & { readonly type?: "text" | "email" | "search" }) => {
  const id = useId()
  const input = inputProps(id, props)
  return (
    <FieldAround id={id} label={props.label} hint={props.hint} fault={props.fault}>
      {type === "email" ? (
        <input {...input} type="email" />
      ) : type === "search" ? (
        <input {...input} type="search" />
      ) : (
        <input {...input} type="text" />
      )}
    </FieldAround>
  )
}

/** A password, which can be shown: mistyping is the commoner danger. */
export const PasswordField = (props: InputProps) => {
  const id = useId()
  const [shown, setShown] = useState(false)
  const { show, hide } = sharedWords.value
  const input = inputProps(id, props)
  return (
    <FieldAround id={id} label={props.label} hint={props.hint} fault={props.fault}>
      <div class="with-toggle">
        {shown ? <input {...input} type="text" /> : <input {...input} type="password" />}
        <Button look="plain" aria-label={`${shown ? hide : show}: ${props.label}`} onClick={() => setShown(!shown)}>
          {shown ? hide : show}
        </Button>
      </div>
    </FieldAround>
  )
}

interface TextProps extends Typed {
  readonly rows?: number
}

export const TextField = ({ label, hint, fault, value, onValue, ...rest }: TextProps) => {
  const id = useId()
  return (
    <FieldAround id={id} label={label} hint={hint} fault={fault}>
      <textarea
        {...rest}
        id={id}
        class="input"
        value={value}
        aria-invalid={fault === undefined ? undefined : "true"}
        aria-describedby={describedBy(id, { hint, fault })}
        onInput={({ currentTarget }) => onValue(currentTarget.value)}
      />
    </FieldAround>
  )
}

/** One of few: `options` by value. */
export const SelectField = <T extends string>({
  label,
  hint,
  fault,
  value,
  options,
  onValue,
}: Around & {
  value: T
  options: Readonly<Record<T, string>>
  onValue: (value: T) => void
}) => {
  const id = useId()
  const isOption = (text: string): text is T => Object.hasOwn(options, text)
  return (
    <FieldAround id={id} label={label} hint={hint} fault={fault}>
      <select
        id={id}
        class="input"
        value={value}
        aria-describedby={describedBy(id, { hint, fault })}
        onChange={({ currentTarget }) => {
          if (isOption(currentTarget.value)) onValue(currentTarget.value)
        }}
      >
        {Object.entries<string>(options).map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
    </FieldAround>
  )
}

/** A box to tick, with a hint below its label. The whole surface is the target. */
export const Choice = ({
  label,
  hint,
  checked,
  disabled = false,
  required = false,
  type = "checkbox",
  name,
  onChecked,
}: {
  label: string
  hint?: string
  checked: boolean
  disabled?: boolean
  required?: boolean
  type?: "checkbox" | "radio"
  name?: string
  onChecked: (checked: boolean) => void
}) => {
  const id = useId()
  return (
    <label class="choice" for={id}>
      <input
        id={id}
        type={type}
        name={name}
        checked={checked}
        disabled={disabled}
        required={required}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        aria-labelledby={`${id}-label`}
        onChange={({ currentTarget }) => onChecked(currentTarget.checked)}
      />
      <span class="choice-text">
        <span id={`${id}-label`} class="strong">
          {label}
        </span>
        {hint !== undefined && (
          <span id={`${id}-hint`} class="field-hint">
            {hint}
          </span>
        )}
      </span>
    </label>
  )
}
