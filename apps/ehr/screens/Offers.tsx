import { useEffect, useMemo, useState } from "preact/hooks"
import { useLocation } from "preact-iso"
import { type Denied, type Offers as Found, type Offered, standingOf } from "../../../fhir/offers.ts"
import { asBefore, putItem } from "../../../fhir/proposals.ts"
import { newItemId, type StatedSummary } from "../../../fhir/stated-summary.ts"
import { Banner, TroubleBanner } from "../../shared/parts/Banner.tsx"
import { Button, LinkButton } from "../../shared/parts/Button.tsx"
import { Screen } from "../../shared/parts/Frame.tsx"
import { Loading } from "../../shared/parts/Progress.tsx"
import { forgetTyped } from "../../shared/stated/form.ts"
import { Item } from "../../shared/summary/SummaryView.tsx"
import { sayStated } from "../../shared/summary/say.ts"
import { saying } from "../../shared/summary/saying.ts"
import { shownItems } from "../../shared/summary/shown-items.ts"
import { useDeed } from "../../shared/use-deed.ts"
import { useFragment } from "../../shared/use-fragment.ts"
import { proposalWords } from "../../shared/words/proposals.ts"
import { setConsidered } from "../offers/considered.ts"
import { Choosing, nameOfOffer, OfferedItem, Sides } from "../offers/OfferedItem.tsx"
import { type Read, readOffers } from "../offers/read.ts"
import { AskWhose, OfOther } from "../offers/Whose.tsx"
import { offerWords } from "../offers/words.ts"
import { documents, type Listed, placeOf } from "../record-store.ts"
import { changeStated, draft, keepNow, patientForm } from "../stated/draft.ts"
import { useDraft } from "../stated/useDraft.ts"
import { words } from "../words/words.ts"

/** What the patient decided on one thing. `before`: the summary as it was. */
type Decision =
  | { readonly decided: "left" }
  | { readonly decided: "taken"; readonly undo: (stated: StatedSummary) => StatedSummary }

/** What was decided, by what it is about, and how to decide. */
const useDecisions = () => {
  const [decisions, setDecisions] = useState<ReadonlyMap<string, Decision>>(new Map())
  const decide = (key: string, decision: Decision) => setDecisions(new Map([...decisions, [key, decision]]))
  const change = (to: (stated: StatedSummary) => StatedSummary) => {
    changeStated(to)
    void keepNow().catch(() => undefined)
  }
  return {
    decisions,
    leave: (key: string) => decide(key, { decided: "left" }),
    take: (
      key: string,
      to: (stated: StatedSummary) => StatedSummary,
      undo: (stated: StatedSummary) => StatedSummary,
    ) => {
      change(to)
      decide(key, { decided: "taken", undo })
    },
    undo: (key: string) => {
      const decision = decisions.get(key)
      if (decision?.decided === "taken") change(decision.undo)
      setDecisions(new Map([...decisions].filter(([other]) => other !== key)))
    },
  }
}
type Decisions = ReturnType<typeof useDecisions>

type Readable = Extract<Found, { outcome: "offers" }>
interface Shown {
  readonly stated: StatedSummary
  readonly deciding: Decisions
}

const OfferList = ({
  offers,
  stated,
  deciding: { decisions, take, leave, undo },
}: Shown & { offers: readonly Offered[] }) => {
  const shown = useMemo(() => shownItems(stated), [stated])
  return (
    <ul class="stack">
      {offers.map((offer) => {
        const standing = standingOf(stated, offer)
        const key = offer.source.source
        return (
          <OfferedItem
            key={key}
            offer={offer}
            standing={standing}
            ours={standing.concerns.flatMap((id) => shown.get(id) ?? [])}
            decided={decisions.get(key)?.decided}
            onTake={(replaces) => {
              // Taken twice, it is another item: undone and taken again, too.
              const id = replaces ?? newItemId()
              if (replaces !== undefined) forgetTyped(patientForm, replaces)
              take(
                key,
                (before) => putItem(before, withId(offer, id), offer.item),
                (after) => asBefore(after, id, stated),
              )
            }}
            onLeave={() => leave(key)}
            onUndo={() => undo(key)}
          />
        )
      })}
    </ul>
  )
}

/** That there is nothing in a section, where the summary doesn't say so. */
const DeniedList = ({
  denied,
  stated,
  deciding: { decisions, take, leave, undo },
}: Shown & { denied: readonly Denied[] }) => {
  const { sections } = proposalWords.value
  const { take: taking, leave: leaving, saysNone, nothingInYours } = offerWords.value
  const shown = useMemo(() => shownItems(stated), [stated])
  return (
    <ul class="stack">
      {denied.map(({ section, origin, on }) => {
        const ours = stated[section]
        const items = ours.state === "listed" ? ours.items.flatMap(({ id }) => shown.get(id) ?? []) : []
        const said = (
          <>
            <p class="strong">{saysNone}</p>
            <p class="small muted">{sayStated({ origin, on }, saying())}</p>
          </>
        )
        const accepting = [
          taking,
          () =>
            take(
              section,
              (before) => ({ ...before, [section]: { state: "none-known", origin, on } }),
              (after) => ({ ...after, [section]: ours }),
            ),
        ] as const
        return (
          <Choosing
            key={section}
            name={`${sections[section]}: ${saysNone}`}
            decided={decisions.get(section)?.decided}
            onUndo={() => undo(section)}
            actions={[...(ours.state === "listed" ? [] : [accepting]), [leaving, () => leave(section)]]}
          >
            <p class="small muted">{sections[section]}</p>
            {items.length === 0 ? (
              said
            ) : (
              <Sides ours={items} none={nothingInYours}>
                {said}
              </Sides>
            )}
          </Choosing>
        )
      })}
    </ul>
  )
}

const withId = (offer: Offered, id: string): Offered => {
  switch (offer.section) {
    case "allergies":
      return { ...offer, item: { ...offer.item, id } }
    case "medicines":
      return { ...offer, item: { ...offer.item, id } }
    case "illnesses":
      return { ...offer, item: { ...offer.item, id } }
    case "devices":
      return { ...offer, item: { ...offer.item, id } }
    case "directives":
      return { ...offer, item: { ...offer.item, id } }
    case "vaccinations":
      return { ...offer, item: { ...offer.item, id } }
    case "pregnancy":
      return { ...offer, item: { ...offer.item, id } }
    case "bloodGroup":
      return { ...offer, item: { ...offer.item, id } }
    case "weight":
      break
  }
  return { ...offer, item: { ...offer.item, id } }
}

/** What is offered, in the groups in which it stood when the screen was opened: nothing moves under the finger. */
const Choices = ({ found, stated, listed }: { found: Readable; stated: StatedSummary; listed: Listed }) => {
  const says = offerWords.value
  const { route } = useLocation()
  const deciding = useDecisions()
  const [first] = useState(stated)
  const { busy, error, run } = useDeed()
  const { offers, left } = found
  const standing = (offer: Offered) => standingOf(first, offer).says
  const differing = offers.filter((offer) => standing(offer) === "differs")
  const news = offers.filter((offer) => standing(offer) === "new")
  const same = offers.filter((offer) => standing(offer) === "same")
  const denied = found.denied.filter(({ section }) => first[section].state !== "none-known")
  const conflicting = denied.filter(({ section }) => first[section].state === "listed")
  const silent = denied.filter(({ section }) => first[section].state === "not-stated")
  const count = [...deciding.decisions.values()].filter(({ decided }) => decided === "taken").length
  const isNothing = differing.length + news.length + denied.length === 0
  const finish = () =>
    run(async () => {
      await setConsidered(listed)
      route(count > 0 ? "/summary" : "/record")
    })
  return (
    <>
      {isNothing && <p>{says.nothing}</p>}
      {differing.length + conflicting.length > 0 && (
        <section class="stack" aria-labelledby="differing">
          <h2 id="differing">{says.differs}</h2>
          <p>{says.differsLead}</p>
          <OfferList offers={differing} stated={stated} deciding={deciding} />
          <DeniedList denied={conflicting} stated={stated} deciding={deciding} />
        </section>
      )}
      {news.length + silent.length > 0 && (
        <section class="stack" aria-labelledby="news">
          <h2 id="news">{says.news}</h2>
          <OfferList offers={news} stated={stated} deciding={deciding} />
          <DeniedList denied={silent} stated={stated} deciding={deciding} />
        </section>
      )}
      {same.length > 0 && (
        <details class="panel">
          <summary>{says.same(same.length)}</summary>
          <ul>
            {same.map((offer) => (
              <li key={offer.source.source}>{nameOfOffer(offer)}</li>
            ))}
          </ul>
        </details>
      )}
      {left.length > 0 && (
        <details class="panel">
          <summary>{says.left(left.length)}</summary>
          <p class="small muted">{says.leftLead}</p>
          <ul>
            {left.map((item) => (
              <Item key={item.source} item={item} />
            ))}
          </ul>
        </details>
      )}
      <TroubleBanner error={error} />
      <p role="status">{isNothing ? "" : says.status(count)}</p>
      <div class="row">
        <Button look="main" busy={busy} onClick={finish}>
          {count > 0 ? says.done : says.doneWithout}
        </Button>
        <LinkButton href="/record">{says.later}</LinkButton>
        <LinkButton href={`/record/open#${listed.descriptor.recordId}`}>{says.openDocument}</LinkButton>
      </div>
    </>
  )
}

const FoundIn = ({ read, stated, listed }: { read: Read; stated: StatedSummary; listed: Listed }) => {
  const says = offerWords.value
  const { route } = useLocation()
  const [isMine, setMine] = useState(false)
  // What offers nothing needs no second look.
  useEffect(() => {
    if (read.outcome !== "offers") void setConsidered(listed).catch(() => undefined)
  }, [read])
  const leave = () => {
    void setConsidered(listed).catch(() => undefined)
    route("/record")
  }
  if (read.outcome === "own" || read.outcome === "unreadable")
    return (
      <div class="panel">
        <p>{says[read.outcome]}</p>
      </div>
    )
  if (read.outcome === "other-person") return <OfOther says={read.says} stated={stated} />
  if (!read.isIdentified && !isMine)
    return <AskWhose says={read.says} stated={stated} onMine={() => setMine(true)} onOther={leave} />
  return <Choices found={read} stated={stated} listed={listed} />
}

const Opened = ({ listed, stated }: { listed: Listed; stated: StatedSummary }) => {
  const [read, setRead] = useState<Read>()
  const [error, setError] = useState<unknown>()
  const place = placeOf(listed.descriptor)
  useEffect(() => {
    let wanted = true
    readOffers(listed, stated).then(
      (found) => wanted && setRead(found),
      (problem: unknown) => wanted && setError(problem),
    )
    return () => {
      wanted = false
    }
  }, [place])
  if (error !== undefined) return <TroubleBanner error={error} />
  return read === undefined ? <Loading /> : <FoundIn read={read} stated={stated} listed={listed} />
}

/** What a document of the record says, for the patient's own summary: one thing after the other, and nothing by itself. */
export const Offers = () => {
  const says = offerWords.value
  const { document, record } = words.value
  const fragment = useFragment()
  const { error } = useDraft()
  const listed = documents.value?.find(({ descriptor }) => descriptor.recordId === fragment)
  if (documents.value === undefined) return <Loading />
  if (listed === undefined) return <Screen title={document.unknown}>{null}</Screen>
  const stated = draft.value?.stated
  return (
    <Screen key={fragment} title={says.titleOf(listed.metadata?.title ?? record.unreadable)} lead={says.lead}>
      {error === undefined ? (
        stated === undefined ? (
          <Loading />
        ) : (
          <Opened key={placeOf(listed.descriptor)} listed={listed} stated={stated} />
        )
      ) : (
        <Banner tone="warn">
          <p>{says.draftFirst}</p>
          <div>
            <LinkButton href="/summary">{says.toSummary}</LinkButton>
          </div>
        </Banner>
      )}
    </Screen>
  )
}
