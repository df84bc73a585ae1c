import { beforeEach, describe, expect, test } from "vitest"
import { RevocationMemory } from "../../certify/revocation-memory.ts"
import { downloadUrl, exportFiles } from "../../functions/domain/practice-files.ts"
import { changeMembers, getInvitation, getMembers, invite, join } from "../../functions/domain/practice-members.ts"
import { getPractice, signIn, signOut } from "../../functions/domain/practices.ts"
import { publicKeysOf } from "../../protocol/keys.ts"
import { maxMembers } from "../../protocol/practice/claims.ts"
import { invitationSeconds } from "../../protocol/practice/invitation.ts"
import { certify } from "../../sdk/practice/account.ts"
import {
  changeRole,
  inviteMember,
  joinPractice,
  listInvitations,
  readInvitation,
  removeMember,
} from "../../sdk/practice/members.ts"
import { placeOf } from "../../sdk/practice/session.ts"
import { signForPractice } from "../../sdk/practice/signed-change.ts"
import { expectRefusal, type MemoryCloud, memoryCloud } from "../fakes/cloud.ts"
import { newCertification } from "../kit/certification.ts"
import { loginOf } from "../kit/people.ts"
import { fileId, type OpenedPractice, PracticeRequests } from "../kit/practice-requests.ts"

const certification = newCertification()
let cloud: MemoryCloud
let requests: PracticeRequests
let deps: PracticeRequests["deps"]
let practice: OpenedPractice
beforeEach(async () => {
  cloud = await memoryCloud(new Date())
  requests = new PracticeRequests(cloud, certification)
  deps = requests.deps
  practice = await requests.open()
})
const physician = () => certification.professional("Colleague")
const events = () => cloud.trail.all().map(({ action, subject }) => [action, subject])

describe("an invitation into a practice", () => {
  const inviting = () => requests.asked(practice, "practice/invite", (of) => inviteMember(of, "clinician"))

  test("is kept once, however often it is sent, and is told", async () => {
    const request = await inviting()
    await invite(deps, practice.actor, request, cloud.call)
    const before = cloud.snapshot()
    await invite(deps, practice.actor, request, cloud.callIn(600))
    expect(cloud.snapshot()).toEqual(before)
    expect(events().at(-1)).toMatchObject(["invite", { role: "clinician" }])
  })

  test("by a stale statement, another's, of somebody who is listed, or that waits too long, is refused", async () => {
    const request = await inviting()
    await expectRefusal(cloud, () => invite(deps, practice.actor, request, cloud.callIn(130)), "statement-stale")
    const other = await requests.open("other@example.org")
    await expectRefusal(cloud, () => invite(deps, other.actor, request, cloud.call), "statement-invalid")
    const { session } = await requests.at(practice)
    const signed = (more: object) =>
      signForPractice(placeOf(session), session.keys, "practice-invitation", {
        invitationId: fileId,
        memberId: fileId,
        role: "clinician",
        expiresAt: Math.floor(cloud.now.getTime() / 1000) + 60,
        ...more,
      })
    const { memberId } = practice.actor
    const soon = Math.floor(cloud.now.getTime() / 1000)
    for (const more of [{ memberId }, { expiresAt: soon - 1 }, { expiresAt: soon + invitationSeconds + 200 }])
      await expectRefusal(
        cloud,
        async () => invite(deps, practice.actor, { ...request, invitation: await signed(more) }, cloud.call),
        "statement-invalid",
      )
    await invite(deps, practice.actor, { ...request, invitation: await signed({}) }, cloud.call)
    await expectRefusal(
      cloud,
      async () => invite(deps, practice.actor, { ...request, invitation: await signed({}) }, cloud.call),
      "statement-invalid",
    )
  })

  test("is an owner's to make, and owners alone see who waits", async () => {
    const request = await inviting()
    const reception = await requests.comeIn(practice, "reception")
    await expectRefusal(cloud, () => invite(deps, reception.actor, request, cloud.call), "role-not-allowed")
    await invite(deps, practice.actor, await inviting(), cloud.call)
    expect((await getMembers(deps, practice.actor, {}, cloud.call)).invitations).toHaveLength(1)
    expect((await getMembers(deps, reception.actor, {}, cloud.call)).invitations).toEqual([])
  })

  test("ends with its time, and there are no more than members can be", async () => {
    const of = await requests.at(practice)
    const { words } = await inviteMember(of, "clinician")
    const [invitation] = await listInvitations(of)
    const invitationId = invitation?.invitationId ?? ""
    expect(words.split(" ")).toHaveLength(12)
    await expectRefusal(
      cloud,
      () => getInvitation(deps, { invitationId }, cloud.callIn(invitationSeconds + 5)),
      "not-found",
    )
    for (let i = 2; i < maxMembers; i++) await inviteMember(of, "clinician")
    const request = await inviting()
    await expectRefusal(cloud, () => invite(deps, practice.actor, request, cloud.call), "quota-exceeded")
  }, 60_000)

  test("takes one who comes, whose account and keys are kept until an owner decides", async () => {
    const request = await requests.asked(practice, "practice/join", async (of) => {
      const device = of.session.cloud
      const { words } = await inviteMember(of, "clinician")
      await joinPractice(device, await readInvitation(device, words), loginOf("new@example.org"), physician())
    })
    const weak = { ...request, password: "short" }
    await expect(join(deps, weak, cloud.call)).rejects.toMatchObject({ code: "password-too-weak" })
    await join(deps, request, cloud.call)
    const before = cloud.snapshot()
    await join(deps, request, cloud.call)
    expect(cloud.snapshot()).toEqual(before)
    expect(events().at(-1)).toEqual(["join", {}])
    // Nobody is shown who hasn't confirmed their address.
    expect((await getMembers(deps, practice.actor, {}, cloud.call)).invitations[0]).not.toHaveProperty("joined")
    await expectRefusal(cloud, () => join(deps, { ...request, mac: "A".repeat(43) }, cloud.call), "not-found")
  })
})

describe("the members of a practice", () => {
  test("change by an owner's list and change, once, told by an event", async () => {
    const { actor } = await requests.comeIn(practice, "reception")
    expect(events().at(-1)).toMatchObject(["change-members", { memberId: actor.memberId, role: "reception" }])
    const request = await requests.asked(practice, "practice/change-members", (of) => removeMember(of, actor.memberId))
    await changeMembers(deps, practice.actor, request, cloud.call)
    const [, told] = events().at(-1) ?? []
    expect(told).toMatchObject({ memberId: actor.memberId })
    expect(told).not.toHaveProperty("role")
    const before = cloud.snapshot()
    await changeMembers(deps, practice.actor, request, cloud.callIn(600))
    expect(cloud.snapshot()).toEqual(before)
    await expectRefusal(cloud, () => getPractice(deps, actor, {}), "not-found")
  })

  test("are refused with others' keys, list or change, and to whoever isn't an owner", async () => {
    const reception = await requests.comeIn(practice, "reception")
    const clinician = await requests.comeIn(practice, "clinician", physician())
    const removing = await requests.asked(practice, "practice/change-members", (of) =>
      removeMember(of, clinician.actor.memberId),
    )
    const demoting = await requests.asked(practice, "practice/change-members", (of) =>
      changeRole(of, clinician.actor.memberId, "reception"),
    )
    const raising = await requests.asked(practice, "practice/change-members", (of) =>
      changeRole(of, clinician.actor.memberId, "owner"),
    )
    for (const request of [
      { ...removing, change: demoting.change },
      { ...removing, members: demoting.members },
      { ...removing, keys: demoting.keys },
      { ...removing, members: removing.members.slice(0, -2) + "AA" },
    ]) {
      const attempt = () => changeMembers(deps, practice.actor, request, cloud.call)
      await expect(attempt()).rejects.toMatchObject({ name: "Problem" })
    }
    // The keys of before, for fewer: who left would have them.
    const old = { ...removing, keys: { ...raising.keys, sealed: removing.keys.sealed } }
    await expectRefusal(cloud, () => changeMembers(deps, practice.actor, old, cloud.call), "request-invalid")
    const forgotten = { ...removing.keys, previous: { directory: [], clinical: [] } }
    await expectRefusal(
      cloud,
      () => changeMembers(deps, practice.actor, { ...removing, keys: forgotten }, cloud.call),
      "request-invalid",
    )
    for (const { actor } of [reception, clinician])
      await expectRefusal(cloud, () => changeMembers(deps, actor, removing, cloud.call), "role-not-allowed")
    await expectRefusal(
      cloud,
      () => changeMembers(deps, practice.actor, removing, cloud.callIn(130)),
      "statement-stale",
    )
    await changeMembers(deps, practice.actor, demoting, cloud.call)
    await expectRefusal(cloud, () => changeMembers(deps, practice.actor, removing, cloud.call), "practice-conflict")
    expect((await getPractice(deps, reception.actor, {})).keys.epoch).toBe(2)
  })

  test("are nobody who came and hasn't confirmed their address: an owner isn't shown them", async () => {
    const of = await requests.at(practice)
    const { words } = await inviteMember(of, "reception")
    const device = of.session.cloud
    await joinPractice(device, await readInvitation(device, words), loginOf("new@example.org"), undefined)
    const [invitation] = await listInvitations(of)
    expect(invitation?.state).toBe("waiting")
  })
})

describe("a member's session", () => {
  test("isn't opened by a certificate that was revoked since, and is by another of theirs", async () => {
    const held = certification.issue("Colleague")
    const { login, keys, memory, actor } = await requests.comeIn(practice, "clinician", certification.holder(held))
    const fresh = () => ({ ...deps, memory: new RevocationMemory() })
    await signIn(fresh(), login, cloud.call)
    certification.authority.revoke(held)
    await expectRefusal(cloud, () => signIn(fresh(), login, cloud.call), "certificate-revoked")
    const unreachable = { ...fresh(), revocation: newCertification().revocation }
    await expectRefusal(cloud, () => signIn(unreachable, login, cloud.call), "revocation-unavailable")
    const place = { cloudId: cloud.cloud.cloudId, practiceId: actor.practiceId }
    const certificate = await certify(place, memory.memberId, await publicKeysOf(keys), physician())
    await signIn(fresh(), { ...login, certificate }, cloud.call)
    await signIn(fresh(), login, cloud.call)
    const stranger = await certify(place, memory.memberId, await publicKeysOf(practice.keys), physician())
    await expectRefusal(
      cloud,
      () => signIn(fresh(), { ...login, certificate: stranger }, cloud.call),
      "statement-invalid",
    )
  })

  test("ends everywhere by one word, and a later one is good", async () => {
    const { actor } = practice
    await signOut(deps, actor, {}, cloud.call)
    await expectRefusal(cloud, () => getPractice(deps, actor, {}), "unauthenticated")
    await signOut(deps, actor, {}, cloud.call)
    await getPractice(deps, { ...actor, issuedAt: actor.issuedAt + 1 }, {})
    expect(events().at(-1)).toEqual(["sign-out", {}])
  })
})

test("a copy that leaves the practice is told, and neither the reception nor a clinician has all of it", async () => {
  const reception = await requests.comeIn(practice, "reception")
  const clinician = await requests.comeIn(practice, "clinician", physician())
  await expectRefusal(cloud, () => exportFiles(deps, reception.actor, {}, cloud.call), "role-not-allowed")
  await expectRefusal(cloud, () => exportFiles(deps, clinician.actor, {}, cloud.call), "role-not-allowed")
  await expectRefusal(cloud, () => exportFiles(deps, clinician.actor, { fileId }, cloud.call), "not-found")
  await expectRefusal(
    cloud,
    () => downloadUrl(deps, reception.actor, { fileId, version: "1" }, cloud.call),
    "role-not-allowed",
  )
  await exportFiles(deps, practice.actor, {}, cloud.call)
  expect(events().at(-1)).toEqual(["export", {}])
})
