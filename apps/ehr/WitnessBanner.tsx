import type { ComponentChildren } from "preact"
import { Banner, TroubleBanner } from "../shared/parts/Banner.tsx"
import { Button } from "../shared/parts/Button.tsx"
import { useDeed } from "../shared/use-deed.ts"
import { sharedWords } from "../shared/words/shared.ts"
import { session } from "./state.ts"
import { behind, conflicting, tryAgain } from "./witnesses.ts"
import { words } from "./words/words.ts"

const Behind = ({ children }: { children: ComponentChildren }) => {
  const { card: says } = words.value
  const { busy, error, run } = useDeed()
  return (
    <div class="stack no-print">
      <Banner tone="warn" title={says.behind}>
        <p>{children}</p>
        {session.value !== undefined && (
          <div>
            <Button busy={busy} onClick={() => run(tryAgain)}>
              {says.behindRetry}
            </Button>
          </div>
        )}
      </Banner>
      <TroubleBanner error={error} />
    </div>
  )
}

const accused = (): string => sharedWords.value.codes["witness-conflict"]

/** Where a card's index does not name the newest state of the record. */
export const CardBehind = ({ cardId }: { cardId: string }) =>
  behind.value.includes(cardId) ? (
    <Behind>{conflicting.value.includes(cardId) ? accused() : words.value.card.behindText}</Behind>
  ) : null

/** The same for all cards at once. */
export const CardsBehind = () =>
  behind.value.length === 0 ? null : (
    <Behind>{conflicting.value.length > 0 ? accused() : words.value.card.behindCards(behind.value.length)}</Behind>
  )
