import { defineConfig } from "vitest/config"

/** The tests of the module that is mutated, without the reports and projects of the ordinary run. */
export default defineConfig({
  test: { include: (process.env["MUTATION_TESTS"] ?? "").split("\n"), testTimeout: 60_000 },
})
