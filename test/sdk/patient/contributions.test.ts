import { describe, expect, test, vi } from "vitest"
import * as z from "zod/mini"
import type { ResponseOf } from "../../../contract/routes.ts"
import { sealToAccount } from "../../../protocol/account-key.ts"
import { statements } from "../../../protocol/claims.ts"
import { type Bytes, toBase64url, utf8 } from "../../../protocol/crypto/bytes.ts"
import { sealUnder } from "../../../protocol/crypto/envelope.ts"
import { randomBytes, sha256 } from "../../../protocol/crypto/primitives.ts"
import { seal } from "../../../protocol/crypto/streaming-aead.ts"
import { metadataKey, recordAssociatedData, wrapDataKey } from "../../../protocol/record-keys.ts"
import { readStatement, signStatement } from "../../../protocol/statement.ts"
import { contribute } from "../../../sdk/hcp/contribute.ts"
import type { Access } from "../../../sdk/hcp/emergency-access.ts"
import { listRecords as listAsHcp } from "../../../sdk/hcp/records.ts"
import { callAsHcp, grantOf, sessionOf } from "../../../sdk/hcp/session.ts"
import { startEpoch } from "../../../sdk/patient/cards.ts"
import { readContents } from "../../../sdk/patient/contents.ts"
import {
  approveContribution,
  type Contribution,
  listContributions,
  readContribution,
  rejectContribution,
} from "../../../sdk/patient/contributions.ts"
import { listRecords, readDecided, withDescriptor } from "../../../sdk/patient/listed.ts"
import { publish } from "../../../sdk/patient/publication.ts"
import { downloadRecord } from "../../../sdk/patient/records.ts"
import type { PatientSession } from "../../../sdk/patient/session.ts"
import { stamp } from "../../../sdk/stamp.ts"
import { type Asked, jsonOf, jsonReply, type Network } from "../../kit/network.ts"
import { accessBy, documentOf } from "../../kit/people.ts"
import { again, before, changed, counting, losing, newCard, secondDevice, useWorld } from "../../kit/world.ts"

const world = useWorld()
const online = world.over

const withAddition = async (texts: readonly string[] = ["an addition"]) => {
  const account = await world.patient()
  const { card } = await online(() => newCard(account.session))
  const access = await online(() => accessBy(card, world.memory.physician))
  await online(async () => {
    for (const text of texts) await contribute(access, documentOf("document", text))
  })
  return { ...account, card, access }
}

const pendingOf = async (session: PatientSession): Promise<Contribution[]> =>
  (await online(() => listContributions(session))).filter(({ status }) => status === "pending")
const only = <T>(items: readonly T[]): T => {
  const [item] = items
  if (item === undefined || items.length !== 1) throw new Error(`${items.length} instead of one`)
  return item
}
const decidedIds = async (session: PatientSession) =>
  online(async () => (await readDecided(session, await readContents(session))).flat())

/** The cloud tells of an addition otherwise. */
const told = (change: (listed: ResponseOf<"patient/list-contributions">["contributions"]) => object[]) =>
  changed("patient/list-contributions", (reply) => {
    const answer = jsonOf(reply) as ResponseOf<"patient/list-contributions">
    return jsonReply({ ...answer, contributions: change(answer.contributions) })
  })

test("an addition whose id a record has already, in whatever category, is not approved", async () => {
  const { session } = await withAddition()
  const pending = only(await pendingOf(session))
  await online(() =>
    publish(
      session,
      async (contents) => {
        if (pending.descriptor === undefined) throw new Error("it isn't listed")
        const taken = { ...pending.descriptor, category: "imaging" as const }
        return { pages: [await withDescriptor(session, contents, taken, { isNew: true })] }
      },
      async () => undefined,
    ),
  )
  const { contents } = session.cache
  const answered = (network: Network) => async (asked: Asked) =>
    asked.route === "patient/list-grants" ? jsonReply({ grants: [] }) : network(asked)
  await expect(online(() => approveContribution(session, pending), answered)).rejects.toMatchObject({
    code: "contribution-invalid",
  })
  expect(session.cache.contents).toBe(contents)
})

/** An addition under a data key of the sender's choice, wrapped as they say for the newest epoch. */
const addUnder = async (
  access: Access,
  { dataKey, epoch, wrap }: { dataKey: Bytes; epoch: number; wrap: (recordId: string) => Promise<string> },
) => {
  const { cloudId, patientId } = access.entry
  const recordId = toBase64url(randomBytes(16))
  const objectId = toBase64url(randomBytes(16))
  const place = { recordId, version: 1, replaces: null, category: "document" as const }
  const shown = { title: "by choice", contentType: "text/plain", size: 4, createdAt: new Date().toISOString() }
  const author = Buffer.from(await sha256(access.credential!.chain[0] ?? new Uint8Array(0))).toString("hex")
  const sealed = await seal(dataKey, recordAssociatedData({ patientId, recordId, version: 1 }), utf8("text"))
  const of = { category: "document" as const, size: sealed.length, sha256: toBase64url(await sha256(sealed)) }
  const metadata = await sealUnder(await metadataKey(dataKey), utf8(JSON.stringify({ ...place, ...shown, author })))
  const object = { kind: "contribution", object: recordId, epoch } as const
  const statement = await signStatement({
    typ: "contribution",
    alg: access.credential!.alg,
    privateKey: access.credential!.privateKey,
    x5c: access.credential!.chain,
    payload: {
      aud: cloudId,
      ...stamp(),
      ...grantOf(access),
      fingerprint: access.fingerprint,
      descriptor: { ...place, objectId, ...of, epoch, wrappedKey: await wrap(recordId), metadata },
      account: access.account.number,
      sealedKey: await sealToAccount({ cloudId, patientId }, access.account.key, object, dataKey),
    },
  })
  const to = { ...grantOf(access), contributionId: recordId }
  const { url, headers } = await callAsHcp(access, "hcp/contribution-upload-url", { ...to, objectId, ...of })
  await fetch(url, { method: "PUT", headers, body: sealed })
  await callAsHcp(access, "hcp/contribute", { ...to, statement })
}

test("an earlier category key, wrapped as the key ring has it, is no addition's data key", async () => {
  const { session } = await world.patient()
  const { card } = await online(() => newCard(session, ["document"]))
  const access = await online(() => accessBy(card, world.memory.physician))
  const dataKey = await access.keys.at("document", 1)
  await online(() => startEpoch(session, ["document"]))
  const { keyRing, keys } = await online(() => readContents(session))
  const ofRing = async () => keyRing.categories.document.previous[0]?.wrappedKey ?? ""
  const byReader = (recordId: string) => wrapDataKey(keys.document.key, { recordId, version: 1 }, dataKey)
  await online(() => addUnder(access, { dataKey, epoch: 2, wrap: ofRing }))
  expect(only(await online(() => listContributions(session))).metadata).toBeUndefined()
  await online(() => addUnder(access, { dataKey, epoch: 2, wrap: byReader }))
  const titles = (await online(() => listContributions(session))).map(({ metadata }) => metadata?.title)
  expect(titles.filter((title) => title !== undefined)).toEqual(["by choice"])
})

describe("an addition", () => {
  test("is shown with who made it, and read before it is decided", async () => {
    const { session } = await withAddition()
    const pending = only(await pendingOf(session))
    expect(pending).toMatchObject({
      profession: "physician",
      olderKey: false,
      metadata: { title: "title of an addition" },
    })
    expect(Buffer.from(await online(() => readContribution(session, pending))).toString()).toBe("an addition")
  })

  test("becomes a record by one publication, with the decision in the manifest", async () => {
    const { session } = await withAddition()
    const pending = only(await pendingOf(session))
    const { asked, between } = counting()
    const descriptor = await online(() => approveContribution(session, pending), between)
    expect(asked).toEqual(["patient/list-grants", "patient/approve-contribution", "hri/put-entry"])
    expect(await online(() => listRecords(session))).toEqual([descriptor])
    expect(Buffer.from((await online(() => downloadRecord(session, descriptor))).bytes).toString()).toBe("an addition")
    expect(await decidedIds(session)).toEqual([pending.contributionId])
    expect(only(await online(() => listContributions(session))).status).toBe("approved")
  })

  test("that is rejected is destroyed, and its id stays decided", async () => {
    const { session } = await withAddition()
    const pending = only(await pendingOf(session))
    await online(() => rejectContribution(session, pending))
    expect(await online(() => listRecords(session))).toEqual([])
    expect(await decidedIds(session)).toEqual([pending.contributionId])
    expect(only(await online(() => listContributions(session))).status).toBe("rejected")
  })

  test("is decided once by two devices: the second is told, and changes nothing", async () => {
    const { session, login, phrase } = await withAddition()
    const other = await online(() => secondDevice({ session, login, phrase }))
    const mine = only(await pendingOf(session))
    const theirs = only(await pendingOf(other))
    await expect(
      online(
        () => approveContribution(session, mine),
        before("patient/approve-contribution", () => online(() => rejectContribution(other, theirs))),
      ),
    ).rejects.toMatchObject({ code: "contribution-decided" })
    expect(await online(() => listRecords(session))).toEqual([])
    expect(await decidedIds(session)).toEqual([mine.contributionId])
  })

  test("whose approval lost its answer is approved once, and is its record when it is approved again", async () => {
    const { session } = await withAddition()
    const pending = only(await pendingOf(session))
    await expect(
      online(() => approveContribution(session, pending), losing("patient/approve-contribution")),
    ).rejects.toMatchObject({ name: "Unreachable" })
    const descriptor = await online(() => approveContribution(session, pending))
    expect(await online(() => listRecords(session))).toEqual([descriptor])
    expect(await decidedIds(session)).toEqual([pending.contributionId])
    await expect(online(() => rejectContribution(session, pending))).rejects.toMatchObject({
      code: "contribution-decided",
    })
  })

  test("whose rejection lost its answer is rejected once, and can't be approved any more", async () => {
    const { session } = await withAddition()
    const pending = only(await pendingOf(session))
    await expect(
      online(() => rejectContribution(session, pending), losing("patient/reject-contribution")),
    ).rejects.toMatchObject({ name: "Unreachable" })
    await online(() => rejectContribution(session, pending))
    expect(await decidedIds(session)).toEqual([pending.contributionId])
    await expect(online(() => approveContribution(session, pending))).rejects.toMatchObject({
      code: "contribution-decided",
    })
  })

  test("under a key that had ended long before its access is flagged; one whose key ended meanwhile isn't", async () => {
    const { session, access, card } = await withAddition()
    await online(() => startEpoch(session, ["document"]))
    expect(only(await pendingOf(session)).olderKey).toBe(false)
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 10 * 60_000 })
    try {
      // Who read before, and kept the key, uses it within a later access.
      const later = await online(() => accessBy(card, world.memory.paramedic))
      await online(() => contribute({ ...later, keys: access.keys }, documentOf("document", "under a kept key")))
      const listed = await online(() => listContributions(session))
      expect(Object.fromEntries(listed.map(({ metadata, olderKey }) => [metadata?.title, olderKey]))).toEqual({
        "title of an addition": false,
        "title of under a kept key": true,
      })
    } finally {
      vi.useRealTimers()
    }
  })
})

describe("what the cloud tells of an addition", () => {
  test("is refused where a decided one is shown as pending, or a pending one as decided", async () => {
    const { session } = await withAddition(["one", "two"])
    const before = await pendingOf(session)
    let shown: ResponseOf<"patient/list-contributions">["contributions"] = []
    await online(
      () => listContributions(session),
      told((listed) => (shown = listed)),
    )
    const [first] = before
    if (first === undefined) throw new Error("nothing is pending")
    await online(() => rejectContribution(session, first))
    await expect(
      online(
        () => listContributions(again(session)),
        told(() => shown),
      ),
    ).rejects.toMatchObject({
      code: "decision-invalid",
    })
    const allRejected = told((listed) =>
      listed.map((each) => ({
        ...each,
        status: "rejected",
        decision: listed.find(({ decision }) => decision)?.decision,
      })),
    )
    await expect(online(() => listContributions(again(session)), allRejected)).rejects.toMatchObject({
      code: "decision-invalid",
    })
  })

  test("is refused twice, of another access, or of another patient", async () => {
    const { session } = await withAddition()
    const other = await withAddition(["another patient's"])
    let theirs: object[] = []
    await online(
      () => listContributions(other.session),
      told((listed) => (theirs = listed)),
    )
    for (const [change, code] of [
      [(listed: object[]) => [...listed, ...listed], "access-differs"],
      [(listed: object[]) => listed.map((each) => ({ ...each, grantId: "A".repeat(22) })), "contribution-invalid"],
      [(listed: object[]) => listed.map((each) => ({ ...each, profession: "nurse" })), "access-differs"],
      [() => theirs, "contribution-invalid"],
    ] as const)
      await expect(
        online(
          () => listContributions(again(session)),
          told((listed) => change(listed)),
        ),
        code,
      ).rejects.toMatchObject({ code })
  })
})

describe("an addition signed for somebody else", () => {
  test.each([
    ["another patient's card", (access: Access): Access => ({ ...access, fingerprint: `${"B".repeat(42)}A` })],
    [
      "another cloud",
      (access: Access): Access => ({ ...access, entry: { ...access.entry, cloudId: "another.example" } }),
    ],
  ])("%s, is refused by the patient's and the next professional's device", async (_, misled) => {
    const { session, card, access } = await withAddition()
    let statement = ""
    const capturing = changed("hcp/contribute", (reply, asked) => {
      statement = (jsonOf(asked) as { statement: string }).statement
      return reply
    })
    // The cloud refuses it by itself; one that doesn't, and shows it, is refused.
    await online(() => sessionOf(access))
    const misleading = { ...misled(access), keys: access.keys, opening: access.opening }
    await expect(
      online(() => contribute(misleading as Access, documentOf("document", "meant for another")), capturing),
    ).rejects.toMatchObject({ code: "statement-invalid" })
    const { descriptor } = z.parse(statements.contribution, readStatement(statement).payload)
    const contributionId = descriptor.recordId
    const shown = told((listed) => listed.map((each) => ({ ...each, contributionId, statement })))
    await expect(online(() => listContributions(again(session)), shown)).rejects.toMatchObject({
      code: "contribution-invalid",
    })
    const next = await online(() => accessBy(card, world.memory.paramedic))
    const listing = changed("hcp/list-records", (reply) => {
      const { contributions, ...page } = jsonOf(reply) as ResponseOf<"hcp/list-records">
      return jsonReply({
        ...page,
        contributions: contributions.map((each) => ({ ...each, contributionId, statement })),
      })
    })
    await expect(online(() => listAsHcp(next, "document"), listing)).rejects.toMatchObject({
      code: "contribution-invalid",
    })
  })
})

describe("a decided addition", () => {
  test("is refused by the next professional's device when the cloud brings it back", async () => {
    const { session, card, access } = await withAddition()
    let shown: object[] = []
    await online(
      () => listAsHcp(access, "document"),
      changed("hcp/list-records", (reply) => {
        shown = (jsonOf(reply) as ResponseOf<"hcp/list-records">).contributions
        return reply
      }),
    )
    expect(shown).toHaveLength(1)
    await online(async () => rejectContribution(session, only(await listContributions(session))))
    const next = await online(() => accessBy(card, world.memory.paramedic))
    expect(await online(() => listAsHcp(next, "document"))).toEqual([])
    const back = changed("hcp/list-records", (reply) =>
      jsonReply({ ...(jsonOf(reply) as object), contributions: shown }),
    )
    await expect(online(() => listAsHcp(next, "document"), back)).rejects.toMatchObject({
      code: "contribution-invalid",
    })
    const forgotten = changed("hcp/list-records", (reply) =>
      jsonReply({ ...(jsonOf(reply) as object), contributions: shown, decided: [] }),
    )
    await expect(online(() => listAsHcp(next, "document"), forgotten)).rejects.toMatchObject({
      code: "decided-differs",
    })
  })
})
