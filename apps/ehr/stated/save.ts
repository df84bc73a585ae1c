import { language } from "../../shared/words.ts"
import { addDocument } from "../outbox.ts"
import { documentOf } from "./document.ts"
import { draft, keeping, keepNow, takeBackSent, today } from "./draft.ts"
import { formWords } from "./words.ts"

/** Gives what the form says to the outbox, as confirmed today. When it returns, it is kept on this device until it has arrived. */
export const saveStated = async (): Promise<void> => {
  await takeBackSent()
  const { value } = draft
  if (value === undefined) return
  const confirmed = {
    ...value,
    typed: {},
    stated: { ...value.stated, language: language.value, lastConfirmed: today() },
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
