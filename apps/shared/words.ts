import { computed, type ReadonlySignal, signal } from "@preact/signals"

/** Each in its own words, as a reader of it looks for it. */
export const languages = { en: "English", el: "Ελληνικά" } as const
export type Language = keyof typeof languages
/** How dates and numbers are written in each. */
export const locales: Readonly<Record<Language, string>> = { en: "en-GB", el: "el-GR" }

const isLanguage = (text: string): text is Language => Object.hasOwn(languages, text)
export const languageCodes = Object.keys(languages).filter(isLanguage)

export const language = signal<Language>("en")

const kept = "language"
type Loading = (wanted: Language) => Promise<void>
const dictionaries: Loading[] = []

/**
 * Words in every language; English is at hand, others are loaded when they are wanted. `W` is the English dictionary's type: a key that
 * a translation lacks, or has too many, fails the type check and with it the build.
 */
export const dictionary = <W extends object>(
  en: W,
  others: { readonly [L in Exclude<Language, "en">]: () => Promise<W> },
): ReadonlySignal<W> => {
  const loaded = signal<{ readonly [L in Language]?: W }>({ en })
  const load = async (wanted: Language): Promise<void> => {
    if (wanted === "en" || loaded.value[wanted] !== undefined) return
    const words = await others[wanted]()
    loaded.value = { ...loaded.value, [wanted]: words }
  }
  dictionaries.push(load)
  // What a later screen brings is in the language that was chosen before; English stands in until it is there.
  load(language.value).catch(() => undefined)
  return computed(() => loaded.value[language.value] ?? en)
}

export const speak = async (wanted: Language): Promise<void> => {
  await Promise.all(dictionaries.map((load) => load(wanted)))
  language.value = wanted
  document.documentElement.lang = wanted
  localStorage.setItem(kept, wanted)
}

/** What was chosen here before, else the first language of the browser that the apps speak. */
export const speakAsBefore = (): Promise<void> => {
  const chosen = localStorage.getItem(kept) ?? ""
  const preferred = navigator.languages.map((tag) => tag.slice(0, 2)).find(isLanguage)
  return speak(isLanguage(chosen) ? chosen : (preferred ?? "en"))
}
