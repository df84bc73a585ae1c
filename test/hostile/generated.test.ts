import { beforeAll, describe, expect, test } from "vitest"
import { expectations } from "../../attack/expectations.ts"
import { journeys } from "../../attack/journeys.ts"
import { attacksOn, record, verdictOn } from "../../attack/play.ts"
import { routeNames } from "../../contract/routes.ts"
import { cloudAddress, hriAddress, type MemoryNetwork, memoryNetwork } from "../kit/memory-network.ts"
import { over } from "../kit/network.ts"
import { newAccount } from "../kit/new-account.ts"
import { type FullPatient, fullPatient } from "../kit/people.ts"

let memory: MemoryNetwork
let patient: FullPatient
let other: FullPatient
beforeAll(async () => {
  memory = await memoryNetwork()
  const open = (email: string) =>
    over(memory.network, async () => fullPatient(await newAccount(cloudAddress, email), hriAddress, memory))
  patient = await open("one@example.org")
  other = await open("other@example.org")
})

/**
 * Replies that hold nothing the SDK hands on: an acknowledgement, an address to PUT to, a handle. `test/hostile/written.test.ts` has them. What is
 * there for a watcher outside, `test/bin/audit-watch.test.ts` has.
 */
const elsewhere = new Set([
  "system/get-checkpoint",
  "patient/register",
  "patient/confirm",
  "patient/deactivate",
  "patient/request-deactivation",
  "patient/cancel-deactivation",
  "patient/sign-consent",
  "patient/revoke-consent",
  "patient/upload-url",
  "patient/begin-upload",
  "patient/part-urls",
  "patient/abort-upload",
  "patient/commit",
  "patient/delete-record",
  "patient/strike-card",
  "patient/publish-manifest",
  "patient/make-card",
  "patient/change-card",
  "patient/revoke-card",
  "patient/set-open-part",
  "patient/remove-open-part",
  "patient/approve-contribution",
  "patient/reject-contribution",
  "patient/halt-grant",
  "patient/end-signer",
  "hcp/end-access",
  "hcp/contribution-upload-url",
  "hcp/begin-contribution-upload",
  "hcp/contribution-part-urls",
  "hcp/abort-contribution-upload",
  "hcp/contribute",
  "practice/register",
  "practice/confirm",
  "practice/sign-in",
  "practice/upload-url",
  "practice/put-file",
  "practice/download-url",
  "practice/sign-out",
  "practice/invite",
  "practice/join",
  "practice/change-members",
  "practice/export",
  "practice/recover",
  // What a practice's device is told of its chain, `test/sdk/practice/practice.test.ts` has; of members and the trail, `members.test.ts` beside it.
  "practice/contribution-upload-url",
  "practice/deactivate",
  "practice/request-deactivation",
  "practice/cancel-deactivation",
  "patient/make-delivery-address",
  "patient/revoke-delivery-address",
  // What the patient is told of addresses, and a practice of one and of what it sent, `test/sdk/practice/delivery.test.ts` has.
  "patient/list-delivery-addresses",
  "practice/get-delivery-address",
  "practice/contribute",
  "practice/get-practice",
  "practice/get-changes",
  "practice/get-members",
  "practice/get-invitation",
  "practice/read-audit-trail",
  "practice/get-checkpoint",
  "hri/well-known",
  "hri/put-entry",
  "hri/remove-entry",
])

test("every route whose reply the SDK hands on is attacked", () => {
  const attacked = new Set<string>(journeys.flatMap(({ reads }) => reads))
  expect(routeNames.filter((name) => !attacked.has(name) && !elsewhere.has(name))).toEqual([])
})

describe("whatever field of a reply a hostile cloud changes, it is refused with the code expected, or known to do no harm", () => {
  test.each(journeys)("$name", async (journey) => {
    const recorded = await record(memory.network, journey, patient, other)
    const broken: string[] = []
    const attacked = new Set<string>()
    let refused = 0
    for (const attack of attacksOn(recorded, patient)) {
      attacked.add(attack.route)
      const seen = await attack.play()
      if (seen.outcome === "refused") refused++
      const verdict = verdictOn(attack, seen, recorded.honest)
      if (verdict !== undefined) broken.push(`${attack.route} ${attack.path} (${attack.kind}): ${verdict}`)
    }
    expect(broken).toEqual([])
    expect([...attacked].sort()).toEqual([...journey.reads].sort())
    expect(refused).toBeGreaterThan(5)
  })
})

test("each field listed as harmless is one that a reply has, and says why", () => {
  const listed = Object.entries(expectations).flatMap(([route, { harmless = [] }]) =>
    harmless.map(({ path, why }) => ({ route, path, why })),
  )
  expect(listed.filter(({ why }) => why.length < 10)).toEqual([])
  expect(listed.length).toBeLessThan(55)
})
