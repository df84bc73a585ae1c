import { utf8 } from "../../../protocol/crypto/bytes.ts"
import type { Receipt } from "../../../sdk/receipt.ts"
import { Button } from "../../shared/parts/Button.tsx"
import { eachOnce } from "../receipts.ts"
import { saveFile } from "../save-file.ts"
import { words } from "../words/words.ts"

/** Saves what the provider signed, as `npm run audit:verify` takes it. Nothing where it has signed nothing yet. */
export const SaveReceipts = ({ receipts }: { receipts: readonly Receipt[] }) => {
  const { receipts: says } = words.value
  if (receipts.length === 0) return null
  return (
    <div class="stack stack-s no-print">
      <div>
        <Button
          aria-describedby="receipts-hint"
          onClick={() => saveFile(utf8(JSON.stringify(eachOnce(receipts))), "receipts.json")}
        >
          {says.save}
        </Button>
      </div>
      <p class="small" id="receipts-hint">
        {says.hint}
      </p>
    </div>
  )
}
