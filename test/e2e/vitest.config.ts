import { defineConfig } from "vitest/config"

/** Both apps in a browser, on a local cloud of their own: `npm run test:e2e`. */
export default defineConfig({
  root: new URL("../..", import.meta.url).pathname,
  test: {
    name: "e2e",
    include: ["test/e2e/**/*.test.ts"],
    globalSetup: ["test/e2e/local-apps.ts"],
    reporters: ["default", ["json", { outputFile: ".local/e2e-report.json" }]],
    testTimeout: 180_000,
    hookTimeout: 300_000,
    maxWorkers: 2,
  },
})
