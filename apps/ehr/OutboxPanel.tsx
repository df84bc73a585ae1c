import { useRef, useState } from "preact/hooks"
import { formatBytes } from "../shared/format.ts"
import { online } from "../shared/online.ts"
import { TroubleBanner } from "../shared/parts/Banner.tsx"
import { Button } from "../shared/parts/Button.tsx"
import { ConfirmDialog } from "../shared/parts/ConfirmDialog.tsx"
import { Progress } from "../shared/parts/Progress.tsx"
import { sharedWords } from "../shared/words/shared.ts"
import { chooseFile, giveUp, type Outgoing, outgoing, retry } from "./outbox.ts"
import { session, unreachable } from "./state.ts"
import { words } from "./words/words.ts"

const Entry = ({ entry }: { entry: Outgoing }) => {
  const { outbox: says } = words.value
  const { categories } = sharedWords.value
  const [asking, setAsking] = useState(false)
  const file = useRef<HTMLInputElement>(null)
  const { id, title, category, size, phase, progress, error } = entry
  const why =
    !online.value || unreachable.value
      ? says.waitingOffline
      : session.value === undefined
        ? says.waitingSignIn
        : says.waiting
  return (
    <li class="stack stack-s">
      <div class="row row-between">
        <p>
          <span class="strong">{title}</span>{" "}
          <span class="small muted">
            {categories[category]} · {formatBytes(size)}
          </span>
        </p>
        <Button look="plain" onClick={() => setAsking(true)} aria-label={`${says.remove}: ${title}`}>
          {says.remove}
        </Button>
      </div>
      {phase === "waiting" && <p class="small muted">{why}</p>}
      {phase === "sending" && (
        <>
          <Progress
            label={`${says.sending}: ${title}`}
            bytes={progress?.bytes ?? 0}
            total={progress?.total ?? size}
            secondsLeft={progress?.secondsLeft}
          />
          {progress !== undefined && progress.rate > 0 && (
            <p class="small muted">{says.speed(formatBytes(progress.rate))}</p>
          )}
        </>
      )}
      {phase === "failed" && <TroubleBanner error={error} retry={() => retry(id)} />}
      {phase === "needs-file" && (
        <div class="row">
          <p class="small">{says.needsFile}</p>
          <Button onClick={() => file.current?.click()}>{says.chooseFile}</Button>
          <input
            ref={file}
            type="file"
            class="hidden-visually"
            tabIndex={-1}
            aria-hidden="true"
            onChange={({ currentTarget }) => {
              const [chosen] = currentTarget.files ?? []
              if (chosen !== undefined) chooseFile(id, chosen)
            }}
          />
        </div>
      )}
      <ConfirmDialog
        open={asking}
        title={says.removeTitle}
        confirm={says.remove}
        onConfirm={() => void giveUp(id)}
        onClose={() => setAsking(false)}
      >
        <p>{says.removeText}</p>
      </ConfirmDialog>
    </li>
  )
}

/** What is on its way, where there is something. */
export const Outbox = () =>
  outgoing.value.length === 0 ? null : (
    <section class="panel" aria-labelledby="outbox">
      <h2 id="outbox">{words.value.outbox.title}</h2>
      <ul class="list">
        {outgoing.value.map((entry) => (
          <Entry key={entry.id} entry={entry} />
        ))}
      </ul>
    </section>
  )
