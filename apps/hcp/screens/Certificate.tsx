import { useState } from "preact/hooks"
import { CertificateFile } from "../../shared/certificate/CertificateFile.tsx"
import { Banner, TroubleBanner } from "../../shared/parts/Banner.tsx"
import { Button } from "../../shared/parts/Button.tsx"
import { Screen } from "../../shared/parts/Frame.tsx"
import { SecretField } from "../../shared/parts/SecretField.tsx"
import { sharedWords } from "../../shared/words/shared.ts"
import { type HeldCertificate, keepCertificate } from "../certificate-store.ts"
import { notKept, removed, unlocked } from "../state.ts"
import { pinWords } from "../words/pin.ts"
import { words } from "../words/words.ts"

/** The certificate, its key locked by a PIN and opened by it again: the one that can be exported is used for nothing else. */
const withPin = async ({ credential: { privateKey, ...rest }, facts }: HeldCertificate, pin: string) => {
  const { lockKey, unlockKey } = await import("../../../sdk/hcp/pin-lock.ts")
  const lock = await lockKey(privateKey, pin)
  const opened = await unlockKey(lock, pin)
  if (opened === undefined) throw new Error("the key that was locked doesn't open")
  return { credential: { ...rest, privateKey: opened }, facts, locked: { ...rest, facts, lock } }
}

/** Of a PIN or a passphrase, in characters. */
const shortest = 6

/** Opens the file and keeps what it gives; a device that keeps nothing still has it until the page is closed. */
const load = async (file: File, password: string, pin: string) => {
  const extractable = pin !== ""
  const { readCertificateFile } = await import("../../shared/certificate/read-file.ts")
  const reading = await readCertificateFile(file, password, { extractable })
  if (reading.outcome !== "ok") return reading
  const { credential, facts } = reading
  const held = extractable ? await withPin({ credential, facts }, pin) : { credential, facts }
  const kept = await keepCertificate(held).then(
    () => true,
    () => false,
  )
  return { outcome: "ok", held, kept } as const
}

export const CertificateForm = () => {
  const [file, setFile] = useState<File>()
  const [password, setPassword] = useState("")
  const [busy, setBusy] = useState(false)
  const [pin, setPin] = useState("")
  const [repeated, setRepeated] = useState("")
  const [pinFault, setPinFault] = useState<string>()
  const [fault, setFault] = useState<string>()
  const [passwordFault, setPasswordFault] = useState<string>()
  const [error, setError] = useState<unknown>()
  const { certificate: own } = words.value
  const { choose, hint, repeat, short, differs, removed: removedByPin } = pinWords.value
  const { codes } = sharedWords.value

  const submit = async () => {
    setError(undefined)
    setFault(undefined)
    setPasswordFault(undefined)
    if (file === undefined) {
      setFault(own.noFile)
      return
    }
    if (pin !== "" && (pin.length < shortest || pin !== repeated)) {
      setPinFault(pin.length < shortest ? short(shortest) : differs)
      return
    }
    setBusy(true)
    try {
      const loaded = await load(file, password, pin)
      if (loaded.outcome === "ok") {
        setPassword("")
        setPin("")
        setRepeated("")
        notKept.value = !loaded.kept
        removed.value = undefined
        unlocked(loaded.held)
      } else if (loaded.outcome === "credential-password-wrong") setPasswordFault(codes[loaded.outcome])
      else setFault(loaded.outcome === "unreadable" ? own.unreadable : codes[loaded.outcome])
    } catch (unexpected) {
      setError(unexpected)
    } finally {
      setBusy(false)
    }
  }

  return (
    <Screen title={own.title} lead={own.lead} narrow>
      {removed.value !== undefined && (
        <Banner tone={removed.value === "wanted" ? "good" : "warn"} alert>
          <p>{removed.value === "wanted" ? own.removed : removedByPin}</p>
        </Banner>
      )}
      <TroubleBanner error={error} />
      <form
        class="panel"
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          if (!busy) void submit()
        }}
      >
        <CertificateFile
          says={own}
          file={file}
          fault={fault}
          onFile={(chosen) => {
            setFile(chosen)
            setFault(undefined)
          }}
        />
        <SecretField
          label={own.password}
          value={password}
          onValue={(typed) => {
            setPassword(typed)
            setPasswordFault(undefined)
          }}
          fault={passwordFault}
        />
        <SecretField
          label={choose}
          hint={hint}
          value={pin}
          onValue={(typed) => {
            setPin(typed)
            setPinFault(undefined)
          }}
          fault={pinFault}
        />
        {pin !== "" && (
          <SecretField
            label={repeat}
            value={repeated}
            onValue={(typed) => {
              setRepeated(typed)
              setPinFault(undefined)
            }}
          />
        )}
        <div>
          <Button type="submit" look="main" busy={busy}>
            {own.load}
          </Button>
        </div>
      </form>
    </Screen>
  )
}
