import { pathParameters, type RouteName, routes } from "../../contract/routes.ts"

const pathOf = (name: RouteName) =>
  new RegExp(`${routes[name].path.replace(/[.]/g, "\\.").replace(/\{\w+\}/g, "([^/]+)")}$`)

/** What API Gateway hands the function of a route; `claims` are those of the token, where there is one. */
export const gatewayEvent = (
  name: RouteName,
  { url, body }: { readonly url: URL; readonly body: string },
  claims: object | undefined,
  requestId = "request",
): object => {
  const { method, path } = routes[name]
  const values = pathOf(name).exec(url.pathname)?.slice(1) ?? []
  const named = pathParameters(path).map((parameter, i) => [parameter, decodeURIComponent(values[i] ?? "")])
  return {
    requestContext: { requestId, authorizer: claims === undefined ? undefined : { jwt: { claims } } },
    pathParameters: Object.fromEntries(named),
    isBase64Encoded: false,
    ...(method === "GET" ? { queryStringParameters: Object.fromEntries(url.searchParams) } : { body }),
  }
}
