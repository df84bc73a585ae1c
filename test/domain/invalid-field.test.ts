import { globSync, readFileSync } from "node:fs"
import path from "node:path"
import { beforeEach, describe, expect, test } from "vitest"
import type { RouteName } from "../../contract/routes.ts"
import { makeCard } from "../../functions/domain/cards.ts"
import { register } from "../../functions/domain/patients.ts"
import { beginRecordUpload, commit, recordPartUrls } from "../../functions/domain/records.ts"
import { partBytes } from "../../protocol/primitives.ts"
import { newId, newKey } from "../fakes/call.ts"
import { expectRefusal, type MemoryCloud, memoryCloud } from "../fakes/cloud.ts"
import { cardRequest, commitRequest, newCardParts, newPatient, patientInOrder, registration } from "../kit/patients.ts"
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
const makingCardOf = (...categories: ("summary" | "imaging")[]) => {
  const [wrapped] = newCardParts(["summary"]).wrappedCategoryKeys
  return makingCard({ wrappedCategoryKeys: categories.map((category) => ({ ...wrapped, category })) })
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

const cases: [RouteName, string, () => Promise<() => Promise<unknown>>][] = [
  ["patient/make-card", "wrappedCategoryKeys.2.category", () => makingCardOf("imaging", "summary", "imaging")],
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
      for (const [, route] of source.matchAll(/invalidField<"([^"]+)">\(/g)) routes.add(String(route))
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
