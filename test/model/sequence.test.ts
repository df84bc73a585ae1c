import * as fc from "fast-check"
import { expect, test } from "vitest"
import { beginning, deeds, type Intent, intents, type Memory, resolve, sentence } from "./commands.ts"
import { begin, patients, play, type State, upload } from "./model.ts"
import { patience, runs } from "./runs.ts"
import { Stage } from "./stage.ts"
import { requireStored } from "./story.ts"

/** Which deeds had which answers. */
const told = new Set<string>()
/** Stories in which nobody was ever told that would show little. */
const mustBeTold = [
  ...deeds.map((deed) => `${deed}: done`),
  "approve-contribution: contribution-decided",
  "approve-contribution: manifest-conflict",
  "change-card: manifest-invalid",
  "change-card: not-found",
  "commit: manifest-conflict",
  "commit: manifest-invalid",
  "commit: record-conflict",
  "contribute: grant-halted",
  "delete-record: not-found",
  "end-access: session-refused",
  "emergency-access: card-refused",
  "emergency-access: statement-replayed",
  "granted-download-url: consent-missing",
  "granted-download-url: grant-halted",
  "list-records: category-not-granted",
  "list-records: grant-ended",
  "halt-grant: account-deactivated",
  "halt-grant: statement-invalid",
  "list-records: grant-halted",
  "make-card: card-conflict",
  "publish-manifest: manifest-conflict",
  "reject-contribution: contribution-decided",
  "revoke-card: statement-invalid",
  "revoke-consent: consent-missing",
  "sign-consent: statement-invalid",
  "strike-card: manifest-invalid",
  "upload-url: record-conflict",
]

interface Real {
  readonly stage: Stage
  readonly memory: Memory
}

/** Does it in the model and in the cloud: both say the same, to the code, and release the same. */
class Deed implements fc.AsyncCommand<State, Real> {
  readonly intent: Intent
  constructor(intent: Intent) {
    this.intent = intent
  }
  check = () => true
  async run(state: State, { stage, memory }: Real) {
    const { intent } = this
    if (intent.do === "wait") state.now += intent.seconds
    const { upload: object, request } = resolve(intent, state, memory)
    const put = async (name: string) => {
      upload(state, intent.patient, name)
      await stage.upload(intent.patient, name)
    }
    if (object !== undefined) await put(object)
    if (request === undefined) return
    const expected = play(state, request)
    expect(await stage.send(request, state.now), sentence(intent)).toEqual(expected)
    told.add(`${request.do}: ${expected.code}`)
    for (const released of expected.released) if (released.startsWith("PUT ")) await put(released.slice(4))
  }
  toString = () => sentence(this.intent)
}

const stories = fc.commands([intents.map((intent) => new Deed(intent))], { maxCommands: 40, size: "max" })

test("whatever patients and professionals do, one after the other, is answered, kept and told as the model says", {
  timeout: patience,
}, async () => {
  await fc.assert(
    fc.asyncProperty(stories, async (story) => {
      const [state, stage, memory] = [begin(), await Stage.begin(), { statements: [], grants: 0 }]
      for (const intent of beginning) {
        await new Deed(intent).run(state, { stage, memory })
        expect(state.people.alice.events.at(-1)).toContain(`${intent.do} permitted`)
      }
      await fc.asyncModelRun(() => ({ model: state, real: { stage, memory } }), story)
      await requireStored(state, stage)
      for (const name of patients) expect(await stage.events(name)).toEqual(state.people[name].events)
    }),
    runs(100),
  )
  expect([...told]).toEqual(expect.arrayContaining(mustBeTold))
})
