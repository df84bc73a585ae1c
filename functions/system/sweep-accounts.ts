import { hcpAccounts, store } from "../adapters/wiring.ts"
import { sweepAccounts } from "../domain/hcp-accounts.ts"
import { unattended } from "../http/unattended.ts"

const deps = { store: store(), hcpAccounts: hcpAccounts() }
const useCase = "system/sweep-accounts"

/** Every quarter of an hour: disables, then deletes, the temporary accounts whose time has passed. */
export const handler = unattended(useCase, async () => {
  const swept = await sweepAccounts(deps, { now: new Date() })
  console.log(JSON.stringify({ useCase, ...swept }))
})
