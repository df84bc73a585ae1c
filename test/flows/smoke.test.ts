import { expect, test } from "vitest"
import { reasonFor, walk } from "../../bin/smoke/walk.ts"
import { routeNames } from "../../contract/routes.ts"
import { confirmationCode, markVerified } from "../../local/mailbox.ts"
import { credentialFromPem } from "../../sdk/hcp/credential.ts"
import { cloud } from "./people.ts"

const [first] = cloud.clouds
const engine = { name: cloud.engine, version: "", endpoint: cloud.endpoint, stop: async () => {} }
const email = `smoke-${process.pid}@example.org`
const means = async (said: string[], code?: (patientId: string) => Promise<string>) => {
  const { chainPem, privateKeyPem } = cloud.credentials.physician
  return {
    cloud: first?.address ?? "",
    index: cloud.hri,
    email,
    credential: await credentialFromPem(chainPem, privateKeyPem, "ES256"),
    local: true,
    say: (line: string) => said.push(line),
    code:
      code ??
      (async (patientId: string) => {
        await markVerified(engine, first?.outputs["PatientPoolId"] ?? "", patientId)
        return confirmationCode(engine, email)
      }),
  }
}

test("after a deployment a synthetic patient and a professional walk every route and signed URL, and leave no account", async () => {
  const said: string[] = []
  const { routes, signed } = await walk(await means(said))
  expect(routeNames.filter((name) => !routes.has(name) && reasonFor(name) === undefined)).toEqual([])
  expect(routeNames.filter((name) => routes.has(name) && reasonFor(name) !== undefined)).toEqual([])
  expect([...signed].sort()).toEqual(["GET object", "PUT object", "PUT part"])
  expect(said.at(-1)).toBe("  ok   the account, destroyed")
})
