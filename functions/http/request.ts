import type { APIGatewayProxyEventV2 } from "aws-lambda"
import { Problem } from "../../contract/errors.ts"
import { pathParameters, type RouteName, routes } from "../../contract/routes.ts"
import { maxBodyBytes } from "../../protocol/primitives.ts"
import { requireBounded } from "./bounded-json.ts"

/** Parsed only where it is of a bearable size, depth and number of values, and JSON. Headers and addresses API Gateway caps at 10 KB. */
const bodyOf = (event: Pick<APIGatewayProxyEventV2, "body" | "isBase64Encoded">): object => {
  if (event.body === undefined || event.body === "") return {}
  if (Buffer.byteLength(event.body, event.isBase64Encoded ? "base64" : "utf8") > maxBodyBytes)
    throw new Problem("request-too-large")
  try {
    const text = event.isBase64Encoded ? Buffer.from(event.body, "base64").toString("utf8") : event.body
    requireBounded(text)
    const value: unknown = JSON.parse(text)
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value
  } catch (error) {
    throw new Problem("request-invalid", { cause: error })
  }
  throw new Problem("request-invalid")
}

/**
 * What was sent, as the one object the contract describes: fields named in the path come from there and nowhere else, the
 * others from the query of a GET and the JSON body of anything else. Unparsed: the caller holds it against the schema.
 */
export const requestOf = (
  name: RouteName,
  event: Pick<APIGatewayProxyEventV2, "body" | "isBase64Encoded" | "queryStringParameters" | "pathParameters">,
): object => {
  const { path, method } = routes[name]
  const sent = method === "GET" ? (event.queryStringParameters ?? {}) : bodyOf(event)
  const named = pathParameters(path)
  const twice = named.find((parameter) => Object.hasOwn(sent, parameter))
  if (twice !== undefined) throw new Problem("request-invalid", { field: twice })
  return { ...sent, ...Object.fromEntries(named.map((parameter) => [parameter, event.pathParameters?.[parameter]])) }
}
