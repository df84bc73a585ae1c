/** `dynamoTables` behind DynamoDB's JSON protocol, in a process of its own, so that its work is nobody else's time. */
import { createServer } from "node:http"
import * as z from "zod/mini"
import { callOf, dynamoTables, Refusal } from "../test/kit/dynamo-tables.ts"
import { answerParent } from "./child.ts"

const call = callOf(dynamoTables())
const input = z.looseObject({})

const server = createServer(async (request, response) => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  const [, operation = ""] = String(request.headers["x-amz-target"]).split(".")
  const answer = (status: number, body: object) => {
    const text = JSON.stringify(body)
    const headers = { "content-type": "application/x-amz-json-1.0", "content-length": Buffer.byteLength(text) }
    response.writeHead(status, headers).end(text)
  }
  try {
    answer(200, call(operation, z.parse(input, JSON.parse(Buffer.concat(chunks).toString("utf8")))))
  } catch (error) {
    if (error instanceof Refusal) answer(400, { __type: error.type, ...error.more })
    else {
      console.error(error)
      answer(500, { __type: "InternalServerError" })
    }
  }
})
server.keepAliveTimeout = 120_000

answerParent(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()))
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("the tables have no port")
  return `http://127.0.0.1:${address.port}`
})
