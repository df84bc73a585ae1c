import { today } from "../../shared/stated/form.ts"
import { documentOf } from "../../shared/summary/stated-document.ts"
import { language } from "../../shared/words.ts"
import { addDocument } from "../outbox.ts"
import { draft, keeping, keepNow, takeBackSent } from "./draft.ts"
import { formWords } from "./words.ts"

/**
 * Gives what the form says to the outbox. When it returns, it is kept on this device until it has arrived. `confirms`: the patient says today that all of it
 * holds; who approves one change doesn't.
 */
export const saveStated = async ({ confirms }: { confirms: boolean }): Promise<void> => {
  await takeBackSent()
  const { value } = draft
  if (value === undefined) return
  const confirmed = {
    ...value,
    typed: {},
    stated: { ...value.stated, language: language.value, ...(confirms ? { lastConfirmed: today() } : {}) },
  }
  const sentAs = await addDocument(
    {
      category: "summary",
      title: formWords.value.documentTitle,
      contentType: "application/fhir+json",
      ...(value.replaces === undefined ? {} : { replaces: value.replaces }),
    },
    documentOf(confirmed.stated),
  )
  draft.value = { ...confirmed, sentAs }
  await keepNow()
  keeping.value = "unchanged"
}
