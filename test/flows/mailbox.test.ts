import {
  AdminGetUserCommand,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  DeleteUserPoolCommand,
  SignUpCommand,
} from "@aws-sdk/client-cognito-identity-provider"
import { expect, test } from "vitest"
import { verifyNewAddresses } from "../../local/mailbox.ts"
import { cognito } from "./engine.ts"
import { cloud } from "./people.ts"

const engine = { name: cloud.engine, version: "", endpoint: cloud.endpoint, stop: async () => {} }

test("more new addresses than one answer of the identity manager lists are each verified", async () => {
  const { UserPool } = await cognito.send(new CreateUserPoolCommand({ PoolName: "many-addresses" }))
  const pool = { UserPoolId: UserPool?.Id ?? "" }
  try {
    const { UserPoolClient } = await cognito.send(new CreateUserPoolClientCommand({ ...pool, ClientName: "many" }))
    const names = Array.from({ length: 61 }, (_, i) => `person-${i}`)
    for (const Username of names)
      await cognito.send(
        new SignUpCommand({
          ClientId: UserPoolClient?.ClientId ?? "",
          Username,
          Password: "Correct-Horse-7-Battery",
          UserAttributes: [{ Name: "email", Value: `${Username}@example.org` }],
        }),
      )
    const unverified = async () => {
      const users = await Promise.all(
        names.map((Username) => cognito.send(new AdminGetUserCommand({ ...pool, Username }))),
      )
      return users.filter(
        ({ UserAttributes = [] }) =>
          !UserAttributes.some(({ Name, Value }) => Name === "email_verified" && Value === "true"),
      ).length
    }
    expect(await unverified()).toBe(61)
    const stop = verifyNewAddresses(engine, pool.UserPoolId)
    try {
      await expect.poll(unverified, { timeout: 60_000, interval: 500 }).toBe(0)
    } finally {
      await stop()
    }
  } finally {
    await cognito.send(new DeleteUserPoolCommand(pool))
  }
})
