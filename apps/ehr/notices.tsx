import { useEffect, useState } from "preact/hooks"
import { useLocation } from "preact-iso"
import type { Grant } from "../../sdk/patient/grants.ts"
import { formatList, formatTime } from "../shared/format.ts"
import { online } from "../shared/online.ts"
import { Banner, TroubleBanner } from "../shared/parts/Banner.tsx"
import { Button } from "../shared/parts/Button.tsx"
import { Dialog } from "../shared/parts/Dialog.tsx"
import { troubleOf } from "../shared/problem.ts"
import { sharedWords } from "../shared/words/shared.ts"
import { accessTrouble, halt, halted, running } from "./accesses.ts"
import { replaceUsedCard } from "./card-actions.ts"
import { SignInForm } from "./SignInForm.tsx"
import { account, begunAnew, session, settled, unreachable } from "./state.ts"
import { beginSync } from "./sync.ts"
import { useDeed } from "./useCloud.ts"
import { Who } from "./Who.tsx"
import { words } from "./words/words.ts"

type Running = (typeof running.value)[number]

const RunningAccess = ({ grant }: { grant: Running }) => {
  const { running: says } = words.value
  const { categories, cancel } = sharedWords.value
  const [asking, setAsking] = useState(false)
  const { busy, error, run } = useDeed()
  const { profession, professional, grantedAt, expiresAt, categories: opened } = grant
  return (
    <div class="row row-between">
      <div>
        <p>
          <Who profession={profession} professional={professional} />
          {says.between(formatTime(grantedAt), formatTime(expiresAt ?? grantedAt))}
        </p>
        <p class="small">{says.opens(formatList(opened.map((category) => categories[category])))}</p>
      </div>
      <Button look="danger" onClick={() => setAsking(true)}>
        {says.halt}
      </Button>
      <Dialog open={asking} title={says.haltTitle} onClose={() => setAsking(false)}>
        <p>{says.haltText}</p>
        <TroubleBanner error={error} />
        <div class="dialog-actions">
          <Button onClick={() => setAsking(false)}>{cancel}</Button>
          <Button look="danger" busy={busy} onClick={() => run(() => halt(grant))}>
            {says.haltConfirm}
          </Button>
        </div>
      </Dialog>
    </div>
  )
}

/** What was ended; whoever used the card has its secret, so that it is offered to replace it. */
const HaltedAccess = ({ grant: { cardId } }: { grant: Grant }) => {
  const { running: says } = words.value
  const { route } = useLocation()
  const { busy, error, run } = useDeed()
  const close = () => {
    halted.value = undefined
  }
  return (
    <Banner tone="good" alert>
      <p>{says.halted}</p>
      <p>{says.replaceText}</p>
      <TroubleBanner error={error} />
      <div class="row">
        <Button onClick={close}>{sharedWords.value.close}</Button>
        {cardId !== undefined && (
          <Button
            busy={busy}
            onClick={() =>
              run(async () => {
                await replaceUsedCard(cardId)
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
  const told = running.value.length > 0 || halted.value !== undefined || begunAnew.value
  if (!told && !broken && !offline && session.value !== undefined) return null
  return (
    <div class="stack no-print">
      {running.value.length > 0 && (
        <Banner tone="bad" title={words.value.running.title} alert>
          {running.value.map((grant) => (
            <RunningAccess key={grant.grantId} grant={grant} />
          ))}
        </Banner>
      )}
      {halted.value && <HaltedAccess grant={halted.value} />}
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
