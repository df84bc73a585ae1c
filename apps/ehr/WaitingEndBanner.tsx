import { formatDate } from "../shared/format.ts"
import { Banner, TroubleBanner } from "../shared/parts/Banner.tsx"
import { Button } from "../shared/parts/Button.tsx"
import { useDeed } from "../shared/use-deed.ts"
import { stopEnd, type WaitingEnd } from "./waiting-end.ts"
import { words } from "./words/words.ts"

/** Says that the account is to be destroyed, when and by whose wish, with one press that stops it. */
export const WaitingEndBanner = ({ end: { askedAt, dueAt, byThisDevice } }: { end: WaitingEnd }) => {
  const { waitingEnd: says } = words.value
  const { busy, error, run } = useDeed()
  const asked = formatDate(askedAt * 1000)
  return (
    <Banner tone="bad" title={dueAt * 1000 > Date.now() ? says.title(formatDate(dueAt * 1000)) : says.titleDue} alert>
      <p>{byThisDevice ? says.byThis(asked) : says.byOther(asked)}</p>
      <TroubleBanner error={error} />
      <div>
        <Button look="main" busy={busy} onClick={() => run(stopEnd)}>
          {says.stop}
        </Button>
      </div>
    </Banner>
  )
}
