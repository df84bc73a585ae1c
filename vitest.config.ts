import { defineConfig } from "vitest/config"
import { exhaustive } from "./test/exhaustive/suites.ts"

/** `unit` needs nothing but Node; `flows` starts a local cloud of its own and deploys both stacks to it. */
export default defineConfig({
  test: {
    reporters: ["default", ["json", { outputFile: ".local/test-report.json" }]],
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/flows/**", "test/e2e/**", ...exhaustive],
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
        },
      },
    ],
  },
})
