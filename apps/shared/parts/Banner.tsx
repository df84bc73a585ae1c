import type { ComponentChildren } from "preact"
import { troubleOf } from "../problem.ts"
import { sharedWords } from "../words/shared.ts"
import { Button } from "./Button.tsx"

export type Tone = "note" | "good" | "warn" | "bad"

/** `alert`: announced at once, because it came up while somebody was doing something else. */
export const Banner = ({
  tone = "note",
  title,
  alert = false,
  children,
}: {
  tone?: Tone
  title?: string
  alert?: boolean
  children?: ComponentChildren
}) => (
  <div class={tone === "note" ? "banner" : `banner banner-${tone}`} role={alert ? "alert" : undefined}>
    {title !== undefined && <p class="banner-title">{title}</p>}
    {children}
  </div>
)

/** What went wrong and what to do about it. */
export const TroubleBanner = ({ error, retry }: { error: unknown; retry?: () => void }) => {
  if (error === undefined) return null
  const { trouble, retry: again } = sharedWords.value
  const { kind, sentence } = troubleOf(error)
  return (
    <Banner tone={kind === "offline" ? "warn" : "bad"} title={trouble[`${kind}Title`]} alert>
      <p>{sentence}</p>
      {kind === "integrity" && <p>{trouble.integrityAdvice}</p>}
      {retry !== undefined && kind !== "integrity" && (
        <div>
          <Button onClick={retry}>{again}</Button>
        </div>
      )}
    </Banner>
  )
}
