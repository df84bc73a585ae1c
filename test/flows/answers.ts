import { expect } from "vitest"
import { type ProblemCode, statuses } from "../../contract/errors.ts"
import { pathParameters, type RouteName, routes } from "../../contract/routes.ts"
import { itemsOf, stateOf, trailOf } from "./engine.ts"
import { cloud, type newPatient, type Session } from "./people.ts"

/** What came over the network, unread. */
export interface Answer {
  readonly status: number
  readonly contentType: string
  readonly text: string
}

interface Sending {
  readonly token?: string | undefined
  /** An EHR cloud other than the first. */
  readonly address?: string
  /** Sent as it is, in place of what the request would make. */
  readonly body?: string
}

const addressOf = (name: RouteName): string => {
  const address = routes[name].api === "health-record-index" ? cloud.hri : cloud.clouds[0]?.address
  if (address === undefined) throw new Error("there is no EHR cloud")
  return address
}

/** Calls a route as anybody with a socket could: nothing of the SDK, nothing checked. */
export const send = async (name: RouteName, request: object, sending: Sending = {}): Promise<Answer> => {
  const { method, path } = routes[name]
  const { token, address = addressOf(name) } = sending
  const fields: Record<string, unknown> = { ...request }
  let filled: string = path
  for (const parameter of pathParameters(path)) {
    filled = filled.replace(`{${parameter}}`, encodeURIComponent(String(fields[parameter])))
    delete fields[parameter]
  }
  const url = new URL(address + filled)
  if (method === "GET") for (const [field, value] of Object.entries(fields)) url.searchParams.set(field, String(value))
  const response = await fetch(url, {
    method,
    headers: {
      ...(method === "GET" ? {} : { "content-type": "application/json" }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(method === "GET" ? {} : { body: sending.body ?? JSON.stringify(fields) }),
  })
  return {
    status: response.status,
    contentType: response.headers.get("content-type") ?? "",
    text: await response.text(),
  }
}

const stringsIn = (value: unknown): string[] => {
  if (typeof value === "string") return [value]
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(stringsIn) : []
}

type Patient = Awaited<ReturnType<typeof newPatient>>

/** Whatever the cloud keeps of a patient, and what they wrote: nobody else may ever get a word of it. */
export const secretsOf = async ({ session, login, account }: Patient): Promise<string[]> => {
  const kept = (await itemsOf(session)).flatMap(stringsIn).filter((text) => text.length >= 16)
  const told = [login.email, login.password, account.recoveryPhrase, session.accessToken, `of ${login.email}`]
  return [...new Set([...kept, ...told])]
}

export const expectNothingOf = (answer: Answer, secrets: readonly string[]): void => {
  expect(secrets.filter((secret) => answer.text.includes(secret))).toEqual([])
}

/** A refusal in full: its status, its media type, the four fields of its body and no other, but for the path of an invalid one. */
export const expectRefusal = (answer: Answer, code: ProblemCode, secrets: readonly string[] = []): void => {
  const status = statuses[code]
  expect(answer).toMatchObject({ status, contentType: "application/problem+json" })
  const { field, ...body }: { field?: string } = JSON.parse(answer.text)
  expect(field ?? "").toMatch(code === "request-invalid" ? /^[\w.]*$/ : /^$/)
  expect(body).toEqual({
    type: "about:blank",
    status,
    code,
    requestId: expect.stringMatching(/./),
  })
  expectNothingOf(answer, secrets)
}

/** API Gateway's own word for a token that isn't one, before any function of ours runs. */
export const expectUnauthenticated = (answer: Answer): void => {
  expect(answer.status).toBe(401)
  expect(answer.text).toMatch(/unauthor|unauthenticated/i)
  expect(answer.text.length).toBeLessThan(200)
}

const permittedEvents = async (session: Session) =>
  (await trailOf(session)).filter(({ outcome }) => outcome === "permitted").length

/** Refused for this reason, telling nothing and changing nothing: at most a denial is added to the trail. */
export const refused = async (patient: Patient, code: ProblemCode, attempt: () => Promise<Answer>): Promise<void> => {
  const { session } = patient
  const secrets = await secretsOf(patient)
  const [before, events] = [await stateOf(session), await permittedEvents(session)]
  expectRefusal(await attempt(), code, secrets)
  expect(await stateOf(session)).toEqual(before)
  expect(await permittedEvents(session)).toBe(events)
}
