import { beforeEach, describe, expect, test } from "vitest"
import { codesPerAccountDay, maxPracticeFiles, registrationsPerAddressDay } from "../../contract/limits.ts"
import type { RequestOf } from "../../contract/routes.ts"
import { destroyFile } from "../../functions/domain/deactivation.ts"
import { memberName, memberNamed } from "../../functions/domain/member-names.ts"
import { destroyDueFiles } from "../../functions/domain/practice-deletion.ts"
import { downloadUrl, putFile, uploadUrl } from "../../functions/domain/practice-files.ts"
import { confirm, getChanges, getPractice, register, signIn } from "../../functions/domain/practices.ts"
import { utf8 } from "../../protocol/crypto/bytes.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import type { Descriptor } from "../../protocol/record.ts"
import { statementHash } from "../../protocol/statement.ts"
import type { Credential } from "../../sdk/hcp/emergency-access.ts"
import { confirmationCode } from "../fakes/accounts.ts"
import { expectRefusal, type MemoryCloud, memoryCloud } from "../fakes/cloud.ts"
import { fileDeletionsIn } from "../fakes/file-deletions.ts"
import { newCertification } from "../kit/certification.ts"
import { fileId, type OpenedPractice, PracticeRequests } from "../kit/practice-requests.ts"
import { sealRecord } from "../sdk/sealed.ts"

type Registration = RequestOf<"practice/register">
const certification = newCertification()
let cloud: MemoryCloud
let requests: PracticeRequests
let deps: PracticeRequests["deps"]
beforeEach(async () => {
  cloud = await memoryCloud(new Date())
  requests = new PracticeRequests(cloud, certification)
  deps = requests.deps
})

const registration = (email?: string, credential?: Credential) => requests.registration(email, credential)
const sending = (request: Registration) => register(deps, request, cloud.call)
const open = (email?: string) => requests.open(email)
const putting = (practice: OpenedPractice, options?: Parameters<typeof requests.putting>[1]) =>
  requests.putting(practice, options)
const put = async (practice: OpenedPractice, options?: Parameters<typeof putting>[1]) =>
  putFile(cloud, practice.actor, await putting(practice, options), cloud.call)

const uploaded = async ({ actor, opened }: OpenedPractice, before?: Descriptor): Promise<Descriptor> => {
  const replaces = before === undefined ? null : await canonicalHash(before)
  const { descriptor, sealed } = await sealRecord(
    actor.practiceId,
    { recordId: fileId, version: (before?.version ?? 0) + 1, replaces },
    { category: "summary", title: "", contentType: "text/plain", content: utf8("of John Smith") },
    { epoch: 1, key: opened.clinical ?? new Uint8Array(32) },
    cloud.now,
  )
  const { version, objectId, size, sha256 } = descriptor
  await uploadUrl(cloud, actor, { fileId, version, objectId, size, sha256 }, cloud.call)
  cloud.buckets.upload("records", `${actor.practiceId}/${fileId}/${version}/${objectId}`, {
    size,
    sha256,
    bytes: sealed,
  })
  return descriptor
}

describe("opening a practice", () => {
  test("signs its owner in once the address is confirmed, and not before", async () => {
    const { request } = await registration()
    await sending(request)
    const { email, password, practiceId, memberId } = request
    const actor = { practiceId, memberId, issuedAt: Math.floor(cloud.now.getTime() / 1000) }
    await expectRefusal(cloud, () => getPractice(cloud, actor, {}), "not-found")
    await expectRefusal(cloud, () => signIn(deps, { email, password }, cloud.call), "email-or-password-wrong")
    await confirm(cloud, { ...actor, code: confirmationCode }, cloud.call)
    expect(await signIn(deps, { email, password }, cloud.call)).toMatchObject({ practiceId, memberId })
    expect(await getPractice(cloud, actor, {})).toEqual({
      members: [request.members],
      keys: request.keys,
      change: request.change,
    })
    expect(cloud.trail.all().map(({ action, actor }) => [action, actor])).toEqual([
      ["confirm", { kind: "member", memberId }],
      ["sign-in", { kind: "member", memberId }],
    ])
  })

  test("twice by the same request is as once, and another's id is refused", async () => {
    const { request } = await registration()
    await sending(request)
    await sending(request)
    const { practiceId: _, ...other } = (await registration()).request
    await expectRefusal(
      cloud,
      () => sending({ ...request, recoveryBundle: other.recoveryBundle, keys: other.keys }),
      "statement-invalid",
    )
    await confirm(cloud, { ...request, code: confirmationCode }, cloud.call)
    await expectRefusal(cloud, () => sending(request), "request-invalid")
  })

  test("by somebody whom no authority certifies, or whose certificate is about other keys, is refused", async () => {
    const stranger = newCertification().professional("Physician")
    const { request } = await registration(undefined, stranger)
    await expectRefusal(cloud, () => sending(request), "certificate-untrusted")
    const [one, other] = [(await registration()).request, (await registration()).request]
    await expectRefusal(cloud, () => sending({ ...one, certificate: other.certificate }), "statement-invalid")
  })

  test("with another's root, list, change or keys is refused", async () => {
    const [one, other] = [(await registration()).request, (await registration()).request]
    const wrong: Partial<Registration>[] = [
      { root: other.root },
      { root: { ...one.root, sealing: other.root.sealing } },
      { members: other.members },
      { change: other.change },
      { keys: other.keys },
      { practiceId: other.practiceId },
      { memberId: other.memberId },
    ]
    for (const changed of wrong) await expectRefusal(cloud, () => sending({ ...one, ...changed }), "statement-invalid")
  })

  test("from a clock that is two minutes off is refused", async () => {
    const { request } = await registration()
    for (const seconds of [-123, 123])
      await expectRefusal(cloud, () => register(deps, request, cloud.callIn(seconds)), "statement-stale")
  })

  test("is counted by address, and codes by account", async () => {
    for (let i = 0; i < registrationsPerAddressDay; i++) await sending((await registration()).request)
    const { request } = await registration()
    await expectRefusal(cloud, () => sending(request), "rate-exceeded")
    const { request: another } = await registration("another@example.org")
    await sending(another)
    const guess = { ...another, code: "000000" }
    for (let i = 0; i < codesPerAccountDay; i++)
      await expectRefusal(cloud, () => confirm(cloud, guess, cloud.call), "confirmation-code-wrong")
    await expectRefusal(cloud, () => confirm(cloud, { ...guess, code: confirmationCode }, cloud.call), "rate-exceeded")
    const unknown = { practiceId: fileId, memberId: fileId, code: confirmationCode }
    await expectRefusal(cloud, () => confirm(cloud, unknown, cloud.call), "confirmation-code-wrong")
  }, 120_000)

  test("with a weak password leaves no account that signs in", async () => {
    const { request } = await registration()
    const weak = { ...request, password: "short" }
    await expect(sending(weak)).rejects.toMatchObject({ code: "password-too-weak" })
  })
})

describe("a practice's files", () => {
  test("are put as changes, each with its entry, and told by one event", async () => {
    const practice = await open()
    const content = await uploaded(practice)
    const request = await putting(practice, { content })
    await putFile(cloud, practice.actor, request, cloud.call)
    const { changes } = await getChanges(cloud, practice.actor, { after: "1" })
    expect(changes).toEqual([{ change: request.change, entry: request.entry }])
    expect(cloud.trail.all().at(-1)).toMatchObject({
      action: "put-file",
      actor: { kind: "member", memberId: practice.actor.memberId },
      subject: { recordId: fileId, version: 1, statementHash: await statementHash(request.change) },
    })
    const { url } = await downloadUrl(cloud, practice.actor, { fileId, version: "1" }, cloud.call)
    expect(url).toContain(content.objectId)
    expect(cloud.trail.all().at(-1)).toMatchObject({
      action: "download-url",
      subject: { recordId: fileId, version: 1 },
    })
  })

  test("are put once, however often the same change is sent, also when its time has passed", async () => {
    const practice = await open()
    const request = await putting(practice)
    await putFile(cloud, practice.actor, request, cloud.call)
    const before = [cloud.snapshot(), cloud.trail.all().length]
    await putFile(cloud, practice.actor, request, cloud.callIn(600))
    expect([cloud.snapshot(), cloud.trail.all().length]).toEqual(before)
  })

  test("are refused where another change came first, of any file or of this one", async () => {
    const practice = await open()
    const late = await putting(practice)
    await put(practice)
    await expectRefusal(cloud, () => putFile(cloud, practice.actor, late, cloud.call), "practice-conflict")
    await expectRefusal(cloud, () => put(practice), "practice-conflict")
    await expectRefusal(cloud, () => put(practice, { version: 3 }), "practice-conflict")
    await put(practice, { version: 2 })
    // The fourth change names the second as well.
    await put(practice, { version: 3 })
    expect((await getChanges(cloud, practice.actor, { after: "0" })).changes).toHaveLength(4)
  })

  test("are refused by a change that follows another, or under another list", async () => {
    const practice = await open()
    const wrong: [object, "statement-invalid" | "practice-conflict"][] = [
      [{ previous: "A".repeat(43) }, "statement-invalid"],
      [{ skips: ["A".repeat(43)] }, "statement-invalid"],
      [{ members: { number: 1, hash: "A".repeat(43) } }, "practice-conflict"],
      [{ number: 3 }, "practice-conflict"],
      [{ change: { kind: "members" } }, "statement-invalid"],
      [{ change: { kind: "beginning" } }, "statement-invalid"],
    ]
    for (const [more, code] of wrong) await expectRefusal(cloud, () => put(practice, { more }), code)
    const request = await putting(practice)
    const other = await putting(practice)
    await expectRefusal(
      cloud,
      () => putFile(cloud, practice.actor, { ...request, entry: other.entry }, cloud.call),
      "statement-invalid",
    )
    const elsewhere = { ...request, fileId: practice.actor.memberId }
    await expectRefusal(cloud, () => putFile(cloud, practice.actor, elsewhere, cloud.call), "statement-invalid")
    await expectRefusal(cloud, () => putFile(cloud, practice.actor, request, cloud.callIn(130)), "statement-stale")
  })

  test("are refused where the content isn't in the object store as it is described, or doesn't follow", async () => {
    const practice = await open()
    const content = await uploaded(practice)
    await expectRefusal(
      cloud,
      () => put(practice, { content: { ...content, objectId: fileId } }),
      "record-not-uploaded",
    )
    await expectRefusal(
      cloud,
      () => put(practice, { content: { ...content, size: content.size + 1 } }),
      "upload-differs",
    )
    await expectRefusal(
      cloud,
      () => put(practice, { content: { ...content, recordId: practice.actor.memberId } }),
      "request-invalid",
    )
    const skipped = { ...content, version: 2, replaces: "A".repeat(43) }
    await expectRefusal(cloud, () => put(practice, { content: skipped }), "practice-conflict")
    await put(practice, { content })
    const next = await uploaded(practice, content)
    await expectRefusal(
      cloud,
      () => put(practice, { version: 2, content: { ...next, replaces: "A".repeat(43) } }),
      "practice-conflict",
    )
    await put(practice, { version: 2, content: next })
  })

  test("are nobody's but the practice's", async () => {
    const [one, other] = [await open("one@example.org"), await open("other@example.org")]
    await put(one, { content: await uploaded(one) })
    const intruder = { ...one.actor, memberId: other.actor.memberId }
    const request = await putting(one, { version: 2 })
    const place = { fileId, version: 2, objectId: fileId, size: 1, sha256: "A".repeat(43) }
    for (const attempt of [
      () => getPractice(cloud, intruder, {}),
      () => getChanges(cloud, intruder, { after: "0" }),
      () => uploadUrl(cloud, intruder, place, cloud.call),
      () => putFile(cloud, intruder, request, cloud.call),
      () => downloadUrl(cloud, intruder, { fileId, version: "1" }, cloud.call),
      () => downloadUrl(cloud, other.actor, { fileId, version: "1" }, cloud.call),
    ])
      await expectRefusal(cloud, attempt, "not-found")
    await expectRefusal(cloud, () => putFile(cloud, other.actor, request, cloud.call), "practice-conflict")
  })

  test("go up for the next version alone, and where there is room", async () => {
    const practice = await open()
    const place = { fileId, objectId: fileId, size: 1, sha256: "A".repeat(43) }
    const asking = (version: number) => () => uploadUrl(cloud, practice.actor, { ...place, version }, cloud.call)
    await expectRefusal(cloud, asking(2), "practice-conflict")
    const [found] = await cloud.store.read([{ kind: "practice", practiceId: practice.actor.practiceId }])
    if (found === undefined) throw new Error("there is no practice")
    await cloud.store.write([{ put: { ...found, revision: found.revision + 1, files: maxPracticeFiles } }])
    await expectRefusal(cloud, asking(1), "quota-exceeded")
    await expectRefusal(cloud, () => put(practice), "quota-exceeded")
  })

  test("are answered some at a time", async () => {
    const practice = await open()
    await put(practice)
    expect((await getChanges(cloud, practice.actor, { after: "2" })).changes).toEqual([])
    expect((await getChanges(cloud, practice.actor, { after: "99" })).changes).toEqual([])
    expect((await getPractice(cloud, practice.actor, { list: "1" })).members).toEqual([])
  })
})

describe("a deleted file of a practice", () => {
  const day = 24 * 60 * 60
  const sweep = (days: number) =>
    destroyDueFiles(
      fileDeletionsIn(cloud.item),
      (due) => destroyFile(cloud, due),
      new Date(cloud.now.getTime() + days * day * 1000),
      () => true,
    )
  const countsOf = async (practiceId: string) => {
    const [found] = await cloud.store.read([{ kind: "practice", practiceId }])
    return [found?.files, found?.bytes]
  }

  test("is destroyed after 30 days: its keys, entries and bytes, and no longer counts", async () => {
    const practice = await open()
    const content = await uploaded(practice)
    await put(practice, { content })
    await put(practice, { version: 2, deleted: true })
    expect(await sweep(29)).toEqual({ destroyed: 0, failed: 0 })
    expect(await countsOf(practice.actor.practiceId)).toEqual([1, content.size])
    expect(await sweep(31)).toEqual({ destroyed: 1, failed: 0 })
    expect(await countsOf(practice.actor.practiceId)).toEqual([0, 0])
    expect(cloud.item("PRACTICE-ENTRY#")).toEqual([])
    expect(cloud.item("PRACTICE-FILE-VERSION#")).toEqual([])
    expect(cloud.item("FILE-DELETION")).toEqual([])
    expect(Object.keys(cloud.buckets.versions())).toEqual([])
    expect(await sweep(31)).toEqual({ destroyed: 0, failed: 0 })
    const { changes } = await getChanges(cloud, practice.actor, { after: "1" })
    expect(changes.map((change) => "entry" in change)).toEqual([false, false])
    await expectRefusal(
      cloud,
      () => downloadUrl(cloud, practice.actor, { fileId, version: "1" }, cloud.call),
      "not-found",
    )
    await expectRefusal(cloud, () => put(practice, { version: 3 }), "not-found")
  })

  test("that was brought back stays, and its month begins anew when it is deleted again", async () => {
    const practice = await open()
    await put(practice)
    await put(practice, { version: 2, deleted: true })
    expect(cloud.item("FILE-DELETION")).toHaveLength(1)
    await put(practice, { version: 3 })
    expect(cloud.item("FILE-DELETION")).toEqual([])
    expect(await sweep(400)).toEqual({ destroyed: 0, failed: 0 })
    await put(practice, { version: 4, deleted: true })
    await put(practice, { version: 5, deleted: true })
    expect(cloud.item("FILE-DELETION")).toHaveLength(1)
  })

  test("that can't be destroyed is not in the way of the others, and is tried again", async () => {
    const practice = await open()
    await put(practice)
    await put(practice, { version: 2, deleted: true })
    const failing = async () => Promise.reject(new Error("no"))
    const later = new Date(cloud.now.getTime() + 31 * day * 1000)
    const counts = await destroyDueFiles(fileDeletionsIn(cloud.item), failing, later, () => true)
    expect(counts).toEqual({ destroyed: 0, failed: 1 })
    const noTime = await destroyDueFiles(fileDeletionsIn(cloud.item), failing, later, () => false)
    expect(noTime).toEqual({ destroyed: 0, failed: 0 })
    expect(await sweep(31)).toEqual({ destroyed: 1, failed: 0 })
  })

  test("has a share of its key for a content, and none without one", async () => {
    const practice = await open()
    const { share: _, ...without } = await putting(practice, { content: await uploaded(practice) })
    await expectRefusal(cloud, () => putFile(cloud, practice.actor, without, cloud.call), "request-invalid")
    const more = { ...(await putting(practice)), share: `${"S".repeat(42)}A` }
    await expectRefusal(cloud, () => putFile(cloud, practice.actor, more, cloud.call), "request-invalid")
  })
})

test("a member's name in the identity manager is both ids, and no other name is a member's", () => {
  const actor = { practiceId: fileId, memberId: `${"G".repeat(21)}A` }
  expect(memberNamed(memberName(actor))).toEqual(actor)
  for (const name of [fileId, `${fileId}.`, `${fileId}.${fileId}.${fileId}`, `x.${fileId}`, ""])
    expect(memberNamed(name)).toBeUndefined()
})
