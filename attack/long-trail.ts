import { type AuditEvent, auditOrigin } from "../contract/audit.ts"
import type { ResponseOf } from "../contract/routes.ts"
import { canonicalHash } from "../protocol/crypto/canonical.ts"
import { jsonOf, jsonReply, type Network } from "../test/kit/network.ts"
import type { Ground } from "./ground.ts"

type Told = Omit<AuditEvent, "seq" | "prev" | "hash">
type Page = ResponseOf<"patient/read-audit-trail">

/**
 * The ground as it is before the cloud has made its first checkpoint: a device that knows one refuses a rewritten trail for that, before it sees what else is wrong
 * with it.
 */
export const beforeCheckpoints = (on: Ground): Ground => ({
  ...on,
  network: async (asked) => (asked.route === "patient/get-checkpoint" ? jsonReply({}) : on.network(asked)),
})

/**
 * A cloud that writes a patient's trail itself: `told` changes the honest events, or adds to them. What it has shown stands; what the honest cloud adds
 * since comes behind it. `pageOf`: how many events it gives at a time. It shows no checkpoint of the honest provider's.
 */
export const rewrittenTrail = (network: Network, told: (honest: readonly Told[]) => readonly Told[], pageOf = 50) => {
  const chain: AuditEvent[] = []
  let consumed = 0
  const append = async ({ at, action, outcome, actor, subject }: Told) => {
    const event = {
      at,
      action,
      outcome,
      actor,
      subject,
      seq: chain.length + 1,
      prev: chain.at(-1)?.hash ?? auditOrigin,
    }
    chain.push({ ...event, hash: await canonicalHash(event) })
  }
  const extend = async (asked: Parameters<Network>[0]) => {
    const fresh: AuditEvent[] = []
    for (let after: string | undefined = String(consumed); after !== undefined; ) {
      const url = new URL(asked.url)
      url.searchParams.set("after", after)
      const page = jsonOf(await network({ ...asked, url })) as Page
      fresh.push(...page.events)
      after = page.next
    }
    const began = consumed === 0
    consumed += fresh.length
    for (const event of began ? told(fresh) : fresh) await append(event)
  }
  let pages = 0
  const rewritten: Network = async (asked) => {
    if (asked.route === "patient/get-checkpoint") return jsonReply({})
    if (asked.route !== "patient/read-audit-trail") return network(asked)
    pages++
    const from = Number(asked.url.searchParams.get("after") ?? 0)
    if (from >= chain.length || from === 0) await extend(asked)
    const events = chain.slice(from, from + pageOf)
    const next = from + events.length
    return jsonReply(next < chain.length ? { events, next: String(next) } : { events })
  }
  return { rewritten, chain, pages: () => pages }
}
