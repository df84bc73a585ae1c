import { CommandError, runCommand } from "../command.ts"

/** Runs `openssl` in `cwd`, so that paths in arguments and configuration can be relative. Throws `CommandError`. */
export async function openssl(args: readonly string[], cwd: string): Promise<string> {
  try {
    // OPENSSL_CONF could bring in a configuration of the developer's own.
    return await runCommand("openssl", args, {
      cwd,
      env: { ...process.env, OPENSSL_CONF: "/dev/null", RANDFILE: undefined },
    })
  } catch (error) {
    if (error instanceof CommandError && error.notFound) {
      throw new Error(
        "The certification authority needs the `openssl` command, version 3: `npm run doctor` says how to get it.",
        {
          cause: error,
        },
      )
    }
    throw error
  }
}
