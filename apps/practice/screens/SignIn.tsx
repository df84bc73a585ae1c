import { useState } from "preact/hooks"
import { online } from "../../shared/online.ts"
import { TroubleBanner } from "../../shared/parts/Banner.tsx"
import { Button } from "../../shared/parts/Button.tsx"
import { ConfirmDialog } from "../../shared/parts/ConfirmDialog.tsx"
import { Screen } from "../../shared/parts/Frame.tsx"
import { useDeed } from "../../shared/use-deed.ts"
import { leaveDevice, openOffline } from "../account-actions.ts"
import { SignInForm } from "../parts/SignInForm.tsx"
import { unreachable } from "../state.ts"
import { words } from "../words/words.ts"

/** Takes all that this device keeps of the practice from it, once that was confirmed. */
export const Leave = () => {
  const { signIn: says } = words.value
  const [asking, setAsking] = useState(false)
  const { busy, error, run } = useDeed()
  return (
    <div>
      <Button look="plain" onClick={() => setAsking(true)}>
        {says.leave}
      </Button>
      <ConfirmDialog
        open={asking}
        title={says.leaveTitle}
        confirm={says.leave}
        busy={busy}
        error={error}
        onConfirm={() => run(leaveDevice)}
        onClose={() => setAsking(false)}
      >
        <p>{says.leaveText}</p>
      </ConfirmDialog>
    </div>
  )
}

/** Where there is no network: who the patients are, as this device last knew it. */
const Offline = () => {
  const { signIn: says } = words.value
  const [isNone, setNone] = useState(false)
  const { busy, error, run } = useDeed()
  return (
    <div class="panel">
      <p>{isNone ? says.keptNone : says.keptText}</p>
      <TroubleBanner error={error} />
      <div>
        <Button busy={busy} onClick={() => run(async () => setNone(!(await openOffline())))}>
          {says.openKept}
        </Button>
      </div>
    </div>
  )
}

/** Before anything of the practice is on the screen. */
export const SignIn = () => {
  const { signIn: says } = words.value
  return (
    <Screen title={says.title} lead={says.lead} narrow>
      <div class="panel">
        <SignInForm />
      </div>
      {(!online.value || unreachable.value) && <Offline />}
      <Leave />
    </Screen>
  )
}
