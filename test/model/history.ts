import {
  type Answer,
  eventText,
  listedName,
  noContents,
  nothing,
  once,
  type PatientState,
  patients,
  play,
  type Request,
  type State,
} from "./model.ts"

/** A request that was answered, and between which moments. */
export interface Deed {
  readonly request: Request
  readonly began: number
  readonly ended: number
  readonly answer: Answer
}

type Doing = Request["do"]
/** Whoever publishes. */
const publishing: readonly Doing[] = [
  "commit",
  "delete-record",
  "make-card",
  "change-card",
  "strike-card",
  "publish-manifest",
  "approve-contribution",
  "reject-contribution",
]
/** What somebody may be told, beside what the model says, while others do such things: that nothing was done. */
const whileRacing: Partial<Record<Doing, Partial<Record<Answer["code"], readonly Doing[]>>>> = {
  contribute: { "consent-missing": ["sign-consent", "revoke-consent"], "card-refused": ["revoke-card"] },
}
/** Of two who change what the patient signs one is refused, at whichever of its steps it meets the other. */
const meetsAnother = (deed: Doing, rivals: readonly Doing[]) =>
  publishing.includes(deed) &&
  rivals.some((rival) => [...publishing, "sign-consent", "revoke-consent", "revoke-card"].includes(rival))
/** Professionals read in two steps: whether they may, then what. What is refused in between was refused. */
const reads: readonly Doing[] = ["list-records", "granted-download-url"]

interface Step {
  readonly began: number
  readonly ended: number
  /** What it does to the state; false where it can't have happened in it. */
  readonly happens: (state: State) => boolean
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)

/** An access is granted at one moment; the manifest that goes with it is of some moment since it was asked for. */
const opens = (state: State, { request, answer }: Deed, all: readonly Deed[]): boolean => {
  if (request.do !== "emergency-access") return false
  const { patient } = request.statement.claims
  const { manifest } = state.people[patient]
  const contents = all.flatMap(({ request: other }) => {
    const claims = "publication" in other ? other.publication?.claims : undefined
    return claims?.type === "manifest" ? [claims.contents] : []
  })
  const first = { ...noContents, summary: [listedName("record 1", 1, nothing)] }
  return [manifest?.contents, ...contents, first].some((said) => {
    const tried = structuredClone(state)
    const person = tried.people[patient]
    if (person.manifest !== undefined && said !== undefined) person.manifest = { ...person.manifest, contents: said }
    if (!same(play(tried, request), answer)) return false
    Object.assign(state, tried)
    if (manifest !== undefined) state.people[patient].manifest = manifest
    return true
  })
}

const stepsOf = (deed: Deed, all: readonly Deed[]): Step[] => {
  const { request, began, ended, answer } = deed
  const rivals = all
    .filter((other) => other !== deed && other.began < ended && began < other.ended)
    .map((other) => other.request.do)
  const refused = answer.code !== "done"
  const step = (happens: Step["happens"]): Step => ({ began, ended, happens })
  const asTheModelSays = step((state) => same(play(state, request), answer))
  if (rivals.length === 0) return [asTheModelSays]
  // One closes the account, and another may be quicker to finish.
  if (request.do === "deactivate" && answer.code === "busy" && rivals.includes("deactivate"))
    return [step((state) => play(state, request).code !== "busy")]
  // Of an account that is being destroyed there is less and less: whatever is missed first is what is told.
  if (answer.code === "busy" || (refused && rivals.includes("deactivate"))) return []
  if (refused && meetsAnother(request.do, rivals)) return []
  if (whileRacing[request.do]?.[answer.code]?.some((rival) => rivals.includes(rival)) === true) return []
  // What there is still of an account that is being destroyed may be any of it.
  if (request.do.startsWith("list-") && rivals.includes("deactivate")) return []
  if (request.do === "emergency-access") return [step((state) => opens(state, deed, all))]
  if (!reads.includes(request.do)) return [asTheModelSays]
  if (refused) return []
  if (request.do === "list-records") return [step((state) => play(state, request).code === "done")]
  if (request.do !== "granted-download-url") return []
  const { patient, grant, record, version, by } = request
  return [
    // That they may: whatever of it they may.
    step((state) => {
      const asked: Request = { do: "list-records", by, patient, grant, category: "summary" }
      return play(structuredClone(state), asked).code === "done"
    }),
    step((state) => {
      const person = state.people[patient]
      const kept = person.records[record]
      const bucket = kept?.versions[version] === undefined ? "pending" : "records"
      const category = bucket === "records" ? kept?.category : person.contributions[record]?.category
      once(state, { patient, grant }, `download-url ${record}/${version}`, () =>
        person.events.push(eventText("download-url", "permitted", by, { grant, record, version, category })),
      )
      const there = bucket === "records" || person.contributions[record]?.status === "pending"
      return there && same(answer.released, [`GET ${bucket}/${record}/${version}`])
    }),
  ]
}

/** What there is once all is over, by the store and by the trail. */
export interface Outcome {
  readonly used: readonly string[]
  readonly stored: Readonly<Record<string, Omit<PatientState, "events">>>
  readonly events: Readonly<Record<string, readonly string[]>>
}

/** The names of an object in one order, and all below it. */
const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, each]) => [name, sorted(each)]),
  )
}

/** Every event that the model wants is there, as often; that somebody tried and lost may stand there besides. */
const tells = (real: readonly string[], wanted: readonly string[]): boolean => {
  const left = [...real]
  return wanted.every((event) => {
    const at = left.indexOf(event)
    if (at >= 0) left.splice(at, 1)
    return at >= 0
  })
}

const fits = (state: State, outcome: Outcome, deeds: readonly Deed[]): boolean =>
  same(state.used, outcome.used) &&
  patients.every((patient) => {
    const { events, ...kept } = state.people[patient]
    // What was to be approved, and waits again, has been copied. Whatever is decided next makes a record of the copy, or takes it away.
    const copies = deeds.flatMap(({ request, answer }) =>
      request.do === "approve-contribution" &&
      answer.code !== "done" &&
      kept.contributions[request.contribution]?.status === "pending"
        ? [`records/${request.contribution}/1`]
        : [],
    )
    const stored = outcome.stored[patient]
    const objects = stored?.objects.filter((object) => !copies.includes(object))
    return same(sorted(kept), sorted({ ...stored, objects })) && tells(outcome.events[patient] ?? [], events)
  })

/**
 * Whether there is an order in which all of it, one after the other, would have been answered the same and have left the same; none in which
 * something comes before what had been answered when it began (linearizability: Herlihy and Wing, 1990).
 */
export const explains = (before: State, deeds: readonly Deed[], outcome: Outcome): boolean => {
  const search = (state: State, left: readonly Step[]): boolean => {
    if (left.length === 0) return fits(state, outcome, deeds)
    return left.some((step) => {
      const others = left.filter((other) => other !== step)
      if (others.some(({ ended }) => ended < step.began)) return false
      const next = structuredClone(state)
      return step.happens(next) && search(next, others)
    })
  }
  return search(
    before,
    deeds.flatMap((deed) => stepsOf(deed, deeds)),
  )
}
