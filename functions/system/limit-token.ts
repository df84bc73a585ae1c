import type { PreTokenGenerationV2TriggerEvent } from "aws-lambda"

/**
 * What makes an access token good for the identity manager's own public API: to change the e-mail address or the second factor of the account, or to
 * delete it, without its password and past every check of ours. Source: Amazon Cognito Developer Guide, "Scopes, M2M, and resource servers".
 */
const selfService = "aws.cognito.signin.user.admin"

/**
 * Called by the patients' pool and the members' before either gives a token: takes that scope from it, so that it is good for our routes alone. Source: Amazon Cognito
 * Developer Guide, "Pre token generation Lambda trigger", version 2 of the event.
 */
export const handler = async (event: PreTokenGenerationV2TriggerEvent): Promise<PreTokenGenerationV2TriggerEvent> => {
  console.log(JSON.stringify({ useCase: "system/limit-token", outcome: "limited" }))
  return {
    ...event,
    response: { claimsAndScopeOverrideDetails: { accessTokenGeneration: { scopesToSuppress: [selfService] } } },
  }
}
