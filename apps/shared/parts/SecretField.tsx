import type { ComponentProps } from "preact"
import { PasswordField } from "./Field.tsx"

/** A password or PIN of this device alone: no browser fills it in, corrects it or keeps it. */
export const SecretField = (
  props: Pick<ComponentProps<typeof PasswordField>, "label" | "hint" | "value" | "fault" | "onValue">,
) => <PasswordField {...props} autocomplete="off" spellcheck={false} autocapitalize="none" />
