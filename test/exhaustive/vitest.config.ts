import { defineConfig } from "vitest/config"
import { exhaustive } from "./suites.ts"

/** Every call that can fail, every order of what is done at once, every field of every reply changed: `npm run test:exhaustive`. */
export default defineConfig({
  root: new URL("../..", import.meta.url).pathname,
  test: {
    name: "exhaustive",
    include: [...exhaustive],
    reporters: ["default", ["json", { outputFile: ".local/exhaustive-report.json" }]],
    testTimeout: 180_000,
    maxWorkers: "100%",
  },
})
