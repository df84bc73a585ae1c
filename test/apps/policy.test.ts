import { describe, expect, test } from "vitest"
import { cacheControl, contentSecurityPolicy } from "../../apps/policy.ts"

describe("the policy of the apps' pages", () => {
  const policy = contentSecurityPolicy(["https://cloud.example.org"])

  test("lets nothing run or load that is not named", () => {
    expect(policy).toMatch(/^default-src 'none'; /)
    expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval';")
    expect(policy).not.toMatch(/unsafe-inline|'unsafe-eval'|data:/)
  })

  test("lets the page call what it was told, and itself", () => {
    expect(policy).toContain("connect-src 'self' https://cloud.example.org;")
  })

  test("lets no text become a script", () => {
    expect(policy).toContain("require-trusted-types-for 'script'; trusted-types ehr-cloud dompurify")
  })
})

test("only files named by their content are kept without asking", () => {
  expect(cacheControl("/assets/index-abc.js")).toContain("immutable")
  for (const path of ["/index.html", "/worker.js", "/config.json", "/app.webmanifest"])
    expect(cacheControl(path)).toBe("no-cache")
})
