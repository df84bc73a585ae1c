import { useEffect, useState } from "preact/hooks"
import { useLocation } from "preact-iso"
import { Button, LinkButton } from "../../shared/parts/Button.tsx"
import { ConfirmDialog } from "../../shared/parts/ConfirmDialog.tsx"
import { Screen } from "../../shared/parts/Frame.tsx"
import { useDeed } from "../../shared/use-deed.ts"
import { leaveDevice } from "../account-actions.ts"
import { askToKeep } from "../device.ts"
import { outgoing } from "../outbox.ts"
import { account, session } from "../state.ts"
import { words } from "../words/words.ts"

export const Account = () => {
  const { account: says } = words.value
  const { route } = useLocation()
  const [asking, setAsking] = useState(false)
  const [persisted, setPersisted] = useState<boolean>()
  const { busy, error, run } = useDeed()
  useEffect(() => {
    const ask = async () => setPersisted(await askToKeep())
    void ask()
  }, [])
  const waiting = outgoing.value.length
  const cloud = account.value?.cloud
  return (
    <Screen title={says.title} narrow>
      <section class="panel" aria-labelledby="consents-link">
        <h2 id="consents-link">{says.consents}</h2>
        <p class="muted">{says.consentsHint}</p>
        <div>
          <LinkButton href="/consents">{says.consents}</LinkButton>
        </div>
      </section>
      <section class="panel" aria-labelledby="device">
        <h2 id="device">{says.device}</h2>
        <p class="row">
          <span class={session.value === undefined ? "badge badge-warn" : "badge badge-good"}>
            {session.value === undefined ? says.signedOut : says.signedIn}
          </span>
        </p>
        {persisted !== undefined && <p class="small muted">{persisted ? says.persisted : says.notPersisted}</p>}
        <div class="row">
          {session.value !== undefined && (
            <Button aria-describedby="sign-out-hint" onClick={() => (session.value = undefined)}>
              {says.signOut}
            </Button>
          )}
          <Button onClick={() => setAsking(true)}>{says.leave}</Button>
        </div>
        <p class="small muted" id="sign-out-hint">
          {says.signOutHint}
        </p>
      </section>
      <section class="panel" aria-labelledby="devices">
        <h2 id="devices">{says.devices}</h2>
        <p class="muted">{says.devicesHint}</p>
        <div>
          <LinkButton href="/devices">{says.devices}</LinkButton>
        </div>
      </section>
      {cloud !== undefined && (
        <section class="panel" aria-labelledby="provider">
          <h2 id="provider">{says.provider}</h2>
          <p>{cloud.name}</p>
          <p class="mono muted">{cloud.cloudId}</p>
        </section>
      )}
      <section class="panel" aria-labelledby="deactivate">
        <h2 id="deactivate">{says.deactivate}</h2>
        <p class="muted">{says.deactivateHint}</p>
        <div>
          <LinkButton href="/deactivate">{says.deactivate}</LinkButton>
        </div>
      </section>
      <ConfirmDialog
        open={asking}
        title={says.leaveTitle}
        confirm={says.leaveConfirm}
        busy={busy}
        error={error}
        onConfirm={() =>
          run(async () => {
            await leaveDevice()
            route("/")
          })
        }
        onClose={() => setAsking(false)}
      >
        <p>{says.leaveText}</p>
        {waiting > 0 && <p class="strong">{says.leaveWaiting(waiting)}</p>}
      </ConfirmDialog>
    </Screen>
  )
}
