import { beforeEach, describe, expect, test } from "vitest"
import { Problem } from "../../contract/errors.ts"
import type { Item, ItemOf } from "../../contract/items.ts"
import type { StoreReads } from "../../functions/domain/ports.ts"
import { toldOfGrant } from "../../functions/domain/rates.ts"
import { defineUseCase } from "../../functions/domain/runner.ts"
import { type Acting, answered, changing, type Step, ToldRefusal } from "../../functions/domain/step.ts"
import { tellRefusalOnce } from "../../functions/domain/told-events.ts"
import { newId } from "../fakes/call.ts"
import { type MemoryCloud, memoryCloud, noon, refusalOf } from "../fakes/cloud.ts"

type Name = "patient/approve-contribution"
type Ports = { objects: "removeSome" | "approve" }
type Probe = Step<Name, { answer: string }, Ports>

let cloud: MemoryCloud
let patientId: string
beforeEach(async () => {
  cloud = await memoryCloud()
  patientId = newId()
})

const usage = (): ItemOf<"usage"> => ({
  kind: "usage",
  revision: 1,
  patientId,
  records: 1,
  versions: 0,
  bytes: 0,
  cards: 0,
  pending: 0,
  pendingBytes: 0,
  manifests: { hour: 0, by: {} },
})
const event = { action: "approve-contribution", actor: { kind: "patient" }, subject: {} } as const
const answer = { answer: "done" }
/** Tells, writes one item, removes one object, answers. */
const telling = (): Extract<Probe, { patientId: string }> => ({
  patientId,
  now: noon,
  event,
  changing: changing({ usage: { put: usage() } }, {}),
  answer: async ({ ports }) => {
    await ports.objects.removeSome("pending", "key")
    return answer
  },
})
const useCase = defineUseCase(
  "patient/approve-contribution",
  async (_: { store: StoreReads }, step: () => Probe | Promise<Probe>): Promise<Probe> => step(),
)
const run = (step: () => Probe | Promise<Probe>) => useCase(cloud, step)
const events = () => cloud.trail.eventsOf(patientId).map(({ action, outcome }) => ({ action, outcome }))
const permitted = { action: "approve-contribution", outcome: "permitted" }
const written = () => cloud.item("USAGE")

describe("a use-case that tells", () => {
  test("appends its event, then writes, then acts, then answers", async () => {
    expect(await run(telling)).toEqual(answer)
    expect(cloud.calls.steps).toEqual(["audit.append", "store.write", "objects.removeSome"])
    expect(events()).toEqual([permitted])
    expect(written()).toEqual([usage()])
  })

  test("has changed nothing without its event, whichever of its calls fails and however", async () => {
    for (const when of ["asked", "answered"] as const)
      for (let call = 1; call <= 3; call++) {
        cloud = await memoryCloud()
        cloud.calls.failAt(call, when)
        await expect(run(telling)).rejects.toThrow(/failed|lost/)
        const isWritten = call > 2 || (call === 2 && when === "answered")
        expect(written()).toHaveLength(isWritten ? 1 : 0)
        expect(events()).toEqual(call === 1 && when === "asked" ? [] : [permitted])
      }
  })

  test("makes its changes of its event, as it stands in the trail", async () => {
    const head = await cloud.audit.append(patientId, { ...event, outcome: "permitted" }, noon)
    cloud.calls.steps.length = 0
    const seen: unknown[] = []
    const made = (told: unknown) => {
      seen.push(told)
      return changing({ usage: { put: usage() } }, {})
    }
    await run(() => ({ ...telling(), head, changing: made, answer: (_, told) => ({ answer: String(told.seq) }) }))
    expect(seen).toEqual([cloud.trail.all().at(-1)])
    expect(cloud.calls.steps.slice(0, 2)).toEqual(["audit.append", "store.write"])
  })

  test("is refused by what its changes were lost to, the first of them; by busy where nothing else is said", async () => {
    const lost = { ...usage(), revision: 7 }
    const changes = { one: { put: lost }, two: { put: { ...lost, patientId: newId() } } }
    const losing = (refusals: Parameters<typeof changing<"one" | "two">>[1]) =>
      refusalOf(run(() => ({ ...telling(), changing: changing(changes, refusals) })))
    expect(await losing({ two: "card-conflict", one: "record-conflict" })).toBe("card-conflict")
    expect(await losing({ one: () => new Problem("record-conflict") })).toBe("record-conflict")
    expect(await losing({})).toBe("busy")
    expect(cloud.calls.steps).not.toContain("objects.removeSome")
  })

  test("answers as the first time where this very act was done already, and only a refusal asks for that", async () => {
    const lost = changing({ one: { put: { ...usage(), revision: 7 } } }, {})
    const again = async () => ({ answer: "as before" })
    expect(await run(() => ({ ...telling(), changing: lost, again }))).toEqual({ answer: "as before" })
    expect(await refusalOf(run(() => ({ ...telling(), changing: lost, again: async () => undefined })))).toBe("busy")
    cloud.calls.failAt(1, "asked")
    await expect(run(() => ({ ...telling(), again }))).rejects.toThrow("failed")
  })

  test("answers so too where the decision itself is refused", async () => {
    const again = async () => ({ answer: "as before" })
    const decide = async (): Promise<Probe> => {
      throw new Problem("statement-replayed")
    }
    expect(await run(() => ({ decide, again }))).toEqual({ answer: "as before" })
    expect(await refusalOf(run(() => ({ decide })))).toBe("statement-replayed")
    expect(await answered(again, "busy")).toEqual({ done: { answer: "as before" } })
    expect(await refusalOf(answered(async () => undefined, "statement-replayed"))).toBe("statement-replayed")
  })
})

describe("a step before the event or without one", () => {
  const silently = (item: Item, next: () => Probe = telling): Probe => ({
    because: "no-record-yet",
    act: async (acting) => {
      await acting.ports.objects.approve("key", "copy")
      await acting.change({ item: { put: item } })
      return next()
    },
  })
  const upload = (): Item => ({
    kind: "upload",
    revision: 1,
    bucket: "records",
    patientId,
    recordId: newId(),
    version: 1,
    objectId: newId(),
    category: "summary",
    size: 1,
    uploadId: "upload",
    startedAt: noon.toISOString(),
    ttl: 1,
  })

  test("comes before the event, and what is next after it", async () => {
    expect(await run(() => silently(upload()))).toEqual(answer)
    expect(cloud.calls.steps).toEqual([
      "objects.approve",
      "store.write",
      "audit.append",
      "store.write",
      "objects.removeSome",
    ])
  })

  test("changes no item but those of its reason", async () => {
    await expect(run(() => silently(usage()))).rejects.toThrow("a usage is not changed because of no-record-yet")
    const removing: Probe = {
      because: "no-record-yet",
      act: async (acting) => {
        await acting.change({ one: { remove: { kind: "grant", patientId, grantId: newId() }, revision: 1 } })
        return { done: answer }
      },
    }
    await expect(run(() => removing)).rejects.toThrow("a grant is not changed because of no-record-yet")
    expect(cloud.calls.steps).not.toContain("store.write")
    expect(events()).toEqual([])
  })

  test("calls nothing but what its reason is for", async () => {
    const removing: Probe = {
      because: "no-record-yet",
      act: async ({ ports }) => {
        await ports.objects.removeSome("pending", "key")
        return { done: answer }
      },
    }
    await expect(run(() => removing)).rejects.toThrow("objects.removeSome is not called because of no-record-yet")
    const ended = {
      because: "told-before",
      act: async ({ ports }: Acting<Ports>) => void (await ports.objects.approve("key", "copy")),
    } as const
    await expect(run(() => ({ done: answer, inTheEnd: ended }))).rejects.toThrow("objects.approve is not called")
    expect(cloud.calls.steps).toEqual([])
  })

  test("may hold on to what others may not change meanwhile", async () => {
    const check = { check: { kind: "patient", patientId }, revision: 1 } as const
    const checking: Probe = {
      because: "no-record-yet",
      act: async (acting) => {
        const { outcome } = await acting.change({ upload: { put: upload() }, patient: check })
        return { done: { answer: outcome } }
      },
    }
    expect(await run(() => checking)).toEqual({ answer: "conflict" })
  })

  test("that is named as its end comes after the answer, and not where there is none", async () => {
    const steps: string[] = []
    const end = (name: string) => ({ because: "told-before" as const, act: async () => void steps.push(name) })
    const ends = { afterwards: end("afterwards"), inTheEnd: end("in the end") }
    await run(() => ({ ...telling(), ...ends }))
    expect(steps.splice(0)).toEqual(["afterwards", "in the end"])
    await run(() => ({ done: answer, ...ends }))
    expect(steps.splice(0)).toEqual(["afterwards", "in the end"])
    expect(await refusalOf(run(() => ({ refused: new Problem("busy"), ...ends })))).toBe("busy")
    expect(steps.splice(0)).toEqual(["in the end"])
    cloud.calls.failAt(1, "asked")
    await expect(run(() => ({ ...telling(), ...ends }))).rejects.toThrow("failed")
    expect(steps).toEqual(["in the end"])
  })
})

describe("a refusal that the trail tells of", () => {
  const denied = { ...event, outcome: "card-refused" } as const
  const refusal = () => new ToldRefusal("card-refused", (teller) => teller.tell(patientId, denied, noon))

  test("is told before it is thrown, where the use-case has an event", async () => {
    const refusing = async (): Promise<Probe> => {
      throw refusal()
    }
    expect(await refusalOf(run(refusing))).toBe("card-refused")
    expect(events()).toEqual([{ action: "approve-contribution", outcome: "card-refused" }])
    cloud.calls.failAt(1, "asked")
    await expect(run(refusing)).rejects.toThrow("audit.append failed")
  })

  test("is told of changes that were lost, too, after their event", async () => {
    const lost = changing({ one: { put: { ...usage(), revision: 7 } } }, { one: refusal })
    expect(await refusalOf(run(() => ({ ...telling(), changing: lost })))).toBe("card-refused")
    expect(events()).toEqual([permitted, { action: "approve-contribution", outcome: "card-refused" }])
  })

  test("is not told where this very act was done already", async () => {
    const decide = async (): Promise<Probe> => {
      throw refusal()
    }
    expect(await run(() => ({ decide, again: async () => answer }))).toEqual(answer)
    expect(events()).toEqual([])
  })

  test("leaves no event where the use-case has none", async () => {
    const silent = defineUseCase("patient/begin-upload", async (_reading: object): Promise<never> => {
      throw refusal()
    })
    expect(await refusalOf(silent(cloud))).toBe("card-refused")
    expect(cloud.calls.steps).toEqual([])
  })
})

describe("what is told once an hour", () => {
  const of = { patientId: "", grantId: newId() }
  const once = (): Probe => ({
    once: { ...toldOfGrant({ ...of, patientId }), of: "thing", now: noon },
    event,
    enough: "rate-exceeded",
    answer: async ({ ports }: Acting<Ports>) => {
      await ports.objects.removeSome("pending", "key")
      return answer
    },
  })

  test("is given out after its event, and again without another", async () => {
    for (const _ of ["once", "twice"]) expect(await run(once)).toEqual(answer)
    expect(events()).toEqual([permitted])
    expect(cloud.calls.steps.indexOf("audit.append")).toBeLessThan(cloud.calls.steps.indexOf("objects.removeSome"))
  })

  test("is not given out where any call before it fails, and is where it is asked for again", async () => {
    for (const when of ["asked", "answered"] as const)
      for (let call = 1; call <= 4; call++) {
        cloud = await memoryCloud()
        cloud.calls.failAt(call, when)
        await expect(run(once)).rejects.toThrow(/failed|lost/)
        expect(cloud.calls.steps).not.toContain("objects.removeSome")
        cloud.calls.mend()
        // Whoever began it may still be on their way.
        cloud.calls.steps.length = 0
        const later = {
          ...once(),
          once: { ...toldOfGrant({ ...of, patientId }), of: "thing", now: new Date(+noon + 20_000) },
        }
        expect(await run(() => later)).toEqual(answer)
        expect(events()).toContainEqual(permitted)
      }
  })

  test("counts a refusal in rates alone", async () => {
    const telling = {
      ...toldOfGrant({ ...of, patientId }),
      of: "refused",
      event: { ...event, outcome: "busy" },
      now: noon,
    } as const
    const refusing = async (): Promise<Probe> => {
      throw new ToldRefusal("busy", (teller) => tellRefusalOnce(teller, telling))
    }
    for (const _ of ["once", "twice"]) expect(await refusalOf(run(refusing))).toBe("busy")
    expect(events()).toEqual([{ action: "approve-contribution", outcome: "busy" }])
  })
})

test("a decision that asks for a port by which it could change something is no decision", () => {
  const done = async () => ({ done: {} })
  // @ts-expect-error -- the main table, to write
  defineUseCase("patient/halt-grant", async (reading: Pick<MemoryCloud, "store">) => ({ done: reading }))
  // @ts-expect-error -- the trail, to append to
  defineUseCase("patient/halt-grant", async (reading: Pick<MemoryCloud, "audit">) => ({ done: reading }))
  // @ts-expect-error -- the object store, under a type of its own
  defineUseCase("patient/halt-grant", async (reading: { objects: { remove(key: string): Promise<void> } }) => ({
    done: reading,
  }))
  // @ts-expect-error -- a use-case of which nobody knows what it tells
  defineUseCase("patient/unheard-of", async (reading: object) => ({ done: reading }))
  // @ts-expect-error -- another event than its own
  const other: Step<"patient/halt-grant", object> = { ...telling(), answer: () => ({}) }
  // @ts-expect-error -- a reason that isn't one of its own
  const silent: Step<"patient/halt-grant", object> = { because: "no-record-yet", act: done }
  // @ts-expect-error -- a refusal of a change there isn't
  changing({ usage: { put: usage() } }, { grant: "busy" })
  expect([other, silent]).toHaveLength(2)
})
