import { expect, test } from "vitest"
import * as z from "zod/mini"
import { clocksApart, goOn, isWhenSigned, signedAt } from "../../protocol/signed-time.ts"

const iat = 1_790_000_000
const at = (seconds: number) => new Date(seconds * 1000).toISOString()

test("a statement was signed when its payload says, and one without a time is refused", () => {
  expect(signedAt({ iat, more: 1 })).toBe(iat)
  for (const payload of [{}, { iat: "now" }, { iat: 1.5 }, { iat: -1 }, null])
    expect(() => signedAt(payload)).toThrow(z.core.$ZodError)
})

test("a cloud can have taken a statement up to 121 s before or after its time, and at no moment that is none", () => {
  for (const off of [-121, -120, 0, 121]) expect(isWhenSigned(at(iat + off), iat), `${off}`).toBe(true)
  for (const off of [-122, 122, 3600, -iat]) expect(isWhenSigned(at(iat + off), iat), `${off}`).toBe(false)
  expect(isWhenSigned("no moment", iat)).toBe(false)
})

test("times go on where none is more than 240 s before the latest so far", () => {
  expect(clocksApart).toBe(240)
  const goes = (...offsets: number[]) => goOn(offsets.map((off) => at(iat + off)))
  expect(goes()).toBe(true)
  expect(goes(0, 10, 10, 5000)).toBe(true)
  expect(goes(240, 0)).toBe(true)
  expect(goes(241, 0)).toBe(false)
  // Each against the latest, and not against the one before.
  expect(goes(400, 200, 0)).toBe(false)
  expect(goes(400, 200, 160)).toBe(true)
  expect(goOn([at(iat), "no moment"])).toBe(false)
  expect(goOn(["no moment"])).toBe(false)
})
