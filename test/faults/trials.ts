import * as z from "zod/mini"
import { problemDetails } from "../../contract/errors.ts"
import { type RouteName, routes } from "../../contract/routes.ts"
import { type Asked, jsonOf, jsonReply, type Network, over, type Reply, requestIn } from "../kit/network.ts"
import type { Deployment } from "./deployment.ts"
import type { Row } from "./rows.ts"
import type { Unattended } from "./unattended.ts"

/** What became of an attempt. `malformed`: an answer that the contract does not know. */
export type Outcome =
  | { readonly kind: "done"; readonly answer: object }
  | { readonly kind: "refused"; readonly code: string }
  | { readonly kind: "malformed"; readonly what: string }

/** One use-case, in the deployment just before it. */
export interface Trial {
  readonly name: string
  readonly route?: RouteName
  /** What was sent: the values in it are known to everybody. */
  readonly sent: string
  readonly asked?: Asked
  readonly before: ReturnType<Deployment["aws"]["save"]>
  readonly again?: Row["again"]
  /** A clock calls it anyhow, until there is nothing left to do: what it says of itself counts for nothing, and what it comes to for all. */
  readonly goesOn?: boolean
  /** The very same request. */
  send(): Promise<Outcome>
  /** What a person's app does where that is refused: the same thing, said anew. */
  anew(): Promise<Outcome>
}

const problemFields = ["type", "status", "code", "field", "requestId"]

const doneWith = async (name: RouteName, row: Row, asked: Asked, body: unknown): Promise<Outcome> => {
  const parsed = z.safeParse(routes[name].response, body)
  if (!parsed.success) return { kind: "malformed", what: JSON.stringify(body) }
  const answer = body as object
  return { kind: "done", answer: (await row.opened?.(requestIn(name, asked), answer)) ?? answer }
}

const outcomeOf = async (name: RouteName, row: Row, asked: Asked, reply: Reply): Promise<Outcome> => {
  const body = jsonOf(reply)
  if (reply.status === 200) return doneWith(name, row, asked, body)
  const problem = z.safeParse(problemDetails, body)
  const more = Object.keys(body as object).filter((field) => !problemFields.includes(field))
  if (!problem.success || problem.data.status !== reply.status || more.length > 0)
    return { kind: "malformed", what: JSON.stringify(body) }
  return { kind: "refused", code: problem.data.code }
}

/** What the SDK neither asks again after nor has a way around. */
const stopped = jsonReply({ type: "about:blank", status: 400, code: "request-invalid", requestId: "-" }, 400)

/** The network up to the n-th question of a route; from then on everything is refused. */
const upTo = (network: Network, route: RouteName, nth: number, last: (asked: Asked) => Promise<Reply | undefined>) => {
  let left = nth
  const cut: Network = async (asked) => {
    if (left === 0) return stopped
    if (asked.route !== route) return network(asked)
    // What its function asks in turn is not cut off.
    const reply = await (left === 1 ? last : network)(asked)
    left--
    return reply ?? stopped
  }
  return cut
}

/** Lists are read to their end, as the SDK reads them. */
const whole = async (network: Network, route: RouteName, row: Row, asked: Asked): Promise<Outcome> => {
  const outcome = await outcomeOf(route, row, asked, await network(asked))
  if (outcome.kind !== "done" || !("next" in outcome.answer)) return outcome
  const { next, ...page } = outcome.answer as Record<string, unknown>
  const url = new URL(asked.url)
  url.searchParams.set("after", String(next))
  const rest = await whole(network, route, row, { ...asked, url })
  if (rest.kind !== "done") return rest
  const joined = Object.entries(page).map(([field, value]) => {
    const more: unknown = (rest.answer as Record<string, unknown>)[field]
    return [field, Array.isArray(value) && Array.isArray(more) ? [...value, ...more] : value]
  })
  return { kind: "done", answer: Object.fromEntries(joined) }
}

/** The deployment just before a route is asked, and the request that asks it. */
export const routeTrial = async (deployment: Deployment, route: RouteName, row: Row, name: string): Promise<Trial> => {
  const { aws, network, saved, people } = deployment
  const { act, nth = 1, again } = row
  aws.load(saved)
  let asked: Asked | undefined
  const stopping = upTo(network, route, nth, async (question) => {
    asked = question
    return undefined
  })
  await over(stopping, () => act(people())).catch(() => {})
  if (asked === undefined) throw new Error(`${name} never asks ${route}`)
  const question = asked
  return {
    name,
    route,
    sent: `${question.url.href} ${new TextDecoder().decode(question.body)}`,
    asked: question,
    before: aws.save(),
    ...(again === undefined ? {} : { again }),
    send: () => over(network, () => whole(network, route, row, question)),
    anew: async () => {
      let outcome: Outcome = { kind: "malformed", what: "it was not asked again" }
      const watching = upTo(network, route, nth, async (question) => {
        const reply = await network(question)
        outcome = await outcomeOf(route, row, question, reply)
        return reply
      })
      await over(watching, () => act(people())).catch(() => {})
      return outcome
    },
  }
}

/** A function that a clock or a stream calls; its retry is the same call. */
export const unattendedTrial = async (
  deployment: Deployment,
  name: string,
  eventIn: (deployment: Deployment) => object,
  { prepare = () => {}, goesOn = false }: Pick<Unattended, "prepare" | "goesOn">,
): Promise<Trial> => {
  deployment.aws.load(deployment.saved)
  await prepare(deployment)
  const event = eventIn(deployment)
  const send = async (): Promise<Outcome> => {
    try {
      await deployment.unattended(name.replace("system/", ""), event)
      return { kind: "done", answer: {} }
    } catch (error) {
      const told = error instanceof Error ? error.message : ""
      return told === `${name} failed` ? { kind: "refused", code: "internal" } : { kind: "malformed", what: told }
    }
  }
  return { name, sent: JSON.stringify(event), before: deployment.aws.save(), goesOn, send, anew: send }
}
