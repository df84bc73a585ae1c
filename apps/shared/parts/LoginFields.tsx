import { Field, PasswordField } from "./Field.tsx"

export interface Login {
  readonly email: string
  readonly password: string
}

/** Asks for the address and the password of an account. `onLogin`: how what was typed changes; a browser may fill in both at once. `says.rules`: where a password is chosen, what it must have. */
export const LoginFields = ({
  login: { email, password },
  says,
  onLogin,
}: {
  login: Login
  says: { readonly email: string; readonly password: string; readonly rules?: string }
  onLogin: (change: (login: Login) => Login) => void
}) => (
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
      {...(says.rules === undefined ? {} : { hint: says.rules })}
      value={password}
      onValue={(typed) => onLogin((login) => ({ ...login, password: typed }))}
      autocomplete={says.rules === undefined ? "current-password" : "new-password"}
      required
    />
  </>
)
