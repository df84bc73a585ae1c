import type { ButtonHTMLAttributes, ComponentChildren } from "preact"

type Look = "main" | "danger" | "plain" | "normal"

type Props = {
  readonly look?: Look
  readonly wide?: boolean
  /** Something runs because of it: it stays focused, says so, and takes no further press. */
  readonly busy?: boolean
  readonly children: ComponentChildren
} & Pick<
  ButtonHTMLAttributes,
  | "type"
  | "form"
  | "onClick"
  | "disabled"
  | "aria-label"
  | "aria-describedby"
  | "aria-expanded"
  | "aria-controls"
  | "aria-pressed"
  | "id"
  | "popovertarget"
>

const classOf = (look: Look, wide: boolean) =>
  ["button", look === "normal" ? "" : `button-${look}`, wide ? "button-wide" : ""]
    .filter((name) => name !== "")
    .join(" ")

export const Button = ({ look = "normal", wide = false, busy = false, children, onClick, ...rest }: Props) => (
  <button
    type="button"
    {...rest}
    class={classOf(look, wide)}
    aria-disabled={busy ? "true" : undefined}
    aria-busy={busy ? "true" : undefined}
    onClick={(event) => {
      if (busy) event.preventDefault()
      else onClick?.(event)
    }}
  >
    {busy && <span class="spinner" aria-hidden="true" />}
    {children}
  </button>
)

export const LinkButton = ({
  look = "normal",
  wide = false,
  href,
  children,
}: {
  look?: Look
  wide?: boolean
  href: string
  children: ComponentChildren
}) => (
  <a class={classOf(look, wide)} href={href}>
    {children}
  </a>
)
