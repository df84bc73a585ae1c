import { expect, test } from "vitest"
import { exitCodes, failureOf, lineOf, UsageError, unusable } from "../../bin/ehr/exit.ts"
import { Problem } from "../../contract/errors.ts"
import { IntegrityFailure } from "../../protocol/integrity.ts"
import { Unreachable } from "../../sdk/api.ts"
import { TransferFailure } from "../../sdk/transfer/failure.ts"

test.each([
  [new Problem("busy"), exitCodes.refused, "busy"],
  [new IntegrityFailure("record-differs"), exitCodes.integrity, "record-differs"],
  [new TransferFailure("source-changed"), exitCodes.failed, "source-changed"],
  [new Unreachable("unreachable"), exitCodes.unreachable, "unreachable"],
  [unusable("card-damaged"), exitCodes.usage, "card-damaged"],
  [new UsageError("There is no file x."), exitCodes.usage, "usage"],
  [new DOMException("stopped", "AbortError"), exitCodes.interrupted, "interrupted"],
  [new TypeError("canary"), exitCodes.failed, "failed"],
])("the command line answers %s by exit code %i and its code", (error, exitCode, code) => {
  const failure = failureOf(error)
  expect(failure).toMatchObject({ exitCode, code })
  expect(failure.message).toMatch(/^[A-Z].{10,}\.$/)
  expect(lineOf(failure)).not.toContain("canary")
})

test("the command line names the field of an invalid request", () => {
  const failure = failureOf(new Problem("request-invalid", { field: "descriptor.size" }))
  expect(failure).toMatchObject({ code: "request-invalid", field: "descriptor.size" })
  expect(lineOf(failure)).toBe("The request is not what this route takes. (request-invalid: descriptor.size)")
})

test("the command line says which word of a phrase is unknown", () => {
  expect(lineOf(failureOf(unusable("phrase-word-unknown", "It is word 7.")))).toMatch(
    /It is word 7\. \(phrase-word-unknown\)$/,
  )
})

test.each(["ENOSPC", "EDQUOT", "EACCES", "EPERM", "EROFS", "ENOENT", "ENOTDIR", "EISDIR", "ENAMETOOLONG", "EIO"])(
  "the command line says of %s which file it is and what to do",
  (code) => {
    const failure = failureOf(Object.assign(new Error("canary"), { code, path: "card.svg" }))
    expect(failure).toMatchObject({ exitCode: exitCodes.failed, code: "system" })
    expect(failure.message).toMatch(/^card\.svg: [A-Z][^:]{10,}\.$/)
  },
)
