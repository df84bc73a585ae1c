import { defineConfig } from "vitest/config"

/**
 * The tests of the module that is mutated, without the reports and projects of the ordinary run. What never ends is Stryker's to stop: a
 * test that is merely slow on a busy machine has noticed nothing. Not isolated: each change has a worker of its own, in which the files share
 * what they import.
 */
export default defineConfig({
  test: { isolate: false, include: (process.env["MUTATION_TESTS"] ?? "").split("\n"), testTimeout: 3_600_000 },
})
