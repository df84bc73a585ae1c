import type { ComponentChildren } from "preact"
import { TroubleBanner } from "../shared/parts/Banner.tsx"
import { Loading } from "../shared/parts/Progress.tsx"
import { SignInForm } from "./SignInForm.tsx"
import { session } from "./state.ts"
import { type Reading, useCloud } from "./useCloud.ts"
import { words } from "./words/words.ts"

/** What a screen reads from the cloud; who isn't signed in can do so on the spot. `meanwhile`: what the device has, as long as the cloud can't be asked. */
export const FromCloud = <T,>({
  read,
  meanwhile,
  children,
}: {
  read: () => Promise<T>
  meanwhile?: ComponentChildren
  children: (value: T, reload: () => void) => ComponentChildren
}) => {
  const reading = useCloud(read)
  if (session.value === undefined)
    return (
      <>
        <div class="panel no-print">
          <SignInForm lead={words.value.login.needed} />
        </div>
        {meanwhile}
      </>
    )
  return <Shown reading={reading} reload={reading.reload} meanwhile={meanwhile} children={children} />
}

const Shown = <T,>({
  reading,
  reload,
  meanwhile,
  children,
}: {
  reading: Reading<T>
  reload: () => void
  meanwhile: ComponentChildren
  children: (value: T, reload: () => void) => ComponentChildren
}) => {
  if (reading.state === "loading") return <Loading />
  if (reading.state === "failed")
    return (
      <>
        <TroubleBanner error={reading.error} retry={reload} />
        {meanwhile}
      </>
    )
  return <>{children(reading.value, reload)}</>
}
