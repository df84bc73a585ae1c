import { useState } from "preact/hooks"
import { formatDate } from "../../shared/format.ts"
import { Banner } from "../../shared/parts/Banner.tsx"
import { Button } from "../../shared/parts/Button.tsx"
import { ConfirmDialog } from "../../shared/parts/ConfirmDialog.tsx"
import { sharedWords } from "../../shared/words/shared.ts"
import { type HeldCertificate, removeCertificate } from "../certificate-store.ts"
import { certificate, notKept, removed } from "../state.ts"
import { certificateWords } from "../words/certificate.ts"
import { words } from "../words/words.ts"

export const professionOf = ({ facts }: HeldCertificate): string => {
  const { professions, unknownProfession } = sharedWords.value
  if (facts.profession !== undefined) return professions[facts.profession]
  return facts.professionNames.join(", ") || unknownProfession
}

const Removal = ({ open, onClose }: { open: boolean; onClose: () => void }) => {
  const { certificate: own } = words.value
  const [error, setError] = useState<unknown>()
  const remove = async () => {
    try {
      // Where nothing is kept, nothing needs to be deleted.
      if (!notKept.value) await removeCertificate()
      removed.value = "wanted"
      certificate.value = "none"
    } catch (kept) {
      setError(kept)
    }
  }
  return (
    <ConfirmDialog
      open={open}
      title={own.removeTitle}
      confirm={own.remove}
      error={error}
      onConfirm={() => void remove()}
      onClose={onClose}
    >
      <p>{own.removeText}</p>
    </ConfirmDialog>
  )
}

const day = 24 * 60 * 60 * 1000
/** Getting another certificate takes weeks. */
const soonDays = 30

/** Whose certificate this device uses. */
export const CertificatePanel = ({ held }: { held: HeldCertificate }) => {
  const [removing, setRemoving] = useState(false)
  const { certificate: own } = words.value
  const { endsSoon, ask, noPin } = certificateWords.value
  const { name, issuer, notBefore, notAfter } = held.facts
  const now = Date.now()
  const left = Math.ceil((notAfter.getTime() - now) / day)
  return (
    <section class="panel" aria-label={own.title}>
      <h2>{own.title}</h2>
      {now > notAfter.getTime() && (
        <Banner tone="bad">
          <p>{own.expired}</p>
        </Banner>
      )}
      {left > 0 && left <= soonDays && (
        <Banner tone="warn">
          <p>{endsSoon(left, formatDate(notAfter.getTime()))}</p>
          <p>{ask(issuer)}</p>
        </Banner>
      )}
      {now < notBefore.getTime() && (
        <Banner tone="bad">
          <p>{own.notYet}</p>
        </Banner>
      )}
      {held.locked === undefined && !notKept.value && <p>{noPin}</p>}
      {notKept.value && (
        <Banner tone="warn">
          <p>{own.notKept}</p>
        </Banner>
      )}
      <dl class="facts">
        <div>
          <dt>{own.holder}</dt>
          <dd class="strong">{name ?? own.noName}</dd>
        </div>
        <div>
          <dt>{own.profession}</dt>
          <dd>{professionOf(held)}</dd>
        </div>
        {issuer !== undefined && (
          <div>
            <dt>{own.issuer}</dt>
            <dd>{issuer}</dd>
          </div>
        )}
        <div>
          <dt>{own.validity}</dt>
          <dd>{own.between(formatDate(notBefore.getTime()), formatDate(notAfter.getTime()))}</dd>
        </div>
      </dl>
      <div>
        <Button onClick={() => setRemoving(true)}>{own.remove}</Button>
      </div>
      <Removal open={removing} onClose={() => setRemoving(false)} />
    </section>
  )
}

/** What is wrong with the certificate stays so however often it is tried: what it means, and who can help. Nothing for any other code. */
export const CertificateRefused = ({ code, held }: { code: string; held: HeldCertificate }) => {
  const { refusals, ask } = certificateWords.value
  const means = new Map<string, string>(Object.entries(refusals)).get(code)
  return means === undefined ? null : (
    <Banner tone="warn">
      <p>{means}</p>
      <p>{ask(held.facts.issuer)}</p>
    </Banner>
  )
}
