import { ServiceException } from "@smithy/core/client"
import { isThrottlingError } from "@smithy/core/retry"
import { Problem } from "../../contract/errors.ts"

type Handler = (args: never) => Promise<unknown>
interface Client {
  readonly middlewareStack: {
    add(
      around: <H extends Handler>(next: H) => H,
      options: { readonly step: "initialize"; readonly name: string },
    ): void
  }
}

/** Why each part of a transaction could not be done; of any other command, nothing. */
const reasonsOf = (error: object): readonly { readonly Code?: string }[] =>
  "CancellationReasons" in error && Array.isArray(error.CancellationReasons) ? error.CancellationReasons : []
const tooMuch = ["ThrottlingError", "ProvisionedThroughputExceeded"]

/**
 * Whether AWS took no more of something, and did nothing. A transaction that also failed by a condition was refused for that.
 * Source: Amazon DynamoDB API Reference, "TransactWriteItems", cancellation reasons.
 */
const isThrottled = (error: unknown): boolean => {
  if (!(error instanceof ServiceException)) return false
  const codes = reasonsOf(error).map(({ Code }) => Code)
  if (codes.includes("ConditionalCheckFailed")) return false
  // oxlint-disable-next-line typescript/consistent-type-assertions -- it asks for an error of the SDK, whose `cause` is typed more narrowly than its class says
  const told = error as Parameters<typeof isThrottlingError>[0]
  return codes.some((code) => code !== undefined && tooMuch.includes(code)) || isThrottlingError(told)
}

/**
 * A client of the AWS SDK as it was, but for what AWS throttles, in whatever words of its own, after the SDK has tried again: that is `busy`, which says
 * to come back, and no surprise of ours.
 */
export const busyWhereThrottled = <C extends Client>(client: C): C => {
  client.middlewareStack.add(
    (next) =>
      // oxlint-disable-next-line typescript/consistent-type-assertions -- it takes and gives what the step it stands around does
      (async (args: never) => {
        try {
          return await next(args)
        } catch (error) {
          throw isThrottled(error) ? new Problem("busy", { cause: error }) : error
        }
      }) as typeof next,
    { step: "initialize", name: "busyWhereThrottled" },
  )
  return client
}
