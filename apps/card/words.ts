import { computed, signal } from "@preact/signals"
import ar from "./words/ar.ts"
import de from "./words/de.ts"
import el from "./words/el.ts"
import en, { type CardWords } from "./words/en.ts"
import es from "./words/es.ts"
import fr from "./words/fr.ts"

/** Every language is at hand: whoever needs the page has no second to load one. */
const dictionaries = { en, el, de, fr, es, ar } satisfies Record<string, CardWords>
export type CardLanguage = keyof typeof dictionaries

/** What each is called in itself. */
export const languages: Readonly<Record<CardLanguage, string>> = {
  en: "English",
  el: "Ελληνικά",
  de: "Deutsch",
  fr: "Français",
  es: "Español",
  ar: "العربية",
}

const isLanguage = (text: string): text is CardLanguage => Object.hasOwn(dictionaries, text)

export const language = signal<CardLanguage>("en")
export const words = computed<CardWords>(() => dictionaries[language.value])

export const speak = (wanted: CardLanguage): void => {
  language.value = wanted
  document.documentElement.lang = wanted
  document.documentElement.dir = wanted === "ar" ? "rtl" : "ltr"
  document.title = words.value.title
}

/** The first of the phone's languages that the page speaks. */
export const speakAsPhone = (tags: readonly string[]): void =>
  speak(tags.map((tag) => tag.slice(0, 2)).find(isLanguage) ?? "en")

export const chooseLanguage = (text: string): void => {
  if (isLanguage(text)) speak(text)
}
