import { useId } from "preact/hooks"

/** One of a few, side by side: radio buttons that look like buttons. None is chosen where `value` is absent. */
export const Segments = <T extends string>({
  label,
  value,
  options,
  onValue,
}: {
  label: string
  value: T | undefined
  options: readonly (readonly [T, string])[]
  onValue: (value: T) => void
}) => {
  const name = useId()
  return (
    <fieldset class="segments">
      <legend>{label}</legend>
      {options.map(([option, text]) => (
        <label key={option} class="segment">
          <input
            type="radio"
            class="hidden-visually"
            name={name}
            checked={option === value}
            onChange={() => onValue(option)}
          />
          <span>{text}</span>
        </label>
      ))}
    </fieldset>
  )
}

/** Any of a few, side by side: boxes to tick that look like buttons. */
export const Toggles = <T extends string>({
  label,
  values,
  options,
  onValues,
}: {
  label: string
  values: readonly T[]
  options: readonly (readonly [T, string])[]
  /** In the order of the options. */
  onValues: (values: readonly T[]) => void
}) => (
  <fieldset class="segments">
    <legend>{label}</legend>
    {options.map(([option, text]) => (
      <label key={option} class="segment">
        <input
          type="checkbox"
          class="hidden-visually"
          checked={values.includes(option)}
          onChange={({ currentTarget: { checked } }) =>
            onValues(
              options.map(([each]) => each).filter((each) => (each === option ? checked : values.includes(each))),
            )
          }
        />
        <span>{text}</span>
      </label>
    ))}
  </fieldset>
)
