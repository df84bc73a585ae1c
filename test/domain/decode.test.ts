import { expect, test } from "vitest"
import { Problem } from "../../contract/errors.ts"
import { decoded } from "../../functions/domain/decode.ts"
import { refusalOf } from "../fakes/cloud.ts"

test("a field is decoded where it is the one text of its bytes", () => {
  expect(decoded("AQID")).toEqual(Uint8Array.of(1, 2, 3))
})

test.for(["AQI=", "AR", "A", "+/8A"])("%j is refused, with the problem asked for and its cause", async (text) => {
  expect(await refusalOf((async () => decoded(text))())).toBe("request-invalid")
  try {
    decoded(text, "statement-invalid")
    expect.unreachable()
  } catch (error) {
    expect(error).toBeInstanceOf(Problem)
    expect(error).toMatchObject({ code: "statement-invalid", cause: expect.any(TypeError) })
  }
})
