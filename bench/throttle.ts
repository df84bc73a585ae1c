import { createServer, request as forward } from "node:http"
import { cognitoRates } from "../test/kit/cognito-rates.ts"
import { bucketOf } from "../test/kit/token-bucket.ts"

/** Operations that share a rate, a second. */
export interface Quota {
  readonly operations: readonly string[]
  perSecond: number
}

/** Cognito's default quotas of an account, of the operations that opening a session takes. A quota may be changed while the throttle runs. */
export const cognitoQuotas = (): Quota[] => {
  const { UserCreation, UserUpdate, UserAccountRecovery, UserAuthentication } = cognitoRates
  return [UserCreation, UserUpdate, UserAccountRecovery, UserAuthentication].map((each) => ({ ...each }))
}

/** Stands before an identity manager on loopback, and answers as Cognito does whoever is too quick. */
export const startThrottle = async (endpoint: string, quotas: readonly Quota[]) => {
  const buckets = quotas.map((quota) => ({ quota, bucket: bucketOf(quota) }))
  const counts = { passed: 0, throttled: 0 }
  const server = createServer((asked, answer) => {
    const [, operation = ""] = String(asked.headers["x-amz-target"]).split(".")
    const found = buckets.find(({ quota }) => quota.operations.includes(operation))
    if (found !== undefined && !found.bucket.passes()) {
      counts.throttled += 1
      asked.resume()
      const body = JSON.stringify({ __type: "TooManyRequestsException", message: "Rate exceeded" })
      answer.writeHead(400, { "content-type": "application/x-amz-json-1.1", "content-length": body.length }).end(body)
      return
    }
    counts.passed += 1
    const { method, headers, url } = asked
    const passing = forward(
      new URL(url ?? "/", endpoint),
      { ...(method === undefined ? {} : { method }), headers, agent: false },
      (got) => {
        answer.writeHead(got.statusCode ?? 502, got.headers)
        got.pipe(answer)
      },
    )
    passing.once("error", () => answer.destroy())
    asked.pipe(passing)
  })
  // A connection that is closed as it is used again would be a failure of ours, not of Cognito's.
  server.keepAliveTimeout = 120_000
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()))
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("the throttle has no port")
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    /** How many calls have been let through, and how many refused. */
    counts: () => ({ ...counts }),
    stop: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
