import { decodeJwt } from "jose"
import { type Asked, jsonReply, type Network, type Reply } from "../../attack/network.ts"
import { type Actor, pathParameters, type RouteName, routes } from "../../contract/routes.ts"
import { utf8 } from "../../protocol/crypto/bytes.ts"
import type { MemoryAws } from "../fakes/aws.ts"
import type { Functions } from "./functions.ts"

export const cloudAddress = "https://cloud.example"
export const hriAddress = "https://index.example"

const pools: { [A in Actor]: string | undefined } = { nobody: undefined, patient: "patients", hcp: "hcps" }

/** The claims of a token of the route's own pool. */
const claimsIn = (actor: Actor, { headers }: Asked): object | undefined => {
  const token = headers["authorization"]?.replace("Bearer ", "")
  if (token === undefined) return undefined
  const claims = decodeJwt(token)
  return claims.iss === pools[actor] ? claims : undefined
}

/** What API Gateway hands a function. */
const eventOf = (name: RouteName, asked: Asked, claims: object | undefined): object => {
  const { method, path } = routes[name]
  const values = new RegExp(`${path.replace(/[.]/g, "\\.").replace(/\{\w+\}/g, "([^/]+)")}$`).exec(asked.url.pathname)
  const named = pathParameters(path).map((name, i) => [name, decodeURIComponent(values?.[i + 1] ?? "")])
  return {
    requestContext: { requestId: "request", authorizer: { jwt: { claims } } },
    pathParameters: Object.fromEntries(named),
    isBase64Encoded: false,
    ...(method === "GET"
      ? { queryStringParameters: Object.fromEntries(asked.url.searchParams) }
      : { body: new TextDecoder().decode(asked.body) }),
  }
}

type Answer = { statusCode: number; headers: Record<string, string>; body: string }

/** What a range asks for, of so many bytes (RFC 9110, 14.2). */
const rangeIn = ({ headers }: Asked, size: number): { start: number; end: number } | undefined => {
  const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(headers["range"] ?? "") ?? []
  return start === undefined || end === undefined ? undefined : { start: +start, end: Math.min(+end, size - 1) }
}

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
  const range = rangeIn(asked, there.length)
  if (range === undefined) return { status: 200, headers, body: new Uint8Array(there) }
  const { start, end } = range
  const contentRange = { "content-range": `bytes ${start}-${end}/${there.length}` }
  return { status: 206, headers: { ...headers, ...contentRange }, body: new Uint8Array(there.subarray(start, end + 1)) }
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
    const answer = (await functions.handlerOf(asked.route)(eventOf(asked.route, asked, claims), {})) as Answer
    return { status: answer.statusCode, headers: answer.headers, body: utf8(answer.body) }
  }
