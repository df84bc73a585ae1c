import { describe, expect, test } from "vitest"
import type { AuditEvent } from "../../../contract/audit.ts"
import type { ResponseOf } from "../../../contract/routes.ts"
import { toHex } from "../../../protocol/crypto/bytes.ts"
import { canonicalHash } from "../../../protocol/crypto/canonical.ts"
import { sha256 } from "../../../protocol/crypto/primitives.ts"
import { readStatement, signStatement, statementHash } from "../../../protocol/statement.ts"
import { contribute } from "../../../sdk/hcp/contribute.ts"
import { listRecords as listAsHcp, readRecord } from "../../../sdk/hcp/records.ts"
import {
  approveContribution,
  listContributions,
  readContribution,
  rejectContribution,
} from "../../../sdk/patient/contributions.ts"
import { uploadRecord } from "../../../sdk/patient/records.ts"
import { jsonOf, jsonReply, lying, type Network } from "../../kit/network.ts"
import { accessBy, documentOf } from "../../kit/people.ts"
import { newCard, useWorld } from "../../kit/world.ts"

const world = useWorld()
const online = world.over

describe("an addition that the cloud puts another professional's name on", () => {
  const story = async () => {
    const { session } = await world.patient()
    const { card } = await online(() => newCard(session))
    const access = await online(() => accessBy(card, world.memory.physician))
    const { contributionId } = await online(() => contribute(access, documentOf("document", "by the physician")))
    // Somebody else, without the card, without a key of the record: any certificate will do, also one the cloud made up.
    const other = world.memory.paramedic
    const resigned = async (statement: string, own: object = {}) =>
      signStatement({
        typ: "contribution",
        alg: other.alg,
        privateKey: other.privateKey,
        x5c: other.chain,
        payload: { ...(readStatement(statement).payload as object), ...own },
      })
    const certificate = toHex(await sha256(other.chain[0] ?? new Uint8Array()))
    return { session, card, contributionId, resigned, certificate }
  }

  /** The cloud tells the patient of the other as its author, in its list and in the trail; `grantId`: within which access. */
  const retold = async ({ contributionId, resigned, certificate }: Awaited<ReturnType<typeof story>>, own: object) => {
    let taken = ""
    const rewritten = async (events: readonly AuditEvent[]) => {
      const out: AuditEvent[] = []
      let prev = events[0]?.prev ?? ""
      for (const { hash: _, ...event } of events) {
        const its = event.action === "contribute" && event.subject.contributionId === contributionId
        const actor = { ...event.actor, certificate, profession: "paramedic" as const }
        const subject = { ...event.subject, ...own, statementHash: its ? await statementHash(taken) : "" }
        const next = { ...event, prev, ...(its && event.actor.kind === "hcp" ? { actor, subject } : {}) }
        prev = await canonicalHash(next)
        out.push({ ...next, hash: prev })
      }
      return out
    }
    return (network: Network) => async (asked: Parameters<Network>[0]) => {
      const reply = await network(asked)
      if (asked.route === "patient/list-contributions") {
        const body = jsonOf(reply) as { contributions: { statement: string }[] }
        taken ||= await resigned(body.contributions[0]?.statement ?? "", own)
        const contributions = body.contributions.map((each) => ({ ...each, ...own, statement: taken }))
        return jsonReply({ contributions: contributions.map((each) => ({ ...each, profession: "paramedic" })) })
      }
      if (asked.route !== "patient/read-audit-trail") return reply
      const body = jsonOf(reply) as { events: AuditEvent[] }
      return jsonReply({ ...body, events: await rewritten(body.events) })
    }
  }

  test("is refused by the patient where the other was given no access", async () => {
    const told = await story()
    const operator = await retold(told, {})
    await expect(online(() => listContributions(told.session), operator)).rejects.toMatchObject({
      code: "access-differs",
    })
  })

  test("opens for the patient under no name but its author's, and can't be approved", async () => {
    const told = await story()
    const { session, card, certificate } = told
    const { grantId } = await online(() => accessBy(card, world.memory.paramedic))
    const operator = await retold(told, { grantId })
    await online(async () => {
      const [shown] = await listContributions(session)
      if (shown === undefined) throw new Error("nothing is shown")
      expect(shown).toMatchObject({ professional: { thumbprint: certificate }, status: "pending" })
      expect(shown.metadata).toBeUndefined()
      await expect(readContribution(session, shown)).rejects.toMatchObject({ code: "record-unreadable" })
      await expect(approveContribution(session, shown)).rejects.toMatchObject({ code: "record-unreadable" })
    }, operator)
  })

  test("opens for the next professional under no name but its author's", async () => {
    const { card, resigned, certificate } = await story()
    const operator = (network: Network) => async (asked: Parameters<Network>[0]) => {
      const reply = await network(asked)
      if (asked.route !== "hcp/list-records") return reply
      const body = jsonOf(reply) as { contributions: { statement: string }[] }
      for (const each of body.contributions) each.statement = await resigned(each.statement)
      return jsonReply(body)
    }
    await online(async () => {
      const access = await accessBy(card, world.memory.paramedic)
      const [shown] = await listAsHcp(access, "document")
      if (shown === undefined) throw new Error("nothing is shown")
      expect(shown.unreviewed?.professional.thumbprint).toBe(certificate)
      expect(shown.metadata).toBeUndefined()
      await expect(readRecord(access, shown)).rejects.toMatchObject({ code: "record-unreadable" })
    }, operator)
  })

  test("keeps its author inside its metadata as a record, once it is approved", async () => {
    const { session, card, contributionId } = await story()
    await online(async () => {
      const [pending] = await listContributions(session)
      if (pending === undefined) throw new Error("nothing waits")
      await approveContribution(session, pending)
      const [listed] = await listAsHcp(await accessBy(card, world.memory.paramedic), "document")
      const author = toHex(await sha256(world.memory.physician.chain[0] ?? new Uint8Array()))
      expect(listed).toMatchObject({ descriptor: { recordId: contributionId }, metadata: { author } })
      expect(listed?.unreviewed).toBeUndefined()
    })
  })
})

test("an addition that its author signed as a later version of a record is refused by the next professional", async () => {
  const { session } = await world.patient()
  const { recordId } = await online(() => uploadRecord(session, documentOf("document", "the record")))
  const { card } = await online(() => newCard(session))
  await online(async () =>
    contribute(await accessBy(card, world.memory.physician), documentOf("document", "beside it")),
  )
  const { alg, privateKey, chain: x5c } = world.memory.physician
  const asVersion = async (statement: string, version: number, replaces: string | null) => {
    const { descriptor, ...own } = readStatement(statement).payload as { descriptor: object }
    const payload = { ...own, descriptor: { ...descriptor, recordId, version, replaces } }
    return signStatement({ typ: "contribution", alg, privateKey, x5c, payload })
  }
  const listedAs = (version: number, replaces: string | null) =>
    online(
      async () => listAsHcp(await accessBy(card, world.memory.paramedic), "document"),
      (network) => async (asked) => {
        const reply = await network(asked)
        if (asked.route !== "hcp/list-records") return reply
        const answer = jsonOf(reply) as ResponseOf<"hcp/list-records">
        const signed = answer.contributions.map(async ({ statement, ...each }) => ({
          ...each,
          contributionId: recordId,
          statement: await asVersion(statement, version, replaces),
        }))
        return jsonReply({ ...answer, contributions: await Promise.all(signed) })
      },
    )
  await expect(listedAs(2, "A".repeat(43))).rejects.toMatchObject({ code: "contribution-invalid" })
  expect((await listedAs(1, null)).map(({ metadata }) => metadata?.title)).toEqual(["title of the record", undefined])
})

test("an addition that the trail tells of and the cloud's list leaves out is shown as unlisted", async () => {
  const { session } = await world.patient()
  const { card } = await online(() => newCard(session))
  const { contributionId } = await online(async () =>
    contribute(await accessBy(card, world.memory.physician), documentOf("document", "ALLERGY")),
  )
  const dropping = (network: Network) => lying(network, { "patient/list-contributions": () => ({ contributions: [] }) })
  const shown = await online(() => listContributions(session), dropping)
  expect(shown).toMatchObject([{ contributionId, status: "unlisted" }])
  await online(async () => {
    const [pending] = await listContributions(session)
    if (pending === undefined) throw new Error("nothing waits")
    await rejectContribution(session, pending)
  })
  // The patient's own decision tells of it.
  expect(await online(() => listContributions(session), dropping)).toEqual([])
})

test.each([{ title: "a".repeat(201) }, { contentType: `a/${"b".repeat(120)}` }])(
  "a document that a reader would refuse (%o) is sent by neither the patient nor a professional",
  async (refused) => {
    const { session } = await world.patient()
    const { card } = await online(() => newCard(session))
    const access = await online(() => accessBy(card, world.memory.physician))
    const asked: string[] = []
    const noting = (network: Network) => async (request: Parameters<Network>[0]) => {
      asked.push(request.route)
      return network(request)
    }
    await online(async () => {
      const document = { ...documentOf("document", "a letter"), ...refused }
      await expect(contribute(access, document)).rejects.toThrow()
      await expect(uploadRecord(session, document)).rejects.toThrow()
    }, noting)
    expect(asked.filter((route) => /upload|contribut|commit/.test(route) && !/list/.test(route))).toEqual([])
  },
)
