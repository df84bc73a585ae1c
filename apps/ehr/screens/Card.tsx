import { useEffect, useState } from "preact/hooks"
import { frontAddress } from "../../../protocol/card-front.ts"
import { type Category, categories } from "../../../protocol/primitives.ts"
import { revokeCard } from "../../../sdk/patient/cards.ts"
import { getConsent } from "../../../sdk/patient/consents.ts"
import type { CardSecrets, PatientCard } from "../../../sdk/patient/held-cards.ts"
import { readConfig } from "../../shared/config.ts"
import { formatDate, formatList } from "../../shared/format.ts"
import { Banner, TroubleBanner } from "../../shared/parts/Banner.tsx"
import { Button, LinkButton } from "../../shared/parts/Button.tsx"
import { Dialog } from "../../shared/parts/Dialog.tsx"
import { Choice } from "../../shared/parts/Field.tsx"
import { Screen } from "../../shared/parts/Frame.tsx"
import { sharedWords } from "../../shared/words/shared.ts"
import { newCard } from "../card-actions.ts"
import { cardBack, cardFront, wallpaper } from "../card-picture.ts"
import { FromCloud } from "../NeedsCloud.tsx"
import { inCloud } from "../state.ts"
import { useDeed } from "../useCloud.ts"
import { CardBehind } from "../WitnessBanner.tsx"
import { learnCards } from "../witnesses.ts"
import { words } from "../words/words.ts"

const namesOf = (opened: readonly Category[]) =>
  formatList(opened.map((category) => sharedWords.value.categories[category]))

const MakeDialog = ({ open, onClose, onMade }: { open: boolean; onClose: () => void; onMade: () => void }) => {
  const { card: says } = words.value
  const { categories: names, categoryHints, cancel } = sharedWords.value
  const [chosen, setChosen] = useState<readonly Category[]>(["summary", "medication"])
  const { busy, error, run } = useDeed()
  return (
    <Dialog open={open} title={says.makeTitle} onClose={onClose}>
      <p>{says.makeLead}</p>
      <fieldset class="stack stack-s">
        <legend class="hidden-visually">{says.makeTitle}</legend>
        {categories.map((category) => (
          <Choice
            key={category}
            label={names[category]}
            hint={categoryHints[category]}
            checked={chosen.includes(category)}
            onChecked={(checked) =>
              setChosen(categories.filter((each) => (each === category ? checked : chosen.includes(each))))
            }
          />
        ))}
      </fieldset>
      <p class="small muted">{says.sensitiveNote}</p>
      {chosen.length === 0 && (
        <Banner tone="warn">
          <p>{says.chooseOne}</p>
        </Banner>
      )}
      {chosen.length > 0 && !chosen.includes("summary") && (
        <Banner tone="warn">
          <p>{says.needSummary}</p>
        </Banner>
      )}
      <TroubleBanner error={error} />
      <div class="dialog-actions">
        <Button onClick={onClose}>{cancel}</Button>
        <Button
          look="main"
          busy={busy}
          disabled={chosen.length === 0}
          onClick={() =>
            run(async () => {
              await newCard(chosen)
              onMade()
            })
          }
        >
          {says.go}
        </Button>
      </div>
    </Dialog>
  )
}

interface Sides {
  readonly front?: string
  readonly back: string
}

/** The sides of a card as pictures. The front leads to the card page, where the site has one whose address can be printed. */
const picturesOf = async (
  { categories: opened, openPart }: PatientCard,
  { text, front }: CardSecrets,
): Promise<Sides> => {
  const { card: page, hcp } = await readConfig()
  const back = URL.createObjectURL(cardBack(text, opened, hcp))
  if (page === undefined) return { back }
  return { front: URL.createObjectURL(cardFront(frontAddress(front, page), openPart?.said)), back }
}

const CardPicture = ({ card, secrets }: { card: PatientCard; secrets: CardSecrets }) => {
  const [sides, setSides] = useState<Sides>()
  const { card: says } = words.value
  useEffect(() => {
    let left = false
    let made: Sides | undefined
    const revoke = () => {
      for (const url of [made?.front, made?.back]) if (url !== undefined) URL.revokeObjectURL(url)
    }
    const draw = async () => {
      made = await picturesOf(card, secrets)
      if (left) revoke()
      else setSides(made)
    }
    void draw()
    return () => {
      left = true
      revoke()
    }
  }, [card, says])
  if (sides === undefined) return null
  return (
    <div class={sides.front === undefined ? "card-sheet" : "card-sheet card-sheet-both"}>
      {sides.front !== undefined && <img class="card-picture" src={sides.front} alt={says.frontAlt} />}
      <img class="card-picture" src={sides.back} alt={`${says.alt}. ${says.opensLine(namesOf(card.categories))}`} />
      <span class="cut-marks" aria-hidden="true" />
    </div>
  )
}

const saveWallpaper = async (text: string) => {
  const url = URL.createObjectURL(await wallpaper(text))
  const link = document.createElement("a")
  link.href = url
  link.download = "emergency-card.png"
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

const CardFacts = ({ card: { categories: opened, createdAt } }: { card: PatientCard }) => {
  const { card: says } = words.value
  return (
    <dl class="facts no-print">
      <div>
        <dt>{says.opens}</dt>
        <dd class="strong">{namesOf(opened)}</dd>
      </div>
      <div>
        <dt>{says.forWhom}</dt>
        <dd>{says.forWhomText}</dd>
      </div>
      <div>
        <dt>{says.made}</dt>
        <dd>{formatDate(createdAt)}</dd>
      </div>
    </dl>
  )
}

const CardPanel = ({ card, onChange }: { card: PatientCard; onChange: () => void }) => {
  const { card: says } = words.value
  const { cancel } = sharedWords.value
  const [asking, setAsking] = useState<"replace" | "revoke">()
  const { busy, error, run } = useDeed()
  const { cardId, categories: opened, secrets } = card
  const end = (replace: boolean) =>
    run(async () => {
      if (replace) await newCard(opened)
      await inCloud((by) => revokeCard(by, cardId))
      setAsking(undefined)
      onChange()
    })
  return (
    <article class="panel card-panel" aria-label={`${says.title}: ${namesOf(opened)}`}>
      {secrets === undefined ? (
        <Banner tone="warn" title={says.unlisted}>
          <p>{says.unlistedText}</p>
        </Banner>
      ) : (
        <CardPicture card={card} secrets={secrets} />
      )}
      <CardBehind cardId={cardId} />
      <CardFacts card={card} />
      {secrets !== undefined && (
        <>
          <div class="row no-print">
            <Button look="main" onClick={() => window.print()}>
              {says.print}
            </Button>
            <Button onClick={() => run(() => saveWallpaper(secrets.text))}>{says.wallpaper}</Button>
          </div>
          <p class="small muted no-print">
            {says.printHint} {says.wallpaperHint}
          </p>
        </>
      )}
      <TroubleBanner error={error} />
      <div class="row no-print">
        {secrets !== undefined && <Button onClick={() => setAsking("replace")}>{says.replace}</Button>}
        <Button onClick={() => setAsking("revoke")}>{says.revoke}</Button>
      </div>
      <Dialog
        open={asking !== undefined}
        title={asking === "replace" ? says.replaceTitle : says.revokeTitle}
        onClose={() => setAsking(undefined)}
      >
        <p>{asking === "replace" ? says.replaceText : says.revokeText}</p>
        <TroubleBanner error={error} />
        <div class="dialog-actions">
          <Button onClick={() => setAsking(undefined)}>{cancel}</Button>
          <Button look="danger" busy={busy} onClick={() => end(asking === "replace")}>
            {asking === "replace" ? says.replaceConfirm : says.revokeConfirm}
          </Button>
        </div>
      </Dialog>
    </article>
  )
}

const readCards = () =>
  inCloud(async (by) => ({
    cards: await learnCards(by),
    mayShare: (await getConsent(by, "emergency-share")).status === "active",
  }))

export const Card = () => {
  const { card: says, record } = words.value
  const [making, setMaking] = useState(false)
  return (
    <Screen title={says.title} lead={<p class="no-print">{says.lead}</p>}>
      <FromCloud read={readCards}>
        {({ cards, mayShare }, reload) => {
          const standing = cards.filter(({ status }) => status !== "revoked")
          const past = cards.filter(({ status }) => status === "revoked")
          return (
            <>
              {!mayShare && (
                <Banner tone="warn">
                  <p>{says.consentOff}</p>
                  <div>
                    <LinkButton href="/consents">{record.consentSee}</LinkButton>
                  </div>
                </Banner>
              )}
              {standing.length === 0 && (
                <div class="panel">
                  <p>{says.none}</p>
                </div>
              )}
              {standing.map((card) => (
                <CardPanel key={card.cardId} card={card} onChange={reload} />
              ))}
              <div class="no-print">
                <Button look={standing.length === 0 ? "main" : "normal"} onClick={() => setMaking(true)}>
                  {says.make}
                </Button>
              </div>
              {past.length > 0 && (
                <details class="panel no-print">
                  <summary>{says.past}</summary>
                  <ul class="list">
                    {past.map(({ cardId, createdAt, categories: opened }) => (
                      <li key={cardId} class="row row-between">
                        <span>
                          {says.made} {formatDate(createdAt)}: {namesOf(opened)}
                        </span>
                        <span class="badge">{says.revoked}</span>
                      </li>
                    ))}
                  </ul>
                </details>
              )}
              <MakeDialog
                open={making}
                onClose={() => setMaking(false)}
                onMade={() => {
                  setMaking(false)
                  reload()
                }}
              />
            </>
          )
        }}
      </FromCloud>
    </Screen>
  )
}
