import { beforeAll, describe, expect, test } from "vitest"
import type { ResponseOf } from "../../../contract/routes.ts"
import { generateKeyPairs, publicKeysOf } from "../../../protocol/keys.ts"
import { keepSecret, openInvitation, readInvitationSecret } from "../../../protocol/practice/invitation.ts"
import { openPracticeKeys, practiceKeyAt } from "../../../protocol/practice/keys.ts"
import { openEntry } from "../../../protocol/practice/sealed-entry.ts"
import { newSpokenSecret } from "../../../protocol/spoken-secret.ts"
import { signIn, signOutEverywhere } from "../../../sdk/practice/account.ts"
import { readPracticeTrail } from "../../../sdk/practice/audit-trail.ts"
import { addFile, changeFile, readFile, tellExport } from "../../../sdk/practice/files.ts"
import {
  acceptMember,
  changeRole,
  inviteMember,
  listInvitations,
  readInvitation,
  removeMember,
} from "../../../sdk/practice/members.ts"
import { openPractice } from "../../../sdk/practice/practice.ts"
import { recoverPractice } from "../../../sdk/practice/recovery.ts"
import { placeOf } from "../../../sdk/practice/session.ts"
import { confirmationCode } from "../../fakes/accounts.ts"
import { cloudAddress, type MemoryNetwork, memoryNetwork } from "../../kit/memory-network.ts"
import { lying, over } from "../../kit/network.ts"
import { comeBy, contentOf, fullPractice, newEntry, newMember, reopened } from "../../kit/practices.ts"

const code = async () => confirmationCode
let net: MemoryNetwork
let people = 0
beforeAll(async () => {
  net = await memoryNetwork()
})
const email = () => `member-${++people}@example.org`
const joiner = (credential: MemoryNetwork["physician"] | undefined = net.paramedic) => ({
  address: cloudAddress,
  email: email(),
  credential,
  code,
})
const open = () => fullPractice(cloudAddress, email(), net.physician, code)
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
const codeOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => "done",
    (error: unknown) => (error as { code?: string }).code,
  )
type Members = ResponseOf<"practice/get-members">
/** The cloud puts other keys in the place of who came. */
const swapping = (swap: (joined: NonNullable<Members["invitations"][number]["joined"]>) => object) => ({
  "practice/get-members": ({ invitations, ...told }: Members) => ({
    ...told,
    invitations: invitations.map((each) =>
      each.joined === undefined ? each : { ...each, joined: { ...each.joined, ...swap(each.joined) } },
    ),
  }),
})

describe("a colleague who is invited into a practice", () => {
  test("comes by 12 words, is let in, and finds, reads and writes what the practice has", async () => {
    await over(net.network, async () => {
      const { practice, entry } = await open()
      const colleague = await newMember(practice, "clinician", joiner())
      expect(colleague.practice.directory.search("smith").hits.map((hit) => hit.entry)).toEqual([entry])
      expect(text(await readFile(colleague.practice, entry.fileId))).toContain("of John Smith")
      await changeFile(colleague.practice, entry, contentOf("by the colleague"))
      await practice.sync()
      expect(text(await readFile(practice, entry.fileId))).toContain("by the colleague")
      expect(practice.members.claims.members.map(({ role }) => role)).toEqual(["owner", "clinician"])
    })
  })

  test("opens nothing before an owner has let them in", async () => {
    await over(net.network, async () => {
      const { practice } = await open()
      const { words } = await inviteMember(practice, "clinician")
      const { session } = await comeBy(words, joiner())
      expect(await codeOf(reopened(session))).toBe("not-found")
    })
  })

  test("is told of no invitation by other words, nor once another came by them", async () => {
    await over(net.network, async () => {
      const { practice, session } = await open()
      const { words } = await inviteMember(practice, "reception")
      expect(await codeOf(readInvitation(session.cloud, "no words at all"))).toBe("not-found")
      expect(await codeOf(readInvitation(session.cloud, `${"abandon ".repeat(11)}about`))).toBe("not-found")
      await comeBy(words.toUpperCase().replaceAll(" ", "  "), joiner())
      expect(await codeOf(comeBy(words, joiner()))).toBe("not-found")
    })
  })

  test("as a clinician shows a certificate, and a stranger's is refused", async () => {
    await over(net.network, async () => {
      const { practice } = await open()
      const { words } = await inviteMember(practice, "clinician")
      expect(await codeOf(comeBy(words, { ...joiner(), credential: undefined }))).toBe("request-invalid")
      expect(await codeOf(comeBy(words, joiner(net.stranger)))).toBe("certificate-untrusted")
    })
  })

  test("at the reception finds people and writes their entries, and reads nothing clinical", async () => {
    await over(net.network, async () => {
      const { practice, entry } = await open()
      const { practice: reception } = await newMember(practice, "reception", { ...joiner(), credential: undefined })
      expect(reception.directory.search("smith").count).toBe(1)
      expect(await codeOf(readFile(reception, entry.fileId))).toBe("role-not-allowed")
      expect(await codeOf(changeFile(reception, entry, contentOf("x")))).toBe("role-not-allowed")
      const asked = { fileId: entry.fileId, version: "1" }
      const { cloud, accessToken } = reception.session
      expect(await codeOf(cloud.api.call("practice/download-url", asked, accessToken))).toBe("role-not-allowed")
      await addFile(reception, newEntry("Doe", "Jane"))
      await practice.sync()
      expect(practice.directory.search("doe").count).toBe(1)
      expect(await codeOf(inviteMember(reception, "owner"))).toBe("role-not-allowed")
    })
  })

  test("as a second owner can let others in, and shut the first one out", async () => {
    await over(net.network, async () => {
      const { practice, session } = await open()
      const { practice: second } = await newMember(practice, "owner", joiner())
      await newMember(second, "clinician", joiner())
      await removeMember(second, session.memory.memberId)
      expect(await codeOf(practice.sync())).toBe("not-found")
      expect(second.directory.search("smith").count).toBe(1)
    })
  })
})

describe("a member who is shut out", () => {
  test("reaches nothing, and with all that the operator has opens nothing newer", async () => {
    await over(net.network, async () => {
      const { practice, session, entry } = await open()
      const colleague = await newMember(practice, "clinician", joiner())
      const had = colleague.practice.keys
      await removeMember(practice, colleague.session.memory.memberId)
      await changeFile(practice, { ...entry, phones: ["1"] }, contentOf("newer"))
      expect(await codeOf(colleague.practice.sync())).toBe("not-found")
      expect(
        await codeOf(
          signIn(colleague.session.cloud, colleague.login, colleague.session.keys, colleague.session.memory),
        ),
      ).toBe("email-or-password-wrong")
      // What the operator keeps, and the keys that the member had.
      const told = await session.cloud.api.call("practice/get-practice", {}, session.accessToken)
      const { changes } = await session.cloud.api.call("practice/get-changes", { after: "0" }, session.accessToken)
      const sealed = changes.at(-1)?.entry ?? ""
      const { fileId } = entry
      const openedBy = (key: Uint8Array<ArrayBuffer>) => openEntry(key, { fileId, version: 2 }, sealed)
      expect((await openedBy(practice.keys.opened.directory)).phones).toEqual(["1"])
      await expect(openedBy(had.opened.directory)).rejects.toMatchObject({ name: "CryptoFailure" })
      await expect(openPracticeKeys(placeOf(session), told.keys, colleague.session.keys.sealing)).rejects.toMatchObject(
        { name: "CryptoFailure" },
      )
      await expect(practiceKeyAt(told.keys, had.opened, "clinical", 2)).rejects.toMatchObject({ name: "CryptoFailure" })
      expect(text(await readFile(practice, fileId, 1))).toContain("of John Smith")
    })
  })

  test("loses the clinical key where they are from then on at the reception", async () => {
    await over(net.network, async () => {
      const { practice, entry } = await open()
      const { practice: colleague, session } = await newMember(practice, "clinician", joiner())
      await changeRole(practice, session.memory.memberId, "reception")
      await colleague.sync()
      expect(colleague.keys.opened).not.toHaveProperty("clinical")
      expect(await codeOf(readFile(colleague, entry.fileId))).toBe("role-not-allowed")
    })
  })
})

describe("an operator who", () => {
  test("puts other keys, or another MAC, in the place of who came is refused before anything is sealed to them", async () => {
    const own = await publicKeysOf(await generateKeyPairs({ extractable: false }))
    await over(net.network, async () => {
      const { practice } = await open()
      const { words } = await inviteMember(practice, "clinician")
      await comeBy(words, joiner())
      const [invitation] = await listInvitations(practice)
      expect(invitation?.state).toBe("vouched")
      for (const lies of [
        swapping(() => own),
        swapping(() => ({ signing: own.signing })),
        swapping(() => ({ sealing: own.sealing })),
        swapping(() => ({ mac: "A".repeat(43) })),
        swapping(() => ({ certificate: undefined })),
      ])
        await over(lying(net.network, lies), async () => {
          expect((await listInvitations(practice)).map(({ state }) => state)).toEqual(["unvouched"])
          expect(await codeOf(acceptMember(practice, invitation?.invitationId ?? ""))).toBe("invitation-invalid")
        })
      await acceptMember(practice, invitation?.invitationId ?? "")
    })
  })

  test("puts a secret of its own in the place of the invitation's is refused", async () => {
    await over(net.network, async () => {
      const { practice, session } = await open()
      const { words } = await inviteMember(practice, "clinician")
      await comeBy(words, joiner())
      const [invitation] = await listInvitations(practice)
      const kept = await keepSecret(placeOf(session), session.keys.sealing, newSpokenSecret())
      const lies = {
        "practice/get-members": ({ invitations, ...told }: Members) => ({
          ...told,
          invitations: invitations.map((each) => ({ ...each, kept })),
        }),
      }
      await over(lying(net.network, lies), async () => {
        expect(await codeOf(acceptMember(practice, invitation?.invitationId ?? ""))).toBe("invitation-invalid")
      })
    })
  })

  test("shows an owner other sealing keys of the members is refused", async () => {
    const own = await publicKeysOf(await generateKeyPairs({ extractable: false }))
    await over(net.network, async () => {
      const { practice } = await open()
      const { session } = await newMember(practice, "clinician", joiner())
      const lies = {
        "practice/get-members": ({ members, ...told }: Members) => ({
          ...told,
          members: members.map((each) => ({ ...each, sealing: own.sealing })),
        }),
      }
      await over(lying(net.network, lies), async () => {
        expect(await codeOf(removeMember(practice, session.memory.memberId))).toBe("members-invalid")
      })
    })
  })

  test("shows another invitation than the one that was opened is refused", async () => {
    await over(net.network, async () => {
      const { practice, session } = await open()
      const [one, other] = [await inviteMember(practice, "clinician"), await inviteMember(practice, "owner")]
      const { sealed } = await session.cloud.api.call("practice/get-invitation", {
        invitationId:
          (await listInvitations(practice)).find(({ memberId }) => memberId === other.memberId)?.invitationId ?? "",
      })
      await over(lying(net.network, { "practice/get-invitation": () => ({ sealed }) }), async () => {
        expect(await codeOf(readInvitation(session.cloud, one.words))).toBe("invitation-invalid")
      })
      const secret = readInvitationSecret(other.code) ?? new Uint8Array(16)
      expect((await openInvitation(secret, sealed)).role).toBe("owner")
    })
  })
})

test("an owner who lost their device comes back by the phrase, and what they lost opens nothing newer", async () => {
  await over(net.network, async () => {
    const { session, login, phrase, entry, practice: lost } = await open()
    expect(await recoverPractice(session.cloud, login, `${"abandon ".repeat(23)}art`)).toMatchObject({
      outcome: "phrase-of-another",
    })
    const recovered = await recoverPractice(session.cloud, login, phrase)
    if (recovered.outcome !== "ok") throw new Error("the phrase opened nothing")
    const practice = await openPractice(recovered.session)
    expect(text(await readFile(practice, entry.fileId))).toContain("of John Smith")
    await changeFile(practice, entry, contentOf("by the new device"))
    expect(practice.keys.opened.epoch).toBe(2)
    expect(await codeOf(lost.sync())).not.toBe("done")
    await newMember(practice, "clinician", joiner())
  })
})

describe("the owner of a practice", () => {
  test("reads who did what, its chain, its changes and its checkpoint verified", async () => {
    await over(net.network, async () => {
      const { practice, entry } = await open()
      const colleague = await newMember(practice, "clinician", joiner())
      await readFile(colleague.practice, entry.fileId)
      await tellExport(practice, entry.fileId)
      await net.sign()
      const { events, checkpoint } = await readPracticeTrail(practice)
      expect(checkpoint?.covered).toBe(events.length)
      expect(events.map(({ action }) => action)).toEqual([
        "confirm",
        "sign-in",
        "put-file",
        "invite",
        "join",
        "confirm",
        "change-members",
        "download-url",
        "export",
      ])
      expect(events.find(({ action }) => action === "change-members")?.subject).toMatchObject({
        memberId: colleague.session.memory.memberId,
        role: "clinician",
      })
      await changeFile(practice, entry)
      await net.sign()
      expect((await readPracticeTrail(practice)).events).toHaveLength(events.length + 1)
      expect(await codeOf(readPracticeTrail(colleague.practice))).toBe("role-not-allowed")
    })
  })

  test("finds out a cloud that cuts the trail, leaves an event out, or shows an older end", async () => {
    type Trail = ResponseOf<"practice/read-audit-trail">
    await over(net.network, async () => {
      const { practice } = await open()
      await net.sign()
      await readPracticeTrail(practice)
      for (const [lie, code] of [
        [({ events }: Trail) => ({ events: events.slice(0, -1) }), "audit-trail-cut"],
        [({ events }: Trail) => ({ events: events.toSpliced(1, 1) }), "audit-trail-broken"],
        [() => ({ events: [] }), "audit-trail-cut"],
      ] as const)
        await over(lying(net.network, { "practice/read-audit-trail": lie }), async () => {
          expect(await codeOf(readPracticeTrail(practice))).toBe(code)
        })
      await over(lying(net.network, { "practice/get-checkpoint": () => ({}) }), async () => {
        expect(await codeOf(readPracticeTrail(practice))).toBe("checkpoint-invalid")
      })
    })
  })
})

test("who signs out everywhere has no session left", async () => {
  await over(net.network, async () => {
    const { session, practice } = await open()
    await signOutEverywhere(session)
    expect(await codeOf(practice.sync())).toBe("unauthenticated")
  })
})
