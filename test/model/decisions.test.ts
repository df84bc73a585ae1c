import * as fc from "fast-check"
import { expect, test } from "vitest"
import { adapterCloud, tablePorts, withTransactionConflicts } from "./adapter-cloud.ts"
import { honest, honestly, resolve } from "./commands.ts"
import { type Answer, play, type Request } from "./model.ts"
import { patience, runs } from "./runs.ts"
import { type Ports, Stage } from "./stage.ts"
import { beforeRaces, requireStored, type Story } from "./story.ts"
import { Turns } from "./turns.ts"

/** So many decisions on one contribution, each signed for itself: the first approves, the next rejects, and so on. */
const decisionsOf = async ({ state, stage, memory }: Story, count: number): Promise<readonly Request[]> => {
  const requests: Request[] = []
  for (let i = 0; i < count; i++) {
    const deed = i % 2 === 0 ? "approve-contribution" : "reject-contribution"
    const intent = {
      do: deed,
      patient: "alice",
      contribution: "addition 1",
      opposite: false,
      how: honest,
      by: honestly,
    } as const
    const { request } = resolve(intent, state, memory)
    if (request === undefined || !("publication" in request && "statement" in request))
      throw new Error("there is no decision")
    if (request.publication !== undefined) await stage.sign(request.publication)
    await stage.sign(request.statement)
    requests.push(request)
  }
  return requests
}

/** One was done, with all that follows from it; the others were told one of these, and left nothing but that they tried. */
const requireOneWinner = async (
  { state, stage }: Story,
  requests: readonly Request[],
  answers: readonly Answer[],
  told: readonly Answer["code"][],
) => {
  const winners = requests.filter((_, i) => answers[i]?.code === "done")
  expect(winners).toHaveLength(1)
  for (const { code, released } of answers) {
    expect(["done", ...told]).toContain(code)
    expect(released).toEqual([])
  }
  const [winner] = winners
  if (winner === undefined) throw new Error("nobody won")
  const before = [...state.people.alice.events]
  play(state, winner)
  await requireStored(state, stage)
  const events = await stage.events("alice")
  expect(events.slice(0, before.length)).toEqual(before)
  expect(events).toContain(state.people.alice.events.at(-1))
  return winner.do
}

test("of a hundred decisions at once on one contribution exactly one wins, whoever's turn it is", {
  timeout: patience,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), async (scheduler) => {
      const story = await beforeRaces([], await Stage.begin())
      const { stage, state } = story
      const requests = await decisionsOf(story, 100)
      const turns = new Turns(scheduler)
      const racing = requests.map((request, i) =>
        turns.take(`${request.do} ${i}`, (turn) => {
          const { cloud } = stage
          const ports: Ports = {
            ...cloud,
            store: turn("store", cloud.store),
            audit: turn("audit", cloud.audit),
            objects: turn("objects", cloud.objects),
          }
          return stage.send(request, state.now, ports)
        }),
      )
      await turns.settled()
      await scheduler.waitIdle()
      await requireOneWinner(story, requests, await Promise.all(racing), ["contribution-decided", "manifest-conflict"])
    }),
    runs(4),
  )
})

const throughAdapters = async (client: (made: Awaited<ReturnType<typeof adapterCloud>>["client"]) => typeof made) => {
  const made = await adapterCloud()
  const story = await beforeRaces([], await Stage.begin(made.cloud))
  const requests = await decisionsOf(story, 100)
  const ports = { ...made.cloud, ...tablePorts(client(made.client)) }
  const answers = await Promise.all(requests.map((request) => story.stage.send(request, story.state.now, ports)))
  return { story, requests, answers }
}

test("of a hundred decisions at once on one contribution exactly one wins by DynamoDB's conditions", {
  timeout: patience,
}, async () => {
  const { story, requests, answers } = await throughAdapters((client) => client)
  await requireOneWinner(story, requests, answers, ["contribution-decided", "manifest-conflict"])
})

test("of a hundred decisions whose transactions cancel each other exactly one wins, too", {
  timeout: patience,
}, async () => {
  const { story, requests, answers } = await throughAdapters(withTransactionConflicts)
  await requireOneWinner(story, requests, answers, ["contribution-decided", "manifest-conflict", "busy"])
})
