import { Banner } from "../shared/parts/Banner.tsx"
import { SignInForm } from "./parts/SignInForm.tsx"
import { token } from "./state.ts"
import { words } from "./words/words.ts"

/** What holds on every screen: that nobody is signed in any more, with the way back, over whatever is being written. */
export const Notices = () => {
  const { signIn: says } = words.value
  return token.value === undefined ? (
    <Banner tone="warn" title={says.endedTitle} alert>
      <p>{says.ended}</p>
      <SignInForm />
    </Banner>
  ) : null
}
