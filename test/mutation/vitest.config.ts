import { defineConfig } from "vitest/config"

/** Unit tests only, without the reports and projects of the ordinary run: Stryker picks the files. */
export default defineConfig({ test: { include: ["test/**/*.test.ts"], exclude: ["test/flows/**"], testTimeout: 60_000 } })
