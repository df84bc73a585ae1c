import { toBase64url } from "../../protocol/crypto/bytes.ts"
import { randomBytes } from "../../protocol/crypto/primitives.ts"
import { generateSealingKeyPair } from "../../protocol/sealing.ts"
import { statementHash as hashOf } from "../../protocol/statement.ts"
import { contribute } from "../../sdk/hcp/contribute.ts"
import type { Access } from "../../sdk/hcp/emergency-access.ts"
import { listRecords } from "../../sdk/hcp/records.ts"
import { readAuditTrail, readCheckedTrail } from "../../sdk/patient/audit-trail.ts"
import { startEpoch } from "../../sdk/patient/cards.ts"
import { readContents } from "../../sdk/patient/contents.ts"
import { haltGrant, listGrants } from "../../sdk/patient/grants.ts"
import { placeOf, signAsPatient } from "../../sdk/patient/session.ts"
import { jsonOf, jsonReply, lying, type Network, over } from "../../test/kit/network.ts"
import { accessBy, documentOf, freshly } from "../../test/kit/people.ts"
import { newProvider } from "../../test/kit/provider.ts"
import { accessStatement } from "../access-statement.ts"
import { newPatient, outcomeOf, type Story } from "../ground.ts"
import { beforeCheckpoints, rewrittenTrail } from "../long-trail.ts"
import { ownProvider } from "../provider.ts"
import { newRoot } from "../thief.ts"

const datedAhead: Story = {
  attack: 14,
  name: "an event dated ahead, kept outside the checkpoints for ever",
  expected: "taken, taken, audit-trail-uncovered",
  play: async (on) => {
    const provider = ownProvider(on)
    const { session, card } = await newPatient({ ...on, network: provider.hostile }, "dated ahead")
    const before = await over(provider.hostile, async () => {
      const events = await readAuditTrail(freshly(session))
      await accessBy(card, on.physician)
      return events
    })
    const last = before.at(-1)
    if (last === undefined) throw new Error("there is no trail")
    const ahead = rewrittenTrail(provider.hostile, (honest) =>
      honest.map((event) =>
        event.action === "emergency-access" ? { ...event, at: "2099-01-01T00:00:00.000Z" } : event,
      ),
    )
    const told: Network = (asked) =>
      asked.route === "patient/get-checkpoint" ? provider.hostile(asked) : ahead.rewritten(asked)
    const seen: string[] = []
    for (let n = 1; n <= 3; n++) {
      await provider.sign(session, last)
      const outcome = await outcomeOf(told, () => readCheckedTrail(session))
      seen.push(outcome === "NOT REFUSED" ? "taken" : outcome)
    }
    return seen.join(", ")
  },
}

const datedBack: Story = {
  attack: 14,
  name: "an access dated before the newest keys, so that its halt begins no others",
  expected: "access-differs, 2 epochs; audit-trail-broken, 2 epochs",
  play: async (ground) => {
    const on = beforeCheckpoints(ground)
    const halted = async (name: string, telling: (network: Network) => Network) => {
      const { session, card } = await newPatient(on, name)
      const access = await over(on.network, async () => {
        await startEpoch(session, ["summary"])
        return accessBy(card, on.physician)
      })
      const refused = await outcomeOf(telling(on.network), () => haltGrant(freshly(session), access))
      const { keyRing } = await over(on.network, () => readContents(freshly(session)))
      return `${refused}, ${keyRing.categories.summary.epoch - 1} epochs`
    }
    const dated = (at: string) => (network: Network) => {
      const trail = rewrittenTrail(network, (honest) =>
        honest.map((event) => (event.action === "emergency-access" ? { ...event, at } : event)),
      )
      return lying(trail.rewritten, {
        "patient/list-grants": ({ grants }) => ({ grants: grants.map((grant) => ({ ...grant, grantedAt: at })) }),
      })
    }
    const minutes = (ago: number) => new Date(Date.now() - ago * 60_000).toISOString()
    const lately = await halted("dated back a little", dated(minutes(3)))
    return `${lately}; ${await halted("dated back far", dated(minutes(2 * 24 * 60)))}`
  },
}

const haltedByNobody: Story = {
  attack: 14,
  name: "an access that goes on, told as halted by the patient, in the trail too",
  expected: "access-differs; access-differs; active",
  play: async (ground) => {
    const on = beforeCheckpoints(ground)
    const { session, card } = await newPatient(on, "halted by nobody")
    const { grantId } = await over(on.network, () => accessBy(card, on.physician))
    const thief = await newRoot(placeOf(session))
    const byThief = await thief.sign("halt", session.cloud.cloudId, { patientId: session.patientId, grantId })
    const byPatient = await signAsPatient(session, "halt", { grantId: toBase64url(randomBytes(16)) })
    const seen: string[] = []
    for (const halt of [undefined, byPatient, byThief]) {
      const statementHash = await hashOf(halt ?? byThief)
      const at = new Date().toISOString()
      const trail = rewrittenTrail(on.network, (events) => [
        ...events,
        {
          at,
          action: "halt-grant",
          outcome: "permitted",
          actor: { kind: "patient" },
          subject: { grantId, statementHash },
        },
      ])
      const liar = lying(trail.rewritten, {
        "patient/list-grants": ({ grants }) => ({
          grants: grants.map((grant) => ({ ...grant, status: "halted", halt })),
        }),
      })
      const device = freshly(session)
      const shown: string[] = []
      const outcome = await outcomeOf(liar, async () =>
        shown.push(...(await listGrants(device)).map(({ status }) => status)),
      )
      seen.push(outcome === "NOT REFUSED" ? shown.join(", ") : outcome)
    }
    return seen.join("; ")
  },
}

const forged: Story = {
  attack: 14,
  name: "receipts for something else, for an access and for an addition",
  expected: "receipt-invalid, receipt-invalid, 1 kept",
  play: async (on) => {
    const { card } = await newPatient(on, "receipts")
    const kept: string[] = []
    const keeping = lying(on.network, { "hcp/session": (answer) => (kept.push(answer.receipt), answer) })
    const first = await over(keeping, async () => {
      const access = await accessBy(card, on.physician)
      await listRecords(access, "summary")
      return access
    })
    const [receipt = ""] = kept
    const ofAnother = lying(on.network, {
      "hcp/session": (answer) => ({ ...answer, receipt }),
      "hcp/contribute": (answer) => ({ ...answer, receipt }),
    })
    const seen = [
      await outcomeOf(ofAnother, async () => listRecords(await accessBy(card, on.paramedic), "summary")),
      await outcomeOf(ofAnother, () => contribute(first, documentOf("summary", "an addition"))),
    ]
    return `${seen.join(", ")}, ${first.receipts.length} kept`
  },
}

const somebodyElse: Story = {
  attack: 14,
  name: "an event that tells the patient of somebody else, receipted to the professional who read and added",
  expected: "receipt-invalid, receipt-invalid, 0 kept",
  play: async (on) => {
    const provider = ownProvider(on)
    const { card } = await newPatient({ ...on, network: provider.hostile }, "somebody else")
    const renamed = provider.telling((event) => ({
      ...event,
      actor: { ...event.actor, kind: "hcp", certificate: "ab".repeat(32) },
    }))
    const honestSession: Network = (asked) => (asked.route === "hcp/session" ? provider.hostile(asked) : renamed(asked))
    const kept: Access[] = []
    const seen = [
      await outcomeOf(renamed, async () => {
        const access = await accessBy(card, on.physician)
        kept.push(access)
        await listRecords(access, "summary")
      }),
      await outcomeOf(honestSession, async () => {
        const access = await accessBy(card, on.paramedic)
        await contribute(access, documentOf("summary", "an addition"))
      }),
    ]
    return `${seen.join(", ")}, ${kept.flatMap(({ receipts }) => receipts).length} kept`
  },
}

const keyOfTheirOwn: Story = {
  attack: 14,
  name: "another provider's key for each professional, so that their receipts and checkpoints prove nothing",
  expected: "provider-changed, 0 kept; provider-changed, 0 kept",
  play: async (on) => {
    const { card } = await newPatient(on, "another key")
    const other = await newProvider()
    const seen: string[] = []
    for (const named of [{}, { cloudId: other.cloudId }]) {
      const hostile: Network = async (asked) => {
        const reply = await on.network(asked)
        if (asked.route !== "system/well-known") return reply
        return jsonReply({ ...(jsonOf(reply) as object), ...named, providerKeys: other.keys.list })
      }
      const access = await over(hostile, () => accessBy(card, on.physician))
      const outcome = await outcomeOf(hostile, () => contribute(access, documentOf("summary", "an addition")))
      seen.push(`${outcome}, ${access.receipts.length} kept`)
    }
    return seen.join("; ")
  },
}

const twoHistories: Story = {
  attack: 14,
  name: "a provider that signs one history for the patient and another for a professional",
  expected: "provider-forked",
  play: async (on) => {
    const provider = ownProvider(on)
    const patient = await newPatient({ ...on, network: provider.hostile }, "two histories")
    const { session } = patient
    const last = (await over(provider.hostile, () => readAuditTrail(session))).at(-1)
    if (last === undefined) throw new Error("there is no trail")
    await provider.sign(session, last)
    await over(provider.hostile, () => readCheckedTrail(session))
    const claims = { checkpoint: await provider.fork() }
    const ephemeral = await generateSealingKeyPair()
    const statement = await accessStatement(patient, on.physician, { claims, ephemeral })
    await over(on.network, () => session.cloud.api.call("hcp/emergency-access", { statement, witness: 1 }))
    return outcomeOf(provider.hostile, () => listGrants(session))
  },
}

const keyBesideAnother: Story = {
  attack: 14,
  name: "a history for a professional under a key of its own, which the provider's signs, and the patient is never told of",
  expected: "provider-forked",
  play: async (on) => {
    const provider = ownProvider(on)
    const patient = await newPatient({ ...on, network: provider.hostile }, "a key beside another")
    const { session } = patient
    const last = (await over(provider.hostile, () => readAuditTrail(session))).at(-1)
    if (last === undefined) throw new Error("there is no trail")
    await provider.sign(session, last)
    await over(provider.hostile, () => readCheckedTrail(session))
    const claims = { checkpoint: await provider.forkUnder(await newProvider(), session.cloud.cloudId) }
    const ephemeral = await generateSealingKeyPair()
    const statement = await accessStatement(patient, on.physician, { claims, ephemeral })
    await over(on.network, () => session.cloud.api.call("hcp/emergency-access", { statement, witness: 1 }))
    return outcomeOf(provider.hostile, () => listGrants(session))
  },
}

export const evidenceStories: readonly Story[] = [
  datedAhead,
  datedBack,
  haltedByNobody,
  forged,
  somebodyElse,
  keyOfTheirOwn,
  twoHistories,
  keyBesideAnother,
]
