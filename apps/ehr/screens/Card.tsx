import { useState } from "preact/hooks"
import { revokeCard } from "../../../sdk/patient/cards.ts"
import { getConsent } from "../../../sdk/patient/consents.ts"
import type { PatientCard } from "../../../sdk/patient/held-cards.ts"
import { formatDate } from "../../shared/format.ts"
import { Banner } from "../../shared/parts/Banner.tsx"
import { Button, LinkButton } from "../../shared/parts/Button.tsx"
import { ConfirmDialog } from "../../shared/parts/ConfirmDialog.tsx"
import { Screen } from "../../shared/parts/Frame.tsx"
import { useDeed } from "../../shared/use-deed.ts"
import { replaceCard } from "../card-actions.ts"
import { CardForm } from "../cards/CardForm.tsx"
import { CardPicture } from "../cards/CardPicture.tsx"
import { CardPrint } from "../cards/CardPrint.tsx"
import { categoryNames } from "../cards/category-names.ts"
import { KeptCards } from "../cards/KeptCards.tsx"
import { keepCards } from "../cards/kept-cards.ts"
import { learnNames, titleOf } from "../cards/names.ts"
import { OpenPartOfCard } from "../cards/OpenPart.tsx"
import { cardWords } from "../cards/words.ts"
import { FromCloud } from "../NeedsCloud.tsx"
import { inCloud } from "../state.ts"
import { CardBehind } from "../WitnessBanner.tsx"
import { learnCards } from "../witnesses.ts"
import { words } from "../words/words.ts"

const CardFacts = ({ card: { categories: opened, createdAt } }: { card: PatientCard }) => {
  const { card: says } = words.value
  return (
    <dl class="facts no-print">
      <div>
        <dt>{says.opens}</dt>
        <dd class="strong">{categoryNames(opened)}</dd>
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

/** Asks before a card ends. */
const EndDialog = ({
  asked,
  card,
  onClose,
  onEnded,
}: {
  asked: "replace" | "revoke" | undefined
  card: PatientCard
  onClose: () => void
  onEnded: () => void
}) => {
  const { card: says } = words.value
  const { revokeNamed, replaceNamed } = cardWords.value
  const { busy, error, run } = useDeed()
  const { name = "" } = card
  const isReplaced = asked === "replace"
  const plainTitle = isReplaced ? says.replaceTitle : says.revokeTitle
  const namedTitle = isReplaced ? replaceNamed(name) : revokeNamed(name)
  const end = async () => {
    if (isReplaced) await replaceCard(card)
    else await inCloud((by) => revokeCard(by, card.cardId))
    onEnded()
  }
  return (
    <ConfirmDialog
      open={asked !== undefined}
      title={name === "" ? plainTitle : namedTitle}
      confirm={isReplaced ? says.replaceConfirm : says.revokeConfirm}
      busy={busy}
      error={error}
      onConfirm={() => run(end)}
      onClose={onClose}
    >
      <p>{isReplaced ? says.replaceText : says.revokeText}</p>
    </ConfirmDialog>
  )
}

const CardPanel = ({ card, mayShare, onChange }: { card: PatientCard; mayShare: boolean; onChange: () => void }) => {
  const { card: says } = words.value
  const { form } = cardWords.value
  const [asking, setAsking] = useState<"replace" | "revoke">()
  const [changing, setChanging] = useState(false)
  const [changed, setChanged] = useState(false)
  const { cardId, categories: opened, secrets } = card
  return (
    <article class="panel card-panel" aria-label={`${titleOf(card)}: ${categoryNames(opened)}`}>
      <h2 class="no-print item">{titleOf(card)}</h2>
      {secrets === undefined ? (
        <Banner tone="warn" title={says.unlisted}>
          <p>{says.unlistedText}</p>
        </Banner>
      ) : (
        <CardPicture card={card} secrets={secrets} />
      )}
      <CardBehind cardId={cardId} />
      {changed && (
        <Banner tone="good">
          <p role="status">{form.changed}</p>
        </Banner>
      )}
      <CardFacts card={card} />
      {secrets !== undefined && (
        <>
          <CardPrint secrets={secrets} />
          <OpenPartOfCard card={card} mayShare={mayShare} onChange={onChange} />
        </>
      )}
      <div class="row no-print">
        {secrets !== undefined && (
          <>
            <Button onClick={() => setChanging(true)}>{form.change}</Button>
            <Button onClick={() => setAsking("replace")}>{says.replace}</Button>
          </>
        )}
        <Button onClick={() => setAsking("revoke")}>{says.revoke}</Button>
      </div>
      <CardForm
        open={changing}
        card={card}
        onClose={() => setChanging(false)}
        onDone={() => {
          setChanging(false)
          setChanged(true)
          onChange()
        }}
      />
      <EndDialog
        asked={asking}
        card={card}
        onClose={() => setAsking(undefined)}
        onEnded={() => {
          setAsking(undefined)
          onChange()
        }}
      />
    </article>
  )
}

const readCards = () =>
  inCloud(async (by) => {
    const cards = await learnCards(by)
    learnNames(cards)
    // A device that is full shows them all the same.
    await keepCards(cards).catch(() => undefined)
    return { cards, mayShare: (await getConsent(by, "emergency-share")).status === "active" }
  })

export const Card = () => {
  const { card: says, record } = words.value
  const [making, setMaking] = useState(false)
  return (
    <Screen title={says.title} lead={<p class="no-print">{says.lead}</p>}>
      <FromCloud read={readCards} meanwhile={<KeptCards />}>
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
                <CardPanel key={card.cardId} card={card} mayShare={mayShare} onChange={reload} />
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
                          {says.made} {formatDate(createdAt)}: {categoryNames(opened)}
                        </span>
                        <span class="badge">{says.revoked}</span>
                      </li>
                    ))}
                  </ul>
                </details>
              )}
              <CardForm
                open={making}
                onClose={() => setMaking(false)}
                onDone={() => {
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
