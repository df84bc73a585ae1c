import type { ComponentChildren } from "preact"
import { sharedWords } from "../words/shared.ts"
import { TroubleBanner } from "./Banner.tsx"
import { Button } from "./Button.tsx"
import { Dialog } from "./Dialog.tsx"

/** Asks before something is done: whoever goes no further than this has changed nothing. `confirm`: what the button says that does it. */
export const ConfirmDialog = ({
  open,
  title,
  confirm,
  look = "danger",
  busy = false,
  error,
  onConfirm,
  onClose,
  children,
}: {
  open: boolean
  title: string
  confirm: string
  look?: "danger" | "main"
  busy?: boolean
  error?: unknown
  onConfirm: () => void
  onClose: () => void
  children: ComponentChildren
}) => (
  <Dialog open={open} title={title} onClose={onClose}>
    {children}
    <TroubleBanner error={error} />
    <div class="dialog-actions">
      <Button onClick={onClose}>{sharedWords.value.cancel}</Button>
      <Button look={look} busy={busy} onClick={onConfirm}>
        {confirm}
      </Button>
    </div>
  </Dialog>
)
