import { beforeAll, describe, expect, test } from "vitest"
import * as z from "zod/mini"
import { generateKeyPairs } from "../../../protocol/keys.ts"
import { changeFile, readFile } from "../../../sdk/practice/files.ts"
import { handOver, openHandedOver, type SavedEdit } from "../../../sdk/practice/handover.ts"
import { removeMember } from "../../../sdk/practice/members.ts"
import { readVersion, savedVersion } from "../../../sdk/practice/saved-merge.ts"
import { mergeVersions, settledContent, settledVersion } from "../../../sdk/practice/three-way-merge.ts"
import { confirmationCode } from "../../fakes/accounts.ts"
import { cloudAddress, type MemoryNetwork, memoryNetwork } from "../../kit/memory-network.ts"
import { type Network, over } from "../../kit/network.ts"
import { fullPractice, newMember } from "../../kit/practices.ts"

let net: MemoryNetwork
let opened = 0
beforeAll(async () => {
  net = await memoryNetwork()
})
const code = async () => confirmationCode
const online = <T>(run: () => Promise<T>) => over(net.network, run)
const noNetwork: Network = () => Promise.reject(new Error("there is no network"))
const email = (name: string) => `${name}-${++opened}@example.org`
const codeOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => "done",
    (error: unknown) => (error as { code?: string }).code,
  )
const medicine = z.strictObject({ id: z.string(), dose: z.string() })
const schemas = { field: z.string(), item: medicine }
const sheet = (dose: string) => settledVersion({ fields: {}, lists: { medicines: [{ id: "1", dose }] } })

/** A colleague who wrote while they were offline, and was shut out meanwhile. */
const shutOut = () =>
  online(async () => {
    const owner = await fullPractice(cloudAddress, email("owner"), net.physician, code)
    const written = await changeFile(owner.practice, owner.entry, savedVersion(sheet("3 mg")))
    const joiner = { address: cloudAddress, email: email("colleague"), credential: net.paramedic, code }
    const colleague = await newMember(owner.practice, "clinician", joiner)
    await changeFile(owner.practice, written, savedVersion(sheet("5 mg")))
    await removeMember(owner.practice, colleague.session.memory.memberId)
    const edit: SavedEdit = {
      entry: { ...written, version: written.version + 1, phones: ["1"] },
      before: 2,
      content: savedVersion(sheet("2 mg")),
    }
    return { owner, colleague, edit }
  })

describe("what the device of a member who was shut out had saved", () => {
  test("is sent by it no more, handed over without a network, and merged by the owner, who loses nothing", async () => {
    const { owner, colleague, edit } = await shutOut()
    const { practice } = owner
    const before = { ...edit.entry, version: edit.entry.version - 1 }
    expect(await online(() => codeOf(changeFile(colleague.practice, before, edit.content)))).toBe("not-found")
    const { phrase, text } = await over(noNetwork, () => handOver(colleague.session, [edit]))
    expect(text).not.toContain("2 mg")
    const handed = await over(noNetwork, () => openHandedOver(practice, `${text}\n`, phrase))
    expect(handed).toMatchObject({ by: { memberId: colleague.session.memory.memberId }, edits: [edit] })
    expect(handed.by.until).toBeDefined()
    await online(async () => {
      const [saved] = handed.edits
      if (saved?.content === undefined) throw new Error("nothing was handed over")
      const { fileId } = saved.entry
      const read = async (version?: number) => readVersion(await readFile(practice, fileId, version), schemas)
      const merged = mergeVersions(await read(saved.before), await readVersion(saved.content, schemas), await read())
      // Two doses: a person is asked.
      expect(settledContent(merged)).toBeUndefined()
      const now = practice.directory.get(fileId)
      if (now === undefined) throw new Error("the file is gone")
      await changeFile(practice, now, savedVersion(merged))
      expect(settledContent(await read())).toBeUndefined()
    })
  })

  test("is nobody's word but a member's: a stranger's, another practice's, or what was changed since is refused", async () => {
    const { owner, colleague, edit } = await shutOut()
    const other = await shutOut()
    const { session } = colleague
    const stranger = { ...session, keys: await generateKeyPairs({ extractable: false }) }
    const { phrase, text } = await handOver(session, [edit])
    const wrong: [string, string][] = [
      [text, (await handOver(session, [edit])).phrase],
      [text, "no words"],
      [`${text.slice(0, -4)}AAAA`, phrase],
    ]
    for (const [sealed, words] of wrong)
      expect(await codeOf(openHandedOver(owner.practice, sealed, words))).toBe("record-unreadable")
    for (const device of [stranger, other.colleague.session, { ...session, memory: other.colleague.session.memory }]) {
      const handed = await handOver(device, [edit])
      expect(await codeOf(openHandedOver(owner.practice, handed.text, handed.phrase))).toBe("record-unreadable")
    }
  })
})
