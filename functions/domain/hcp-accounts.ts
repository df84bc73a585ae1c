import { Problem } from "../../contract/errors.ts"
import type { ItemOf } from "../../contract/items.ts"
import type { RequestOf, ResponseOf } from "../../contract/routes.ts"
import type { CloudIdentity } from "./consents.ts"
import { grantOfTicket, hcpActor, requireLiveGrant } from "./grants.ts"
import type { Call, HcpAccountReads, Provider, StoreReads } from "./ports.ts"
import { toldOfGrant } from "./rates.ts"
import { signReceipt } from "./receipts.ts"
import { defineUseCase } from "./runner.ts"
import type { Acting, Step } from "./step.ts"

interface Sessions {
  readonly store: StoreReads
  readonly provider: Provider
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
 * With the session comes the event of the access that it belongs to, with the provider's receipt for it, the same however often it is asked for but for
 * its time.
 */
export const openSession = defineUseCase(
  "hcp/session",
  async (
    { store, provider, cloud }: Sessions,
    request: RequestOf<"hcp/session">,
    call: Call,
  ): Promise<Step<"hcp/session", ResponseOf<"hcp/session">, { hcpAccounts: "openSession" }>> => {
    const found = await grantOfTicket(store, request)
    const { patientId, grantId } = found
    const grant = await requireLiveGrant(store, found.account, { patientId, grantId }, "session", call)
    const { account } = grant
    const until = Math.min(call.now.getTime() + accountLifetime, Date.parse(grant.certificateEndsAt))
    return {
      because: "temporary-account",
      act: async (acting) => {
        await extendAccount(store, acting, account, until)
        const { accessToken, expiresIn } = await acting.ports.hcpAccounts.openSession(account)
        const receipt = await signReceipt(provider, cloud, found, call.now)
        const expiresAt = new Date(call.now.getTime() + expiresIn * 1000).toISOString()
        return {
          once: { ...toldOfGrant(grant), of: "session", now: call.now },
          event: { action: "session", actor: hcpActor(grant), subject: { grantId } },
          enough: "rate-exceeded",
          answer: () => ({ accessToken, expiresAt, receipt, event: found.event }),
        }
      },
    }
  },
)

/** Before the account is woken, so that the sweeper never takes one that is in use. */
const extendAccount = async (store: StoreReads, acting: Acting, account: string, until: number): Promise<void> => {
  const [item] = await store.read([{ kind: "hcp-account", account }])
  const put: ItemOf<"hcp-account"> = {
    kind: "hcp-account",
    revision: (item?.revision ?? 0) + 1,
    account,
    expiresAt: new Date(until).toISOString(),
  }
  const written = await acting.change({ account: { put } })
  if (written.outcome === "conflict") throw new Problem("busy")
}

const isInTime = (item: ItemOf<"hcp-account"> | undefined, now: Date): boolean =>
  item !== undefined && now.getTime() < Date.parse(item.expiresAt)

/** Of a page of accounts, those whose time seems to have passed: one read for all, most of which are in time. */
const dueOf = async <A extends { readonly account: string }>(
  store: StoreReads,
  accounts: readonly A[],
  now: Date,
): Promise<readonly A[]> => {
  if (accounts.length === 0) return []
  const items = await store.read(accounts.map(({ account }) => ({ kind: "hcp-account" as const, account })))
  return accounts.filter((_, i) => !isInTime(items[i], now))
}

type Swept = "kept" | "disabled" | "deleted"
type Sweeping = Acting<{ hcpAccounts: "disable" | "remove" }>

const sweepAccount = async (
  store: StoreReads,
  acting: Sweeping,
  { account, enabled }: { account: string; enabled: boolean },
  now: Date,
): Promise<Swept> => {
  const [item] = await store.read([{ kind: "hcp-account", account }])
  if (isInTime(item, now)) return "kept"
  if (enabled) {
    await acting.ports.hcpAccounts.disable(account)
    return "disabled"
  }
  // The note first: an account without one is found by the next sweep, a note without its account by nobody.
  if (item !== undefined) {
    const removed = { remove: { kind: "hcp-account", account }, revision: item.revision } as const
    const written = await acting.change({ removed })
    // A session is being opened at this moment.
    if (written.outcome === "conflict") return "kept"
  }
  await acting.ports.hcpAccounts.remove(account)
  return "deleted"
}

/**
 * Disables the temporary accounts whose time has passed, and deletes those it finds disabled: two passes, so that a session opened at
 * this moment only has to be opened again.
 */
export const sweepAccounts = defineUseCase(
  "system/sweep-accounts",
  async (
    { store, hcpAccounts }: { store: StoreReads; hcpAccounts: HcpAccountReads },
    { now }: Pick<Call, "now">,
  ): Promise<
    Step<"system/sweep-accounts", { disabled: number; deleted: number }, { hcpAccounts: "disable" | "remove" }>
  > => ({
    because: "temporary-account",
    act: async (acting) => {
      const swept = { kept: 0, disabled: 0, deleted: 0 }
      let after: string | undefined
      do {
        const page = await hcpAccounts.list(after)
        // Each is read again just before it is taken: a session may have been opened meanwhile.
        for (const account of await dueOf(store, page.accounts, now))
          swept[await sweepAccount(store, acting, account, now)]++
        after = page.next
      } while (after !== undefined)
      const { disabled, deleted } = swept
      return { done: { disabled, deleted } }
    },
  }),
)
