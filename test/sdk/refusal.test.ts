import { expect, test } from "vitest"
import { apiAt } from "../../sdk/api.ts"
import { jsonReply, over } from "../kit/network.ts"

const answered = (body: object, status = 400) =>
  over(
    async () => jsonReply({ type: "about:blank", status, requestId: "r", ...body }, status),
    () => apiAt("https://cloud.example").call("patient/list-cards", {}, "token"),
  )

test("a refusal of the cloud is thrown with its code, and with the field of an invalid request", async () => {
  await expect(answered({ code: "request-invalid", field: "descriptor.size" })).rejects.toMatchObject({
    name: "Problem",
    code: "request-invalid",
    status: 400,
    field: "descriptor.size",
  })
  await expect(answered({ code: "not-found" }, 404)).rejects.toMatchObject({ code: "not-found", field: undefined })
})

test.each(["\u001b[2Jdescriptor", "a b", "<b>", "a.", ".a", "a..b", "", "a".repeat(101), "é", 7, null])(
  "a field that can't be one of the contract makes the refusal one that nobody understands: %j",
  async (field) => {
    const refusal = await answered({ code: "request-invalid", field }).catch((error: unknown) => error)
    expect(refusal).toMatchObject({ name: "Problem", code: "internal", field: undefined })
  },
)
