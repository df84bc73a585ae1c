import type { APIGatewayProxyEventV2WithJWTAuthorizer, Context } from "aws-lambda"
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"
import * as z from "zod/mini"
import { Problem, problemDetails } from "../../contract/errors.ts"
import type { RequestOf, ResponseOf, RouteName } from "../../contract/routes.ts"
import type { Call } from "../../functions/domain/ports.ts"
import type { ActorOf } from "../../functions/http/actor.ts"
import { useCase } from "../../functions/http/use-case.ts"
import { maxBodyBytes } from "../../protocol/primitives.ts"
import { newId, newKey } from "../fakes/call.ts"
import { someJwe, someSealed, wrappedFor } from "../kit/sealed.ts"

type Event = APIGatewayProxyEventV2WithJWTAuthorizer
type Sent = Partial<Pick<Event, "isBase64Encoded" | "pathParameters" | "queryStringParameters">> & {
  body?: unknown
  claims?: Record<string, unknown> | null
}

const lines: string[] = []
beforeEach(() => {
  for (const level of ["log", "info", "warn", "error", "debug"] as const)
    vi.spyOn(console, level).mockImplementation((...args: unknown[]) => {
      lines.push(args.map((arg) => (typeof arg === "string" ? arg : JSON.stringify(arg))).join(" "))
    })
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  lines.length = 0
})

const patientId = newId()
const claimsOf = (username: string) => ({ token_use: "access", username, client_id: "client", sub: "sub" })

/** As API Gateway's HTTP API hands it over (payload format 2.0). */
const eventOf = ({ body, claims = claimsOf(patientId), ...sent }: Sent): Event =>
  ({
    version: "2.0",
    routeKey: "POST /",
    rawPath: "/",
    rawQueryString: "",
    headers: { "content-type": "application/json" },
    isBase64Encoded: false,
    requestContext: {
      requestId: "request-1",
      authorizer: claims === null ? undefined : { jwt: { claims, scopes: null } },
    },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    ...sent,
  }) as unknown as Event

/** Sends an event through the whole chain. */
const send = async <N extends RouteName>(
  name: N,
  sent: Sent,
  run: (actor: ActorOf<N>, request: RequestOf<N>, call: Call) => Promise<ResponseOf<N>> = async () =>
    ({}) as ResponseOf<N>,
) => {
  const seen: { actor: ActorOf<N>; request: RequestOf<N>; call: Call }[] = []
  const handler = useCase(name, (actor, request, call) => {
    seen.push({ actor, request, call })
    return run(actor, request, call)
  })
  const answer = await handler(eventOf(sent), {} as Context)
  return {
    seen,
    status: answer.statusCode,
    headers: answer.headers,
    text: answer.body ?? "",
    body: JSON.parse(answer.body ?? "") as unknown,
  }
}

const expectProblem = (
  answer: { status: number | undefined; headers: unknown; body: unknown; seen: readonly unknown[] },
  code: string,
  status: number,
) => {
  expect(answer.status).toBe(status)
  expect(answer.headers).toEqual({
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "content-type": "application/problem+json",
  })
  const fields = Object.keys(answer.body as object).filter((field) => field !== "field")
  expect(fields.toSorted()).toEqual(["code", "requestId", "status", "type"])
  expect(z.parse(problemDetails, answer.body)).toMatchObject({
    type: "about:blank",
    status,
    code,
    requestId: "request-1",
  })
}

const signing = () => ({ kty: "EC", crv: "P-256", x: newKey(), y: newKey() })
const sealing = () => ({ p256: signing(), mlkem768: "A".repeat(1579) })
const registration = () => ({
  email: "anna@example.org",
  password: "Correct-horse-7",
  patientId,
  root: { signing: signing(), sealing: sealing() },
  signers: ["e30.e30.c2ln"],
  accountKey: { number: 1, publicKey: sealing(), sealed: [{ to: sealing(), sealed: someSealed }], previous: [] },
  recoveryBundle: someJwe,
})

describe("a request", () => {
  test("reaches the use-case parsed, with who asks, the moment, and fresh randomness", async () => {
    const body = registration()
    const now = new Date("2026-03-01T12:00:00.123Z")
    vi.useFakeTimers({ toFake: ["Date"], now })
    const { seen, status, body: answered, headers } = await send("patient/register", { body, claims: null })
    expect([status, answered]).toEqual([200, {}])
    expect(headers).toEqual({
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "content-type": "application/json",
    })
    expect(seen).toMatchObject([{ actor: null, request: body }])
    const { call } = seen[0] ?? {}
    expect(call?.now).toEqual(now)
    expect(call?.id()).toMatch(/^[\w-]{22}$/)
    expect(call?.key()).toMatch(/^[\w-]{43}$/)
    expect(call?.key()).not.toBe(call?.key())
  })

  test("takes the fields of the path from there, and those of a GET from the query", async () => {
    const { seen } = await send(
      "patient/get-manifest-page",
      { pathParameters: { category: "summary", page: "0" } },
      async () => ({ descriptors: [] }),
    )
    expect(seen).toMatchObject([{ actor: { patientId }, request: { category: "summary", page: "0" } }])
    const listed = await send("patient/list-cards", { queryStringParameters: { after: "abc" } }, async () => ({
      cards: [],
    }))
    expect(listed.seen).toMatchObject([{ request: { after: "abc" } }])
  })

  test("may be base64 encoded", async () => {
    const body = Buffer.from(JSON.stringify(registration())).toString("base64")
    const { status } = await send("patient/register", { body, isBase64Encoded: true })
    expect(status).toBe(200)
  })

  test.for([
    ["{", "malformed"],
    ['{"a":1}}', "with something after it"],
    ["[]", "a list"],
    ["[{}]", "a list of one"],
    ["null", "null"],
    ["1", "a number"],
    ['"text"', "a text"],
    ["true", "a truth"],
    ["\u0000", "a control character"],
    ["email=anna&password=x", "a form"],
    ['{"a":'.repeat(50_000), "nested without end"],
  ] as const)("whose JSON is %s (%s) is refused", async ([body]) => {
    expectProblem(await send("patient/register", { body }), "request-invalid", 400)
  })

  test.for([undefined, "", "{}"])("without what the route takes is refused: %j", async (body) => {
    expectProblem(await send("patient/register", body === undefined ? {} : { body }), "request-invalid", 400)
  })

  test.for([
    ["a field too many", { more: 1 }],
    ["a field too many within", { root: { ...registration().root, more: 1 } }],
    ["a private key", { root: { ...registration().root, signing: { ...signing(), d: newKey() } } }],
    ["a number for a text", { email: 1 }],
    ["null for a text", { password: null }],
    ["a list for a text", { recoveryBundle: [someJwe] }],
    ["an object for a text", { password: { $gt: "" } }],
    ["a text for an object", { root: "root" }],
    ["an e-mail address that is none", { email: "anna" }],
    ["a key of another curve", { root: { ...registration().root, signing: { ...signing(), crv: "P-384" } } }],
    ["a bundle that is too long", { recoveryBundle: `${someJwe}${"A".repeat(5000)}` }],
  ] as const)("with %s is refused", async ([, changed]) => {
    expectProblem(await send("patient/register", { body: { ...registration(), ...changed } }), "request-invalid", 400)
  })

  test.for(["__proto__", "constructor", "prototype", "toString"])("with a field named %s is refused", async (name) => {
    const body = JSON.stringify(registration()).replace("{", `{${JSON.stringify(name)}:{"email":"eve@example.org"},`)
    expectProblem(await send("patient/register", { body }), "request-invalid", 400)
    expect(({} as Record<string, unknown>)["email"]).toBeUndefined()
  })

  test("is answered with the path of the field that is invalid, and with nothing that was sent", async () => {
    const canary = `CANARY${"A".repeat(37)}`
    const { root, accountKey } = registration()
    const cases: readonly (readonly [string | undefined, object])[] = [
      ["email", { email: canary }],
      ["root.signing.crv", { root: { ...root, signing: { ...signing(), crv: canary } } }],
      ["signers.0", { signers: [canary] }],
      ["accountKey.sealed.0.to", { accountKey: { ...accountKey, sealed: [{ sealed: someSealed, to: canary }] } }],
      ["root", { root: { ...root, [canary]: 1 } }],
      ["root.signing", { root: { ...root, signing: { ...signing(), [canary]: { [canary]: canary } } } }],
      [undefined, { [canary]: canary }],
    ]
    for (const [field, changed] of cases) {
      const answer = await send("patient/register", { body: { ...registration(), ...changed } })
      expectProblem(answer, "request-invalid", 400)
      expect((answer.body as { field?: string }).field).toBe(field)
      expect(answer.text + lines.join("\n")).not.toContain("CANARY")
    }
    const twice = await send("patient/revoke-card", { body: { cardId: canary }, pathParameters: { cardId: newId() } })
    expect(twice.body).toMatchObject({ code: "request-invalid", field: "cardId" })
    expect(twice.text).not.toContain("CANARY")
  })

  test("larger than the limit is refused unread, and one at the limit isn't for its size", async () => {
    const filled = (bytes: number, filler = "a") => {
      const frame = JSON.stringify({ filler: "" })
      return JSON.stringify({ filler: filler.repeat((bytes - frame.length) / Buffer.byteLength(filler)) })
    }
    expectProblem(await send("patient/register", { body: filled(maxBodyBytes + 1) }), "request-too-large", 413)
    expectProblem(await send("patient/register", { body: filled(maxBodyBytes) }), "request-invalid", 400)
    // In bytes, not in characters.
    expectProblem(await send("patient/register", { body: filled(maxBodyBytes + 3, "€") }), "request-too-large", 413)
    const encoded = (bytes: number) => ({ body: Buffer.from(filled(bytes)).toString("base64"), isBase64Encoded: true })
    expectProblem(await send("patient/register", encoded(maxBodyBytes)), "request-invalid", 400)
    expectProblem(await send("patient/register", encoded(maxBodyBytes + 3)), "request-too-large", 413)
  })

  test("with a field of the path in its body or query too is refused, even where both say the same", async () => {
    const cardId = newId()
    for (const body of [{ cardId }, { cardId: newId() }, { cardId: null }])
      expectProblem(await send("patient/revoke-card", { body, pathParameters: { cardId } }), "request-invalid", 400)
    expectProblem(
      await send("patient/get-consent", {
        pathParameters: { kind: "store" },
        queryStringParameters: { kind: "emergency-share" },
      }),
      "request-invalid",
      400,
    )
  })

  test.for([
    ["patient/revoke-card", {}],
    ["patient/revoke-card", { cardId: "../../other" }],
    ["patient/revoke-card", { cardId: "a".repeat(23) }],
    ["patient/revoke-card", { cardId: `${"a".repeat(21)}#` }],
    ["patient/get-consent", { kind: "everything" }],
    ["patient/get-manifest-page", { category: "summary", page: "-1" }],
    ["patient/get-manifest-page", { category: "summary", page: "1e9" }],
    ["patient/get-manifest-page", { category: "Summary", page: "0" }],
  ] as const)("to %s with path %j is refused", async ([name, pathParameters]) => {
    expectProblem(await send(name, { pathParameters }), "request-invalid", 400)
  })

  test.for([
    { more: "1" },
    { after: "" },
    { after: "a b" },
    { after: "é" },
    { after: "a".repeat(201) },
    { after: "a,b" },
  ])("with query %j is refused", async (queryStringParameters) => {
    expectProblem(await send("patient/list-cards", { queryStringParameters }), "request-invalid", 400)
  })
})

describe("who asks", () => {
  const account = "0123456789abcdef".repeat(4)
  const listing = (claims: Record<string, unknown> | null) =>
    send("patient/list-cards", { claims }, async () => ({ cards: [] }))
  const pathParameters = { patientId, grantId: newId(), recordId: newId(), version: "1" }
  const downloading = (claims: Record<string, unknown> | null) =>
    send("hcp/download-url", { claims, pathParameters }, async () => ({ url: "https://x" }))

  test("is the patient or professional of the access token", async () => {
    expect((await listing(claimsOf(patientId))).seen).toMatchObject([{ actor: { patientId } }])
    expect((await downloading(claimsOf(account))).seen).toMatchObject([{ actor: { account } }])
  })

  test.for([
    ["no claims", null],
    ["empty claims", {}],
    ["an ID token", { ...claimsOf(patientId), token_use: "id" }],
    ["a token of no use", { username: patientId }],
    ["no username", { token_use: "access" }],
    ["a username of another shape", claimsOf("anna@example.org")],
    ["a username that is a list", { ...claimsOf(patientId), username: [patientId] }],
    ["a username that is too long", claimsOf(`${patientId}A`)],
    ["a token use that is a list", { ...claimsOf(patientId), token_use: ["access"] }],
    ["a professional's username", claimsOf(account)],
    ["another name for the username", { token_use: "access", "cognito:username": patientId }],
  ] as const)("with %s is nobody to a patient's route", async ([, claims]) => {
    expectProblem(await listing(claims), "unauthenticated", 401)
  })

  test.for([
    ["no claims", null],
    ["an ID token", { ...claimsOf(account), token_use: "id" }],
    ["a patient's username", claimsOf(patientId)],
    ["a hash in capitals", claimsOf(account.toUpperCase())],
    ["a hash cut short", claimsOf(account.slice(1))],
    ["a hash and a line feed", claimsOf(`${account}\n`)],
  ] as const)("with %s is nobody to a professional's route", async ([, claims]) => {
    expectProblem(await downloading(claims), "unauthenticated", 401)
  })
})

describe("an answer", () => {
  test("holds the contract's fields and no other", async () => {
    const card = {
      cardId: newId(),
      status: "active" as const,
      createdAt: "2026-03-01T12:00:00.000Z",
      categories: ["summary" as const],
      locatorHash: newKey(),
      hri: "https://hri.example",
      keys: [{ category: "summary" as const, epoch: 1 }],
      sealed: someSealed,
    }
    const secrets = { proofKey: newKey(), cloudShare: newKey(), wrappedCategoryKeys: wrappedFor(["summary"]) }
    const stored = { ...card, ...secrets, kind: "card", revision: 1, patientId }
    const { body } = await send("patient/list-cards", {}, async () => ({ cards: [stored], secret: "x" }))
    expect(body).toEqual({ cards: [card] })
  })

  test("that isn't the contract's is never sent", async () => {
    const answer = await send("patient/list-cards", {}, async () => ({ cards: [{ cardId: "canary" }] }) as never)
    expectProblem(answer, "internal", 500)
    expect(answer.text).not.toContain("canary")
  })

  test("to a refusal is its problem, by its code", async () => {
    const answer = await send("patient/recover", {}, async () => {
      throw new Problem("account-deactivated", { cause: new Error("canary") })
    })
    expectProblem(answer, "account-deactivated", 403)
    expect(answer.text).not.toContain("canary")
  })

  const surprises: [string, () => unknown][] = [
    ["an error", () => new Error("canary")],
    ["an error with a cause", () => new Error("canary", { cause: new Problem("not-found") })],
    [
      "an error that looks like a problem",
      () => Object.assign(new Error("canary"), { code: "not-found", status: 404, statusCode: 404 }),
    ],
    ["a text", () => "canary"],
    ["nothing", () => undefined],
    ["an object", () => ({ message: "canary", statusCode: 200, body: "canary" })],
  ]
  test.for(surprises)("to %s that was thrown is `internal`, without a word of it", async ([, thrown]) => {
    const answer = await send("patient/recover", {}, async () => {
      throw thrown()
    })
    expectProblem(answer, "internal", 500)
    expect(answer.text + lines.join("")).not.toContain("canary")
    expect(answer.text).not.toMatch(/at .*\.ts/)
  })
})

describe("the log", () => {
  test("is one line for each request, of exactly these fields", async () => {
    await send("patient/list-cards", {}, async () => ({ cards: [] }))
    await send("patient/list-cards", { claims: null })
    await send("patient/recover", {}, async () => {
      throw new TypeError("canary")
    })
    const logged = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
    for (const line of logged)
      expect(Object.keys(line).sort()).toEqual(["actor", "ms", "outcome", "requestId", "status", "useCase"])
    expect(logged.map(({ ms: _ms, ...line }) => line)).toEqual([
      { requestId: "request-1", useCase: "patient/list-cards", actor: "patient", status: 200, outcome: "permitted" },
      {
        requestId: "request-1",
        useCase: "patient/list-cards",
        actor: "patient",
        status: 401,
        outcome: "unauthenticated",
      },
      {
        requestId: "request-1",
        useCase: "patient/recover",
        actor: "patient",
        status: 500,
        outcome: "internal:TypeError",
      },
    ])
    expect(logged.every(({ ms }) => typeof ms === "number" && ms >= 0 && ms < 60_000)).toBe(true)
  })

  test("and the answer hold nothing of what was sent, whatever became of it", async () => {
    const canary = "CANARY"
    const secret = `${canary}${"A".repeat(43 - canary.length)}`
    const id = `${canary}${"A".repeat(22 - canary.length)}`
    const attempts: Promise<{ text: string }>[] = []
    const thrown = [
      new Error(secret),
      new Problem("not-found", { cause: new Error(secret) }),
      Object.assign(new Error(secret), { stack: secret, cause: { secret } }),
    ]
    for (const error of thrown) {
      const fail = async () => {
        throw error
      }
      attempts.push(
        send(
          "patient/register",
          {
            body: {
              ...registration(),
              email: `${canary}@example.org`,
              password: secret,
              recoveryBundle: `${secret}.a.a.a.a`,
            },
          },
          fail,
        ),
        send("patient/sign-in", { body: { email: `${canary}@example.org`, password: secret } }, fail),
        send("patient/revoke-card", { pathParameters: { cardId: id }, claims: claimsOf(id) }, fail),
        send(
          "patient/list-cards",
          { queryStringParameters: { after: secret }, claims: { ...claimsOf(id), email: secret } },
          fail,
        ),
        send("hcp/session", { body: { patientId: id, grantId: id, ticket: secret } }, fail),
        send("hri/look-up", { body: { locator: id } }, fail),
      )
    }
    const malformed = [secret, `{"${secret}":`, { [secret]: secret }, { email: secret }, [secret]]
    for (const body of malformed) attempts.push(send("patient/sign-in", { body }))
    attempts.push(
      send("patient/revoke-card", { pathParameters: { cardId: `${secret}!` } }),
      send("patient/list-cards", { queryStringParameters: { [secret]: secret } }),
      send("patient/list-cards", { claims: { token_use: secret, username: secret } }),
      send("patient/list-cards", { claims: claimsOf(secret) }),
      send("hri/look-up", { body: secret, isBase64Encoded: true }),
    )
    const answers = await Promise.all(attempts)
    expect(lines).toHaveLength(answers.length)
    expect(lines.join("\n")).not.toContain(canary)
    expect(answers.map(({ text }) => text).join("\n")).not.toContain(canary)
  })
})
