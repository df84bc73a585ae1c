/** The page that the front of a card opens in anybody's browser: whom to call, and what the card's owner tells everybody. */
import { render } from "preact"
import { useEffect, useState } from "preact/hooks"
import { type CardFront, readFront } from "../../protocol/card-front.ts"
import type { OpenPart } from "../../protocol/open-part.ts"
import { registerWorker } from "../shared/worker.ts"
import "../shared/tokens.css"
import "./card.css"
import { emergencyNumber } from "./emergency-number.ts"
import type { OpenAnswer } from "./open.ts"
import { chooseLanguage, language, languages, speakAsPhone, words } from "./words.ts"

const Languages = () => (
  <label class="language">
    <span class="hidden-visually">{words.value.language}</span>
    <select value={language.value} onChange={({ currentTarget }) => chooseLanguage(currentTarget.value)}>
      {Object.entries(languages).map(([tag, name]) => (
        <option key={tag} value={tag} lang={tag}>
          {name}
        </option>
      ))}
    </select>
  </label>
)

const dialled = (phone: string): string => `tel:${phone.replaceAll(/[^+\d]/g, "")}`

/** What the person says stands in the language they wrote it in. */
const Said = ({ said, signedAt }: { said: OpenPart; signedAt: number }) => {
  const { says, name: nameLabel, kinds, signedAt: when, told } = words.value
  const { name, lines } = said
  const moment = new Intl.DateTimeFormat(language.value, { dateStyle: "long" }).format(signedAt * 1000)
  return (
    <section aria-labelledby="says">
      <h2 id="says">{says}</h2>
      <dl>
        {name !== undefined && (
          <div>
            <dt>{nameLabel}</dt>
            <dd dir="auto">{name}</dd>
          </div>
        )}
        {lines.map(({ about, text }, i) => (
          <div key={i} class={about === "allergy" ? "grave" : undefined}>
            <dt>{kinds[about]}</dt>
            <dd lang={said.language} dir="auto">
              {text}
            </dd>
          </div>
        ))}
      </dl>
      <p class="small">{when(moment)}</p>
      <p class="small">{told}</p>
    </section>
  )
}

const Contact = ({ contact: { name, phone } }: { contact: NonNullable<OpenPart["contact"]> }) => (
  <p>
    <a class="call call-contact" href={dialled(phone)}>
      {words.value.contact(name)}
      <span class="number" dir="ltr">
        {phone}
      </span>
    </a>
    <span class="small">{words.value.contactHint}</span>
  </p>
)

const Answer = ({ answer, onRetry }: { answer: OpenAnswer | undefined; onRetry: () => void }) => {
  const says = words.value
  if (answer === undefined) return <p role="status">{says.loading}</p>
  if (answer.outcome === "open")
    return (
      <>
        {answer.said.contact !== undefined && <Contact contact={answer.said.contact} />}
        <Said said={answer.said} signedAt={answer.signedAt} />
      </>
    )
  if (answer.outcome === "nothing") return <p>{says.nothing}</p>
  return (
    <div role="alert" class="trouble">
      <p>{answer.outcome === "invalid" ? says.invalid : says.offline}</p>
      <button type="button" onClick={onRetry}>
        {says.retry}
      </button>
    </div>
  )
}

/** What the card's owner says; asked for once the number is on the screen. */
const OpenPartOf = ({ fragment }: { fragment: string }) => {
  const reading = readFront(fragment)
  const [round, setRound] = useState(0)
  const [answer, setAnswer] = useState<OpenAnswer>()
  useEffect(() => {
    let wanted = true
    const ask = async (front: CardFront) => {
      setAnswer(undefined)
      // The number is on the screen before the rest of the page is even here.
      const found = await import("./open.ts")
        .then(({ askOpenPart }) => askOpenPart(front))
        .catch((): OpenAnswer => ({ outcome: "unreachable" }))
      if (wanted) setAnswer(found)
    }
    if (reading.outcome === "ok") void ask(reading.front)
    return () => {
      wanted = false
    }
  }, [fragment, round])
  if (reading.outcome === "ok") return <Answer answer={answer} onRetry={() => setRound(round + 1)} />
  const { foreign, damaged, newer } = words.value
  const faults = { "front-foreign": foreign, "front-damaged": damaged, "front-unsupported": newer }
  return <p>{faults[reading.outcome]}</p>
}

const number = emergencyNumber(Intl.DateTimeFormat().resolvedOptions().timeZone, navigator.languages)

const Page = () => {
  const says = words.value
  const [fragment, setFragment] = useState(location.hash)
  useEffect(() => {
    const change = () => setFragment(location.hash)
    addEventListener("hashchange", change)
    return () => removeEventListener("hashchange", change)
  }, [])
  return (
    <main>
      <header>
        <h1>{says.title}</h1>
        <Languages />
      </header>
      <p>{says.what}</p>
      <p>
        <a class="call" href={dialled(number)}>
          {says.call(number)}
        </a>
        <span class="small">{says.callHint}</span>
      </p>
      <OpenPartOf key={fragment} fragment={fragment} />
      <section class="turn">
        <h2>{says.professionals}</h2>
        <p>{says.professionalsHint}</p>
      </section>
    </main>
  )
}

speakAsPhone(navigator.languages)
const root = document.getElementById("app")
if (root === null) throw new Error("the page has no place for the card")
render(<Page />, root)
await registerWorker()
