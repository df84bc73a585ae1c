import { expect, test } from "vitest"
import { IntegrityFailure, orFail } from "../../protocol/integrity.ts"

const failureOf = (check: () => Promise<unknown>): Promise<unknown> =>
  orFail("manifest-forged", check).then(
    () => "passed",
    (error: unknown) => error,
  )

test("a check that passes gives its value", async () => {
  expect(await orFail("manifest-forged", () => 1)).toBe(1)
})

test("whatever a check throws becomes the one failure, which keeps the reason aside", async () => {
  const reason = new TypeError("out of order")
  const failure = await failureOf(() => Promise.reject(reason))
  expect(failure).toBeInstanceOf(IntegrityFailure)
  expect(failure).toMatchObject({
    name: "IntegrityFailure",
    code: "manifest-forged",
    cause: reason,
  })
})

test("a failure inside a check stays the one it is", async () => {
  const inner = new IntegrityFailure("signers-invalid")
  expect(await failureOf(() => Promise.reject(inner))).toBe(inner)
})
