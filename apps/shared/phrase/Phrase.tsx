import { useState } from "preact/hooks"
import "./phrase.css"
import { Banner } from "../parts/Banner.tsx"
import { Button } from "../parts/Button.tsx"
import { Choice, Field } from "../parts/Field.tsx"
import { Screen } from "../parts/Frame.tsx"
import { sharedWords } from "../words/shared.ts"

/** What an app says of a recovery phrase, whose loss costs another thing in each. */
export interface PhraseWords {
  readonly title: string
  readonly lead: string
  readonly write: string
  readonly printed: string
  readonly kept: string
  readonly next: string
  readonly checkTitle: string
  readonly checkLead: string
  readonly word: (place: number) => string
  readonly wrong: (place: number) => string
  readonly showAgain: string
  readonly correct: string
}

interface Step {
  readonly text: string
  readonly says: PhraseWords
  /** Where somebody is in the whole. */
  readonly step: string
}

/** Words in their order, each with its place. */
export const Words = ({ text }: { text: string }) => (
  <ol class="phrase" translate={false}>
    {text.split(" ").map((word, i) => (
      <li key={i}>{word}</li>
    ))}
  </ol>
)

const Shown = ({ text, says, step, app, onKept }: Step & { app: string; onKept: () => void }) => {
  const [kept, setKept] = useState(false)
  return (
    <Screen title={says.title} lead={says.lead} narrow>
      <p class="print-only">
        {app}: {says.printed}
      </p>
      <div class="panel">
        <p class="small muted no-print">{step}</p>
        <Words text={text} />
        <Banner tone="warn">
          <p>{says.write}</p>
        </Banner>
        <div class="row no-print">
          <Button onClick={() => window.print()}>{sharedWords.value.print}</Button>
        </div>
        <div class="no-print">
          <Choice label={says.kept} checked={kept} onChecked={setKept} />
        </div>
        <div class="no-print">
          <Button look="main" disabled={!kept} onClick={onKept}>
            {says.next}
          </Button>
        </div>
      </div>
    </Screen>
  )
}

/** Three places out of 24, in order; which ones nobody needs to guess, so they need no secrecy. */
const threePlaces = (): number[] => {
  const places = Array.from({ length: 24 }, (_, i) => i + 1)
  return Array.from({ length: 3 }, () => places.splice(Math.floor(Math.random() * places.length), 1)[0] ?? 1).sort(
    (a, b) => a - b,
  )
}

const Check = ({ text, says, step, onRight, onBack }: Step & { onRight: () => void; onBack: () => void }) => {
  const [places] = useState(threePlaces)
  const [typed, setTyped] = useState<Readonly<Record<number, string>>>({})
  const [checked, setChecked] = useState(false)
  const secret = text.split(" ")
  const isRight = (place: number) => (typed[place] ?? "").trim().toLowerCase() === secret[place - 1]
  return (
    <Screen title={says.checkTitle} lead={says.checkLead} narrow>
      <form
        class="panel"
        onSubmit={(event) => {
          event.preventDefault()
          setChecked(true)
          if (places.every(isRight)) onRight()
        }}
      >
        <p class="small muted">{step}</p>
        {places.map((place) => (
          <Field
            key={place}
            label={says.word(place)}
            value={typed[place] ?? ""}
            onValue={(value) => setTyped({ ...typed, [place]: value })}
            fault={checked && !isRight(place) ? says.wrong(place) : undefined}
            autocomplete="off"
            autocapitalize="none"
            spellcheck={false}
            required
          />
        ))}
        <div class="row">
          <Button look="main" type="submit">
            {says.correct}
          </Button>
          <Button look="plain" onClick={onBack}>
            {says.showAgain}
          </Button>
        </div>
      </form>
    </Screen>
  )
}

/** Shows a recovery phrase once, and asks for some of its words, so that whoever wrote it down knows that the note is right. */
export const Phrase = ({
  text,
  says,
  app,
  steps: [shown, checked],
  onRight,
}: {
  text: string
  says: PhraseWords
  /** Its name, for the sheet that is printed. */
  app: string
  steps: readonly [string, string]
  onRight: () => void
}) => {
  const [checking, setChecking] = useState(false)
  return checking ? (
    <Check key="check" text={text} says={says} step={checked} onRight={onRight} onBack={() => setChecking(false)} />
  ) : (
    <Shown key="shown" text={text} says={says} step={shown} app={app} onKept={() => setChecking(true)} />
  )
}
