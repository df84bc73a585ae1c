import * as fc from "fast-check"
import { expect, test } from "vitest"
import { adapterCloud, tablePorts } from "./adapter-cloud.ts"
import { honest, honestly, type Intent, type Memory, resolve, sentence } from "./commands.ts"
import { type Deed, explains, type Outcome } from "./history.ts"
import { opened, type PatientName, type ProfessionalName, play, type State } from "./model.ts"
import { patience, runs } from "./runs.ts"
import { type Ports, Stage } from "./stage.ts"
import { beforeRaces } from "./story.ts"
import { Turns } from "./turns.ts"

const patient: PatientName = "alice"
/** Uploaded, and not yet spoken of. */
const objects = ["records/record 1/2", "records/record 1/3", "records/record 3/1", "pending/addition 3/1"]

type Turn = Parameters<Parameters<Turns["take"]>[1]>[0]
interface Real {
  readonly stage: Stage
  readonly turns: Turns
  /** The cloud's, each call of them a turn. */
  readonly ports: (turn: Turn) => Ports
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
    const { stage, turns, ports, memory, deeds } = real
    const { request } = resolve(this.intent, known, memory)
    if (request === undefined) return
    if ("statement" in request) await stage.sign(request.statement)
    if ("publication" in request && request.publication !== undefined) await stage.sign(request.publication)
    const began = ++real.clock
    const answered = turns.take(request.do, async (turn) => {
      const answer = await stage.send(request, known.now, ports(turn))
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
const no = fc.constant(false)
const by = fc.oneof(
  { weight: 4, arbitrary: fc.constant(honestly) },
  { weight: 1, arbitrary: fc.nat(5).map((again) => ({ ...honestly, how: { ...honest, again } })) },
)

const intents: fc.Arbitrary<Intent> = fc.oneof(
  fc.record({ ...doing("approve-contribution"), contribution, opposite: no, how, by }),
  fc.record({ ...doing("reject-contribution"), contribution, opposite: no, how, by }),
  fc.record({ ...doing("halt-grant"), grant, another: no, how }),
  fc.record({ do: fc.constantFrom("list-grants", "list-contributions"), patient: fc.constant(patient) }),
  fc.record({ ...doing("revoke-card"), card, another: no, how }),
  fc.record({ ...doing("end-access"), intruder, grant }),
  fc.record({ ...doing("change-card"), card, opens: fc.constantFrom("summary", "both"), kept: no, by }),
  fc.record({ ...doing("strike-card"), card, kept: no, by }),
  fc.record({ ...doing("make-card"), card: fc.constant("card 3"), made: fc.constantFrom("summary", "both"), by }),
  fc.record({ ...doing("sign-consent"), kind, how }),
  fc.record({ ...doing("revoke-consent"), kind, how }),
  fc.record({ ...doing("commit"), record, step: fc.constantFrom(1, 1, 3), category, uploaded: no, misnames: no, by }),
  fc.record({
    ...doing("delete-record"),
    record: fc.constantFrom("record 1", "record 3", "addition 1"),
    again: fc.boolean(),
    by,
  }),
  fc.record({ ...doing("publish-manifest"), renewed: fc.subarray([...opened]), by }),
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
      const about = Object.values(rest).map((value) => (typeof value === "object" ? value.name : String(value)))
      return `  ${began}-${ended} ${deed} (${about.join(", ")}): ${answer.code} ${answer.released.join(", ")}`
    }),
    JSON.stringify(outcome.stored["alice"], undefined, 1),
    ...(outcome.events["alice"] ?? []),
  ].join("\n")

/** Whose calls of the ports are turns. */
const inMemory = async () => {
  const stage = await Stage.begin()
  const { cloud } = stage
  const ports = (turn: Turn): Ports => ({
    ...cloud,
    store: turn("store", cloud.store),
    items: turn("items", cloud.items),
    audit: turn("audit", cloud.audit),
    objects: turn("objects", cloud.objects),
  })
  return { stage, ports }
}

/** Whose calls of DynamoDB are turns: an event that finds its place in the chain taken has lost one. */
const throughAdapters = async () => {
  const { cloud, client } = await adapterCloud()
  const ports = (turn: Turn): Ports => {
    const { wait } = turn("pause", { wait: async () => undefined })
    return { ...cloud, ...tablePorts(turn("dynamo", client), wait), objects: turn("objects", cloud.objects) }
  }
  return { stage: await Stage.begin(cloud), ports }
}

/** Whether a professional was given something after what ended it had been answered; said apart from the model, since it must never be. */
const givenTooLate = (deeds: readonly Deed[]) =>
  deeds.filter(
    ({ request, began, answer }) =>
      answer.released.length > 0 &&
      ("by" in request || request.do === "emergency-access") &&
      deeds.some(({ request: end, ended, answer: ending }) => {
        if (ending.code !== "done" || ended > began) return false
        if (end.do === "halt-grant") return "grant" in request && request.grant === end.grant
        if (end.do === "revoke-consent") return end.kind === "emergency-share" && !deeds.some(isConsenting)
        return end.do === "deactivate"
      }),
  )
const isConsenting = ({ request }: Deed) => request.do === "sign-consent"
/** Decisions that were taken, of each contribution; one that is sent again is no other. */
const decisionsOn = (deeds: readonly Deed[], contribution: string) =>
  new Set(
    deeds.flatMap(({ request, answer }) =>
      (request.do === "approve-contribution" || request.do === "reject-contribution") &&
      request.contribution === contribution &&
      answer.code === "done"
        ? [request.statement.name]
        : [],
    ),
  )

const race = async (
  scheduler: fc.Scheduler,
  story: Iterable<Start>,
  begins: () => Promise<Pick<Real, "stage" | "ports">>,
) => {
  const { stage, ports } = await begins()
  const { state, memory } = await beforeRaces(objects, stage)
  const real: Real = { stage, ports, turns: new Turns(scheduler), memory, deeds: [], surprises: [], clock: 0 }
  await fc.scheduledModelRun(scheduler, () => ({ model: structuredClone(state), real }), story)
  await real.turns.settled()
  expect(real.surprises).toEqual([])
  expect(givenTooLate(real.deeds)).toEqual([])
  for (const each of ["addition 1", "addition 2"])
    expect(decisionsOn(real.deeds, each).size, each).toBeLessThanOrEqual(1)
  const outcome = {
    used: await stage.used(),
    stored: { alice: await stage.stored("alice"), bob: await stage.stored("bob") },
    events: { alice: await stage.events("alice"), bob: await stage.events("bob") },
  }
  if (!explains(state, real.deeds, outcome)) throw new Error(unexplained(real.deeds, outcome))
}

const stories = fc.commands([intents.map((intent) => new Start(intent))], { maxCommands: 6, size: "max" })

test("whatever is done at once is answered, kept and told as if it had been done one after the other", {
  timeout: patience,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), stories, (scheduler, story) =>
      race(scheduler, story as Iterable<Start>, inMemory),
    ),
    runs(100),
  )
})

test("whatever is done at once is so, too, where each call of DynamoDB may come before or after another's", {
  timeout: patience,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), stories, (scheduler, story) =>
      race(scheduler, story as Iterable<Start>, throughAdapters),
    ),
    runs(30),
  )
})

const approve: Intent = {
  do: "approve-contribution",
  patient,
  contribution: "addition 1",
  opposite: false,
  how: honest,
  by: honestly,
}
const reject: Intent = { ...approve, do: "reject-contribution" }
const access: Intent = { do: "emergency-access", patient, by: "doctor", card: "card 1", guessed: false, how: honest }
const halt: Intent = { do: "halt-grant", patient, grant: 0, another: false, how: honest }
const download: Intent = {
  do: "granted-download-url",
  patient,
  intruder: undefined,
  grant: 0,
  record: "addition 1",
  version: 1,
}
const revokeCard: Intent = { do: "revoke-card", patient, card: "card 1", another: false, how: honest }
const strike: Intent = { do: "strike-card", patient, card: "card 1", kept: false, by: honestly }
const makeCard: Intent = { do: "make-card", patient, card: "card 3", made: "both", by: honestly }
const withdraw: Intent = { do: "revoke-consent", patient, kind: "emergency-share", how: honest }
const contribute: Intent = {
  do: "contribute",
  patient,
  intruder: undefined,
  grant: 0,
  contribution: "addition 3",
  category: "summary",
  uploaded: false,
  how: honest,
}
const commit: Intent = {
  do: "commit",
  patient,
  record: "record 3",
  step: 1,
  category: "summary",
  uploaded: false,
  misnames: false,
  by: honestly,
}
const publish: Intent = { do: "publish-manifest", patient, renewed: [], by: honestly }
const renew: Intent = { ...publish, renewed: ["summary", "laboratory"] }
const remove: Intent = { do: "delete-record", patient, record: "record 1", again: false, by: honestly }
/** The first of its kind again. */
const again = { ...honest, again: 0 }
/** Of what is published before the race there are five: the next is the first of the race. */
const sameManifest = { ...honestly, how: { ...honest, again: 5 } }

const accesses: Intent = { do: "list-grants", patient }
const additions: Intent = { do: "list-contributions", patient }

const pairs: Readonly<Record<string, readonly [Intent, Intent, ...Intent[]]>> = {
  "a halt and a download": [halt, download, download],
  "a halt and a contribution": [contribute, halt, additions],
  "a withdrawn consent and an emergency access": [access, withdraw, accesses],
  "a withdrawn consent and a download": [withdraw, download],
  "a revoked card and an emergency access": [access, revokeCard, accesses],
  "one emergency access, sent twice": [access, { ...access, how: { ...honest, again: 2 } }],
  "an approval and a rejection": [approve, reject],
  "two approvals and a rejection": [approve, approve, reject],
  "two approvals and a deletion": [approve, approve, { ...remove, record: "addition 1" }],
  "an approval, a withdrawn consent to store, and a rejection": [approve, { ...withdraw, kind: "store" }, reject],
  "one approval, sent twice, and a download": [approve, { ...approve, how: again, by: sameManifest }, download],
  "two commits of one version": [commit, { ...commit, category: "laboratory" }],
  "one commit, sent twice, and a withdrawn consent to store": [
    commit,
    { ...commit, by: sameManifest },
    { ...withdraw, kind: "store" },
  ],
  "a commit and a withdrawn consent to store": [
    commit,
    { ...withdraw, kind: "store" },
    { do: "download-url", patient, record: "record 3", version: 1 },
  ],
  "two publications": [publish, publish],
  "new epochs, and a card revoked by statement": [renew, revokeCard, accesses],
  "new epochs and an emergency access": [renew, access],
  "a card struck and one made": [strike, makeCard, access],
  "a card struck, sent twice, and revoked by statement": [strike, { ...strike, by: sameManifest }, revokeCard],
  "a card revoked by two statements": [revokeCard, revokeCard, access],
  "one halt, sent twice, and another": [halt, { ...halt, how: again }, halt],
  "a deletion, sent twice, and the erasing asked for": [
    remove,
    { ...remove, by: sameManifest },
    { ...remove, again: true },
  ],
  "a deletion and a commit": [
    remove,
    { ...commit, record: "record 1" },
    { do: "download-url", patient, record: "record 1", version: 1 },
  ],
  "a deactivation, an emergency access and an approval": [{ do: "deactivate", patient, how: honest }, access, approve],
}

test.for(Object.entries(pairs))(
  "%s at once end as if one had come after the other",
  { timeout: patience },
  async ([, story]) => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), (scheduler) =>
        race(
          scheduler,
          story.map((intent) => new Start(intent)),
          inMemory,
        ),
      ),
      runs(30),
    )
  },
)
