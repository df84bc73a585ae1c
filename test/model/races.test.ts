import * as fc from "fast-check"
import { expect, test } from "vitest"
import { honest, type Intent, type Memory, resolve, sentence } from "./commands.ts"
import { type Deed, explains, type Outcome } from "./history.ts"
import { type PatientName, type ProfessionalName, play, type State } from "./model.ts"
import { patience, runs } from "./runs.ts"
import { beforeRaces } from "./story.ts"
import { Turns } from "./turns.ts"
import type { World } from "./world.ts"

const patient: PatientName = "alice"
/** Uploaded, and not yet spoken of. */
const objects = ["records/record 1/2", "records/record 1/3", "records/record 3/1", "pending/addition 3/1"]

interface Real {
  readonly world: World
  readonly turns: Turns
  readonly memory: Memory
  readonly deeds: Deed[]
  readonly surprises: unknown[]
  clock: number
}

/** Begins, and doesn't wait for the answer. `known`: what those who ask know by then, which is all that was answered. */
class Start implements fc.AsyncCommand<State, Real> {
  readonly intent: Intent
  constructor(intent: Intent) {
    this.intent = intent
  }
  check = () => true
  async run(known: State, real: Real) {
    const { world, turns, memory, deeds } = real
    const { request } = resolve(this.intent, known, memory)
    if (request === undefined) return
    if ("statement" in request) await world.sign(request.statement)
    const began = ++real.clock
    const answered = turns.take(request.do, async (turn) => {
      const { cloud } = world
      const ports = {
        ...cloud,
        store: turn("store", cloud.store),
        items: turn("items", cloud.items),
        audit: turn("audit", cloud.audit),
        objects: turn("objects", cloud.objects),
      }
      const answer = await world.send(request, known.now, ports)
      deeds.push({ request, began, ended: ++real.clock, answer })
      if (answer.code === "done") play(known, request)
    })
    answered.catch((error: unknown) => real.surprises.push(error))
    await turns.settled()
  }
  toString = () => sentence(this.intent)
}

const how = fc.oneof(
  { weight: 4, arbitrary: fc.constant(honest) },
  { weight: 1, arbitrary: fc.nat(3).map((again) => ({ ...honest, again })) },
)
const card = fc.constantFrom("card 1", "card 2")
const record = fc.constantFrom("record 1", "record 3")
const contribution = fc.constantFrom("addition 1", "addition 2")
const grant = fc.nat(1)
const doing = <const D extends Intent["do"]>(deed: D) => ({ do: fc.constant(deed), patient: fc.constant(patient) })
const kind = fc.constantFrom("store" as const, "emergency-share" as const)
const intruder = fc.constant(undefined)
const category = fc.constant("summary" as const)

const intents: fc.Arbitrary<Intent> = fc.oneof(
  fc.record({ ...doing("approve-contribution"), contribution, opposite: fc.constant(false), how }),
  fc.record({ ...doing("reject-contribution"), contribution, opposite: fc.constant(false), how }),
  fc.record({ ...doing("halt-grant"), grant }),
  fc.record({ ...doing("revoke-card"), card }),
  fc.record({ ...doing("make-card"), card: fc.constant("card 3"), made: fc.constantFrom("summary", "both") }),
  fc.record({ ...doing("sign-consent"), kind, how }),
  fc.record({ ...doing("revoke-consent"), kind, how }),
  fc.record({ ...doing("commit"), record, step: fc.constantFrom(1, 1, 3), category, uploaded: fc.constant(false) }),
  fc.record({ ...doing("delete-record"), record: fc.constantFrom("record 1", "record 3", "addition 1") }),
  fc.record({ ...doing("publish-manifest"), step: fc.constant(1), how }),
  fc.record({
    ...doing("emergency-access"),
    by: fc.constantFrom<ProfessionalName>("doctor", "medic"),
    card,
    guessed: fc.constant(false),
    how,
  }),
  fc.record({
    ...doing("granted-download-url"),
    intruder,
    grant,
    record: fc.constantFrom("record 1", "addition 1", "addition 2"),
    version: fc.constant(1),
  }),
  fc.record({ ...doing("list-records"), intruder, grant, category }),
  fc.record({
    ...doing("contribute"),
    intruder,
    grant,
    contribution: fc.constant("addition 3"),
    category,
    uploaded: fc.constant(false),
    how,
  }),
  fc.record({ ...doing("deactivate"), how }),
)

const unexplained = (deeds: readonly Deed[], outcome: Outcome) =>
  [
    "no order explains",
    ...deeds.map(({ request: { do: deed, ...rest }, began, ended, answer }) => {
      const about = Object.values(rest).map((value) => (typeof value === "string" ? value : value.name))
      return `  ${began}-${ended} ${deed} (${about.join(", ")}): ${answer.code} ${answer.released.join(", ")}`
    }),
    JSON.stringify(outcome.stored["alice"], undefined, 1),
    ...(outcome.events["alice"] ?? []),
  ].join("\n")

test("whatever is done at once is answered, kept and told as if it had been done one after the other", {
  timeout: patience,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.commands([intents.map((intent) => new Start(intent))], { maxCommands: 6, size: "max" }),
      async (scheduler, story) => {
        const { state, world, memory } = await beforeRaces(objects)
        const real: Real = { world, turns: new Turns(scheduler), memory, deeds: [], surprises: [], clock: 0 }
        await fc.scheduledModelRun(scheduler, () => ({ model: structuredClone(state), real }), story)
        await real.turns.settled()
        expect(real.surprises).toEqual([])
        const outcome = {
          used: await world.used(),
          stored: { alice: await world.stored("alice"), bob: await world.stored("bob") },
          events: { alice: await world.events("alice"), bob: await world.events("bob") },
        }
        if (!explains(state, real.deeds, outcome)) throw new Error(unexplained(real.deeds, outcome))
      },
    ),
    runs(150),
  )
})
