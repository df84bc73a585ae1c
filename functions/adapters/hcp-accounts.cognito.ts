import {
  AdminCreateUserCommand,
  AdminDeleteUserCommand,
  AdminDisableUserCommand,
  AdminEnableUserCommand,
  AdminInitiateAuthCommand,
  AdminSetUserPasswordCommand,
  type CognitoIdentityProviderClient,
  ListUsersCommand,
  NotAuthorizedException,
  UserNotFoundException,
  UsernameExistsException,
} from "@aws-sdk/client-cognito-identity-provider"
import { Problem } from "../../contract/errors.ts"
import type { HcpAccounts } from "../domain/ports.ts"
import type { Pool } from "./patient-accounts.cognito.ts"
import { sessionOf } from "./session.cognito.ts"

/**
 * The pool of temporary accounts: the username is the hash of the professional's public key. Nobody knows its password, which is
 * new for each session and used in the same breath.
 */
export const cognitoHcpAccounts = (
  cognito: CognitoIdentityProviderClient,
  { poolId, clientId }: Pool,
  newPassword: () => string,
): HcpAccounts => ({
  openSession: async (account) => {
    const user = { UserPoolId: poolId, Username: account }
    const password = newPassword()
    try {
      try {
        await cognito.send(new AdminCreateUserCommand({ ...user, MessageAction: "SUPPRESS" }))
      } catch (error) {
        if (!(error instanceof UsernameExistsException)) throw error
        await cognito.send(new AdminEnableUserCommand(user))
      }
      await cognito.send(new AdminSetUserPasswordCommand({ ...user, Password: password, Permanent: true }))
      const answer = await cognito.send(
        new AdminInitiateAuthCommand({
          UserPoolId: poolId,
          ClientId: clientId,
          AuthFlow: "ADMIN_USER_PASSWORD_AUTH",
          AuthParameters: { USERNAME: account, PASSWORD: password },
        }),
      )
      return sessionOf(answer)
    } catch (error) {
      // Another session of the same professional, or the sweeper, changed the account in between.
      const passing = [NotAuthorizedException, UserNotFoundException]
      if (passing.some((kind) => error instanceof kind)) throw new Problem("busy", { cause: error })
      throw error
    }
  },
  list: async (after) => {
    const { Users, PaginationToken } = await cognito.send(
      new ListUsersCommand({
        UserPoolId: poolId,
        AttributesToGet: [],
        ...(after === undefined ? {} : { PaginationToken: after }),
      }),
    )
    if (Users === undefined) throw new Error("the identity manager listed no users, not even none")
    const accounts = Users.flatMap(({ Username, Enabled }) =>
      Username === undefined ? [] : [{ account: Username, enabled: Enabled !== false }],
    )
    return PaginationToken === undefined ? { accounts } : { accounts, next: PaginationToken }
  },
  disable: async (account) => {
    await cognito.send(new AdminDisableUserCommand({ UserPoolId: poolId, Username: account }))
  },
  remove: async (account) => {
    try {
      await cognito.send(new AdminDeleteUserCommand({ UserPoolId: poolId, Username: account }))
    } catch (error) {
      if (!(error instanceof UserNotFoundException)) throw error
    }
  },
})
