import {
  AdminDeleteUserCommand,
  AdminInitiateAuthCommand,
  AliasExistsException,
  CodeMismatchException,
  type CognitoIdentityProviderClient,
  ConfirmSignUpCommand,
  DescribeUserPoolClientCommand,
  ExpiredCodeException,
  InvalidParameterException,
  InvalidPasswordException,
  NotAuthorizedException,
  SignUpCommand,
  TooManyFailedAttemptsException,
  UserNotConfirmedException,
  UserNotFoundException,
  UsernameExistsException,
} from "@aws-sdk/client-cognito-identity-provider"
import { Problem } from "../../contract/errors.ts"
import { type Bytes, toStandardBase64, utf8 } from "../../protocol/crypto/bytes.ts"
import { hmacSha256 } from "../../protocol/crypto/primitives.ts"
import type { PatientAccounts } from "../domain/ports.ts"
import { sessionOf } from "./session.cognito.ts"

export interface Pool {
  readonly poolId: string
  readonly clientId: string
}

const wrongCode = [
  CodeMismatchException,
  ExpiredCodeException,
  NotAuthorizedException,
  UserNotFoundException,
  InvalidParameterException,
  // Another account was confirmed by this e-mail address.
  AliasExistsException,
]
const wrongLogin = [NotAuthorizedException, UserNotFoundException, UserNotConfirmedException]

/** A call without the right secret is a fault of ours, whatever it was about. */
const isOurFault = (error: unknown) => error instanceof NotAuthorizedException && /secret/i.test(error.message)
const isOf = (error: unknown, kinds: readonly (new (...args: never[]) => Error)[]) =>
  !isOurFault(error) && kinds.some((kind) => error instanceof kind)

/** Throws what Cognito said; that too much was tried passes. */
const rethrow = (error: unknown): never => {
  throw error instanceof TooManyFailedAttemptsException ? new Problem("busy", { cause: error }) : error
}

/**
 * Returns what shows Cognito, whose public API anybody may call by a client's id, that a call is of ours: a MAC of who it is about, under the client's
 * secret. That stands in no template and no variable: it is asked for once, by who may. Source: Amazon Cognito Developer Guide, "Computing secret hash
 * values".
 */
const secretHash = (
  cognito: CognitoIdentityProviderClient,
  { poolId, clientId }: Pool,
): ((username: string) => Promise<string>) => {
  let known: Bytes | undefined
  const secret = async (): Promise<Bytes> => {
    const { UserPoolClient } = await cognito.send(
      new DescribeUserPoolClientCommand({ UserPoolId: poolId, ClientId: clientId }),
    )
    const told = UserPoolClient?.ClientSecret
    if (typeof told !== "string" || told === "") throw new Error("the client of the patients' pool has no secret")
    return utf8(told)
  }
  return async (username) => {
    known ??= await secret()
    return toStandardBase64(await hmacSha256(known, utf8(`${username}${clientId}`)))
  }
}

/** The patients' pool: the username is the patient's id, the e-mail address an alias once it is confirmed. */
export const cognitoPatientAccounts = (cognito: CognitoIdentityProviderClient, pool: Pool): PatientAccounts => {
  const { poolId, clientId } = pool
  const hashOf = secretHash(cognito, pool)
  return {
    signUp: async (patientId, email, password) => {
      try {
        await cognito.send(
          new SignUpCommand({
            ClientId: clientId,
            SecretHash: await hashOf(patientId),
            Username: patientId,
            Password: password,
            UserAttributes: [{ Name: "email", Value: email }],
          }),
        )
        return "created"
      } catch (error) {
        if (error instanceof InvalidPasswordException) return "password-too-weak"
        // The account of this id was made just now: whoever has the name got it by an attempt of ours whose answer was lost.
        if (error instanceof UsernameExistsException) return "created"
        return rethrow(error)
      }
    },
    confirm: async (patientId, code) => {
      try {
        await cognito.send(
          new ConfirmSignUpCommand({
            ClientId: clientId,
            SecretHash: await hashOf(patientId),
            Username: patientId,
            ConfirmationCode: code,
          }),
        )
        return "confirmed"
      } catch (error) {
        // Cognito's word for an account that has been confirmed already.
        if (error instanceof NotAuthorizedException && /CONFIRMED/.test(error.message)) return "confirmed"
        if (isOf(error, wrongCode)) return "confirmation-code-wrong"
        return rethrow(error)
      }
    },
    signIn: async (email, password) => {
      try {
        const answer = await cognito.send(
          new AdminInitiateAuthCommand({
            UserPoolId: poolId,
            ClientId: clientId,
            AuthFlow: "ADMIN_USER_PASSWORD_AUTH",
            AuthParameters: { USERNAME: email, PASSWORD: password, SECRET_HASH: await hashOf(email) },
          }),
        )
        return sessionOf(answer)
      } catch (error) {
        if (isOf(error, wrongLogin)) return undefined
        return rethrow(error)
      }
    },
    remove: async (patientId) => {
      try {
        await cognito.send(new AdminDeleteUserCommand({ UserPoolId: poolId, Username: patientId }))
      } catch (error) {
        if (!(error instanceof UserNotFoundException)) throw error
      }
    },
  }
}
