import {
  AdminDeleteUserCommand,
  AdminInitiateAuthCommand,
  AliasExistsException,
  CodeMismatchException,
  type CognitoIdentityProviderClient,
  ConfirmSignUpCommand,
  ExpiredCodeException,
  InvalidParameterException,
  InvalidPasswordException,
  LimitExceededException,
  NotAuthorizedException,
  SignUpCommand,
  TooManyFailedAttemptsException,
  TooManyRequestsException,
  UserNotConfirmedException,
  UserNotFoundException,
  UsernameExistsException,
} from "@aws-sdk/client-cognito-identity-provider"
import { Problem } from "../../contract/errors.ts"
import type { PatientAccounts } from "../domain/ports.ts"
import { sessionOf } from "./session.cognito.ts"

export interface Pool {
  readonly poolId: string
  readonly clientId: string
}

/** Throws what Cognito said; that it is throttled passes. */
const rethrow = (error: unknown): never => {
  const throttled = [TooManyRequestsException, LimitExceededException, TooManyFailedAttemptsException]
  if (throttled.some((kind) => error instanceof kind)) throw new Problem("busy", { cause: error })
  throw error
}

/** The patients' pool: the username is the patient's id, the e-mail address an alias once it is confirmed. */
export const cognitoPatientAccounts = (
  cognito: CognitoIdentityProviderClient,
  { poolId, clientId }: Pool,
): PatientAccounts => ({
  signUp: async (patientId, email, password) => {
    try {
      await cognito.send(
        new SignUpCommand({
          ClientId: clientId,
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
      await cognito.send(new ConfirmSignUpCommand({ ClientId: clientId, Username: patientId, ConfirmationCode: code }))
      return "confirmed"
    } catch (error) {
      // Cognito's word for an account that has been confirmed already.
      if (error instanceof NotAuthorizedException && /CONFIRMED/.test(error.message)) return "confirmed"
      const expected = [
        CodeMismatchException,
        ExpiredCodeException,
        NotAuthorizedException,
        UserNotFoundException,
        InvalidParameterException,
        // Another account was confirmed by this e-mail address.
        AliasExistsException,
      ]
      if (expected.some((kind) => error instanceof kind)) return "confirmation-code-wrong"
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
          AuthParameters: { USERNAME: email, PASSWORD: password },
        }),
      )
      return sessionOf(answer)
    } catch (error) {
      const expected = [NotAuthorizedException, UserNotFoundException, UserNotConfirmedException]
      if (expected.some((kind) => error instanceof kind)) return undefined
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
})
