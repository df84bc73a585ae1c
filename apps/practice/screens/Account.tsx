import { TroubleBanner } from "../../shared/parts/Banner.tsx"
import { Button } from "../../shared/parts/Button.tsx"
import { Screen } from "../../shared/parts/Frame.tsx"
import { useDeed } from "../../shared/use-deed.ts"
import { endSessions } from "../account-actions.ts"
import { account, ownMember } from "../state.ts"
import { words } from "../words/words.ts"
import { Leave } from "./SignIn.tsx"

/** Who works on this device, and how to leave it. */
export const Account = () => {
  const { account: says } = words.value
  const { busy, error, run } = useDeed()
  const role = ownMember.value?.role
  return (
    <Screen title={says.title} narrow>
      <section class="panel" aria-labelledby="own-device">
        <h2 id="own-device">{says.device}</h2>
        <p>{says.author(account.value?.author ?? "")}</p>
        {role !== undefined && (
          <p>
            {says.role}: <span class="strong">{says.roles[role]}</span>
          </p>
        )}
        <Leave />
      </section>
      <section class="panel" aria-labelledby="own-sessions">
        <h2 id="own-sessions">{says.sessions}</h2>
        <p class="small muted">{says.signOutHint}</p>
        <TroubleBanner error={error} />
        <div>
          <Button busy={busy} onClick={() => run(endSessions)}>
            {says.signOut}
          </Button>
        </div>
      </section>
    </Screen>
  )
}
