import { expect, test } from "vitest"
import * as z from "zod/mini"
import { type RouteName, routes } from "../../contract/routes.ts"

/** Of the right length, but written with bits that no byte has; `A` in its place is right. */
const [noHash, noIdentifier, noAnswer] = [`${"A".repeat(42)}B`, `${"A".repeat(21)}B`, "AB"]

const cases: [RouteName, string, string][] = [
  ["patient/make-card", "proofKey", noHash],
  ["patient/make-card", "cloudShare", noHash],
  ["patient/make-card", "locatorHash", noHash],
  ["patient/upload-url", "sha256", noHash],
  ["card/read-open-part", "proof", noHash],
  ["hcp/session", "ticket", noHash],
  ["hcp/session", "grantId", noIdentifier],
  ["hcp/emergency-access", "ocsp", noAnswer],
  ["hcp/contribution-upload-url", "sha256", noHash],
  ["hri/look-up", "locator", noIdentifier],
]

test.for(cases)(
  "the contract refuses bytes that aren't written in the one way there is: %s, %s",
  ([route, name, text]) => {
    const refuses = (value: string) =>
      z.safeParse(routes[route].request, { [name]: value }).error?.issues.some(({ path }) => path.join(".") === name) ??
      false
    expect(refuses(text)).toBe(true)
    expect(refuses(text.replace("B", "A"))).toBe(false)
  },
)
