import { field, list, text } from "./value.ts"

/** Whether a document says by itself that it is of this kind. */
export const hasTag = (bundle: unknown, wanted: { readonly system: string; readonly code: string }): boolean =>
  list(field(bundle, "meta"), "tag").some(
    (tag) => text(tag, "system") === wanted.system && text(tag, "code") === wanted.code,
  )
