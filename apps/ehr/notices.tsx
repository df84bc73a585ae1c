import { useEffect, useState } from "preact/hooks"
import { useLocation } from "preact-iso"
import type { Grant } from "../../sdk/patient/grants.ts"
import { formatList, formatTime } from "../shared/format.ts"
import { online } from "../shared/online.ts"
import { Banner, TroubleBanner } from "../shared/parts/Banner.tsx"
import { Button } from "../shared/parts/Button.tsx"
import { ConfirmDialog } from "../shared/parts/ConfirmDialog.tsx"
import { Dialog } from "../shared/parts/Dialog.tsx"
import { troubleOf } from "../shared/problem.ts"
import { useDeed } from "../shared/use-deed.ts"
import { sharedWords } from "../shared/words/shared.ts"
import { accessTrouble, halt, halted, running } from "./accesses.ts"
import { replaceUsedCard } from "./card-actions.ts"
import { askForName, cardNames } from "./cards/names.ts"
import { SignInForm } from "./SignInForm.tsx"
import { account, begunAnew, session, settled, unreachable } from "./state.ts"
import { beginSync } from "./sync.ts"
import { WaitingEndBanner } from "./WaitingEndBanner.tsx"
import { Who } from "./Who.tsx"
import { waitingEnd } from "./waiting-end.ts"
import { words } from "./words/words.ts"

type Running = (typeof running.value)[number]

const Halting = ({ grants, label }: { grants: readonly Running[]; label: string }) => {
  const { running: says } = words.value
  const [asking, setAsking] = useState(false)
  const { busy, error, run } = useDeed()
  return (
    <>
      <Button look="danger" onClick={() => setAsking(true)}>
        {label}
      </Button>
      <ConfirmDialog
        open={asking}
        title={says.haltTitle(grants.length)}
        confirm={says.haltConfirm}
        busy={busy}
        error={error}
        onConfirm={() => run(() => halt(grants))}
        onClose={() => setAsking(false)}
      >
        <p>{says.haltText}</p>
      </ConfirmDialog>
    </>
  )
}

const RunningAccess = ({ grant, label }: { grant: Running; label: string }) => {
  const { running: says } = words.value
  const { categories } = sharedWords.value
  const { professional, grantedAt, expiresAt, categories: opened, cardId } = grant
  const name = (cardId !== undefined && cardNames.value[cardId]) || ""
  useEffect(() => {
    if (cardId !== undefined) void askForName(cardId)
  }, [cardId])
  return (
    <div class="row row-between">
      <div>
        <p>
          <Who professional={professional} statement={grant.statement} answer={grant.answer} at={grantedAt} />
          {says.between(formatTime(grantedAt), formatTime(expiresAt ?? grantedAt))}
        </p>
        {name !== "" && <p class="small">{says.byCard(name)}</p>}
        <p class="small">{says.opens(formatList(opened.map((category) => categories[category])))}</p>
      </div>
      <Halting grants={[grant]} label={label} />
    </div>
  )
}

/** Several accesses are one notice, with one way to end them all; each alone stands inside. */
const RunningAccesses = ({ grants }: { grants: readonly Running[] }) => {
  const { running: says } = words.value
  const [first] = grants
  if (first === undefined) return null
  return (
    <Banner tone="bad" title={says.title} alert>
      {grants.length === 1 ? (
        <RunningAccess grant={first} label={says.halt} />
      ) : (
        <>
          <div class="row row-between">
            <p>{says.several(grants.length, formatTime(lastEnd(grants)))}</p>
            <Halting grants={grants} label={says.haltAll} />
          </div>
          <details>
            <summary>{says.each}</summary>
            <div class="stack">
              {grants.map((grant) => (
                <RunningAccess key={grant.grantId} grant={grant} label={says.haltThis} />
              ))}
            </div>
          </details>
        </>
      )}
    </Banner>
  )
}

const lastEnd = (grants: readonly Running[]): number =>
  Math.max(...grants.map(({ grantedAt, expiresAt }) => Date.parse(expiresAt ?? grantedAt)))

/** What was ended; whoever used the card has its secret, so that it is offered to replace it. */
const HaltedAccesses = ({ grants }: { grants: readonly Grant[] }) => {
  const { running: says } = words.value
  const { route } = useLocation()
  const { busy, error, run } = useDeed()
  const cards = new Set(grants.flatMap(({ cardId }) => cardId ?? []))
  const close = () => {
    halted.value = []
  }
  return (
    <Banner tone="good" alert>
      <p>{says.halted}</p>
      <p>{says.replaceText}</p>
      <TroubleBanner error={error} />
      <div class="row">
        <Button onClick={close}>{sharedWords.value.close}</Button>
        {cards.size > 0 && (
          <Button
            busy={busy}
            onClick={() =>
              run(async () => {
                for (const cardId of cards) await replaceUsedCard(cardId)
                close()
                route("/card")
              })
            }
          >
            {says.replace}
          </Button>
        )}
      </div>
    </Banner>
  )
}

const SignedOut = () => {
  const { login } = words.value
  const [asking, setAsking] = useState(false)
  return (
    <Banner title={login.signedOutTitle}>
      <p>{login.signedOut}</p>
      <div>
        <Button onClick={() => setAsking(true)}>{login.signIn}</Button>
      </div>
      <Dialog open={asking} title={login.signIn} onClose={() => setAsking(false)}>
        <SignInForm lead={login.signedOut} />
        <div class="dialog-actions">
          <Button onClick={() => setAsking(false)}>{sharedWords.value.cancel}</Button>
        </div>
      </Dialog>
    </Banner>
  )
}

/** Above every screen: a running access first, then what keeps the app from being up to date. */
export const Notices = () => {
  useEffect(() => {
    void beginSync()
  }, [])
  if (account.value === undefined || !settled.value) return null
  const offline = !online.value || unreachable.value
  const trouble = accessTrouble.value
  const broken = trouble !== undefined && troubleOf(trouble).kind === "integrity"
  const end = waitingEnd.value
  const told = running.value.length > 0 || halted.value.length > 0 || begunAnew.value || end !== undefined
  if (!told && !broken && !offline && session.value !== undefined) return null
  return (
    <div class="stack no-print">
      <RunningAccesses grants={running.value} />
      {halted.value.length > 0 && <HaltedAccesses grants={halted.value} />}
      {end !== undefined && <WaitingEndBanner end={end} />}
      {begunAnew.value && (
        <Banner tone="warn" alert>
          <p>{words.value.recover.begunAnew}</p>
          <div>
            <Button
              onClick={() => {
                begunAnew.value = false
              }}
            >
              {sharedWords.value.close}
            </Button>
          </div>
        </Banner>
      )}
      {broken && <TroubleBanner error={trouble} />}
      {offline && (
        <Banner tone="warn">
          <p role="status">{sharedWords.value.offlineBanner}</p>
        </Banner>
      )}
      {session.value === undefined && online.value && <SignedOut />}
    </div>
  )
}
