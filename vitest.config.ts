import { join } from "node:path"
import { defineConfig } from "vitest/config"
import { exhaustive } from "./test/exhaustive/suites.ts"
import { native } from "./test/native.ts"

// Whatever the tests start compiles what it loads once.
process.env["NODE_COMPILE_CACHE"] ??= join(import.meta.dirname, ".local/compile-cache")

/** What keeps a state in its modules: an app its page's, a handler what its environment told it. */
const stateful = ["test/apps/**/*.test.ts", "test/functions/**/*.test.ts", "test/lib/iam.test.ts"]

/**
 * `unit` and `isolated` need nothing but Node; each file of `isolated` has its modules to itself. `flows` starts a local cloud of its own and
 * deploys both stacks to it.
 */
export default defineConfig({
  test: {
    reporters: ["default", ["json", { outputFile: ".local/test-report.json" }]],
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/flows/**", "test/e2e/**", ...stateful, ...exhaustive],
          testTimeout: 60_000,
          maxWorkers: "100%",
          sequence: { groupOrder: 0 },
          ...native,
        },
      },
      {
        test: {
          name: "isolated",
          include: stateful,
          testTimeout: 60_000,
          maxWorkers: "100%",
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "flows",
          include: ["test/flows/**/*.test.ts"],
          globalSetup: ["test/flows/local-cloud.ts"],
          testTimeout: 120_000,
          hookTimeout: 300_000,
          // One local cloud answers them all. It comes when the cores are free.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          ...native,
        },
      },
    ],
  },
})
