import type { ComponentChildren } from "preact"
import type { StatedSummary } from "../../../fhir/stated-summary.ts"
import { oneLine } from "../../../text/plain-text.ts"
import { formatFhirDate } from "../format.ts"
import { Field } from "../parts/Field.tsx"
import { dateTyped, isAhead, typedOf } from "../typed-date.ts"
import { takeTyped, useForm } from "./form.ts"

type Change = (before: StatedSummary) => StatedSummary

interface Bound<T> {
  /** Names the field in the draft: an item's id, a dot, the part. */
  readonly field: string
  readonly label: string
  readonly hint?: string
  readonly value: T | undefined
  /** How the whole changes with the value. */
  readonly to: (value: T | undefined) => Change
}

/** A part that is absent where it is `undefined`. */
type Parts<T> = { readonly [K in keyof T]?: T[K] | undefined }

/** The whole with some parts changed; an undefined one is taken out. */
export const withParts = <T extends object>(whole: T, parts: Parts<T>): T => {
  const changed = { ...whole, ...parts }
  for (const [name, value] of Object.entries(changed)) if (value === undefined) Reflect.deleteProperty(changed, name)
  return changed
}

interface Reading<T> {
  readonly value: T | undefined
  readonly fault?: string
}

/** A field whose text may mean nothing yet. `read`: what a trimmed text that isn't blank says. */
const Read = <T,>({
  read,
  text,
  required = false,
  ...bound
}: Bound<T> & {
  read: (typed: string) => Reading<T>
  text: (value: T) => string
  required?: boolean
  inputMode?: "text" | "numeric"
  autocapitalize?: "none" | "sentences" | "words"
}) => {
  const form = useForm()
  const { words: formWords } = form
  const { field, label, hint, value, to, ...input } = bound
  const plainText = value === undefined ? "" : text(value)
  const standing = form.draft()?.typed[field]
  const said = standing === undefined ? undefined : read(oneLine(standing.text)).value
  // What was typed stands as long as it is what is stated, or nothing that can be.
  const stands = standing !== undefined && (standing.fault || (said !== undefined && text(said) === plainText))
  const shown = stands ? standing.text : plainText
  const trimmed = oneLine(shown)
  const fault =
    !stands || !standing.fault ? undefined : trimmed === "" ? formWords.value.faults.missing : read(trimmed).fault
  return (
    <Field
      {...input}
      label={label}
      {...(hint === undefined ? {} : { hint })}
      value={shown}
      fault={fault}
      maxLength={300}
      autocomplete="off"
      onValue={(typed) => {
        const clean = oneLine(typed)
        if (clean === "") {
          // A required part keeps what it was until it is another.
          if (required) takeTyped(form, field, { text: typed, fault: true }, (before) => before)
          else takeTyped(form, field, undefined, to(undefined))
          return
        }
        const { value: now, fault: wrong } = read(clean)
        const plain = wrong === undefined && now !== undefined && typed === text(now)
        takeTyped(form, field, plain ? undefined : { text: typed, fault: wrong !== undefined }, to(now))
      }}
    />
  )
}

/** A line of text. */
export const Line = (
  props: Bound<string> & {
    required?: boolean
    inputMode?: "text" | "numeric"
    autocapitalize?: "none" | "sentences" | "words"
  },
) => <Read {...props} read={(typed) => ({ value: typed })} text={(value) => value} />

/** A day, month or year, shown in words below as it was understood. `ahead`: it may lie in the future. */
export const DateLine = ({ ahead = false, ...bound }: Bound<string> & { ahead?: boolean }) => {
  const { words: formWords } = useForm()
  const { faults } = formWords.value
  const read = (typed: string): Reading<string> => {
    const date = dateTyped(typed)
    if (date === undefined) return { value: undefined, fault: faults.date }
    return !ahead && isAhead(date, new Date()) ? { value: undefined, fault: faults.ahead } : { value: date }
  }
  return (
    <div class="field">
      <Read {...bound} read={read} text={typedOf} inputMode="text" />
      {bound.value !== undefined && (
        <p class="small muted" role="status">
          {formatFhirDate(bound.value)}
        </p>
      )}
    </div>
  )
}

/** A number as it is written, with a point or a comma. */
export const NumberLine = ({ pattern, ...bound }: Bound<string> & { pattern: RegExp }) => {
  const { words: formWords } = useForm()
  return (
    <Read
      {...bound}
      read={(typed) => {
        const value = typed.replace(",", ".")
        return pattern.test(value) ? { value } : { value: undefined, fault: formWords.value.faults.number }
      }}
      text={(value) => value}
      inputMode="text"
    />
  )
}

/** What few need, closed until somebody looks for it, unless something is stated there. */
export const More = ({ open, children }: { open: boolean; children: ComponentChildren }) => {
  const { words: formWords } = useForm()
  return (
    <details open={open}>
      <summary>{formWords.value.more}</summary>
      <div class="stack more">{children}</div>
    </details>
  )
}
