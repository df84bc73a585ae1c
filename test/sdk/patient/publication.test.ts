import { describe, expect, test } from "vitest"
import type { RequestOf } from "../../../contract/routes.ts"
import { manifestPageLength } from "../../../protocol/primitives.ts"
import { startEpoch } from "../../../sdk/patient/cards.ts"
import { readContents } from "../../../sdk/patient/contents.ts"
import { listRecords } from "../../../sdk/patient/listed.ts"
import { prepare, publish } from "../../../sdk/patient/publication.ts"
import { deleteRecord, uploadRecord } from "../../../sdk/patient/records.ts"
import { callAsPatient, type PatientSession } from "../../../sdk/patient/session.ts"
import { jsonOf, jsonReply } from "../../kit/network.ts"
import { documentOf } from "../../kit/people.ts"
import { again, before, changed, counting, losing, newCard, secondDevice, useWorld } from "../../kit/world.ts"

const world = useWorld()
const online = world.over
const add = (session: PatientSession, text = "a letter") => uploadRecord(session, documentOf("document", text))

const twoDevices = async () => {
  const account = await world.patient()
  return { ...account, other: await online(() => secondDevice(account)) }
}

describe("a change", () => {
  test("is made on what another device published meanwhile, and loses nothing of it", async () => {
    const { session, other } = await twoDevices()
    await online(
      () => add(session, "the later"),
      before("patient/commit", () => online(() => add(other, "the earlier"))),
    )
    for (const device of [session, other]) expect(await online(() => listRecords(device))).toHaveLength(2)
  })

  test("is known to its device when it is made: nothing of it is asked for again", async () => {
    const { session } = await world.patient()
    await online(() => add(session, "first"))
    const { asked, between } = counting()
    await online(() => add(session, "second"), between)
    expect(asked).not.toContain("patient/get-manifest")
    expect(asked).not.toContain("patient/get-manifest-page")
    const known = session.memory.manifest
    expect((await online(() => readContents(again(session)))).manifest.hash).toBe(known?.hash)
  })

  test("is given up where others are always quicker, and fails as a conflict", async () => {
    const { session } = await world.patient()
    const { asked, between } = counting()
    const conflict = changed("patient/publish-manifest", () =>
      jsonReply({ type: "about:blank", status: 409, code: "manifest-conflict", requestId: "-" }, 409),
    )
    await expect(
      online(
        () => startEpoch(session, ["summary"]),
        (network) => between(conflict(network)),
      ),
    ).rejects.toMatchObject({ code: "manifest-conflict" })
    expect(asked.filter((route) => route === "patient/publish-manifest")).toHaveLength(5)
  })

  test("that is none sends nothing", async () => {
    const { session } = await world.patient()
    const { asked, between } = counting()
    await online(
      () =>
        publish(
          session,
          async () => undefined,
          async () => {
            throw new Error("sent")
          },
        ),
      between,
    )
    expect(asked).toEqual([])
  })

  test("signed anew is of the same number, another statement, and what is remembered is what was sent last", async () => {
    const { session } = await world.patient()
    const sent: string[] = []
    await online(() =>
      publish(
        session,
        async () => ({}),
        async (first, resign) => {
          const second = await resign()
          sent.push(first.manifest, second.manifest)
          await callAsPatient(session, "patient/publish-manifest", { publication: second })
        },
      ),
    )
    expect(new Set(sent).size).toBe(2)
    expect((await online(() => readContents(again(session)))).manifest.hash).toBe(session.memory.manifest?.hash)
  })

  test("names only pages that differ", async () => {
    const { session } = await world.patient()
    await online(() => uploadRecord(session, documentOf("imaging", "an image")))
    let sent: RequestOf<"patient/commit"> | undefined
    await online(
      () => add(session),
      changed("patient/commit", (reply, asked) => {
        sent = jsonOf(asked) as RequestOf<"patient/commit">
        return reply
      }),
    )
    expect(sent?.publication.pages.map(({ category, page }) => [category, page])).toEqual([["document", 0]])
    expect(sent?.publication.cards).toEqual([])
    expect(sent?.publication).not.toHaveProperty("signers")
  })

  test("names no manifest that it doesn't know", async () => {
    const { session } = await world.patient()
    const contents = await online(() => readContents(session))
    await expect(prepare(session, { ...contents, ladder: [] }, {})).rejects.toThrow("is not known")
  })
})

describe("a small document", () => {
  test("is added and witnessed by five requests, and a card in force", async () => {
    const { session } = await world.patient()
    await online(() => newCard(session))
    await online(() => add(session, "first"))
    const { asked, between } = counting()
    await online(() => add(session, "second"), between)
    expect(asked).toEqual(["patient/list-grants", "patient/upload-url", "object", "patient/commit", "hri/put-entry"])
  })
})

describe("a deletion", () => {
  test("strikes the record and erases it, by one request", async () => {
    const { session } = await world.patient()
    const { recordId } = await online(() => add(session))
    const { asked, between } = counting()
    await online(() => deleteRecord(session, recordId), between)
    expect(asked).toEqual(["patient/delete-record"])
    expect(await online(() => listRecords(session))).toEqual([])
  })

  test("that lost its answer is whole when it is repeated, and may be repeated again", async () => {
    const { session } = await world.patient()
    const { recordId } = await online(() => add(session))
    await expect(online(() => deleteRecord(session, recordId), losing("patient/delete-record"))).rejects.toMatchObject({
      name: "Unreachable",
    })
    for (let i = 0; i < 2; i++) await online(() => deleteRecord(session, recordId))
    expect(await online(() => listRecords(session))).toEqual([])
    expect((await online(() => readContents(session))).manifest.number).toBe(3)
  })

  test("is made once by two devices, and strikes nothing else", async () => {
    const { session, other } = await twoDevices()
    const { recordId } = await online(() => add(session, "to go"))
    await online(() => add(session, "to stay"))
    await online(
      () => deleteRecord(session, recordId),
      before("patient/delete-record", () => online(() => deleteRecord(other, recordId))),
    )
    for (const device of [session, other]) expect(await online(() => listRecords(device))).toHaveLength(1)
  })
})

test("a page that is full is followed by the next", async () => {
  const { session } = await world.patient()
  await online(async () => {
    for (let i = 0; i <= manifestPageLength; i++) await add(session, `${i}`)
  })
  const { pageLists } = await online(() => readContents(again(session)))
  expect(pageLists.document.hashes).toHaveLength(2)
  expect(await online(() => listRecords(again(session)))).toHaveLength(manifestPageLength + 1)
})
