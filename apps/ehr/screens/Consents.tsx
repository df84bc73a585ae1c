import { useState } from "preact/hooks"
import * as z from "zod/mini"
import { narrativeLines } from "../../../fhir/narrative.ts"
import { consentKinds } from "../../../protocol/primitives.ts"
import { type Consent, getConsent, revokeConsent, signConsent } from "../../../sdk/patient/consents.ts"
import { TroubleBanner } from "../../shared/parts/Banner.tsx"
import { Button, LinkButton } from "../../shared/parts/Button.tsx"
import { ConfirmDialog } from "../../shared/parts/ConfirmDialog.tsx"
import { Screen } from "../../shared/parts/Frame.tsx"
import { useDeed } from "../../shared/use-deed.ts"
import { consentStates } from "../consents.ts"
import { FromCloud } from "../NeedsCloud.tsx"
import { account, changeAccount, inCloud } from "../state.ts"
import { words } from "../words/words.ts"

const narrative = z.object({ text: z.object({ div: z.string() }) })

/** The words of the document that is signed, as the provider wrote them. */
const wordsOf = ({ document }: Consent): string[] => {
  const parsed = z.safeParse(narrative, document)
  return parsed.success ? narrativeLines(parsed.data.text.div) : [JSON.stringify(document)]
}

const ConsentPanel = ({ consent, onChange }: { consent: Consent; onChange: () => void }) => {
  const { consents: says } = words.value
  const { kind, status, statement, receipt } = consent
  const { title, plain, without, withdrawn } = says.kinds[kind]
  const [asking, setAsking] = useState(false)
  const { busy, error, run } = useDeed()
  const act = (sign: boolean) =>
    run(async () => {
      await inCloud((by) => (sign ? signConsent(by, consent) : revokeConsent(by, consent)))
      setAsking(false)
      onChange()
    })
  return (
    <section class="panel" aria-label={title}>
      <div class="row row-between">
        <h2>{title}</h2>
        <span class={status === "active" ? "badge badge-good" : "badge badge-warn"}>{says.states[status]}</span>
      </div>
      <p>{plain}</p>
      {status === "unsettled" ? (
        <p class="strong">{says.unsettled}</p>
      ) : (
        <p class="muted">{status === "inactive" ? withdrawn : without}</p>
      )}
      <details>
        <summary>{says.text}</summary>
        <blockquote class="stack stack-s" lang="en">
          {wordsOf(consent).map((line, i) => (
            <p key={i}>{line}</p>
          ))}
        </blockquote>
      </details>
      {statement !== undefined && receipt !== undefined && (
        <p class="small">
          {says.yours}: {says.valid} · {says.theirs}: {says.valid}
        </p>
      )}
      <TroubleBanner error={error} />
      <div class="row">
        {status !== "active" && (
          <Button look="main" busy={busy} onClick={() => act(true)} aria-label={`${says.sign}: ${title}`}>
            {says.sign}
          </Button>
        )}
        {(status === "active" || status === "unsettled") && (
          <Button onClick={() => setAsking(true)} aria-label={`${says.withdraw}: ${title}`}>
            {says.withdraw}
          </Button>
        )}
      </div>
      <ConfirmDialog
        open={asking}
        title={says.withdrawTitle}
        confirm={says.withdraw}
        busy={busy}
        onConfirm={() => act(false)}
        onClose={() => setAsking(false)}
      >
        <p class="strong">{title}</p>
        <p>{without}</p>
      </ConfirmDialog>
    </section>
  )
}

const readConsents = async (): Promise<Consent[]> => {
  const consents: Consent[] = []
  for (const kind of consentKinds) consents.push(await inCloud((by) => getConsent(by, kind)))
  consentStates.value = Object.fromEntries(consents.map(({ kind, status }) => [kind, status]))
  if (account.value?.stage === "consents" && consents.every(({ status }) => status === "active"))
    await changeAccount({ stage: "done" })
  return consents
}

export const Consents = () => {
  const { consents: says } = words.value
  return (
    <Screen title={says.title} lead={says.lead} narrow>
      <FromCloud read={readConsents}>
        {(consents, reload) => (
          <>
            {consents.map((consent) => (
              <ConsentPanel key={consent.kind} consent={consent} onChange={reload} />
            ))}
            <div>
              <LinkButton look={consents.every(({ status }) => status === "active") ? "main" : "normal"} href="/record">
                {says.go}
              </LinkButton>
            </div>
          </>
        )}
      </FromCloud>
    </Screen>
  )
}
