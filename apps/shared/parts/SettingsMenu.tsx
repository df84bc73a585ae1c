import { useId, useState } from "preact/hooks"
import { theme, themes, wear } from "../theme.ts"
import { sharedWords } from "../words/shared.ts"
import { language, languageCodes, languages, speak } from "../words.ts"
import { Button } from "./Button.tsx"
import { Icon } from "./Icon.tsx"
import { later } from "./later.tsx"

const About = later(async () => (await import("./About.tsx")).About)

/** Language and appearance, in a native popover: before and after signing in alike. */
export const SettingsMenu = () => {
  const id = useId()
  const [about, setAbout] = useState(false)
  const { about: aboutWord, language: languageWord, theme: themeWord, themes: themeWords } = sharedWords.value
  return (
    <>
      <button type="button" class="button button-plain" popovertarget={id} aria-label={`${languageWord}, ${themeWord}`}>
        <Icon name="settings" />
      </button>
      <div id={id} popover="auto" class="popover stack">
        <fieldset class="stack stack-s">
          <legend>{languageWord}</legend>
          {languageCodes.map((code) => (
            <label key={code} class="choice" lang={code}>
              <input
                type="radio"
                name={`${id}-language`}
                checked={language.value === code}
                onChange={() => void speak(code)}
              />
              {languages[code]}
            </label>
          ))}
        </fieldset>
        <fieldset class="stack stack-s">
          <legend>{themeWord}</legend>
          {themes.map((each) => (
            <label key={each} class="choice">
              <input type="radio" name={`${id}-theme`} checked={theme.value === each} onChange={() => wear(each)} />
              {themeWords[each]}
            </label>
          ))}
        </fieldset>
        <Button popovertarget={id} onClick={() => setAbout(true)}>
          {aboutWord}
        </Button>
      </div>
      {about && <About open onClose={() => setAbout(false)} />}
    </>
  )
}
