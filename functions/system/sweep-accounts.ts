import { hcpAccounts, store } from "../adapters/wiring.ts"
import { sweepAccounts } from "../domain/hcp-accounts.ts"

const deps = { store: store(), accounts: hcpAccounts() }

/** Every quarter of an hour: disables, then deletes, the temporary accounts whose time has passed. */
export const handler = async (): Promise<void> => {
  const swept = await sweepAccounts(deps, { now: new Date() })
  console.log(JSON.stringify({ useCase: "system/sweep-accounts", ...swept }))
}
