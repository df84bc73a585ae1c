import { accountId, region } from "./environment.ts"

/**
 * MiniStack keeps the CORS configuration of a template in a spelling that it then doesn't find, so that no page may call its HTTP APIs. Says the
 * same once more, by the API's own call. Its buckets let every page in by themselves.
 */
export const allowPages = async (endpoint: string, apiId: string): Promise<void> => {
  const response = await fetch(`${endpoint}/v2/apis/${apiId}`, {
    method: "PATCH",
    headers: {
      "content-type": "application/json",
      // By the service it names the engine finds the API; what is signed it does not ask.
      authorization: `AWS4-HMAC-SHA256 Credential=${accountId}/20260101/${region}/apigateway/aws4_request, SignedHeaders=host, Signature=0`,
    },
    body: JSON.stringify({
      corsConfiguration: {
        allowOrigins: ["*"],
        allowMethods: ["GET", "POST", "PUT", "DELETE"],
        allowHeaders: ["authorization", "content-type"],
        maxAge: 7200,
      },
    }),
  })
  if (!response.ok) throw new Error(`the local cloud's API ${apiId} could not be opened to pages: ${response.status}`)
}
