import type { Context } from "aws-lambda"
import { afterEach, expect, test, vi } from "vitest"
import { Problem } from "../../contract/errors.ts"
import { LoggedDetail } from "../../functions/domain/logged-detail.ts"
import { useCase } from "../../functions/http/use-case.ts"
import { newId, newKey } from "../fakes/call.ts"

afterEach(() => vi.restoreAllMocks())

test("why a certificate was refused stands in the operator's log, and not in the answer", async () => {
  const lines: string[] = []
  vi.spyOn(console, "log").mockImplementation((line: string) => lines.push(line))
  const handler = useCase("hcp/session", async () => {
    throw new Problem("revocation-unavailable", { cause: new LoggedDetail(["ocsp-timeout", "crl-stale"]) })
  })
  const body = JSON.stringify({ patientId: newId(), grantId: newId(), ticket: newKey() })
  const event = { requestContext: { requestId: "r" }, body }
  const answer = await handler(event as unknown as Parameters<typeof handler>[0], {} as Context)
  expect(JSON.parse(answer.body ?? "")).toMatchObject({ code: "revocation-unavailable", status: 503 })
  expect(answer.body).not.toMatch(/ocsp|crl/)
  expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { outcome: "revocation-unavailable:ocsp-timeout+crl-stale", status: 503 },
  ])
})
