import { signal } from "@preact/signals"
import type { Login } from "../shared/parts/LoginFields.tsx"

/** Of the sign-up that runs on this page; nowhere else, and gone with it. */
export const login = signal<Login | undefined>(undefined)
export const phrase = signal<string | undefined>(undefined)
