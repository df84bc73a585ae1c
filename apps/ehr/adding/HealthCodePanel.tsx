import { useState } from "preact/hooks"
import { healthCardFile, joinedCard, readHealthCode } from "../../../sdk/health-card.ts"
import {
  fetchHealthLink,
  type HealthLink,
  HealthLinkFailure,
  type LinkedFile,
  readHealthLink,
} from "../../../sdk/health-link.ts"
import { configuredHealthCards } from "../../shared/health-cards/configured.ts"
import { healthCardWords } from "../../shared/health-cards/words.ts"
import { fileName } from "../../shared/kind.ts"
import { Banner, TroubleBanner } from "../../shared/parts/Banner.tsx"
import { Button } from "../../shared/parts/Button.tsx"
import { Field } from "../../shared/parts/Field.tsx"
import { ScanCode } from "../../shared/scan/ScanCode.tsx"
import { useDeed } from "../../shared/use-deed.ts"

/** The parts of a card that were scanned so far. */
interface Parts {
  readonly of: number
  readonly digits: ReadonlyMap<number, string>
}

const fileOf = ({ bytes, contentType }: LinkedFile, title: string): File =>
  new File([bytes], fileName(title, contentType), { type: contentType })

const fetchFiles = async (link: HealthLink, passcode: string): Promise<readonly File[]> => {
  const { links } = await configuredHealthCards()
  const files = await fetchHealthLink(link, {
    recipient: "Patient",
    now: new Date(),
    mayAsk: ({ origin }) => links.includes(origin),
    ...(link.needsPasscode ? { passcode } : {}),
  })
  const title = healthCardWords.value.link.title(link.label)
  return files.map((file, place) => fileOf(file, files.length === 1 ? title : `${title} ${place + 1}`))
}

const Failure = ({ failure }: { failure: HealthLinkFailure }) => {
  const says = healthCardWords.value
  return (
    <Banner tone="warn" alert>
      <p>
        {says.failures[failure.code]} {failure.left !== undefined && says.left(failure.left)}
      </p>
    </Banner>
  )
}

/** Asks before a server is told that somebody wants what a link names. */
const Link = ({
  link,
  onFiles,
  onLeave,
}: {
  link: HealthLink
  onFiles: (files: readonly File[]) => void
  onLeave: () => void
}) => {
  const says = healthCardWords.value
  const [passcode, setPasscode] = useState("")
  const { busy, error, run } = useDeed()
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault()
        run(async () => onFiles(await fetchFiles(link, passcode)))
      }}
    >
      <h2>{says.linkTitle}</h2>
      {link.label !== undefined && <p>{says.link.label(link.label)}</p>}
      <p>{says.link.asks(URL.parse(link.url)?.host ?? link.url)}</p>
      {link.needsPasscode && (
        <Field label={says.link.passcode} value={passcode} onValue={setPasscode} autocomplete="off" maxLength={100} />
      )}
      {error instanceof HealthLinkFailure ? <Failure failure={error} /> : <TroubleBanner error={error} />}
      <div class="row">
        <Button type="submit" look="main" busy={busy}>
          {says.link.fetch}
        </Button>
        <Button onClick={onLeave}>{says.link.leave}</Button>
      </div>
    </form>
  )
}

/** Reads the code of a SMART Health Card, in one part or several, or of a SMART Health Link, and gives what it holds as files to be added. */
export const HealthCodePanel = ({ onFiles }: { onFiles: (files: readonly File[]) => void }) => {
  const says = healthCardWords.value
  const [parts, setParts] = useState<Parts>()
  const [link, setLink] = useState<HealthLink>()
  const [fault, setFault] = useState<string>()
  const take = (card: string) => {
    setParts(undefined)
    setFault(undefined)
    const name = `${says.cardTitle}.smart-health-card`
    onFiles([new File([healthCardFile([card])], name, { type: "application/smart-health-card" })])
  }
  const takePart = (number: number, of: number, digits: string) => {
    const before = parts?.of === of ? parts.digits : new Map<number, string>()
    const known = new Map(before).set(number, digits)
    const card = joinedCard(known, of)
    if (card !== undefined) return take(card)
    const whole = known.size === of
    setParts(whole ? undefined : { of, digits: known })
    setFault(whole ? says.partsDiffer : says.part(number, of, of - known.size))
  }
  const onText = (text: string) => {
    const code = readHealthCode(text)
    if (code.outcome === "card") return take(code.card)
    if (code.outcome === "part") return takePart(code.number, code.of, code.digits)
    const found = readHealthLink(text)
    setFault(found === undefined ? says.otherCode : undefined)
    setLink(found)
  }
  if (link !== undefined)
    return (
      <div class="panel">
        <Link link={link} onFiles={onFiles} onLeave={() => setLink(undefined)} />
      </div>
    )
  return (
    <div class="panel">
      <p>{says.scanLead}</p>
      <ScanCode fault={fault} onText={onText} />
    </div>
  )
}
