import { signal } from "@preact/signals"

export const themes = ["system", "light", "dark"] as const
export type Theme = (typeof themes)[number]

const kept = "theme"
const isTheme = (text: string | null): text is Theme => themes.some((theme) => theme === text)

export const theme = signal<Theme>("system")

export const wear = (wanted: Theme): void => {
  theme.value = wanted
  if (wanted === "system") delete document.documentElement.dataset["theme"]
  else document.documentElement.dataset["theme"] = wanted
  localStorage.setItem(kept, wanted)
}

export const wearAsBefore = (): void => {
  const chosen = localStorage.getItem(kept)
  wear(isTheme(chosen) ? chosen : "system")
}
