import { beforeAll, expect, test } from "vitest"
import { adversaries, type Battlefield, seenFrom } from "../../attack/adversaries.ts"
import { listCards } from "../../sdk/patient/held-cards.ts"
import { listRecords } from "../../sdk/patient/listed.ts"
import { internet, lying, over } from "../kit/network.ts"
import { freshly } from "../kit/people.ts"
import { cloud, newPatientWithCard } from "./people.ts"

let on: Battlefield
beforeAll(async () => {
  const [victim, bystander] = [await newPatientWithCard(), await newPatientWithCard()]
  on = { hri: cloud.hri, victim, bystander, credentials: cloud.credentials }
})

test("an honest network between the SDK and a real cloud changes nothing; a lying one is refused", async () => {
  const { session } = on.victim
  expect(await over(internet, () => listRecords(session))).toHaveLength(2)
  const emptied = lying(internet, { "patient/get-manifest-page": () => ({ descriptors: [] }) })
  await expect(over(emptied, () => listRecords(freshly(session)))).rejects.toMatchObject({ code: "page-differs" })
  const hidden = lying(internet, { "patient/list-cards": () => ({ cards: [] }) })
  await expect(over(hidden, () => listCards(freshly(session)))).rejects.toMatchObject({ code: "cards-differ" })
})

test("everybody without a right to a record is refused for the reason expected", async () => {
  const lost: string[] = []
  for (const adversary of adversaries) {
    const seen = await seenFrom(adversary, on)
    if (seen !== adversary.expected) lost.push(`${adversary.name}: ${seen} instead of ${adversary.expected}`)
  }
  expect(lost).toEqual([])
})
