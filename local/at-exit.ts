const cleanings = new Set<() => void>()

process.on("exit", () => {
  // The newest first: a command ends before the folder that it writes to is removed.
  for (const clean of [...cleanings].reverse()) clean()
})

/** Has `clean` called when this process ends, whatever ends it but a kill; it must be synchronous. Returns what takes that back. */
export const atExit = (clean: () => void): (() => void) => {
  cleanings.add(clean)
  return () => cleanings.delete(clean)
}

/** Lets Ctrl-C and SIGTERM end this process at once, with all that was to be cleaned at its exit, whatever it is waiting for. */
export const exitOnSignals = (): void => {
  process.once("SIGINT", () => process.exit(130))
  process.once("SIGTERM", () => process.exit(143))
}
