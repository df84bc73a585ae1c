import { useState } from "preact/hooks"
import { endSigner, type ListedSigner, listSigners } from "../../../sdk/patient/signers.ts"
import { formatMoment } from "../../shared/format.ts"
import { Button, LinkButton } from "../../shared/parts/Button.tsx"
import { ConfirmDialog } from "../../shared/parts/ConfirmDialog.tsx"
import { Screen } from "../../shared/parts/Frame.tsx"
import { useDeed } from "../../shared/use-deed.ts"
import { FromCloud } from "../NeedsCloud.tsx"
import { inCloud } from "../state.ts"
import { words } from "../words/words.ts"

const looks = { active: "badge badge-good", ending: "badge badge-warn", ended: "badge" } as const

/** Enough of a thumbprint to tell one's devices apart. */
const codeOf = ({ signerId }: ListedSigner): string => signerId.slice(0, 8)

const Device = ({ device, onEnded }: { device: ListedSigner; onEnded: () => void }) => {
  const { devices: says } = words.value
  const [asking, setAsking] = useState(false)
  const { busy, error, run } = useDeed()
  const code = codeOf(device)
  const name = says.name(code)
  const end = () =>
    run(async () => {
      await inCloud((by) => endSigner(by, device.signerId))
      setAsking(false)
      onEnded()
    })
  return (
    <section class="panel" aria-label={name}>
      <div class="row row-between">
        <h2>{name}</h2>
        <span class={looks[device.status]}>{device.isThisDevice ? says.thisDevice : says.states[device.status]}</span>
      </div>
      <p class="muted">{says.since(formatMoment(device.since * 1000))}</p>
      {!device.isThisDevice && device.status !== "ended" && (
        <div>
          <Button onClick={() => setAsking(true)} aria-label={`${says.end}: ${name}`}>
            {says.end}
          </Button>
        </div>
      )}
      <ConfirmDialog
        open={asking}
        title={says.endTitle(code)}
        confirm={says.endConfirm}
        busy={busy}
        error={error}
        onConfirm={end}
        onClose={() => setAsking(false)}
      >
        <p>{says.endText}</p>
        <p class="strong">{says.endCards}</p>
      </ConfirmDialog>
    </section>
  )
}

/** The devices that sign for the patient, by which they end one that was lost. */
export const Devices = () => {
  const { devices: says } = words.value
  const [ended, setEnded] = useState(false)
  return (
    <Screen title={says.title} lead={says.lead} narrow>
      <FromCloud read={() => inCloud(listSigners)}>
        {(devices, reload) => (
          <>
            {ended && (
              <div class="panel" role="status">
                <p>{says.done}</p>
                <div>
                  <LinkButton look="main" href="/card">
                    {words.value.places.card}
                  </LinkButton>
                </div>
              </div>
            )}
            {devices.map((device) => (
              <Device
                key={device.signerId}
                device={device}
                onEnded={() => {
                  setEnded(true)
                  reload()
                }}
              />
            ))}
            <p class="small muted">{says.byPhrase}</p>
          </>
        )}
      </FromCloud>
    </Screen>
  )
}
