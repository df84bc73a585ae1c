import { createServer, type Server } from "node:http"
import {
  AdminCreateUserCommand,
  AdminGetUserCommand,
  CognitoIdentityProviderClient,
  TooManyRequestsException,
} from "@aws-sdk/client-cognito-identity-provider"
import { afterAll, beforeAll, expect, test } from "vitest"
import { cognitoQuotas, startThrottle } from "../../bench/throttle.ts"
import { credentials, region } from "../../local/environment.ts"
import { bucketOf } from "../kit/token-bucket.ts"

let behind: Server
let address = ""
beforeAll(async () => {
  behind = createServer((request, response) => {
    request.resume()
    request.on("end", () =>
      response.writeHead(200, { "content-type": "application/x-amz-json-1.1" }).end('{"Username":"u"}'),
    )
  })
  await new Promise<void>((resolve) => behind.listen(0, "127.0.0.1", resolve))
  const at = behind.address()
  if (at !== null && typeof at === "object") address = `http://127.0.0.1:${at.port}`
})
afterAll(() => {
  behind.closeAllConnections()
  behind.close()
})

const clientOf = (endpoint: string) =>
  new CognitoIdentityProviderClient({ endpoint, region, credentials, maxAttempts: 1 })
const user = { UserPoolId: "pool_x", Username: "u" }

test("what is above a quota gets Cognito's own refusal, and what is under none passes", async () => {
  // One, and then one in three hours.
  const throttle = await startThrottle(address, [
    { operations: ["AdminCreateUser"], perSecond: 0.0001 },
    { operations: [], perSecond: 1 },
  ])
  try {
    const cognito = clientOf(throttle.endpoint)
    await expect(cognito.send(new AdminCreateUserCommand(user))).rejects.toBeInstanceOf(TooManyRequestsException)
    expect((await cognito.send(new AdminGetUserCommand(user))).Username).toBe("u")
    expect(throttle.counts()).toEqual({ passed: 1, throttled: 1 })
  } finally {
    throttle.stop()
  }
})

test("a quota's number pass at once, and then as many in every second", () => {
  let now = 0
  const { passes } = bucketOf({ perSecond: 3 }, () => now)
  const passing = () => Array.from({ length: 10 }, passes).filter(Boolean).length
  expect(passing()).toBe(3)
  expect(passing()).toBe(0)
  now = 1000
  expect(passing()).toBe(3)
  // Nothing is saved up for later.
  now = 60_000
  expect(passing()).toBe(3)
})

test("making an account and adding to a group have the quotas that Cognito documents", () => {
  const of = (operation: string) => cognitoQuotas().find(({ operations }) => operations.includes(operation))?.perSecond
  expect(of("AdminCreateUser")).toBe(50)
  expect(of("AdminAddUserToGroup")).toBe(25)
})
