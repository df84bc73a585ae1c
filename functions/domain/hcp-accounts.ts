import { Problem } from "../../contract/errors.ts"
import type { ItemOf } from "../../contract/items.ts"
import type { RequestOf, ResponseOf } from "../../contract/routes.ts"
import { equal, fromBase64url } from "../../protocol/crypto/bytes.ts"
import { sha256 } from "../../protocol/crypto/primitives.ts"
import type { CloudIdentity } from "./consents.ts"
import { decoded } from "./decode.ts"
import { hcpActor, requireLiveGrant } from "./grants.ts"
import type { AuditTrail, Call, HcpAccounts, Provider, Store } from "./ports.ts"
import { signReceipt } from "./receipts.ts"
import { tellOnce } from "./told-events.ts"

interface Sessions {
  readonly store: Store
  readonly audit: AuditTrail
  readonly accounts: Pick<HcpAccounts, "openSession">
  readonly provider: Pick<Provider, "sign">
  readonly cloud: Pick<CloudIdentity, "cloudId">
}

/** How long a temporary account outlives the last session opened with it, milliseconds. */
const accountLifetime = 24 * 60 * 60 * 1000

/**
 * Opens the session of a grant: the ticket shows that it is who was granted. The account is made on first use, one for each
 * key, and used again. Apart from the emergency access, so that no first record waits for the identity manager.
 *
 * The identity manager is asked before the event is written, and its tokens are given out after: an attempt it refuses, throttled, gave
 * nobody anything and leaves no event, so that asking again doesn't fill the patient's trail. Tokens whose event can't be written never
 * leave, and the password they were made with is known to nobody. A session opened again within the hour leaves no further event.
 *
 * With the session comes the provider's receipt of the access that it belongs to, the same however often it is asked for but for its time.
 */
export const openSession = async (
  { store, audit, accounts, provider, cloud }: Sessions,
  { patientId, grantId, ticket }: RequestOf<"hcp/session">,
  call: Call,
): Promise<ResponseOf<"hcp/session">> => {
  const shown = await sha256(decoded(ticket, "session-refused"))
  const [found] = await store.read([{ kind: "grant", patientId, grantId }])
  if (found === undefined || !equal(shown, fromBase64url(found.ticketHash))) throw new Problem("session-refused")
  const grant = await requireLiveGrant({ store, audit }, found.account, { patientId, grantId }, "session", call)

  const { account } = grant
  await extendAccount(
    store,
    account,
    Math.min(call.now.getTime() + accountLifetime, Date.parse(grant.certificateEndsAt)),
  )
  const { accessToken, expiresIn } = await accounts.openSession(account)
  const receipt = await signReceipt(provider, cloud, grant, call.now)
  const event = { action: "session", outcome: "permitted", actor: hcpActor(grant), subject: { grantId } } as const
  const told = await tellOnce({ store, audit }, { grant, of: "session", event, now: call.now })
  if (told !== "told") throw new Problem(told === "busy" ? "busy" : "rate-exceeded")
  return { accessToken, expiresAt: new Date(call.now.getTime() + expiresIn * 1000).toISOString(), receipt }
}

/** Before the account is woken, so that the sweeper never takes one that is in use. */
const extendAccount = async (store: Store, account: string, until: number): Promise<void> => {
  const [item] = await store.read([{ kind: "hcp-account", account }])
  const put: ItemOf<"hcp-account"> = {
    kind: "hcp-account",
    revision: (item?.revision ?? 0) + 1,
    account,
    expiresAt: new Date(until).toISOString(),
  }
  const written = await store.write([{ put }])
  if (written.outcome === "conflict") throw new Problem("busy")
}

/**
 * Disables the temporary accounts whose time has passed, and deletes those it finds disabled: two passes, so that a session opened at
 * this moment only has to be opened again.
 */
export const sweepAccounts = async (
  { store, accounts }: { store: Store; accounts: Pick<HcpAccounts, "list" | "disable" | "remove"> },
  call: Pick<Call, "now">,
): Promise<{ disabled: number; deleted: number }> => {
  const swept = { disabled: 0, deleted: 0 }
  let after: string | undefined
  do {
    const page = await accounts.list(after)
    for (const { account, enabled } of page.accounts) {
      const [item] = await store.read([{ kind: "hcp-account", account }])
      if (item !== undefined && call.now.getTime() < Date.parse(item.expiresAt)) continue
      if (enabled) {
        await accounts.disable(account)
        swept.disabled++
        continue
      }
      // The note first: an account without one is found by the next sweep, a note without its account by nobody.
      if (item !== undefined) {
        const written = await store.write([{ remove: { kind: "hcp-account", account }, revision: item.revision }])
        // A session is being opened at this moment.
        if (written.outcome === "conflict") continue
      }
      await accounts.remove(account)
      swept.deleted++
    }
    after = page.next
  } while (after !== undefined)
  return swept
}
