import type { ComponentChildren } from "preact"
import { formatDuration, formatPercent } from "../format.ts"
import { sharedWords } from "../words/shared.ts"

/** `secondsLeft`: where it can be said. The bar is named by `label`; its numbers are text too. */
export const Progress = ({
  label,
  bytes,
  total,
  secondsLeft,
}: {
  label: string
  bytes: number
  total: number
  secondsLeft?: number | undefined
}) => {
  const share = total === 0 ? 1 : Math.min(bytes / total, 1)
  const left = secondsLeft === undefined || share === 1 ? undefined : formatDuration(secondsLeft)
  return (
    <div class="stack stack-s">
      <progress class="bar" aria-label={label} value={share} max={1} />
      <p class="small muted">{sharedWords.value.progress(formatPercent(share), left)}</p>
    </div>
  )
}

/** Something is on its way, and takes as long as it takes. */
export const Busy = ({ children }: { children: ComponentChildren }) => (
  <p class="row muted" role="status">
    <span class="spinner" aria-hidden="true" />
    {children}
  </p>
)

export const Loading = () => <Busy>{sharedWords.value.loading}</Busy>
