import { useRef, useState } from "preact/hooks"
import { formatBytes } from "../../shared/format.ts"
import { Banner, TroubleBanner } from "../../shared/parts/Banner.tsx"
import { Button } from "../../shared/parts/Button.tsx"
import { Screen } from "../../shared/parts/Frame.tsx"
import { Icon } from "../../shared/parts/Icon.tsx"
import { sharedWords } from "../../shared/words/shared.ts"
import { type HeldCertificate, keepCertificate } from "../certificate-store.ts"
import { SecretField } from "../parts/SecretField.tsx"
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
  const [{ readPkcs12 }, { readCertificateFacts }] = await Promise.all([
    import("../../../sdk/hcp/pkcs12.ts"),
    import("../../../sdk/hcp/certificate.ts"),
  ])
  const extractable = pin !== ""
  const reading = await readPkcs12(new Uint8Array(await file.arrayBuffer()), password, { extractable })
  if (reading.outcome !== "ok") return reading
  const { credential } = reading
  const [own] = credential.chain
  const facts = own === undefined ? undefined : readCertificateFacts(own)
  if (facts === undefined) return { outcome: "unreadable" } as const
  const held = extractable ? await withPin({ credential, facts }, pin) : { credential, facts }
  const kept = await keepCertificate(held).then(
    () => true,
    () => false,
  )
  return { outcome: "ok", held, kept } as const
}

export const CertificateForm = () => {
  const picker = useRef<HTMLInputElement>(null)
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
        <div class="field">
          <p class="strong" id="certificate-file">
            {own.file}
          </p>
          <p class="field-hint" id="certificate-file-hint">
            {own.fileHint}
          </p>
          <div class="row">
            <Button
              aria-label={own.choose}
              aria-describedby="certificate-file-hint certificate-file-chosen"
              onClick={() => picker.current?.click()}
            >
              <Icon name="lock" />
              {own.choose}
            </Button>
            <span id="certificate-file-chosen" role="status">
              {file !== undefined && `${own.chosen(file.name)} (${formatBytes(file.size)})`}
            </span>
          </div>
          <input
            ref={picker}
            type="file"
            accept=".p12,.pfx,application/x-pkcs12"
            class="hidden-visually"
            tabIndex={-1}
            aria-label={own.file}
            onChange={({ currentTarget }) => {
              const [chosen] = currentTarget.files ?? []
              currentTarget.value = ""
              if (chosen === undefined) return
              setFile(chosen)
              setFault(undefined)
            }}
          />
          {fault !== undefined && (
            <p class="field-fault" role="alert">
              {fault}
            </p>
          )}
        </div>
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
