import { useEffect, useState } from "preact/hooks"
import type { SummaryItem } from "../../../fhir/item.ts"
import { isProposals } from "../../../fhir/read-proposals.ts"
import type { Summary } from "../../../fhir/summary.ts"
import type { Bytes } from "../../../protocol/crypto/bytes.ts"
import {
  approveContribution,
  type Contribution,
  readContribution,
  rejectContribution,
} from "../../../sdk/patient/contributions.ts"
import { formatBytes, formatMoment } from "../../shared/format.ts"
import { fileName, kindOf } from "../../shared/kind.ts"
import { Banner } from "../../shared/parts/Banner.tsx"
import { Button, LinkButton } from "../../shared/parts/Button.tsx"
import { ConfirmDialog } from "../../shared/parts/ConfirmDialog.tsx"
import { Screen } from "../../shared/parts/Frame.tsx"
import { Loading } from "../../shared/parts/Progress.tsx"
import { saveFile } from "../../shared/save-file.ts"
import { sayItem, sayLabel } from "../../shared/summary/say.ts"
import { saying } from "../../shared/summary/saying.ts"
import { useSummary } from "../../shared/summary/useSummary.ts"
import { useDeed } from "../../shared/use-deed.ts"
import { useFragment } from "../../shared/use-fragment.ts"
import { sharedWords } from "../../shared/words/shared.ts"
import { contributions, lookAtAccesses } from "../accesses.ts"
import { compareSummaries } from "../compare.ts"
import { currentSummary } from "../current-summary.ts"
import { DocumentView } from "../DocumentView.tsx"
import { FromCloud } from "../NeedsCloud.tsx"
import { offerWords } from "../offers/words.ts"
import { type Merged, ProposalReview } from "../proposals/ProposalReview.tsx"
import { reviewWords } from "../proposals/words.ts"
import { refresh } from "../record-store.ts"
import { inCloud } from "../state.ts"
import { Who, WhoInFull } from "../Who.tsx"
import { words } from "../words/words.ts"

const ByWhom = ({ contribution }: { contribution: Contribution }) => (
  <>
    <Who {...contribution} at={contribution.contributedAt} /> · {formatMoment(contribution.contributedAt)}
    {contribution.olderKey && (
      <>
        {" "}
        <span class="badge badge-warn">{words.value.review.olderKey}</span>
      </>
    )}
  </>
)

const Detail = ({ item }: { item: SummaryItem }) => {
  const { detail } = sayItem(item, saying())
  return detail === undefined ? null : <span>{detail}</span>
}

/** An addition that says that something isn't so must not look as if it were. */
const Marks = ({ item: { marks } }: { item: SummaryItem }) => {
  const { marks: says } = sharedWords.value.summary
  return marks.map((mark) => (
    <span key={mark} class="badge badge-warn">
      {says[mark]}
    </span>
  ))
}

const Said = ({ item }: { item: SummaryItem }) => (
  <>
    <span class="strong">{sayLabel(item, saying())}</span>
    <Marks item={item} />
    <Detail item={item} />
  </>
)

const Comparison = ({ bytes, author }: { bytes: Bytes; author: string }) => {
  const { review: says } = words.value
  const { sections, untitled } = sharedWords.value.summary
  const [before, setBefore] = useState<{ summary: Summary | undefined }>()
  const proposed = useSummary(bytes, author)
  useEffect(() => {
    const read = async () => setBefore({ summary: await currentSummary().catch(() => undefined) })
    void read()
  }, [bytes])
  if (before === undefined || proposed === undefined) return <Loading />
  const compared = compareSummaries(before.summary, proposed)
  // A note has nothing that a summary could say: that nothing is new of it would be a verdict on what was never compared.
  if (compared.length === 0) return null
  const news = compared.flatMap(({ after }) => after).filter(({ change }) => change !== "same").length
  return (
    <section class="panel" aria-labelledby="compare">
      <h2 id="compare">{says.compare}</h2>
      <p role="status">{news === 0 ? says.noChange : says.newItems(news)}</p>
      {compared.map(({ section, before: standing, after }, i) => (
        <div key={`${section.key} ${i}`} class="stack stack-s">
          <h3>{section.key === "other" ? (section.title ?? untitled) : sections[section.key]}</h3>
          <div class="sides">
            <div>
              <p class="small muted">{says.now}</p>
              {standing.length === 0 ? (
                <p>{says.nothingNow}</p>
              ) : (
                <ul>
                  {standing.map((item, place) => (
                    <li key={place} class="item">
                      <Said item={item} />
                    </li>
                  ))}
                </ul>
              )}
            </div>
            <div>
              <p class="small muted">{says.proposed}</p>
              <ul>
                {after.map(({ item, change }, place) => (
                  <li key={place} class={change === "same" ? "item" : "item item-new"}>
                    <span class="row">
                      <span class="strong">{sayLabel(item, saying())}</span>
                      {change !== "same" && (
                        <span class="badge badge-good">{change === "new" ? says.isNew : says.changed}</span>
                      )}
                    </span>
                    <Marks item={item} />
                    <Detail item={item} />
                  </li>
                ))}
              </ul>
            </div>
          </div>
        </div>
      ))}
    </section>
  )
}

const Decision = ({
  contribution,
  canApprove = contribution.metadata !== undefined,
  onDecided,
}: {
  contribution: Contribution
  canApprove?: boolean
  onDecided: () => void
}) => {
  const { review: says } = words.value
  const [asking, setAsking] = useState<"approve" | "reject">()
  const { busy, error, run } = useDeed()
  const decide = (approve: boolean) =>
    run(async () => {
      if (approve) {
        await inCloud((by) => approveContribution(by, contribution))
        await refresh()
      } else await inCloud((by) => rejectContribution(by, contribution))
      setAsking(undefined)
      onDecided()
    })
  return (
    <div class="row no-print">
      {canApprove && (
        <Button look="main" onClick={() => setAsking("approve")}>
          {says.approve}
        </Button>
      )}
      <Button onClick={() => setAsking("reject")}>{says.reject}</Button>
      <ConfirmDialog
        open={asking !== undefined}
        title={asking === "approve" ? says.approveTitle : says.rejectTitle}
        confirm={asking === "approve" ? says.approveConfirm : says.rejectConfirm}
        look={asking === "approve" ? "main" : "danger"}
        busy={busy}
        error={error}
        onConfirm={() => decide(asking === "approve")}
        onClose={() => setAsking(undefined)}
      >
        <p class="strong">{contribution.metadata?.title}</p>
        <p>{asking === "approve" ? says.approveText : says.rejectText}</p>
      </ConfirmDialog>
    </div>
  )
}

const Reviewed = ({
  contribution,
  onMerged,
  onDecided,
}: {
  contribution: Contribution
  onMerged: (merged: Merged) => void
  onDecided: () => void
}) => {
  const [proposes, setProposes] = useState(false)
  const { review: says } = words.value
  const { categories } = sharedWords.value
  const { metadata, descriptor } = contribution
  return (
    <>
      <div class="panel">
        <p class="row">
          <span class="strong">
            <ByWhom contribution={contribution} />
          </span>
          {descriptor !== undefined && <span class="badge">{categories[descriptor.category]}</span>}
          {metadata !== undefined && <span class="small muted">{formatBytes(metadata.size)}</span>}
        </p>
        <p class="small">{says.signature}</p>
        <WhoInFull {...contribution} at={contribution.contributedAt} />
        <p class="small muted">
          {words.value.access.certificate}: <span class="mono">{contribution.professional.thumbprint}</span>
        </p>
      </div>
      {contribution.olderKey && (
        <Banner tone="warn" title={says.olderKey}>
          <p>{says.olderKeyText}</p>
        </Banner>
      )}
      {metadata === undefined ? (
        <Banner tone="warn">
          <p>{says.unreadable}</p>
        </Banner>
      ) : (
        <FromCloud
          read={async () => {
            const bytes = await inCloud((by) => readContribution(by, contribution))
            setProposes(kindOf(metadata.contentType) === "fhir" && isProposals(bytes))
            return bytes
          }}
        >
          {(bytes) => (
            <>
              {proposes ? (
                <ProposalReview
                  contribution={contribution}
                  bytes={bytes}
                  onMerged={onMerged}
                  onDecided={onDecided}
                  reject={<Decision contribution={contribution} canApprove={false} onDecided={onDecided} />}
                />
              ) : (
                kindOf(metadata.contentType) === "fhir" && (
                  <Comparison bytes={bytes} author={contribution.professional.thumbprint} />
                )
              )}
              {!proposes && (
                <DocumentView
                  bytes={bytes}
                  contentType={metadata.contentType}
                  title={metadata.title}
                  author={contribution.professional.thumbprint}
                />
              )}
              <div class="no-print">
                <Button
                  onClick={() => saveFile(bytes, fileName(metadata.title, metadata.contentType), metadata.contentType)}
                >
                  {words.value.document.saveFile}
                </Button>
              </div>
            </>
          )}
        </FromCloud>
      )}
      {!proposes && <Decision contribution={contribution} onDecided={onDecided} />}
    </>
  )
}

/** What follows an approval: what was approved of proposals is in the summary; what another document says can be taken over. */
const Onward = ({ contribution, merged }: { contribution: Contribution; merged: Merged | undefined }) => {
  const { saved, drafted, toDraft } = reviewWords.value
  const { link, toSummary } = offerWords.value
  if (merged === "saved" || merged === "draft")
    return (
      <>
        <p>{merged === "saved" ? saved : drafted}</p>
        <div>
          <LinkButton href="/summary">{merged === "saved" ? toSummary : toDraft}</LinkButton>
        </div>
      </>
    )
  if (merged === "none" || kindOf(contribution.metadata?.contentType ?? "") !== "fhir") return null
  return (
    <div>
      <LinkButton href={`/summary/offers#${contribution.contributionId}`}>{link}</LinkButton>
    </div>
  )
}

const readAll = async (): Promise<readonly Contribution[]> => {
  await lookAtAccesses()
  const { accessTrouble } = await import("../accesses.ts")
  if (contributions.value === undefined) throw accessTrouble.value
  return contributions.value
}

export const Reviews = () => {
  const { review: says } = words.value
  return (
    <Screen title={says.title} lead={says.lead}>
      <FromCloud read={readAll}>
        {() => {
          const all = (contributions.value ?? []).toSorted((a, b) => b.contributedAt.localeCompare(a.contributedAt))
          const waiting = all.filter(({ status }) => status === "pending")
          const missing = all.filter(({ status }) => status === "unlisted")
          const decided = all.filter(({ status }) => status === "approved" || status === "rejected")
          return (
            <>
              <section class="panel" aria-labelledby="waiting">
                <h2 id="waiting">{says.waiting}</h2>
                {waiting.length === 0 ? (
                  <p>{says.none}</p>
                ) : (
                  <ul class="list">
                    {waiting.map((each) => (
                      <li key={each.contributionId}>
                        <a class="list-link" href={`/review/one#${each.contributionId}`}>
                          <span class="list-link-title">{each.metadata?.title ?? words.value.record.unreadable}</span>
                          <span class="small muted">
                            <ByWhom contribution={each} />
                          </span>
                        </a>
                      </li>
                    ))}
                  </ul>
                )}
              </section>
              {missing.length > 0 && (
                <Banner tone="warn" title={says.missing}>
                  <p>{says.missingText}</p>
                  <ul>
                    {missing.map((each) => (
                      <li key={each.contributionId}>
                        <ByWhom contribution={each} />
                      </li>
                    ))}
                  </ul>
                </Banner>
              )}
              {decided.length > 0 && (
                <section class="panel" aria-labelledby="decided">
                  <h2 id="decided">{says.decided}</h2>
                  <ul class="list">
                    {decided.map((each) => (
                      <li key={each.contributionId} class="row row-between">
                        <span>
                          {each.metadata?.title ?? words.value.record.unreadable}{" "}
                          <span class="small muted">
                            <ByWhom contribution={each} />
                          </span>
                        </span>
                        <span class={each.status === "approved" ? "badge badge-good" : "badge"}>
                          {says.statuses[each.status]}
                        </span>
                      </li>
                    ))}
                  </ul>
                </section>
              )}
            </>
          )
        }}
      </FromCloud>
    </Screen>
  )
}

export const ReviewOne = () => {
  const { review: says } = words.value
  const { back } = sharedWords.value
  const fragment = useFragment()
  const [done, setDone] = useState<"approved" | "rejected">()
  const [merged, setMerged] = useState<Merged>()
  return (
    <FromCloud read={readAll}>
      {() => {
        const contribution = contributions.value?.find(({ contributionId }) => contributionId === fragment)
        if (contribution === undefined) return <Screen title={says.gone}>{null}</Screen>
        const { status } = contribution
        if (status === "unlisted") return <Screen title={says.missing}>{says.missingText}</Screen>
        const decided = done ?? (status === "pending" ? undefined : status)
        return (
          // Decided, it is another screen: what had the focus is gone.
          <Screen
            key={`${fragment} ${decided ?? ""}`}
            title={contribution.metadata?.title ?? words.value.record.unreadable}
            actions={<LinkButton href="/review">{back}</LinkButton>}
          >
            {decided === undefined ? (
              <Reviewed
                contribution={contribution}
                onMerged={setMerged}
                onDecided={() => {
                  const look = async () => {
                    await lookAtAccesses()
                    const now = contributions.value?.find(({ contributionId }) => contributionId === fragment)
                    if (now?.status === "approved" || now?.status === "rejected") setDone(now.status)
                  }
                  void look()
                }}
              />
            ) : (
              <Banner tone={decided === "approved" ? "good" : "note"} alert>
                <p>{decided === "approved" ? says.approved : says.rejected}</p>
                {decided === "approved" && <Onward contribution={contribution} merged={merged} />}
              </Banner>
            )}
          </Screen>
        )
      }}
    </FromCloud>
  )
}
