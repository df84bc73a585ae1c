import { createServer, request as forward } from "node:http"

/** Operations that share a rate, a second. */
export interface Quota {
  readonly operations: readonly string[]
  perSecond: number
}

/**
 * Cognito's default quotas of an account, by the operations that opening a session takes. Source: Amazon Cognito Developer Guide, "Quotas
 * in Amazon Cognito", categories UserCreation, UserUpdate, UserAccountRecovery and UserAuthentication. A
 * quota may be changed while the throttle runs.
 */
export const cognitoQuotas = (): Quota[] => [
  { operations: ["AdminCreateUser"], perSecond: 50 },
  { operations: ["AdminEnableUser", "AdminAddUserToGroup"], perSecond: 25 },
  { operations: ["AdminSetUserPassword"], perSecond: 30 },
  { operations: ["AdminInitiateAuth"], perSecond: 120 },
]

/** Whether one more may pass: tokens come back evenly, and at most a second's worth, or one, is kept; of no quota none. `clock`: milliseconds. */
export const bucketOf = (quota: Quota, clock: () => number = () => performance.now()) => {
  let [tokens, at] = [quota.perSecond, clock()]
  return (): boolean => {
    const now = clock()
    const kept = quota.perSecond === 0 ? 0 : Math.max(1, quota.perSecond)
    tokens = Math.min(kept, tokens + ((now - at) / 1000) * quota.perSecond)
    at = now
    if (tokens < 1) return false
    tokens -= 1
    return true
  }
}

/** Stands before an identity manager on loopback, and answers as Cognito does whoever is too quick. */
export const startThrottle = async (endpoint: string, quotas: readonly Quota[]) => {
  const buckets = quotas.map((quota) => ({ quota, take: bucketOf(quota) }))
  const counts = { passed: 0, throttled: 0 }
  const server = createServer((asked, answer) => {
    const [, operation = ""] = String(asked.headers["x-amz-target"]).split(".")
    const bucket = buckets.find(({ quota }) => quota.operations.includes(operation))
    if (bucket !== undefined && !bucket.take()) {
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
