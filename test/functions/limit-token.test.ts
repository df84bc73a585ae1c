import type { PreTokenGenerationV2TriggerEvent } from "aws-lambda"
import { expect, test, vi } from "vitest"
import { handler } from "../../functions/system/limit-token.ts"

test("a token is given out without the scope that would let its bearer change or delete the account itself", async () => {
  vi.spyOn(console, "log").mockImplementation(() => {})
  const event: PreTokenGenerationV2TriggerEvent = {
    version: "2",
    triggerSource: "TokenGeneration_Authentication",
    region: "eu-central-1",
    userPoolId: "the-pool",
    userName: "the-patient",
    callerContext: { awsSdkVersion: "3", clientId: "the-client" },
    request: { userAttributes: {}, groupConfiguration: {}, scopes: ["aws.cognito.signin.user.admin"] },
    response: { claimsAndScopeOverrideDetails: {} },
  }
  expect(await handler(event)).toEqual({
    ...event,
    response: {
      claimsAndScopeOverrideDetails: {
        accessTokenGeneration: { scopesToSuppress: ["aws.cognito.signin.user.admin"] },
      },
    },
  })
})
