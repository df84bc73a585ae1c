import { useEffect, useState } from "preact/hooks"
import { frontAddress } from "../../../protocol/card-front.ts"
import type { CardSecrets } from "../../../sdk/patient/held-cards.ts"
import { readConfig } from "../../shared/config.ts"
import { TroubleBanner } from "../../shared/parts/Banner.tsx"
import { Button } from "../../shared/parts/Button.tsx"
import { Dialog } from "../../shared/parts/Dialog.tsx"
import { Segments } from "../../shared/parts/Segments.tsx"
import { saveBlob } from "../../shared/save-file.ts"
import { useDeed } from "../../shared/use-deed.ts"
import { sharedWords } from "../../shared/words/shared.ts"
import { type LockScreenCode, lockScreen } from "../card-picture.ts"
import { words } from "../words/words.ts"
import { cardWords } from "./words.ts"

type Codes = Pick<CardSecrets, "text" | "front">

/** Prints this card and no other. */
const printOne = (within: HTMLElement) => {
  const panel = within.closest(".card-panel")
  panel?.classList.add("card-printed")
  addEventListener("afterprint", () => panel?.classList.remove("card-printed"), { once: true })
  window.print()
}

const sides = ["front", "back", "both"] as const
type Side = (typeof sides)[number]

/** Which codes lie on the lock screen. `page`: the address of the card page; without it there is the back alone. */
const LockScreen = ({
  secrets: { text, front },
  page,
  onClose,
}: {
  secrets: Codes
  page: string | undefined
  onClose: () => void
}) => {
  const { lock: says } = cardWords.value
  const [chosen, setChosen] = useState<Side>(page === undefined ? "back" : "front")
  const { busy, error, run } = useDeed()
  const codes = (): LockScreenCode[] => [
    ...(page === undefined || chosen === "back" ? [] : [{ text: frontAddress(front, page), line: says.frontLine }]),
    ...(chosen === "front" ? [] : [{ text, line: says.backLine }]),
  ]
  const save = async () => {
    saveBlob(await lockScreen(codes()), "emergency-card.png")
    onClose()
  }
  return (
    <>
      {page !== undefined && (
        <Segments
          label={says.which}
          value={chosen}
          options={sides.map((side) => [side, says.sides[side]] as const)}
          onValue={setChosen}
        />
      )}
      <p>{says.meaning[chosen]}</p>
      <p class="small muted">{says.locked}</p>
      <TroubleBanner error={error} />
      <div class="dialog-actions">
        <Button onClick={onClose}>{sharedWords.value.cancel}</Button>
        <Button look="main" busy={busy} onClick={() => run(save)}>
          {says.save}
        </Button>
      </div>
    </>
  )
}

/** What the patient takes of a card: paper, and a picture for the lock screen; neither needs a network. */
export const CardPrint = ({ secrets }: { secrets: Codes }) => {
  const { card: says } = words.value
  const { lock } = cardWords.value
  const [choosing, setChoosing] = useState(false)
  const [config, setConfig] = useState<Awaited<ReturnType<typeof readConfig>>>()
  useEffect(() => {
    readConfig().then(setConfig, () => undefined)
  }, [])
  return (
    <>
      <div class="row no-print">
        <Button look="main" onClick={({ currentTarget }) => printOne(currentTarget)}>
          {says.print}
        </Button>
        <Button disabled={config === undefined} onClick={() => setChoosing(true)}>
          {lock.open}
        </Button>
      </div>
      <p class="small muted no-print">{says.printHint}</p>
      <Dialog open={choosing} title={lock.title} onClose={() => setChoosing(false)}>
        <LockScreen secrets={secrets} page={config?.card} onClose={() => setChoosing(false)} />
      </Dialog>
    </>
  )
}
