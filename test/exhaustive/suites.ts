/** What takes minutes, since it tries all there is, and has a command of its own. */
export const exhaustive: readonly string[] = [
  "test/model/**/*.test.ts",
  "test/faults/**/*.test.ts",
  "test/hostile/{generated,written}.test.ts",
]
