import { decodeJwt } from "jose"
import { type Actor, routes } from "../../contract/routes.ts"
import { utf8 } from "../../protocol/crypto/bytes.ts"
import type { MemoryAws } from "../kit/aws.ts"
import { rangeOf } from "../kit/byte-range.ts"
import { gatewayEvent } from "../kit/gateway-event.ts"
import { type Asked, jsonReply, type Network, type Reply } from "../kit/network.ts"
import type { Functions } from "./functions.ts"

const pools: { [A in Actor]: string | undefined } = {
  nobody: undefined,
  patient: "patients",
  hcp: "hcps",
  member: "members",
}

/** The claims of a token of the route's own pool. */
const claimsIn = (actor: Actor, { headers }: Asked): object | undefined => {
  const token = headers["authorization"]?.replace("Bearer ", "")
  if (token === undefined) return undefined
  const claims = decodeJwt(token)
  return claims.iss === pools[actor] ? claims : undefined
}

type Answer = { statusCode: number; headers: Record<string, string>; body: string }

/** Where a signed address leads: `https://<bucket>.s3...`. */
const object = (aws: MemoryAws, asked: Asked): Reply => {
  const { method, url, body } = asked
  const bucket = url.hostname.split(".")[0] ?? ""
  const key = url.pathname.slice(1)
  const headers = { "content-type": "application/octet-stream" }
  const uploadId = url.searchParams.get("uploadId")
  if (method === "PUT" && uploadId !== null) {
    const number = Number(url.searchParams.get("partNumber"))
    return { status: aws.s3.putPart(bucket, key, uploadId, number, body) ? 200 : 404, headers, body: new Uint8Array() }
  }
  const there = aws.s3.get(bucket, key)
  if (method === "PUT" && there !== undefined) return { status: 412, headers, body: new Uint8Array() }
  if (method === "PUT") {
    aws.s3.put(bucket, key, body)
    return { status: 200, headers, body: new Uint8Array() }
  }
  if (there === undefined) return { status: 404, headers, body: new Uint8Array() }
  const answer = rangeOf(new Uint8Array(there), asked.headers)
  return { ...answer, headers: { ...headers, ...answer.headers } }
}

/** Both APIs and the object store, for the SDK; `responder` is whoever else is asked over HTTP: the authority's. */
export const gatewayTo =
  (aws: MemoryAws, functions: Functions, responder: (request: Asked) => Promise<Reply>): Network =>
  async (asked) => {
    if (asked.url.hostname === "responder.invalid") return responder(asked)
    if (asked.route === "object") return object(aws, asked)
    const { actor } = routes[asked.route]
    const claims = claimsIn(actor, asked)
    if (actor !== "nobody" && claims === undefined) return jsonReply({}, 401)
    const answer = (await functions.handlerOf(asked.route)(
      gatewayEvent(asked.route, { url: asked.url, body: new TextDecoder().decode(asked.body) }, claims),
      {},
    )) as Answer
    return { status: answer.statusCode, headers: answer.headers, body: utf8(answer.body) }
  }
