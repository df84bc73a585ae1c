import { beforeAll, describe, expect, test } from "vitest"
import { deactivationWaitSeconds } from "../../../protocol/deactivation.ts"
import {
  cancelDeactivation,
  deactivatePractice,
  requestDeactivation,
  waitingEnd,
} from "../../../sdk/practice/deactivation.ts"
import { addFile, deleteFile } from "../../../sdk/practice/files.ts"
import { inviteMember, readInvitation, removeMember } from "../../../sdk/practice/members.ts"
import { confirmationCode } from "../../fakes/accounts.ts"
import { cloudAddress, type MemoryNetwork, memoryNetwork } from "../../kit/memory-network.ts"
import { type Asked, jsonOf, jsonReply, type Network, over } from "../../kit/network.ts"
import { contentOf, fullPractice, newEntry, newMember, reopened } from "../../kit/practices.ts"

const code = async () => confirmationCode
let net: MemoryNetwork
let opened = 0
beforeAll(async () => {
  net = await memoryNetwork()
})
const online = <T>(run: () => Promise<T>, between = (network: Network) => network) => over(between(net.network), run)
const email = (name: string) => `${name}-${++opened}@example.org`
const open = () => online(() => fullPractice(cloudAddress, email("practice"), net.physician, code))
const colleagueOf = (
  practice: Awaited<ReturnType<typeof open>>["practice"],
  role: "owner" | "clinician" | "reception",
) =>
  online(() =>
    newMember(practice, role, { address: cloudAddress, email: email(role), credential: net.paramedic, code }),
  )
const codeOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => "done",
    (error: unknown) => (error as { code?: string }).code,
  )
const days = (deactivationWaitSeconds + 60) / (24 * 60 * 60)
/** What is kept of a practice, but for its trail. */
const keptOf = (practiceId: string): string[] =>
  [...net.stored().matchAll(/"kind":"([a-z-]+)"[^{}]*?"practiceId":"([^"]+)"/g)].flatMap(([, kind = "", of]) =>
    of === practiceId ? [kind] : [],
  )

describe("the end of a practice by its recovery phrase", () => {
  test("destroys every file, key, list and account at once, and leaves that there was one", async () => {
    const { practice, session, phrase, entry } = await open()
    const { practiceId } = session.memory
    const { session: colleague } = await colleagueOf(practice, "clinician")
    const { words } = await online(() => inviteMember(practice, "reception"))
    await online(async () => {
      await deleteFile(practice, await addFile(practice, newEntry("Doe", "Jane"), contentOf("of Jane Doe")))
      expect(await deactivatePractice(practice, phrase)).toEqual({ outcome: "ok", finished: true })
      for (const each of [session, colleague]) expect(await codeOf(reopened(each))).toBe("not-found")
      expect(await codeOf(readInvitation(session.cloud, words))).toBe("not-found")
    })
    const passing = ["file-deletion", "used-statement"]
    expect(keptOf(practiceId).filter((kind) => !passing.includes(kind))).toEqual(["practice-tombstone"])
    expect(net.stored()).not.toContain(`"recordId":"${entry.fileId}","version":1,"objectId"`)
    await net.destroyFiles(40)
    expect(keptOf(practiceId)).not.toContain("file-deletion")
  })

  test("takes the right words", async () => {
    const { practice } = await open()
    const other = await open()
    await online(async () => {
      expect(await deactivatePractice(practice, "no words")).toMatchObject({ outcome: expect.not.stringMatching("ok") })
      expect(await deactivatePractice(practice, other.phrase)).toMatchObject({
        outcome: expect.not.stringMatching("ok"),
      })
      await practice.sync()
    })
  })

  test("whose answer was lost is done by asking again, and its id is nobody's any more", async () => {
    let registration: Asked | undefined
    const noting =
      (network: Network): Network =>
      (asked) => {
        if (asked.route === "practice/register") registration = asked
        return network(asked)
      }
    const { practice, session, phrase } = await online(
      () => fullPractice(cloudAddress, email("practice"), net.physician, code),
      noting,
    )
    const twice =
      (network: Network): Network =>
      async (asked) => {
        if (asked.route === "practice/deactivate") await network(asked)
        return network(asked)
      }
    const ended = await online(() => deactivatePractice(practice, phrase), twice)
    expect(ended).toEqual({ outcome: "ok", finished: true })
    expect(keptOf(session.memory.practiceId)).toContain("practice-tombstone")
    if (registration === undefined) throw new Error("nobody registered")
    expect(jsonOf(await net.network(registration))).toMatchObject({ code: "request-invalid" })
  })

  test("interrupted half-way is finished by a clock, and refused everywhere meanwhile", async () => {
    const { practice, session, phrase } = await open()
    const { practiceId } = session.memory
    let asked = 0
    const stopping =
      (network: Network): Network =>
      (question) => {
        if (question.route === "practice/deactivate" && asked++ > 0) throw new Error("gone")
        return network(question)
      }
    await online(async () => {
      for (let i = 0; i < 12; i++) await addFile(practice, newEntry("Doe", `Jane ${i}`), contentOf(`of Jane ${i}`))
      for (let i = 0; i < 90; i++) await addFile(practice, newEntry("Roe", `Ann ${i}`))
    })
    await online(() => deactivatePractice(practice, phrase).catch(() => undefined), stopping)
    expect(keptOf(practiceId)).not.toContain("practice-tombstone")
    expect(await online(() => codeOf(reopened(session)))).toBe("not-found")
    for (let round = 0; round < 10 && !keptOf(practiceId).includes("practice-tombstone"); round++)
      await net.endPractice(practiceId, 0)
    expect(keptOf(practiceId).filter((kind) => kind !== "used-statement")).toEqual(["practice-tombstone"])
  }, 60_000)
})

describe("the end of a practice that an owner asks for", () => {
  test("waits a week, is shown to every owner, and is carried out by a clock", async () => {
    const { practice, session } = await open()
    const { practiceId, memberId } = session.memory
    const { practice: other } = await colleagueOf(practice, "owner")
    await online(async () => {
      await requestDeactivation(practice)
      await requestDeactivation(other)
      const waiting = await waitingEnd(other)
      expect(waiting).toMatchObject({ memberId })
      expect((waiting?.dueAt ?? 0) - (waiting?.askedAt ?? 0)).toBe(deactivationWaitSeconds)
    })
    expect(await net.endPractice(practiceId, days - 1)).toBe("waits")
    await online(() => practice.sync())
    expect(await net.endPractice(practiceId, days)).toBe("done")
    expect(await online(() => codeOf(reopened(session)))).toBe("not-found")
    expect(await net.endPractice(practiceId, days)).toBe("void")
  })

  test("is stopped by any owner, and asked for anew", async () => {
    const { practice, session } = await open()
    const { practiceId } = session.memory
    const { practice: other } = await colleagueOf(practice, "owner")
    await online(async () => {
      await cancelDeactivation(other)
      await requestDeactivation(practice)
      await cancelDeactivation(other)
      expect(await waitingEnd(practice)).toBeUndefined()
    })
    expect(await net.endPractice(practiceId, days)).toBe("void")
    await online(async () => {
      await practice.sync()
      await requestDeactivation(practice)
      expect(await waitingEnd(other)).toBeDefined()
    })
    expect(await net.endPractice(practiceId, days)).toBe("done")
  })

  test("is void once who asked is shut out, as the owner of a stolen device does", async () => {
    const { practice, session } = await open()
    const { practice: other, session: theirs } = await colleagueOf(practice, "owner")
    await online(async () => {
      await requestDeactivation(other)
      await practice.sync()
      await removeMember(practice, theirs.memory.memberId)
    })
    expect(await net.endPractice(session.memory.practiceId, days)).toBe("void")
    await online(() => practice.sync())
  })

  test("is nobody's to ask for but an owner's, nor to order without the phrase", async () => {
    const { practice } = await open()
    const { practice: clinician } = await colleagueOf(practice, "clinician")
    await online(async () => {
      expect(await codeOf(requestDeactivation(clinician))).toBe("role-not-allowed")
      expect(await codeOf(cancelDeactivation(clinician))).toBe("role-not-allowed")
      expect(await codeOf(deactivatePractice(clinician, ""))).toBe("role-not-allowed")
    })
  })

  test("that the cloud makes up is found out", async () => {
    const { practice } = await open()
    const other = await open()
    await online(() => requestDeactivation(other.practice))
    const theirs = await online(() =>
      other.session.cloud.api.call("practice/get-practice", { list: "1" }, other.session.accessToken),
    )
    const lying =
      (network: Network): Network =>
      async (asked) => {
        const reply = await network(asked)
        if (asked.route !== "practice/get-practice") return reply
        return jsonReply({ ...(jsonOf(reply) as object), deactivation: theirs.deactivation })
      }
    expect(await online(() => codeOf(waitingEnd(practice)), lying)).toBe("members-invalid")
  })
})
