import * as fc from "fast-check"
import { expect, test } from "vitest"
import { beginning, type Intent, intents, type Memory, resolve, sentence } from "./commands.ts"
import { begin, patients, play, type State, upload } from "./model.ts"
import { patience, runs } from "./runs.ts"
import { requireStored } from "./story.ts"
import { World } from "./world.ts"

/** How often each deed had each answer. */
const tally = new Map<string, number>()

interface Real {
  readonly world: World
  readonly memory: Memory
}

/** Does it in the model and in the cloud: both say the same, to the code, and release the same. */
class Deed implements fc.AsyncCommand<State, Real> {
  readonly intent: Intent
  constructor(intent: Intent) {
    this.intent = intent
  }
  check = () => true
  async run(state: State, { world, memory }: Real) {
    const { intent } = this
    if (intent.do === "wait") state.now += intent.seconds
    const { upload: object, request } = resolve(intent, state, memory)
    const put = async (name: string) => {
      upload(state, intent.patient, name)
      await world.upload(intent.patient, name)
    }
    if (object !== undefined) await put(object)
    if (request === undefined) return
    const expected = play(state, request)
    expect(await world.send(request, state.now), sentence(intent)).toEqual(expected)
    const told = `${request.do}: ${expected.code}`
    tally.set(told, (tally.get(told) ?? 0) + 1)
    for (const released of expected.released) if (released.startsWith("PUT ")) await put(released.slice(4))
  }
  toString = () => sentence(this.intent)
}

const deeds = fc.commands([intents.map((intent) => new Deed(intent))], { maxCommands: 40, size: "max" })

test("whatever patients and professionals do, one after the other, is answered, kept and told as the model says", {
  timeout: patience,
}, async () => {
  await fc.assert(
    fc.asyncProperty(deeds, async (story) => {
      const [state, world, memory] = [begin(), await World.begin(), { statements: [], grants: 0 }]
      for (const intent of beginning) {
        await new Deed(intent).run(state, { world, memory })
        expect(state.people.alice.events.at(-1)).toContain(`${intent.do} permitted`)
      }
      await fc.asyncModelRun(() => ({ model: state, real: { world, memory } }), story)
      await requireStored(state, world)
      for (const name of patients) expect(await world.events(name)).toEqual(state.people[name].events)
    }),
    runs(100),
  )
  ;(await import("node:fs")).writeFileSync(
    "/tmp/tally.txt",
    [...tally]
      .sort()
      .map(([k, v]) => `${k} ${v}`)
      .join("\n"),
  )
})
