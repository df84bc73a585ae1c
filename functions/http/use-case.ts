import middy, { type MiddlewareObj } from "@middy/core"
import type { APIGatewayProxyEventV2WithJWTAuthorizer, APIGatewayProxyStructuredResultV2, Context } from "aws-lambda"
import * as z from "zod/mini"
import { Problem, type ProblemDetails } from "../../contract/errors.ts"
import { type RequestOf, type ResponseOf, type RouteName, routes } from "../../contract/routes.ts"
import { toBase64url } from "../../protocol/crypto/bytes.ts"
import { randomBytes } from "../../protocol/crypto/primitives.ts"
import { LoggedDetail } from "../domain/logged-detail.ts"
import type { Call } from "../domain/ports.ts"
import { type ActorOf, actorOf } from "./actor.ts"
import { namedField } from "./named-field.ts"
import { requestOf } from "./request.ts"

type Event = APIGatewayProxyEventV2WithJWTAuthorizer
type Answer = APIGatewayProxyStructuredResultV2
interface Carried extends Record<string, unknown> {
  startedAt?: number
  outcome?: string
}
type Step = MiddlewareObj<Event, Answer, Error, Context, Carried>

/** One line for each request, of an allow-list of fields; nothing that a person wrote and nothing secret is among them. */
const log = (name: RouteName): Step => {
  const write: Step["after"] = ({ event, response, internal }) => {
    console.log(
      JSON.stringify({
        requestId: event.requestContext.requestId,
        useCase: name,
        actor: routes[name].actor,
        status: response?.statusCode,
        outcome: internal.outcome ?? "permitted",
        ms: Math.round(performance.now() - (internal.startedAt ?? 0)),
      }),
    )
  }
  return {
    before: ({ internal }) => {
      internal.startedAt = performance.now()
    },
    after: write,
    onError: write,
  }
}

/** A refusal that was meant is answered as problem details; whatever else was thrown is `internal`, and its words stay inside. */
const refuse: Step = {
  onError: (request) => {
    const { error } = request
    const problem = error instanceof Problem ? error : new Problem("internal", { cause: error })
    const body: ProblemDetails = {
      type: "about:blank",
      status: problem.status,
      code: problem.code,
      ...(problem.field === undefined ? {} : { field: problem.field }),
      requestId: request.event.requestContext.requestId,
    }
    request.internal.outcome = problem.code
    // Words of ours alone: why a certificate was refused.
    if (problem.cause instanceof LoggedDetail) request.internal.outcome += `:${problem.cause.words.join("+")}`
    // The name of a surprise's class is ours or a library's; its message may hold anything.
    if (problem.code === "internal" && error instanceof Error) request.internal.outcome = `internal:${error.name}`
    request.response = {
      statusCode: problem.status,
      headers: { ...headers, "content-type": "application/problem+json" },
      body: JSON.stringify(body),
    }
  },
}

const headers = { "cache-control": "no-store", "x-content-type-options": "nosniff" }

const callAt = (now: Date): Call => ({
  now,
  id: () => toBase64url(randomBytes(16)),
  key: () => toBase64url(randomBytes(32)),
})

/**
 * The one chain around every use-case. middy runs `before` in the order written and `onError` in reverse, so `log` stands first
 * to see what `refuse` made of an error. The request is parsed before the use-case sees it, and the response before it
 * leaves, so that nothing but the contract's fields does.
 */
export const useCase = <N extends RouteName>(
  name: N,
  run: (actor: ActorOf<N>, request: RequestOf<N>, call: Call) => Promise<ResponseOf<N>>,
) =>
  middy<Event, Answer, Error, Context, Carried>()
    .use(log(name))
    .use(refuse)
    .handler(async (event): Promise<Answer> => {
      const request = z.safeParse(routes[name].request, requestOf(name, event))
      if (!request.success)
        throw new Problem("request-invalid", { field: namedField(routes[name].request, request.error) })
      // oxlint-disable-next-line typescript/consistent-type-assertions -- the schema parsed is that of N; TypeScript can't follow the index
      const response = await run(actorOf(name, event), request.data as RequestOf<N>, callAt(new Date()))
      return {
        statusCode: 200,
        headers: { ...headers, "content-type": "application/json" },
        body: JSON.stringify(z.parse(routes[name].response, response)),
      }
    })
