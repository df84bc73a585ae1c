import { afterEach, describe, expect, test, vi } from "vitest"
import { readContents } from "../../../sdk/patient/contents.ts"
import { epochRevision } from "../../../sdk/patient/epochs.ts"
import { haltGrant } from "../../../sdk/patient/grants.ts"
import { publish } from "../../../sdk/patient/publication.ts"
import { uploadRecord } from "../../../sdk/patient/records.ts"
import { callAsPatient } from "../../../sdk/patient/session.ts"
import { accessBy, documentOf } from "../../kit/people.ts"
import { again, newCard, useWorld } from "../../kit/world.ts"

const world = useWorld()
const online = world.over
afterEach(() => vi.useRealTimers())

const minutes = 60_000
const setClock = (at: number) => {
  vi.useFakeTimers({ toFake: ["Date"] })
  vi.setSystemTime(at)
}

describe("automatic new keys", () => {
  test("follow an access in each category, also where another of its categories was renewed lately", async () => {
    const { session } = await world.patient()
    const broad = await online(() => newCard(session, ["summary", "imaging"]))
    const narrow = await online(() => newCard(session, ["summary"]))
    const start = Date.now()
    const first = await online(() => accessBy(broad.card, world.memory.physician))
    const second = await online(() => accessBy(narrow.card, world.memory.paramedic))
    setClock(start + 30 * minutes)
    await online(() => haltGrant(session, second))
    setClock(start + 62 * minutes)
    await online(() => uploadRecord(session, documentOf("imaging", "after the first access ended")))
    const { keyRing } = await online(() => readContents(session))
    // The first access had the key of epoch 1.
    expect(first.keys.newest("imaging").epoch).toBe(1)
    expect(keyRing.categories.imaging.epoch).toBe(2)
  })

  test("are made also after a device whose clock is a year ahead has begun an epoch", async () => {
    const { session } = await world.patient()
    const { card } = await online(() => newCard(session, ["summary"]))
    const start = Date.now()
    const contents = await online(() => readContents(session))
    // Its clock is right for the cloud by the time it sends: only the epoch's beginning is told wrong. A device of the patient's may say anything here.
    setClock(start + 365 * 24 * 60 * minutes)
    const revision = await online(() => epochRevision(session, contents, ["summary"]))
    setClock(start)
    await online(() =>
      publish(
        session,
        async () => revision,
        (publication) => callAsPatient(session, "patient/publish-manifest", { publication }),
      ),
    )
    await online(() => accessBy(card, world.memory.physician))
    setClock(start + 3 * 60 * minutes)
    const device = again(session)
    await online(() => uploadRecord(device, documentOf("summary", "after the access")))
    const { keyRing } = await online(() => readContents(device))
    expect(keyRing.categories.summary.epoch).toBe(3)
  })
})
