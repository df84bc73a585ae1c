import type { ComponentChildren } from "preact"
import { useEffect, useId, useLayoutEffect, useRef } from "preact/hooks"

/** Where somebody is who was at something that is gone. */
const focusHeading = (): void => {
  if (document.activeElement === document.body) document.querySelector("h1")?.focus()
}

/** A native modal dialog: the browser keeps the focus inside and gives it back; Escape closes it. */
export const Dialog = ({
  open,
  title,
  onClose,
  children,
}: {
  open: boolean
  title: string
  onClose: () => void
  children: ComponentChildren
}) => {
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  useLayoutEffect(() => {
    const element = dialog.current
    if (element === null || element.open === open) return
    if (open) element.showModal()
    else element.close()
  }, [open])
  useEffect(() => {
    const element = dialog.current
    return () => {
      if (element?.open === true) queueMicrotask(focusHeading)
    }
  }, [])
  return (
    <dialog
      ref={dialog}
      aria-labelledby={id}
      // By `open` alone, not by the browser first: what is pressed between would be lost. A file that isn't chosen is a `cancel` too.
      onCancel={(event) => {
        if (event.target !== event.currentTarget) return
        event.preventDefault()
        onClose()
      }}
      // It comes late: the dialog may be open again.
      onClose={() => {
        if (dialog.current?.open !== true) onClose()
      }}
    >
      {open && (
        <div class="dialog-body">
          <h2 id={id}>{title}</h2>
          {children}
        </div>
      )}
    </dialog>
  )
}
