import { Field, PasswordField } from "../shared/parts/Field.tsx"
import type { Login } from "./account-actions.ts"
import { words } from "./words/words.ts"

/** Asks for the address and the password of an account that there is. `onLogin`: how what was typed changes; a browser may fill in both at once. */
export const LoginFields = ({
  login: { email, password },
  onLogin,
}: {
  login: Login
  onLogin: (change: (login: Login) => Login) => void
}) => {
  const { login: says } = words.value
  return (
    <>
      <Field
        label={says.email}
        type="email"
        value={email}
        onValue={(typed) => onLogin((login) => ({ ...login, email: typed }))}
        autocomplete="username"
        required
      />
      <PasswordField
        label={says.password}
        value={password}
        onValue={(typed) => onLogin((login) => ({ ...login, password: typed }))}
        autocomplete="current-password"
        required
      />
    </>
  )
}
