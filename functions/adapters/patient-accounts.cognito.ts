import {
  AdminDeleteUserCommand,
  AdminInitiateAuthCommand,
  CodeMismatchException,
  type CognitoIdentityProviderClient,
  ConfirmSignUpCommand,
  ExpiredCodeException,
  InvalidParameterException,
  InvalidPasswordException,
  NotAuthorizedException,
  SignUpCommand,
  UserNotConfirmedException,
  UserNotFoundException,
} from "@aws-sdk/client-cognito-identity-provider"
import type { PatientAccounts } from "../domain/ports.ts"
import { sessionOf } from "./session.cognito.ts"

export interface Pool {
  readonly poolId: string
  readonly clientId: string
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
      throw error
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
      ]
      if (expected.some((kind) => error instanceof kind)) return "confirmation-code-wrong"
      throw error
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
      throw error
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
