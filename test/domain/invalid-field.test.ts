import { globSync, readFileSync } from "node:fs"
import path from "node:path"
import { beforeEach, describe, expect, test } from "vitest"
import type { RouteName } from "../../contract/routes.ts"
import { changeCard, makeCard } from "../../functions/domain/cards.ts"
import { register } from "../../functions/domain/patients.ts"
import { putFile } from "../../functions/domain/practice-files.ts"
import { changeMembers, join } from "../../functions/domain/practice-members.ts"
import { register as registerPractice } from "../../functions/domain/practices.ts"
import { beginRecordUpload, commit, recordPartUrls } from "../../functions/domain/records.ts"
import { partBytes } from "../../protocol/primitives.ts"
import { inviteMember, joinPractice, readInvitation, removeMember } from "../../sdk/practice/members.ts"
import { newId, newKey } from "../fakes/call.ts"
import { expectRefusal, type MemoryCloud, memoryCloud } from "../fakes/cloud.ts"
import { newCertification } from "../kit/certification.ts"
import { cardRequest, commitRequest, newCardParts, newPatient, patientInOrder, registration } from "../kit/patients.ts"
import { loginOf } from "../kit/people.ts"
import { PracticeRequests } from "../kit/practice-requests.ts"
import { firstSigners, listedSigner } from "../kit/statements.ts"

let cloud: MemoryCloud
let made: Awaited<ReturnType<typeof patientInOrder>>
let patientId: string
beforeEach(async () => {
  cloud = await memoryCloud()
  made = await patientInOrder(cloud)
  patientId = made.patient.patientId
})

const makingCard = async (changed: object) => {
  const request = { ...(await cardRequest(cloud, made.patient)), ...changed }
  return () => makeCard(cloud, patientId, request, cloud.call)
}
type Opened = "summary" | "imaging"
const wrappedFor = (categories: readonly Opened[]) => {
  const [wrapped] = newCardParts(["summary"]).wrappedCategoryKeys
  if (wrapped === undefined) throw new Error("a card opens something")
  return categories.map((category) => ({ ...wrapped, category }))
}
const makingCardOf = (...categories: Opened[]) => makingCard({ wrappedCategoryKeys: wrappedFor(categories) })
const changingCardTo = async (...categories: Opened[]) => {
  const { publication, sealed } = await cardRequest(cloud, made.patient)
  const request = { cardId: made.card.cardId, sealed, wrappedCategoryKeys: wrappedFor(categories), publication }
  return () => changeCard(cloud, patientId, request, cloud.call)
}
const registering = async (changed: (of: Awaited<ReturnType<typeof registration>>) => object | Promise<object>) => {
  const of = await registration(cloud, "bob@example.org")
  const request = { ...of.request, ...(await changed(of)) }
  return () => register(cloud, request, cloud.call)
}
const offTheCurve = <K extends { x: string; y: string }>(key: K): K => ({ ...key, y: key.x })
const signingParts = async (changed: object) => {
  const place = { recordId: newId(), version: "1", objectId: newId() }
  await beginRecordUpload(cloud, patientId, { ...place, category: "imaging", size: 2 * partBytes }, cloud.call)
  const parts = [
    { number: 1, sha256: newKey() },
    { number: 2, sha256: newKey(), ...changed },
  ]
  return () => recordPartUrls(cloud, patientId, { ...place, parts }, cloud.call)
}

/** A practice whose certificates are of this moment. */
const openedPractice = async () => {
  cloud = await memoryCloud(new Date())
  made = await patientInOrder(cloud)
  const requests = new PracticeRequests(cloud, newCertification())
  const practice = await requests.open()
  return { practice, requests, request: practice.request, deps: requests.deps }
}

const cases: [RouteName, string, () => Promise<() => Promise<unknown>>][] = [
  ["patient/make-card", "wrappedCategoryKeys.2.category", () => makingCardOf("imaging", "summary", "imaging")],
  ["patient/change-card", "wrappedCategoryKeys.1.category", () => changingCardTo("summary", "summary")],
  ["patient/part-urls", "parts.1.number", () => signingParts({ number: 3 })],
  [
    "patient/commit",
    "descriptor.recordId",
    async () => {
      const request = { ...(await commitRequest(cloud, made.patient)), recordId: newId() }
      return () => commit(cloud, patientId, request, cloud.call)
    },
  ],
  [
    "patient/register",
    "signers",
    () =>
      registering(async ({ patient }) => {
        const own = await listedSigner(patient.keys, cloud.now)
        const claims = { signers: [{ ...own, signing: offTheCurve(own.signing) }] }
        return { signers: [await firstSigners(patient, cloud, [patient.keys], claims)] }
      }),
  ],
  [
    "patient/register",
    "accountKey.publicKey",
    () =>
      registering(({ request: { accountKey } }) => {
        const { publicKey } = accountKey
        return { accountKey: { ...accountKey, publicKey: { ...publicKey, p256: offTheCurve(publicKey.p256) } } }
      }),
  ],
  [
    "patient/register",
    "accountKey.sealed.1.to",
    () =>
      registering(({ request: { accountKey } }) => {
        const sealed = accountKey.sealed.map(({ to, sealed }, at) => ({
          to: at === 1 ? { ...to, p256: offTheCurve(to.p256) } : to,
          sealed,
        }))
        return { accountKey: { ...accountKey, sealed } }
      }),
  ],
  [
    "patient/register",
    "accountKey.number",
    () => registering(({ request: { accountKey } }) => ({ accountKey: { ...accountKey, number: 2 } })),
  ],
  [
    "patient/register",
    "accountKey.previous",
    () =>
      registering(({ request: { accountKey } }) => ({
        accountKey: { ...accountKey, previous: accountKey.sealed.slice(0, 1).map(({ sealed }) => sealed) },
      })),
  ],
  [
    "patient/register",
    "accountKey.sealed",
    () =>
      registering(({ request: { accountKey } }) => ({
        accountKey: { ...accountKey, sealed: accountKey.sealed.slice(0, 1) },
      })),
  ],
  [
    "patient/register",
    "patientId",
    async () => {
      const { patientId } = await newPatient(cloud)
      return registering(async ({ patient }) => ({
        patientId,
        signers: [await firstSigners({ ...patient, patientId }, cloud, [patient.keys])],
      }))
    },
  ],
  [
    "practice/register",
    "practiceId",
    async () => {
      const { request, deps } = await openedPractice()
      return () => registerPractice(deps, request, cloud.call)
    },
  ],
  [
    "practice/join",
    "certificate",
    async () => {
      const { practice, requests, deps } = await openedPractice()
      const request = await requests.asked(practice, "practice/join", async (of) => {
        const { cloud: device } = of.session
        const { words } = await inviteMember(of, "clinician")
        await joinPractice(device, await readInvitation(device, words), loginOf("new@example.org"), undefined)
      })
      return () => join(deps, request, cloud.call)
    },
  ],
  [
    "practice/change-members",
    "keys",
    async () => {
      const { practice, requests, deps } = await openedPractice()
      const { actor } = await requests.comeIn(practice, "reception")
      const request = await requests.asked(practice, "practice/change-members", (of) =>
        removeMember(of, actor.memberId),
      )
      const keys = { ...request.keys, epoch: 1 }
      return () => changeMembers(deps, practice.actor, { ...request, keys }, cloud.call)
    },
  ],
  [
    "practice/put-file",
    "change",
    async () => {
      const { practice, requests } = await openedPractice()
      const { descriptor } = await commitRequest(cloud, made.patient)
      const request = await requests.putting(practice, { content: descriptor })
      return () => putFile(cloud, practice.actor, request, cloud.call)
    },
  ],
]

/** The refusal, as it is told: code, field and cause. */
const refusal = (attempt: () => Promise<unknown>) =>
  attempt().then(
    () => undefined,
    (error: unknown) => error,
  )

describe("a request that fits the contract and is refused for one of its fields", () => {
  test.for(cases)("is refused with the path of the field: %s, %s", async ([, field, prepare]) => {
    const attempt = await prepare()
    await expectRefusal(cloud, attempt, "request-invalid")
    expect(await refusal(attempt)).toMatchObject({ code: "request-invalid", field })
  })

  test("is refused in no other way, and each route that does so is tried here", () => {
    const folder = path.join(import.meta.dirname, "../../functions/domain")
    const routes = new Set<string>()
    for (const file of globSync("**/*.ts", { cwd: folder })) {
      const source = readFileSync(path.join(folder, file), "utf8")
      for (const [, named = ""] of source.matchAll(/invalidField<([^>]+)>\(/g))
        for (const [, route] of named.matchAll(/"([^"]+)"/g)) routes.add(String(route))
      if (file === "invalid-field.ts") continue
      expect([file, source.includes('"request-invalid"'), /\binvalidField\(/.test(source)]).toEqual([
        file,
        false,
        false,
      ])
    }
    expect(routes).toEqual(new Set(cases.map(([route]) => route)))
  })
})
