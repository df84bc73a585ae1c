import type { AdminInitiateAuthCommandOutput } from "@aws-sdk/client-cognito-identity-provider"
import { decodeJwt } from "jose"
import * as z from "zod/mini"

const claims = z.object({ username: z.string() })

/**
 * The session in an answer of Cognito. Who signed in stands in the access token, which came from Cognito itself over TLS and is
 * not verified again here; API Gateway does whenever it is used.
 */
export const sessionOf = ({ AuthenticationResult }: AdminInitiateAuthCommandOutput) => {
  const { AccessToken: accessToken, ExpiresIn: expiresIn } = AuthenticationResult ?? {}
  if (accessToken === undefined || expiresIn === undefined)
    throw new Error("the identity manager asks for a further step")
  const { username } = z.parse(claims, decodeJwt(accessToken))
  return { patientId: username, accessToken, expiresIn }
}
