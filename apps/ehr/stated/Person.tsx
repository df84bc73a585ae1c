import { useId, useRef, useState } from "preact/hooks"
import type { StatedLanguage, StatedSummary } from "../../../fhir/stated-summary.ts"
import { Button } from "../../shared/parts/Button.tsx"
import { Combobox } from "../../shared/parts/Combobox.tsx"
import { Segments } from "../../shared/parts/Segments.tsx"
import { DateLine, Line, withParts } from "../../shared/stated/fields.tsx"
import { language, locales } from "../../shared/words.ts"
import { changeStated } from "./draft.ts"
import { photoOf } from "./photo.ts"
import { formWords } from "./words.ts"

/** The first name, changed; nobody's name is empty. */
const withName = (stated: StatedSummary, parts: { given?: string | undefined; family?: string | undefined }) => {
  const [first = {}, ...others] = stated.names
  const name = withParts(first, parts)
  const empty = name.given === undefined && name.family === undefined
  return { ...stated, names: empty ? others : [name, ...others] }
}

const Photo = ({ stated }: { stated: StatedSummary }) => {
  const { person: says, remove } = formWords.value
  const input = useRef<HTMLInputElement>(null)
  const [failed, setFailed] = useState(false)
  const { photo } = stated
  const take = async (file: File) => {
    const made = await photoOf(file).catch(() => undefined)
    setFailed(made === undefined)
    if (made !== undefined) changeStated((before) => ({ ...before, photo: made }))
  }
  return (
    <div class="stack stack-s">
      <div class="row">
        {photo !== undefined && (
          <img class="portrait" src={`data:${photo.contentType};base64,${photo.data}`} alt={says.photo} />
        )}
        <Button onClick={() => input.current?.click()}>{photo === undefined ? says.addPhoto : says.changePhoto}</Button>
        {photo !== undefined && (
          <Button
            look="plain"
            aria-label={`${remove}: ${says.photo}`}
            onClick={() => changeStated((before) => withParts(before, { photo: undefined }))}
          >
            {remove}
          </Button>
        )}
      </div>
      <p class="small muted">{says.photoHint}</p>
      {failed && (
        <p class="field-fault" role="alert">
          {says.photoFault}
        </p>
      )}
      <input
        ref={input}
        type="file"
        accept="image/*"
        class="hidden-visually"
        tabIndex={-1}
        aria-label={says.photo}
        onChange={({ currentTarget }) => {
          const [file] = currentTarget.files ?? []
          currentTarget.value = ""
          if (file !== undefined) void take(file)
        }}
      />
    </div>
  )
}

/** ISO 639-1 codes of languages that many people in Europe speak; others in their own words. */
const common =
  "ar bg bn cs da de el en es et fa fi fr hr hu hy it ka ku lt lv mk nl no pa pl ps pt ro ru sk sl so sq sr sv ti tl tr uk ur vi zh"
const tags: readonly string[] = common.split(" ")

const nameOfLanguage = (tag: string): string =>
  new Intl.DisplayNames(locales[language.value], { type: "language" }).of(tag) ?? tag

const folded = (text: string): string => text.normalize("NFD").replaceAll(/\p{M}/gu, "").toLowerCase()

const Languages = ({ stated }: { stated: StatedSummary }) => {
  const { person: says, remove, asTyped } = formWords.value
  const known = new Set(stated.languages.map(({ text }) => text))
  return (
    <div class="stack stack-s">
      {stated.languages.length > 0 && (
        <ul class="row">
          {stated.languages.map((each) => (
            <li key={each.text} class="row chip">
              <span>{each.text}</span>
              <Button
                look="plain"
                aria-label={`${remove}: ${each.text}`}
                onClick={() =>
                  changeStated((before) => ({
                    ...before,
                    languages: before.languages.filter(({ text }) => text !== each.text),
                  }))
                }
              >
                {remove}
              </Button>
            </li>
          ))}
        </ul>
      )}
      <Combobox<StatedLanguage>
        label={says.language}
        suggest={(typed) =>
          tags
            .map((tag) => ({ value: { text: nameOfLanguage(tag), tag }, text: nameOfLanguage(tag) }))
            .filter(({ text }) => folded(text).startsWith(folded(typed)) && !known.has(text))
            .slice(0, 5)
        }
        asTyped={(text) => ({ value: { text: text.slice(0, 60) }, text, also: asTyped })}
        onChoose={(chosen) =>
          changeStated((before) =>
            before.languages.some(({ text }) => text === chosen.text)
              ? before
              : { ...before, languages: [...before.languages, chosen] },
          )
        }
      />
    </div>
  )
}

/** Who it is about. */
export const Person = ({ stated }: { stated: StatedSummary }) => {
  const id = useId()
  const { person: says, dateHint } = formWords.value
  const [name] = stated.names
  return (
    <section class="panel" aria-labelledby={id}>
      <h2 id={id}>{says.title}</h2>
      <div class="row fields">
        <Line
          field="name.given"
          label={says.given}
          value={name?.given}
          to={(given) => (before) => withName(before, { given })}
          autocapitalize="words"
        />
        <Line
          field="name.family"
          label={says.family}
          value={name?.family}
          to={(family) => (before) => withName(before, { family })}
          autocapitalize="words"
        />
      </div>
      <DateLine
        field="birthDate"
        label={says.birthDate}
        hint={dateHint}
        value={stated.birthDate}
        to={(birthDate) => (before) => withParts(before, { birthDate })}
      />
      <Segments
        label={says.sex}
        value={stated.sex}
        options={[
          ["female", says.sexes.female],
          ["male", says.sexes.male],
          ["other", says.sexes.other],
        ]}
        onValue={(sex) => changeStated((before) => ({ ...before, sex }))}
      />
      <Languages stated={stated} />
      <Photo stated={stated} />
    </section>
  )
}
