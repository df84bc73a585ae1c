import type { ComponentChildren } from "preact"
import { useEffect, useMemo, useState } from "preact/hooks"
import { applyProposals } from "../../../fhir/proposals.ts"
import { type ReadProposals, type StandingProposal, standingProposals } from "../../../fhir/read-proposals.ts"
import type { StatedSummary, Statement } from "../../../fhir/stated-summary.ts"
import type { Bytes } from "../../../protocol/crypto/bytes.ts"
import { approveContribution, type Contribution, rejectContribution } from "../../../sdk/patient/contributions.ts"
import { Banner, TroubleBanner } from "../../shared/parts/Banner.tsx"
import { Button, LinkButton } from "../../shared/parts/Button.tsx"
import { ConfirmDialog } from "../../shared/parts/ConfirmDialog.tsx"
import { Loading } from "../../shared/parts/Progress.tsx"
import { today } from "../../shared/stated/form.ts"
import { nameOfItem, ProposalSides } from "../../shared/summary/ProposalSides.tsx"
import { useDeed } from "../../shared/use-deed.ts"
import { language } from "../../shared/words.ts"
import { setConsidered } from "../offers/considered.ts"
import { Choosing } from "../offers/OfferedItem.tsx"
import { AskWhose, OfOther } from "../offers/Whose.tsx"
import { offerWords } from "../offers/words.ts"
import { documents, refresh } from "../record-store.ts"
import { inCloud } from "../state.ts"
import { changeStated, draft, keeping, keepNow } from "../stated/draft.ts"
import { saveStated } from "../stated/save.ts"
import { useDraft } from "../stated/useDraft.ts"
import { type Proposed, readProposed } from "./read.ts"
import { reviewWords } from "./words.ts"

type Readable = Extract<ReadProposals, { outcome: "proposals" }>
type Decisions = ReadonlyMap<string, "taken" | "left">

/** Where what was approved stands now: `none`: nothing was. */
export type Merged = "saved" | "draft" | "none"

const isOpen = ({ state }: StandingProposal): boolean => state === "open" || state === "changed"

const OneProposal = ({
  standing,
  decided,
  by,
  canApprove,
  onDecide,
}: {
  standing: StandingProposal
  decided: "taken" | "left" | undefined
  by: Statement
  canApprove: boolean
  onDecide: (decision: "taken" | "left" | undefined) => void
}) => {
  const says = reviewWords.value
  const { proposal, now, seen, state } = standing
  const { value: spoken } = language
  const name = useMemo(() => nameOfItem(proposal), [proposal, spoken])
  const approving = canApprove ? [[says.approve, () => onDecide("taken")] as const] : []
  return (
    <Choosing
      name={name}
      decided={decided}
      onUndo={() => onDecide(undefined)}
      outcomes={{ taken: says.approved, left: says.rejected }}
      actions={isOpen(standing) ? [...approving, [says.reject, () => onDecide("left")]] : []}
    >
      <h2>{name}</h2>
      {state !== "open" && <p class={state === "changed" ? "strong" : "small"}>{says.states[state]}</p>}
      <ProposalSides proposal={proposal} now={now} seen={state === "changed" ? seen : undefined} by={by} />
    </Choosing>
  )
}

/** Puts what was approved into the summary: saved at once, unless the form held something else that nobody has saved yet. */
const merge = async (approved: readonly StandingProposal[], by: Statement): Promise<Merged> => {
  const current = draft.value
  if (current === undefined || approved.length === 0) return "none"
  const applied = applyProposals(
    current.stated,
    approved.map(({ proposal }) => proposal),
    by,
  )
  if (applied.outcome === "refused") throw new Error("what was approved doesn't fit the summary any more")
  const isAlone = keeping.value === "unchanged" && Object.keys(current.typed).length === 0
  changeStated(() => applied.stated)
  if (isAlone) await saveStated({ confirms: false })
  else await keepNow()
  return isAlone ? "saved" : "draft"
}

const decide = async (contribution: Contribution, approves: boolean): Promise<void> => {
  if (!approves) {
    await inCloud((by) => rejectContribution(by, contribution))
    return
  }
  await inCloud((by) => approveContribution(by, contribution))
  await refresh()
  const kept = documents.value?.find(({ descriptor }) => descriptor.recordId === contribution.contributionId)
  if (kept !== undefined) await setConsidered(kept)
}

const Signing = ({
  contribution,
  standing,
  decisions,
  by,
  onMerged,
  onDecided,
}: {
  contribution: Contribution
  standing: readonly StandingProposal[]
  decisions: Decisions
  by: Statement | undefined
  onMerged: (merged: Merged) => void
  onDecided: () => void
}) => {
  const says = reviewWords.value
  const [asking, setAsking] = useState(false)
  const [merged, setMerged] = useState<Merged>("none")
  const { busy, error, run } = useDeed()
  const decidedAs = (as: "taken" | "left") => [...decisions.values()].filter((decision) => decision === as).length
  const open = standing.filter((each) => isOpen(each) && !decisions.has(each.proposal.item.id)).length
  // What stands in the summary already was approved before this was interrupted.
  const approves = decidedAs("taken") > 0 || standing.some(({ state }) => state === "there")
  const sign = () =>
    run(async () => {
      const approved = standing.filter((each) => isOpen(each) && decisions.get(each.proposal.item.id) === "taken")
      const into = by === undefined ? "none" : await merge(approved, by)
      const result = into === "none" ? merged : into
      setMerged(result)
      // Said before the decision: another look may show that it is made while this one still waits for its answer.
      if (approves) onMerged(result)
      await decide(contribution, approves)
      setAsking(false)
      onDecided()
    })
  return (
    <>
      <p role="status">{says.status(open)}</p>
      <div class="row no-print">
        <Button look="main" disabled={open > 0} onClick={() => setAsking(true)}>
          {says.sign}
        </Button>
      </div>
      <ConfirmDialog
        open={asking}
        title={says.signTitle}
        confirm={says.sign}
        look="main"
        busy={busy}
        error={error}
        onConfirm={sign}
        onClose={() => setAsking(false)}
      >
        <p class="strong">{says.signs(decidedAs("taken"), decidedAs("left"))}</p>
        <p>{approves ? says.signsApproval : says.signsRejection}</p>
      </ConfirmDialog>
    </>
  )
}

const Deciding = ({
  contribution,
  read,
  proposed: { seen, by },
  stated,
  onMerged,
  onDecided,
}: {
  contribution: Contribution
  read: Readable
  proposed: Proposed
  stated: StatedSummary
  onMerged: (merged: Merged) => void
  onDecided: () => void
}) => {
  const says = reviewWords.value
  const [decisions, setDecisions] = useState<Decisions>(new Map())
  const statement: Statement = by ?? { origin: { from: "professional", name: says.unknown }, on: today() }
  const standing = standingProposals(read.proposals, stated, seen, statement)
  return (
    <>
      <p>{says.lead}</p>
      {by === undefined && (
        <Banner tone="bad">
          <p>{says.uncertified}</p>
        </Banner>
      )}
      {read.proposals.length === 0 && <p>{says.none}</p>}
      <ul class="stack">
        {standing.map((each) => {
          const { id } = each.proposal.item
          return (
            <OneProposal
              key={id}
              standing={each}
              decided={decisions.get(id)}
              by={statement}
              canApprove={by !== undefined}
              onDecide={(decision) => {
                const others = [...decisions].filter(([other]) => other !== id)
                setDecisions(new Map(decision === undefined ? others : [...others, [id, decision]]))
              }}
            />
          )
        })}
      </ul>
      {read.unread > 0 && (
        <Banner tone="warn">
          <p>{says.unread(read.unread)}</p>
        </Banner>
      )}
      <Signing
        contribution={contribution}
        standing={standing}
        decisions={decisions}
        by={by}
        onMerged={onMerged}
        onDecided={onDecided}
      />
    </>
  )
}

/** `reject`: what is left to do with what can't be about this patient. */
export interface ReviewProps {
  readonly contribution: Contribution
  readonly bytes: Bytes
  /** What became of what is being approved; then that it is decided. */
  readonly onMerged: (merged: Merged) => void
  readonly onDecided: () => void
  readonly reject: ComponentChildren
}

const Read = ({
  contribution,
  bytes,
  stated,
  onMerged,
  onDecided,
  reject,
}: ReviewProps & { stated: StatedSummary }) => {
  const [proposed, setProposed] = useState<Proposed>()
  const [error, setError] = useState<unknown>()
  const [isMine, setMine] = useState(false)
  useEffect(() => {
    let wanted = true
    readProposed(contribution, bytes, stated).then(
      (found) => wanted && setProposed(found),
      (problem: unknown) => wanted && setError(problem),
    )
    return () => {
      wanted = false
    }
  }, [bytes])
  if (error !== undefined) return <TroubleBanner error={error} />
  if (proposed === undefined) return <Loading />
  const { read } = proposed
  if (read.outcome === "other") return <>{reject}</>
  if (read.outcome === "other-person")
    return (
      <>
        <OfOther says={read.says} stated={stated} />
        {reject}
      </>
    )
  if (!read.isIdentified && !isMine)
    return (
      <>
        <AskWhose says={read.says} stated={stated} onMine={() => setMine(true)} onOther={() => history.back()} />
        {reject}
      </>
    )
  return (
    <Deciding
      contribution={contribution}
      read={read}
      proposed={proposed}
      stated={stated}
      onMerged={onMerged}
      onDecided={onDecided}
    />
  )
}

/** What a professional proposes of the patient's summary, before and after, one by one: nothing of it is taken over unasked. */
export const ProposalReview = (props: ReviewProps) => {
  const { draftFirst, toSummary } = offerWords.value
  const { error } = useDraft()
  const stated = draft.value?.stated
  if (error !== undefined)
    return (
      <>
        <Banner tone="warn">
          <p>{draftFirst}</p>
          <div>
            <LinkButton href="/summary">{toSummary}</LinkButton>
          </div>
        </Banner>
        {props.reject}
      </>
    )
  return stated === undefined ? <Loading /> : <Read {...props} stated={stated} />
}
