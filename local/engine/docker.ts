import { runCommand } from "../command.ts"

/** Undefined if containers can be started. Having the `docker` command isn't enough: its engine must answer. */
export async function dockerProblem(): Promise<string | undefined> {
  try {
    await runCommand("docker", ["info"], { timeoutMs: 10_000 })
  } catch {
    return "no Docker engine answers"
  }
  try {
    await runCommand("docker", ["compose", "version"], { timeoutMs: 10_000 })
  } catch {
    return "`docker compose` is not installed"
  }
  return undefined
}
