/** What takes minutes, since it tries all there is, and has a command of its own. */
export const exhaustive: readonly string[] = [
  "test/certify/flipped-bits.test.ts",
  "test/model/**/*.test.ts",
  "test/limits/surge.test.ts",
  "test/faults/**/*.test.ts",
  "test/hostile/{generated,written}.test.ts",
]
