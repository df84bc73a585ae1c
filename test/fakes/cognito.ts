import { createHmac } from "node:crypto"
import {
  type AdminCreateUserCommandInput,
  type AdminInitiateAuthCommandInput,
  type AdminSetUserPasswordCommandInput,
  CodeMismatchException,
  type ConfirmSignUpCommandInput,
  type DescribeUserPoolClientCommandInput,
  InvalidPasswordException,
  type ListUsersCommandInput,
  NotAuthorizedException,
  type SignUpCommandInput,
  UserNotConfirmedException,
  UserNotFoundException,
  UsernameExistsException,
} from "@aws-sdk/client-cognito-identity-provider"
import { confirmationCode } from "./accounts.ts"

interface User {
  readonly enabled: boolean
  readonly confirmed: boolean
  readonly password?: string
  readonly email?: string
}
interface Named {
  UserPoolId?: string | undefined
  Username?: string | undefined
}

/** The pools whose clients have a secret. */
const secretive: readonly string[] = ["patients", "members"]
const secretOf = (client: string) => `the secret of ${client}`
/** Throws as Cognito does for a call of a client's that doesn't show its secret. */
const requireSecretHash = (client = "", username = "", hash: string | undefined) => {
  const expected = createHmac("sha256", secretOf(client)).update(`${username}${client}`).digest("base64")
  if (secretive.includes(client) && hash !== expected)
    throw new NotAuthorizedException({ ...told, message: `SecretHash does not match for the client: ${client}` })
}

const told = { message: "from the fake", $metadata: { httpStatusCode: 400 } }
const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url")

/** As much of Cognito as the adapters use. A pool's client is named as the pool is; users are listed two to a page. */
export const memoryCognito = () => {
  let users = new Map<string, User>()
  const nameIn = (pool = "", name = "") => `${pool}/${name}`
  const found = ({ UserPoolId, Username }: Named): User => {
    const user = users.get(nameIn(UserPoolId, Username))
    if (user === undefined) throw new UserNotFoundException(told)
    return user
  }
  const change = (named: Named, changed: Partial<User>) => {
    users.set(nameIn(named.UserPoolId, named.Username), { ...found(named), ...changed })
    return {}
  }
  const ofPool = (pool = "") =>
    [...users]
      .filter(([name]) => name.startsWith(`${pool}/`))
      .map(([name, user]) => ({ ...user, name: name.slice(pool.length + 1) }))
      .sort((a, b) => (a.name < b.name ? -1 : 1))

  /** By the command's name. */
  const operations = {
    DescribeUserPoolClientCommand: ({ ClientId = "" }: DescribeUserPoolClientCommandInput) => ({
      UserPoolClient: { ClientId, ...(secretive.includes(ClientId) ? { ClientSecret: secretOf(ClientId) } : {}) },
    }),
    SignUpCommand: ({ ClientId, SecretHash, Username, Password = "", UserAttributes = [] }: SignUpCommandInput) => {
      requireSecretHash(ClientId, Username, SecretHash)
      if (Password.length < 12) throw new InvalidPasswordException(told)
      const name = nameIn(ClientId, Username)
      if (users.has(name)) throw new UsernameExistsException(told)
      const email = UserAttributes.find(({ Name }) => Name === "email")?.Value ?? ""
      users.set(name, { enabled: true, confirmed: false, password: Password, email })
      return { UserConfirmed: false, UserSub: "sub" }
    },
    ConfirmSignUpCommand: ({ ClientId, SecretHash, Username, ConfirmationCode }: ConfirmSignUpCommandInput) => {
      requireSecretHash(ClientId, Username, SecretHash)
      const named = { UserPoolId: ClientId, Username }
      if (found(named).confirmed)
        throw new NotAuthorizedException({ ...told, message: "User cannot be confirmed. Current status is CONFIRMED" })
      if (ConfirmationCode !== confirmationCode) throw new CodeMismatchException(told)
      return change(named, { confirmed: true })
    },
    /** The username, or the address of a confirmed user. */
    AdminInitiateAuthCommand: ({ UserPoolId, ClientId, AuthParameters = {} }: AdminInitiateAuthCommandInput) => {
      const { USERNAME: login, PASSWORD: password, SECRET_HASH: hash } = AuthParameters
      requireSecretHash(ClientId, login, hash)
      const user = ofPool(UserPoolId).find(
        ({ name, email, confirmed }) => name === login || (confirmed && email === login),
      )
      if (user === undefined) throw new UserNotFoundException(told)
      if (!user.enabled || user.password !== password) throw new NotAuthorizedException(told)
      if (!user.confirmed) throw new UserNotConfirmedException(told)
      const claims = {
        token_use: "access",
        username: user.name,
        iss: UserPoolId,
        iat: Math.floor(Date.now() / 1000),
      }
      const AccessToken = `${base64url({ alg: "none" })}.${base64url(claims)}.signature`
      return { AuthenticationResult: { AccessToken, ExpiresIn: 3600, TokenType: "Bearer" } }
    },
    AdminCreateUserCommand: ({ UserPoolId, Username }: AdminCreateUserCommandInput) => {
      const name = nameIn(UserPoolId, Username)
      if (users.has(name)) throw new UsernameExistsException(told)
      users.set(name, { enabled: true, confirmed: false })
      return { User: { Username, Enabled: true } }
    },
    AdminSetUserPasswordCommand: ({ Password = "", ...named }: AdminSetUserPasswordCommandInput) =>
      change(named, { password: Password, confirmed: true }),
    AdminEnableUserCommand: (named: Named) => change(named, { enabled: true }),
    AdminDisableUserCommand: (named: Named) => change(named, { enabled: false }),
    AdminDeleteUserCommand: (named: Named) => {
      found(named)
      users.delete(nameIn(named.UserPoolId, named.Username))
      return {}
    },
    AdminGetUserCommand: (named: Named) => {
      const { email = "", enabled, confirmed } = found(named)
      return {
        Username: named.Username,
        Enabled: enabled,
        UserAttributes: [
          { Name: "email", Value: email },
          { Name: "email_verified", Value: String(confirmed) },
        ],
      }
    },
    ListUsersCommand: ({ UserPoolId, PaginationToken }: ListUsersCommandInput) => {
      const after = ofPool(UserPoolId).filter(({ name }) => PaginationToken === undefined || name > PaginationToken)
      const page = after.slice(0, 2)
      const Users = page.map(({ name, enabled }) => ({ Username: name, Enabled: enabled }))
      return { Users, PaginationToken: after.length > page.length ? page.at(-1)?.name : undefined }
    },
  }
  return {
    operations,
    users: (): ReadonlyMap<string, User> => new Map(users),
    save: (): ReadonlyMap<string, User> => new Map(users),
    load: (saved: ReadonlyMap<string, User>) => {
      users = new Map(saved)
    },
  }
}
