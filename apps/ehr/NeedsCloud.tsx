import type { ComponentChildren } from "preact"
import { TroubleBanner } from "../shared/parts/Banner.tsx"
import { Loading } from "../shared/parts/Progress.tsx"
import { SignInForm } from "./SignInForm.tsx"
import { session } from "./state.ts"
import { type Reading, useCloud } from "./useCloud.ts"
import { words } from "./words/words.ts"

/** What a screen reads from the cloud; who isn't signed in can do so on the spot. */
export const FromCloud = <T,>({
  read,
  children,
}: {
  read: () => Promise<T>
  children: (value: T, reload: () => void) => ComponentChildren
}) => {
  const reading = useCloud(read)
  if (session.value === undefined)
    return (
      <div class="panel">
        <SignInForm lead={words.value.login.needed} />
      </div>
    )
  return <Shown reading={reading} reload={reading.reload} children={children} />
}

const Shown = <T,>({
  reading,
  reload,
  children,
}: {
  reading: Reading<T>
  reload: () => void
  children: (value: T, reload: () => void) => ComponentChildren
}) => {
  if (reading.state === "loading") return <Loading />
  if (reading.state === "failed") return <TroubleBanner error={reading.error} retry={reload} />
  return <>{children(reading.value, reload)}</>
}
