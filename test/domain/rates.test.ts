import { beforeEach, describe, expect, test } from "vitest"
import {
  accessesPerProfessionalHour,
  codesPerAccountDay,
  deniedEventsPerCardHour,
  hourSeconds,
  patientsPerProfessionalHour,
  professionalsPerCardHour,
  registrationsPerAddressDay,
} from "../../contract/limits.ts"
import { confirm, register } from "../../functions/domain/patients.ts"
import type { Change } from "../../functions/domain/ports.ts"
import { countAccess, countDenial, deniedRate } from "../../functions/domain/rates.ts"
import type { Teller } from "../../functions/domain/step.ts"
import { confirmationCode } from "../fakes/accounts.ts"
import { newId } from "../fakes/call.ts"
import { type MemoryCloud, memoryCloud, noon, refusalOf } from "../fakes/cloud.ts"
import { registration } from "../kit/patients.ts"

type Rates = Parameters<typeof countAccess>[1]
const later = (seconds: number) => new Date(noon.getTime() + seconds * 1000)
const rateOf = (change: Change | undefined): Rates[0] =>
  change !== undefined && "put" in change && change.put.kind === "rate" ? change.put : undefined

/** Makes accesses one after the other, as the store would keep their rates; true for each that is permitted. */
const accesses = (start: Date) => {
  const kept = new Map<string, Rates[0]>()
  return (account: string, patientId: string, cardId: string, seconds = 0): boolean => {
    const [who, card] = [`professional ${account}`, `card ${patientId} ${cardId}`]
    const at = new Date(start.getTime() + seconds * 1000)
    const changes = countAccess({ account, patientId, cardId }, [kept.get(who), kept.get(card)], at)
    if (changes === undefined) return false
    kept.set(who, rateOf(changes[0]))
    kept.set(card, rateOf(changes[1]))
    return true
  }
}
const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i))

describe("a professional", () => {
  test("gets at so many patients in an hour and no more, and to those again", () => {
    const access = accesses(noon)
    expect(times(patientsPerProfessionalHour, (i) => access("a", `p${i}`, "c")).every(Boolean)).toBe(true)
    expect(access("a", "another", "c")).toBe(false)
    expect(access("a", "p0", "c")).toBe(true)
    expect(access("b", "another", "c")).toBe(true)
  })

  test("gets so many accesses in an hour, of however few patients", () => {
    const access = accesses(noon)
    expect(times(accessesPerProfessionalHour, () => access("a", "p", "c")).every(Boolean)).toBe(true)
    expect(access("a", "p", "c")).toBe(false)
  })

  test("is measured by an hour that slides: a full hour on the clock gives nothing anew", () => {
    const access = accesses(noon)
    times(patientsPerProfessionalHour, (i) => access("a", `p${i}`, "c", 10 * i))
    expect(access("a", "another", "c", hourSeconds - 1)).toBe(false)
    expect(access("a", "another", "c", hourSeconds)).toBe(true)
    expect(access("a", "a third", "c", hourSeconds)).toBe(false)
  })
})

describe("a card", () => {
  test("opens to so many professionals in an hour", () => {
    const access = accesses(noon)
    expect(times(professionalsPerCardHour, (i) => access(`a${i}`, "p", "c")).every(Boolean)).toBe(true)
    expect(access("another", "p", "c")).toBe(false)
    expect(access("another", "p", "a second card")).toBe(true)
    expect(access("another", "p", "c", hourSeconds)).toBe(true)
  })

  test("is not used up by one professional who scans it without end", () => {
    const access = accesses(noon)
    times(accessesPerProfessionalHour, () => access("a", "p", "c"))
    expect(access("another", "p", "c")).toBe(true)
  })
})

describe("refusals by a card", () => {
  let cloud: MemoryCloud
  const ref = deniedRate("p", "c")
  const deny = async (code: Parameters<typeof countDenial>[2]["code"], account = "a", now = noon) => {
    const [found] = await cloud.store.read([ref])
    const teller: Teller = {
      read: cloud.store.read,
      count: async (change) => ((await cloud.store.write([change])).outcome === "written" ? "counted" : "conflict"),
      tell: (patientId, event, now) => cloud.audit.append(patientId, event, now),
    }
    return countDenial(teller, ref, { code, account }, found, now)
  }
  beforeEach(async () => {
    cloud = await memoryCloud()
  })

  test("are events up to a number, then one that says there were more, then none until they are an hour old", async () => {
    for (let i = 0; i < deniedEventsPerCardHour; i++) expect(await deny("card-refused", `a${i}`)).toBe("card-refused")
    expect(await deny("card-refused")).toBe("rate-exceeded")
    expect(await deny("card-refused")).toBeUndefined()
    expect(await deny("consent-missing", "another")).toBeUndefined()
    expect(await deny("card-refused", "a", later(hourSeconds))).toBe("card-refused")
  })

  test("of a professional who has had enough are one event in an hour, each professional's own", async () => {
    expect(await deny("rate-exceeded")).toBe("rate-exceeded")
    expect(await deny("rate-exceeded")).toBeUndefined()
    expect(await deny("rate-exceeded", "another")).toBe("rate-exceeded")
    expect(await deny("rate-exceeded", "a", later(hourSeconds))).toBe("rate-exceeded")
  })

  test("at the same moment are each counted", async () => {
    cloud.calls.before("store.write", () => deny("card-refused"))
    expect(await deny("card-refused")).toBe("card-refused")
    const [rate] = await cloud.store.read([ref])
    expect(rate?.entries).toHaveLength(2)
  })
})

describe("guesses", () => {
  let cloud: MemoryCloud
  const registering = async (email: string, call = cloud.call) => {
    const { patient, request } = await registration({ ...cloud, now: call.now }, email)
    await register(cloud, request, call)
    return patient
  }
  beforeEach(async () => {
    cloud = await memoryCloud()
  })

  test("at the code of an account end, also with the right one, without asking the identity manager", async () => {
    const { patientId } = await registering("anna@example.org")
    for (let i = 0; i < codesPerAccountDay; i++)
      expect(await refusalOf(confirm(cloud, { patientId, code: "000000" }, cloud.call))).toBe("confirmation-code-wrong")
    cloud.calls.steps.length = 0
    expect(await refusalOf(confirm(cloud, { patientId, code: confirmationCode }, cloud.call))).toBe("rate-exceeded")
    expect(cloud.calls.steps).not.toContain("accounts.confirm")
  })

  test("are counted before they are answered, so that many at once are not one", async () => {
    const { patientId } = await registering("anna@example.org")
    cloud.calls.steps.length = 0
    const guess = (i: number) => refusalOf(confirm(cloud, { patientId, code: String(100_000 + i) }, cloud.call))
    const answers = await Promise.all(times(4 * codesPerAccountDay, guess))
    const asked = cloud.calls.steps.filter((step) => step === "accounts.confirm").length
    expect(asked).toBe(answers.filter((code) => code === "confirmation-code-wrong").length)
    expect(asked).toBeLessThanOrEqual(codesPerAccountDay)
  })

  test("at an account nobody has are refused in the words of a wrong code, and leave nothing", async () => {
    const before = await memoryOf()
    for (let i = 0; i <= codesPerAccountDay; i++)
      expect(await refusalOf(confirm(cloud, { patientId: newId(), code: "000000" }, cloud.call))).toBe(
        "confirmation-code-wrong",
      )
    expect(await memoryOf()).toEqual(before)
  })
  const memoryOf = async () => cloud.item("")

  test("can't be had without end by registering an address again and again, whether or not it has an account", async () => {
    const { patientId } = await registering("known@example.org")
    await confirm(cloud, { patientId, code: confirmationCode }, cloud.call)
    const answers = async (email: string, already: number) => {
      for (let i = already; i < registrationsPerAddressDay; i++) await registering(email)
      cloud.calls.steps.length = 0
      return { refused: await refusalOf(registering(email)), calls: [...cloud.calls.steps] }
    }
    const known = await answers("known@example.org", 1)
    expect(known).toEqual({ refused: "rate-exceeded", calls: ["store.read"] })
    expect(await answers("unknown@example.org", 0)).toEqual(known)
    expect(await registering("known@example.org", cloud.callIn(24 * 3600))).toHaveProperty("patientId")
  })

  test("at an address are kept by its hash", async () => {
    await registering("anna@example.org")
    expect(JSON.stringify(cloud.item("RATE#"))).not.toContain("anna")
  })
})
