import { useState } from "preact/hooks"
import { TroubleBanner } from "../../shared/parts/Banner.tsx"
import { Button } from "../../shared/parts/Button.tsx"
import { Screen } from "../../shared/parts/Frame.tsx"
import { SecretField } from "../../shared/parts/SecretField.tsx"
import type { LockedCertificate } from "../certificate-store.ts"
import { certificate, leave, removed, unlocked } from "../state.ts"
import { unlock } from "../unlock.ts"
import { pinWords } from "../words/pin.ts"

/** Asks for the PIN that opens the certificate's key. */
export const UnlockForm = ({ locked }: { locked: LockedCertificate }) => {
  const { locked: lockedFor, label, unlock: unlockLabel, missing, wrong } = pinWords.value
  const [pin, setPin] = useState("")
  const [busy, setBusy] = useState(false)
  const [fault, setFault] = useState<string>()
  const [error, setError] = useState<unknown>()
  const submit = async () => {
    setBusy(true)
    setError(undefined)
    try {
      const opened = await unlock(locked, pin)
      setPin("")
      if (opened.outcome === "ok") unlocked(opened.held)
      else if (opened.outcome === "wrong") setFault(wrong(opened.left))
      else {
        leave("closed")
        removed.value = "wrong-pin"
        certificate.value = "none"
      }
    } catch (unexpected) {
      setError(unexpected)
    } finally {
      setBusy(false)
    }
  }
  return (
    <form
      class="panel"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        if (pin === "") setFault(missing)
        else if (!busy) void submit()
      }}
    >
      <p>{lockedFor(locked.facts.name)}</p>
      <TroubleBanner error={error} />
      <SecretField
        label={label}
        value={pin}
        onValue={(typed) => {
          setPin(typed)
          setFault(undefined)
        }}
        fault={fault}
      />
      <div>
        <Button type="submit" look="main" busy={busy}>
          {unlockLabel}
        </Button>
      </div>
    </form>
  )
}

export const Unlock = ({ locked }: { locked: LockedCertificate }) => {
  const { title, lead } = pinWords.value
  return (
    <Screen title={title} lead={lead} narrow>
      <UnlockForm locked={locked} />
    </Screen>
  )
}
