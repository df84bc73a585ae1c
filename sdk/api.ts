import * as z from "zod/mini"
import { Problem, problemDetails } from "../contract/errors.ts"
import type { Upload } from "../contract/routes.ts"
import { pathParameters, type RequestOf, type ResponseOf, type RouteName, routes } from "../contract/routes.ts"
import type { Bytes } from "./crypto/bytes.ts"
import { IntegrityFailure, orFail } from "./integrity.ts"

/** The network gave no answer; the same call may be made again. */
export class Unreachable extends Error {
  override readonly name = "Unreachable"
}

/** One EHR cloud or HRI, and the only place of the SDK that speaks HTTP. URLs and bodies never go into an error. */
export interface Api {
  readonly address: string
  call<N extends RouteName>(name: N, request: RequestOf<N>, accessToken?: string): Promise<ResponseOf<N>>
}

const attempt = async (url: string | URL, init: RequestInit): Promise<Response> => {
  try {
    return await fetch(url, {
      ...init,
      redirect: "error",
      referrerPolicy: "no-referrer",
      cache: "no-store",
      credentials: "omit",
    })
  } catch (cause) {
    throw new Unreachable("There is no connection.", { cause })
  }
}

const refusalIn = async (response: Response): Promise<Problem> => {
  const body: unknown = await response.json().catch(() => undefined)
  const problem = z.safeParse(problemDetails, body)
  if (problem.success) return new Problem(problem.data.code)
  // API Gateway answers by itself, before any function of ours runs.
  if (response.status === 401) return new Problem("unauthenticated")
  if (response.status === 404) return new Problem("not-found")
  if (response.status === 413) return new Problem("request-too-large")
  return new Problem(response.status === 429 || response.status === 503 ? "busy" : "internal")
}

/** `address`: where the API is, without a trailing slash needed. */
export const apiAt = (address: string): Api => {
  const base = address.replace(/\/+$/, "")
  return {
    address: base,
    call: async (name, request, accessToken) => {
      const { method, path, response: schema } = routes[name]
      const fields = new Map<string, unknown>(Object.entries(request))
      let filled: string = path
      for (const parameter of pathParameters(path)) {
        filled = filled.replace(`{${parameter}}`, encodeURIComponent(String(fields.get(parameter))))
        fields.delete(parameter)
      }
      const url = new URL(base + filled)
      const rest = [...fields].filter(([, value]) => value !== undefined)
      if (method === "GET") for (const [field, value] of rest) url.searchParams.set(field, String(value))
      const response = await attempt(url, {
        method,
        headers: {
          ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
          ...(method === "GET" ? {} : { "content-type": "application/json" }),
        },
        ...(method === "GET" ? {} : { body: JSON.stringify(Object.fromEntries(rest)) }),
      })
      if (!response.ok) throw await refusalIn(response)
      const parsed = await orFail("reply-invalid", async () => z.parse(schema, await response.json()))
      // oxlint-disable-next-line typescript/consistent-type-assertions -- the schema parsed is that of N; TypeScript can't follow the index
      return parsed as ResponseOf<typeof name>
    },
  }
}

/** PUTs sealed bytes to where the cloud said. What is there already was put by an attempt before: the commit compares. */
export const putObject = async ({ url, headers }: Upload, sealed: Bytes): Promise<void> => {
  const response = await attempt(url, { method: "PUT", headers, body: sealed })
  await response.body?.cancel()
  if (!response.ok && response.status !== 412)
    throw new Problem(response.status === 503 ? "busy" : "record-not-uploaded")
}

/** GETs sealed bytes; stops reading, and fails, where there are more or fewer than announced. */
export const getObject = async (url: string, size: number): Promise<Bytes> => {
  const response = await attempt(url, { method: "GET" })
  if (!response.ok || response.body === null) {
    await response.body?.cancel()
    throw new Problem(response.status === 503 ? "busy" : "not-found")
  }
  const sealed = new Uint8Array(size)
  let length = 0
  for await (const chunk of response.body) {
    if (length + chunk.length > size) throw new IntegrityFailure("record-differs")
    sealed.set(chunk, length)
    length += chunk.length
  }
  if (length !== size) throw new IntegrityFailure("record-differs")
  return sealed
}
