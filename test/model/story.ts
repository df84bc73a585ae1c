import { expect } from "vitest"
import { beginning, honest, honestly, type Intent, type Memory, resolve } from "./commands.ts"
import { begin, patients, play, type State, upload } from "./model.ts"
import { Stage } from "./stage.ts"

export interface Story {
  readonly state: State
  readonly stage: Stage
  readonly memory: Memory
}

const patient = "alice"
/** Alice has two cards in force, an access running by each, and an addition of each waiting for her. */
const before: readonly Intent[] = [
  ...beginning,
  { do: "make-card", patient, card: "card 2", made: "summary", by: honestly },
  { do: "emergency-access", patient, by: "medic", card: "card 2", guessed: false, how: honest },
  {
    do: "contribute",
    patient,
    intruder: undefined,
    grant: 1,
    contribution: "addition 2",
    category: "summary",
    uploaded: true,
    how: honest,
  },
]

/** The state before a race. `objects` are uploaded, and not yet spoken of. */
export const beforeRaces = async (objects: readonly string[], stage: Stage): Promise<Story> => {
  const story = { state: begin(), stage, memory: { statements: [], grants: 0 } }
  const put = async (object: string) => {
    upload(story.state, patient, object)
    await story.stage.upload(patient, object)
  }
  for (const object of objects) await put(object)
  for (const intent of before) {
    const { upload: object, request } = resolve(intent, story.state, story.memory)
    if (object !== undefined) await put(object)
    if (request === undefined) continue
    play(story.state, request)
    expect(await story.stage.send(request, story.state.now)).toMatchObject({ code: "done" })
  }
  return story
}

/** What is stored is what the model has. */
export const requireStored = async (state: State, stage: Stage): Promise<void> => {
  for (const name of patients) {
    const { events: _, ...kept } = state.people[name]
    expect(await stage.stored(name)).toEqual(kept)
  }
  expect(await stage.used()).toEqual(state.used)
}
